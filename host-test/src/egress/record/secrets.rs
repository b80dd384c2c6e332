//! The secrets of a call, and what stands in their place: the credential, and what answers and inputs hold under keys that
//! are for secrets (unlock codes, passwords).
//!
//! A secret is replaced wherever it stands, in any case, also percent-encoded or escaped for JSON or HTML; one of fewer
//! than [`SHORTEST`] characters only where it is all there is under its key, since it stands in every other word too.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::settings::bare;

/// Keys whose values are secret, in lower case and without hyphens and underscores.
const SECRET_KEYS: [&str; 11] = [
    "unlockcode",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "secret",
    "clientsecret",
    "accesstoken",
    "refreshtoken",
    "authorization",
    "privatekey",
];
/// Shorter ones are replaced under their own keys alone.
const SHORTEST: usize = 4;
/// Unlock codes have up to 24 characters (reference, section 5). One that AMP cannot take keeps its length and its spaces,
/// so that a replay finds the same fault with it.
const LONGEST_CODE: usize = 24;
/// What stand-ins begin with: the first that has no secret in it is taken.
const WORDS: [&str; 4] = ["hidden", "removed", "masked", "zzzz"];

/// What stands for an API key: of the right form, and nobody's.
pub(super) const API_KEY: &str = "00000000-0000-4000-8000-000000000000";
/// What stands for a client ID.
pub(super) const CLIENT_ID: &str = "00000000000000000000";

/// Whether what stands under a key is secret.
pub(super) fn is_secret_key(key: &str) -> bool {
    let key: String = key
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    SECRET_KEYS.contains(&key.as_str())
}

/// Secrets, while they are being found.
#[derive(Default)]
pub(super) struct FoundSecrets {
    /// Secret and stand-in; an empty one is chosen at the end.
    found: BTreeMap<String, String>,
}

impl FoundSecrets {
    /// The credential, and the header made of it.
    pub(super) fn credential(&mut self, client_id: &str, api_key: &str) {
        let (client_id, api_key) = (bare(client_id), bare(api_key));
        let basic = STANDARD_NO_PAD.encode(format!("{client_id}:{api_key}"));
        self.add(api_key, API_KEY);
        self.add(client_id, CLIENT_ID);
        // Without its padding: it is found with and without.
        self.add(&basic, "hidden");
    }

    /// What stands under a key for secrets.
    pub(super) fn code(&mut self, code: &str) {
        self.add(code, "");
    }

    /// Secrets in a text that has keys in it: JSON within a page, a form.
    pub(super) fn labelled(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['=', ':']) {
            let (before, after) = rest.split_at(at);
            let after = after.get(1..).unwrap_or_default();
            let is_form = rest.get(at..).is_some_and(|rest| rest.starts_with('='));
            rest = after;
            let label = before.trim_end_matches(['"', '\'', '\\', ' ']);
            let start = label
                .rfind(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '-'))
                .map_or(0, |at| at.saturating_add(1));
            let label = label.get(start..).unwrap_or(label);
            if !is_secret_key(label) {
                continue;
            }
            let value = after.trim_start_matches([' ', '\\']);
            let quoted = value.starts_with(['"', '\'']);
            // `Password: wrong` is prose.
            if !quoted && !is_form {
                continue;
            }
            let value = value.trim_start_matches(['"', '\'']);
            let end = value
                .find(['"', '\'', '\\', '&', '<', '>', ' ', '\n', '\r', ',', '}'])
                .unwrap_or(value.len());
            self.code(value.get(..end).unwrap_or_default());
        }
    }

    fn add(&mut self, secret: &str, stand_in: &str) {
        if !secret.is_empty() {
            self.found
                .entry(secret.to_owned())
                .or_insert_with(|| stand_in.to_owned());
        }
    }

    /// The secrets, each with its stand-in.
    pub(super) fn settle(self) -> Secrets {
        let all: Vec<String> = self.found.keys().map(|one| one.to_lowercase()).collect();
        let stands_free = |text: &str| !all.iter().any(|secret| text.contains(secret.as_str()));
        let count = self.found.len();
        let word = WORDS
            .into_iter()
            .find(|word| (1..=count).all(|number| stands_free(&format!("{word}{number}"))))
            .unwrap_or("x");
        let mut whole = HashMap::new();
        let mut patterns = Vec::new();
        for (number, (secret, given)) in self.found.into_iter().enumerate() {
            let number = number.saturating_add(1);
            let stand_in = match given {
                given if !given.is_empty() && stands_free(&given) => given,
                _ if secret.chars().count() > LONGEST_CODE
                    || secret.contains(char::is_whitespace) =>
                {
                    shape(&secret)
                }
                _ => format!("{word}{number}"),
            };
            if secret.chars().count() >= SHORTEST {
                for form in forms(&secret) {
                    patterns.push((form, stand_in.clone()));
                }
            }
            whole.insert(secret, stand_in);
        }
        // A secret within another must not leave the rest of it standing.
        patterns.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        let mut begins = [false; 256];
        for first in patterns.iter().filter_map(|(form, _)| form.bytes().next()) {
            for byte in [first.to_ascii_lowercase(), first.to_ascii_uppercase()] {
                if let Some(begins) = begins.get_mut(usize::from(byte)) {
                    *begins = true;
                }
            }
        }
        Secrets {
            whole,
            patterns,
            begins,
        }
    }
}

/// A text of the same length, with spaces where it has some.
fn shape(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_whitespace() { letter } else { 'x' })
        .collect()
}

/// The ways in which a secret may be written.
fn forms(secret: &str) -> Vec<String> {
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.trim_matches('"').to_owned();
    let html = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let mut forms = vec![secret.to_owned(), percent, form, json, html];
    forms.sort();
    forms.dedup();
    forms
}

/// Secrets with what stands in their place.
pub(super) struct Secrets {
    whole: HashMap<String, String>,
    /// The longest first.
    patterns: Vec<(String, String)>,
    /// By byte: whether a pattern begins with it. Few do, and bodies are large.
    begins: [bool; 256],
}

impl Secrets {
    /// What stands for a text that is all secret.
    pub(super) fn stand_in(&self, secret: &str) -> String {
        self.whole
            .get(secret)
            .cloned()
            .unwrap_or_else(|| "hidden".to_owned())
    }

    /// The text without its secrets; nothing if there are none in it.
    pub(super) fn replace(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut out: Option<Vec<u8>> = None;
        let mut rest = text;
        while let Some((byte, after)) = rest.split_first() {
            let begins = self
                .begins
                .get(usize::from(*byte))
                .is_some_and(|begins| *begins);
            let mut patterns = self.patterns.iter().filter(|_| begins);
            let here = patterns.find(|(form, _)| {
                rest.get(..form.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(form.as_bytes()))
            });
            match here {
                Some((form, stand_in)) => {
                    let before = text.len().saturating_sub(rest.len());
                    let out =
                        out.get_or_insert_with(|| text.get(..before).unwrap_or(text).to_vec());
                    out.extend_from_slice(stand_in.as_bytes());
                    rest = rest.get(form.len()..).unwrap_or_default();
                }
                None => {
                    if let Some(out) = &mut out {
                        out.push(*byte);
                    }
                    rest = after;
                }
            }
        }
        out
    }

    /// A number without the secrets among its digits; nothing if there are none.
    pub(super) fn replace_digits(&self, number: &[u8]) -> Option<Vec<u8>> {
        let mut out: Option<Vec<u8>> = None;
        for (form, _) in &self.patterns {
            let form = form.as_bytes();
            if !form.iter().all(u8::is_ascii_digit) {
                continue;
            }
            let other = if form.iter().all(|digit| *digit == b'9') {
                b'8'
            } else {
                b'9'
            };
            let text = out.get_or_insert_with(|| number.to_vec());
            let mut at: usize = 0;
            while let Some(found) = text.get_mut(at..at.saturating_add(form.len())) {
                if found == form {
                    found.fill(other);
                }
                at = at.saturating_add(1);
            }
        }
        out.filter(|out| out != number)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn secrets(codes: &[&str]) -> Secrets {
        let mut found = FoundSecrets::default();
        found.credential(
            "0123456789abcdef0123",
            "5e5a3e00-dead-4bee-8bad-0123456789ab",
        );
        for code in codes {
            found.code(code);
        }
        found.settle()
    }

    fn clean(codes: &[&str], text: &str) -> String {
        let out = secrets(codes).replace(text.as_bytes());
        out.map_or_else(|| text.to_owned(), |out| String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_secret_is_replaced_in_any_case_and_writing() {
        assert_eq!(
            clean(
                &["a&b c\"d"],
                "A&B C\"D a%26b%20c%22d a%26b+c%22d a&amp;b c&quot;d a&b c\\\"d"
            ),
            ["xxx xxx"; 5].join(" ")
        );
    }

    #[test]
    fn the_credential_is_replaced_by_one_of_the_right_form() {
        assert_eq!(
            clean(
                &[],
                "key 5E5A3E00-DEAD-4BEE-8BAD-0123456789AB of 0123456789abcdef0123"
            ),
            format!("key {API_KEY} of {CLIENT_ID}")
        );
        let basic = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM6NWU1YTNlMDAtZGVhZC00YmVlLThiYWQtMDEyMzQ1Njc4OWFi";
        assert_eq!(clean(&[], &format!("Basic {basic}")), "Basic hidden");
    }

    #[test]
    fn a_code_that_amp_cannot_take_keeps_its_fault() {
        assert_eq!(
            secrets(&["amber 5fox"]).stand_in("amber 5fox"),
            "xxxxx xxxx"
        );
        let long = "a".repeat(25);
        assert_eq!(secrets(&[&long]).stand_in(&long), "x".repeat(25));
    }

    #[test]
    fn a_short_code_is_no_part_of_other_words() {
        assert_eq!(clean(&["abc"], "abcdef"), "abcdef");
        assert_ne!(secrets(&["abc"]).stand_in("abc"), "abc");
    }

    #[test]
    fn no_stand_in_has_a_secret_in_it() {
        let secrets = secrets(&["hidden1", "hidden2"]);
        assert!(!secrets.stand_in("hidden1").contains("hidden"));
    }

    #[test]
    fn a_number_keeps_being_a_number() {
        let secrets = secrets(&["4711"]);
        assert_eq!(
            secrets.replace_digits(b"1471147112").unwrap(),
            b"1999999992"
        );
        assert_eq!(secrets.replace_digits(b"12"), None);
    }

    #[test]
    fn secrets_within_pages_and_forms_are_found_by_their_labels() {
        let mut found = FoundSecrets::default();
        found.labelled(r#"<pre>{"unlock_code": "first5"}</pre> Password: wrong, x=1&password=second6&y \"unlock_code\":\"third7\""#);
        let keys: Vec<String> = found.found.into_keys().collect();
        assert_eq!(keys, ["first5", "second6", "third7"]);
    }
}
