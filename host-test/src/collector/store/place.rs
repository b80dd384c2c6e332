//! Whether the database is still the file that was opened. SQLite goes on writing to one that was deleted or replaced, and all of
//! that would be gone with the process.

use std::io;
use std::path::{Path, PathBuf};

/// Where a file was when it was opened, and which one it was.
pub(super) struct Place {
    file: PathBuf,
    was: Option<Identity>,
}

/// What tells a file from all others.
#[cfg(unix)]
type Identity = (u64, u64);

/// Nothing is needed: a file that is open can be neither deleted nor replaced.
#[cfg(not(unix))]
type Identity = ();

impl Place {
    /// The place of a database that is open and has its first page.
    pub(super) fn of(file: &Path) -> io::Result<Self> {
        Ok(Self {
            file: file.to_owned(),
            was: identity(file)?,
        })
    }

    /// The file.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Whether the same file is still there, and not emptied.
    pub(super) fn is_kept(&self) -> bool {
        identity(&self.file).is_ok_and(|is| is.is_some() && is == self.was)
    }
}

/// Which file this is; none if it is empty.
fn identity(file: &Path) -> io::Result<Option<Identity>> {
    let about = std::fs::metadata(file)?;
    #[cfg(unix)]
    let identity = {
        use std::os::unix::fs::MetadataExt as _;
        (about.dev(), about.ino())
    };
    #[cfg(not(unix))]
    let identity = ();
    Ok((about.len() > 0).then_some(identity))
}
