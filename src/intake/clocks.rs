//! The time as the host and the server report it, either of which may be wrong.

/// How far the clocks of host and server may differ, in seconds, before one of them is taken for wrong.
const TOLERANCE: i64 = 300;

/// Events in the time between the two clocks that are taken as evidence that the later one is right. One or two may come from a
/// computer whose own clock is wrong.
const EVIDENCE: usize = 3;

/// The clocks at the first response of a poll, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// The host's.
    pub host: i64,
    /// The server's, if its response was dated.
    pub server: Option<i64>,
}

impl Clocks {
    /// The earlier of the two.
    pub fn earliest(self) -> i64 {
        self.server
            .map_or(self.host, |server| server.min(self.host))
    }

    /// The later of the two.
    pub fn latest(self) -> i64 {
        self.server
            .map_or(self.host, |server| server.max(self.host))
    }

    /// Whether one of them must be wrong.
    pub fn disagree(self) -> bool {
        self.latest().saturating_sub(self.earliest()) > TOLERANCE
    }

    /// The present, as far as it is certain: the server's time, unless the clocks disagree. Then it is the earlier one, or the
    /// time up to which there are events, which cannot have happened yet otherwise. `seconds` are those of events in any order.
    pub fn certain(self, seconds: impl Iterator<Item = i64>) -> i64 {
        if !self.disagree() {
            return self.server.unwrap_or(self.host);
        }
        let mut between: Vec<i64> = seconds
            .filter(|second| (self.earliest()..=self.latest()).contains(second))
            .collect();
        between.sort_unstable();
        let evidence = between.iter().rev().nth(EVIDENCE - 1);
        evidence.copied().unwrap_or(self.earliest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    #[test]
    fn earlier_clock_counts_unless_events_show_that_it_is_wrong() {
        let ahead = Clocks {
            host: DAY,
            server: Some(366 * DAY),
        };
        assert_eq!(ahead.certain([DAY - 60, 400 * DAY].into_iter()), DAY);
        assert_eq!(ahead.certain([300 * DAY, 301 * DAY].into_iter()), DAY);
        let events = [300 * DAY, 301 * DAY, 302 * DAY, 303 * DAY];
        assert_eq!(ahead.certain(events.into_iter()), 301 * DAY);
        let close = Clocks {
            host: DAY,
            server: Some(DAY + 200),
        };
        assert_eq!(close.certain(events.into_iter()), DAY + 200);
    }
}
