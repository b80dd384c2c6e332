//! Files that come into being all at once: whoever looks sees the old one or the new one, whole, even after a power failure.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// Puts a file with this text in place. Only its owner may read it.
///
/// # Errors
///
/// When it cannot be written. What was there before is there still.
pub(crate) fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut draft = draft(file)?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().sync_all()?;
    draft.persist(file).map_err(|error| error.error)?;
    // The new name is in the folder. Where a folder cannot be synchronised, it need not be.
    if let Ok(folder) = std::fs::File::open(folder(file)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Finds out, before anything is sent, whether a file can be put there.
///
/// # Errors
///
/// When it cannot.
pub(crate) fn check(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    draft(file).map(|_| ())
}

/// A file beside the one to be, which is gone unless it takes its place.
fn draft(to: &Path) -> io::Result<NamedTempFile> {
    let name: Option<&OsStr> = to.file_name();
    let mut prefix = OsStr::new(".").to_owned();
    prefix.push(name.ok_or(io::ErrorKind::InvalidFilename)?);
    prefix.push(".");
    tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".part")
        .tempfile_in(folder(to))
}

/// The folder of a file.
fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
