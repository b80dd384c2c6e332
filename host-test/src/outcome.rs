//! What a command answers with, by the contract (an outcome or a failure), and the one JSON object that is made of it for machines.
//!
//! AMP's own JSON passes through as text: every digit, the order of keys and unknown fields stay as they came.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::plugin::CallError;

/// How far a command got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ReturnData {
    /// All of it was done or found.
    #[serde(rename = "Successful")]
    Successful,
    /// Some of several items were.
    #[serde(rename = "Partially Successful")]
    PartiallySuccessful,
    /// Nothing was.
    #[serde(rename = "Failed")]
    Failed,
}

impl ReturnData {
    /// For people, and as it stands in the JSON object.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Successful => "Successful",
            Self::PartiallySuccessful => "Partially Successful",
            Self::Failed => "Failed",
        }
    }
}

/// Values of one kind that a command came upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyField {
    /// What they are.
    pub name: String,
    /// The values.
    pub values: Vec<String>,
}

/// A short table for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The heading of each column.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// What is left of the request budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase", deserialize = "kebab-case"))]
pub struct Quota {
    /// Requests allowed in a window of one hour.
    pub limit: Option<u32>,
    /// Requests left in it.
    pub remaining: u32,
    /// Seconds until it ends.
    pub reset_seconds: Option<u32>,
}

/// One thing that went wrong, as it stands in the JSON object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// The item it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Which command failed.
    pub failure_indicator: String,
    /// The HTTP status code, if there was an answer.
    pub status_code: Option<u16>,
    /// What happened, what to do about it, and when to run the command again.
    pub message: String,
    /// The part of the message that states what happened.
    #[serde(skip)]
    pub cause: String,
    /// The part of the message that states what to do other than to wait and run the command again.
    #[serde(skip)]
    pub remedy: Option<String>,
    /// What kind of failure it is: the name of the case in the contract.
    pub kind: String,
    /// For `invalid-input`, the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds to wait before the command is run again, if a time is known: that of a 429 or 503, or of a proxy that refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    /// True if a change was sent and nobody knows whether it happened.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub may_have_happened: bool,
    /// AMP's name for the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The answer of a command, as the one JSON object that `--format json` prints.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The command.
    pub command: String,
    /// How far it got.
    pub return_data: ReturnData,
    /// AMP's answer as it came.
    pub raw_data: Option<Box<RawValue>>,
    /// The part of it that playbooks work with.
    pub context_data: Option<Box<RawValue>>,
    /// GUIDs, hosts, addresses, hashes and users.
    pub key_fields: Vec<KeyField>,
    /// A short table for people.
    pub result: Option<Table>,
    /// What went wrong: for each failed item, or for the whole.
    pub errors: Vec<Trouble>,
    /// What a person should know beside the result.
    pub remarks: Vec<String>,
    /// What is left of the request budget.
    pub quota: Option<Quota>,
}

impl Report {
    /// The report on what `command` answered, from the JSON form of `result<outcome, command-failure>`.
    ///
    /// # Errors
    ///
    /// When it is not of that shape, or its raw or context data is no JSON.
    pub fn from_answer(command: &str, answer: Value) -> Result<Self, CallError> {
        let wrong = |error: serde_json::Error| CallError::NotThisContract {
            what: format!("{command} ({error})"),
        };
        match serde_json::from_value(answer).map_err(wrong)? {
            Answer::Ok(outcome) => outcome.report(command).map_err(wrong),
            Answer::Err(failure) => Ok(failure.report(command)),
        }
    }

    /// The report on a command that gave no answer at all, because the component or this host failed.
    #[must_use]
    pub fn from_breakdown(command: &str, title: &str, error: &CallError) -> Self {
        let cause = match error {
            CallError::AfterRequests { cause, .. } => cause,
            cause => cause,
        };
        let kind = match cause {
            CallError::Trapped { .. } => "trapped",
            CallError::TimedOut { .. } => "timeout",
            CallError::OutOfMemory { .. } => "out-of-memory",
            CallError::NotThisContract { .. } => "not-this-contract",
            CallError::AfterRequests { .. } => "breakdown",
        };
        let may_have_happened = error.change_sent();
        let advice = if may_have_happened {
            "; a change was sent before and may have happened: look before you repeat it"
        } else {
            ""
        };
        let message = format!("{error}{advice}");
        let trouble = Trouble {
            item: None,
            failure_indicator: format!("{title} failed."),
            status_code: None,
            message: message.clone(),
            cause: message,
            remedy: None,
            kind: kind.to_owned(),
            field: None,
            retry_after_seconds: None,
            may_have_happened,
            request_id: None,
        };
        Self::failed(command, vec![trouble], None)
    }

    /// The report on a command that failed altogether.
    pub(crate) fn failed(command: &str, errors: Vec<Trouble>, quota: Option<Quota>) -> Self {
        Self {
            command: command.to_owned(),
            return_data: ReturnData::Failed,
            raw_data: None,
            context_data: None,
            key_fields: Vec::new(),
            result: None,
            errors,
            remarks: Vec::new(),
            quota,
        }
    }

    /// The object as text, indented, with a line feed at its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Only maps with keys that are no text, and failing writers, cannot be serialised; there are none here.
        let compact = serde_json::to_string(self).unwrap_or_default();
        crate::json_text::indented(&compact)
    }
}

/// `result<outcome, command-failure>`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Ok(Outcome),
    Err(CommandFailure),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Outcome {
    return_data: Successes,
    raw_data: String,
    context_data: String,
    key_fields: Vec<KeyField>,
    result: Table,
    failures: Vec<Failure>,
    remarks: Vec<String>,
    quota: Option<Quota>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Successes {
    Successful,
    PartiallySuccessful,
}

/// `command-failure`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct CommandFailure {
    failures: Vec<Failure>,
    quota: Option<Quota>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Failure {
    failure_indicator: String,
    item: Option<String>,
    status_code: Option<u16>,
    message: String,
    cause: String,
    remedy: Option<String>,
    retry_after_seconds: Option<u32>,
    kind: Value,
    request_id: Option<String>,
    may_have_happened: bool,
}

impl Outcome {
    fn report(self, command: &str) -> Result<Report, serde_json::Error> {
        Ok(Report {
            command: command.to_owned(),
            return_data: match self.return_data {
                Successes::Successful => ReturnData::Successful,
                Successes::PartiallySuccessful => ReturnData::PartiallySuccessful,
            },
            raw_data: Some(RawValue::from_string(self.raw_data)?),
            context_data: Some(RawValue::from_string(self.context_data)?),
            key_fields: self.key_fields,
            result: Some(self.result),
            errors: self.failures.into_iter().map(Failure::trouble).collect(),
            remarks: self.remarks,
            quota: self.quota,
        })
    }
}

impl CommandFailure {
    /// What went wrong, and what is left of the request budget.
    pub(crate) fn taken_apart(self) -> (Vec<Trouble>, Option<Quota>) {
        let errors = self.failures.into_iter().map(Failure::trouble).collect();
        (errors, self.quota)
    }

    fn report(self, command: &str) -> Report {
        let (errors, quota) = self.taken_apart();
        Report::failed(command, errors, quota)
    }
}

impl Failure {
    fn trouble(self) -> Trouble {
        // A case without payload is its name; one with payload an object with the payload at its name.
        let (kind, payload) = match self.kind {
            Value::String(kind) => (kind, Value::Null),
            Value::Object(object) => object.into_iter().next().unwrap_or_default(),
            _ => (String::new(), Value::Null),
        };
        Trouble {
            item: self.item,
            failure_indicator: self.failure_indicator,
            status_code: self.status_code,
            message: self.message,
            cause: self.cause,
            remedy: self.remedy,
            kind,
            field: payload.as_str().map(str::to_owned),
            retry_after_seconds: self.retry_after_seconds.map(u64::from),
            may_have_happened: self.may_have_happened,
            request_id: self.request_id,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )]

    use serde_json::{Value, json};

    use super::Report;

    fn outcome(raw: &str) -> Value {
        json!({"ok": {"return-data": "successful", "raw-data": raw, "context-data": "[]", "key-fields": [], "result": {"columns": [], "rows": []},
            "failures": [], "remarks": [], "quota": {"limit": 3000, "remaining": 2999, "reset-seconds": null}}})
    }

    fn failure(kind: Value) -> Value {
        json!({"failure-indicator": "X failed.", "item": null, "status-code": 429, "message": "m. n.", "cause": "m.", "remedy": "n.",
            "retry-after-seconds": 40, "kind": kind, "request-id": "r", "may-have-happened": false})
    }

    fn errors(kind: Value) -> Value {
        let answer = json!({"err": {"failures": [failure(kind)], "quota": null}});
        let text = Report::from_answer("x", answer).unwrap().to_json();
        serde_json::from_str::<Value>(&text).unwrap()["errors"][0].clone()
    }

    #[test]
    fn raw_data_keeps_every_digit_the_order_and_doubled_keys() {
        let raw = "{\"z\":6180352115244794887123,\"a\":1.10,\"a\":1e400}";
        let text = Report::from_answer("x", outcome(raw)).unwrap().to_json();
        let packed: String = text.split_whitespace().collect();
        assert!(packed.contains(raw), "{packed}");
    }

    #[test]
    fn raw_data_may_be_nested_deeper_than_any_stack() {
        let raw = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let text = Report::from_answer("x", outcome(&raw)).unwrap().to_json();
        assert_eq!(text.matches('[').count(), text.matches(']').count());
        assert!(text.len() < 1_000_000, "{} bytes", text.len());
    }

    #[test]
    fn raw_data_that_is_no_json_is_a_fault_of_the_component() {
        assert!(
            Report::from_answer("x", outcome("<html>"))
                .unwrap_err()
                .to_string()
                .contains("another version of the contract")
        );
    }

    #[test]
    fn the_time_to_retry_is_that_of_any_kind() {
        for kind in [json!({"rate-limited": 40}), json!("server")] {
            assert_eq!(errors(kind)["retryAfterSeconds"], 40);
        }
    }

    #[test]
    fn the_payload_of_a_kind_has_a_name_of_its_own() {
        assert_eq!(errors(json!({"invalid-input": "limit"}))["field"], "limit");
        assert_eq!(errors(json!("not-found"))["kind"], "not-found");
    }

    #[test]
    fn what_is_not_said_is_null_or_left_out() {
        let error = errors(json!("unauthorized"));
        assert_eq!(
            error,
            json!({"failureIndicator": "X failed.", "statusCode": 429, "message": "m. n.", "kind": "unauthorized", "retryAfterSeconds": 40,
                "requestId": "r"})
        );
    }
}
