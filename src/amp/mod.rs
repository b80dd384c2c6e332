//! The client of the AMP v1 API: request values, the envelope, pages, quota, retry, and the objects that come back.
//!
//! Everything goes through [`Amp::send`]: it repeats what may be repeated, waits for the quota, keeps within the time and size of a whole
//! command, and hands out only answers whose envelope was checked. Section numbers here and in the rooms below refer to the
//! reference of the v1 API that the README names.

use std::cell::{Cell, RefCell};
use std::time::Duration;

pub mod attempts;
pub mod computer;
pub mod decode;
pub mod envelope;
pub mod error;
pub mod error_body;
pub mod event;
pub mod event_details;
pub mod event_identity;
pub mod file_list;
pub mod flaw;
pub mod group;
pub mod ids;
pub mod isolation;
pub mod page;
pub mod pagination;
pub mod policy;
pub mod quota;
pub mod request;
mod retry;
pub mod salvage;
mod strict_json;
pub mod timestamp;
pub mod verified_write;

use crate::connection::Connection;
use crate::http::{Http, HttpError, Limits, Response, Wait};
use crate::outcome::counted;
use attempts::Attempts;
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
    /// The quota that the latest response named; of concurrent ones the lowest.
    quota: Cell<Option<NotedQuota>>,
    /// Responses so far.
    responses: Cell<u64>,
    /// No request goes out before this moment: a 429, or a budget of zero, holds back all that run side by side.
    hold_until: Cell<Duration>,
    /// Bytes of all answers so far.
    gathered: Cell<usize>,
    /// Requests sent so far.
    requests: Cell<u32>,
    /// Requests under way.
    under_way: Cell<usize>,
    /// Items of a page that fit into a response, where larger pages did not.
    largest_page: Cell<u64>,
    /// What a user should know of the responses so far.
    remarks: RefCell<Vec<String>>,
    /// What AMP reported in `errors` next to data so far.
    reported: RefCell<Vec<AmpError>>,
}

/// A quota, and the number of the response that named it, counted from 1.
#[derive(Clone, Copy)]
struct NotedQuota {
    quota: Quota,
    response: u64,
}

/// The longest time for a connection out of the time that is left: a connection that leaves none for the response is of no use. So a
/// request that is still unanswered at its deadline had its connection.
fn longest_connect(left: Duration) -> Duration {
    left.saturating_mul(3) / 4
}

/// Flawed items of a response that are named in remarks; of more the number is given.
const MAX_NAMED_FLAWS: usize = 20;

/// A page of 500 computers is about a megabyte, and one of policies with all their lists could be a few.
const LARGEST_PAGE: usize = 4 * 1024 * 1024;

impl<'a> Amp<'a> {
    /// Begins a command: its time starts now.
    pub fn new(http: &'a dyn Http, connection: &'a Connection) -> Self {
        Self {
            http,
            connection,
            deadline: http.elapsed().saturating_add(connection.call_timeout),
            quota: Cell::default(),
            responses: Cell::default(),
            hold_until: Cell::default(),
            gathered: Cell::default(),
            requests: Cell::default(),
            under_way: Cell::default(),
            largest_page: Cell::new(u64::MAX),
            remarks: RefCell::default(),
            reported: RefCell::default(),
        }
    }

    /// Requests sent so far, repeats included.
    pub fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// The quota that the latest response named; of concurrent ones the lowest.
    pub fn quota(&self) -> Option<Quota> {
        self.quota.get().map(|noted| noted.quota)
    }

    /// How many requests may be under way at once: as many as the setting allows, but no more than the budget has left.
    pub fn in_flight(&self) -> usize {
        let left = self.quota().map_or(usize::MAX, |quota| {
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
    /// A write is repeated only where it is certain that nothing came of it: no connection was made, or AMP answered 429. If its outcome is
    /// unknown, the error says so ([`AmpError::outcome_unknown`]). Writes go through [`Amp::send_verified`].
    ///
    /// # Errors
    ///
    /// Every answer that is no success, and the lack of one.
    pub async fn send(&self, request: &Request) -> Result<Answer, AmpError> {
        let mut attempts = Attempts::default();
        let mut reported: Option<AmpError> = None;
        loop {
            let error = match self.attempt(request, &mut attempts).await {
                Ok(answer) => return Ok(answer),
                // A host that denies the retry says less than the response before it.
                Err(error) if error.cause == Cause::Http(HttpError::Denied) => {
                    return Err(reported.unwrap_or(error));
                }
                Err(error) => error,
            };
            if !error.may_be_repeated(request) {
                return Err(error);
            }
            reported = Some(error.clone()).filter(|error| error.status.is_some());
            self.before_next(error).await?;
        }
    }

    /// Sends a request once, unless the time of the command is over or would not suffice to wait for the quota. Counts it in `attempts`.
    async fn attempt(
        &self,
        request: &Request,
        attempts: &mut Attempts,
    ) -> Result<Answer, AmpError> {
        self.wait_for_quota()
            .await
            .map_err(|error| error.of(request))?;
        let whole = self.deadline.saturating_sub(self.http.elapsed());
        if whole.is_zero() {
            return Err(AmpError::new(Cause::Http(HttpError::Timeout(Wait::Whole))).of(request));
        }
        let began = self.http.elapsed();
        attempts.begin(began);
        let told = self.exchange(request, whole).await;
        told.map_err(|error| {
            attempts
                .failed(error, began, self.http.elapsed())
                .without(&self.connection.secrets())
                .without(&request.secrets())
        })
    }

    async fn exchange(&self, request: &Request, whole: Duration) -> Result<Answer, AmpError> {
        let left = self
            .connection
            .max_body_bytes
            .saturating_sub(self.gathered.get());
        self.under_way.set(self.under_way.get().saturating_add(1));
        let limits = Limits {
            connect: self.connection.connect_timeout.min(longest_connect(whole)),
            first_byte: self.connection.first_byte_timeout,
            whole,
            // What runs side by side shares what is left, but each may have a page of the largest objects.
            max_body_bytes: left.min((left / self.under_way.get().max(1)).max(LARGEST_PAGE)),
        };
        self.requests.set(self.requests.get().saturating_add(1));
        let responses_before = self.responses.get();
        let response = self
            .http
            .send(request.to_http(self.connection), limits)
            .await;
        self.under_way.set(self.under_way.get().saturating_sub(1));
        let response = response.map_err(|error| AmpError::from_http(error, request))?;
        self.note_quota(&response, responses_before);
        // What an error's body cannot tell, its status still does.
        if let Some(error) = response
            .body_error
            .clone()
            .filter(|_| response.status < 400)
        {
            return Err(AmpError::from_broken_body(error, &response, request));
        }
        let answer = envelope::check(response, request, self.http.unix_seconds())?;
        let gathered = self.gathered.get().saturating_add(answer.text.len());
        if gathered > self.connection.max_body_bytes {
            return Err(AmpError::from_http(
                HttpError::TooLarge(self.connection.max_body_bytes),
                request,
            ));
        }
        self.gathered.set(gathered);
        self.note_flaws(&answer, request);
        Ok(answer)
    }

    /// Keeps what is wrong with a response that can be used all the same.
    fn note_flaws(&self, answer: &Answer, request: &Request) {
        // The data shows what happened, so nothing is unknown.
        let reported = answer.errors.as_deref().map(|error| AmpError {
            attempts: error.attempts.max(1),
            outcome_unknown: false,
            note: request.is_write().then(|| {
                "AMP reported it next to its data, which shows what was done; do not run the command again for it.".to_owned()
            }),
            ..error.clone()
        });
        self.reported.borrow_mut().extend(reported);
        let mut remarks = self.remarks.borrow_mut();
        let mut add = |remark: String| {
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        };
        for flaw in answer.flaws.iter().take(MAX_NAMED_FLAWS) {
            add(flaw.remark(request));
        }
        let unnamed = answer.flaws.len().saturating_sub(MAX_NAMED_FLAWS);
        if unnamed > 0 {
            let items = counted(unnamed, "further item", "further items");
            add(format!(
                "Of the same response, {items} cannot be read or are not strictly valid JSON."
            ));
        }
    }

    /// What a user should know of the responses so far, each once.
    pub fn take_remarks(&self) -> Vec<String> {
        self.remarks.take()
    }

    /// The errors that AMP reported next to data, in the order of the responses.
    pub fn take_reported(&self) -> Vec<AmpError> {
        self.reported.take()
    }

    /// An answer that nobody needs any more makes room for others.
    pub fn drop_answer(&self, answer: Answer) {
        self.gathered
            .set(self.gathered.get().saturating_sub(answer.text.len()));
    }

    /// Waits before a request is sent again, as long as the error asks for, or backs off.
    ///
    /// # Errors
    ///
    /// The error itself, if the attempts are used up or the time would not suffice.
    async fn before_next(&self, error: AmpError) -> Result<(), AmpError> {
        let held = self.hold_until.get().saturating_sub(self.http.elapsed());
        if error.attempts >= self.connection.max_attempts {
            return Err(if held.is_zero() {
                error
            } else {
                error.waiting(held)
            });
        }
        let wait = retry::delay(error.attempts, &error, self.http.random()).max(held);
        if !self.fits(wait) {
            return Err(error.waiting(wait));
        }
        if matches!(error.cause, Cause::RateLimited { .. }) {
            self.hold(wait);
        } else {
            self.http.sleep(wait).await;
        }
        Ok(())
    }

    /// Notes the quota that a response names; a quota of zero delays the next requests until it resets. `responses_before` is how many
    /// responses there were when its request was sent.
    fn note_quota(&self, response: &Response, responses_before: u64) {
        let number = self.responses.get().saturating_add(1);
        self.responses.set(number);
        // A wrong credential has a quota of its own, which is not the organization's.
        if response.status == 401 {
            return;
        }
        let noted = self.quota.get();
        // A response to a request that was sent after the noted response came is later; otherwise the two are concurrent.
        let is_later = noted.is_none_or(|noted| responses_before >= noted.response);
        match Quota::from_headers(&response.headers) {
            Some(quota) => {
                if is_later || noted.is_none_or(|noted| quota.follows(noted.quota)) {
                    self.quota.set(Some(NotedQuota {
                        quota,
                        response: number,
                    }));
                }
                if let (0, Some(seconds)) = (quota.remaining, quota.reset_seconds) {
                    self.hold(quota::until_reset(seconds));
                }
            }
            // A success shows that the quota is not exhausted, whatever it is.
            None if is_later && (200..300).contains(&response.status) => {
                self.quota
                    .set(noted.filter(|noted| noted.quota.remaining > 0));
            }
            None => {}
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
