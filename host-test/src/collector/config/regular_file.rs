//! Reading a file that must be one: a named pipe or a device may never end, or never begin.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The file, up to one byte more than `most`, which tells that there is more.
///
/// # Errors
///
/// When it cannot be read, or is no regular file.
pub(super) fn read(file: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Before it is opened: that alone waits where nobody writes into a pipe.
    if !std::fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    let most = most.saturating_add(1);
    File::open(file)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
