//! Whether `output` is a file that is something else already: lines would be written into the database, or over a key.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::outline::Outline;
use crate::key_source::KeySource;
use crate::whole_file;

/// What SQLite, and the collector's lock, put beside the database.
const BESIDE_DATABASE: [&str; 4] = ["-wal", "-shm", "-journal", ".lock"];

/// What `output` would be written into, as the end of a sentence; none if it is a file of its own.
pub(super) fn taken(outline: &Outline, output: &Path) -> Option<String> {
    let is = |file: &Path| is_same(output, file);
    if is(&outline.database) {
        return Some("`output` and `database` are the same file".to_owned());
    }
    let database = real(&outline.database);
    for end in BESIDE_DATABASE {
        let mut beside = OsString::from(&database);
        beside.push(end);
        if is(Path::new(&beside)) {
            return Some("`output` is a file that belongs to the database".to_owned());
        }
    }
    if is(&outline.file) {
        return Some("`output` is this config".to_owned());
    }
    if outline.ca_file.as_deref().is_some_and(is) {
        return Some("`output` and `ca-file` are the same file".to_owned());
    }
    let mut keys = outline.connections.iter();
    let of =
        keys.find(|connection| matches!(&connection.key, Some(KeySource::File(file)) if is(file)))?;
    Some(format!(
        "`output` is the key file of connection `{}`",
        of.name
    ))
}

fn is_same(one: &Path, other: &Path) -> bool {
    real(one) == real(other) || is_linked(one, other)
}

/// Without links; as it is spelled, if its folder is not there.
fn real(file: &Path) -> PathBuf {
    whole_file::real(file).unwrap_or_else(|_| file.to_owned())
}

/// Whether both are there and are one, under two names in the file system.
#[cfg(unix)]
fn is_linked(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(one), Ok(other)) = (one.metadata(), other.metadata()) else {
        return false;
    };
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Only Unix tells.
#[cfg(not(unix))]
fn is_linked(_: &Path, _: &Path) -> bool {
    false
}
