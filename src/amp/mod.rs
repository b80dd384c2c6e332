//! The client of the AMP v1 API: request values, the envelope, pages, quota, retry, and the objects that come back.
//!
//! Everything goes through [`Amp::send`]: it repeats what may be repeated, waits for the quota, keeps within the time and size of a whole
//! command, and hands out only answers whose envelope was checked. Section numbers here and in the rooms below refer to the
//! reference of the v1 API that the README names.

use std::cell::Cell;
use std::time::Duration;

pub mod computer;
pub mod envelope;
pub mod error;
pub mod event;
pub mod file_list;
pub mod group;
pub mod ids;
pub mod isolation;
pub mod json;
pub mod lenient;
pub mod pages;
pub mod policy;
pub mod quota;
pub mod request;
mod retry;
pub mod settle;
pub mod timestamp;

use crate::connection::Connection;
use crate::http::{Http, Limits, Response};
use envelope::Answer;
use error::{AmpError, Cause};
use quota::Quota;
use request::Request;

/// A conversation with AMP for the length of one command.
pub struct Amp<'a> {
    http: &'a dyn Http,
    connection: &'a Connection,
    /// When the command must be done, on the clock of [`Http::elapsed`].
    deadline: Duration,
    /// What the latest answer said of the request budget.
    quota: Cell<Option<Quota>>,
    /// No request goes out before this moment: a 429, or a budget of zero, holds back all that run side by side.
    hold_until: Cell<Duration>,
    /// Bytes of all answers so far.
    gathered: Cell<usize>,
}

impl<'a> Amp<'a> {
    /// Begins a command: its time starts now.
    pub fn new(http: &'a dyn Http, connection: &'a Connection) -> Self {
        Self {
            http,
            connection,
            deadline: http.elapsed().saturating_add(connection.call_timeout),
            quota: Cell::default(),
            hold_until: Cell::default(),
            gathered: Cell::default(),
        }
    }

    /// What AMP last said of the request budget.
    pub fn quota(&self) -> Option<Quota> {
        self.quota.get()
    }

    /// How many requests may be under way at once: as many as the setting allows, but no more than the budget has left.
    pub fn in_flight(&self) -> usize {
        let left = self.quota.get().map_or(usize::MAX, |quota| {
            usize::try_from(quota.remaining).unwrap_or(usize::MAX)
        });
        self.connection.max_in_flight.min(left).max(1)
    }

    /// The connection that it speaks over.
    pub fn connection(&self) -> &Connection {
        self.connection
    }

    /// Items to ask for in one page.
    pub fn page_size(&self) -> u32 {
        self.connection.page_size
    }

    /// Seconds since 1970 by the wall clock.
    pub fn unix_seconds(&self) -> i64 {
        self.http.unix_seconds()
    }

    /// Sends a request until it is answered, its attempts are used up, or the time would not suffice.
    ///
    /// A write is repeated only where it is certain that nothing came of it: no connection was made, or AMP answered 429. If its answer was
    /// lost, the error says so ([`AmpError::lost`]); see [`settle`] for what to do then.
    ///
    /// # Errors
    ///
    /// Every answer that is no success, and the lack of one.
    pub async fn send(&self, request: &Request) -> Result<Answer, AmpError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.wait_for_quota()
                .await
                .map_err(|error| error.of(request))?;
            let error = match self.attempt(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => AmpError {
                    attempts: attempt,
                    ..error
                },
            };
            if attempt >= self.connection.max_attempts || !error.may_be_repeated(request) {
                return Err(error);
            }
            let wait = retry::wait(attempt, &error, self.http.random());
            if !self.fits(wait) {
                return Err(error);
            }
            if matches!(error.cause, Cause::RateLimited { .. }) {
                self.hold(wait);
            } else {
                self.http.sleep(wait).await;
            }
        }
    }

    /// Waits as long as before attempt number `attempt` + 1 of a request that failed without a word on when to come back.
    pub async fn back_off(&self, attempt: u32) {
        self.http
            .sleep(retry::backoff(attempt, self.http.random()))
            .await;
    }

    /// Attempts for one request, as the settings have it.
    pub fn max_attempts(&self) -> u32 {
        self.connection.max_attempts
    }

    async fn attempt(&self, request: &Request) -> Result<Answer, AmpError> {
        let limits = Limits {
            connect: self.connection.connect_timeout,
            first_byte: self.connection.first_byte_timeout,
            whole: self.deadline.saturating_sub(self.http.elapsed()),
            max_body_bytes: self
                .connection
                .max_body_bytes
                .saturating_sub(self.gathered.get()),
        };
        let response = self
            .http
            .send(request.to_http(self.connection), limits)
            .await
            .map_err(|error| AmpError::from_http(error, request))?;
        self.note_quota(&response);
        let answer = envelope::check(response, request, self.http.unix_seconds())?;
        self.gathered
            .set(self.gathered.get().saturating_add(answer.text.len()));
        Ok(answer)
    }

    /// Keeps what the headers say of the budget; a budget of zero holds the next requests back until it is whole again.
    fn note_quota(&self, response: &Response) {
        // A wrong credential is counted apart (section 2.4), so what its answer says is not this organisation's.
        let Some(quota) = Quota::from_headers(&response.headers).filter(|_| response.status != 401)
        else {
            return;
        };
        self.quota.set(Some(quota));
        if let (0, Some(seconds)) = (quota.remaining, quota.reset_seconds) {
            self.hold(retry::until_reset(seconds));
        }
    }

    fn hold(&self, wait: Duration) {
        self.hold_until.set(
            self.hold_until
                .get()
                .max(self.http.elapsed().saturating_add(wait)),
        );
    }

    /// Waits out what holds requests back, or fails at once if the command's time would not suffice.
    async fn wait_for_quota(&self) -> Result<(), AmpError> {
        loop {
            let wait = self.hold_until.get().saturating_sub(self.http.elapsed());
            if wait.is_zero() {
                return Ok(());
            }
            if !self.fits(wait) {
                return Err(AmpError::new(Cause::RateLimited { wait: Some(wait) }));
            }
            self.http.sleep(wait).await;
        }
    }

    /// Whether a wait leaves time within the command.
    fn fits(&self, wait: Duration) -> bool {
        self.http.elapsed().saturating_add(wait) < self.deadline
    }
}

#[cfg(test)]
mod tests;
