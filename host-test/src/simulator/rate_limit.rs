//! The rate limit: so many requests in a window of an hour, which begins with the first request after the one before ended
//! (reference, section 2.5).

use std::time::Duration;

use super::world::Spelling;

/// How long a window is.
const WINDOW: Duration = Duration::from_secs(3600);

/// The window that runs now.
#[derive(Debug)]
pub(super) struct RateLimit {
    limit: u32,
    used: u32,
    /// When it began, since the start; none before the first request.
    began: Option<Duration>,
}

/// What the headers tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset: u64,
}

impl RateLimit {
    pub(super) fn new(limit: u32, used: u32) -> Self {
        Self {
            limit,
            used,
            began: None,
        }
    }

    /// Counts a request. What is left then; an error if it was one too many.
    pub(super) fn count(&mut self, now: Duration) -> Result<Left, Left> {
        let began = match self.began {
            Some(began) if now < began.saturating_add(WINDOW) => began,
            Some(_) => {
                self.used = 0;
                now
            }
            None => now,
        };
        self.began = Some(began);
        let too_many = self.used >= self.limit;
        self.used = self.used.saturating_add(u32::from(!too_many));
        let rest = began.saturating_add(WINDOW).saturating_sub(now);
        let left = Left {
            limit: self.limit,
            remaining: self.limit.saturating_sub(self.used),
            // Whole seconds, rounded up: a second early would be too early.
            reset: rest
                .as_secs()
                .saturating_add(u64::from(rest.subsec_nanos() > 0)),
        };
        if too_many { Err(left) } else { Ok(left) }
    }
}

impl Left {
    /// The headers in a spelling. `now` is in seconds since 1970.
    pub(super) fn headers(self, spelling: Spelling, now: u64) -> Vec<(String, String)> {
        let prefix = match spelling {
            Spelling::Wire => "X-RateLimit-",
            Spelling::Prose => "X-Rate-Limit-",
            Spelling::None => return Vec::new(),
        };
        let reset_date = Duration::from_secs(now.saturating_add(self.reset));
        let mut headers = vec![
            (format!("{prefix}Limit"), self.limit.to_string()),
            (format!("{prefix}Remaining"), self.remaining.to_string()),
            (format!("{prefix}Reset"), self.reset.to_string()),
        ];
        if spelling == Spelling::Wire {
            headers.push((
                format!("{prefix}ResetDate"),
                super::date::seconds_z(reset_date),
            ));
        }
        headers
    }
}
