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
    /// It is not UTF-8, for the reason given.
    NoText(&'static str),
}

/// The text of a file of `most` bytes or less, without a byte order mark.
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
    decode(bytes).map_err(Unread::NoText)
}

/// Bytes as text, without a byte order mark.
///
/// # Errors
///
/// If they are not UTF-8: the reason, and what to do.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, &'static str> {
    // Without a mark, every second byte of UTF-16 is zero where it holds ASCII; no text in UTF-8
    // begins so.
    let is_utf16 = matches!(
        bytes.as_slice(),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=0xff, ..] | [1..=0xff, 0, ..]
    );
    if is_utf16 {
        return Err("it is in UTF-16; save it as UTF-8");
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8; save it as UTF-8")?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// What is not a regular file, as those say it who read one.
pub(crate) const NO_FILE: &str = "it is no regular file";

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn a_byte_order_mark_is_skipped_and_utf_16_is_named() {
        assert_eq!(decode(b"\xef\xbb\xbfa".to_vec()).as_deref(), Ok("a"));
        assert_eq!(
            decode(b"a\xef\xbb\xbf".to_vec()).as_deref(),
            Ok("a\u{feff}")
        );
        assert_eq!(decode(Vec::new()).as_deref(), Ok(""));
        for bytes in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"a\0b\0", b"\0a\0b"] {
            assert_eq!(
                decode(bytes.to_vec()),
                Err("it is in UTF-16; save it as UTF-8")
            );
        }
        assert_eq!(
            decode(b"caf\xe9".to_vec()),
            Err("it is no text in UTF-8; save it as UTF-8")
        );
    }
}
