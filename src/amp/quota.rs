//! The request budget as AMP's headers tell it (reference, section 2.5).

use std::time::Duration;

use crate::http::header;

/// What is left of the organisation's request budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests allowed in a window of an hour.
    pub limit: Option<u32>,
    /// Requests left in the window that runs now.
    pub remaining: u32,
    /// Seconds until the window ends.
    pub reset_seconds: Option<u32>,
}

impl Quota {
    /// Reads the headers in both spellings, the recorded `X-RateLimit-*` and the documented `X-Rate-Limit-*`, in any case. None if they
    /// do not say what is left.
    pub fn from_headers(headers: &[(String, String)]) -> Option<Self> {
        Some(Self {
            limit: number(headers, "Limit"),
            remaining: number(headers, "Remaining")?,
            reset_seconds: reset_seconds(headers),
        })
    }
}

/// A reset that is later by more than this many seconds is that of a new window: within one it only comes nearer.
const NEW_WINDOW_SECONDS: u32 = 60;

impl Quota {
    /// Whether this one counts rather than `other`, which a concurrent response named: it is lower in the same window, or of a later one.
    pub fn follows(self, other: Self) -> bool {
        let is_later = |one: Self, other: Self| match (one.reset_seconds, other.reset_seconds) {
            (Some(one), Some(other)) => one > other.saturating_add(NEW_WINDOW_SECONDS),
            _ => false,
        };
        is_later(self, other) || (self.remaining <= other.remaining && !is_later(other, self))
    }
}

/// Seconds until the window ends, whether or not the other headers are there. The window is an hour: a far larger number would be an epoch
/// or damaged, and no time to wait for.
pub fn reset_seconds(headers: &[(String, String)]) -> Option<u32> {
    number(headers, "Reset").filter(|seconds| *seconds <= 86_400)
}

/// The wait until a rate limit window ends. A second more, since the header counts whole seconds (reference, section 10).
pub fn until_reset(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds).saturating_add(1))
}

fn number(headers: &[(String, String)], name: &str) -> Option<u32> {
    let value = header(headers, &format!("X-RateLimit-{name}"))
        .or_else(|| header(headers, &format!("X-Rate-Limit-{name}")))?;
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &str)]) -> Option<Quota> {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Quota::from_headers(&headers)
    }

    // Lesson 17.
    #[test]
    fn both_spellings_in_any_case_tell_the_quota() {
        let expected = Some(Quota {
            limit: Some(3000),
            remaining: 2998,
            reset_seconds: Some(3599),
        });
        for spelling in [
            "X-RateLimit-",
            "X-Rate-Limit-",
            "x-ratelimit-",
            "X-RATE-LIMIT-",
        ] {
            let names = ["Limit", "Remaining", "Reset"].map(|name| format!("{spelling}{name}"));
            let [limit, remaining, reset] = names.each_ref().map(String::as_str);
            assert_eq!(
                read(&[(limit, "3000"), (remaining, " 2998 "), (reset, "3599")]),
                expected,
                "{spelling}"
            );
        }
    }

    // Lesson 17.
    #[test]
    fn without_the_headers_there_is_no_quota() {
        assert_eq!(read(&[("content-type", "application/json")]), None);
        assert_eq!(read(&[("X-RateLimit-Remaining", "many")]), None);
    }

    #[test]
    fn of_answers_side_by_side_the_lowest_counts_until_a_new_window_begins() {
        let quota = |remaining, reset| Quota {
            limit: Some(3000),
            remaining,
            reset_seconds: Some(reset),
        };
        assert!(quota(2571, 1433).follows(quota(2572, 1433)));
        assert!(!quota(2572, 1434).follows(quota(2571, 1433)));
        assert!(quota(2999, 3600).follows(quota(3, 12)));
        assert!(!quota(3, 12).follows(quota(2999, 3600)));
    }

    #[test]
    fn a_reset_that_is_no_span_of_seconds_is_not_believed() {
        let quota = read(&[
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", "1718093402"),
        ]);
        assert_eq!(
            quota,
            Some(Quota {
                limit: None,
                remaining: 0,
                reset_seconds: None
            })
        );
    }
}
