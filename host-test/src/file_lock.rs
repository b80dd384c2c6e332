//! One user of a file: a lock on a file beside it, which goes with the process, however that ends.
//! Not on the file itself, which may be replaced.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::whole_file;

/// How often it is tried to take a lock, and how long it is waited in between: whoever only looks
/// whether it is taken holds it for a moment.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Keeps other users of the file out while it lives.
pub(crate) struct FileLock {
    /// The lock is on the open file; closing it gives it back.
    _file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Another user of the file has it.
    Taken,
    /// The file beside it cannot be opened or locked.
    Io(io::Error),
}

impl FileLock {
    /// Takes the lock of `file`, which need not be there yet. All paths to one file have one lock.
    ///
    /// # Errors
    ///
    /// If another has it, or if there can be none.
    pub(crate) fn take(file: &Path) -> Result<Self, LockError> {
        let lock = name(file)
            .and_then(|name| {
                let mut options = whole_file::private();
                options.create(true).truncate(false).write(true).open(name)
            })
            .map_err(LockError::Io)?;
        for _ in 0..TRIES {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { _file: lock }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
            }
        }
        Err(LockError::Taken)
    }

    /// Whether somebody has the lock of `file`. Changes nothing.
    ///
    /// # Errors
    ///
    /// If that cannot be found out.
    pub(crate) fn is_taken(file: &Path) -> io::Result<bool> {
        let lock = match File::open(name(file)?) {
            Ok(lock) => lock,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match lock.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The file of the lock, which stays when the lock is gone.
fn name(file: &Path) -> io::Result<PathBuf> {
    let mut name = OsString::from(whole_file::real(file)?);
    name.push(".lock");
    Ok(PathBuf::from(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{FileLock, LockError};

    #[test]
    fn two_paths_to_one_file_have_one_lock() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let file = folder.path().join("x");
        let lock = FileLock::take(&file).unwrap();
        let other = folder.path().join("sub/../x");
        assert!(matches!(FileLock::take(&other), Err(LockError::Taken)));
        assert!(FileLock::is_taken(&other).unwrap());
        // The file is replaced, as each poll does.
        std::fs::write(folder.path().join("new"), "1").unwrap();
        std::fs::rename(folder.path().join("new"), &file).unwrap();
        assert!(matches!(FileLock::take(&file), Err(LockError::Taken)));
        drop(lock);
        assert!(!FileLock::is_taken(&file).unwrap());
        assert!(FileLock::take(&other).is_ok());
    }
}
