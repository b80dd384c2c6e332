//! The delay before the next attempt.

use std::time::Duration;

use super::error::{AmpError, Cause};

/// The delay after a first attempt; it doubles with each further one.
const BASE: Duration = Duration::from_millis(500);
/// The longest random delay after other errors than a rate limit. A client in the field waits 10 to 30 s for a busy cloud.
const CAP: Duration = Duration::from_secs(20);

/// Returns the delay after attempt number `attempt` (from 1) failed. What the server names is a lower bound, and so is our own backoff
/// after a rate limit: a server that names no time, or none at all, must not be asked in a hot loop.
pub fn delay(attempt: u32, error: &AmpError, random: u64) -> Duration {
    let doubled = BASE.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    match error.cause {
        Cause::RateLimited { wait } => doubled
            .saturating_add(up_to(doubled / 2, random))
            .max(wait.unwrap_or_default()),
        _ => up_to(doubled.min(CAP), random).max(error.retry_after.unwrap_or_default()),
    }
}

/// A random time from zero to `longest`.
fn up_to(longest: Duration, random: u64) -> Duration {
    let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(random % millis.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate_limited(wait: Option<u64>) -> AmpError {
        AmpError::new(Cause::RateLimited {
            wait: wait.map(Duration::from_millis),
        })
    }

    #[test]
    fn backoff_doubles_to_its_cap_with_full_jitter() {
        let backoff = |attempt, random| delay(attempt, &AmpError::new(Cause::Server), random);
        for (attempt, longest) in [
            (1, 500),
            (2, 1_000),
            (3, 2_000),
            (4, 4_000),
            (9, 20_000),
            (u32::MAX, 20_000),
        ] {
            assert_eq!(backoff(attempt, 0), Duration::ZERO);
            assert_eq!(backoff(attempt, longest), Duration::from_millis(longest));
            assert_eq!(backoff(attempt, longest + 1), Duration::ZERO);
        }
    }

    #[test]
    fn rate_limit_delay_is_never_below_the_doubled_base() {
        for (attempt, floor) in [(1, 500), (2, 1_000), (3, 2_000), (9, 128_000)] {
            for named in [None, Some(0), Some(floor - 1)] {
                let delay = |random| delay(attempt, &rate_limited(named), random);
                assert_eq!(delay(0), Duration::from_millis(floor));
                assert_eq!(delay(floor / 2), Duration::from_millis(floor + floor / 2));
                assert_eq!(delay(floor / 2 + 1), Duration::from_millis(floor));
            }
        }
        assert!(delay(u32::MAX, &rate_limited(None), u64::MAX) > Duration::from_secs(86_400));
    }

    #[test]
    fn named_wait_is_a_lower_bound() {
        for random in [0, 7, u64::MAX] {
            assert_eq!(
                delay(1, &rate_limited(Some(40_000)), random),
                Duration::from_secs(40)
            );
            let busy = AmpError {
                retry_after: Some(Duration::from_secs(3)),
                ..AmpError::new(Cause::Server)
            };
            assert_eq!(delay(1, &busy, random), Duration::from_secs(3));
        }
    }
}
