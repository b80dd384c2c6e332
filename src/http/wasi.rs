//! The one place that touches WASI: requests over `wasi:http`, waiting over a poll list, the clocks and chance.
//!
//! waki's client would send one request at a time and could set only the connect limit, so this goes over the plain bindings of
//! the `wasi` crate. Everything that waits owns a pollable and registers it when it is polled in vain; [`WasiWorld::block_on`]
//! then hands all of them to `wasi:io/poll` at once.
//!
//! Resources must be dropped children first (a pollable before what it watches, a stream before its body, a body before its
//! response), or the host traps. Locals are dropped in reverse order of declaration, which is just that order here; the
//! registry holds its pollables weakly, so that it keeps none alive.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::http::outgoing_handler;
use wasi::http::types::{
    ErrorCode, Fields, IncomingBody, Method as WasiMethod, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme, http_error_code,
};
use wasi::io::poll::{Pollable, poll};
use wasi::io::streams::StreamError;

use super::body::Body;
use super::host_causes::HostCause;
use super::{Http, HttpError, Limits, Method, Request, Response, Wait};
use crate::concurrency::{First, Pending, race};

/// The most that one read may return; wasmtime gives no more at once.
const READ_BYTES: u64 = 64 * 1024;

/// A pause for the case that nothing waits, which no future here leads to.
const IDLE_NANOSECONDS: u64 = 1_000_000;

/// The world as WASI gives it.
#[derive(Default)]
pub struct WasiWorld {
    waiting: RefCell<Vec<Weak<Pollable>>>,
}

impl WasiWorld {
    /// Runs a future to its end.
    pub fn block_on<T>(&self, mut future: Pending<'_, T>) -> T {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
            let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
            let waiting: Vec<Rc<Pollable>> = waiting.iter().filter_map(Weak::upgrade).collect();
            // An empty list would trap, and not to wait at all would burn the processor.
            if waiting.is_empty() {
                monotonic_clock::subscribe_duration(IDLE_NANOSECONDS).block();
            } else {
                poll(&waiting.iter().map(Rc::as_ref).collect::<Vec<_>>());
            }
        }
    }

    /// Waits until a pollable is ready.
    async fn ready(&self, pollable: Pollable) {
        let pollable = Rc::new(pollable);
        poll_fn(|_| {
            if pollable.ready() {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(Rc::downgrade(&pollable));
            Poll::Pending
        })
        .await;
    }

    async fn pause(&self, duration: Duration) {
        self.ready(monotonic_clock::subscribe_duration(nanoseconds(duration)))
            .await;
    }

    /// Sends a request and reads the whole response. Sets `responded` when the response begins.
    async fn exchange(
        &self,
        request: Request,
        limits: Limits,
        responded: &Cell<bool>,
    ) -> Result<Response, HttpError> {
        let outgoing = outgoing_request(&request)?;
        let body = outgoing.body().map_err(|()| refused("body"))?;
        // Once it is handed over, dropping the future cancels the request: a time limit needs no more than a drop.
        let answer = outgoing_handler::handle(outgoing, Some(request_options(limits)))
            .map_err(|code| from_code(&code))?;
        // If the body cannot be handed over, the answer tells why; so its error comes second.
        let written = self.write_body(body, &request.body).await;

        // The host keeps the connect and first-byte limits; this one holds even where a host does not.
        match race(
            self.ready(answer.subscribe()),
            self.pause(limits.connect.saturating_add(limits.first_byte)),
        )
        .await
        {
            First::Left(()) => {}
            First::Right(()) => return Err(HttpError::Timeout(Wait::FirstByte)),
        }
        let response = match answer.get() {
            Some(Ok(Ok(response))) => {
                responded.set(true);
                response
            }
            Some(Ok(Err(code))) => return Err(from_code(&code)),
            Some(Err(())) | None => {
                written?;
                return Err(HttpError::Broken("the host gave no answer".to_owned()));
            }
        };
        let headers: Vec<(String, String)> = response
            .headers()
            .entries()
            .into_iter()
            .map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()))
            .collect();
        let gathered = Body::new(
            super::header(&headers, "content-encoding"),
            limits.max_body_bytes,
        );
        let incoming = response
            .consume()
            .map_err(|()| HttpError::Broken("the host gave no body".to_owned()))?;
        let status = response.status();
        let (body, body_error) = match self.read_body(&incoming, gathered, limits.first_byte).await
        {
            Ok(body) => (body, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Ok(Response {
            status,
            headers,
            body,
            body_error,
        })
    }

    async fn write_body(&self, body: OutgoingBody, bytes: &[u8]) -> Result<(), HttpError> {
        if !bytes.is_empty() {
            let stream = body.write().map_err(|()| refused("body"))?;
            let mut rest = bytes;
            while !rest.is_empty() {
                self.ready(stream.subscribe()).await;
                let room =
                    usize::try_from(stream.check_write().map_err(|error| from_stream(&error))?)
                        .unwrap_or(usize::MAX);
                let (piece, after) = rest.split_at(room.min(rest.len()));
                stream.write(piece).map_err(|error| from_stream(&error))?;
                rest = after;
            }
            stream.flush().map_err(|error| from_stream(&error))?;
            self.ready(stream.subscribe()).await;
            stream.check_write().map_err(|error| from_stream(&error))?;
        }
        OutgoingBody::finish(body, None).map_err(|code| from_code(&code))
    }

    async fn read_body(
        &self,
        incoming: &IncomingBody,
        mut gathered: Body,
        between: Duration,
    ) -> Result<Vec<u8>, HttpError> {
        let stream = incoming
            .stream()
            .map_err(|()| HttpError::Broken("the host gave no body".to_owned()))?;
        loop {
            match race(self.ready(stream.subscribe()), self.pause(between)).await {
                First::Left(()) => {}
                First::Right(()) => return Err(HttpError::Timeout(Wait::NextBytes)),
            }
            match stream.read(READ_BYTES) {
                Ok(piece) => gathered.push(&piece)?,
                Err(StreamError::Closed) => return gathered.finish(),
                Err(error) => return Err(from_stream(&error)),
            }
        }
    }
}

impl Http for WasiWorld {
    fn send<'a>(
        &'a self,
        request: Request,
        limits: Limits,
    ) -> Pending<'a, Result<Response, HttpError>> {
        Box::pin(async move {
            let responded = Cell::new(false);
            let exchange = self.exchange(request, limits, &responded);
            match race(exchange, self.pause(limits.whole)).await {
                First::Left(answer) => answer,
                First::Right(()) if responded.get() => Err(HttpError::Timeout(Wait::Whole)),
                First::Right(()) => Err(HttpError::Timeout(Wait::WholeUnanswered)),
            }
        })
    }

    fn sleep<'a>(&'a self, duration: Duration) -> Pending<'a, ()> {
        Box::pin(self.pause(duration))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    fn unix_seconds(&self) -> i64 {
        i64::try_from(wall_clock::now().seconds).unwrap_or(i64::MAX)
    }

    fn random(&self) -> u64 {
        wasi::random::random::get_random_u64()
    }
}

fn outgoing_request(request: &Request) -> Result<OutgoingRequest, HttpError> {
    let headers: Vec<(String, Vec<u8>)> = request
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes()))
        .collect();
    let headers = Fields::from_list(&headers).map_err(|_| refused("headers"))?;
    let outgoing = OutgoingRequest::new(headers);
    let method = match request.method {
        Method::Get => WasiMethod::Get,
        Method::Post => WasiMethod::Post,
        Method::Put => WasiMethod::Put,
        Method::Delete => WasiMethod::Delete,
    };
    let scheme = if request.origin.tls {
        Scheme::Https
    } else {
        Scheme::Http
    };
    outgoing
        .set_method(&method)
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(&request.origin.authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&request.path_and_query)))
        .map_err(|()| refused("address"))?;
    Ok(outgoing)
}

/// The time limits for the host. One that keeps none of them is no obstacle: ours hold all the same.
fn request_options(limits: Limits) -> RequestOptions {
    let options = RequestOptions::new();
    let _ = options.set_connect_timeout(Some(nanoseconds(limits.connect)));
    let _ = options.set_first_byte_timeout(Some(nanoseconds(limits.first_byte)));
    let _ = options.set_between_bytes_timeout(Some(nanoseconds(limits.first_byte)));
    options
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The host does not take a part of the request, so it was never sent.
fn refused(part: &str) -> HttpError {
    HttpError::NotConnected(format!("the host does not take the request's {part}"))
}

fn from_stream(error: &StreamError) -> HttpError {
    match error {
        StreamError::Closed => HttpError::Broken("the connection was closed".to_owned()),
        StreamError::LastOperationFailed(error) => match http_error_code(error) {
            Some(code) => from_code(&code),
            None => HttpError::Broken("the connection broke".to_owned()),
        },
    }
}

/// WASI's error codes by what a caller can do about them.
fn from_code(code: &ErrorCode) -> HttpError {
    let not_connected = |why: &str| HttpError::NotConnected(why.to_owned());
    let broken = |how: &str| HttpError::Broken(how.to_owned());
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => HttpError::Denied,
        ErrorCode::ConnectionTimeout | ErrorCode::DnsTimeout => HttpError::Timeout(Wait::Connect),
        ErrorCode::HttpResponseTimeout | ErrorCode::ConnectionWriteTimeout => {
            HttpError::Timeout(Wait::FirstByte)
        }
        ErrorCode::ConnectionReadTimeout => HttpError::Timeout(Wait::NextBytes),
        ErrorCode::DnsError(_) => not_connected("its name has no address (DNS)"),
        ErrorCode::DestinationNotFound => not_connected("the destination was not found"),
        ErrorCode::DestinationUnavailable => not_connected("the destination is unavailable"),
        ErrorCode::DestinationIpUnroutable => not_connected("there is no route to its address"),
        ErrorCode::ConnectionRefused => not_connected("the connection was refused"),
        ErrorCode::ConnectionLimitReached => not_connected("the host has too many connections"),
        ErrorCode::TlsCertificateError => {
            let cause = HostCause::CertificateRejected;
            HttpError::HostReported(cause, cause.sentence().to_owned())
        }
        // TLS 1.3 can alert after the request was sent.
        ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => {
            broken("TLS could not be agreed on")
        }
        ErrorCode::ConnectionTerminated => broken("the connection was reset"),
        ErrorCode::HttpResponseIncomplete => broken("the answer was cut short"),
        ErrorCode::HttpProtocolError => broken("the answer is no HTTP"),
        ErrorCode::HttpResponseBodySize(_) | ErrorCode::HttpResponseHeaderSectionSize(_) => {
            HttpError::Malformed("the host found it too large".to_owned())
        }
        ErrorCode::InternalError(Some(text)) => match HostCause::parse(text) {
            Some((cause, sentence)) => HttpError::HostReported(cause, sentence),
            None => HttpError::Broken(text.chars().take(200).collect()),
        },
        _ => broken("the request failed"),
    }
}
