//! The database: signals, cursors, and what each connection is doing, in SQLite.
//!
//! A batch and its cursor become durable in one transaction (WAL, `synchronous = FULL`), so a kill at any instant leaves both or
//! neither. One collector at a time works with a database; anybody may read it meanwhile.

mod columns;
mod error;
mod place;
mod reader;
mod schema;
mod state;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params, params_from_iter};

pub use error::StoreError;
pub use reader::Reader;
pub use state::{ConnectionState, LastError, RATE_LIMITED, StoredQuota, Times};

use crate::collector::form::Form;
use crate::file_lock::{FileLock, LockError};
use crate::intake::Batch;
use crate::outcome::Quota;
use crate::whole_file;
use place::Place;
use schema::Found;

/// How long a reader may hold a write up before it fails.
const BUSY: Duration = Duration::from_secs(5);

/// The database of a collector. Copies of it are the same one.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    database: Mutex<Connection>,
    place: Place,
    // After the database: the lock goes last.
    _lock: FileLock,
}

/// A batch, to be stored as a whole.
#[derive(Debug)]
pub struct Stored {
    /// The connection that it belongs to.
    pub connection: String,
    /// Its signals, its cursor, and what the poll did.
    pub batch: Batch,
    /// When the poll ended, and when the next one is to begin.
    pub times: Times,
    /// What the JSON lines of the signals look like, if there are to be any.
    pub lines: Option<Arc<Form>>,
}

/// How many signals of a batch were stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Those that were new.
    pub new: usize,
    /// Those that were stored already, and are left as they were. The plugin promises that there are none.
    pub doubled: usize,
    /// Those whose lines are not of the form that is wanted, but the signals themselves.
    pub unmapped: usize,
}

/// A JSON line that is not written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number; later lines have larger ones.
    pub number: i64,
    /// The line, without its end.
    pub text: String,
}

/// Whether a collector works with the database in `file`, be it there already or not.
///
/// # Errors
///
/// When that cannot be told.
pub fn is_in_use(file: &Path) -> Result<bool, StoreError> {
    FileLock::is_taken(file).map_err(|error| StoreError::Unopenable {
        file: file.to_owned(),
        why: error.to_string(),
    })
}

impl Store {
    /// Opens the database, or makes it, and keeps other collectors out of it until all copies are gone.
    ///
    /// # Errors
    ///
    /// When another collector has it, it is something else or of another version, may only be read, or cannot be opened.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let lock = FileLock::take(file).map_err(|error| match error {
            LockError::Taken => StoreError::InUse {
                file: file.to_owned(),
            },
            LockError::Io(error) => StoreError::Unopenable {
                file: file.to_owned(),
                why: error.to_string(),
            },
        })?;
        let opening = |error: rusqlite::Error| StoreError::opening(file, &error);
        let unopenable = |why: String| StoreError::Unopenable {
            file: file.to_owned(),
            why,
        };
        make_private(file).map_err(|error| unopenable(error.to_string()))?;
        let mut database = Connection::open(file).map_err(opening)?;
        database.busy_timeout(BUSY).map_err(opening)?;
        let found = schema::look(&database, file)?;
        // SQLite would tell only when something is to be stored.
        if database.is_readonly("main").map_err(opening)? {
            return Err(unopenable("it may only be read".to_owned()));
        }
        database
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(opening)?;
        database
            .pragma_update(None, "synchronous", "FULL")
            .map_err(opening)?;
        if let Found::Empty = found {
            schema::make(&mut database).map_err(opening)?;
        }
        let place = Place::of(file).map_err(|error| unopenable(error.to_string()))?;
        Ok(Self(Arc::new(Inner {
            database: Mutex::new(database),
            place,
            _lock: lock,
        })))
    }

    /// Does work on the database, on a thread where it may take its time.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            let database = &inner.database;
            let mut database = database.lock().unwrap_or_else(PoisonError::into_inner);
            if !inner.place.is_kept() {
                return Err(StoreError::Gone {
                    file: inner.place.file().to_owned(),
                });
            }
            Ok(work(&mut database)?)
        });
        match done.await {
            Ok(done) => done,
            Err(error) => Err(StoreError::Failed(error.to_string())),
        }
    }

    /// Where the next poll of a connection begins; none before its first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn cursor(&self, connection: &str) -> Result<Option<String>, StoreError> {
        let connection = connection.to_owned();
        self.with(move |database| {
            let query = "SELECT cursor FROM cursors WHERE connection = ?1";
            let found = database.query_row(query, [connection], |row| row.get(0));
            found.optional()
        })
        .await
    }

    /// Forgets where the next poll of a connection begins; then it begins with the first window. False if there was nothing to forget.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn forget_cursor(&self, connection: &str) -> Result<bool, StoreError> {
        let connection = connection.to_owned();
        self.with(move |database| {
            let query = "DELETE FROM cursors WHERE connection = ?1";
            Ok(database.execute(query, [connection])? > 0)
        })
        .await
    }

    /// What a connection is doing; none before its first poll.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn state(&self, connection: &str) -> Result<Option<ConnectionState>, StoreError> {
        let connection = connection.to_owned();
        self.with(move |database| state::read(database, &connection))
            .await
    }

    /// Stores a batch with its cursor: all of it or nothing.
    ///
    /// # Errors
    ///
    /// When the disk is full or the database fails. Then everything is as it was before.
    pub async fn store(&self, stored: Stored) -> Result<Counted, StoreError> {
        self.with(move |database| {
            let all = database.transaction()?;
            let counted = insert(&all, &stored)?;
            let batch = &stored.batch;
            all.execute(
                "INSERT INTO cursors (connection, cursor, stored_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (connection) DO UPDATE SET cursor = ?2, stored_at = ?3",
                params![stored.connection, batch.cursor, stored.times.now],
            )?;
            state::succeeded(&all, &stored.connection, &batch.report, stored.times)?;
            all.commit()?;
            Ok(counted)
        })
        .await
    }

    /// Stores that a poll failed. The cursor stays as it is.
    ///
    /// # Errors
    ///
    /// When the disk is full or the database fails.
    pub async fn failed(
        &self,
        connection: &str,
        error: LastError,
        quota: Option<Quota>,
        times: Times,
    ) -> Result<(), StoreError> {
        let connection = connection.to_owned();
        self.with(move |database| {
            let all = database.transaction()?;
            state::failed(&all, &connection, &error, quota, times)?;
            all.commit()
        })
        .await
    }

    /// The oldest JSON lines that are not written yet, up to so many.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn lines(&self, most: u32) -> Result<Vec<Line>, StoreError> {
        self.with(move |database| {
            let query = "SELECT number, line FROM lines ORDER BY number LIMIT ?1";
            let mut query = database.prepare(query)?;
            let lines = query.query_map([most], |row| {
                Ok(Line {
                    number: row.get(0)?,
                    text: row.get(1)?,
                })
            })?;
            lines.collect()
        })
        .await
    }

    /// Forgets the JSON lines up to this number: they are written.
    ///
    /// # Errors
    ///
    /// When the database fails. Then they will be written again.
    pub async fn lines_written(&self, up_to: i64) -> Result<(), StoreError> {
        self.with(move |database| {
            let forgotten = database.execute("DELETE FROM lines WHERE number <= ?1", [up_to]);
            forgotten.map(drop)
        })
        .await
    }
}

/// Makes the file if it is not there: SQLite would let everybody read it, and gives the files beside it the mode of this one.
fn make_private(file: &Path) -> std::io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    let made = whole_file::private().create(true).append(true).open(file);
    made.map(drop)
}

/// Inserts the signals that are not there yet, and their lines.
fn insert(all: &Transaction<'_>, stored: &Stored) -> Result<Counted, rusqlite::Error> {
    let mut counted = Counted::default();
    let mut signals = all.prepare(&columns::insert())?;
    let mut lines = all.prepare("INSERT INTO lines (line) VALUES (?1)")?;
    for signal in &stored.batch.signals {
        let first: [Value; columns::FIRST.len()] = [
            stored.connection.clone().into(),
            signal.unique_event_key().to_owned().into(),
            signal.start_time().to_owned().into(),
            signal.timestamp().into(),
        ];
        let last: [Value; columns::LAST.len()] = [
            signal.raw().get().to_owned().into(),
            stored.times.now.into(),
        ];
        let values = first.into_iter().chain(columns::values(signal)).chain(last);
        let inserted = signals.execute(params_from_iter(values))?;
        if inserted == 0 {
            counted.doubled = counted.doubled.saturating_add(1);
            continue;
        }
        counted.new = counted.new.saturating_add(1);
        if let Some(form) = &stored.lines {
            let made = form.lines(signal.line_of(&stored.connection));
            if made.is_err() {
                counted.unmapped = counted.unmapped.saturating_add(1);
            }
            for line in made.unwrap_or_else(|own| vec![own]) {
                lines.execute([line])?;
            }
        }
    }
    Ok(counted)
}
