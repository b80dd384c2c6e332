//! A signal to map, as `poll` prints it: its values, and its event to the last digit.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::located::without_place;
use crate::lenient_json::{self, Losses};

/// A signal to map: the JSON object in a line that `poll` prints.
#[derive(Debug)]
pub struct Signal<'a> {
    value: Value,
    losses: Losses,
    raw: &'a RawValue,
}

/// A line that is no signal.
#[derive(Debug, thiserror::Error)]
#[error(
    "this is no signal ({why}); a signal is a JSON object with the event, an object too, in `raw`, as `host-test poll` prints it"
)]
pub struct NoSignal {
    why: String,
}

impl From<serde_json::Error> for NoSignal {
    fn from(error: serde_json::Error) -> Self {
        // A signal is a line, and whoever tells of it says which.
        let why = format!("column {}: {}", error.column(), without_place(&error));
        Self { why }
    }
}

impl<'a> Signal<'a> {
    /// Reads a line. What strict parsers reject in it, though the grammar of JSON allows it, is replaced: see [`Signal::losses`].
    ///
    /// # Errors
    ///
    /// When it is no JSON object with a `raw` event, which is an object, in it.
    pub fn parse(line: &'a str) -> Result<Self, NoSignal> {
        /// The part whose text matters.
        #[derive(Deserialize)]
        struct Raw<'a> {
            #[serde(borrow)]
            raw: &'a RawValue,
        }
        let (value, losses) = lenient_json::read(line)?;
        let object = |value: Option<&Value>| value.is_some_and(Value::is_object);
        for (what, is_object) in [
            ("it", object(Some(&value))),
            ("`raw`", object(value.get("raw"))),
        ] {
            if !is_object {
                let why = format!("{what} is no object");
                return Err(NoSignal { why });
            }
        }
        let Raw { raw } = serde_json::from_str(line)?;
        Ok(Self { value, losses, raw })
    }

    /// What the values that are mapped lack of the line.
    #[must_use]
    pub fn losses(&self) -> Losses {
        self.losses
    }

    /// The event as AMP sent it, to the last digit.
    #[must_use]
    pub fn event_text(&self) -> &'a str {
        self.raw.get()
    }

    /// The whole signal.
    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// The event.
    pub(super) fn event(&self) -> &Value {
        self.value.get("raw").unwrap_or(&Value::Null)
    }
}
