//! The file that a poll's cursor is kept in between two polls: read and checked before anything is sent, replaced all at once.

use std::io;
use std::path::{Path, PathBuf};

use crate::file_lock::{FileLock, LockError};
use crate::regular_file::{self, Unread};
use crate::whole_file;

/// Far more than any cursor has, and little enough to read whatever was named by mistake.
const LARGEST: u64 = 16 * 1024 * 1024 - 1;

/// A cursor's file that can be read and replaced, and that no other poll uses meanwhile.
pub(super) struct CursorFile {
    /// As it was named.
    named: PathBuf,
    /// Where it really is, so that a link to it stays one.
    file: PathBuf,
    /// Given back when the poll is over.
    _lock: FileLock,
}

/// Why a file cannot be used for a cursor. It is left as it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum CursorError {
    #[error("the cursor file {} cannot be read: {error}; {REMEDY}", .file.display())]
    Unreadable { file: PathBuf, error: io::Error },
    #[error("the cursor file {} is no regular file; name another with --cursor FILE", .file.display())]
    NoFile { file: PathBuf },
    #[error("the cursor file {} holds no cursor: {what}; {REMEDY}", .file.display())]
    NoCursor { file: PathBuf, what: &'static str },
    #[error("the cursor file {} is in use by another poll; wait until that has ended, or name another with --cursor FILE. Nothing was fetched", .file.display())]
    InUse { file: PathBuf },
    #[error("the cursor file {} cannot be locked: {error}; name another with --cursor FILE. Nothing was fetched", .file.display())]
    NoLock { file: PathBuf, error: io::Error },
    #[error("the cursor file {} cannot be written: {error}; name another with --cursor FILE. Nothing was fetched", .file.display())]
    Unwritable { file: PathBuf, error: io::Error },
}

/// What to do about a file that holds no cursor.
const REMEDY: &str = "put its last good copy back, name another with --cursor FILE, or remove it to begin again with the first window: what \
     is older is passed over then, and what was delivered within it comes once more";

impl CursorFile {
    /// Looks at a file, and gives its cursor; none if it is not there yet, or empty. No other poll
    /// can open it until this one is dropped.
    ///
    /// # Errors
    ///
    /// When it cannot be read or replaced, holds something else, or is in use.
    pub(super) fn open(named: &Path) -> Result<(Self, Option<String>), CursorError> {
        let file = whole_file::real(named).unwrap_or_else(|_| named.to_owned());
        // First, so that no lock is left beside what is no cursor.
        read(named, &file)?;
        whole_file::check(&file).map_err(|error| CursorError::Unwritable {
            file: named.to_owned(),
            error,
        })?;
        let lock = FileLock::take(&file).map_err(|error| match error {
            LockError::Taken => CursorError::InUse {
                file: named.to_owned(),
            },
            LockError::Io(error) => CursorError::NoLock {
                file: named.to_owned(),
                error,
            },
        })?;
        // Again: another poll may have replaced it until now.
        let cursor = read(named, &file)?;
        let open = Self {
            named: named.to_owned(),
            file,
            _lock: lock,
        };
        Ok((open, cursor))
    }

    /// Puts a new cursor in place of the old one.
    ///
    /// # Errors
    ///
    /// When it cannot be written. The old one is there still.
    pub(super) fn replace(&self, cursor: &str) -> io::Result<()> {
        whole_file::replace(&self.file, &format!("{cursor}\n"))
    }

    /// As it was named, for messages.
    pub(super) fn name(&self) -> std::path::Display<'_> {
        self.named.display()
    }

    /// What to do where the component does not take its cursor, as the end of a message that says what comes of that.
    pub(super) fn remedy(&self) -> String {
        format!(
            "The cursor is that of the file {}, which stays as it is; to go on without it, remove it or name another with --cursor FILE.",
            self.name()
        )
    }
}

/// The cursor in a file; none if the file is not there, or empty.
fn read(named: &Path, file: &Path) -> Result<Option<String>, CursorError> {
    let named = || named.to_owned();
    let no_cursor = |what| CursorError::NoCursor {
        file: named(),
        what,
    };
    let text = match regular_file::text(file, LARGEST) {
        Ok(text) => text,
        Err(Unread::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(Unread::Io(error)) => {
            return Err(CursorError::Unreadable {
                file: named(),
                error,
            });
        }
        // Replaced by a file, a device would be gone for everybody.
        Err(Unread::NoFile) => return Err(CursorError::NoFile { file: named() }),
        Err(Unread::TooLarge) => return Err(no_cursor("it is too long for one")),
        Err(Unread::NoText(why)) => return Err(no_cursor(why)),
    };
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
