//! Requests without a usable response, as sentences.

use std::time::Duration;

use super::Explanation;
use crate::amp::attempts::AttemptTimes;
use crate::amp::error::AmpError;
use crate::catalog::words::Command;
use crate::connection::{Connection, limits};
use crate::http::{HostRejection, HttpError, Wait};

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
            "Ask for less at a time (a lower limit, or page-size in the connection), or raise max-body-bytes.",
        ),
        HttpError::RejectedByHost(HostRejection { part, is_too_large }) => Explanation::new(
            format!(
                "The host of this plugin did not send the request: it calls the request's {part} {}.",
                if *is_too_large {
                    "too large"
                } else {
                    "invalid"
                }
            ),
            if *is_too_large {
                "Shorten the input, or raise the host's limit."
            } else {
                "Check the server URL and the input."
            },
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
    let waited = seconds(error.times.last);
    match wait {
        Wait::Lookup => Explanation::new(
            format!("The name of {host} was not resolved in time (DNS)."),
            CHECK_NETWORK,
        ),
        Wait::ConnectOrFirstByte => Explanation::new(
            format!("{host} did not accept the connection, or did not respond, in time."),
            "Check the network and the proxy.",
        ),
        Wait::Connect => Explanation::new(
            format!(
                "No connection to {host} within {waited} ({}).",
                limits::CONNECT_TIMEOUT_MS.setting
            ),
            CHECK_NETWORK,
        ),
        Wait::FirstByte | Wait::NextBytes | Wait::WholeUnanswered if error.status.is_none() => {
            Explanation::new(
                unanswered(connection, &error.times, wait),
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
fn unanswered(connection: &Connection, times: &AttemptTimes, wait: Wait) -> String {
    let host = &connection.origin.authority;
    let own_limit = connection.first_byte_timeout;
    // The deadline of the call cuts a wait short; its own limit ends it otherwise.
    let limit = if wait == Wait::WholeUnanswered && times.longest_silence < own_limit {
        limits::CALL_TIMEOUT_MS.setting
    } else {
        limits::FIRST_BYTE_TIMEOUT_MS.setting
    };
    // In a replay no time passes.
    let longest = match times.longest_silence.is_zero() {
        true => own_limit,
        false => times.longest_silence,
    };
    let repeated = match times.silent {
        0 | 1 => String::new(),
        attempts => format!(", {attempts} times in {}", seconds(times.total)),
    };
    format!(
        "{host} accepted the connection but did not respond within {} ({limit}){repeated}.",
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
