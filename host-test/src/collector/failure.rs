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
    /// Seconds until AMP takes requests again, if it said so.
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
        Self {
            passes: PASSING.contains(&first.kind.as_str()),
            kind: first.kind,
            status_code: first.status_code,
            message: format!("{}{advice}", going_on(&first.message)),
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

/// A message of the component without the advice to run the command again, which is not for a collector: it goes on by itself.
fn going_on(message: &str) -> String {
    let sentences = message.split_inclusive(". ").filter_map(|sentence| {
        if let Some((what, _)) = sentence.split_once("; run the command again") {
            return Some(format!("{what}. "));
        }
        if !sentence.starts_with("Run the command again") {
            return Some(sentence.to_owned());
        }
        // What else can be done: "or raise the limit".
        let (_, other) = sentence.split_once(", or ")?;
        Some(format!("If it stays so, {other}"))
    });
    sentences.collect::<String>().trim_end().to_owned()
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

#[cfg(test)]
mod tests {
    use super::going_on;

    #[test]
    fn a_collector_is_not_told_to_run_a_command_again() {
        for (message, told) in [
            (
                "It is used up. It is whole again in 3601 seconds; run the command again then.",
                "It is used up. It is whole again in 3601 seconds.",
            ),
            (
                "AMP is in trouble. It was asked 4 times. Run the command again in a few minutes.",
                "AMP is in trouble. It was asked 4 times.",
            ),
            (
                "No answer. Run the command again later, or raise the limit.",
                "No answer. If it stays so, raise the limit.",
            ),
            (
                "No answer. Check api.amp.cisco.com.",
                "No answer. Check api.amp.cisco.com.",
            ),
        ] {
            assert_eq!(going_on(message), told);
        }
    }
}
