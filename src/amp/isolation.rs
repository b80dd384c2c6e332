//! Isolation of a computer (reference, section 5).

use serde::Deserialize;

use super::decode;
use super::ids::Guid;
use super::request::Request;
use crate::http::Method;

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
    /// The status.
    pub fn status(&self) -> Status {
        match self.status.as_deref() {
            Some("not_isolated") => Status::NotIsolated,
            Some("pending_start") => Status::PendingStart,
            Some("isolated") => Status::Isolated,
            Some("pending_stop") => Status::PendingStop,
            _ => Status::Unknown,
        }
    }

    /// The status as AMP writes it, for people.
    pub fn status_text(&self) -> &str {
        self.status.as_deref().unwrap_or("")
    }
}

fn request(method: Method, guid: &Guid) -> Request {
    Request::new(
        method,
        "computer",
        &["computers", guid.as_str(), "isolation"],
    )
}

/// `GET .../isolation`.
pub fn read(guid: &Guid) -> Request {
    request(Method::Get, guid)
}

/// `PUT .../isolation`: start.
pub fn start(guid: &Guid, comment: Option<&str>, unlock_code: Option<&str>) -> Request {
    request(Method::Put, guid)
        .field("comment", comment)
        .field("unlock_code", unlock_code)
}

/// `DELETE .../isolation`: stop.
pub fn stop(guid: &Guid, comment: Option<&str>) -> Request {
    request(Method::Delete, guid).field("comment", comment)
}
