//! When a connection is polled next: how long to wait, by what came of the last poll. Pure functions; `chance` is a random
//! number from 0 to 1, so that many collectors, and many connections of one, do not ask all at once.
//!
//! Nothing here reads a clock. Waits run on the monotonic one; the wall clock only tells, after a restart, what is left of
//! a wait, and then it is not trusted further than the wait itself.

use std::time::Duration;

/// How far an interval is stretched or shortened: 3 percent either way.
const INTERVAL_JITTER: f64 = 0.03;
/// The longest wait after a first failure. It doubles with each further one.
const FIRST_BACKOFF: Duration = Duration::from_secs(5);
/// Where it stops to double, unless the interval is longer.
const LONGEST_BACKOFF: Duration = Duration::from_secs(15 * 60);
/// The shortest wait after a failure: a random one may be next to nothing.
const SHORTEST_BACKOFF: Duration = Duration::from_secs(1);
/// The longest delay that a failure may name. AMP's window is an hour.
const LONGEST_NAMED: Duration = Duration::from_secs(24 * 3600);
/// How much longer than its floor the delay after a rate limit may be: 20 percent.
const RATE_LIMIT_JITTER: f64 = 0.2;

/// What a connection was left in when its collector ended, by the wall clock, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// When its last poll ended.
    pub polled_at: i64,
    /// When the next one was to begin.
    pub next_at: i64,
    /// What came of the last one.
    pub ended: Ended,
}

/// What came of a poll, as far as it matters for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was stored.
    Well,
    /// It failed.
    Failed,
    /// AMP takes no requests for a while.
    RateLimited,
}

/// The wait after a poll that left nothing waiting: the interval, a little longer or shorter.
#[must_use]
pub fn after_success(interval: Duration, chance: f64) -> Duration {
    part(interval, 1.0 + INTERVAL_JITTER * (2.0 * chance - 1.0))
}

/// The delay after `failures` in a row (1 for the first): anything up to a limit that doubles with each, from 5 seconds up to 15
/// minutes, or up to the interval if that is longer. `named` is the delay that the failure itself names, in seconds: it is a lower bound.
#[must_use]
pub fn after_failure(
    failures: u32,
    named: Option<u64>,
    interval: Duration,
    chance: f64,
) -> Duration {
    part(backoff(failures, interval), chance)
        .max(SHORTEST_BACKOFF)
        .max(after_named(named, chance))
}

/// The delay after a rate limit, which failed for the `failures`th time in a row. The backoff of other failures is a floor, also under a
/// server that names no time or none at all, so that a quota that stays exhausted is asked for less and less often.
#[must_use]
pub fn after_rate_limit(
    failures: u32,
    named: Option<u64>,
    interval: Duration,
    chance: f64,
) -> Duration {
    let floor = backoff(failures, interval);
    floor
        .saturating_add(part(floor, RATE_LIMIT_JITTER * chance))
        .max(after_named(named, chance))
}

/// The longest delay after `failures` in a row.
fn backoff(failures: u32, interval: Duration) -> Duration {
    FIRST_BACKOFF
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST_BACKOFF.max(interval))
}

/// The delay that a failure names, up to a day, and up to 5 percent more; zero if it names none.
fn after_named(seconds: Option<u64>, chance: f64) -> Duration {
    let Some(seconds) = seconds else {
        return Duration::ZERO;
    };
    let named = Duration::from_secs(seconds).min(LONGEST_NAMED);
    let more = part(named, 0.05).clamp(Duration::from_secs(1), Duration::from_secs(30));
    named.saturating_add(part(more, chance))
}

/// What is left to wait when a collector starts at `now` (seconds since 1970), so that restarts do not ask AMP more often than the
/// interval says.
///
/// After a failure it is seconds at most: somebody may have restarted the collector because the trouble is mended.
#[must_use]
pub fn after_restart(left: Left, interval: Duration, now: i64) -> Duration {
    let span = |from: i64, to: i64| {
        Duration::from_secs(u64::try_from(to.saturating_sub(from)).unwrap_or(0))
    };
    let planned = span(left.polled_at, left.next_at);
    // A wall clock that was set back since makes the time gone negative: then none of it is counted.
    let rest = planned.saturating_sub(span(left.polled_at, now));
    rest.min(match left.ended {
        Ended::Well => after_success(interval, 1.0),
        Ended::Failed => FIRST_BACKOFF,
        Ended::RateLimited => after_named(Some(LONGEST_NAMED.as_secs()), 1.0),
    })
}

/// `factor` times a duration; the duration itself where that is none.
fn part(of: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(of.as_secs_f64() * factor).unwrap_or(of)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Ended, Left, after_failure, after_rate_limit, after_restart, after_success};

    const INTERVAL: Duration = Duration::from_secs(300);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn after_a_success_the_interval_passes_three_percent_more_or_less() {
        assert_eq!(after_success(INTERVAL, 0.0), seconds(291));
        assert_eq!(after_success(INTERVAL, 0.5), seconds(300));
        assert_eq!(after_success(INTERVAL, 1.0), seconds(309));
    }

    #[test]
    fn each_failure_doubles_the_longest_wait_up_to_fifteen_minutes() {
        let longest = |failures| after_failure(failures, None, INTERVAL, 1.0).as_secs();
        let waits: Vec<u64> = (1..=10).map(longest).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(longest(u32::MAX), 900);
        assert_eq!(after_failure(1, None, INTERVAL, 0.5), seconds(5) / 2);
    }

    #[test]
    fn a_longer_interval_is_the_longest_wait_after_failures() {
        assert_eq!(after_failure(40, None, seconds(3600), 1.0), seconds(3600));
        assert_eq!(after_failure(40, None, seconds(60), 1.0), seconds(900));
    }

    #[test]
    fn a_failure_is_never_answered_at_once() {
        assert_eq!(after_failure(1, None, INTERVAL, 0.0), seconds(1));
        assert_eq!(after_failure(1, Some(0), INTERVAL, 0.0), seconds(1));
    }

    #[test]
    fn named_delay_is_a_lower_bound_up_to_a_day() {
        for delay in [after_failure, after_rate_limit] {
            for named in [900, 1742, 3600] {
                assert_eq!(delay(1, Some(named), INTERVAL, 0.0), seconds(named));
                let longest = delay(1, Some(named), INTERVAL, 1.0);
                assert!(longest > seconds(named) && longest <= seconds(named + 30));
            }
            let day = seconds(24 * 3600);
            assert_eq!(delay(1, Some(u64::MAX), INTERVAL, 0.0), day);
            assert_eq!(
                delay(9, Some(1), INTERVAL, 1.0).min(seconds(900)),
                seconds(900)
            );
        }
    }

    #[test]
    fn rate_limit_delay_grows_whatever_the_server_names() {
        for named in [None, Some(0), Some(1)] {
            let delays = |chance| {
                [1, 2, 3, 8, 40]
                    .map(|failures| after_rate_limit(failures, named, seconds(5), chance).as_secs())
            };
            assert_eq!(delays(0.0), [5, 10, 20, 640, 900]);
            assert_eq!(delays(1.0), [6, 12, 24, 768, 1080]);
        }
    }

    fn left(ended: Ended) -> Left {
        Left {
            polled_at: 10_000,
            next_at: 10_300,
            ended,
        }
    }

    #[test]
    fn after_a_restart_what_is_left_of_the_wait_is_waited() {
        assert_eq!(
            after_restart(left(Ended::Well), INTERVAL, 10_100),
            seconds(200)
        );
        assert_eq!(
            after_restart(left(Ended::RateLimited), INTERVAL, 10_100),
            seconds(200)
        );
        assert_eq!(
            after_restart(left(Ended::Well), INTERVAL, 10_400),
            Duration::ZERO
        );
    }

    #[test]
    fn after_a_restart_a_failed_connection_is_tried_within_seconds() {
        assert_eq!(
            after_restart(left(Ended::Failed), INTERVAL, 10_100),
            seconds(5)
        );
    }

    #[test]
    fn after_a_restart_a_wall_clock_that_was_set_holds_nothing_up() {
        // Set back by years, and forward by years.
        assert_eq!(
            after_restart(left(Ended::Well), INTERVAL, -1_000_000),
            seconds(300)
        );
        assert_eq!(
            after_restart(left(Ended::Well), INTERVAL, i64::MAX),
            Duration::ZERO
        );
        let far = Left {
            next_at: i64::MAX,
            polled_at: 0,
            ended: Ended::Well,
        };
        assert_eq!(after_restart(far, INTERVAL, 0), seconds(309));
        // A shorter interval counts at once.
        assert_eq!(
            after_restart(left(Ended::Well), seconds(10), 10_001),
            after_success(seconds(10), 1.0)
        );
    }
}
