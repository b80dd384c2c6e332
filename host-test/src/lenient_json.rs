//! JSON that strict parsers reject, made readable for them.
//!
//! The grammar of RFC 8259 allows half a surrogate pair in a string, numbers beyond the range of a double, and nesting of any
//! depth. AMP's raw events may have all of these, and the plugin passes them on as they are. Whoever needs values rather than
//! text reads them with [`read`].

use std::fmt;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::json_strings::{self, Unicode};

/// Levels of objects and arrays that serde_json reads.
const MAX_DEPTH: usize = 127;

/// What a value lacks of the text that it was read from, by the number of occurrences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Halves of surrogate pairs; U+FFFD is in their place.
    pub surrogates: usize,
    /// Numbers beyond the range of a double; null is in their place.
    pub numbers: usize,
    /// Objects and arrays nested deeper than 127 levels; null is in their place.
    pub deep_values: usize,
}

impl Losses {
    /// Whether the value has all of the text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let losses = [
            (
                self.surrogates,
                "half a surrogate pair was replaced by U+FFFD",
            ),
            (
                self.numbers,
                "a number beyond the range of a double was left out",
            ),
            (
                self.deep_values,
                "a value nested deeper than 127 levels was left out",
            ),
        ];
        let losses: Vec<String> = losses
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| match count {
                1 => what.to_owned(),
                many => format!("{what} ({many} times)"),
            })
            .collect();
        f.write_str(&losses.join(", "))
    }
}

/// Reads a JSON text, and reports what the value lacks of it.
///
/// # Errors
///
/// Returns the parser's error if the text is not JSON by the grammar of RFC 8259.
pub fn read(text: &str) -> Result<(Value, Losses), serde_json::Error> {
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok((value, Losses::default())),
        Err(error) => error,
    };
    if serde_json::from_str::<&RawValue>(text).is_err() {
        return Err(error);
    }
    let (strict, losses) = strict(text);
    Ok((serde_json::from_str(&strict)?, losses))
}

/// Rewrites valid JSON so that strict parsers read it. One pass, without recursion, since nesting may be deeper than any stack.
fn strict(text: &str) -> (String, Losses) {
    let mut out = String::with_capacity(text.len());
    let mut losses = Losses::default();
    let mut depth: usize = 0;
    let mut rest = text;
    while let Some((token, after)) = next_token(rest) {
        rest = after;
        let is_end = matches!(token, "}" | "]");
        if is_end {
            depth = depth.saturating_sub(1);
        }
        let is_beyond = depth >= MAX_DEPTH;
        if matches!(token, "{" | "[") {
            if depth == MAX_DEPTH {
                out.push_str("null");
                losses.deep_values = losses.deep_values.saturating_add(1);
            }
            depth = depth.saturating_add(1);
        }
        match token.as_bytes().first() {
            // Part of a value in whose place is null already.
            _ if depth > MAX_DEPTH || is_beyond && is_end => {}
            Some(b'"') => push_string(token, &mut out, &mut losses),
            Some(b'-' | b'0'..=b'9') if serde_json::from_str::<f64>(token).is_err() => {
                out.push_str("null");
                losses.numbers = losses.numbers.saturating_add(1);
            }
            _ => out.push_str(token),
        }
    }
    (out, losses)
}

/// Splits the first token, or one character of white space, from the rest of a text.
fn next_token(text: &str) -> Option<(&str, &str)> {
    let first = text.chars().next()?;
    let length = match first {
        '"' => json_strings::length(text.as_bytes()).0,
        '{' | '}' | '[' | ']' | ':' | ',' | ' ' | '\t' | '\r' | '\n' => 1,
        _ => text
            .find(['{', '}', '[', ']', ':', ',', '"', ' ', '\t', '\r', '\n'])
            .unwrap_or(text.len()),
    };
    text.split_at_checked(length)
}

/// Appends a string with U+FFFD in place of each half of a surrogate pair.
fn push_string(mut token: &str, out: &mut String, losses: &mut Losses) {
    while let Some(backslash) = token.find('\\') {
        let escape = token.get(backslash..).unwrap_or_default();
        let length = match json_strings::unicode(escape.as_bytes()) {
            Some(Unicode::Surrogate(_)) => {
                out.push_str(token.get(..backslash).unwrap_or_default());
                out.push_str("\\ufffd");
                losses.surrogates = losses.surrogates.saturating_add(1);
                token = escape.get(6..).unwrap_or_default();
                continue;
            }
            Some(Unicode::Character(_, length)) => length,
            None => 2,
        };
        let end = backslash.saturating_add(length);
        let Some((before, after)) = token.split_at_checked(end) else {
            break;
        };
        out.push_str(before);
        token = after;
    }
    out.push_str(token);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::{Value, json};

    use super::{Losses, read};

    fn losses(surrogates: usize, numbers: usize, deep_values: usize) -> Losses {
        Losses {
            surrogates,
            numbers,
            deep_values,
        }
    }

    #[test]
    fn half_a_surrogate_pair_becomes_the_replacement_character() {
        for (text, expected, count) in [
            (r#""a\ud83db""#, "a\u{fffd}b", 1),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}", 2),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}", 1),
            (r#""\ud83d\n\u0041\\ud83d""#, "\u{fffd}\nA\\ud83d", 1),
            (r#""\ud83d\\""#, "\u{fffd}\\", 1),
        ] {
            assert_eq!(
                read(text).unwrap(),
                (json!(expected), losses(count, 0, 0)),
                "{text}"
            );
        }
        let (value, _) = read(r#"{"\ud83d":1}"#).unwrap();
        assert_eq!(value, json!({"\u{fffd}": 1}));
    }

    #[test]
    fn numbers_beyond_a_double_become_null() {
        let many = "9".repeat(400);
        let text = format!("[1e999,-1E+999,{many},1.5,-0,1e-999,7]");
        let expected = json!([null, null, null, 1.5, -0.0, 0.0, 7]);
        assert_eq!(read(&text).unwrap(), (expected, losses(0, 3, 0)));
    }

    #[test]
    fn what_is_nested_too_deep_becomes_null() {
        for depth in [128, 300, 100_000] {
            let open = r#"{"a":["#.repeat(depth / 2);
            let close = r#"],"b":[1e999,"x"]}"#.repeat(depth / 2);
            let text = format!("[{open}1{close},{{\"c\":2}}]");
            let (value, losses) = read(&text).unwrap();
            assert_eq!(losses.deep_values, 1, "{depth}");
            assert_eq!(value.get(1), Some(&json!({"c": 2})), "{depth}");
            let mut levels = 0;
            let mut inner = &value;
            while let Some(deeper) = inner.get(0).or_else(|| inner.get("a")) {
                inner = deeper;
                levels += 1;
            }
            assert_eq!((levels, inner), (127, &Value::Null), "{depth}");
        }
    }

    #[test]
    fn all_else_is_as_strict_parsers_read_it() {
        let text = r#" {"a" : [1, "x\"y\ud83d\ude00", {"é": null}], "big": 7634860738703523857} "#;
        let strict: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read(text).unwrap(), (strict.clone(), Losses::default()));
        let (value, _) = read(&format!("[{text},1e999]")).unwrap();
        assert_eq!(value, json!([strict, null]));
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for text in ["", "{", "[1e999", r#"{"a":"\ud83d}"#, "{'a':1}", "[1e999,]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn losses_are_described() {
        assert_eq!(
            losses(1, 2, 0).to_string(),
            "half a surrogate pair was replaced by U+FFFD, a number beyond the range of a double was left out (2 times)"
        );
    }
}
