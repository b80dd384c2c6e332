//! The envelope around everything AMP sends: `version`, `metadata`, `data`, `errors`.
//!
//! The text of a response is kept unchanged, so ids of 64 bits, unknown fields and the order of fields survive whatever
//! happens to it. Only what would not be valid JSON is replaced, and the response says where: see [`Flaw`].

use serde::Deserialize;

use super::decode::{self, Members, decode};
use super::error::AmpError;
use super::flaw::{Flaw, readable};
use super::request::Request;
use super::timestamp::http_date;
use crate::http::Response;

/// A successful response whose envelope was checked.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The body, unchanged as far as it is valid JSON. A success without a body (a 204) has the text `null`.
    pub text: String,
    /// HTTP status code.
    pub status: u16,
    /// The response's `X-Request-Id`.
    pub request_id: Option<String>,
    /// The envelope's `version`: `v1.2.0` in recorded responses.
    pub version: Option<String>,
    /// `metadata.results.total`: all matches, not only this page's.
    pub total: Option<u64>,
    /// The server's own time (RFC 9110, section 6.6.1), in seconds since 1970.
    pub date: Option<i64>,
    /// Whether `metadata.links.next` is there. The link itself is never followed, so that nothing in a response decides where the
    /// credential goes; offsets are counted instead.
    pub has_next: bool,
    /// What AMP reports in `errors` next to the data.
    pub errors: Option<Box<AmpError>>,
    /// Items of the list at `data` that are not valid JSON, or that strict parsers reject.
    pub flaws: Vec<Flaw>,
}

impl Answer {
    /// The JSON text at `$.data`; `None` if it is absent or null.
    pub fn data(&self) -> Option<&str> {
        self.member("data").filter(|data| *data != "null")
    }

    /// The JSON text of a member of the envelope.
    pub fn member(&self, name: &str) -> Option<&str> {
        let envelope: Members<'_> = serde_json::from_str(&self.text).unwrap_or_default();
        envelope.last(name)
    }

    /// The object at `$.data`.
    ///
    /// # Errors
    ///
    /// [`super::error::Cause::Malformed`] if there is no object.
    pub fn object(&self, request: &Request) -> Result<&str, AmpError> {
        let data = self.need_data(request)?;
        if data.starts_with('{') {
            Ok(data)
        } else {
            Err(self.malformed("its `data` is not an object", request))
        }
    }

    /// The JSON text at `$.data`, for responses that must have it.
    ///
    /// # Errors
    ///
    /// [`super::error::Cause::Malformed`] if it is absent or null.
    pub fn need_data(&self, request: &Request) -> Result<&str, AmpError> {
        self.data()
            .ok_or_else(|| self.malformed("it has no `data`", request))
    }

    /// The elements of the list at `$.data`, those that are not JSON included as strings of their text.
    ///
    /// # Errors
    ///
    /// [`super::error::Cause::Malformed`] if there is no list, or if none of its elements is an object.
    pub fn items(&self, request: &Request) -> Result<Vec<&str>, AmpError> {
        let data = self.need_data(request)?;
        if !data.starts_with('[') {
            return Err(self.malformed("its `data` is not a list", request));
        }
        let items = decode::elements(data);
        let is_foreign =
            |(index, item): (usize, &&str)| !item.starts_with('{') && !self.is_unreadable(index);
        if !items.is_empty() && items.iter().enumerate().all(is_foreign) {
            return Err(self.malformed("its `data` is not a list of objects", request));
        }
        Ok(items)
    }

    /// What is wrong with an item of the list at `data`.
    pub fn flaw(&self, index: usize) -> Option<&Flaw> {
        self.flaws.iter().find(|flaw| flaw.index == Some(index))
    }

    /// Whether an item of the list at `data` is not JSON; in its place is a string of its text.
    pub fn is_unreadable(&self, index: usize) -> bool {
        self.flaw(index).is_some_and(|flaw| flaw.is_unreadable)
    }

    /// An error about this response.
    pub fn malformed(&self, what: &str, request: &Request) -> AmpError {
        let response = Response {
            status: self.status,
            ..Response::default()
        };
        AmpError {
            request_id: self.request_id.clone(),
            ..AmpError::malformed(what.to_owned(), &response, request)
        }
    }
}

/// Checks a response: a success with a valid envelope becomes an answer, all else an error. `now` is in seconds since 1970.
///
/// # Errors
///
/// Returns the error that the status or the body reports, or [`super::error::Cause::Malformed`] if the body is not an envelope.
pub fn check(response: Response, request: &Request, now: i64) -> Result<Answer, AmpError> {
    if !(200..300).contains(&response.status) {
        return Err(AmpError::from_response(&response, request, now));
    }
    let malformed = |what: String| AmpError::malformed(what, &response, request);
    // RFC 8259, section 8.1: a parser may ignore a byte order mark.
    let body = response.body.trim_ascii();
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let body = body.trim_ascii();
    if body.is_empty() && request.is_write() {
        return Ok(Answer {
            text: "null".to_owned(),
            ..Answer::of(&response)
        });
    }
    if body.is_empty() {
        return Err(malformed("it is empty".to_owned()));
    }
    let (text, flaws) = readable(body).map_err(&malformed)?;
    if !text.starts_with('{') {
        return Err(malformed("it is not a JSON object".to_owned()));
    }
    let envelope: Members<'_> = serde_json::from_str(&text).unwrap_or_default();
    let metadata: Metadata = envelope.last("metadata").map(decode).unwrap_or_default();
    let has_data = !matches!(
        envelope.last("data").map(compact).as_deref(),
        None | Some("null" | "[]" | "{}")
    );
    let errors = envelope
        .last("errors")
        .filter(|errors| !matches!(compact(errors).as_str(), "null" | "[]" | "{}" | "\"\""))
        .map(|errors| reported_error(errors, &response, request, now));
    match errors {
        Some(error) if !has_data => Err(error),
        errors => Ok(Answer {
            version: envelope.last("version").and_then(decode::string),
            total: metadata.results.total,
            has_next: metadata.links.next.is_some(),
            errors: errors.map(Box::new),
            flaws,
            text,
            ..Answer::of(&response)
        }),
    }
}

impl Answer {
    /// What the head of a response reports.
    fn of(response: &Response) -> Self {
        Self {
            text: String::new(),
            status: response.status,
            request_id: response.request_id(),
            version: None,
            total: None,
            date: response.header("Date").and_then(http_date),
            has_next: false,
            errors: None,
            flaws: Vec::new(),
        }
    }
}

impl Answer {
    /// A list of one item, of which only a part was received, from the text of [`super::salvage::first_item`].
    pub fn of_first_item(text: &str) -> Self {
        let mut answer = Self::of(&Response::default());
        text.clone_into(&mut answer.text);
        answer.total = answer
            .member("metadata")
            .map(decode::<Metadata>)
            .and_then(|metadata| metadata.results.total);
        answer
    }
}

/// What the plugin reads of `metadata`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    #[serde(deserialize_with = "decode::object")]
    results: Results,
    #[serde(deserialize_with = "decode::object")]
    links: Links,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Results {
    #[serde(deserialize_with = "decode::value")]
    total: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Links {
    #[serde(deserialize_with = "decode::text")]
    next: Option<String>,
}

/// The first of the errors in an envelope.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ReportedError {
    #[serde(deserialize_with = "decode::number_or_text")]
    error_code: Option<u64>,
}

/// The error that a response with a successful status reports in `errors`: what the same body would mean with the status that its
/// `error_code` names.
fn reported_error(errors: &str, response: &Response, request: &Request, now: i64) -> AmpError {
    let codes = decode::elements(errors);
    let code = codes
        .into_iter()
        .find_map(|error| decode::<ReportedError>(error).error_code)
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code));
    let as_failed = Response {
        // Without a usable code it is an error of the server.
        status: code.unwrap_or(500),
        ..response.clone()
    };
    AmpError {
        status: Some(response.status),
        ..AmpError::from_response(&as_failed, request, now)
    }
}

/// A short JSON text without white space between its tokens; only used to recognize empty values.
fn compact(text: &str) -> String {
    let is_short = text.len() <= 16;
    text.chars()
        .filter(|character| !is_short || !character.is_ascii_whitespace())
        .take(17)
        .collect()
}

#[cfg(test)]
mod tests;
