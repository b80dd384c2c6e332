//! The clocks that a component sees. Both follow tokio's time, so under its paused clock a wait of forty seconds takes none.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use wasmtime_wasi::clocks::{HostMonotonicClock, HostWallClock};

/// A wall clock that showed `start` when it was made, and has gone on since.
pub(super) struct WallClock {
    start: Duration,
    made: Instant,
}

impl WallClock {
    /// A clock that shows `start` now; a time before 1970 counts as 1970.
    pub(super) fn from(start: SystemTime) -> Self {
        Self {
            start: start
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default(),
            made: Instant::now(),
        }
    }
}

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.start.saturating_add(self.made.elapsed())
    }
}

/// Nanoseconds since the store was made.
pub(super) struct MonotonicClock {
    made: Instant,
}

impl MonotonicClock {
    pub(super) fn new() -> Self {
        Self {
            made: Instant::now(),
        }
    }
}

impl HostMonotonicClock for MonotonicClock {
    /// Tokio's timers have a resolution of a millisecond.
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
