//! What the running collector has done since it began, for whoever shows it. It ends with the process; what lasts is in the
//! database.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::store::ConnectionState;

/// Counts of each connection, by its name.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<String, Counts>>);

/// What a connection has done since the collector began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Whether a poll is under way.
    pub polling: bool,
    /// Polls that ended, failed ones included.
    pub polls: u64,
    /// Polls that failed, by the kind of failure.
    pub failures: BTreeMap<String, u64>,
    /// How long they took together.
    pub poll_time: Duration,
    /// Requests that were sent, repeats and those of failed polls included.
    pub requests: u64,
    /// Events that AMP sent.
    pub fetched: u64,
    /// Signals that were stored.
    pub signals: u64,
    /// Events passed over because they were stored before.
    pub known: u64,
    /// Events passed over by the lowest severity.
    pub filtered: u64,
    /// Events that could not be read and were skipped.
    pub skipped: u64,
    /// Events from before the window that were listed and not delivered.
    pub unchecked: u64,
    /// Signals that came although they were stored already. The plugin promises that there are none.
    pub doubled: u64,
    /// Signals of which no record of the platform could be made, so that their lines are the signals themselves.
    pub unmapped: u64,
    /// When a poll was last stored, in seconds since 1970; none if none ever was. This and what follows begins as the last run left it.
    pub succeeded_at: Option<i64>,
    /// Events that wait in AMP, as the last poll that was stored saw it.
    pub backlog: u64,
    /// How far the signals are behind the present, in seconds; none if the connection has caught up.
    pub lag_seconds: Option<u64>,
    /// Requests allowed in a window of one hour, if AMP said so.
    pub quota_limit: Option<u32>,
    /// Requests left in it, as AMP last said.
    pub quota_remaining: Option<u32>,
    /// The most linear memory that a poll took in the component, in bytes.
    pub memory: usize,
}

impl Tally {
    /// All counts, as they are now.
    #[must_use]
    pub fn read(&self) -> BTreeMap<String, Counts> {
        self.all().clone()
    }

    pub(super) fn change(&self, connection: &str, change: impl FnOnce(&mut Counts)) {
        let mut all = self.all();
        match all.get_mut(connection) {
            Some(counts) => change(counts),
            None => change(all.entry(connection.to_owned()).or_default()),
        }
    }

    /// Begins to count a connection, with what is known of it from before.
    pub(super) fn begin(&self, connection: &str, state: Option<&ConnectionState>) {
        self.change(connection, |counts| {
            let Some(state) = state else {
                return;
            };
            let number = |number: i64| u64::try_from(number).unwrap_or(0);
            counts.succeeded_at = state.succeeded_at;
            counts.backlog = state.backlog.map_or(0, number);
            counts.lag_seconds = state.lag_seconds.map(number);
            counts.quota_limit = state.quota.and_then(|quota| quota.limit);
            counts.quota_remaining = state.quota.map(|quota| quota.remaining);
        });
    }

    /// Drops a connection that is polled no more.
    pub(super) fn forget(&self, connection: &str) {
        self.all().remove(connection);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Counts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
