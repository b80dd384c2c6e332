//! A look at the database from outside, while a collector works with it or not. Nothing is changed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};
use url::Url;

use super::BUSY;
use super::error::StoreError;
use super::schema::{self, Found};
use super::state::{self, ConnectionState};

/// A database that is only looked at, while a collector works with it or not.
pub struct Reader {
    database: Connection,
    file: PathBuf,
}

impl Reader {
    /// Opens a database that is there; none if it is empty still, as a collector takes it too.
    ///
    /// # Errors
    ///
    /// When it is not there, is something else, or of a later version.
    pub fn open(file: &Path) -> Result<Option<Self>, StoreError> {
        let opening = |error: rusqlite::Error| StoreError::opening(file, &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        let named = at_rest(file).unwrap_or_else(|| file.as_os_str().to_owned());
        let database = Connection::open_with_flags(named, flags).map_err(opening)?;
        database.busy_timeout(BUSY).map_err(opening)?;
        match schema::look(&database, file)? {
            Found::Known => Ok(Some(Self {
                database,
                file: file.to_owned(),
            })),
            Found::Empty => Ok(None),
        }
    }

    /// The file that it reads.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What a connection is doing; none before its first poll.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn state(&self, connection: &str) -> Result<Option<ConnectionState>, StoreError> {
        Ok(state::read(&self.database, connection)?)
    }

    /// When a signal of a connection was last stored, in seconds since 1970; none if it has none.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn last_signal(&self, connection: &str) -> Result<Option<i64>, StoreError> {
        let query = "SELECT max(stored_at) FROM signals WHERE connection = ?1";
        Ok(self
            .database
            .query_row(query, [connection], |row| row.get(0))?)
    }

    /// How many signals of a connection were stored at `time` (seconds since 1970) or later.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn signals_since(&self, connection: &str, time: i64) -> Result<u64, StoreError> {
        let query = "SELECT count(*) FROM signals WHERE connection = ?1 AND stored_at >= ?2";
        let of = params![connection, time];
        let count: i64 = self.database.query_row(query, of, |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// What a database is opened by that nobody works with; none if somebody does.
///
/// SQLite makes two files beside a database in WAL mode whoever opens it, if it has none, and leaves them when it may only read. Those of an
/// administrator would then be in the collector's way, and somebody who may not write there could not look at all.
fn at_rest(file: &Path) -> Option<OsString> {
    let mut log = OsString::from(file);
    log.push("-wal");
    if Path::new(&log).exists() {
        return None;
    }
    let mut url = Url::from_file_path(file.canonicalize().ok()?).ok()?;
    url.set_query(Some("immutable=1"));
    Some(String::from(url).into())
}
