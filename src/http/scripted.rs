//! A world for tests: answers come from a script, time is virtual and passes only while everything waits.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{Http, HttpError, Limits, Method, Request, Response, Wait};
use crate::concurrency::Pending;

/// How the script answers a request.
pub struct Reply {
    after: Duration,
    answer: Result<Response, HttpError>,
}

impl Reply {
    /// An answer with a status code and a body.
    pub fn new(status: u16, body: &str) -> Self {
        let response = Response {
            status,
            body: body.as_bytes().to_vec(),
            ..Response::default()
        };
        Self {
            after: Duration::ZERO,
            answer: Ok(response),
        }
    }

    /// No answer, for a reason.
    pub fn error(error: HttpError) -> Self {
        Self {
            after: Duration::ZERO,
            answer: Err(error),
        }
    }

    /// The same with a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(response) = &mut self.answer {
            response.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same after a while.
    pub fn after(mut self, delay: Duration) -> Self {
        self.after = delay;
        self
    }
}

/// A request as a test compares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// `GET /v1/computers?limit=5`.
    pub line: String,
    /// The body as text.
    pub body: String,
    /// When it was sent.
    pub at: Duration,
}

type Script = Box<dyn FnMut(&Sent) -> Reply>;

/// The scripted world.
pub struct Scripted {
    script: RefCell<Script>,
    sent: RefCell<Vec<Sent>>,
    clock: Cell<Duration>,
    alarms: RefCell<Vec<Duration>>,
    in_flight: Cell<usize>,
    most_in_flight: Cell<usize>,
    began: i64,
}

impl Scripted {
    /// A world in which `script` answers each request.
    pub fn new(script: impl FnMut(&Sent) -> Reply + 'static) -> Self {
        Self {
            script: RefCell::new(Box::new(script)),
            sent: RefCell::default(),
            clock: Cell::default(),
            alarms: RefCell::default(),
            in_flight: Cell::default(),
            most_in_flight: Cell::default(),
            began: 1_777_629_600,
        }
    }

    /// The same with another time on the wall, in seconds since 1970.
    pub fn at(self, began: i64) -> Self {
        Self { began, ..self }
    }

    /// A world in which the replies come in order; a request too many is an error.
    pub fn replies(replies: impl IntoIterator<Item = Reply> + 'static) -> Self {
        let mut replies = replies.into_iter().collect::<Vec<_>>().into_iter();
        Self::new(move |sent| {
            replies
                .next()
                .unwrap_or_else(|| panic!("nobody expected {}", sent.line))
        })
    }

    /// A world in which no request may be sent.
    pub fn silent() -> Self {
        Self::replies([])
    }

    /// The requests sent so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    /// The first lines of the requests sent so far.
    pub fn lines(&self) -> Vec<String> {
        self.sent().into_iter().map(|sent| sent.line).collect()
    }

    /// The most requests that were under way at once.
    pub fn most_in_flight(&self) -> usize {
        self.most_in_flight.get()
    }

    /// Runs a future to its end; the clock jumps to the next alarm whenever it waits.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
            let alarms = std::mem::take(&mut *self.alarms.borrow_mut());
            match alarms.into_iter().min() {
                Some(next) => self.clock.set(next.max(self.clock.get())),
                None => panic!("waits for nothing"),
            }
        }
    }

    async fn until(&self, due: Duration) {
        poll_fn(|_| {
            if self.clock.get() >= due {
                return Poll::Ready(());
            }
            self.alarms.borrow_mut().push(due);
            Poll::Pending
        })
        .await;
    }
}

impl Http for Scripted {
    fn send<'a>(
        &'a self,
        request: Request,
        limits: Limits,
    ) -> Pending<'a, Result<Response, HttpError>> {
        Box::pin(async move {
            let sent = Sent {
                line: format!("{} {}", request.method, request.path_and_query),
                body: String::from_utf8_lossy(&request.body).into_owned(),
                at: self.clock.get(),
            };
            assert!(
                request.method != Method::Get || sent.body.is_empty(),
                "a GET with a body"
            );
            self.sent.borrow_mut().push(sent.clone());
            let reply = (self.script.borrow_mut())(&sent);
            self.in_flight.set(self.in_flight.get() + 1);
            self.most_in_flight
                .set(self.most_in_flight.get().max(self.in_flight.get()));
            let (wait, timeout) = [
                (limits.first_byte, Wait::FirstByte),
                (limits.whole, Wait::Whole),
            ]
            .into_iter()
            .min_by_key(|(wait, _)| *wait)
            .unwrap();
            self.until(sent.at + reply.after.min(wait)).await;
            self.in_flight.set(self.in_flight.get() - 1);
            if reply.after > wait {
                return Err(HttpError::Timeout(timeout));
            }
            match reply.answer {
                Ok(mut response) if response.body.len() > limits.max_body_bytes => {
                    response.body.truncate(limits.max_body_bytes);
                    response.body_error = Some(HttpError::TooLarge(limits.max_body_bytes));
                    Ok(response)
                }
                answer => answer,
            }
        })
    }

    fn sleep<'a>(&'a self, duration: Duration) -> Pending<'a, ()> {
        let due = self.clock.get() + duration;
        Box::pin(self.until(due))
    }

    fn elapsed(&self) -> Duration {
        self.clock.get()
    }

    /// The virtual wall clock starts at 2026-05-01T10:00:00Z, unless told otherwise.
    fn unix_seconds(&self) -> i64 {
        self.began + i64::try_from(self.clock.get().as_secs()).unwrap()
    }

    fn random(&self) -> u64 {
        u64::MAX / 2
    }
}
