//! Reading a file that must be one, and hold text: a named pipe or a device may never end, or never begin.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Why a file gives no text.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It cannot be read.
    Io(io::Error),
    /// It is a folder, a pipe, a device.
    NoFile,
    /// It is longer than is asked for.
    TooLarge,
    /// It is not UTF-8.
    NoText,
}

/// The text of a file of `most` bytes or less.
///
/// # Errors
///
/// When it cannot be read, or is no regular file, too large or no text.
pub(crate) fn text(file: &Path, most: u64) -> Result<String, Unread> {
    // Before it is opened: that alone waits where nobody writes into a pipe.
    if !std::fs::metadata(file).map_err(Unread::Io)?.is_file() {
        return Err(Unread::NoFile);
    }
    let mut bytes = Vec::new();
    // One byte more tells that there is more.
    File::open(file)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(Unread::Io)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(Unread::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| Unread::NoText)
}

/// What is not a regular file, as those say it who read one.
pub(crate) const NO_FILE: &str = "it is no regular file";
