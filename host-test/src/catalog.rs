//! What the component offers: its own words (`catalog.describe`, `catalog.describe-intake`) beside its own types.

use serde::de::DeserializeOwned;
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
    /// Whether it must be given.
    #[must_use]
    pub fn is_required(&self) -> bool {
        !values::is_optional(&self.of)
    }
}

/// The intake, in words and types.
#[derive(Debug, Clone)]
pub struct Intake {
    /// The poll. Its inputs are the fields of its request, none of which must be given.
    pub poll: Command,
    /// What the component says about each field of a signal, in the order of the record.
    pub signal_fields: Vec<FieldWords>,
}

/// What the component says about a field of a signal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FieldWords {
    /// Its name, as in the contract: `connector-guid`.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it holds.
    pub help: String,
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
    /// Largest number of characters of a text.
    #[serde(rename(deserialize = "max-length", serialize = "maxLength"), default)]
    pub max_length: Option<u64>,
    /// Largest number of entries of a list.
    #[serde(rename(deserialize = "max-items", serialize = "maxItems"), default)]
    pub max_items: Option<u64>,
    /// A value that could stand there.
    pub example: Option<String>,
}

/// Asks the component which commands it offers.
///
/// # Errors
///
/// When it fails to say, or names a command that it does not export.
pub async fn read(plugin: &Plugin) -> Result<Vec<Command>, CallError> {
    let all: Vec<CommandWords> = ask(plugin, "describe").await?;
    all.into_iter()
        .map(|words| command(plugin, words, "input"))
        .collect()
}

/// Asks the component what its intake takes and gives.
///
/// # Errors
///
/// When it fails to say, or has no such poll.
pub async fn read_intake(plugin: &Plugin) -> Result<Intake, CallError> {
    /// `intake-info`.
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct IntakeInfo {
        poll: CommandWords,
        signal_fields: Vec<FieldWords>,
    }
    let info: IntakeInfo = ask(plugin, "describe-intake").await?;
    Ok(Intake {
        poll: command(plugin, info.poll, "request")?,
        signal_fields: info.signal_fields,
    })
}

/// What a function of `catalog` says.
async fn ask<T: DeserializeOwned>(plugin: &Plugin, name: &str) -> Result<T, CallError> {
    let describe = plugin.function("catalog", name)?;
    let answer = plugin.call(describe, &[], &Surroundings::none()).await?;
    let wrong = |why: String| CallError::NotThisContract {
        what: format!("{describe} ({why})"),
    };
    let json = values::to_json(&answer.value).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_value(json).map_err(|error| wrong(error.to_string()))
}

/// The command of these words; `parameter` is where its fields are.
fn command(plugin: &Plugin, words: CommandWords, parameter: &str) -> Result<Command, CallError> {
    let function = plugin.function(&words.interface, &words.name)?.clone();
    let inputs = match function.parameter(parameter) {
        Some(Type::Record(record)) => record
            .fields()
            .map(|field| Input {
                name: field.name.to_owned(),
                of: field.ty.clone(),
                words: words
                    .inputs
                    .iter()
                    .find(|words| words.name == field.name)
                    .cloned(),
            })
            .collect(),
        _ => Vec::new(),
    };
    Ok(Command {
        words,
        function,
        inputs,
    })
}
