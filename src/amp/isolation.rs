//! Isolation of a computer, and the changes that start and stop it.

use serde::Deserialize;

use super::Amp;
use super::decode::{self, decode};
use super::envelope::Answer;
use super::error::AmpError;
use super::ids::Guid;
use super::request::Request;
use super::verified_write::{Change, State};
use crate::concurrency::Pending;
use crate::http::Method;
use crate::quoting::quoted_to;

/// A status is cut at this length (in characters) when quoted.
const MAX_STATUS: usize = 40;

/// How a computer stands with isolation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Isolation {
    /// False where the connector or the policy does not allow it.
    #[serde(deserialize_with = "decode::value")]
    pub available: Option<bool>,
    /// The status as AMP writes it.
    #[serde(deserialize_with = "decode::text")]
    status: Option<String>,
}

/// The statuses that AMP knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Normal.
    NotIsolated,
    /// Asked for; the connector has not confirmed.
    PendingStart,
    /// Confirmed.
    Isolated,
    /// Its end is asked for; the connector has not confirmed.
    PendingStop,
    /// None of these.
    Unknown,
}

impl Isolation {
    /// Reads the isolation from a response. All is empty if the response does not show it.
    pub fn of(response: &Answer) -> Self {
        response.data().map(decode).unwrap_or_default()
    }

    /// The status, whatever its case.
    pub fn status(&self) -> Status {
        let status = self.status_text().to_ascii_lowercase();
        match status.as_str() {
            "not_isolated" => Status::NotIsolated,
            "pending_start" => Status::PendingStart,
            "isolated" => Status::Isolated,
            "pending_stop" => Status::PendingStop,
            _ => Status::Unknown,
        }
    }

    /// The status as AMP writes it; empty if the response has none.
    pub fn status_text(&self) -> &str {
        self.status.as_deref().map(str::trim).unwrap_or_default()
    }
}

fn request(method: Method, guid: &Guid) -> Request {
    Request::new(
        method,
        "computer",
        &["computers", guid.as_str(), "isolation"],
    )
}

/// What is to become of a computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationTarget {
    /// Isolated, or about to be.
    Isolated,
    /// Not isolated, or about to be released.
    Released,
}

impl IsolationTarget {
    /// Whether a computer with this status is as wanted, or about to be.
    pub fn is_met_by(self, status: Status) -> bool {
        match self {
            Self::Isolated => matches!(status, Status::Isolated | Status::PendingStart),
            Self::Released => matches!(status, Status::NotIsolated | Status::PendingStop),
        }
    }
}

/// The start or the end of a computer's isolation.
pub struct IsolationChange<'a> {
    guid: &'a Guid,
    target: IsolationTarget,
    write: Request,
    read: Request,
}

impl<'a> IsolationChange<'a> {
    /// `PUT .../isolation`: start.
    pub fn start(guid: &'a Guid, comment: Option<&str>, unlock_code: Option<&str>) -> Self {
        Self {
            guid,
            target: IsolationTarget::Isolated,
            write: request(Method::Put, guid)
                .field("comment", comment)
                .field("unlock_code", unlock_code),
            read: request(Method::Get, guid),
        }
    }

    /// `DELETE .../isolation`: stop.
    pub fn stop(guid: &'a Guid, comment: Option<&str>) -> Self {
        Self {
            guid,
            target: IsolationTarget::Released,
            write: request(Method::Delete, guid).field("comment", comment),
            read: request(Method::Get, guid),
        }
    }

    /// Compares the isolation that a response to `request` shows with the wanted one.
    fn compare(&self, response: &Answer, request: &Request) -> Result<State<()>, AmpError> {
        let isolation = Isolation::of(response);
        let guid = self.guid;
        let status = isolation.status();
        if self.target.is_met_by(status) {
            return Ok(State::Done(()));
        }
        if isolation.status_text().is_empty() {
            return Err(response.malformed("it does not tell the isolation's status", request));
        }
        let quoted = quoted_to(isolation.status_text(), MAX_STATUS);
        if status == Status::Unknown {
            return Ok(State::Unclear(format!(
                "AMP reports the isolation status {quoted} for computer {guid}, which this plugin does not know"
            )));
        }
        let available = match isolation.available {
            Some(available) => format!(" and available {available}"),
            None => String::new(),
        };
        Ok(State::NotDone(format!(
            "AMP reports the isolation status {quoted}{available} for computer {guid}{}",
            self.obstacle(&isolation).unwrap_or_default()
        )))
    }

    /// Why the computer cannot become what it is to be, if its isolation shows that.
    fn obstacle(&self, isolation: &Isolation) -> Option<&'static str> {
        match (self.target, isolation.status()) {
            (IsolationTarget::Isolated, Status::PendingStop) => Some(
                ": its release is in progress, and it can be isolated again once its status is not_isolated",
            ),
            (IsolationTarget::Released, Status::PendingStart) => Some(
                ": its isolation is in progress, and it can be released once its status is isolated",
            ),
            (IsolationTarget::Isolated, _) if isolation.available == Some(false) => Some(
                ": its policy does not allow isolation, or its operating system or connector version does not support it",
            ),
            _ => None,
        }
    }
}

impl Change for IsolationChange<'_> {
    fn write(&self) -> &Request {
        &self.write
    }

    fn shown_by(&self, response: &Answer) -> Result<State<()>, AmpError> {
        self.compare(response, &self.write)
    }

    fn read<'a>(&'a self, amp: &'a Amp<'a>) -> Pending<'a, Result<State<Answer>, AmpError>> {
        Box::pin(async {
            let response = amp.send(&self.read).await?;
            let state = self.compare(&response, &self.read)?;
            Ok(state.with(response))
        })
    }
}
