//! Failures in words: what happened, to what, and what to do. The only place where errors become sentences.

use crate::amp::error::{AmpError, Cause};
use crate::amp::error_body::MAX_QUOTE;
use crate::catalog;
use crate::catalog::words::Command;
use crate::connection::{Connection, limits};
use crate::contract::exports::conductor::secure_endpoint::catalog::Scope;
use crate::contract::exports::conductor::secure_endpoint::types::{
    CommandFailure, Failure, FailureKind,
};
use crate::http::{HttpError, Wait};
use crate::outcome::counted;
use crate::quoting::quoted_to;

use super::ItemError;

/// D3's first part of an error: which command failed.
fn indicator(command: Command) -> String {
    let failed = format!("{} failed.", command.title());
    match command {
        Command::TestConnection => format!("{failed} Failed to check the connector."),
        _ => failed,
    }
}

/// An input or setting that cannot be right. No request was sent.
pub fn input(command: Command, field: &str, message: &str) -> CommandFailure {
    CommandFailure {
        failures: vec![Failure {
            failure_indicator: indicator(command),
            item: None,
            status_code: None,
            message: format!("{field}: {message}."),
            kind: FailureKind::InvalidInput(field.to_owned()),
            request_id: None,
            may_have_happened: false,
        }],
        quota: None,
    }
}

/// Something that failed.
pub fn failure(command: Command, connection: &Connection, failed: &ItemError) -> Failure {
    let ItemError { item, error, note } = failed;
    let (what, advice) = words(command, connection, item.as_deref(), error);
    // Whatever else would help: what may have happened must not be repeated before somebody has looked.
    let advice = match (note, error.lost) {
        (Some(note), _) => note.clone(),
        (None, true) => "The change was sent, its answer was lost, and whether it happened could not be read back: look before you repeat it.".to_owned(),
        (None, false) => advice,
    };
    let message = if advice.is_empty() {
        what
    } else {
        format!("{what} {advice}")
    };
    Failure {
        failure_indicator: indicator(command),
        item: item.clone(),
        status_code: error.status,
        message,
        kind: kind(error),
        request_id: error.request_id.clone(),
        may_have_happened: error.lost,
    }
}

fn kind(error: &AmpError) -> FailureKind {
    match &error.cause {
        Cause::Rejected => FailureKind::Rejected,
        Cause::Unauthorized => FailureKind::Unauthorized,
        Cause::Forbidden => FailureKind::Forbidden,
        Cause::NotFound => FailureKind::NotFound,
        Cause::Conflict | Cause::State(_) => FailureKind::Conflict,
        Cause::RateLimited { .. } => FailureKind::RateLimited(error.wait_seconds()),
        Cause::Server => FailureKind::Server,
        Cause::Malformed(_) | Cause::Http(HttpError::Malformed(_)) => {
            FailureKind::MalformedResponse
        }
        Cause::Http(HttpError::Timeout(_)) => FailureKind::Timeout,
        Cause::Http(HttpError::NotConnected(_) | HttpError::Broken(_)) => FailureKind::Unreachable,
        Cause::Http(HttpError::Denied) => FailureKind::Denied,
        Cause::Http(HttpError::TooLarge(_)) => FailureKind::TooLarge,
    }
}

/// What happened, and what to do about it.
fn words(
    command: Command,
    connection: &Connection,
    item: Option<&str>,
    error: &AmpError,
) -> (String, String) {
    let said = error
        .said
        .as_deref()
        .map(|words| format!(" ({})", quoted_to(words, MAX_QUOTE)))
        .unwrap_or_default();
    let host = &connection.origin.authority;
    let subject = error.subject;
    let what = match item {
        Some(item) => format!("{subject} {item}"),
        None => subject.to_owned(),
    };
    let pair = |what: String, advice: &str| (what, advice.to_owned());
    match &error.cause {
        Cause::Rejected => pair(
            format!("AMP refused the request as wrong{said}."),
            "Mend the input that it names; repeating it as it is will not help.",
        ),
        Cause::Unauthorized => (
            format!("AMP does not know this client ID and API key{said}."),
            format!(
                "Check both, that the credential was not revoked, and that {host} is the server of the region where it was made."
            ),
        ),
        Cause::Forbidden if catalog::scope(command) == Scope::ReadAndWrite => pair(
            format!("The credential may not do this{said}."),
            "Use one that was made with the scope Read & Write, and check that the licence has this feature.",
        ),
        Cause::Forbidden => pair(
            format!("The credential may not read this{said}."),
            "Use one that was made with at least the scope Read-only, and check that the licence has this feature.",
        ),
        Cause::NotFound if item.is_some() => pair(
            format!("AMP knows no {what} in this organisation{said}."),
            "Check the GUID, and that the connection is that of the right organisation and region.",
        ),
        Cause::NotFound => pair(
            format!("{host} does not know the path that was asked for{said}."),
            "Check that it is the address of the API server.",
        ),
        Cause::Conflict => pair(
            match item {
                Some(_) => format!("The state of {what} conflicts with what is there{said}."),
                None => format!("This {subject} conflicts with what is there{said}."),
            },
            "Look at it in the console, then run the command again.",
        ),
        Cause::State(state) => pair(format!("{state}."), ""),
        Cause::RateLimited { .. } => (
            format!("The request budget of the organisation is used up{said}."),
            match error.wait_seconds() {
                Some(seconds) => format!(
                    "It is whole again in {}; run the command again then.",
                    counted(
                        usize::try_from(seconds).unwrap_or(usize::MAX),
                        "second",
                        "seconds"
                    )
                ),
                None => "It renews every hour; run the command again later.".to_owned(),
            },
        ),
        Cause::Server => (
            format!(
                "AMP, or something before it, is in trouble{said}. It was asked {}.",
                counted(
                    usize::try_from(error.attempts).unwrap_or(usize::MAX),
                    "time",
                    "times"
                )
            ),
            match error.retry_after {
                Some(wait) => format!("Run the command again in {} seconds.", wait.as_secs()),
                None => "Run the command again in a few minutes.".to_owned(),
            },
        ),
        Cause::Malformed(what) => pair(
            format!("The answer of {host} is not what AMP sends: {what}."),
            "Check the server URL and any proxy in between.",
        ),
        Cause::Http(error) => http(error, connection),
    }
}

/// The same for an exchange without an answer.
fn http(error: &HttpError, connection: &Connection) -> (String, String) {
    let host = &connection.origin.authority;
    let (what, advice) = match error {
        HttpError::Timeout(Wait::Connect) => (
            format!(
                "No connection to {host} within {} ms ({}).",
                connection.connect_timeout.as_millis(),
                limits::CONNECT_TIMEOUT_MS.setting
            ),
            "Check the server URL, the network and the proxy.",
        ),
        HttpError::Timeout(Wait::FirstByte | Wait::NextBytes) => (
            format!(
                "{host} did not answer within {} ms ({}).",
                connection.first_byte_timeout.as_millis(),
                limits::FIRST_BYTE_TIMEOUT_MS.setting
            ),
            "Run the command again later, or raise the limit.",
        ),
        HttpError::Timeout(Wait::Whole) => (
            format!(
                "The command was not done within {} ms ({}).",
                connection.call_timeout.as_millis(),
                limits::CALL_TIMEOUT_MS.setting
            ),
            "Ask for less at a time, or raise the limit.",
        ),
        HttpError::NotConnected(why) => (
            format!("{host} was not reached: {why}."),
            "Check the server URL, the network and the proxy.",
        ),
        HttpError::Broken(how) => (
            format!("The exchange with {host} broke off: {how}."),
            "Run the command again later.",
        ),
        HttpError::Denied => (
            format!("The host of this plugin does not allow a request to {host}."),
            "Its allow-list decides; ask who runs the platform.",
        ),
        HttpError::TooLarge(_) => (
            format!(
                "The answers are larger than {} bytes ({}).",
                connection.max_body_bytes,
                limits::MAX_BODY_BYTES.setting
            ),
            "Ask for less at a time, or raise the limit.",
        ),
        HttpError::Malformed(what) => (
            format!("The answer of {host} cannot be read: {what}."),
            "Check the server URL and any proxy in between.",
        ),
    };
    (what, advice.to_owned())
}
