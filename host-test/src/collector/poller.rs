//! One poll of one connection, from its cursor to the commit, and the line that tells of it.
//!
//! The cursor is read from the database each time: what is stored there is what holds, whatever failed before.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use serde_json::Value;
use tokio::time::Instant;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::config::Connection;
use super::failure::{Failure, STORAGE};
use super::store::{Counted, LastError, Stored, Times};
use super::tally::{Counts, Tally};
use super::{Shared, schedule};
use crate::egress::{AllowedHost, Egress, Notes};
use crate::intake::{Batch, Poll, PollReport};
use crate::outcome::Quota;

/// What came of a poll.
pub(super) enum Round {
    /// It was stored.
    Stored(Next),
    /// It failed. The cursor is as it was.
    Failed {
        /// AMP takes no requests for a while.
        rate_limited: bool,
    },
}

/// When the poll after one that was stored is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// At once: more is waiting, and the poll came nearer to it.
    AtOnce,
    /// In the connection's interval: nothing is waiting.
    Later,
    /// In the interval too: more is waiting, but the cursor stayed where it was, and so would be asked the same for ever.
    Stuck,
}

impl Next {
    const fn of(more: bool, moved: bool) -> Self {
        match (more, moved) {
            (false, _) => Self::Later,
            (true, true) => Self::AtOnce,
            (true, false) => Self::Stuck,
        }
    }
}

/// A poll that was made, and not stored yet.
struct Made {
    batch: Batch,
    memory: usize,
    /// Whether the cursor is another one than before.
    moved: bool,
}

/// Polls a connection once and stores what comes of it. Gives that, and how long to wait until the next one.
/// `failures` is how many polls before this one failed in a row.
pub(super) async fn poll(
    shared: &Shared,
    connection: &Connection,
    failures: u32,
) -> (Round, Duration) {
    let name = &connection.name;
    shared.tally.change(name, |counts| counts.polling = true);
    let began = Instant::now();
    let made = make(shared, connection).await;
    let stored = match made {
        Ok(made) => store(shared, connection, made).await,
        Err(failure) => Err(failure),
    };
    shared.tally.change(name, |counts| {
        counts.polling = false;
        counts.polls = counts.polls.saturating_add(1);
        counts.poll_time = counts.poll_time.saturating_add(began.elapsed());
        if let Err(failure) = &stored {
            let count = counts.failures.entry(failure.kind.clone()).or_default();
            *count = count.saturating_add(1);
            take_quota(counts, failure.quota);
        }
    });
    match stored {
        Ok((next, wait)) => (Round::Stored(next), wait),
        Err(failure) => {
            let rate_limited = failure.is_rate_limited();
            let wait = tell_failure(shared, connection, failure, failures.saturating_add(1)).await;
            (Round::Failed { rate_limited }, wait)
        }
    }
}

async fn make(shared: &Shared, connection: &Connection) -> Result<Made, Failure> {
    let cursor = shared.store.cursor(&connection.name).await;
    let cursor = cursor.map_err(|error| Failure::of_store(&error))?;
    let mut request = connection.request.clone();
    if let Some(cursor) = &cursor {
        request.insert("cursor".to_owned(), Value::String(cursor.clone()));
    }
    let poll = Poll::new(&shared.intake, &connection.settings, request)
        .map_err(|error| Failure::not_made(&error))?;
    let network: Arc<dyn Egress> = Arc::new(OfConnection {
        network: Arc::clone(&shared.network),
        allowed: connection.allow.clone(),
        name: connection.name.clone(),
        tally: Arc::clone(&shared.tally),
    });
    let polled = poll
        .make(&shared.plugin, network, Some(shared.now()))
        .await
        .map_err(|error| Failure::broke_down(&error))?;
    match polled.answer {
        Ok(batch) => Ok(Made {
            moved: cursor.as_ref() != Some(&batch.cursor),
            batch,
            memory: polled.memory,
        }),
        Err(refused) => Err(Failure::refused(refused, polled.notes)),
    }
}

/// Stores a batch, tells of it, and gives when and after how long to go on.
async fn store(
    shared: &Shared,
    connection: &Connection,
    made: Made,
) -> Result<(Next, Duration), Failure> {
    let report = made.batch.report.clone();
    let next = Next::of(made.batch.more, made.moved);
    let wait = match next {
        Next::AtOnce => Duration::ZERO,
        Next::Later | Next::Stuck => schedule::after_success(connection.interval, fastrand::f64()),
    };
    let stored = Stored {
        connection: connection.name.clone(),
        batch: made.batch,
        times: times(shared, wait),
        lines: shared.lines.clone(),
    };
    let now = stored.times.now;
    let counted = shared.store.store(stored).await;
    let counted = counted.map_err(|error| Failure::of_store(&error))?;
    shared.more_lines.notify_one();
    shared.tally.change(&connection.name, |counts| {
        counts.succeeded_at = Some(now);
        counts.memory = counts.memory.max(made.memory);
        count(counts, &report, counted);
    });
    tell_success(connection, &report, counted);
    if next == Next::Stuck {
        tracing::warn!(
            "cisco-amp: more is waiting, but the cursor stays where it is ({name}); it is asked again at the next poll",
            name = connection.name
        );
    }
    Ok((next, wait))
}

/// Counts what a poll did.
fn count(counts: &mut Counts, report: &PollReport, counted: Counted) {
    let more = |all: &mut u64, more: u64| *all = all.saturating_add(more);
    more(&mut counts.fetched, report.fetched.into());
    more(&mut counts.known, report.known.into());
    more(&mut counts.filtered, report.filtered.into());
    more(&mut counts.skipped, report.skipped.into());
    more(&mut counts.unchecked, report.unchecked.into());
    more(&mut counts.signals, number(counted.new));
    more(&mut counts.doubled, number(counted.doubled));
    more(&mut counts.unmapped, number(counted.unmapped));
    counts.backlog = report.backlog;
    counts.lag_seconds = report.lag_seconds;
    take_quota(counts, report.quota);
}

/// Takes note of what AMP said of the request budget, if it did.
fn take_quota(counts: &mut Counts, quota: Option<Quota>) {
    if let Some(quota) = quota {
        counts.quota_limit = quota.limit;
        counts.quota_remaining = Some(quota.remaining);
    }
}

fn tell_success(connection: &Connection, report: &PollReport, counted: Counted) {
    let name = &connection.name;
    tracing::info!(
        "cisco-amp: fetched {} events ({name}; {} waiting)",
        counted.new,
        report.backlog
    );
    for remark in &report.remarks {
        let remark = connection.settings.without_secrets(remark.clone());
        tracing::warn!("cisco-amp: {remark} ({name})");
    }
    if counted.doubled > 0 {
        tracing::warn!(
            "cisco-amp: {} events came although they were stored before, and were left as they were ({name}); that is so after its cursor was forgotten, else it is a fault in the plugin: please report it",
            counted.doubled
        );
    }
    if counted.unmapped > 0 {
        tracing::error!(
            "cisco-amp: of {} events no record in the config's `format` could be made, so their lines are the signals themselves ({name})",
            counted.unmapped
        );
    }
}

/// Tells of a failure, stores it, and gives how long to wait.
async fn tell_failure(
    shared: &Shared,
    connection: &Connection,
    failure: Failure,
    failures: u32,
) -> Duration {
    let name = &connection.name;
    let clean = |text: &str| connection.settings.without_secrets(text.to_owned());
    let delay = match failure.is_rate_limited() {
        true => schedule::after_rate_limit,
        false => schedule::after_failure,
    };
    let wait = delay(
        failures,
        failure.retry_after,
        connection.interval,
        fastrand::f64(),
    );
    let message = clean(&failure.message);
    let next = match shared.once {
        true => String::new(),
        false => format!("; next poll in {}", in_words(wait)),
    };
    let line = format!(
        "cisco-amp: poll failed ({name}; {failure}): {}{next}",
        message.trim_end_matches('.')
    );
    if failure.passes {
        tracing::warn!("{line}");
    } else {
        tracing::error!("{line}");
    }
    for note in &failure.notes {
        tracing::warn!("cisco-amp: note: {} ({name})", clean(note));
    }
    let times = times(shared, wait);
    let is_of_store = failure.kind == STORAGE;
    let error = LastError {
        at: times.now,
        kind: failure.kind,
        status_code: failure.status_code,
        message,
    };
    let stored = shared.store.failed(name, error, failure.quota, times).await;
    // That the database fails was told just now.
    if let Err(error) = stored
        && !is_of_store
    {
        let line =
            format!("cisco-amp: the state of a connection cannot be stored ({name}): {error}");
        match error.passes() {
            true => tracing::warn!("{line}"),
            false => tracing::error!("{line}"),
        }
    }
    wait
}

/// Now, and after `wait`, by the wall clock.
fn times(shared: &Shared, wait: Duration) -> Times {
    after(shared.now(), wait)
}

/// `now`, and the first whole second that is no earlier than `wait` after it: a restart may know whole seconds alone, and is not to ask too soon.
fn after(now: SystemTime, wait: Duration) -> Times {
    let seconds = unix_seconds(now);
    let begun = match now.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => Duration::from_nanos(since.subsec_nanos().into()),
        Err(_) => Duration::ZERO,
    };
    let wait = begun.saturating_add(wait);
    let wait = wait
        .as_secs()
        .saturating_add(u64::from(wait.subsec_nanos() > 0));
    Times {
        now: seconds,
        next_at: seconds.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX)),
    }
}

/// A wait for people: whole seconds.
pub(super) fn in_words(wait: Duration) -> String {
    humantime::format_duration(Duration::from_secs(wait.as_secs().max(1))).to_string()
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The network that all connections share, as one of them has it: with the hosts that it may reach besides, and its requests counted.
struct OfConnection {
    network: Arc<dyn Egress>,
    allowed: Vec<AllowedHost>,
    name: String,
    tally: Arc<Tally>,
}

impl Egress for OfConnection {
    fn send(
        &self,
        request: Request<Bytes>,
        limits: RequestOptions,
        notes: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        self.tally.change(&self.name, |counts| {
            counts.requests = counts.requests.saturating_add(1);
        });
        self.network.send(request, limits, notes)
    }

    fn allowed(&self) -> &[AllowedHost] {
        &self.allowed
    }
}

/// Seconds since 1970.
pub(crate) fn unix_seconds(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |ago| -ago),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Next, after};

    #[test]
    fn a_poll_that_comes_no_nearer_to_what_waits_is_neither_repeated_at_once_nor_the_last() {
        assert_eq!(Next::of(true, false), Next::Stuck);
        assert_eq!(Next::of(true, true), Next::AtOnce);
        assert_eq!(Next::of(false, false), Next::Later);
        assert_eq!(Next::of(false, true), Next::Later);
    }

    #[test]
    fn the_next_poll_is_stored_as_a_second_that_is_not_too_early() {
        let next = |now: u64, wait: u64| {
            let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now);
            let times = after(now, Duration::from_millis(wait));
            (times.now, times.next_at)
        };
        assert_eq!(next(10_000, 5_000), (10, 15));
        assert_eq!(next(10_900, 5_000), (10, 16));
        assert_eq!(next(10_000, 5_001), (10, 16));
        assert_eq!(next(10_900, 5_200), (10, 17));
    }
}
