//! JSON as text, indented without being read: no number is parsed, no key is moved, no depth is too deep.

use serde::Serialize;

/// Beyond this depth nothing is indented any more: people do not look that deep, and the spaces would grow with the
/// square of the depth.
const DEEPEST_INDENT: usize = 64;

/// A value as indented JSON. It must have nothing in it that cannot be JSON, such as a map whose keys are no texts: then there is nothing.
#[must_use]
pub fn of<T: Serialize>(value: &T) -> String {
    indented(&serde_json::to_string(value).unwrap_or_default())
}

/// `json`, which must be valid, with line breaks and two spaces for each level, and a line feed at its end. Tokens stay as they are.
#[must_use]
pub fn indented(json: &str) -> String {
    let mut text = String::with_capacity(json.len().saturating_mul(2));
    let mut depth: usize = 0;
    let mut tokens = json.chars().peekable();
    while let Some(token) = tokens.next() {
        match token {
            ' ' | '\n' | '\t' | '\r' => {}
            '"' => {
                text.push('"');
                while let Some(inner) = tokens.next() {
                    text.push(inner);
                    match inner {
                        '\\' => text.extend(tokens.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                text.push(token);
                while tokens.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                // Nothing stands between the brackets of an empty object or array.
                if let Some(end) = tokens.next_if(|next| matches!(next, '}' | ']')) {
                    text.push(end);
                } else {
                    depth = depth.saturating_add(1);
                    line(&mut text, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut text, depth);
                text.push(token);
            }
            ',' => {
                text.push(',');
                line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            other => text.push(other),
        }
    }
    text.push('\n');
    text
}

/// A new line at `depth`. Too deep, everything goes on in the same line.
fn line(text: &mut String, depth: usize) {
    if depth <= DEEPEST_INDENT {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::indented;

    #[test]
    fn it_looks_as_serde_writes_it() {
        let json = serde_json::json!({"a": [], "b": {}, "c": [1, "x, \"y\": [\\", {"d": null}], "e": {"f": -1.5}});
        let ours = indented(&json.to_string());
        assert_eq!(
            ours.trim_end(),
            serde_json::to_string_pretty(&json).unwrap()
        );
        assert_eq!(indented(&ours), ours);
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(
            indented("[12345678901234567890123,1.0,1E5]"),
            "[\n  12345678901234567890123,\n  1.0,\n  1E5\n]\n"
        );
    }
}
