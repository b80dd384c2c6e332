//! Characters that show nothing, and what else copying and pasting leaves around a value: byte
//! order marks, zero-width spaces, quotation marks of environment files.

/// First and last character of each range of Unicode's category Cf (format) and of its property
/// `Default_Ignorable_Code_Point`, in ascending order (Unicode 16, `UnicodeData.txt` and
/// `DerivedCoreProperties.txt`). A crate for general categories would bring tables for all of them.
const INVISIBLE: [(char, char); 28] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e00ff}'),
    ('\u{e0100}', '\u{e01ef}'),
    ('\u{e01f0}', '\u{e0fff}'),
];

/// Whether a character shows nothing and is not a space.
pub fn is_invisible(character: char) -> bool {
    // Nearly every character that is asked about is below the first range.
    character >= '\u{ad}'
        && INVISIBLE
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&character))
}

/// Whether a character is a quotation mark, as shells, environment files and word processors write
/// them.
fn is_quote(character: char) -> bool {
    matches!(
        character,
        '"' | '\'' | '`' | '\u{b4}' | '\u{ab}' | '\u{bb}' | '\u{2018}'
            ..='\u{201f}' | '\u{2039}' | '\u{203a}' | '\u{ff02}' | '\u{ff07}'
    )
}

/// The text without spaces and invisible characters around it.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character))
}

/// The text without spaces, invisible characters and quotation marks around it. For values that
/// never begin or end with one: keys, ids, addresses.
pub fn trim_quotes(text: &str) -> &str {
    text.trim_matches(|character: char| {
        character.is_whitespace() || is_invisible(character) || is_quote(character)
    })
}

/// The name of the first invisible character within a text, such as `U+200B`.
pub fn name_of_first(text: &str) -> Option<String> {
    text.chars()
        .find(|character| is_invisible(*character))
        .map(|character| format!("U+{:04X}", u32::from(character)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_in_order_and_do_not_overlap() {
        for pair in INVISIBLE.windows(2) {
            assert!(pair[0].0 <= pair[0].1 && pair[0].1 < pair[1].0, "{pair:?}");
        }
    }

    #[test]
    fn trim_removes_what_shows_nothing_and_keeps_the_rest() {
        for around in [
            " ",
            "\u{feff}",
            "\u{200b}",
            "\u{ad}",
            "\u{2060}",
            "\u{202e}",
            "\u{a0}",
            "\r\n",
            "\u{e0020}",
        ] {
            assert_eq!(
                trim(&format!("{around}a b{around}{around}")),
                "a b",
                "{around:?}"
            );
        }
        assert_eq!(trim("\"a\""), "\"a\"");
        assert_eq!(trim("\u{e9}\u{200b}\u{1f600}"), "\u{e9}\u{200b}\u{1f600}");
    }

    #[test]
    fn trim_quotes_removes_every_kind_of_quotation_mark() {
        for (before, after) in [
            ("\"", "\""),
            ("'", "'"),
            ("\u{201c}", "\u{201d}"),
            ("\u{ab} ", " \u{bb}"),
            ("`", "`"),
            ("\u{feff}\"\u{200b}", "\" \n"),
        ] {
            assert_eq!(trim_quotes(&format!("{before}a-b{after}")), "a-b");
        }
        assert_eq!(trim_quotes("\"\""), "");
        assert_eq!(trim_quotes("a\"b"), "a\"b");
    }

    #[test]
    fn the_first_invisible_character_is_named() {
        assert_eq!(
            name_of_first("a\u{200b}b\u{feff}").as_deref(),
            Some("U+200B")
        );
        assert_eq!(name_of_first("a b\u{e9}"), None);
    }
}
