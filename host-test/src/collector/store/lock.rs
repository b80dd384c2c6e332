//! One collector for a database: a lock on a file beside it, which goes with the process, however that ends.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::StoreError;
use crate::whole_file;

/// How often it is tried to take a lock, and how long it is waited in between: whoever only looks whether it is taken holds it for a moment.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Keeps other collectors out while it lives.
pub(super) struct Lock {
    /// The lock is on the open file; closing it gives it back.
    _file: File,
}

impl Lock {
    /// Takes the lock of the database `file`.
    pub(super) fn take(file: &Path) -> Result<Self, StoreError> {
        let unopenable = |error: std::io::Error| StoreError::Unopenable {
            file: file.to_owned(),
            why: error.to_string(),
        };
        let lock = whole_file::private()
            .create(true)
            .truncate(false)
            .write(true)
            .open(name(file).map_err(unopenable)?)
            .map_err(unopenable)?;
        for _ in 0..TRIES {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { _file: lock }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
                Err(TryLockError::Error(error)) => return Err(unopenable(error)),
            }
        }
        Err(StoreError::InUse {
            file: file.to_owned(),
        })
    }

    /// Whether somebody has the lock of the database `file`. Changes nothing.
    pub(super) fn is_taken(file: &Path) -> Result<bool, std::io::Error> {
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
fn name(file: &Path) -> Result<PathBuf, std::io::Error> {
    let mut name = OsString::from(whole_file::real(file)?);
    name.push(".lock");
    Ok(PathBuf::from(name))
}
