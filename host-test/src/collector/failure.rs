//! Why a poll came to nothing, whoever failed: AMP, the component, or the database.

use std::fmt;

use super::store::{RATE_LIMITED, StoreError};
use crate::intake::Refused;
use crate::invocation::InvocationError;
use crate::outcome::{Quota, Report, Trouble};
use crate::plugin::CallError;

/// The kind of a failure of the database.
pub const STORAGE: &str = "storage";
/// Kinds that mostly end by themselves.
const PASSING: [&str; 4] = [RATE_LIMITED, "timeout", "unreachable", "server"];

/// The one field of a request that no person gave.
const CURSOR: &str = "cursor";
/// What a person can do about it.
const CURSOR_ADVICE: &str = " The collector keeps the cursor by the connection's name, and leaves it as it is. If the connection has another server now, \
     give it another name too; it then begins with its first window. Else end the collector and have the cursor forgotten, with \
     `host-test collect --config FILE --reset NAME`.";

/// Why a poll came to nothing.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// The name of the case in the contract, [`STORAGE`], or a breakdown of the component.
    pub(super) kind: String,
    /// The HTTP status code, if there was an answer.
    pub(super) status_code: Option<u16>,
    /// What happened and what to do about it.
    pub(super) message: String,
    /// Seconds to wait before the next poll, if the component names a time.
    pub(super) retry_after: Option<u64>,
    /// What is left of the request budget, if AMP said so.
    pub(super) quota: Option<Quota>,
    /// What the host noted about the requests.
    pub(super) notes: Vec<String>,
    /// Whether it mostly ends by itself, without a person.
    pub(super) passes: bool,
}

impl Failure {
    fn new(kind: &str, message: String) -> Self {
        Self {
            kind: kind.to_owned(),
            status_code: None,
            message,
            retry_after: None,
            quota: None,
            notes: Vec::new(),
            passes: PASSING.contains(&kind),
        }
    }

    fn of(errors: Vec<Trouble>, quota: Option<Quota>, notes: Vec<String>) -> Self {
        let Some(first) = errors.into_iter().next() else {
            return Self {
                quota,
                notes,
                ..Self::new(
                    "malformed-response",
                    "the component gave no reason".to_owned(),
                )
            };
        };
        let advice = match first.field.as_deref() {
            Some(CURSOR) => CURSOR_ADVICE,
            _ => "",
        };
        // Not the advice to run the command again: the collector polls again by itself.
        let remedy = first.remedy.map(|remedy| format!(" {remedy}"));
        Self {
            passes: PASSING.contains(&first.kind.as_str()),
            kind: first.kind,
            status_code: first.status_code,
            message: format!("{}{}{advice}", first.cause, remedy.unwrap_or_default()),
            retry_after: first.retry_after_seconds,
            quota,
            notes,
        }
    }

    /// The component says that there is no batch.
    pub(super) fn refused(refused: Refused, notes: Vec<String>) -> Self {
        Self::of(refused.errors, refused.quota, notes)
    }

    /// The component broke down.
    pub(super) fn broke_down(error: &CallError) -> Self {
        let report = Report::from_breakdown("poll", "Poll", error);
        Self::of(report.errors, None, error.notes().to_vec())
    }

    /// The poll could not be made.
    pub(super) fn not_made(error: &InvocationError) -> Self {
        Self::new("invalid-input", error.to_string())
    }

    /// The database failed.
    pub(super) fn of_store(error: &StoreError) -> Self {
        Self {
            passes: error.passes(),
            ..Self::new(STORAGE, error.to_string())
        }
    }

    pub(super) fn is_rate_limited(&self) -> bool {
        self.kind == RATE_LIMITED
    }
}

/// The kind, with the status code where there is one: `unauthorized, 401`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        match self.status_code {
            Some(status) => write!(f, ", {status}"),
            None => Ok(()),
        }
    }
}
