//! Why the database could not be opened, read or written. One sentence each, with what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the database could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or made.
    #[error("the database {} cannot be opened: {why}; check that its folder is there and may be written to", .file.display())]
    Unopenable {
        /// The database.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// The file is there and is something else.
    #[error("{} is no database of a collector{why}; it is left as it is: name another file in the config", .file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What it is instead, as far as that is known.
        why: &'static str,
    },
    /// A later version of this program made it.
    #[error("the database {} was made by a later version of this program (its version is {version}, this program knows up to {known}); use that one", .file.display())]
    Newer {
        /// The database.
        file: PathBuf,
        /// Its version.
        version: i64,
        /// The latest that is known here.
        known: i64,
    },
    /// An earlier version of this program made it. Its keys and cursors mean something else, so it is not converted.
    #[error("the database {} was made by an earlier version of this program (its version is {version}, this program needs {known}); move it away or name another file in the config: each connection then begins with its first window", .file.display())]
    Older {
        /// The database.
        file: PathBuf,
        /// Its version.
        version: i64,
        /// The version that is needed here.
        known: i64,
    },
    /// Another collector works with it.
    #[error("another collector works with the database {}; two would poll everything twice, so this one ends", .file.display())]
    InUse {
        /// The database.
        file: PathBuf,
    },
    /// Another program holds it up for longer than is waited. Nothing of what was to be written was kept.
    #[error(
        "another program holds the database ({0}), so nothing was stored and everything is as it was before; end it, or let it finish, and it goes on by itself"
    )]
    Held(String),
    /// The disk is full. Nothing of what was to be written was kept.
    #[error(
        "the disk is full, so nothing was stored and everything is as it was before; make room, and it goes on by itself"
    )]
    Full,
    /// The file may only be read, or the disk that it is on. Nothing of what was to be written was kept.
    #[error(
        "the database may only be read, so nothing was stored and everything is as it was before; let this program write to it, to the files beside it and to their folder"
    )]
    ReadOnly,
    /// The file is damaged. Nothing of what was to be written was kept.
    #[error(
        "the database is damaged ({0}), so nothing was stored; end the collector and put a copy of the database in its place, or name another file in the config: there each connection begins with its first window"
    )]
    Damaged(String),
    /// The file was moved, deleted, replaced or emptied while a collector works with it.
    #[error(
        "the database {} was moved, deleted, replaced or emptied while the collector works with it, so nothing is stored; put it back, or start the collector anew: it then works with what is there", .file.display()
    )]
    Gone {
        /// Where it was.
        file: PathBuf,
    },
    /// Reading or writing failed. Nothing of what was to be written was kept.
    #[error("the database failed ({0}), so nothing was stored and everything is as it was before")]
    Failed(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Held(error.to_string())
            }
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl StoreError {
    /// Whether it mostly ends by itself, without a person.
    pub(in crate::collector) const fn passes(&self) -> bool {
        matches!(self, Self::Held(_))
    }

    /// What it means that opening `file` failed so.
    pub(super) fn opening(file: &Path, error: &rusqlite::Error) -> Self {
        let file = file.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign { file, why: "" },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Held(error.to_string())
            }
            _ => Self::Unopenable {
                file,
                why: error.to_string(),
            },
        }
    }
}
