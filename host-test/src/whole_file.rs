//! Files that come into being all at once: whoever looks sees the old one or the new one, whole, even after a power failure.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// How many links are followed at most, as Linux does.
const MOST_LINKS: u32 = 40;

/// Puts a file with this text in place. Only its owner may read it, whoever could read the one before.
///
/// # Errors
///
/// When it cannot be written. What was there before is there still.
pub(crate) fn write(file: &Path, text: &str) -> io::Result<()> {
    put(draft(file)?, file, text)
}

/// The same, but one that is replaced keeps its mode.
///
/// # Errors
///
/// When it cannot be written. What was there before is there still.
pub(crate) fn replace(file: &Path, text: &str) -> io::Result<()> {
    let draft = draft(file)?;
    keep_mode(file, draft.as_file())?;
    put(draft, file, text)
}

fn put(mut draft: NamedTempFile, file: &Path, text: &str) -> io::Result<()> {
    draft.write_all(text.as_bytes())?;
    draft.as_file().sync_all()?;
    draft.persist(file).map_err(|error| error.error)?;
    sync_name(file);
    Ok(())
}

/// Makes the name of a new file last: it is in the folder. Where a folder cannot be synchronised, it need not be.
pub(crate) fn sync_name(file: &Path) {
    if let Ok(folder) = File::open(folder(file)) {
        let _ = folder.sync_all();
    }
}

/// How a file is opened that its owner alone may read and write if it is made. One that is there keeps its mode.
pub(crate) fn private() -> OpenOptions {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "there is no mode to set"))]
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The one path of a file that may have several: without links, whether it is there already or not.
///
/// # Errors
///
/// When its folder is not there, or its links lead in a circle.
pub(crate) fn real(file: &Path) -> io::Result<PathBuf> {
    if let Ok(real) = file.canonicalize() {
        return Ok(real);
    }
    let mut file = file.to_owned();
    for _ in 0..MOST_LINKS {
        match std::fs::read_link(&file) {
            // A link begins in its own folder, unless it says otherwise.
            Ok(to) => file = folder(&file).join(to),
            Err(_) => {
                let name = file.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
                return Ok(folder(&file).canonicalize()?.join(name));
            }
        }
    }
    Err(io::Error::other("its links lead in a circle"))
}

/// Gives the draft the mode of the file that it replaces, and its group: that is whom the mode lets in.
#[cfg(unix)]
fn keep_mode(file: &Path, draft: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let Ok(before) = std::fs::metadata(file) else {
        return Ok(());
    };
    let others = match fchown(draft, None, Some(before.gid())) {
        Ok(()) => 0o777,
        Err(_) => 0o707,
    };
    draft.set_permissions(std::fs::Permissions::from_mode(before.mode() & others))
}

#[cfg(not(unix))]
fn keep_mode(_: &Path, _: &File) -> io::Result<()> {
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
