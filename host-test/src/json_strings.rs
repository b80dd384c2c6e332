//! The strings of JSON texts: where they end, and what their `\u` escapes stand for.

/// Returns the length in bytes of the string at the beginning of `text`, with its quotation marks, and whether it is closed.
pub(crate) fn length(text: &[u8]) -> (usize, bool) {
    let mut is_escaped = false;
    for (index, byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return (index.saturating_add(1), true),
            _ => {}
        }
    }
    (text.len(), false)
}

/// What an escape stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unicode {
    /// A character, and the length of its escapes in bytes: 6, or 12 for a surrogate pair.
    Character(char, usize),
    /// Half a surrogate pair, which is not a character. Its escape has 6 bytes.
    Surrogate(u16),
}

/// Returns what the `\u` escape at the beginning of `text` stands for; `None` if there is none.
pub(crate) fn unicode(text: &[u8]) -> Option<Unicode> {
    let first = unit(text)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some(Unicode::Character(character, 6));
    }
    let second = text.get(6..).and_then(unit);
    let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    Some(pair.map_or(Unicode::Surrogate(first), |character| {
        Unicode::Character(character, 12)
    }))
}

/// The number in `\uXXXX`.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    u16::from_str_radix(digits, 16).ok()
}
