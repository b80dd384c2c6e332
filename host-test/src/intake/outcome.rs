//! What came of a poll as one JSON object, in the manner of a command's report: for goldens, and for machines that look at the tour.

use serde::Serialize;

use super::{Batch, PollReport, Polled, Refused, Signal};
use crate::catalog::Command;
use crate::json_text;
use crate::outcome::{Report, ReturnData};
use crate::plugin::CallError;

/// What came of a poll.
#[derive(Debug)]
pub enum PollOutcome {
    /// A batch.
    Batch {
        /// The poll's name.
        command: String,
        /// The batch.
        batch: Batch,
    },
    /// The reason why there is none.
    Failed(Report),
}

impl PollOutcome {
    /// What came of the poll that `command` describes.
    #[must_use]
    pub fn new(command: &Command, polled: Result<Polled, CallError>) -> Self {
        let words = &command.words;
        match polled.map(|polled| polled.answer) {
            Ok(Ok(batch)) => Self::Batch {
                command: words.name.clone(),
                batch,
            },
            Ok(Err(refused)) => Self::Failed(refused.report(&words.name)),
            Err(error) => Self::Failed(Report::from_breakdown(&words.name, &words.title, &error)),
        }
    }

    /// How far it got.
    #[must_use]
    pub fn return_data(&self) -> ReturnData {
        match self {
            Self::Batch { .. } => ReturnData::Successful,
            Self::Failed(report) => report.return_data,
        }
    }

    /// The object as text, indented, with a line feed at its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Only maps with keys that are no text, and failing writers, cannot be serialised; there are none here.
        json_text::indented(&serde_json::to_string(self).unwrap_or_default())
    }
}

impl Refused {
    /// The report on the poll, whose name is `command`, as on any command that failed.
    #[must_use]
    pub fn report(self, command: &str) -> Report {
        Report::failed(command, self.errors, self.quota)
    }
}

impl Serialize for PollOutcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// A batch, with what every report begins with.
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Object<'a> {
            command: &'a str,
            return_data: ReturnData,
            signals: &'a [Signal],
            cursor: &'a str,
            more: bool,
            report: &'a PollReport,
        }
        match self {
            Self::Failed(report) => report.serialize(serializer),
            Self::Batch { command, batch } => Object {
                command,
                return_data: self.return_data(),
                signals: &batch.signals,
                cursor: &batch.cursor,
                more: batch.more,
                report: &batch.report,
            }
            .serialize(serializer),
        }
    }
}
