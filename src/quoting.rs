//! Texts from outside, made fit to be quoted in a message.

use crate::invisible::is_invisible;

/// A text from outside, shortened and without control characters, in quotation marks.
pub fn quoted(text: &str) -> String {
    quoted_to(text, 80)
}

/// The same of up to so many characters. Characters that show nothing, or that change the direction
/// of what follows, are written as `\u{200b}`.
pub fn quoted_to(text: &str, most: usize) -> String {
    let mut shown = String::new();
    let mut count = 0_usize;
    for letter in text
        .chars()
        .filter(|letter| !letter.is_control())
        .take(most)
    {
        count = count.saturating_add(1);
        if is_invisible(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    if text.chars().nth(count).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_shortened_and_shows_invisible_characters() {
        assert_eq!(quoted("a b"), "\"a b\"");
        assert_eq!(quoted_to("abcd", 3), "\"abc…\"");
        assert_eq!(quoted("a\u{200b}b"), "\"a\\u{200b}b\"");
        assert_eq!(quoted("a\u{7}b"), "\"ab…\"");
    }
}
