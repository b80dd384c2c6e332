//! The intake as the host sees it: a poll that is about to be made, and what came of it.
//!
//! Knows of a signal only what a host needs to store it; everything else in it goes by the component's own types.

mod outcome;
mod signal;

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wasmtime::component::Val;

pub use outcome::PollOutcome;
pub use signal::Signal;
pub(crate) use signal::camel_case;

use crate::catalog::Intake;
use crate::egress::Egress;
use crate::invocation::{InvocationError, Prepared};
use crate::outcome::{CommandFailure, Quota, Trouble};
use crate::plugin::{CallError, Plugin};
use crate::settings::Settings;
use crate::values;

/// A poll that is about to be made. Everything in it has the right types.
#[derive(Debug, Clone)]
pub struct Poll(Prepared);

/// What came of a poll.
#[derive(Debug)]
pub struct Polled {
    /// The batch, or why there is none. Then the cursor that went in still holds.
    pub answer: Result<Batch, Refused>,
    /// What the host noted about its requests.
    pub notes: Vec<String>,
    /// What the component wrote on its standard output and error.
    pub said: String,
    /// The most linear memory that the component had, in bytes.
    pub memory: usize,
}

/// Why a poll gave no batch.
#[derive(Debug, Clone)]
pub struct Refused {
    /// What went wrong, and what to do about it.
    pub errors: Vec<Trouble>,
    /// What is left of the request budget, if AMP said so.
    pub quota: Option<Quota>,
}

/// What a poll gave.
#[derive(Debug)]
pub struct Batch {
    /// The signals, the oldest first.
    pub signals: Vec<Signal>,
    /// Where the next poll begins. To be stored together with the signals.
    pub cursor: String,
    /// Whether there is more to fetch at once.
    pub more: bool,
    /// What the poll did.
    pub report: PollReport,
}

/// What a poll did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase", deserialize = "kebab-case"))]
pub struct PollReport {
    /// Events that AMP sent.
    pub fetched: u32,
    /// Signals returned.
    pub delivered: u32,
    /// Events passed over because they were returned before.
    pub known: u32,
    /// Events passed over by the lowest severity.
    pub filtered: u32,
    /// Events that could not be read and were skipped.
    pub skipped: u32,
    /// Events from before the window that were listed and not delivered.
    pub unchecked: u32,
    /// Requests sent, repeats included.
    pub requests: u32,
    /// Time of the newest event ever seen with this cursor, in seconds since 1970.
    pub newest_event: Option<i64>,
    /// How far the signals are behind the present, in seconds; none if the poll has caught up.
    pub lag_seconds: Option<u64>,
    /// Events still waiting.
    pub backlog: u64,
    /// What a person should know.
    pub remarks: Vec<String>,
    /// What is left of the request budget, if AMP said so.
    pub quota: Option<Quota>,
}

impl Poll {
    /// Makes arguments of settings and request, by the types of the component. `request` has the contract's field names,
    /// `cursor` among them; whatever is left out has its default.
    ///
    /// # Errors
    ///
    /// When something is unknown or of a wrong type, or the connection lacks something.
    pub fn new(
        intake: &Intake,
        settings: &Settings,
        request: Map<String, Value>,
    ) -> Result<Self, InvocationError> {
        Prepared::new(&intake.poll, settings, request).map(Self)
    }

    /// Makes the poll.
    ///
    /// # Errors
    ///
    /// When the component or the host breaks down. What the component reports as a failure is an answer.
    pub async fn make(
        &self,
        plugin: &Plugin,
        egress: Arc<dyn Egress>,
        now: Option<SystemTime>,
    ) -> Result<Polled, CallError> {
        let answer = self.0.call(plugin, egress, now).await?;
        let wrong = |why: String| CallError::NotThisContract {
            what: format!("intake.poll ({why})"),
        };
        let read = match answer.value {
            Val::Result(Ok(Some(batch))) => Ok(batch_of(*batch).map_err(wrong)?),
            Val::Result(Err(Some(failure))) => Err(refused(&failure).map_err(wrong)?),
            _ => return Err(wrong("its result is none of a poll".to_owned())),
        };
        Ok(Polled {
            answer: read,
            notes: answer.notes,
            said: answer.said,
            memory: answer.memory,
        })
    }
}

/// Reads a `batch`.
fn batch_of(batch: Val) -> Result<Batch, String> {
    /// What is beside its signals.
    #[derive(Deserialize)]
    struct Rest {
        cursor: String,
        more: bool,
        report: PollReport,
    }
    let Val::Record(mut fields) = batch else {
        return Err("a batch is a record".to_owned());
    };
    let place = fields.iter().position(|(name, _)| name == "signals");
    let Some((_, Val::List(signals))) = place.map(|place| fields.remove(place)) else {
        return Err("a batch has a list of signals".to_owned());
    };
    let rest = values::to_json(&Val::Record(fields)).map_err(|error| error.to_string())?;
    let Rest {
        cursor,
        more,
        report,
    } = serde_json::from_value(rest).map_err(|error| error.to_string())?;
    let signals: Result<Vec<Signal>, String> = signals.into_iter().map(Signal::new).collect();
    Ok(Batch {
        signals: signals?,
        cursor,
        more,
        report,
    })
}

/// Reads a `command-failure`.
fn refused(failure: &Val) -> Result<Refused, String> {
    let json = values::to_json(failure).map_err(|error| error.to_string())?;
    let failure: CommandFailure =
        serde_json::from_value(json).map_err(|error| error.to_string())?;
    let (errors, quota) = failure.taken_apart();
    Ok(Refused { errors, quota })
}
