//! Writes whose answer was lost: the state is read back rather than the write sent blindly again.

use super::Amp;
use super::attempts::Attempts;
use super::envelope::Answer;
use super::error::AmpError;
use super::request::Request;
use crate::concurrency::Pending;

/// How a write came to its end.
pub struct Settled {
    /// What came of it.
    pub told: Result<Told, AmpError>,
    /// An earlier attempt was sent and its answer lost. So a state that is "already so" may be that attempt's doing.
    pub sent_before: bool,
}

/// The answer that a write came to.
pub enum Told {
    /// AMP answered it.
    Answered(Answer),
    /// Its answer was lost, and reading the state back showed that what was wanted holds. This is the answer to the read.
    ReadBack(Answer),
}

impl Amp<'_> {
    /// Sends a write whose repetition does no harm. If its answer is lost, `read_back` tells whether what was wanted holds now; if not, the
    /// write is sent again, as often as the settings allow.
    ///
    /// Its errors are those of [`Amp::send`]. One is [`AmpError::lost`] only if reading back failed too, so that nobody knows.
    pub async fn settle<'a>(
        &'a self,
        write: &Request,
        read_back: &dyn Fn() -> Pending<'a, Result<Option<Answer>, AmpError>>,
    ) -> Settled {
        let (mut attempts, mut sent_before) = (Attempts::default(), false);
        let told = loop {
            let error = match self.attempt(write, &mut attempts).await {
                Ok(answer) => break Ok(Told::Answered(answer)),
                Err(error) => error,
            };
            let error = if error.lost {
                match read_back().await {
                    Ok(Some(answer)) => break Ok(Told::ReadBack(answer)),
                    Ok(None) => {
                        sent_before = true;
                        AmpError {
                            lost: false,
                            ..error
                        }
                    }
                    Err(_) => break Err(error),
                }
            } else if error.may_be_repeated(write) {
                error
            } else {
                break Err(error);
            };
            if let Err(error) = self.before_next(error).await {
                break Err(error);
            }
        };
        Settled { told, sent_before }
    }
}
