//! Bodies of error responses: whether AMP sent them, and their text, to be quoted in a message.
//!
//! A proxy, a gateway or a sign-in page can answer in AMP's place. Whoever reads the failure should look there first, so what
//! does not have AMP's own form is recognized here.

use serde_json::{Map, Value};

use crate::http::Response;

/// Text of a body is cut at this length (in characters) when quoted.
pub const MAX_QUOTE: usize = 300;
/// The title of a web page is cut at this length (in characters).
const MAX_TITLE: usize = 80;
/// A larger body is not parsed: AMP's own have a few hundred bytes.
const MAX_PARSED: usize = 256 * 1024;
/// A longer plain text is not a message.
const MAX_PLAIN_TEXT: usize = 4 * 1024;
/// The title of a web page is within this many bytes.
const MAX_HEAD: usize = 16 * 1024;

/// The body of an error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorBody {
    /// What was sent in place of AMP's envelope; `None` if the body is AMP's own.
    pub foreign: Option<ForeignBody>,
    /// The text that it carries, on one line, at most [`MAX_QUOTE`] characters. `None` for web pages and bodies without text.
    pub message: Option<String>,
}

/// A body that does not have the form of AMP's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForeignBody {
    /// A web page, with its title if it has one.
    WebPage(Option<String>),
    /// JSON that is not AMP's envelope.
    Json,
    /// Any other text.
    Text,
    /// Neither JSON nor readable text.
    Unreadable,
    /// Nothing at all.
    Empty,
}

impl ErrorBody {
    /// Reads the body of a response, whatever its status.
    pub fn read(response: &Response) -> Self {
        let foreign = |foreign, message| Self {
            foreign: Some(foreign),
            message,
        };
        let Ok(text) = std::str::from_utf8(&response.body) else {
            return foreign(ForeignBody::Unreadable, None);
        };
        // A byte order mark is not part of the text.
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return foreign(ForeignBody::Empty, None);
        }
        if let Some(body) = parse(text) {
            let is_amp = is_envelope(&body);
            return Self {
                foreign: (!is_amp).then_some(ForeignBody::Json),
                message: message(&body, is_amp).and_then(|text| one_line(&text, MAX_QUOTE)),
            };
        }
        let is_html = response
            .header("Content-Type")
            .is_some_and(|value| value.to_ascii_lowercase().contains("html"));
        if is_html || text.starts_with('<') {
            return foreign(ForeignBody::WebPage(title(text)), None);
        }
        let message = Some(text)
            .filter(|text| text.len() <= MAX_PLAIN_TEXT)
            .and_then(|text| one_line(text, MAX_QUOTE));
        foreign(ForeignBody::Text, message)
    }
}

/// The JSON value of a text; `None` if it is not JSON, too large, or nested deeper than serde_json's own limit.
fn parse(text: &str) -> Option<Value> {
    if text.len() > MAX_PARSED || !text.starts_with(['{', '[', '"']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Whether a body has the form of AMP's errors: `errors` with `error_code` or `details`, or the envelope's `version` next to `errors`.
fn is_envelope(body: &Value) -> bool {
    let Some(errors) = body.get("errors") else {
        return false;
    };
    let is_of_amp = |error: &Value| {
        error.get("error_code").is_some_and(Value::is_number)
            || error.get("details").is_some_and(Value::is_array)
    };
    let has_version = match body.get("version") {
        Some(Value::Null) => true,
        Some(version) => version
            .as_str()
            .is_some_and(|version| version.starts_with('v')),
        None => false,
    };
    has_version
        || errors
            .as_array()
            .is_some_and(|errors| errors.iter().any(is_of_amp))
}

/// The text of a body: of AMP's own that of its `errors`, else all that other services use for it.
fn message(body: &Value, is_amp: bool) -> Option<String> {
    let Value::Object(fields) = body else {
        return text_of(body);
    };
    let of_errors = fields.get("errors").and_then(text_of);
    if is_amp && of_errors.is_some() {
        return of_errors;
    }
    join(described(fields).into_iter().chain(of_errors), ": ")
}

/// The text of a value: itself, that of all elements, of an error object, or of an object of messages by field.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(values) => join(values.iter().filter_map(text_of), "; "),
        Value::Object(fields) => {
            let of_amp = ["details", "description"]
                .into_iter()
                .find_map(|name| text_of(fields.get(name)?));
            of_amp
                .or_else(|| join(described(fields), ": "))
                .or_else(|| by_field(fields))
        }
        _ => None,
    }
}

/// The texts of an object under the names that services in general use, from the general to the particular.
fn described(fields: &Map<String, Value>) -> Vec<String> {
    ["error", "title", "message", "error_description", "detail"]
        .into_iter()
        .filter_map(|name| text_of(fields.get(name)?))
        .collect()
}

/// Messages by field, `{"limit": ["is too large"]}`, each with its field; `base` is Rails' name for none.
fn by_field(fields: &Map<String, Value>) -> Option<String> {
    let messages = fields.iter().filter_map(|(name, value)| match value {
        Value::String(_) | Value::Array(_) => {
            let text = text_of(value)?;
            Some(match name.as_str() {
                "base" => text,
                _ => format!("{name}: {text}"),
            })
        }
        _ => None,
    });
    join(messages, "; ")
}

/// Texts in one, without repetitions; `None` if there are none.
fn join(texts: impl IntoIterator<Item = String>, between: &str) -> Option<String> {
    let mut distinct: Vec<String> = Vec::new();
    for text in texts {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    (!distinct.is_empty()).then(|| distinct.join(between))
}

/// A text on one line, without control characters, cut at `most` characters; `None` if nothing is left of it.
fn one_line(text: &str, most: usize) -> Option<String> {
    let plain: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(most)
        .collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

/// The title of a web page.
fn title(page: &str) -> Option<String> {
    let head: String = page.chars().take(MAX_HEAD).collect();
    // Only the case of ASCII letters is changed, so positions are the same in both.
    let lower = head.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let begin = open.checked_add(lower.get(open..)?.find('>')?)?;
    let end = begin.checked_add(lower.get(begin..)?.find("</title")?)?;
    let title = head.get(begin.checked_add(1)?..end)?;
    let words: Vec<&str> = title.split_whitespace().collect();
    one_line(&words.join(" "), MAX_TITLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> ErrorBody {
        ErrorBody::read(&Response {
            status: 400,
            body: body.as_bytes().to_vec(),
            ..Response::default()
        })
    }

    #[test]
    fn every_known_error_body_gives_its_message() {
        for (body, message) in [
            (
                r#"{"version":null,"data":{},"errors":[{"error_code":401,"description":"Unauthorized","details":["Unknown API key or Client ID"]}]}"#,
                Some("Unknown API key or Client ID"),
            ),
            (
                r#"{"errors":[{"error_code":403,"description":"Forbidden","details":[]}]}"#,
                Some("Forbidden"),
            ),
            (
                r#"{"errors":[{"details":["one","two"]},{"description":"three"}]}"#,
                Some("one; two; three"),
            ),
            (r#"{"errors":"not an array"}"#, Some("not an array")),
            (
                r#"{"error":{"message":"from a gateway"}}"#,
                Some("from a gateway"),
            ),
            (r#"{"errors":[{"details":[7]}]}"#, None),
            ("<html><h1>502 Bad Gateway</h1></html>", None),
            ("", None),
            (
                "{\"errors\":[{\"details\":[\"two\\nlines\"]}]}",
                Some("two lines"),
            ),
            (
                r#"{"message":"Bad request: limit is not allowed here"}"#,
                Some("Bad request: limit is not allowed here"),
            ),
            (r#"{"detail":"q is too short"}"#, Some("q is too short")),
            (
                r#"{"title":"Bad Request","detail":"q is too short"}"#,
                Some("Bad Request: q is too short"),
            ),
            (
                r#"{"error":"invalid_request","error_description":"q is too short"}"#,
                Some("invalid_request: q is too short"),
            ),
            (
                r#"{"errors":{"base":["hostname is too long"],"limit":["is too large","is not a number"]}}"#,
                Some("hostname is too long; limit: is too large; is not a number"),
            ),
            (
                r#"{"message":"Invalid.","errors":{"limit":["is too large"]}}"#,
                Some("Invalid.: limit: is too large"),
            ),
            (
                r#"{"errors":[{"status":"400","title":"Invalid","detail":"q is too short"}]}"#,
                Some("Invalid: q is too short"),
            ),
            (r#"["q is too short"]"#, Some("q is too short")),
            ("Rate exceeded", Some("Rate exceeded")),
            ("\u{feff}\r\n Rate exceeded\n", Some("Rate exceeded")),
            (r#"{"message":"#, Some(r#"{"message":"#)),
        ] {
            assert_eq!(read(body).message.as_deref(), message, "{body}");
        }
        assert_eq!(
            read(&"x".repeat(1_000)).message.map(|text| text.len()),
            Some(300)
        );
        assert_eq!(read(&"x".repeat(10_000)).message, None);
        let deep = format!(
            "{{\"errors\":{}{}}}",
            "[".repeat(50_000),
            "]".repeat(50_000)
        );
        assert_eq!(read(&deep).message, None);
    }

    #[test]
    fn only_the_envelope_is_from_amp() {
        for body in [
            r#"{"version":null,"data":{},"errors":[{"error_code":401,"description":"Unauthorized","details":[]}]}"#,
            r#"{"version":"v1.2.0","data":{},"errors":"Request could not be processed"}"#,
            r#"{"errors":[{"details":["no such computer"]}]}"#,
        ] {
            assert_eq!(read(body).foreign, None, "{body}");
        }
        for (body, foreign) in [
            ("", ForeignBody::Empty),
            (" \r\n", ForeignBody::Empty),
            ("{}", ForeignBody::Json),
            (r#"{"error":"Not Found"}"#, ForeignBody::Json),
            (r#"{"message":"no Route matched"}"#, ForeignBody::Json),
            (
                r#"{"errors":[{"code":"NOT_FOUND","message":"none"}]}"#,
                ForeignBody::Json,
            ),
            (r#"{"version":"v1.2.0","data":{}}"#, ForeignBody::Json),
            (r#"{"version":7,"errors":[]}"#, ForeignBody::Json),
            ("Not Found", ForeignBody::Text),
            ("<p>Denied", ForeignBody::WebPage(None)),
            (
                "<!DOCTYPE html><HTML><head><TITLE lang=\"en\">\n Access   denied </Title>",
                ForeignBody::WebPage(Some("Access denied".to_owned())),
            ),
        ] {
            assert_eq!(read(body).foreign, Some(foreign), "{body}");
        }
    }

    #[test]
    fn odd_bytes_are_harmless() {
        let response = |content_type: &str, body: &[u8]| Response {
            status: 403,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.to_vec(),
            ..Response::default()
        };
        let body = ErrorBody::read(&response("application/json", b"\xff\xfe\x00"));
        assert_eq!(body.foreign, Some(ForeignBody::Unreadable));
        for page in ["<title", "<title>x", "</title><title>", "\u{130}<title>é"] {
            let body = ErrorBody::read(&response("text/html; charset=utf-8", page.as_bytes()));
            assert_eq!(body.foreign, Some(ForeignBody::WebPage(None)), "{page}");
        }
    }
}
