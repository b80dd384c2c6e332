//! Texts from outside, made fit to be quoted in a message.

/// A text from outside, shortened and without control characters, in quotation marks.
pub fn quoted(text: &str) -> String {
    quoted_to(text, 80)
}

/// The same of up to so many characters.
pub fn quoted_to(text: &str, most: usize) -> String {
    let mut shown: String = text
        .chars()
        .filter(|letter| !letter.is_control())
        .take(most)
        .collect();
    if shown.chars().count() < text.chars().count() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
