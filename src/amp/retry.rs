//! How long to wait before the next attempt.

use std::time::Duration;

use super::error::{AmpError, Cause};

/// The longest first wait; each further one may be twice as long.
const BASE: Duration = Duration::from_millis(500);
/// No wait of our own choice is longer. A client in the field waits 10 to 30 s for a busy cloud (reference, section 2.4).
const CAP: Duration = Duration::from_secs(20);

/// The wait after attempt number `attempt` failed: what AMP asked for, else exponential backoff.
pub fn wait(attempt: u32, error: &AmpError, random: u64) -> Duration {
    match error.cause {
        Cause::RateLimited { wait: Some(wait) } => wait,
        _ => error
            .retry_after
            .unwrap_or_else(|| backoff(attempt, random)),
    }
}

/// Exponential backoff with full jitter: a random part of the base doubled with each attempt, up to the cap.
pub fn backoff(attempt: u32, random: u64) -> Duration {
    let longest = BASE
        .saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)))
        .min(CAP);
    let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(random % millis.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_its_cap_and_spreads_over_the_whole_span() {
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
}
