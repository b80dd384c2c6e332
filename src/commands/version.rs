//! Test Connection.

use crate::amp::Amp;
use crate::amp::envelope::Answer;
use crate::amp::request::Request;
use crate::connection::Connection;
use crate::outcome::Findings;
use serde_json::Value;

use super::{Answered, CommandError};

/// Test Connection: the cheapest request that needs the credential (reference, section 1.3).
///
/// # Errors
///
/// Whatever keeps AMP from answering it.
pub async fn test_connection(amp: &Amp<'_>) -> Result<Answered, CommandError> {
    let request = Request::get("API version", &["version"]);
    let answer = amp.send(&request).await?;
    // The answer is in the envelope; its `data` is empty (reference, section 4.1) or not there.
    let data = answer.data().unwrap_or("{}");
    let mut findings =
        Findings::with_columns(&["Server", "API version", "Requests left", "Requests an hour"]);
    findings.context(data);
    findings.row(row(amp, &answer).each_ref().map(|cell| Some(cell.as_str())));
    if let Some(0) = amp.quota().map(|quota| quota.remaining) {
        findings.remark(
            "The request budget of this hour is used up; other commands will have to wait.",
        );
    }
    findings.raw(answer.text);
    Ok(findings.into())
}

fn row(amp: &Amp<'_>, answer: &Answer) -> [String; 4] {
    // The answer is in the envelope's own `version` (reference, section 4.1).
    let envelope: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let quota = amp.quota();
    [
        server(amp.connection()),
        envelope
            .get("version")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        quota
            .map(|quota| quota.remaining.to_string())
            .unwrap_or_default(),
        quota
            .and_then(|quota| quota.limit)
            .map(|limit| limit.to_string())
            .unwrap_or_default(),
    ]
}

fn server(connection: &Connection) -> String {
    connection.origin.authority.clone()
}
