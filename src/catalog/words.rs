//! The words of the contract, taken from `wit/` by the build script: packed, and unpacked when a host asks for them.

use miniz_oxide::inflate::decompress_to_vec;
use serde::Deserialize;

include!(concat!(env!("OUT_DIR"), "/commands.rs"));

/// All words as JSON, compressed (RFC 1951).
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/words.json.deflate"));

/// All words.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Words {
    /// What is said of each of [`COMMANDS`], in their order.
    pub commands: Vec<CommandWords>,
    /// What is said of each field of a signal.
    pub signal_fields: Vec<FieldWords>,
    /// The JSON Schema of the settings.
    pub settings_schema: String,
}

impl Words {
    /// Unpacks them.
    pub fn unpack() -> Self {
        let text = decompress_to_vec(PACKED).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

/// What the contract says of a command.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CommandWords {
    /// The interface that exports it.
    pub interface: String,
    /// Name of the export.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Its first paragraph.
    pub summary: String,
    /// All of it.
    pub help: String,
    /// Its inputs, in order.
    pub inputs: Vec<FieldWords>,
}

/// What the contract says of a field.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct FieldWords {
    /// Its name.
    pub name: String,
    /// Its name for a form.
    pub title: String,
    /// What to fill in, or what it holds.
    pub help: String,
    /// Whether it is no `option`.
    pub required: bool,
    /// A value that could stand there.
    pub example: Option<String>,
}
