//! Writes a HAR 1.2: every field that the format asks for, and our own that begin with an underscore.

use std::path::Path;
use std::time::Duration;

use http::{StatusCode, Version};
use serde::Serialize;
use serde_json::{Value, json};

use super::HarError;
use crate::whole_file;

/// A request and its response.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// When the request was made, in RFC 3339.
    #[serde(rename = "startedDateTime")]
    pub started: String,
    /// How long it took with its response, in milliseconds.
    pub time: f64,
    /// The request.
    pub request: Request,
    /// Its response.
    pub response: Response,
    /// What the time went into.
    pub timings: Timings,
}

/// A request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    method: String,
    url: String,
    http_version: &'static str,
    cookies: [Value; 0],
    headers: Vec<Header>,
    query_string: Vec<Query>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData>,
    headers_size: i8,
    body_size: usize,
}

impl Request {
    /// A request; `query` is that of its address once more, taken apart.
    #[must_use]
    pub fn new(
        method: &str,
        url: String,
        headers: Vec<Header>,
        query: Vec<Query>,
        body: Option<PostData>,
    ) -> Self {
        Self {
            method: method.to_owned(),
            url,
            http_version: "HTTP/1.1",
            cookies: [],
            headers,
            query_string: query,
            headers_size: -1,
            body_size: body.as_ref().map_or(0, |body| body.text.len()),
            post_data: body,
        }
    }
}

/// A header.
#[derive(Debug, Serialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A part of a query.
#[derive(Debug, Serialize)]
pub struct Query {
    /// Its name, decoded.
    pub name: String,
    /// Its value, decoded.
    pub value: String,
}

/// The body of a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PostData {
    /// Its media type.
    pub mime_type: String,
    /// The body.
    pub text: String,
}

/// A response.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [Value; 0],
    headers: Vec<Header>,
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: &'static str,
    headers_size: i8,
    body_size: i64,
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

impl Response {
    /// A response, and how its connection failed if it did.
    #[must_use]
    pub fn new(
        status: StatusCode,
        version: Version,
        headers: Vec<Header>,
        content: Content,
        error: Option<&'static str>,
    ) -> Self {
        Self {
            status: status.as_u16(),
            status_text: status.canonical_reason().unwrap_or_default(),
            http_version: if version == Version::HTTP_2 {
                "HTTP/2"
            } else {
                "HTTP/1.1"
            },
            cookies: [],
            headers,
            content,
            redirect_url: "",
            headers_size: -1,
            body_size: -1,
            error,
        }
    }

    /// No response, and why there is none.
    #[must_use]
    pub fn none(error: &'static str) -> Self {
        let content = Content::new(0, "", String::new(), false, false);
        Self {
            status: 0,
            status_text: "",
            ..Self::new(
                StatusCode::OK,
                Version::HTTP_11,
                Vec::new(),
                content,
                Some(error),
            )
        }
    }
}

/// The body of a response.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    size: usize,
    mime_type: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(rename = "_asSent", skip_serializing_if = "is_false")]
    as_sent: bool,
}

impl Content {
    /// A body of `size` bytes, as text or `packed` in base64; `as_sent` if the headers speak of these very bytes.
    #[must_use]
    pub fn new(size: usize, mime_type: &str, text: String, packed: bool, as_sent: bool) -> Self {
        Self {
            size,
            mime_type: mime_type.to_owned(),
            text,
            encoding: packed.then_some("base64"),
            as_sent,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde calls"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// What the time of an entry went into, in milliseconds; -1 is not known.
#[derive(Debug, Serialize)]
pub struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

impl Timings {
    /// The time to the first byte, and that to the last.
    #[must_use]
    pub fn new(wait: Duration, receive: Duration) -> Self {
        Self {
            send: 0.0,
            wait: wait.as_secs_f64() * 1000.0,
            receive: receive.as_secs_f64() * 1000.0,
        }
    }
}

/// The text of a file with these entries; `call` is the call of the component that they belong to.
#[must_use]
pub fn text(call: &Value, entries: &[Entry]) -> String {
    let entries: Vec<Value> = entries.iter().map(entry).collect();
    let har = json!({"log": {
        "version": "1.2",
        "creator": {"name": "host-test", "version": env!("CARGO_PKG_VERSION")},
        "_call": call,
        "entries": entries,
    }});
    let mut text = format!("{har:#}");
    text.push('\n');
    text
}

fn entry(entry: &Entry) -> Value {
    let mut value = serde_json::to_value(entry).unwrap_or_default();
    if let Some(value) = value.as_object_mut() {
        // Required by the format, and not known here.
        value.insert("cache".to_owned(), json!({}));
    }
    value
}

/// Puts a file with this text in place, all at once, for its owner's eyes alone.
///
/// # Errors
///
/// When it cannot be written. What was there before is there still.
pub fn write(file: &Path, text: &str) -> Result<(), HarError> {
    whole_file::write(file, text).map_err(|error| unwritable(file, error))
}

/// Finds out, before anything is sent, whether a file can be written.
///
/// # Errors
///
/// When it cannot.
pub fn check(file: &Path) -> Result<(), HarError> {
    whole_file::check(file).map_err(|error| unwritable(file, error))
}

fn unwritable(file: &Path, error: std::io::Error) -> HarError {
    HarError::Unwritable {
        file: file.to_owned(),
        error,
    }
}
