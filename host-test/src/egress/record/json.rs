//! Finds the texts and numbers in JSON, and puts others in their place, without touching a byte of the rest.
//!
//! Reads what is damaged, cut short or nested beyond measure as far as it goes: what a recording keeps of such a body must
//! not tell a secret either.

use std::borrow::Cow;
use std::rc::Rc;

use crate::json_strings::{self, Unicode};

/// How deep nesting is followed; below it, texts have the key of the last level that was. AMP nests about six levels.
const FOLLOWED: usize = 512;

/// What stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A name in an object.
    Key,
    /// A text.
    Text,
    /// Anything else between commas: a number, `true`, or damage.
    Bare,
}

/// What takes the place of a value: its key (of the innermost object around it), what it is, and its decoded text, which
/// may have bytes in it that are no text.
pub(super) type Visit<'a> = dyn FnMut(Option<&str>, Place, &[u8]) -> Option<Vec<u8>> + 'a;

/// Whether a body is meant to be JSON.
pub(super) fn is_meant(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'))
}

/// The level of an object or a list.
struct Level {
    object: bool,
    key: Option<Rc<str>>,
    /// In an object: a key comes next.
    key_next: bool,
}

/// The document with what `visit` puts in the place of its values.
pub(super) fn replace(body: &[u8], visit: &mut Visit<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut levels: Vec<Level> = Vec::new();
    let mut beyond: usize = 0;
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'"' => {
                let (length, closed) = json_strings::length(rest);
                let (token, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                rest = after;
                let is_key = beyond == 0
                    && levels
                        .last()
                        .is_some_and(|level| level.object && level.key_next);
                let key = levels.last().and_then(|level| level.key.clone());
                let place = if is_key { Place::Key } else { Place::Text };
                let key = if is_key { None } else { key };
                let inner = token.get(1..).unwrap_or_default();
                let inner = if closed {
                    inner.strip_suffix(b"\"").unwrap_or(inner)
                } else {
                    inner
                };
                let decoded = unescaped(inner);
                match visit(key.as_deref(), place, &decoded) {
                    Some(new) => {
                        out.push(b'"');
                        escape(&new, &mut out);
                        out.extend(closed.then_some(b'"'));
                    }
                    None => out.extend_from_slice(token),
                }
                if let (true, Some(level)) = (is_key, levels.last_mut()) {
                    level.key = Some(String::from_utf8_lossy(&decoded).into());
                }
                continue;
            }
            b'{' | b'[' if levels.len() >= FOLLOWED => beyond = beyond.saturating_add(1),
            b'{' => levels.push(Level {
                object: true,
                key: levels.last().and_then(|level| level.key.clone()),
                key_next: true,
            }),
            b'[' => levels.push(Level {
                object: false,
                key: levels.last().and_then(|level| level.key.clone()),
                key_next: false,
            }),
            b'}' | b']' if beyond > 0 => beyond = beyond.saturating_sub(1),
            b'}' | b']' => {
                levels.pop();
            }
            b':' | b',' => {
                if let (0, Some(level)) = (beyond, levels.last_mut()) {
                    level.key_next = byte == b',';
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => {
                let length = rest
                    .iter()
                    .position(|byte| b"{}[]:,\" \t\r\n".contains(byte))
                    .unwrap_or(rest.len());
                let (token, after) = rest.split_at(length);
                let key = levels.last().and_then(|level| level.key.as_deref());
                match visit(key, Place::Bare, token) {
                    Some(new) => out.extend_from_slice(&new),
                    None => out.extend_from_slice(token),
                }
                rest = after;
                continue;
            }
        }
        out.push(byte);
        rest = after;
    }
    out
}

/// The text between two quotation marks without its escapes; what is no right escape stays. Half a surrogate pair, which UTF-8
/// cannot hold, becomes the three bytes that it would be, so that [`escape`] can write it again.
fn unescaped(inner: &[u8]) -> Cow<'_, [u8]> {
    if !inner.contains(&b'\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((&byte, after)) = rest.split_first() {
        let plain = match (byte, after.first()) {
            (b'\\', Some(b'b')) => Some(8),
            (b'\\', Some(b'f')) => Some(12),
            (b'\\', Some(b'n')) => Some(b'\n'),
            (b'\\', Some(b'r')) => Some(b'\r'),
            (b'\\', Some(b't')) => Some(b'\t'),
            (b'\\', Some(&mark @ (b'"' | b'\\' | b'/'))) => Some(mark),
            _ => None,
        };
        if let Some(plain) = plain {
            out.push(plain);
            rest = after.get(1..).unwrap_or_default();
            continue;
        }
        match json_strings::unicode(rest) {
            Some(Unicode::Character(character, length)) => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = rest.get(length..).unwrap_or_default();
            }
            Some(Unicode::Surrogate(surrogate)) => {
                out.extend(encoded_surrogate(surrogate));
                rest = rest.get(6..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    Cow::Owned(out)
}

/// The bytes that half a surrogate pair would have in UTF-8.
fn encoded_surrogate(surrogate: u16) -> [u8; 3] {
    let low_bits = |shift: u16| u8::try_from(surrogate >> shift & 0x3f).unwrap_or_default() | 0x80;
    [0xed, low_bits(6), low_bits(0)]
}

/// The half of a surrogate pair whose bytes these are.
fn decoded_surrogate(bytes: &[u8]) -> Option<u16> {
    match bytes {
        [0xed, high @ 0xa0..=0xbf, low @ 0x80..=0xbf] => {
            Some(0xd000 | u16::from(*high & 0x3f) << 6 | u16::from(*low & 0x3f))
        }
        _ => None,
    }
}

/// Writes a text as JSON does between its quotation marks. Halves of surrogate pairs are escaped again; other bytes that are not
/// UTF-8 stay as they are.
fn escape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    loop {
        let mut triples = rest.windows(3);
        let length = triples.position(|triple| decoded_surrogate(triple).is_some());
        let (before, after) = rest.split_at(length.unwrap_or(rest.len()));
        for chunk in before.utf8_chunks() {
            let quoted = serde_json::to_vec(chunk.valid()).unwrap_or_default();
            let inner = quoted.strip_prefix(b"\"").unwrap_or(&quoted);
            out.extend_from_slice(inner.strip_suffix(b"\"").unwrap_or(inner));
            out.extend_from_slice(chunk.invalid());
        }
        let Some(surrogate) = after.get(..3).and_then(decoded_surrogate) else {
            return;
        };
        out.extend(format!("\\u{surrogate:04x}").into_bytes());
        rest = after.get(3..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn seen(body: &str) -> Vec<(Option<String>, Place, String)> {
        let mut seen = Vec::new();
        let out = replace(body.as_bytes(), &mut |key, place, text| {
            let text = String::from_utf8_lossy(text).into_owned();
            seen.push((key.map(str::to_owned), place, text));
            None
        });
        assert_eq!(out, body.as_bytes());
        seen
    }

    #[test]
    fn every_value_comes_with_the_key_around_it() {
        let seen = seen(r#" {"a":"x","b":{"c":["y",7,{"d":"z"}],"e":true}} "#);
        let values: Vec<String> = seen
            .into_iter()
            .filter(|(_, place, _)| *place != Place::Key)
            .map(|(key, _, text)| format!("{}={text}", key.unwrap()))
            .collect();
        assert_eq!(values, ["a=x", "c=y", "c=7", "d=z", "e=true"]);
    }

    #[test]
    fn what_is_replaced_is_written_as_json_and_the_rest_stays_as_it_was() {
        let body = "{\"a\" : \"\\u0078\\/\",\n\"big\":7634860738703523857,\"b\":\"\\u0078x\"}";
        let out = replace(body.as_bytes(), &mut |_, _, text| {
            (text == b"xx").then(|| b"new \"one\"".to_vec())
        });
        let expected =
            "{\"a\" : \"\\u0078\\/\",\n\"big\":7634860738703523857,\"b\":\"new \\\"one\\\"\"}";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn escapes_are_read_even_where_they_are_not_right() {
        let text = r#"{"k\u0065y":"\u0061\ud83d\ude00\ud800b\q\n"}"#;
        assert!(seen(text).contains(&(
            Some("key".to_owned()),
            Place::Text,
            // Each byte of half a pair is one that is not UTF-8.
            "a\u{1f600}\u{fffd}\u{fffd}\u{fffd}b\\q\n".to_owned()
        )));
    }

    #[test]
    fn half_a_surrogate_pair_is_kept_in_a_replaced_text() {
        let body = r#"{"a":"x\ud83d \udfff\ud83d\ude00y"}"#;
        let out = replace(body.as_bytes(), &mut |_, place, text| {
            (place == Place::Text).then(|| text.to_ascii_uppercase())
        });
        let expected = "{\"a\":\"X\\ud83d \\udfff\u{1f600}Y\"}";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn what_is_cut_short_damaged_or_too_deep_is_read_as_far_as_it_goes() {
        assert!(seen("{\"unlock_code\":\"amb").contains(&(
            Some("unlock_code".to_owned()),
            Place::Text,
            "amb".to_owned()
        )));
        seen("}}]],,::\"\\");
        let deep = format!("{}\"x\"{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(seen(&deep).len(), 1);
    }
}
