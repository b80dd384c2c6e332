//! The tables, and the version of their shape.

use std::path::Path;

use rusqlite::Connection;

use super::columns;
use super::error::StoreError;

/// Marks a database as a collector's, in its header: "AMPc".
const APPLICATION: i64 = 0x414d_5063;
/// The version of the tables below and of the keys and cursors in them.
const VERSION: i64 = 2;

/// Times are in seconds since 1970, by the wall clock.
const TABLES: &str = "
CREATE INDEX signals_stored ON signals (connection, stored_at);

-- Where the next poll of each connection begins.
CREATE TABLE cursors (
    connection TEXT PRIMARY KEY,
    cursor TEXT NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT;

-- What each connection is doing. failing_since is null while all is well; the last error stays when it is over.
CREATE TABLE states (
    connection TEXT PRIMARY KEY,
    polled_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    succeeded_at INTEGER,
    failing_since INTEGER,
    failures INTEGER NOT NULL,
    error_at INTEGER,
    error_kind TEXT,
    error_status INTEGER,
    error_message TEXT,
    backlog INTEGER,
    lag_seconds INTEGER,
    newest_event INTEGER,
    quota_limit INTEGER,
    quota_remaining INTEGER,
    quota_reset_at INTEGER
) STRICT;

-- JSON lines that are stored here and not yet written to the output.
CREATE TABLE lines (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    line TEXT NOT NULL
) STRICT;
";

/// What is found in a file.
pub(super) enum Found {
    /// Nothing yet.
    Empty,
    /// The tables of this version.
    Known,
}

/// Looks at what the database is, before anything is changed in it.
pub(super) fn look(database: &Connection, file: &Path) -> Result<Found, StoreError> {
    let number = |what: &str| {
        let read = database.query_row(what, [], |row| row.get::<_, i64>(0));
        read.map_err(|error| StoreError::opening(file, &error))
    };
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    match (tables, application, version) {
        (0, 0, 0) => Ok(Found::Empty),
        (_, APPLICATION, version) if version > VERSION => Err(StoreError::Newer {
            file: file.to_owned(),
            version,
            known: VERSION,
        }),
        (_, APPLICATION, VERSION) => Ok(Found::Known),
        (_, APPLICATION, version) => Err(StoreError::Older {
            file: file.to_owned(),
            version,
            known: VERSION,
        }),
        _ => Err(StoreError::Foreign {
            file: file.to_owned(),
            why: " but of something else",
        }),
    }
}

/// Makes the tables, all or none.
pub(super) fn make(database: &mut Connection) -> Result<(), rusqlite::Error> {
    let all = database.transaction()?;
    all.execute_batch(&columns::table())?;
    all.execute_batch(TABLES)?;
    all.pragma_update(None, "application_id", APPLICATION)?;
    all.pragma_update(None, "user_version", VERSION)?;
    all.commit()
}
