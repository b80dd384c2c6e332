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
    Fields, IncomingBody, Method as WasiMethod, OutgoingBody, OutgoingRequest, RequestOptions,
    Scheme,
};
use wasi::io::poll::{Pollable, poll};
use wasi::io::streams::StreamError;

use super::body::Body;
use super::error_code::{classify, invalid};
use super::{Http, HttpError, Limits, Method, Request, RequestPart, Response, Wait};
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
        let body = outgoing.body().map_err(|()| invalid(RequestPart::Body))?;
        // Once it is handed over, dropping the future cancels the request: a time limit needs no more than a drop.
        let answer = outgoing_handler::handle(outgoing, Some(request_options(limits)))
            .map_err(|code| classify(&code))?;
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
            Some(Ok(Err(code))) => return Err(classify(&code)),
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
        let mut gathered = Body::new(
            super::header(&headers, "content-encoding"),
            limits.max_body_bytes,
        );
        let incoming = response
            .consume()
            .map_err(|()| HttpError::Broken("the host gave no body".to_owned()))?;
        let status = response.status();
        let read = self.read_body(&incoming, &mut gathered, limits.first_byte);
        let (body, body_error) = match read.await {
            Ok(()) => match gathered.finish() {
                Ok(body) => (body, None),
                Err(error) => (Vec::new(), Some(error)),
            },
            // The beginning of a list that is too large names its first item.
            Err(error @ HttpError::TooLarge(_)) => (gathered.into_beginning(), Some(error)),
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
            let stream = body.write().map_err(|()| invalid(RequestPart::Body))?;
            let mut rest = bytes;
            while !rest.is_empty() {
                self.ready(stream.subscribe()).await;
                let room = usize::try_from(stream.check_write().map_err(|_| broken_off())?)
                    .unwrap_or(usize::MAX);
                let (piece, after) = rest.split_at(room.min(rest.len()));
                stream.write(piece).map_err(|_| broken_off())?;
                rest = after;
            }
            stream.flush().map_err(|_| broken_off())?;
            self.ready(stream.subscribe()).await;
            stream.check_write().map_err(|_| broken_off())?;
        }
        OutgoingBody::finish(body, None).map_err(|code| classify(&code))
    }

    async fn read_body(
        &self,
        incoming: &IncomingBody,
        gathered: &mut Body,
        between: Duration,
    ) -> Result<(), HttpError> {
        let stream = incoming
            .stream()
            .map_err(|()| HttpError::Broken("the host gave no body".to_owned()))?;
        loop {
            let since = self.elapsed();
            match race(self.ready(stream.subscribe()), self.pause(between)).await {
                First::Left(()) => {}
                First::Right(()) => return Err(HttpError::Timeout(Wait::NextBytes)),
            }
            match stream.read(READ_BYTES) {
                Ok(piece) => gathered.push(&piece)?,
                Err(StreamError::Closed) => return Ok(()),
                // The host keeps the same limit and may be first to end a stalled body.
                Err(_) if self.elapsed().saturating_sub(since) >= between => {
                    return Err(HttpError::Timeout(Wait::NextBytes));
                }
                Err(StreamError::LastOperationFailed(_)) => return Err(broken_off()),
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
    let headers = Fields::from_list(&headers).map_err(|_| invalid(RequestPart::Headers))?;
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
        .map_err(|()| invalid(RequestPart::Address))?;
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

/// The end of a body before its time. The stream's error is not read: asking a host for its code
/// (`http-error-code`) fails in some of them, and after some hundred times ends the instance.
fn broken_off() -> HttpError {
    HttpError::Broken("the body broke off".to_owned())
}
