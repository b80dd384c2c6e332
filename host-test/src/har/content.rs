//! The body of a recorded response as it went over the wire, as far as a HAR still tells.
//!
//! Recorders decode a compressed body, and leave the headers as they were: those that then lie are dropped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::file::Response;

/// The bytes of a body.
pub type Body = Bytes;

/// The first bytes of everything that gzip has compressed (RFC 1952).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// The body of a response.
///
/// # Errors
///
/// When it says that it is base64 and is not.
pub fn response_body(response: &Response) -> Result<Body, String> {
    let text = response.content.text.as_deref().unwrap_or_default();
    match response.content.encoding.as_deref() {
        Some(encoding) if encoding.eq_ignore_ascii_case("base64") => {
            let packed: String = text.split_ascii_whitespace().collect();
            STANDARD
                .decode(packed)
                .map(Bytes::from)
                .map_err(|error| format!("this is not base64 ({error})"))
        }
        None | Some("") => Ok(Bytes::copy_from_slice(text.as_bytes())),
        Some(encoding) => Err(format!(
            "the encoding `{encoding}` is unknown; it may be `base64`, or absent for text"
        )),
    }
}

/// The headers of a response, without those that belong to a connection and those that are no longer true of `body`.
#[must_use]
pub fn response_headers(response: &Response, body: &Body) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for header in &response.headers {
        // Names like `:status`, which HTTP/2 recordings have, are none.
        let name = HeaderName::from_bytes(header.name.trim().as_bytes());
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(header.value.as_bytes())) else {
            continue;
        };
        let kept = match &name {
            name if wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS.contains(name) => false,
            &header::CONTENT_ENCODING => {
                response.content.as_sent
                    || header.value.trim().eq_ignore_ascii_case("gzip") && body.starts_with(GZIP)
            }
            &header::CONTENT_LENGTH => header.value.trim() == body.len().to_string(),
            _ => true,
        };
        if kept {
            headers.append(name, value);
        }
    }
    headers
}
