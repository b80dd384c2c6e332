//! The words of the contract, taken from `wit/` by the build script: packed, and unpacked when a host asks for them.

use miniz_oxide::inflate::decompress_to_vec;
use serde_json::Value;

use crate::amp::lenient::{self, View, field, text, views};

include!(concat!(env!("OUT_DIR"), "/commands.rs"));

/// All words as JSON, compressed (RFC 1951).
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/words.json.deflate"));

/// All words.
pub struct Words(Value);

impl Words {
    /// Unpacks them.
    pub fn unpack() -> Self {
        let text = decompress_to_vec(PACKED).unwrap_or_default();
        Self(lenient::view(&String::from_utf8(text).unwrap_or_default()))
    }

    /// What is said of each of [`COMMANDS`], in their order.
    pub fn commands(&self) -> Vec<CommandWords> {
        views(&self.0, "commands")
    }

    /// What is said of each field of a signal.
    pub fn signal_fields(&self) -> Vec<FieldWords> {
        views(&self.0, "signal-fields")
    }

    /// The JSON Schema of the settings.
    pub fn settings_schema(&self) -> String {
        told(&self.0, "settings-schema")
    }
}

/// What the contract says of a command.
#[derive(Default)]
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

impl View for CommandWords {
    fn view(value: &Value) -> Self {
        Self {
            interface: told(value, "interface"),
            name: told(value, "name"),
            title: told(value, "title"),
            summary: told(value, "summary"),
            help: told(value, "help"),
            inputs: views(value, "inputs"),
        }
    }
}

/// What the contract says of a field.
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

impl View for FieldWords {
    fn view(value: &Value) -> Self {
        Self {
            name: told(value, "name"),
            title: told(value, "title"),
            help: told(value, "help"),
            required: field(value, "required") == &Value::Bool(true),
            example: text(value, "example"),
        }
    }
}

fn told(value: &Value, name: &str) -> String {
    text(value, name).unwrap_or_default()
}
