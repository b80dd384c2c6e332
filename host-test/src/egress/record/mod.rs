//! Writes down every request and its answer on their way, and makes a recording (HAR) of them that tells no secret and
//! replays as it is.
//!
//! [`Recorder`] stands before whoever answers and changes nothing. What it saw is cleaned only at the end, since a secret
//! may be known only after it went over the wire. The rooms: [`tap`] sees an answer's body pass, [`cleaner`] knows what
//! must not be told ([`secrets`]; [`names`] and their [`stand_ins`]), [`json`] and [`url`] find the texts in a body and an address, [`gzip`] opens compressed bodies,
//! [`entries`] writes it all down.

mod cleaner;
mod entries;
mod gzip;
mod json;
mod names;
mod network_names;
mod secrets;
mod stand_ins;
mod tap;
mod url;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value};
use tokio::time::{Duration, Instant};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::failure_names;
use super::{AllowedHost, Egress, Notes};
use tap::Tap;

/// Hands requests on, and remembers them with their answers.
pub struct Recorder {
    to: Arc<dyn Egress>,
    seen: Seen,
}

/// What a recorder saw, in the order in which the requests were made.
type Seen = Arc<Mutex<Vec<Exchange>>>;

/// A request and what came of it.
struct Exchange {
    started: SystemTime,
    began: Instant,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    answer: Option<Answer>,
    end: End,
    took: Duration,
}

/// An answer, as far as it came to the component.
struct Answer {
    status: StatusCode,
    version: Version,
    headers: HeaderMap,
    body: Vec<u8>,
    waited: Duration,
}

/// How an exchange ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// It did not: the component stopped waiting.
    Open,
    /// With the last byte.
    Whole,
    /// With the failure of this name.
    Failed(&'static str),
}

/// The call that a recording belongs to, with all its secrets.
pub struct Recording<'a> {
    /// Name of the command.
    pub command: &'a str,
    /// Its input.
    pub input: &'a Map<String, Value>,
    /// Its settings, with the credential.
    pub settings: &'a Map<String, Value>,
    /// What the wall clock showed when it began.
    pub now: SystemTime,
    /// Whether names of hosts and users and addresses are replaced too.
    pub redact: bool,
}

impl Recorder {
    /// A recorder before `to`.
    #[must_use]
    pub fn new(to: Arc<dyn Egress>) -> Self {
        Self {
            to,
            seen: Seen::default(),
        }
    }

    /// The text of a HAR file with everything that was seen so far.
    #[must_use]
    pub fn har(&self, recording: &Recording<'_>) -> String {
        entries::har(&lock(&self.seen), recording)
    }
}

impl Egress for Recorder {
    fn send(
        &self,
        request: Request<Bytes>,
        limits: RequestOptions,
        notes: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        let seen = Arc::clone(&self.seen);
        let place = {
            let mut seen = lock(&seen);
            seen.push(Exchange {
                started: SystemTime::now(),
                began: Instant::now(),
                method: request.method().clone(),
                uri: request.uri().clone(),
                headers: request.headers().clone(),
                body: request.body().clone(),
                answer: None,
                end: End::Open,
                took: Duration::ZERO,
            });
            seen.len().saturating_sub(1)
        };
        let answer = self.to.send(request, limits, notes);
        Box::pin(async move {
            let answer = answer.await;
            let whole = answer
                .as_ref()
                .is_ok_and(|response| http_body::Body::is_end_stream(response.body()));
            if let Some(exchange) = lock(&seen).get_mut(place) {
                exchange.took = exchange.began.elapsed();
                match &answer {
                    Ok(response) => {
                        exchange.answer = Some(Answer {
                            status: response.status(),
                            version: response.version(),
                            headers: response.headers().clone(),
                            body: Vec::new(),
                            waited: exchange.took,
                        });
                        if whole {
                            exchange.end = End::Whole;
                        }
                    }
                    Err(error) => exchange.end = End::Failed(failure_names::name(error)),
                }
            }
            Ok(answer?.map(|body| Tap::new(body, seen, place).boxed_unsync()))
        })
    }

    fn allowed(&self) -> &[AllowedHost] {
        self.to.allowed()
    }
}

fn lock(seen: &Mutex<Vec<Exchange>>) -> std::sync::MutexGuard<'_, Vec<Exchange>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
