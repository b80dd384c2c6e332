//! What a connection is doing, as it is stored: enough to say green or red, and to go on after a restart.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::collector::schedule::{Ended, Left};
use crate::intake::PollReport;
use crate::outcome::Quota;

/// The kind of a failure that AMP ends by itself, after a while.
pub const RATE_LIMITED: &str = "rate-limited";

/// What a connection is doing. Times are in seconds since 1970, by the wall clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionState {
    /// When its last poll ended.
    pub polled_at: i64,
    /// When the next one is to begin.
    pub next_at: i64,
    /// When a poll was last stored.
    pub succeeded_at: Option<i64>,
    /// Since when every poll has failed; none while all is well.
    pub failing_since: Option<i64>,
    /// How many polls have failed in a row.
    pub failures: u32,
    /// What went wrong last, even if it is over.
    pub last_error: Option<LastError>,
    /// Events that were waiting in AMP after the last poll that was stored.
    pub backlog: Option<i64>,
    /// How far the signals were behind the present then, in seconds; none if it had caught up.
    pub lag_seconds: Option<i64>,
    /// Time of the newest event.
    pub newest_event: Option<i64>,
    /// What AMP last said of the request budget.
    pub quota: Option<StoredQuota>,
}

/// A failure that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastError {
    /// When it was last seen.
    pub at: i64,
    /// What kind of failure it is: the name of the case in the contract, `storage`, or a breakdown of the component.
    pub kind: String,
    /// The HTTP status code, if there was an answer.
    pub status_code: Option<u16>,
    /// What happened and what to do about it.
    pub message: String,
}

/// What AMP said of the request budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredQuota {
    /// Requests allowed in a window of one hour.
    pub limit: Option<u32>,
    /// Requests left in it then.
    pub remaining: u32,
    /// When it ends.
    pub reset_at: Option<i64>,
}

/// When a poll ended, and when the next one is to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// When it ended.
    pub now: i64,
    /// When the next one is to begin.
    pub next_at: i64,
}

impl ConnectionState {
    /// What matters for the schedule after a restart.
    #[must_use]
    pub fn left(&self) -> Left {
        let kind = self.last_error.as_ref().map(|error| error.kind.as_str());
        let ended = match (self.failing_since, kind) {
            (None, _) => Ended::Well,
            (Some(_), Some(RATE_LIMITED)) => Ended::RateLimited,
            (Some(_), _) => Ended::Failed,
        };
        Left {
            polled_at: self.polled_at,
            next_at: self.next_at,
            ended,
        }
    }
}

/// The state of a connection; none if it was never polled.
pub(super) fn read(
    database: &Connection,
    connection: &str,
) -> Result<Option<ConnectionState>, rusqlite::Error> {
    let query = "SELECT * FROM states WHERE connection = ?1";
    database.query_row(query, [connection], of_row).optional()
}

fn of_row(row: &Row<'_>) -> Result<ConnectionState, rusqlite::Error> {
    let error = |at: i64| -> Result<LastError, rusqlite::Error> {
        Ok(LastError {
            at,
            kind: row.get("error_kind")?,
            status_code: row.get("error_status")?,
            message: row.get("error_message")?,
        })
    };
    let quota = |remaining: u32| -> Result<StoredQuota, rusqlite::Error> {
        Ok(StoredQuota {
            limit: row.get("quota_limit")?,
            remaining,
            reset_at: row.get("quota_reset_at")?,
        })
    };
    let error_at: Option<i64> = row.get("error_at")?;
    let remaining: Option<u32> = row.get("quota_remaining")?;
    Ok(ConnectionState {
        polled_at: row.get("polled_at")?,
        next_at: row.get("next_at")?,
        succeeded_at: row.get("succeeded_at")?,
        failing_since: row.get("failing_since")?,
        failures: row.get("failures")?,
        last_error: error_at.map(error).transpose()?,
        backlog: row.get("backlog")?,
        lag_seconds: row.get("lag_seconds")?,
        newest_event: row.get("newest_event")?,
        quota: remaining.map(quota).transpose()?,
    })
}

/// Writes that a poll was stored.
pub(super) fn succeeded(
    all: &Transaction<'_>,
    connection: &str,
    report: &PollReport,
    times: Times,
) -> Result<(), rusqlite::Error> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    all.execute("INSERT INTO states (connection, polled_at, next_at, succeeded_at, failures, backlog, lag_seconds, newest_event)
         VALUES (?1, ?2, ?3, ?2, 0, ?4, ?5, ?6)
         ON CONFLICT (connection) DO UPDATE SET
            polled_at = ?2, next_at = ?3, succeeded_at = ?2, failures = 0, failing_since = NULL,
            backlog = ?4, lag_seconds = ?5, newest_event = ?6", params![
        connection,
        times.now,
        times.next_at,
        number(report.backlog),
        report.lag_seconds.map(number),
        report.newest_event,
    ])?;
    quota(all, connection, report.quota, times.now)
}

/// Writes that a poll failed. What was known of backlog, lag and newest event stays.
pub(super) fn failed(
    all: &Transaction<'_>,
    connection: &str,
    error: &LastError,
    left: Option<Quota>,
    times: Times,
) -> Result<(), rusqlite::Error> {
    all.execute("INSERT INTO states (connection, polled_at, next_at, failing_since, failures, error_at, error_kind, error_status, error_message)
         VALUES (?1, ?2, ?3, ?2, 1, ?4, ?5, ?6, ?7)
         ON CONFLICT (connection) DO UPDATE SET
            polled_at = ?2, next_at = ?3, failing_since = coalesce(failing_since, ?2), failures = failures + 1,
            error_at = ?4, error_kind = ?5, error_status = ?6, error_message = ?7", params![
        connection,
        times.now,
        times.next_at,
        error.at,
        error.kind,
        error.status_code,
        error.message,
    ])?;
    quota(all, connection, left, times.now)
}

/// Writes what AMP said of the budget, if it did.
fn quota(
    all: &Transaction<'_>,
    connection: &str,
    quota: Option<Quota>,
    now: i64,
) -> Result<(), rusqlite::Error> {
    let Some(quota) = quota else {
        return Ok(());
    };
    let reset_at = quota
        .reset_seconds
        .map(|seconds| now.saturating_add(i64::from(seconds)));
    all.execute("UPDATE states SET quota_limit = ?2, quota_remaining = ?3, quota_reset_at = ?4 WHERE connection = ?1", params![connection, quota.limit, quota.remaining, reset_at])
    .map(drop)
}
