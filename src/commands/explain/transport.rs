//! Requests without a usable response, as sentences.

use std::time::Duration;

use super::Explanation;
use crate::amp::attempts::Silence;
use crate::amp::error::AmpError;
use crate::catalog::words::Command;
use crate::connection::{Connection, limits};
use crate::http::{HttpError, Wait};

const CHECK_NETWORK: &str = "Check the server URL, the network and the proxy.";
const LATER: &str = "Run the command again later.";

/// What happened to a request, and what to do about it.
pub(super) fn explain(
    command: Command,
    connection: &Connection,
    error: &AmpError,
    http: &HttpError,
) -> Explanation {
    let host = &connection.origin.authority;
    match http {
        HttpError::Timeout(wait) => timeout(command, connection, error, *wait),
        HttpError::NotConnected(why) => {
            Explanation::new(format!("{host} was not reached: {why}."), CHECK_NETWORK)
        }
        HttpError::HostReported(cause, sentence) => Explanation::new(
            format!("{host} was not reached: {sentence}."),
            cause.remedy(),
        ),
        HttpError::Broken(how) => {
            Explanation::new(format!("The exchange with {host} broke off: {how}."), "")
                .with_retry(LATER)
        }
        HttpError::Denied => Explanation::new(
            format!("The host of this plugin does not allow a request to {host}."),
            "Its allow-list decides; ask who runs the platform.",
        ),
        HttpError::TooLarge(_) => Explanation::new(
            format!(
                "The answers are larger than {} bytes ({}).",
                connection.max_body_bytes,
                limits::MAX_BODY_BYTES.setting
            ),
            "Ask for less at a time, or raise the limit.",
        ),
        HttpError::Malformed(what) => Explanation::new(
            format!("The answer of {host} cannot be read: {what}."),
            "Check the server URL and any proxy in between.",
        ),
    }
}

/// A time limit that passed.
fn timeout(command: Command, connection: &Connection, error: &AmpError, wait: Wait) -> Explanation {
    let host = &connection.origin.authority;
    let waited = seconds(error.waited);
    match wait {
        Wait::Connect => Explanation::new(
            format!(
                "No connection to {host} within {waited} ({}).",
                limits::CONNECT_TIMEOUT_MS.setting
            ),
            CHECK_NETWORK,
        ),
        Wait::FirstByte | Wait::NextBytes | Wait::WholeUnanswered if error.status.is_none() => {
            Explanation::new(
                unanswered(connection, &error.silence, wait),
                format!(
                    "Check that {host} is the API server and that a proxy or firewall in between lets its responses through."
                ),
            )
            .with_retry(LATER)
        }
        Wait::FirstByte => Explanation::new(
            format!("{host} gave up waiting for the request (408)."),
            "Check any proxy in between.",
        )
        .with_retry(LATER),
        Wait::NextBytes => Explanation::new(
            format!(
                "{host} stopped in the middle of a response: nothing came for {} ({}).",
                seconds(connection.first_byte_timeout),
                limits::FIRST_BYTE_TIMEOUT_MS.setting
            ),
            "If it stays so, raise the limit.",
        )
        .with_retry(LATER),
        Wait::Whole | Wait::WholeUnanswered => Explanation::new(
            format!(
                "The command was not done within {} ms ({}).",
                connection.call_timeout.as_millis(),
                limits::CALL_TIMEOUT_MS.setting
            ),
            match command {
                Command::TestConnection => "Raise the limit.",
                _ => "Ask for less at a time, or raise the limit.",
            },
        ),
    }
}

/// A server that accepts connections and does not respond.
fn unanswered(connection: &Connection, silence: &Silence, wait: Wait) -> String {
    let host = &connection.origin.authority;
    let own_limit = connection.first_byte_timeout;
    // The deadline of the call cuts a wait short; its own limit ends it otherwise.
    let limit = if wait == Wait::WholeUnanswered && silence.longest < own_limit {
        limits::CALL_TIMEOUT_MS.setting
    } else {
        limits::FIRST_BYTE_TIMEOUT_MS.setting
    };
    // In a replay no time passes.
    let longest = match silence.longest.is_zero() {
        true => own_limit,
        false => silence.longest,
    };
    let times = match silence.attempts {
        0 | 1 => String::new(),
        attempts => format!(", {attempts} times in {}", seconds(silence.total)),
    };
    format!(
        "{host} accepted the connection but did not respond within {} ({limit}){times}.",
        seconds(longest)
    )
}

/// A time in seconds, to a tenth: `30 s`, `0.5 s`.
fn seconds(time: Duration) -> String {
    let tenths = time.as_millis().saturating_add(50) / 100;
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        tenth => format!("{}.{tenth} s", tenths / 10),
    }
}
