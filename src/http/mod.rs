//! Sending HTTP requests, as a trait: everything above this room is plain Rust that builds and runs natively.
//!
//! [`Http`] also hands in the time and chance, so that whoever implements it rules them: the component takes them
//! from WASI (`wasi`, the one file that touches it), tests from a script with a virtual clock (`scripted`).

use std::fmt;
use std::time::Duration;

use crate::concurrency::Pending;

use host_causes::HostCause;

pub mod body;
pub mod error_code;
mod gzip;
pub mod host_causes;
#[cfg(test)]
pub mod scripted;
#[cfg(target_arch = "wasm32")]
pub mod wasi;

/// What the plugin needs of the world outside.
pub trait Http {
    /// Sends a request and reads its whole answer, decompressed, within the limits.
    fn send<'a>(
        &'a self,
        request: Request,
        limits: Limits,
    ) -> Pending<'a, Result<Response, HttpError>>;

    /// Waits.
    fn sleep<'a>(&'a self, duration: Duration) -> Pending<'a, ()>;

    /// Time since some fixed moment; it never goes backwards.
    fn elapsed(&self) -> Duration;

    /// Seconds since 1970-01-01T00:00:00Z by the wall clock.
    fn unix_seconds(&self) -> i64;

    /// A random number, evenly spread.
    fn random(&self) -> u64;
}

/// The request methods that AMP's endpoints use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Sets.
    Put,
    /// Removes.
    Delete,
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        })
    }
}

/// Where requests go: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// True for `https`, false for `http`.
    pub tls: bool,
    /// Host, with the port where it is not the scheme's own: `api.amp.cisco.com`, `127.0.0.1:8080`.
    pub authority: String,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}://{}",
            if self.tls { "https" } else { "http" },
            self.authority
        )
    }
}

/// One request, ready to be sent.
///
/// Its headers hold the credential, so it has no `Debug`.
#[derive(Clone)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Where.
    pub origin: Origin,
    /// Path and query, percent-encoded: `/v1/computers?limit=5`.
    pub path_and_query: String,
    /// Header names, in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, empty for none.
    pub body: Vec<u8>,
}

/// How long and how large an exchange may become.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the connection: DNS, TCP and TLS.
    pub connect: Duration,
    /// From the request to the first byte of the answer, and between two pieces of its body.
    pub first_byte: Duration,
    /// For everything.
    pub whole: Duration,
    /// Bytes of the body after decompression.
    pub max_body_bytes: usize,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// HTTP status code.
    pub status: u16,
    /// Header names, as they came, and values, with what is no UTF-8 replaced.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// Why the body is incomplete, if it is. Then it is empty, or the beginning of a body that is too large.
    pub body_error: Option<HttpError>,
}

impl Response {
    /// The first value of a header, whatever the case of its name (RFC 9110, section 5.1).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

impl Response {
    /// The answer's `X-Request-Id`, of a sane length (reference, section 1.4).
    pub fn request_id(&self) -> Option<String> {
        self.header("X-Request-Id")
            .map(|id| id.chars().take(80).collect())
    }
}

/// The first value of a header in a list, whatever the case of its name.
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// Which wait ended an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// For the address of the server's name (DNS).
    Lookup,
    /// For the connection. Hosts report it also where an established connection timed out.
    Connect,
    /// For the connection or the answer's first byte, where it matters that the host does not tell which.
    ConnectOrFirstByte,
    /// For the answer's first byte.
    FirstByte,
    /// For the next piece of its body.
    NextBytes,
    /// For the whole call, after the response had begun or before the request was sent.
    Whole,
    /// For the whole call, while the server had not begun to respond.
    WholeUnanswered,
}

/// Why an exchange brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// A time limit passed. The request was certainly not sent only after [`Wait::Lookup`].
    Timeout(Wait),
    /// No connection was made, so the request was never sent. The text says why.
    NotConnected(String),
    /// No connection was made, for a cause that the host reported. The text is its sentence.
    HostReported(HostCause, String),
    /// The connection broke after the request may have been sent. The text says how.
    Broken(String),
    /// The host does not allow the request.
    Denied,
    /// The host rejected the request itself, so it was never sent.
    RejectedByHost(HostRejection),
    /// The answer's body is larger than this many bytes.
    TooLarge(usize),
    /// The answer is no HTTP, or its compression is damaged. The text says what is wrong.
    Malformed(String),
}

impl HttpError {
    /// Whether the request may have reached the server all the same.
    pub fn may_have_been_sent(&self) -> bool {
        match self {
            Self::Timeout(Wait::Lookup)
            | Self::NotConnected(_)
            | Self::HostReported(..)
            | Self::Denied
            | Self::RejectedByHost(_) => false,
            Self::Timeout(_) | Self::Broken(_) | Self::TooLarge(_) | Self::Malformed(_) => true,
        }
    }
}

/// A part of a request that the host does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostRejection {
    /// The part.
    pub part: RequestPart,
    /// True if it is too large, false if the host calls it invalid.
    pub is_too_large: bool,
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestPart {
    /// Scheme, host, path and query.
    Address,
    /// The method.
    Method,
    /// The headers, or what follows the body.
    Headers,
    /// The body.
    Body,
}

impl fmt::Display for RequestPart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Address => "address",
            Self::Method => "method",
            Self::Headers => "headers",
            Self::Body => "body",
        })
    }
}
