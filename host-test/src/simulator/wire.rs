//! How an answer travels: the headers that were recorded, and gzip for large bodies.

use bytes::Bytes;

use super::answer::Response;
use super::asked::Asked;
use super::reply::{self, Reply};

pub(super) const CONTENT_TYPE: &str = "Content-Type";
pub(super) const JSON: &str = "application/json; charset=utf-8";

/// What every answer is marked with.
pub(super) struct Postmark {
    /// AMP's name for the request.
    pub(super) id: String,
    /// When it was answered, by the cloud's clock: RFC 9110's `Date`.
    pub(super) date: String,
}

/// An answer ready to be sent, or to be spoilt first.
pub(super) struct Letter {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) bytes: Vec<u8>,
}

impl Letter {
    pub(super) fn new(reply: &Reply, mark: &Postmark) -> Self {
        let mut headers = headers(
            reply.status,
            if reply.body.is_some() { JSON } else { "" },
            mark,
        );
        headers.extend(reply.headers.iter().cloned());
        Self {
            status: reply.status,
            headers,
            bytes: reply.text(),
        }
    }
}

/// The headers of every answer. Without a content type there is none.
pub(super) fn headers(status: u16, content_type: &str, mark: &Postmark) -> Vec<(String, String)> {
    let mut headers = vec![
        ("Date".to_owned(), mark.date.clone()),
        (
            "Status".to_owned(),
            format!("{status} {}", reply::reason(status)),
        ),
        (
            "Cache-Control".to_owned(),
            "no-cache, no-store, must-revalidate".to_owned(),
        ),
        ("X-Request-Id".to_owned(), mark.id.clone()),
        ("X-Runtime".to_owned(), "0.104000".to_owned()),
    ];
    if !content_type.is_empty() {
        headers.push((CONTENT_TYPE.to_owned(), content_type.to_owned()));
    }
    headers
}

/// The answer of a good day; compressed if it is large and the client can take it.
pub(super) fn response(
    reply: &Reply,
    asked: &Asked,
    gzip_from: usize,
    mark: &Postmark,
) -> Response {
    let Letter {
        status,
        mut headers,
        bytes,
    } = Letter::new(reply, mark);
    // Errors and answers to writes came uncompressed (recorded).
    let compress =
        asked.takes_gzip && status == 200 && !asked.is_write() && bytes.len() >= gzip_from;
    let bytes = if compress {
        headers.push(("Content-Encoding".to_owned(), "gzip".to_owned()));
        reply::gzip(&bytes)
    } else {
        Bytes::from(bytes)
    };
    Response {
        status,
        headers,
        body: bytes.into(),
    }
}
