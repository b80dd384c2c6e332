//! Answers from a recording instead of the network.
//!
//! A request is answered by the first unused entry with its method, path, query (in any order) and body (as JSON, where
//! both are), whatever the host. Each entry answers once. A request without an entry is refused, and a complaint names
//! it and the nearest entry; entries that are left over can be listed at the end.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::asked::Asked;
use super::failure_names::{Failure, failure};
use super::{AllowedHost, Egress, Notes};
use crate::har::{self, Har};

/// A recording that answers requests.
pub struct Replay {
    entries: Mutex<Vec<Recorded>>,
    complaints: Mutex<Vec<String>>,
    allowed: Vec<AllowedHost>,
}

/// An entry of the recording.
struct Recorded {
    asked: Asked,
    answer: Answer,
    used: bool,
}

/// What an entry answers with.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// Why the connection failed: before any answer if the status is none, else after the body.
    broken: Option<String>,
    answered: bool,
}

impl Answer {
    /// Whether nobody answered until the component gave up.
    fn is_awaited_in_vain(&self) -> bool {
        let stalled = |words| matches!(failure(words), Failure::Stalled);
        !self.answered && self.broken.as_deref().is_some_and(stalled)
    }
}

impl Replay {
    /// A replay of `recording`, with every entry unused.
    #[must_use]
    pub fn new(recording: &Har) -> Self {
        let entries = recording.log.entries.iter().map(|entry| {
            // Checked when the recording was read.
            let body = har::response_body(&entry.response).unwrap_or_default();
            let status = StatusCode::from_u16(entry.response.status);
            Recorded {
                asked: Asked::recorded(&entry.request),
                answer: Answer {
                    headers: har::response_headers(&entry.response, &body),
                    body,
                    broken: entry.response.error.clone(),
                    answered: status.is_ok(),
                    status: status.unwrap_or_default(),
                },
                used: false,
            }
        });
        Self {
            entries: Mutex::new(entries.collect()),
            complaints: Mutex::default(),
            allowed: Vec::new(),
        }
    }

    /// The same, and requests may go to these hosts besides the connection's own server, as they might in the recording.
    #[must_use]
    pub fn allowing(self, allowed: Vec<AllowedHost>) -> Self {
        Self { allowed, ..self }
    }

    /// A sentence for each request that no entry answered.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.complaints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The requests of the entries that nobody asked for, and how many entries there are.
    #[must_use]
    pub fn unused(&self) -> (Vec<String>, usize) {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = entries.iter().enumerate().filter(|(_, entry)| !entry.used);
        (
            unused
                .map(|(index, entry)| format!("entry {}: {}", index + 1, entry.asked))
                .collect(),
            entries.len(),
        )
    }

    /// The answer to a request, which is then used up; or a complaint.
    fn answer(&self, asked: &Asked) -> Result<Answer, String> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries
            .iter_mut()
            .find(|entry| !entry.used && entry.asked == *asked)
        {
            entry.used = true;
            return Ok(entry.answer.clone());
        }
        let twin = entries.iter().position(|entry| entry.asked == *asked);
        let unused = entries.iter().enumerate().filter(|(_, entry)| !entry.used);
        let nearest = unused.min_by_key(|(_, entry)| entry.asked.distance(asked));
        let why = match (twin, nearest) {
            (Some(index), _) => format!(
                "entry {} has that request, but every entry answers once and it has",
                index + 1
            ),
            (None, Some((index, entry))) => {
                format!(
                    "the nearest unused one is entry {} ({}): {}",
                    index + 1,
                    entry.asked,
                    entry.asked.differences(asked)
                )
            }
            (None, None) if entries.is_empty() => "the recording has no entries".to_owned(),
            (None, None) => "all of its entries have been used".to_owned(),
        };
        Err(format!("no entry of the recording answers {asked}; {why}"))
    }
}

impl Egress for Replay {
    fn send(
        &self,
        request: Request<Bytes>,
        _: RequestOptions,
        _: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        let answer = self.answer(&Asked::live(&request)).map_err(|complaint| {
            self.complaints
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(complaint);
            Error::HttpRequestDenied
        });
        Box::pin(async move {
            let answer = answer?;
            if answer.is_awaited_in_vain() {
                return std::future::pending().await;
            }
            respond(answer)
        })
    }

    fn allowed(&self) -> &[AllowedHost] {
        &self.allowed
    }
}

fn respond(answer: Answer) -> Result<Response<WasiBody>, Error> {
    let broken = answer
        .broken
        .as_deref()
        .filter(|broken| !broken.is_empty())
        .map(failure);
    if !answer.answered {
        return Err(match broken {
            Some(Failure::Broken(error)) => error,
            Some(Failure::Stalled) | None => Error::ConnectionTerminated,
        });
    }
    let first = Ok(Frame::data(answer.body.clone()));
    let body: WasiBody = match broken {
        None => Full::new(answer.body)
            .map_err(|never| match never {})
            .boxed_unsync(),
        // The reason why a body fails does not reach the component (see `live`), but its own clock does.
        Some(Failure::Stalled | Failure::Broken(Error::ConnectionReadTimeout)) => {
            let frames = stream::iter([first]).chain(stream::pending());
            BodyExt::boxed_unsync(StreamBody::new(frames))
        }
        Some(Failure::Broken(error)) => {
            BodyExt::boxed_unsync(StreamBody::new(stream::iter([first, Err(error)])))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use bytes::Bytes;
    use http::Request;
    use serde_json::{Value, json};

    use super::super::asked::Asked;
    use super::Replay;

    fn entry(method: &str, url: &str, body: Option<&str>, status: u16) -> Value {
        json!({"request": {"method": method, "url": url, "postData": body.map(|text| json!({"text": text}))}, "response": {"status": status}})
    }

    fn replay(entries: Vec<Value>) -> Replay {
        let bytes = serde_json::to_vec(&json!({"log": {"entries": entries}})).unwrap();
        Replay::new(&crate::har::parse(&bytes, "this").unwrap())
    }

    fn ask(replay: &Replay, method: &str, uri: &str, body: &'static str) -> Result<u16, String> {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap();
        replay
            .answer(&Asked::live(&request))
            .map(|answer| answer.status.as_u16())
    }

    #[test]
    fn the_order_of_the_query_the_host_and_the_spelling_do_not_matter() {
        let replay = replay(vec![entry(
            "GET",
            "https://a.example/v1/x?group%5B%5D=1&b=two+words",
            None,
            200,
        )]);
        assert_eq!(
            ask(
                &replay,
                "GET",
                "https://b.example/v1/x?b=two%20words&group[]=1",
                ""
            ),
            Ok(200)
        );
    }

    #[test]
    fn bodies_are_compared_as_json_where_both_are() {
        let replay = replay(vec![
            entry(
                "POST",
                "https://a.example/x",
                Some("{\"a\": 1, \"b\": 2}"),
                201,
            ),
            entry("POST", "https://a.example/x", Some("a=1"), 202),
        ]);
        assert_eq!(
            ask(&replay, "POST", "https://a.example/x", "{\"b\":2,\"a\":1}"),
            Ok(201)
        );
        assert_eq!(ask(&replay, "POST", "https://a.example/x", "a=1"), Ok(202));
    }

    #[test]
    fn equal_requests_are_answered_in_the_order_of_the_file() {
        let replay = replay(vec![
            entry("GET", "https://a.example/x", None, 429),
            entry("GET", "https://a.example/x", None, 200),
        ]);
        assert_eq!(ask(&replay, "GET", "https://a.example/x", ""), Ok(429));
        assert_eq!(ask(&replay, "GET", "https://a.example/x", ""), Ok(200));
        assert_eq!(
            ask(&replay, "GET", "https://a.example/x", "").unwrap_err(),
            "no entry of the recording answers GET /x; entry 1 has that request, but every entry answers once and it has"
        );
    }

    #[test]
    fn a_request_without_an_entry_is_told_the_nearest_and_how_it_differs() {
        let replay = replay(vec![
            entry("GET", "https://a.example/v1/groups", None, 200),
            entry(
                "GET",
                "https://a.example/v1/computers?limit=500&offset=0",
                None,
                200,
            ),
        ]);
        assert_eq!(
            ask(
                &replay,
                "GET",
                "https://a.example/v1/computers?limit=5&hostname=x",
                ""
            )
            .unwrap_err(),
            "no entry of the recording answers GET /v1/computers?hostname=x&limit=5; the nearest unused one is entry 2 (GET /v1/computers?limit=500&offset=0): \
             `hostname=x` is not in its query, its query has `limit=500` where this has `limit=5`, its query has `offset=0` besides"
        );
    }

    #[test]
    fn entries_that_nobody_asked_for_are_listed() {
        let replay = replay(vec![
            entry("GET", "https://a.example/x", None, 200),
            entry("PUT", "https://a.example/y", Some("{}"), 200),
        ]);
        assert_eq!(ask(&replay, "GET", "https://a.example/x", ""), Ok(200));
        assert_eq!(
            replay.unused(),
            (vec!["entry 2: PUT /y with the body {}".to_owned()], 2)
        );
    }
}
