//! The plugin's neutral description: all that the component says about itself, as one JSON value. No platform occurs in it;
//! every manifest is held against it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasmtime::component::Type;

use crate::catalog::{self, Command, FieldWords, Input, Intake};
use crate::intake::camel_case;
use crate::plugin::{CallError, Plugin, Surroundings};
use crate::values;

/// What the component offers and needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Description {
    /// The JSON Schema (draft 2020-12) of a connection's settings.
    pub settings: Value,
    /// Every command, the health check included.
    pub commands: Vec<CommandDescription>,
    /// The intake of events.
    pub intake: IntakeDescription,
}

/// The intake of events.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntakeDescription {
    /// The poll; its inputs are the fields of its request.
    pub poll: CommandDescription,
    /// The fields of a signal, in the order of the record.
    pub signal_fields: Vec<FieldDescription>,
}

/// A command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommandDescription {
    /// The interface that exports it.
    pub interface: String,
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// All there is to know about it, in paragraphs.
    pub help: String,
    /// `reads`, `changes` or `removes`.
    pub effect: String,
    /// Whether running it twice leaves things as running it once does.
    pub idempotent: bool,
    /// `read-only` or `read-and-write`.
    pub scope: String,
    /// Its inputs, in the order of the record.
    pub inputs: Vec<InputDescription>,
}

/// An input of a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InputDescription {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What to fill in.
    pub help: String,
    /// Its type as the contract writes it.
    #[serde(rename = "type")]
    pub of: String,
    /// The values that it takes, where they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// Whether it must be given.
    pub required: bool,
    /// What holds if it is left out.
    pub default: Option<String>,
    /// Smallest number that is taken.
    pub minimum: Option<u64>,
    /// Largest number that is taken.
    pub maximum: Option<u64>,
    /// Largest number of characters of a text.
    #[serde(rename = "maxLength", default)]
    pub max_length: Option<u64>,
    /// Largest number of entries of a list.
    #[serde(rename = "maxItems", default)]
    pub max_items: Option<u64>,
    /// A value that could stand there.
    pub example: Option<String>,
}

/// A field of a signal, or of a record in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDescription {
    /// Its name in the contract: `connector-guid`.
    pub name: String,
    /// Its name in a signal that is printed: `connectorGuid`.
    pub json_name: String,
    /// Its name for people; a field of a record has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it holds; a field of a record has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Its type as the contract writes it.
    #[serde(rename = "type")]
    pub of: String,
    /// The fields of the record that it is or lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Self>,
}

impl Description {
    /// Asks the component.
    ///
    /// # Errors
    ///
    /// When it fails to say, or has another contract.
    pub async fn read(plugin: &Plugin) -> Result<Self, CallError> {
        let commands = catalog::read(plugin).await?;
        let intake = catalog::read_intake(plugin).await?;
        Ok(Self {
            settings: settings_schema(plugin).await?,
            commands: commands.iter().map(CommandDescription::of).collect(),
            intake: IntakeDescription::of(&intake),
        })
    }
}

async fn settings_schema(plugin: &Plugin) -> Result<Value, CallError> {
    let function = plugin.function("connection", "settings-schema")?;
    let answer = plugin.call(function, &[], &Surroundings::none()).await?;
    let schema = values::to_json(&answer.value)
        .ok()
        .and_then(|text| serde_json::from_str(text.as_str()?).ok());
    schema.ok_or_else(|| CallError::NotThisContract {
        what: format!("{function} (its answer is no JSON)"),
    })
}

impl CommandDescription {
    /// What the component says of a command.
    #[must_use]
    pub fn of(command: &Command) -> Self {
        let words = command.words.clone();
        Self {
            interface: words.interface,
            name: words.name,
            title: words.title,
            summary: words.summary,
            help: words.help,
            effect: words.effect,
            idempotent: words.idempotent,
            scope: words.scope,
            inputs: command.inputs.iter().map(InputDescription::of).collect(),
        }
    }
}

impl InputDescription {
    /// What the component says of an input.
    #[must_use]
    pub fn of(input: &Input) -> Self {
        let words = input.words.clone();
        let (title, help) = words
            .as_ref()
            .map(|words| (words.title.clone(), words.help.clone()))
            .unwrap_or_default();
        Self {
            name: input.name.clone(),
            title,
            help,
            of: values::in_words(&input.of),
            cases: values::cases(&input.of),
            required: input.is_required(),
            default: words.as_ref().and_then(|words| words.default.clone()),
            minimum: words.as_ref().and_then(|words| words.minimum),
            maximum: words.as_ref().and_then(|words| words.maximum),
            max_length: words.as_ref().and_then(|words| words.max_length),
            max_items: words.as_ref().and_then(|words| words.max_items),
            example: words.and_then(|words| words.example),
        }
    }
}

impl IntakeDescription {
    fn of(intake: &Intake) -> Self {
        let signal = intake.poll.function.result.as_ref().and_then(signal);
        let described = |mut field: FieldDescription| {
            let words = intake.signal_fields.iter();
            if let Some(words) = words.clone().find(|words| words.name == field.name) {
                let FieldWords { title, help, .. } = words.clone();
                (field.title, field.help) = (Some(title), Some(help));
            }
            field
        };
        let fields = signal.as_ref().map(fields).unwrap_or_default();
        Self {
            poll: CommandDescription::of(&intake.poll),
            signal_fields: fields.into_iter().map(described).collect(),
        }
    }
}

/// The type of a signal, from that of a poll's result: of the batch, what `signals` lists.
fn signal(result: &Type) -> Option<Type> {
    let Type::Result(result) = result else {
        return None;
    };
    let Type::Record(batch) = result.ok()? else {
        return None;
    };
    let mut fields = batch.fields();
    match fields.find(|field| field.name == "signals")?.ty {
        Type::List(signals) => Some(signals.ty()),
        _ => None,
    }
}

/// The fields of a record, or of the records that an option or a list holds.
fn fields(of: &Type) -> Vec<FieldDescription> {
    match of {
        Type::Record(record) => record
            .fields()
            .map(|field| FieldDescription {
                name: field.name.to_owned(),
                json_name: camel_case(field.name),
                title: None,
                help: None,
                of: values::in_words(&field.ty),
                fields: fields(&field.ty),
            })
            .collect(),
        Type::Option(option) => fields(&option.ty()),
        Type::List(list) => fields(&list.ty()),
        _ => Vec::new(),
    }
}
