//! One collector for a database: a lock on a file beside it, which goes with the process, however that ends.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::error::StoreError;

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
        let mut name = OsString::from(real(file).map_err(unopenable)?);
        name.push(".lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(PathBuf::from(name))
            .map_err(unopenable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _file: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
                file: file.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(unopenable(error)),
        }
    }
}

/// The one path of a file that may have several: without links, whether it is there already or not.
fn real(file: &Path) -> Result<PathBuf, std::io::Error> {
    if let Ok(real) = file.canonicalize() {
        return Ok(real);
    }
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder.canonicalize()?,
        _ => std::env::current_dir()?,
    };
    Ok(folder.join(file.file_name().unwrap_or_default()))
}
