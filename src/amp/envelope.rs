//! The envelope around everything AMP sends: `version`, `metadata`, `data`, `errors`.
//!
//! The text of a response is kept unchanged, so ids of 64 bits, unknown fields and the order of fields survive whatever
//! happens to it. Only what would not be valid JSON is replaced, and the response says where: see [`Flaw`].

use serde::Deserialize;
use serde_json::value::RawValue;

use super::decode::{self, Members, decode};
use super::error::AmpError;
use super::request::Request;
use super::salvage::{Salvaged, readable_members, salvage};
use super::strict_json;
use super::timestamp::http_date;
use crate::http::Response;
use crate::quoting::quoted;

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

/// What is wrong with an item of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The item's index in the list at `data`; `None` if the fault is not in an item of it.
    pub index: Option<usize>,
    /// What is wrong, as the JSON parser reports it, or which bytes were replaced.
    pub reason: String,
    /// The item is not JSON at all: in its place is a string of its text.
    pub is_unreadable: bool,
}

/// What identifies an item of any of AMP's lists.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ItemId {
    #[serde(deserialize_with = "decode::text_or_number")]
    id: Option<String>,
    #[serde(deserialize_with = "decode::text")]
    connector_guid: Option<String>,
    #[serde(deserialize_with = "decode::text")]
    guid: Option<String>,
    #[serde(deserialize_with = "decode::text")]
    sha256: Option<String>,
}

impl Flaw {
    /// A sentence about the flaw for the user: which item, what is wrong, what became of it.
    pub fn remark(&self, answer: &Answer, request: &Request) -> String {
        let reason = &self.reason;
        let subject = request.subject;
        let Some(index) = self.index else {
            return format!(
                "AMP's response about this {subject} is not strictly valid JSON ({reason}); it is shown as far as JSON allows."
            );
        };
        let data = answer.data().unwrap_or_default();
        let item = decode::elements(data)
            .get(index)
            .copied()
            .unwrap_or_default();
        let text = decode::string(item).map(|text| readable_members(&text));
        let item: ItemId = decode(text.as_deref().unwrap_or(item));
        let name = item
            .id
            .or(item.connector_guid)
            .or(item.guid)
            .or(item.sha256);
        let item = match name {
            Some(name) => format!("{subject} {}", quoted(&name)),
            None => format!("{subject} number {} of its page", index.saturating_add(1)),
        };
        if self.is_unreadable {
            format!("AMP's {item} cannot be read ({reason}) and was skipped.")
        } else {
            format!(
                "AMP's {item} is not strictly valid JSON ({reason}); it is returned as far as JSON allows."
            )
        }
    }
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
    /// A list of one item, of which only a part was received.
    pub fn of_item(item: &str) -> Self {
        Self {
            text: format!("{{\"data\":[{item}]}}"),
            ..Self::of(&Response::default())
        }
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

/// A body as valid JSON, and what had to be replaced for that or is rejected by strict parsers.
///
/// # Errors
///
/// Returns what is wrong if the body cannot be read even so.
fn readable(body: &[u8]) -> Result<(String, Vec<Flaw>), String> {
    let (mut text, marker) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => marked(body),
    };
    let strict = strict_json::check(&text);
    if strict.is_ok() && marker.is_none() {
        return Ok((text, Vec::new()));
    }
    let mut flaws = Vec::new();
    if let Err(error) = strict
        && serde_json::from_str::<&RawValue>(&text).is_err()
    {
        let Some(salvaged) = salvage(&text) else {
            return Err(why_not_json(&text, &error));
        };
        flaws = flaws_of(&salvaged);
        text = salvaged.text;
    }
    find_flaws(&text, marker, &mut flaws);
    if let Some(marker) = marker {
        text = text.replace(marker, "\u{fffd}");
    }
    Ok((text, flaws))
}

/// The flaws that a repair found.
fn flaws_of(salvaged: &Salvaged) -> Vec<Flaw> {
    let flaw = |is_unreadable: bool, reason: &'static str| {
        move |index: &usize| Flaw {
            index: Some(*index),
            reason: reason.to_owned(),
            is_unreadable,
        }
    };
    let repaired = salvaged.repaired.iter();
    let unreadable = salvaged.unreadable.iter();
    repaired
        .map(flaw(false, "control characters in a string"))
        .chain(unreadable.map(flaw(true, "it is not JSON")))
        .collect()
}

/// Adds what strict parsers reject, and what contains bytes that were not UTF-8, to the flaws of a response.
fn find_flaws(text: &str, marker: Option<char>, flaws: &mut Vec<Flaw>) {
    let is_marked = |text: &str| marker.is_some_and(|marker| text.contains(marker));
    let reason = |text: &str| match strict_json::check(text) {
        Err(error) => Some(strict_reason(&error)),
        Ok(()) if is_marked(text) => Some("bytes that are not UTF-8".to_owned()),
        Ok(()) => None,
    };
    let envelope: Members<'_> = serde_json::from_str(text).unwrap_or_default();
    let items = envelope
        .last("data")
        .filter(|data| data.starts_with('['))
        .map(decode::elements)
        .unwrap_or_default();
    let before = flaws.len();
    for (index, item) in items.into_iter().enumerate() {
        if let Some(reason) = reason(item)
            && !flaws.iter().any(|flaw| flaw.index == Some(index))
        {
            flaws.push(Flaw {
                index: Some(index),
                reason,
                is_unreadable: false,
            });
        }
    }
    if flaws.len() == before
        && let Some(reason) = reason(text)
    {
        flaws.push(Flaw {
            index: None,
            reason,
            is_unreadable: false,
        });
    }
}

/// Why strict parsers reject a text that the grammar of JSON allows. serde_json has no codes for it, only descriptions.
fn strict_reason(error: &serde_json::Error) -> String {
    let description = error.to_string();
    [
        ("surrogate", "half a surrogate pair in a string"),
        ("hex escape", "half a surrogate pair in a string"),
        ("out of range", "a number out of range"),
        ("recursion limit", "nesting deeper than 128 levels"),
    ]
    .into_iter()
    .find(|(part, _)| description.contains(part))
    .map_or(description.clone(), |(_, reason)| reason.to_owned())
}

/// Bytes as a string with a marker for each run of bytes that are not UTF-8. The marker is one of Unicode's noncharacters, which
/// are for such internal use (Unicode Standard, section 23.7), that the text does not contain.
fn marked(body: &[u8]) -> (String, Option<char>) {
    let lossy = String::from_utf8_lossy(body);
    let marker = ('\u{fdd0}'..='\u{fdef}').find(|marker| !lossy.contains(*marker));
    let Some(marker) = marker else {
        return (lossy.into_owned(), None);
    };
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(marker);
        }
    }
    (text, Some(marker))
}

fn why_not_json(text: &str, error: &serde_json::Error) -> String {
    if text.starts_with('<') {
        "it is a web page, not JSON; perhaps this is not the address of the API server".to_owned()
    } else if error.is_eof() {
        "it is truncated".to_owned()
    } else {
        format!(
            "it is not JSON (line {}, column {})",
            error.line(),
            error.column()
        )
    }
}

#[cfg(test)]
mod tests;
