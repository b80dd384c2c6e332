//! A connection's own task: polls when it is due, takes up a changed connection between two polls, and knows nothing of the others.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Shared;
use super::config::Connection;
use super::poller::{self, Next, Round};
use super::schedule::{self, Ended};

/// What a worker is told: the connection as it is now, or none if it is to end.
pub(super) type Orders = watch::Receiver<Option<Arc<Connection>>>;

/// Polls until it is told to end. A poll under way is finished first, whatever it is told.
pub(super) async fn work(shared: Arc<Shared>, mut orders: Orders) {
    let Some(first) = orders.borrow_and_update().clone() else {
        return;
    };
    let (mut due, mut failures, mut rate_limited) = begin(&shared, &first).await;
    let mut asked_as = first;
    loop {
        let wait = tokio::time::sleep_until(due);
        tokio::select! {
            biased;
            changed = orders.changed() => {
                if changed.is_err() || orders.borrow_and_update().is_none() {
                    return;
                }
                let changed = orders.borrow().clone();
                let same_client = changed
                    .is_some_and(|changed| changed.settings.is_same_client(&asked_as.settings));
                // Whoever changed something wants to see what comes of it; AMP's limit stays, for whom it is meant.
                if !(rate_limited && same_client) {
                    due = Instant::now();
                }
                failures = 0;
                continue;
            }
            () = wait => {}
        }
        let connection = orders.borrow_and_update().clone();
        let Some(connection) = connection else {
            return;
        };
        let (round, wait) = poller::poll(&shared, &connection, failures).await;
        asked_as = connection;
        (failures, rate_limited) = match round {
            Round::Stored(_) => (0, false),
            Round::Failed { rate_limited } => (failures.saturating_add(1), rate_limited),
        };
        due = Instant::now() + wait;
    }
}

/// When the first poll is due after a start, how many failed before that, and whether AMP's limit was reached.
async fn begin(shared: &Shared, connection: &Connection) -> (Instant, u32, bool) {
    let now = Instant::now();
    // If the state cannot be read, the first poll will find the same, and tell it.
    let state = shared.store.state(&connection.name).await.ok().flatten();
    shared.tally.begin(&connection.name, state.as_ref());
    let Some(state) = state else {
        return (now, 0, false);
    };
    let left = state.left();
    let rest = schedule::after_restart(left, connection.interval, shared.unix_seconds());
    (now + rest, state.failures, left.ended == Ended::RateLimited)
}

/// Polls until the connection has caught up. False if it has not: a poll failed, or AMP takes no requests yet, and then nothing is asked.
pub(super) async fn catch_up(shared: Arc<Shared>, connection: Arc<Connection>) -> bool {
    let (due, _, rate_limited) = begin(&shared, &connection).await;
    let left = due.saturating_duration_since(Instant::now());
    if rate_limited && !left.is_zero() {
        tracing::warn!(
            "cisco-amp: not polled ({}): AMP takes no requests before its budget is whole again; run this again in {}",
            connection.name,
            poller::in_words(left)
        );
        return false;
    }
    loop {
        match poller::poll(&shared, &connection, 0).await.0 {
            Round::Stored(Next::AtOnce) => {}
            Round::Stored(Next::Later) => return true,
            Round::Stored(Next::Stuck) | Round::Failed { .. } => return false,
        }
    }
}
