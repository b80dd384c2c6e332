//! Verified writes: a write succeeds only if a response shows the state that it was to bring about.
//!
//! What a command wants to change is a [`Change`]: the request, and how to recognize the wanted state
//! in a response. [`Amp::send_verified`] does the rest, the same for every write:
//!
//! - A success that shows the state is done. Any other success is checked by reading the state.
//! - If the response is lost, the state is read before anything is sent again.
//! - If AMP rejects the change because it is already so, the state is read too; after an earlier
//!   attempt of ours, that attempt may have done it.
//! - A write that is not idempotent is never sent again after it may have reached AMP, unless AMP
//!   rejected it for its rate (429) and a read shows no trace of it.

use super::Amp;
use super::attempts::Attempts;
use super::envelope::Answer;
use super::error::{AmpError, Cause};
use super::request::Request;
use crate::concurrency::Pending;

/// The state that a response shows, compared with the wanted one. A text is a sentence without its
/// full stop: what AMP reports.
pub enum State<A> {
    /// The state is as wanted.
    Done(A),
    /// The state is certainly another one.
    NotDone(String),
    /// The state is neither, or does not prove who brought it about.
    Unclear(String),
}

impl State<()> {
    /// Returns the state with the response that shows it.
    pub fn with(self, response: Answer) -> State<Answer> {
        match self {
            Self::Done(()) => State::Done(response),
            Self::NotDone(reported) => State::NotDone(reported),
            Self::Unclear(reported) => State::Unclear(reported),
        }
    }
}

/// A change that a write is to bring about.
pub trait Change {
    /// The write.
    fn write(&self) -> &Request;

    /// Returns the state that a successful response to the write shows.
    ///
    /// # Errors
    ///
    /// Returns [`Cause::Malformed`] if it shows none.
    fn shown_by(&self, response: &Answer) -> Result<State<()>, AmpError>;

    /// Reads the state. [`State::Done`] carries the response that shows it.
    ///
    /// The future's error is one of [`Amp::send`], or [`Cause::Malformed`] if the response shows no
    /// state.
    fn read<'a>(&'a self, amp: &'a Amp<'a>) -> Pending<'a, Result<State<Answer>, AmpError>>;

    /// Reads the state after AMP rejected the write because it is already so. A change whose rejection
    /// shows a part of the state reads only the rest.
    fn confirm<'a>(&'a self, amp: &'a Amp<'a>) -> Pending<'a, Result<State<Answer>, AmpError>> {
        self.read(amp)
    }

    /// Whether sending the write twice has the effect of sending it once, so that the state alone
    /// proves success.
    fn is_idempotent(&self) -> bool {
        true
    }

    /// Whether AMP rejected the write because the state is as wanted, or may be.
    fn is_rejected_as_done(&self, error: &AmpError) -> bool {
        error.is_conflict()
    }
}

/// A write whose effect a response shows.
pub struct VerifiedWrite {
    /// The response that shows it: to the write, or to a read.
    pub response: Answer,
    /// How the state came about.
    pub result: WriteResult,
}

/// How the wanted state of a [`VerifiedWrite`] came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteResult {
    /// The response to the write shows it.
    Confirmed,
    /// It was so before, and the write changed nothing.
    AlreadyDone,
    /// AMP accepted the write without showing the state; a read showed it.
    ReadBack,
    /// An attempt's response was lost, or AMP rejected a later attempt; a read showed the state.
    ReadBackAfterLoss,
}

impl VerifiedWrite {
    fn new(response: Answer, result: WriteResult) -> Self {
        Self { response, result }
    }
}

impl Amp<'_> {
    /// Sends a write and verifies its effect.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Amp::send`], and [`Cause::State`] if AMP accepted the write but reports
    /// another state. [`AmpError::outcome_unknown`] is set unless it is certain that nothing changed;
    /// [`AmpError::note`] then says what a read showed.
    pub async fn send_verified(&self, change: &dyn Change) -> Result<VerifiedWrite, AmpError> {
        let write = change.write();
        // Whether an attempt reached AMP that did not succeed; so "already so" may be its doing.
        let (mut attempts, mut is_resent) = (Attempts::default(), false);
        loop {
            let mut error = match self.attempt(write, &mut attempts).await {
                Ok(response) => return self.check_response(change, response).await,
                Err(error) => error,
            };
            if error.outcome_unknown {
                match self.check_lost(change, error).await {
                    Ok(Lost::Done(done)) => return Ok(done),
                    Ok(Lost::NotDone(lost)) => error = lost,
                    Err(error) => return Err(error),
                }
                is_resent = true;
            } else if change.is_rejected_as_done(&error) {
                return self.check_rejected(change, error, is_resent).await;
            } else if !error.may_be_repeated(write) {
                return Err(error);
            }
            let was_rate_limited = error.is_rate_limit_response();
            is_resent |= was_rate_limited;
            let before = error.clone();
            if let Err(last) = self.before_next(error).await {
                return self.check_rate_limited_last(change, last).await;
            }
            if was_rate_limited && !change.is_idempotent() {
                check_rate_limited(change.read(self).await, before)?;
            }
        }
    }

    /// Verifies a success. What its response does not show is read, since some changes take a moment to
    /// show, and some services before AMP respond with success in its place.
    async fn check_response(
        &self,
        change: &dyn Change,
        response: Answer,
    ) -> Result<VerifiedWrite, AmpError> {
        let unproven = match change.shown_by(&response) {
            Ok(State::Done(())) => {
                return Ok(VerifiedWrite::new(response, WriteResult::Confirmed));
            }
            Ok(State::NotDone(shown) | State::Unclear(shown)) => Ok(shown),
            Err(malformed) => Err(malformed),
        };
        let (reported, outcome_unknown) = match change.read(self).await {
            Ok(State::Done(read)) => return Ok(VerifiedWrite::new(read, WriteResult::ReadBack)),
            Ok(State::NotDone(reported)) => (Some(reported), !change.is_idempotent()),
            Ok(State::Unclear(reported)) => (Some(reported), true),
            Err(_) => (None, true),
        };
        let advice = match (&reported, outcome_unknown) {
            (None, _) => Some("The state could not be read: look before you repeat it."),
            (Some(_), true) => Some("Look before you repeat it."),
            (Some(_), false) => None,
        };
        let (error, note) = match unproven {
            Ok(shown) => {
                let state = reported.unwrap_or(shown);
                let error = AmpError {
                    cause: Cause::State(format!(
                        "AMP's response does not show the change. {state}"
                    )),
                    ..response.malformed("it does not show the change", change.write())
                };
                (error, None)
            }
            Err(malformed) => (malformed, reported.map(|reported| format!("{reported}."))),
        };
        let notes: Vec<&str> = note.as_deref().into_iter().chain(advice).collect();
        Err(AmpError {
            outcome_unknown,
            note: Some(notes.join(" ")).filter(|note| !note.is_empty()),
            ..error
        })
    }

    /// Reads the state after a response was lost.
    async fn check_lost(&self, change: &dyn Change, error: AmpError) -> Result<Lost, AmpError> {
        match change.read(self).await {
            Ok(State::Done(read)) => Ok(Lost::Done(VerifiedWrite::new(
                read,
                WriteResult::ReadBackAfterLoss,
            ))),
            Ok(State::NotDone(_)) if change.is_idempotent() => Ok(Lost::NotDone(AmpError {
                outcome_unknown: false,
                ..error
            })),
            Ok(State::NotDone(reported) | State::Unclear(reported)) => Err(AmpError {
                note: Some(format!(
                    "The request was sent and its response lost. {reported}. Look before you repeat it."
                )),
                ..error
            }),
            Err(_) => Err(error),
        }
    }

    /// Reads the state after AMP rejected the write as already done.
    async fn check_rejected(
        &self,
        change: &dyn Change,
        error: AmpError,
        is_resent: bool,
    ) -> Result<VerifiedWrite, AmpError> {
        // Without an earlier attempt, nothing that a read finds could be ours.
        if !is_resent && !change.is_idempotent() {
            return Err(error);
        }
        let rejected = AmpError {
            outcome_unknown: is_resent,
            ..error
        };
        match change.confirm(self).await {
            Ok(State::Done(read)) => Ok(VerifiedWrite::new(
                read,
                match is_resent {
                    true => WriteResult::ReadBackAfterLoss,
                    false => WriteResult::AlreadyDone,
                },
            )),
            Ok(State::NotDone(reported) | State::Unclear(reported)) => Err(AmpError {
                note: Some(format!("{reported}.")),
                ..rejected
            }),
            // A 404 leaves open what is missing, and the read was to tell.
            Err(read) if rejected.cause == Cause::NotFound && !read.is_not_found_by_amp() => {
                Err(AmpError {
                    outcome_unknown: is_resent,
                    ..read
                })
            }
            Err(_) => Err(rejected),
        }
    }

    /// The last attempt met the rate limit. If AMP names no delay, a read shows whether it counted for
    /// more than it said.
    async fn check_rate_limited_last(
        &self,
        change: &dyn Change,
        error: AmpError,
    ) -> Result<VerifiedWrite, AmpError> {
        if !error.is_rate_limit_response() || error.retry_after_seconds().is_some() {
            return Err(error);
        }
        let read = change.read(self).await;
        if let Ok(State::Done(read)) = read {
            return Ok(VerifiedWrite::new(read, WriteResult::ReadBackAfterLoss));
        }
        check_rate_limited(read, error.clone())?;
        Err(error)
    }
}

/// What a read showed after a response was lost.
enum Lost {
    /// The change is done.
    Done(VerifiedWrite),
    /// It is not, so the write may be sent again.
    NotDone(AmpError),
}

/// Returns an error unless a read shows that nothing came of a write that met the rate limit.
fn check_rate_limited(
    read: Result<State<Answer>, AmpError>,
    error: AmpError,
) -> Result<(), AmpError> {
    match read {
        Ok(State::NotDone(_)) => Ok(()),
        Ok(State::Unclear(reported)) => Err(AmpError {
            outcome_unknown: true,
            note: Some(format!("{reported}. Look before you repeat it.")),
            ..error
        }),
        Ok(State::Done(_)) | Err(_) => Err(error),
    }
}
