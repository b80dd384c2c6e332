//! Why AMP gave no useful answer, as types. The words come later, at the door.

use std::time::Duration;

use super::error_body::{ErrorBody, ForeignBody};
use super::request::Request;
use super::salvage::first_item;
use super::{quota, timestamp};
use crate::http::{HttpError, Response, Wait};

/// A failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmpError {
    /// What went wrong.
    pub cause: Cause,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// True if the response has AMP's own form (its envelope with `errors`), so that something in front of AMP did not send it.
    pub from_amp: bool,
    /// What was sent in place of AMP's envelope, for messages; `None` if AMP sent it or there was no response.
    pub foreign: Option<ForeignBody>,
    /// The text that the response carries, if it has any.
    pub said: Option<String>,
    /// The answer's `X-Request-Id`.
    pub request_id: Option<String>,
    /// What the request was about: `computer`, `policy`, ...
    pub subject: &'static str,
    /// How long the answer asks to wait before a repeat (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// A write was sent, and whether it happened is not known.
    pub lost: bool,
    /// How often the request was sent.
    pub attempts: u32,
    /// Of a list that is too large: the first item, as far as it was received, with the members that are complete.
    pub first_item: Option<String>,
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
            foreign: None,
            said: None,
            request_id: None,
            subject: "",
            retry_after: None,
            lost: false,
            attempts: 0,
            first_item: None,
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
        let lost = request.is_write() && error.may_have_been_sent();
        Self {
            lost,
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
                Cause::RateLimited {
                    wait: retry_after.or(reset.map(quota::until_reset)),
                }
            }
            300..400 => Cause::Malformed(
                "it is a redirect, and none is followed since the credential would travel with it"
                    .to_owned(),
            ),
            407 => {
                Cause::Malformed("it is a proxy's, which wants a credential of its own".to_owned())
            }
            408 => Cause::Http(HttpError::Timeout(Wait::FirstByte)),
            400..500 => Cause::Rejected,
            _ => Cause::Server,
        };
        Self {
            lost: request.is_write() && (cause == Cause::Server || response.status == 408),
            cause,
            status: Some(response.status),
            from_amp: body.foreign.is_none(),
            foreign: body.foreign,
            said: body.message,
            request_id: response.request_id(),
            subject: request.subject,
            retry_after,
            attempts: 0,
            first_item: None,
        }
    }

    /// A success whose body cannot be used. A write has happened then, but what came of it is not known.
    pub fn malformed(what: String, response: &Response, request: &Request) -> Self {
        Self {
            status: Some(response.status),
            request_id: response.request_id(),
            lost: request.is_write(),
            ..Self::new(Cause::Malformed(what)).of(request)
        }
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
        self.said.as_mut().map(strike);
        if let Some(ForeignBody::WebPage(Some(title))) = &mut self.foreign {
            strike(title);
        }
        self.request_id.as_mut().map(strike);
        if let Cause::Http(
            HttpError::Broken(text) | HttpError::NotConnected(text) | HttpError::Malformed(text),
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
            | Cause::Http(HttpError::NotConnected(_) | HttpError::Timeout(Wait::Connect)) => true,
            Cause::Server
            | Cause::Http(
                HttpError::Broken(_) | HttpError::Timeout(Wait::FirstByte | Wait::NextBytes),
            ) => !request.is_write(),
            _ => false,
        }
    }

    /// How long to wait until the budget is whole again, in seconds, rounded up.
    pub fn wait_seconds(&self) -> Option<u32> {
        match self.cause {
            Cause::RateLimited { wait: Some(wait) } => {
                let rounded = wait
                    .as_secs()
                    .saturating_add(u64::from(wait.subsec_nanos() > 0));
                Some(u32::try_from(rounded).unwrap_or(u32::MAX))
            }
            _ => None,
        }
    }
}
