//! The words of the contract, generated from `wit/` by the build script.

/// What the contract says of a command.
pub struct CommandWords {
    /// The interface that exports it.
    pub interface: &'static str,
    /// Name of the export.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Its first paragraph.
    pub summary: &'static str,
    /// All of it.
    pub help: &'static str,
    /// Its inputs, in order.
    pub inputs: &'static [FieldWords],
}

/// What the contract says of a field.
pub struct FieldWords {
    /// Its name.
    pub name: &'static str,
    /// Its name for a form.
    pub title: &'static str,
    /// What to fill in.
    pub help: &'static str,
    /// Whether it is no `option`.
    pub required: bool,
    /// A value that could stand there.
    pub example: Option<&'static str>,
}

include!(concat!(env!("OUT_DIR"), "/catalog_words.rs"));
