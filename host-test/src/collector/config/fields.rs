//! Which fields a connection may have, as the component itself says: its settings, and those of a poll's request.

use serde_json::Value;
use wasmtime::component::{Type, Val};

use crate::catalog::{Input, Intake};
use crate::plugin::{CallError, Plugin, Surroundings};
use crate::values;

/// The field of a request that is the collector's own.
pub(super) const CURSOR: &str = "cursor";

/// The fields of a connection.
#[derive(Debug, Clone)]
pub struct Fields {
    pub(super) settings: Vec<Field>,
    pub(super) request: Vec<Field>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    of: Type,
    /// The smallest and the largest number that is taken.
    range: (Option<u64>, Option<u64>),
}

impl Fields {
    /// Asks the component.
    ///
    /// # Errors
    ///
    /// When it fails to say, or its poll takes no settings.
    pub async fn read(plugin: &Plugin, intake: &Intake) -> Result<Self, CallError> {
        let wrong = |what: &str| CallError::NotThisContract {
            what: what.to_owned(),
        };
        let schema = plugin.function("connection", "settings-schema")?;
        let schema = plugin.call(schema, &[], &Surroundings::none()).await?.value;
        let Val::String(schema) = schema else {
            return Err(wrong("connection.settings-schema (no text)"));
        };
        let schema: Value = serde_json::from_str(&schema)
            .map_err(|_| wrong("connection.settings-schema (no JSON)"))?;
        let limit =
            |field: &str, which: &str| schema.get("properties")?.get(field)?.get(which)?.as_u64();
        let Some(Type::Record(record)) = intake.poll.function.parameter("settings") else {
            return Err(wrong("intake.poll (settings)"));
        };
        let settings = record.fields().map(|field| Field {
            name: field.name.to_owned(),
            of: field.ty.clone(),
            range: (limit(field.name, "minimum"), limit(field.name, "maximum")),
        });
        let request = intake
            .poll
            .inputs
            .iter()
            .filter(|input| input.name != CURSOR);
        Ok(Self {
            settings: settings.collect(),
            request: request.map(Field::of_request).collect(),
        })
    }

    /// The names of all of them.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let all = self.settings.iter().chain(&self.request);
        all.map(|field| field.name.as_str())
    }
}

impl Field {
    fn of_request(input: &Input) -> Self {
        let words = input.words.as_ref();
        Self {
            name: input.name.clone(),
            of: input.of.clone(),
            range: (
                words.and_then(|words| words.minimum),
                words.and_then(|words| words.maximum),
            ),
        }
    }

    /// Whether it may be left out.
    pub(super) fn is_optional(&self) -> bool {
        values::is_optional(&self.of)
    }

    /// Why the value cannot be right, with the field's name and without the value.
    pub(super) fn problem(&self, value: &Value) -> Option<String> {
        let name = &self.name;
        if let Err(error) = values::from_json(&self.of, value) {
            let error = error.discreet().to_string();
            let rest = error.strip_prefix('$').unwrap_or(&error);
            return Some(format!("`{name}`{rest}"));
        }
        let number = value.as_u64()?;
        let (smallest, largest) = self.range;
        match (smallest, largest) {
            (Some(smallest), Some(largest)) if !(smallest..=largest).contains(&number) => {
                Some(format!("`{name}`: expected {smallest} to {largest}"))
            }
            (Some(smallest), None) if number < smallest => {
                Some(format!("`{name}`: expected {smallest} or more"))
            }
            (None, Some(largest)) if number > largest => {
                Some(format!("`{name}`: expected {largest} or less"))
            }
            _ => None,
        }
    }
}
