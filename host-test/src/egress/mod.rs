//! Every request that leaves the component: first the policy, then whoever answers, the network or a recording.
//!
//! Knows HTTP and the types of `wasi:http`; nothing of Cisco, and no secret beyond the headers that pass through.

mod allowed_hosts;
mod asked;
mod certificate_rejection;
mod connector;
mod failure_names;
mod forbidden_addresses;
mod host_causes;
mod link;
mod live;
mod live_errors;
mod policy;
mod proxies;
mod record;
mod replay;
mod resolver;
mod simulated;
mod time_limits;
mod trust;
mod tunnel;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Limited};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

pub use allowed_hosts::{AllowedHost, NoSuchForm};
pub use live::{Live, LiveError};
pub use policy::{Policy, is_loopback};
pub use record::{Recorder, Recording};
pub use replay::Replay;
pub use resolver::Lookup;
pub use simulated::Simulated;
use time_limits::TimeLimits;
pub use time_limits::{LONGEST_BETWEEN_BYTES, LONGEST_CONNECT, LONGEST_FIRST_BYTE};

/// Largest body of a request that is sent on, in bytes. The largest that the plugin makes are a few kilobytes.
const LARGEST_REQUEST: usize = 16 * 1024 * 1024;
/// Most notes of one call that are kept: more than anybody reads.
const MOST_NOTES: usize = 50;

/// Who answers the requests that the policy lets through.
pub trait Egress: Send + Sync {
    /// Answers one request. `limits` are the component's own time limits, none of them left out nor above the host's
    /// maximum; `notes` takes, for a person, why it failed.
    fn send(
        &self,
        request: Request<Bytes>,
        limits: RequestOptions,
        notes: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>>;

    /// Which hosts its operator lets requests go to besides the connection's own server. None, unless said otherwise.
    fn allowed(&self) -> &[AllowedHost] {
        &[]
    }
}

/// Answers nothing: for calls that need no network.
pub struct Nowhere;

impl Egress for Nowhere {
    fn send(
        &self,
        _: Request<Bytes>,
        _: RequestOptions,
        _: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        Box::pin(std::future::ready(Err(Error::HttpRequestDenied)))
    }
}

/// What the host has to say about the requests of one call: a sentence for each that it refused or that failed on the way,
/// and whether any of them could change something.
#[derive(Debug, Default)]
pub struct Notes {
    written: Mutex<Written>,
    change_sent: AtomicBool,
}

#[derive(Debug, Default)]
struct Written {
    sentences: Vec<String>,
    /// How many more there would have been.
    more: usize,
}

impl Notes {
    /// Writes a sentence down, once. Beyond the fiftieth they are only counted.
    pub fn add(&self, sentence: String) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.sentences.contains(&sentence) {
            return;
        }
        if written.sentences.len() < MOST_NOTES {
            written.sentences.push(sentence);
        } else {
            written.more = written.more.saturating_add(1);
        }
    }

    /// Everything written down since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        let written =
            std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner));
        let mut sentences = written.sentences;
        if written.more > 0 {
            sentences.push(format!("{} more", written.more));
        }
        sentences
    }

    /// Whether a request was let through that can change something: any but GET and HEAD.
    #[must_use]
    pub fn change_sent(&self) -> bool {
        self.change_sent.load(Ordering::Relaxed)
    }
}

/// The one door out of a store: asks the policy, then hands the request on.
pub struct Gate {
    policy: Policy,
    egress: Arc<dyn Egress>,
    notes: Arc<Notes>,
}

impl Gate {
    /// A door that lets through what `policy` allows, and what the operator of `egress` allows besides.
    #[must_use]
    pub fn new(policy: Policy, egress: Arc<dyn Egress>, notes: Arc<Notes>) -> Self {
        Self {
            policy: policy.allowing(egress.allowed()),
            egress,
            notes,
        }
    }
}

/// What `wasi:http` calls an answer on its way: the response, and the work that keeps its connection going.
type Answering = Box<
    dyn Future<
            Output = Result<
                (
                    Response<WasiBody>,
                    Box<dyn Future<Output = Result<(), Error>> + Send>,
                ),
                Error,
            >,
        > + Send,
>;

impl WasiHttpHooks for Gate {
    /// The host header is made from the address of the request, by whoever sends it.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Answering {
        if let Err(rule) = self.policy.check(request.uri()) {
            self.notes.add(rule);
            return Box::new(std::future::ready(Err(Error::HttpRequestDenied)));
        }
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            self.notes.change_sent.store(true, Ordering::Relaxed);
        }
        let (egress, notes) = (Arc::clone(&self.egress), Arc::clone(&self.notes));
        Box::new(async move {
            let (mut parts, body) = request.into_parts();
            // Neither a debug text nor HTTP/2's table of headers is to hold the credential.
            if let Some(credential) = parts.headers.get_mut(http::header::AUTHORIZATION) {
                credential.set_sensitive(true);
            }
            let body = whole(body).await?;
            let response = egress
                .send(
                    Request::from_parts(parts, body),
                    TimeLimits::within(options.unwrap_or_default()).into(),
                    notes,
                )
                .await?;
            let nothing_more: Box<dyn Future<Output = Result<(), Error>> + Send> =
                Box::new(std::future::ready(Ok(())));
            Ok((response, nothing_more))
        })
    }
}

/// The whole body of a request. A body of known size can be sent anew when a kept connection turns out to be dead.
async fn whole(body: WasiBody) -> Result<Bytes, Error> {
    match Limited::new(body, LARGEST_REQUEST).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => Err(match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(_) => Error::HttpRequestBodySize(u64::try_from(LARGEST_REQUEST).ok()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::Notes;

    #[test]
    fn notes_are_told_once_and_counted_beyond_the_fiftieth() {
        let notes = Notes::default();
        for number in 0..53 {
            notes.add(format!("note {number}"));
            notes.add("note 0".to_owned());
        }
        let told = notes.take();
        assert_eq!(told.len(), 51);
        assert_eq!(told.last().map(String::as_str), Some("3 more"));
        assert!(notes.take().is_empty());
    }
}
