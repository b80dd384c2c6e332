//! What the component offers: its own words (`catalog.describe`) beside its own types.

use serde::{Deserialize, Serialize};
use wasmtime::component::Type;

use crate::plugin::{CallError, Function, Plugin, Surroundings};
use crate::values;

/// One command, in words and types.
#[derive(Debug, Clone)]
pub struct Command {
    /// What the component says about it.
    pub words: CommandWords,
    /// The export to call.
    pub function: Function,
    /// The fields of its input, in the order of the record; empty if it takes none.
    pub inputs: Vec<Input>,
}

/// A field of an input.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type.
    pub of: Type,
    /// What the component says about it, if anything.
    pub words: Option<InputWords>,
}

impl Input {
    /// Whether the command needs it, by its type.
    #[must_use]
    pub fn is_required(&self) -> bool {
        !values::is_optional(&self.of)
    }
}

/// What the component says about a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct CommandWords {
    /// The interface that exports it.
    pub interface: String,
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// All there is to know about it.
    pub help: String,
    /// Its inputs.
    pub inputs: Vec<InputWords>,
    /// `reads`, `changes` or `removes`.
    pub effect: String,
    /// Whether running it twice leaves things as running it once does.
    pub idempotent: bool,
    /// `read-only` or `read-and-write`.
    pub scope: String,
}

/// What the component says about a field.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InputWords {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What to fill in.
    pub help: String,
    /// Whether the command needs it.
    pub required: bool,
    /// What holds if it is left out.
    pub default: Option<String>,
    /// Smallest number that is taken.
    pub minimum: Option<u64>,
    /// Largest number that is taken.
    pub maximum: Option<u64>,
    /// A value that could stand there.
    pub example: Option<String>,
}

/// Asks the component what it offers.
///
/// # Errors
///
/// When it fails to say, or names a command that it does not export.
pub async fn read(plugin: &Plugin) -> Result<Vec<Command>, CallError> {
    let describe = plugin.function("catalog", "describe")?;
    let answer = plugin.call(describe, &[], &Surroundings::none()).await?;
    let wrong = |why: String| CallError::NotThisContract {
        what: format!("catalog.describe ({why})"),
    };
    let json = values::to_json(&answer.value).map_err(|error| wrong(error.to_string()))?;
    let all: Vec<CommandWords> =
        serde_json::from_value(json).map_err(|error| wrong(error.to_string()))?;
    all.into_iter()
        .map(|words| {
            let function = plugin.function(&words.interface, &words.name)?.clone();
            let inputs = inputs(&function, &words);
            Ok(Command {
                words,
                function,
                inputs,
            })
        })
        .collect()
}

fn inputs(function: &Function, words: &CommandWords) -> Vec<Input> {
    let Some(Type::Record(record)) = function.parameter("input") else {
        return Vec::new();
    };
    let fields = record.fields().map(|field| Input {
        name: field.name.to_owned(),
        of: field.ty.clone(),
        words: words
            .inputs
            .iter()
            .find(|words| words.name == field.name)
            .cloned(),
    });
    fields.collect()
}
