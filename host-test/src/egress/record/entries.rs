//! A recording of what was seen: cleaned, and in the form of a HAR.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use serde_json::{Map, Value, json};
use url::Url;

use super::super::failure_names;
use super::cleaner::{Cleaner, Finder};
use super::gzip;
use super::{Answer, End, Exchange, Recording};
use crate::har::write::{Content, Entry, Header, PostData, Query, Request, Response, Timings};
use crate::settings::bare;

/// The text of a HAR file.
pub(super) fn har(seen: &[Exchange], recording: &Recording<'_>) -> String {
    let setting = |name: &str| {
        let value = recording.settings.get(name).and_then(Value::as_str);
        value.unwrap_or_default()
    };
    let (client_id, api_key) = (setting("client-id"), setting("api-key"));
    let mut finder = Finder::new(client_id, api_key, recording.redact);
    finder.object(recording.input);
    let mut settings = without_credential(recording.settings);
    // As an address, it is taken apart like every other. One that nothing was sent to keeps its fault, if it has one.
    if let Some(Value::String(server)) = settings.get_mut("server-url")
        && !server.contains("://")
        && !seen.is_empty()
    {
        *server = format!("https://{}", bare(server));
    }
    finder.object(&settings);
    for exchange in seen {
        finder.url(&exchange.uri.to_string(), true);
        finder.headers(&exchange.headers);
        finder.body(&exchange.body);
        if let Some(answer) = &exchange.answer {
            finder.headers(&answer.headers);
            match encoding(&answer.headers).and_then(|_| gzip::open(&answer.body)) {
                Some((text, _)) => finder.body(&text),
                None => finder.body(&answer.body),
            }
        }
    }
    let cleaner = finder.settle();

    let mut settings = cleaner.object(&settings);
    // A credential of the right form needs no stand-in: a replay makes one up. One of a wrong form keeps its fault.
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || letter == ':';
    for (name, value) in [("client-id", client_id), ("api-key", api_key)] {
        if value.trim().is_empty() || value.trim().contains(odd) {
            let shape = value
                .chars()
                .map(|letter| if odd(letter) { letter } else { 'x' });
            settings.insert(name.to_owned(), Value::String(shape.collect()));
        }
    }
    let call = json!({
        "command": recording.command,
        "input": cleaner.object(recording.input),
        "settings": settings,
        "now": humantime::format_rfc3339_seconds(recording.now).to_string(),
    });
    let entries = seen.iter().map(|exchange| entry(exchange, &cleaner));
    crate::har::write::text(&call, &entries.collect::<Vec<_>>())
}

/// Settings that a replay needs and may know.
fn without_credential(settings: &Map<String, Value>) -> Map<String, Value> {
    let mut settings = settings.clone();
    settings.retain(|name, value| {
        !matches!(name.as_str(), "client-id" | "api-key") && !value.is_null()
    });
    settings
}

fn encoding(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_ENCODING)?.to_str().ok()
}

fn entry(exchange: &Exchange, cleaner: &Cleaner) -> Entry {
    let waited = exchange
        .answer
        .as_ref()
        .map_or(exchange.took, |answer| answer.waited);
    Entry {
        started: humantime::format_rfc3339_millis(exchange.started).to_string(),
        time: exchange.took.as_secs_f64() * 1000.0,
        request: request(exchange, cleaner),
        response: match &exchange.answer {
            Some(answer) => response(answer, exchange.end, cleaner),
            None => Response::none(failure(exchange.end).unwrap_or(failure_names::ABORTED)),
        },
        timings: Timings::new(waited, exchange.took.saturating_sub(waited)),
    }
}

fn failure(end: End) -> Option<&'static str> {
    match end {
        End::Whole => None,
        End::Open => Some(failure_names::ABORTED),
        End::Failed(name) => Some(name),
    }
}

fn request(exchange: &Exchange, cleaner: &Cleaner) -> Request {
    let url = cleaner.url(&exchange.uri.to_string());
    let query = Url::parse(&url).ok().map(|url| {
        let pairs = url.query_pairs().into_owned();
        pairs.map(|(name, value)| Query { name, value }).collect()
    });
    let body = (!exchange.body.is_empty()).then(|| {
        let mime = exchange.headers.get(header::CONTENT_TYPE);
        let mime = mime.and_then(|mime| mime.to_str().ok()).unwrap_or_default();
        PostData {
            mime_type: mime.to_owned(),
            text: cleaner.request_body(&exchange.body),
        }
    });
    Request::new(
        exchange.method.as_str(),
        url,
        headers(&exchange.headers, cleaner),
        query.unwrap_or_default(),
        body,
    )
}

fn response(answer: &Answer, end: End, cleaner: &Cleaner) -> Response {
    let kept = cleaner.response_body(&answer.body, encoding(&answer.headers));
    let mime = answer.headers.get(header::CONTENT_TYPE);
    let mime = mime.and_then(|mime| mime.to_str().ok()).unwrap_or_default();
    let (text, packed) = match std::str::from_utf8(&kept.bytes) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(&kept.bytes), true),
    };
    let content = Content::new(kept.bytes.len(), mime, text, packed, kept.as_sent);
    Response::new(
        answer.status,
        answer.version,
        headers(&answer.headers, cleaner),
        content,
        failure(end),
    )
}

fn headers(headers: &HeaderMap, cleaner: &Cleaner) -> Vec<Header> {
    let header = |(name, value): (&header::HeaderName, &header::HeaderValue)| Header {
        name: name.as_str().to_owned(),
        value: cleaner.header(name, value.as_bytes()),
    };
    headers.iter().map(header).collect()
}
