//! Test Connection.

use crate::amp::Amp;
use crate::amp::envelope::Answer;
use crate::amp::error::AmpError;
use crate::amp::request::Request;
use crate::outcome::Findings;

use super::{Answered, CommandError};

/// Test Connection: AMP's version, and the smallest list, which is served to a valid credential only.
///
/// # Errors
///
/// Returns what keeps AMP from responding, a response that is not AMP's, and the refusal of the credential.
pub async fn test_connection(amp: &Amp<'_>) -> Result<Answered, CommandError> {
    let request = Request::get("API version", &["version"]);
    let answer = amp.send(&request).await?;
    let version = version(&answer, &request)?;
    check_credential(amp).await?;

    let quota = amp.quota();
    let left = quota.map(|quota| quota.remaining.to_string());
    let limit = quota.and_then(|quota| quota.limit);
    let limit = limit.map(|limit| limit.to_string());
    let mut findings =
        Findings::with_columns(&["Server", "API version", "Requests left", "Requests an hour"]);
    findings.row([
        Some(amp.connection().origin.authority.as_str()),
        Some(version.as_str()),
        left.as_deref(),
        limit.as_deref(),
    ]);
    // The `data` of a version is empty or absent: the version is in the envelope itself.
    findings.context(answer.data().unwrap_or("{}"));
    if let Some(0) = quota.map(|quota| quota.remaining) {
        findings.remark(
            "The request budget of this hour is used up; other commands will have to wait.",
        );
    }
    findings.raw(answer.text);
    Ok(findings.into())
}

/// Sends a request that needs the credential. Whatever is in the list is of no interest here.
async fn check_credential(amp: &Amp<'_>) -> Result<(), AmpError> {
    let request = Request::get("computer", &["computers"]).query("limit", 1);
    let answer = amp.send(&request).await?;
    answer.items(&request)?;
    amp.drop_answer(answer);
    Ok(())
}

/// The version in an envelope of AMP's: a string that begins with `v` and a digit, next to `data` or `metadata`.
fn version(answer: &Answer, request: &Request) -> Result<String, AmpError> {
    let is_object = |name| {
        answer
            .member(name)
            .is_some_and(|text| text.starts_with('{'))
    };
    let has_form = |version: &&String| {
        let digits = version.strip_prefix('v');
        digits.is_some_and(|digits| digits.starts_with(|first: char| first.is_ascii_digit()))
    };
    answer
        .version
        .as_ref()
        .filter(has_form)
        .filter(|_| is_object("data") || is_object("metadata"))
        .cloned()
        .ok_or_else(|| answer.malformed("it is not the version of AMP's API", request))
}
