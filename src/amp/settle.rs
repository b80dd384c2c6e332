//! Writes whose answer was lost: the state is read back rather than the write sent blindly again.

use super::Amp;
use super::envelope::Answer;
use super::error::AmpError;
use super::request::Request;
use crate::http::Pending;

/// How a write came to its end.
pub enum Settled {
    /// AMP answered it.
    Answered(Answer),
    /// Its answer was lost, and reading the state back showed that what was wanted holds. This is the answer to the read.
    ReadBack(Answer),
}

/// Sends a write whose repetition does no harm. If its answer is lost, `read_back` tells whether what was wanted holds now; if not,
/// the write is sent again, as often as the settings allow.
///
/// # Errors
///
/// As [`Amp::send`]. The error is [`AmpError::lost`] only if reading back failed too, so that nobody knows.
pub async fn settle<'a>(
    amp: &'a Amp<'a>,
    write: &Request,
    read_back: &dyn Fn() -> Pending<'a, Result<Option<Answer>, AmpError>>,
) -> Result<Settled, AmpError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let error = match amp.send(write).await {
            Ok(answer) => return Ok(Settled::Answered(answer)),
            Err(error) => error,
        };
        if !error.lost {
            return Err(error);
        }
        match read_back().await {
            Ok(Some(answer)) => return Ok(Settled::ReadBack(answer)),
            Ok(None) if attempt < amp.max_attempts() => amp.back_off(attempt).await,
            Ok(None) => {
                return Err(AmpError {
                    lost: false,
                    ..error
                });
            }
            Err(_) => return Err(error),
        }
    }
}
