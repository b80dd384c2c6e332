//! Why AMP gave no useful answer, as types. The words come later, at the door.

use std::time::Duration;

use super::attempts::AttemptTimes;
use super::error_body::{ErrorBody, ForeignBody};
use super::request::Request;
use super::salvage::first_item;
use super::{quota, timestamp};
use crate::connection::server_url;
use crate::http::host_causes::HostCause;
use crate::http::{HttpError, Origin, Response, Wait};

/// A failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmpError {
    /// What went wrong.
    pub cause: Cause,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// True if the response has AMP's own form (its envelope with `errors`), so that something in front of AMP did not send it.
    pub from_amp: bool,
    /// The body of the response; `None` if there was none, or if it was to be a success.
    pub body: Option<Box<ErrorBody>>,
    /// The answer's `X-Request-Id`.
    pub request_id: Option<String>,
    /// What the request was about: `computer`, `policy`, ...
    pub subject: &'static str,
    /// How long the answer asks to wait before a repeat (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// A write may have reached AMP, and whether it took effect is not known.
    pub outcome_unknown: bool,
    /// What a read of the state showed, or what to do about it: a sentence or two for the message, in place of general advice.
    pub note: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
    /// Of a list that is too large: the response with its first item alone, as far as that was received.
    pub first_item: Option<String>,
    /// How long the attempts took.
    pub times: Box<AttemptTimes>,
}

/// What went wrong, by what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// 400, 422 and the like: the request is wrong.
    Rejected,
    /// 401: the credential is unknown.
    Unauthorized,
    /// 403: the credential may not do this.
    Forbidden,
    /// 404: there is no such thing.
    NotFound,
    /// 409: the state does not allow it.
    Conflict,
    /// 429, or a budget known to be used up.
    RateLimited {
        /// Time until the budget is whole again, if AMP said so.
        wait: Option<Duration>,
    },
    /// A redirect, which is not followed, to this origin. `None` if it stays on the same host or names no usable address.
    Redirected(Option<Box<Origin>>),
    /// 407: a proxy between the host and AMP requires a credential of its own.
    ProxyAuthentication,
    /// 5xx.
    Server,
    /// Another error of the exchange: no answer came.
    Http(HttpError),
    /// The answer is not what AMP sends. The text says what is wrong with it.
    Malformed(String),
    /// AMP's answers show a state in which the command cannot do its work. The text says which, and what to do.
    State(String),
}

impl AmpError {
    /// An error that no answer came with.
    pub fn new(cause: Cause) -> Self {
        Self {
            cause,
            status: None,
            from_amp: false,
            body: None,
            request_id: None,
            subject: "",
            retry_after: None,
            outcome_unknown: false,
            note: None,
            attempts: 0,
            first_item: None,
            times: Box::default(),
        }
    }

    /// The same error as that of a request.
    #[must_use]
    pub fn of(mut self, request: &Request) -> Self {
        self.subject = request.subject;
        self
    }

    /// An exchange without an answer. What comes after a write may have been sent leaves its fate open.
    pub fn from_http(error: HttpError, request: &Request) -> Self {
        let error = match error {
            // Nothing may claim that a write was not sent unless that is certain.
            HttpError::Timeout(Wait::Connect) if request.is_write() => {
                HttpError::Timeout(Wait::ConnectOrFirstByte)
            }
            error => error,
        };
        Self {
            outcome_unknown: request.is_write() && error.may_have_been_sent(),
            ..Self::new(Cause::Http(error)).of(request)
        }
    }

    /// An answer whose body did not come whole.
    pub fn from_broken_body(error: HttpError, response: &Response, request: &Request) -> Self {
        Self {
            status: Some(response.status),
            request_id: response.request_id(),
            first_item: match error {
                HttpError::TooLarge(_) => first_item(&String::from_utf8_lossy(&response.body)),
                _ => None,
            },
            ..Self::from_http(error, request)
        }
    }

    /// An answer with a status that is no success (reference, section 2.4). `now` is in seconds since 1970.
    pub fn from_response(response: &Response, request: &Request, now: i64) -> Self {
        let body = ErrorBody::read(response);
        let retry_after = response
            .header("Retry-After")
            .and_then(|value| timestamp::retry_after(value, now));
        let cause = match response.status {
            401 => Cause::Unauthorized,
            403 => Cause::Forbidden,
            404 | 410 => Cause::NotFound,
            409 => Cause::Conflict,
            429 => {
                let reset = quota::reset_seconds(&response.headers);
                // A wait of no time is none: whoever names it has nothing to say about when the limit ends.
                Cause::RateLimited {
                    wait: retry_after
                        .or(reset.map(quota::until_reset))
                        .filter(|wait| !wait.is_zero()),
                }
            }
            301..=303 | 307 | 308 => Cause::Redirected(
                response
                    .header("Location")
                    .and_then(server_url::origin_of_link)
                    .map(Box::new),
            ),
            304 => Cause::Malformed(
                "it is 304 (Not Modified), although nothing that was kept is asked for".to_owned(),
            ),
            status @ 300..400 => Cause::Malformed(format!("it has the status {status}")),
            407 => Cause::ProxyAuthentication,
            408 => Cause::Http(HttpError::Timeout(Wait::FirstByte)),
            400..500 => Cause::Rejected,
            _ => Cause::Server,
        };
        Self {
            outcome_unknown: request.is_write()
                && (cause == Cause::Server || response.status == 408),
            status: Some(response.status),
            from_amp: body.foreign.is_none(),
            body: Some(Box::new(body)),
            request_id: response.request_id(),
            retry_after: retry_after.filter(|wait| !wait.is_zero()),
            ..Self::new(cause).of(request)
        }
    }

    /// A success whose body cannot be used. A write has happened then, but what came of it is not known.
    pub fn malformed(what: String, response: &Response, request: &Request) -> Self {
        Self {
            status: Some(response.status),
            request_id: response.request_id(),
            outcome_unknown: request.is_write(),
            ..Self::new(Cause::Malformed(what)).of(request)
        }
    }

    /// The text that the response carries, if it has any.
    pub fn said(&self) -> Option<&str> {
        self.body.as_deref()?.message.as_deref()
    }

    /// What was sent in place of AMP's envelope; `None` if AMP sent the response or there was none.
    pub fn foreign(&self) -> Option<&ForeignBody> {
        self.body.as_deref()?.foreign.as_ref()
    }

    /// The same error, with the wait that it was found to need where AMP limits the rate.
    #[must_use]
    pub fn waiting(mut self, wait: Duration) -> Self {
        if let Cause::RateLimited { wait: told } = &mut self.cause {
            *told = Some(told.map_or(wait, |told| told.max(wait)));
        }
        self
    }

    /// The same error without secrets, should anything that came back repeat one.
    #[must_use]
    pub fn without(mut self, secrets: &[&str]) -> Self {
        let strike = |text: &mut String| {
            for secret in secrets.iter().filter(|secret| secret.len() > 3) {
                if text.contains(secret) {
                    *text = text.replace(secret, "[secret]");
                }
            }
        };
        if let Some(body) = self.body.as_deref_mut() {
            body.message.as_mut().map(strike);
            if let Some(ForeignBody::WebPage(Some(title))) = &mut body.foreign {
                strike(title);
            }
        }
        self.request_id.as_mut().map(strike);
        self.note.as_mut().map(strike);
        if let Cause::Http(
            HttpError::Broken(text)
            | HttpError::NotConnected(text)
            | HttpError::HostReported(_, text)
            | HttpError::Malformed(text),
        ) = &mut self.cause
        {
            strike(text);
        }
        self
    }

    /// Whether sending the request again makes sense and cannot do harm.
    pub fn may_be_repeated(&self, request: &Request) -> bool {
        match &self.cause {
            Cause::RateLimited { .. }
            | Cause::Http(HttpError::NotConnected(_) | HttpError::Timeout(Wait::Lookup)) => true,
            Cause::Http(HttpError::HostReported(cause, _)) => cause.is_retryable(),
            Cause::Server
            | Cause::Http(
                HttpError::Broken(_)
                | HttpError::Timeout(
                    Wait::Connect | Wait::ConnectOrFirstByte | Wait::FirstByte | Wait::NextBytes,
                ),
            ) => !request.is_write(),
            _ => false,
        }
    }

    /// Whether the state does not allow the request: a 409, or a rejection that says that a name or value is taken.
    pub fn is_conflict(&self) -> bool {
        let is_taken = |said: &str| {
            let said = said.to_ascii_lowercase();
            said.contains("already been taken") || said.contains("already taken")
        };
        match self.cause {
            Cause::Conflict => true,
            Cause::Rejected => self.said().is_some_and(is_taken),
            _ => false,
        }
    }

    /// Whether AMP itself says that there is no such thing. A gateway's 404 says nothing about it.
    pub fn is_not_found_by_amp(&self) -> bool {
        self.cause == Cause::NotFound && self.from_amp
    }

    /// Seconds to wait before the command is run again, rounded up, at least 1. `None` if no time is known, if running it again cannot help,
    /// or if it is not known whether a write happened.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        let wait = match &self.cause {
            _ if self.outcome_unknown => None,
            Cause::RateLimited { wait } => *wait,
            Cause::ProxyAuthentication => HostCause::ProxyAuthenticationRequired.min_delay(),
            Cause::Http(HttpError::HostReported(cause, _)) => cause.min_delay(),
            Cause::Server | Cause::Http(HttpError::Timeout(_)) => self.retry_after,
            _ => None,
        }?;
        let rounded = wait
            .as_secs()
            .saturating_add(u64::from(wait.subsec_nanos() > 0));
        Some(u32::try_from(rounded).unwrap_or(u32::MAX)).filter(|seconds| *seconds > 0)
    }
}
