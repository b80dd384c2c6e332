//! Failures as sentences: what happened, to which item, and what to do. The only place where errors become sentences.

use crate::amp::error::{AmpError, Cause};
use crate::amp::error_body::{ForeignBody, MAX_QUOTE};
use crate::catalog;
use crate::catalog::words::Command;
use crate::connection::Connection;
use crate::contract::exports::conductor::secure_endpoint::catalog::Scope;
use crate::contract::exports::conductor::secure_endpoint::types::{
    CommandFailure, Failure, FailureKind,
};
use crate::http::{HostRejection, HttpError, Origin, RequestPart};
use crate::outcome::counted;
use crate::quoting::quoted_to;

use super::ItemError;

mod transport;

/// A failure in sentences, in the parts that a host may show on their own.
struct Explanation {
    /// What happened.
    cause: String,
    /// What to do other than to wait and run the command again; empty if there is nothing.
    remedy: String,
    /// When to run the command again; empty if that cannot help.
    retry: String,
}

impl Explanation {
    /// An explanation without advice to run the command again.
    fn new(cause: String, remedy: impl Into<String>) -> Self {
        Self {
            cause,
            remedy: remedy.into(),
            retry: String::new(),
        }
    }

    /// Adds when to run the command again.
    fn with_retry(self, retry: impl Into<String>) -> Self {
        Self {
            retry: retry.into(),
            ..self
        }
    }

    /// The whole text.
    fn message(&self) -> String {
        let parts = [&self.cause, &self.remedy, &self.retry];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).collect();
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}
/// Statuses of a server or proxy that accepts no request of this size: content, address, headers (RFC 9110, sections 15.5.14 and
/// 15.5.15; RFC 6585, section 5).
const TOO_LARGE: [u16; 3] = [413, 414, 431];

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
            cause: format!("{field}: {message}."),
            remedy: None,
            retry_after_seconds: None,
            kind: FailureKind::InvalidInput(field.to_owned()),
            request_id: None,
            may_have_happened: false,
        }],
        quota: None,
    }
}

/// Something that failed.
pub fn failure(command: Command, connection: &Connection, failed: &ItemError) -> Failure {
    let ItemError { item, error } = failed;
    let explanation = explain(command, connection, item.as_deref(), error);
    // Whatever else would help: what may have happened must not be repeated before somebody has looked.
    let explanation = match (&error.note, error.outcome_unknown) {
        (Some(note), _) => Explanation::new(explanation.cause, note),
        (None, true) => Explanation::new(
            explanation.cause,
            "The change may have happened, and its state could not be read: look before you repeat it.",
        ),
        (None, false) => explanation,
    };
    Failure {
        failure_indicator: indicator(command),
        item: item.clone(),
        status_code: error.status,
        message: explanation.message(),
        cause: explanation.cause,
        remedy: Some(explanation.remedy).filter(|remedy| !remedy.is_empty()),
        retry_after_seconds: error.retry_after_seconds(),
        kind: kind(error),
        request_id: error.request_id.clone(),
        may_have_happened: error.outcome_unknown,
    }
}

fn kind(error: &AmpError) -> FailureKind {
    match &error.cause {
        Cause::Rejected
            if error
                .status
                .is_some_and(|status| TOO_LARGE.contains(&status)) =>
        {
            FailureKind::TooLarge
        }
        Cause::Rejected => FailureKind::Rejected,
        Cause::Unauthorized => FailureKind::Unauthorized,
        Cause::Forbidden => FailureKind::Forbidden,
        Cause::NotFound => FailureKind::NotFound,
        Cause::Conflict | Cause::State(_) => FailureKind::Conflict,
        Cause::RateLimited { .. } => FailureKind::RateLimited(error.retry_after_seconds()),
        Cause::Server => FailureKind::Server,
        Cause::Redirected(_) | Cause::Malformed(_) | Cause::Http(HttpError::Malformed(_)) => {
            FailureKind::MalformedResponse
        }
        Cause::ProxyAuthentication => FailureKind::Unreachable,
        Cause::Http(HttpError::Timeout(_)) => FailureKind::Timeout,
        Cause::Http(
            HttpError::NotConnected(_) | HttpError::HostReported(..) | HttpError::Broken(_),
        ) => FailureKind::Unreachable,
        Cause::Http(HttpError::Denied) => FailureKind::Denied,
        Cause::Http(HttpError::TooLarge(_)) => FailureKind::TooLarge,
        Cause::Http(HttpError::RejectedByHost(rejection)) => rejected_by_host(*rejection),
    }
}

/// The kind of a request that the host rejected before it sent anything.
fn rejected_by_host(rejection: HostRejection) -> FailureKind {
    match (rejection.is_too_large, rejection.part) {
        (true, _) => FailureKind::TooLarge,
        (false, RequestPart::Address) => FailureKind::InvalidInput("server-url".to_owned()),
        (false, part) => FailureKind::InvalidInput(format!("request {part}")),
    }
}

/// What happened, and what to do about it.
fn explain(
    command: Command,
    connection: &Connection,
    item: Option<&str>,
    error: &AmpError,
) -> Explanation {
    let said = said(error);
    let host = &connection.origin.authority;
    let subject = error.subject;
    if let Some(explanation) = foreign(host, item, error) {
        return explanation;
    }
    match &error.cause {
        Cause::Rejected => rejected(host, error),
        Cause::Unauthorized => Explanation::new(
            format!("AMP does not know this client ID and API key{said}."),
            std::iter::once(format!(
                "Check both, that the credential was not revoked, and that {host} is the server of the region where it was made."
            ))
            .chain(connection.unusual_credential.iter().map(|form| (*form).to_owned()))
            .collect::<Vec<_>>()
            .join(" "),
        ),
        Cause::Forbidden if catalog::scope(command) == Scope::ReadAndWrite => Explanation::new(
            format!("The credential may not do this{said}."),
            "Use one that was made with the scope Read & Write, and check that the licence has this feature.",
        ),
        Cause::Forbidden => Explanation::new(
            format!("The credential may not read this{said}."),
            "Use one that was made with at least the scope Read-only, and check that the licence has this feature.",
        ),
        Cause::NotFound => match item {
            Some(item) => Explanation::new(
                format!("AMP knows no {subject} {item} in this organisation{said}."),
                "Check the GUID, and that the connection is that of the right organisation and region.",
            ),
            None => Explanation::new(
                format!("{host} does not know the path that was asked for{said}."),
                "Check that it is the address of the API server.",
            ),
        },
        Cause::Conflict => Explanation::new(
            match item {
                Some(item) => {
                    format!("The state of {subject} {item} conflicts with what is there{said}.")
                }
                None => format!("This {subject} conflicts with what is there{said}."),
            },
            "Look at it in the console, then run the command again.",
        ),
        Cause::State(state) => Explanation::new(format!("{state}."), ""),
        Cause::RateLimited { .. } => Explanation::new(
            format!("The request budget of the organisation is used up{said}."),
            "",
        )
        .with_retry(match error.retry_after_seconds() {
            Some(seconds) => format!(
                "It is whole again in {}; run the command again then.",
                count(seconds, "second", "seconds")
            ),
            None => "It renews every hour; run the command again later.".to_owned(),
        }),
        Cause::Server => Explanation::new(
            format!(
                "AMP, or something before it, is in trouble{said}. It was asked {}.",
                count(error.attempts, "time", "times")
            ),
            "",
        )
        .with_retry(match error.retry_after_seconds() {
            Some(seconds) => format!(
                "Run the command again in {}.",
                count(seconds, "second", "seconds")
            ),
            None => "Run the command again in a few minutes.".to_owned(),
        }),
        Cause::Redirected(target) => redirected(host, target.as_deref()),
        Cause::ProxyAuthentication => Explanation::new(
            format!(
                "A proxy in front of {host} requires a user and a password of its own (407){said}."
            ),
            "Set them where the host of this plugin has its proxy; no attempt is made before that, since each one can lock the account.",
        ),
        Cause::Malformed(what) => Explanation::new(
            format!("The answer of {host} is not what AMP sends: {what}."),
            "Check the server URL and any proxy in between.",
        ),
        Cause::Http(http) => transport::explain(command, connection, error, http),
    }
}

/// The text that a response carries, quoted in parentheses after a space; empty if there is none.
fn said(error: &AmpError) -> String {
    error
        .said()
        .map(|text| format!(" ({})", quoted_to(text, MAX_QUOTE)))
        .unwrap_or_default()
}

/// A number with its noun.
fn count(number: u32, one: &str, more: &str) -> String {
    counted(usize::try_from(number).unwrap_or(usize::MAX), one, more)
}

/// A response that is not AMP's own, where the status alone would send the reader to the credential or the GUID; `None` for others.
fn foreign(host: &str, item: Option<&str>, error: &AmpError) -> Option<Explanation> {
    let (body, status) = (error.foreign()?, error.status?);
    let is_web_page = matches!(body, ForeignBody::WebPage(_));
    let then = match error.cause {
        Cause::Unauthorized => ", only then the client ID and API key",
        Cause::Forbidden => ", only then the scope of the credential",
        Cause::NotFound if item.is_some() => ", only then the GUID",
        Cause::NotFound => "",
        Cause::Conflict if is_web_page => "",
        Cause::Rejected if is_web_page && !TOO_LARGE.contains(&status) => "",
        _ => return None,
    };
    let said = said(error);
    let what = match body {
        ForeignBody::WebPage(Some(title)) => {
            format!("is a web page ({})", quoted_to(title, MAX_QUOTE))
        }
        ForeignBody::WebPage(None) => "is a web page".to_owned(),
        ForeignBody::Json => format!("is JSON in another form than AMP's{said}"),
        ForeignBody::Text => format!("is plain text{said}"),
        ForeignBody::Unreadable => "cannot be read".to_owned(),
        ForeignBody::Empty => "is empty".to_owned(),
    };
    let origin = if is_web_page {
        "It is not from AMP but from something in front of it"
    } else {
        "It may be from something in front of AMP"
    };
    let about = item.map(|item| format!(" about {} {item}", error.subject));
    let about = about.unwrap_or_default();
    Some(Explanation::new(
        format!("The body of the {status} response from {host}{about} {what}. {origin}."),
        format!(
            "Check any proxy, gateway or sign-in page in between and the server URL first{then}."
        ),
    ))
}

/// 400 and the like.
fn rejected(host: &str, error: &AmpError) -> Explanation {
    let said = said(error);
    match error.status {
        Some(status @ 413) => Explanation::new(
            format!("{host} does not accept a request of this size ({status}){said}."),
            "Shorten the texts in the input, such as the comment or the description.",
        ),
        Some(status @ (414 | 431)) => Explanation::new(
            format!(
                "{host} does not accept an address of this length ({status}){said}: there are too many filters."
            ),
            "Give fewer GUIDs, event types or names at a time.",
        ),
        _ => Explanation::new(
            format!("AMP refused the request as wrong{said}."),
            match error.said() {
                Some(_) => "Mend the input that it names; repeating it as it is will not help.",
                None => "Check the input; repeating it as it is will not help.",
            },
        ),
    }
}

/// A redirect, which is not followed.
fn redirected(host: &str, target: Option<&Origin>) -> Explanation {
    let why = "no redirect is followed, since the credential would travel with it";
    match target {
        Some(target) if target.authority != *host => Explanation::new(
            format!("{host} redirects to {target}; {why}."),
            format!(
                "If {} is the API server of your region, make it the server URL; else check the server URL and any proxy or sign-in page in between.",
                target.authority
            ),
        ),
        _ => Explanation::new(
            format!("{host} redirects to another of its own addresses; {why}."),
            "Check the server URL and any proxy or sign-in page in between.",
        ),
    }
}

#[cfg(test)]
mod tests;
