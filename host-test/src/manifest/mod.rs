//! The platforms' manifests (`manifests/`): what each platform needs to show and wire the plugin, as data.
//!
//! [`Description`] is what the component says about itself. [`check`] holds a manifest against its JSON Schema and against that
//! description, and sends whoever must mend it to a line. [`Mapping`] is the engine that makes a platform's records of
//! signals. [`reference`] writes the description for people.

mod complete;
mod conductor;
mod d3;
pub mod description;
mod form;
mod located;
mod mapping;
pub mod reference;
pub mod schema;
mod signal;

use serde_json::Value;

pub use conductor::{Condition, Trouble};
pub use description::Description;
use located::Finding;
pub use located::{Located, Problem};
pub use mapping::{Mapping, Path, Record};
pub use signal::{NoSignal, Signal};

/// A platform whose manifest is part of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// A SOAR in the manner of D3.
    D3,
    /// A collector in the manner of Conductor.
    Conductor,
}

impl Platform {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::D3, Self::Conductor];

    /// Its name in manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::D3 => "d3",
            Self::Conductor => "conductor",
        }
    }

    /// The text of its manifest, as it was when this program was built.
    #[must_use]
    pub const fn manifest(self) -> &'static str {
        match self {
            Self::D3 => include_str!("../../../manifests/d3.json"),
            Self::Conductor => include_str!("../../../manifests/conductor.json"),
        }
    }

    /// The file of its schema.
    const fn schema(self) -> &'static str {
        match self {
            Self::D3 => "d3.schema.json",
            Self::Conductor => "conductor.schema.json",
        }
    }

    /// The member of its manifest that maps signals, as a poll returns them.
    const fn mapping(self) -> &'static str {
        match self {
            Self::D3 => "pollEventSource",
            Self::Conductor => "artifact",
        }
    }

    /// The member of its manifest that maps the events of a command.
    const fn command_mapping(self) -> Option<&'static str> {
        match self {
            Self::D3 => Some("eventSource"),
            Self::Conductor => None,
        }
    }
}

/// A manifest whose shape is right.
#[derive(Debug)]
pub struct Manifest {
    /// The platform that it is for.
    pub platform: Platform,
    /// Its values and their places.
    pub located: Located,
    /// Its field mapping of signals, as a poll returns them.
    pub mapping: Mapping,
    /// Its field mapping of the events that a command returns, if the platform has one.
    pub command_mapping: Option<Mapping>,
}

impl Manifest {
    /// Reads a manifest and holds it against its JSON Schema.
    ///
    /// # Errors
    ///
    /// When it is not right: everything that there is to mend, by line.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        let located = Located::read(text).map_err(|problem| vec![problem])?;
        let named = located.value().get("platform").and_then(Value::as_str);
        let platform = Platform::ALL
            .into_iter()
            .find(|platform| Some(platform.name()) == named);
        let Some(platform) = platform else {
            return Err(vec![located.locate(Finding {
                pointer: "/platform".to_owned(),
                message: "a manifest names its platform: `\"platform\": \"d3\"` or `\"platform\": \"conductor\"`".to_owned(),
            })]);
        };
        let wrong = schema::hold(platform.schema(), located.value());
        if !wrong.is_empty() {
            return Err(by_line(&located, wrong));
        }
        let read = |member| read_mapping(&located, member);
        let mapping = read(platform.mapping())?;
        let command_mapping = platform.command_mapping().map(read).transpose()?;
        Ok(Self {
            platform,
            located,
            mapping,
            command_mapping,
        })
    }

    /// Everything in which it differs from the component, by line; nothing if it is right.
    #[must_use]
    pub fn hold(&self, described: &Description) -> Vec<Problem> {
        let value = self.located.value();
        let findings = match self.platform {
            Platform::D3 => d3::hold(
                value,
                &self.mapping,
                self.command_mapping.as_ref(),
                described,
            ),
            Platform::Conductor => conductor::hold(value, &self.mapping, described),
        };
        by_line(&self.located, findings)
    }
}

/// The most problems that are told at once: whoever has mended these will look again.
pub const MOST_PROBLEMS: usize = 100;

/// Everything that there is to mend in a manifest, up to [`MOST_PROBLEMS`], by line; nothing if it is right.
#[must_use]
pub fn check(text: &str, described: &Description) -> Vec<Problem> {
    match Manifest::read(text) {
        Ok(manifest) => manifest.hold(described),
        Err(problems) => problems,
    }
}

/// The field mapping of a platform, from the manifest that is part of this program: for `format = "conductor"` and `format = "d3"`.
///
/// # Errors
///
/// When that manifest is not right, which its test would have said.
pub fn mapping(platform: Platform) -> Result<Mapping, Vec<Problem>> {
    Manifest::read(platform.manifest()).map(|manifest| manifest.mapping)
}

/// The troubles that Conductor's manifest knows, and what to do about each.
///
/// # Errors
///
/// When that manifest is not right, which its test would have said.
pub fn troubleshooting() -> Result<Vec<Trouble>, Vec<Problem>> {
    let manifest = Manifest::read(Platform::Conductor.manifest())?;
    conductor::troubleshooting(manifest.located.value())
        .map_err(|finding| by_line(&manifest.located, vec![finding]))
}

/// Reads a field mapping of a manifest.
fn read_mapping(located: &Located, member: &str) -> Result<Mapping, Vec<Problem>> {
    let mapping = located.value().get(member).unwrap_or(&Value::Null);
    serde_path_to_error::deserialize(mapping).map_err(|error| {
        let finding = Finding {
            pointer: format!("/{member}{}", pointer_of(error.path())),
            message: error.into_inner().to_string(),
        };
        by_line(located, vec![finding])
    })
}

fn by_line(located: &Located, findings: Vec<Finding>) -> Vec<Problem> {
    let findings = findings.into_iter().take(MOST_PROBLEMS);
    let mut problems: Vec<Problem> = findings.map(|finding| located.locate(finding)).collect();
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

/// The JSON pointer of a path that serde took.
fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        pointer = match segment {
            Segment::Seq { index } => format!("{pointer}/{index}"),
            Segment::Map { key } => located::child(&pointer, key),
            Segment::Enum { .. } | Segment::Unknown => pointer,
        };
    }
    pointer
}
