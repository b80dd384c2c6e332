//! The attempts of one request: how many there were, and how long the server stayed silent.

use std::time::Duration;

use super::error::{AmpError, Cause};
use crate::http::{HttpError, Wait};

/// The attempts of one request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempts {
    /// How often the request was sent.
    pub count: u32,
    /// When the first one was sent.
    began: Option<Duration>,
    times: AttemptTimes,
}

/// How long attempts took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptTimes {
    /// Time of the last attempt.
    pub last: Duration,
    /// Time from the first attempt to the end of the last one.
    pub total: Duration,
    /// Attempts that reached the server and got no response.
    pub silent: u32,
    /// The longest wait for a response among those.
    pub longest_silence: Duration,
}

impl Attempts {
    /// Counts an attempt that is sent at `now`.
    pub fn begin(&mut self, now: Duration) {
        self.count = self.count.saturating_add(1);
        self.began.get_or_insert(now);
    }

    /// Adds what is known of all attempts to the error of the one that began at `began` and failed at `now`.
    pub fn failed(&mut self, error: AmpError, began: Duration, now: Duration) -> AmpError {
        let times = &mut self.times;
        times.last = now.saturating_sub(began);
        times.total = now.saturating_sub(self.began.unwrap_or(began));
        if is_silent(&error) {
            times.silent = times.silent.saturating_add(1);
            times.longest_silence = times.longest_silence.max(times.last);
        }
        AmpError {
            attempts: self.count,
            times: Box::new(self.times),
            ..error
        }
    }
}

/// Whether the server accepted the connection and did not respond. A connection that is not accepted ends at its own limit, which
/// is shorter than the time of the whole call. Hosts differ in the limit that they name, so what counts is that there is no status.
fn is_silent(error: &AmpError) -> bool {
    let limits = [Wait::FirstByte, Wait::NextBytes, Wait::WholeUnanswered];
    error.status.is_none()
        && limits
            .into_iter()
            .any(|wait| error.cause == Cause::Http(HttpError::Timeout(wait)))
}
