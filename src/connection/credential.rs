//! Client ID and API key: what copying leaves around them, and the form that AMP's own have.
//!
//! AMP makes client IDs of 20 hexadecimal digits and keys that are GUIDs. Others are sent all the
//! same, since that may change; but if AMP rejects them, the form is the likely reason, and the
//! message says so. No value is ever shown.

use super::{SettingError, limits};
use crate::base64;
use crate::bound::Bound;
use crate::forms::{is_guid, is_hex};
use crate::invisible;

/// The largest size of a client ID or API key.
const BOUND: Bound = Bound::characters(limits::CREDENTIAL_CHARACTERS);

/// A client ID or API key without the spaces, quotation marks and invisible characters that copying
/// leaves around it.
///
/// # Errors
///
/// If it is empty or too long, or has spaces, control or invisible characters within.
pub fn read<'a>(setting: &'static str, text: &'a str) -> Result<&'a str, SettingError> {
    let text = invisible::trim_quotes(text);
    let wrong = |message: String| Err(SettingError { setting, message });
    if text.is_empty() {
        return wrong(
            "it is empty; make a credential in the Secure Endpoint console under Accounts, API Credentials"
                .to_owned(),
        );
    }
    let length = text.chars().count();
    if !BOUND.accepts(length) {
        return wrong(format!(
            "it has {length} characters, and {BOUND} are accepted; copy it anew from where you keep it"
        ));
    }
    if text
        .chars()
        .any(|letter| letter.is_control() || letter.is_whitespace())
    {
        return wrong(
            "there are spaces or control characters within it; copy it anew from where you keep it"
                .to_owned(),
        );
    }
    if let Some(name) = invisible::name_of_first(text) {
        return wrong(format!(
            "there is an invisible character ({name}) within it; copy it anew from where you keep it"
        ));
    }
    Ok(text)
}

/// Whether a text has the form of an API key.
pub fn is_key(text: &str) -> bool {
    is_guid(text)
}

/// Whether a text has the form of a client ID.
pub fn is_client_id(text: &str) -> bool {
    text.len() == 20 && is_hex(text)
}

/// In which way client ID and API key do not have the form that AMP's have, a sentence each; empty
/// if they do.
pub fn unusual_forms(client_id: &str, key: &str) -> Vec<&'static str> {
    if is_key(client_id) && is_client_id(key) {
        return vec!["Client ID and API key appear to be swapped."];
    }
    let of_id = (!is_client_id(client_id)).then(|| match mistake(client_id, is_client_id) {
        Some(Mistake::Masked) => {
            "The client ID does not have the usual format (20 hexadecimal digits): it appears to be masked; copy all of it."
        }
        Some(Mistake::Twice) => {
            "The client ID does not have the usual format (20 hexadecimal digits): it appears to be there twice."
        }
        Some(Mistake::Assignment) => {
            "The client ID does not have the usual format (20 hexadecimal digits): enter the value alone, without its name and the equals sign."
        }
        Some(Mistake::Pair) => {
            "The client ID does not have the usual format (20 hexadecimal digits): it appears to hold client ID and API key; enter each by itself."
        }
        None if is_key(client_id) => {
            "The client ID does not have the usual format (20 hexadecimal digits): it appears to be an API key."
        }
        None => {
            "The client ID does not have the usual format (20 hexadecimal digits); remove any quotes around it."
        }
    });
    let of_key = (!is_key(key)).then(|| match mistake(key, is_key) {
        Some(Mistake::Masked) => {
            "The API key does not have the usual format (36 characters, a GUID): it appears to be masked; copy all of it."
        }
        Some(Mistake::Twice) => {
            "The API key does not have the usual format (36 characters, a GUID): it appears to be there twice."
        }
        Some(Mistake::Assignment) => {
            "The API key does not have the usual format (36 characters, a GUID): enter the value alone, without its name and the equals sign."
        }
        Some(Mistake::Pair) => {
            "The API key does not have the usual format (36 characters, a GUID): it appears to hold client ID and API key; enter the key alone."
        }
        None if is_client_id(key) => {
            "The API key does not have the usual format (36 characters, a GUID): it appears to be a client ID."
        }
        None => {
            "The API key does not have the usual format (36 characters, a GUID); remove any quotes around it."
        }
    });
    of_id.into_iter().chain(of_key).collect()
}

/// A known way to enter a client ID or API key wrongly.
enum Mistake {
    /// As a page or a log shows it, most of it hidden.
    Masked,
    /// The value, and once more.
    Twice,
    /// A line of an environment file: `NAME=VALUE`.
    Assignment,
    /// `ID:KEY`, or its Base64, as HTTP Basic has it.
    Pair,
}

/// The mistake by which a text does not have a form.
fn mistake(text: &str, has_form: fn(&str) -> bool) -> Option<Mistake> {
    if text.contains(['*', '\u{2022}', '\u{25cf}', '\u{2026}']) || text.contains("...") {
        return Some(Mistake::Masked);
    }
    let halves = text.split_at_checked(text.len() / 2);
    if halves.is_some_and(|(first, second)| {
        let second = second.trim_start_matches([',', ';', '/', '|']);
        first.trim_end_matches([',', ';', '/', '|']) == second && has_form(second)
    }) {
        return Some(Mistake::Twice);
    }
    if text.contains(':') || is_encoded_pair(text) {
        return Some(Mistake::Pair);
    }
    let value = text.split_once('=').map(|(_, value)| value);
    value
        .filter(|value| has_form(invisible::trim_quotes(value)))
        .map(|_| Mistake::Assignment)
}

/// Whether a text is the Base64 of two parts with a colon, with or without its padding.
fn is_encoded_pair(text: &str) -> bool {
    let padding = match text.len() % 4 {
        2 => "==",
        3 => "=",
        _ => "",
    };
    let bytes = base64::decode(&format!("{text}{padding}")).unwrap_or_default();
    String::from_utf8(bytes).is_ok_and(|pair| {
        pair.split_once(':')
            .is_some_and(|(id, key)| is_client_id(id.trim()) || is_key(key.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123";
    const KEY: &str = "01234567-89ab-4cde-8f01-23456789abcd";

    #[test]
    fn what_copying_leaves_around_a_key_is_removed() {
        for (before, after) in [
            ("\"", "\""),
            ("'", "'"),
            ("\u{201c}", "\u{201d}"),
            ("\u{200b}", ""),
            ("\u{feff}", "\r\n"),
            ("\u{feff}\"", "\u{2060}\" "),
            ("\u{a0}", "\u{ad}"),
        ] {
            assert_eq!(read("api-key", &format!("{before}{KEY}{after}")), Ok(KEY));
        }
    }

    #[test]
    fn a_key_that_cannot_be_one_is_refused_without_being_shown() {
        let with = |within: &str| format!("01234567{within}89ab");
        for (text, part) in [
            ("\"\"".to_owned(), "it is empty"),
            ("\u{feff}".to_owned(), "it is empty"),
            (with(" "), "spaces or control characters"),
            (with("\u{7}"), "spaces or control characters"),
            (with("\u{200b}"), "an invisible character (U+200B)"),
            (
                KEY.repeat(10),
                "it has 360 characters, and up to 256 characters are accepted",
            ),
        ] {
            let error = read("api-key", &text).unwrap_err();
            assert!(error.message.contains(part), "{text:?}: {}", error.message);
            assert!(!error.message.contains("0123"), "{}", error.message);
        }
    }

    #[test]
    fn the_usual_form_needs_no_remark() {
        assert!(unusual_forms(ID, KEY).is_empty());
        assert!(unusual_forms(&ID.to_uppercase(), &KEY.to_uppercase()).is_empty());
    }

    #[test]
    fn every_known_mistake_is_named_without_showing_a_value() {
        let packed = base64::encode(format!("{ID}:{KEY}").as_bytes());
        for (id, key, part) in [
            (KEY, ID, "swapped"),
            (ID, &format!("{ID}:{KEY}"), "enter the key alone"),
            (ID, &packed, "enter the key alone"),
            (
                ID,
                &KEY.repeat(2),
                "The API key does not have the usual format (36 characters, a GUID): it appears to be there twice",
            ),
            (ID, &format!("{KEY},{KEY}"), "twice"),
            (ID, "0123*****abcd", "masked"),
            (ID, "0123\u{2022}\u{2022}\u{2022}abcd", "masked"),
            (ID, "0123...abcd", "masked"),
            (ID, &format!("AMP_API_KEY={KEY}"), "without its name"),
            (ID, &format!("AMP_API_KEY=\"{KEY}"), "without its name"),
            (
                ID,
                &format!("{{{KEY}}}"),
                "The API key does not have the usual format (36 characters, a GUID); remove any quotes",
            ),
            (ID, &KEY.replace('-', ""), "36 characters, a GUID"),
            (ID, ID, "appears to be a client ID"),
            (KEY, KEY, "appears to be an API key"),
            ("someone@example.com", KEY, "20 hexadecimal digits"),
            (
                &ID.repeat(2),
                KEY,
                "The client ID does not have the usual format (20 hexadecimal digits): it appears to be there twice",
            ),
            (&packed, KEY, "enter each by itself"),
            (&format!("AMP_CLIENT_ID={ID}"), KEY, "without its name"),
        ] {
            let forms = unusual_forms(id, key);
            let remarks = forms.join(" ");
            assert_eq!(forms.len(), 1, "{remarks}");
            assert!(remarks.contains(part), "{part}: {remarks}");
            assert!(!remarks.contains("0123"), "{remarks}");
        }
        assert_eq!(unusual_forms("x", "y").len(), 2);
    }
}
