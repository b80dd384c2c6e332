//! What stands in the place of names of hosts and users and of addresses for `--redact`: the same everywhere in a file.
//!
//! What was asked for is a part of what was found: the stand-in of the whole holds that of the part, so that a replay
//! finds it too.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::names::{Kind, SHORTEST, WORDS, is_name_key, plain_key};
use super::network_names::{self, Address, StandIns};

/// From this length on a name is replaced within a word too.
const UNMISTAKABLE: usize = 8;

/// The first bytes of a name, in lower case.
fn start(text: &str) -> Option<[u8; 3]> {
    let first = *text.as_bytes().first_chunk::<3>()?;
    if first.is_ascii() {
        return Some(first.map(|byte| byte.to_ascii_lowercase()));
    }
    let letters = text.chars().take(3).flat_map(char::to_lowercase);
    letters
        .collect::<String>()
        .as_bytes()
        .first_chunk()
        .copied()
}

/// How many bytes of `rest` are `name`, which is in lower case; nothing if it does not begin with it.
fn length_of(name: &str, rest: &str) -> Option<usize> {
    let mut name = name.chars();
    let mut length: usize = 0;
    for letter in rest.chars() {
        if name.as_str().is_empty() {
            break;
        }
        if !letter
            .to_lowercase()
            .all(|lower| name.next() == Some(lower))
        {
            return None;
        }
        length = length.saturating_add(letter.len_utf8());
    }
    name.as_str().is_empty().then_some(length)
}

/// Stand-ins in the making.
struct Made<'a> {
    stand_ins: HashMap<String, String>,
    number: usize,
    names: &'a BTreeMap<String, Kind>,
    parts: &'a [String],
}

impl Made<'_> {
    fn stand_in(&mut self, name: &str, depth: usize) -> String {
        if let Some(made) = self.stand_ins.get(name) {
            return made.clone();
        }
        // Names within names end soon; that they do is not left to whoever named them.
        let kind = self.names.get(name).filter(|_| depth < 8).cloned();
        let part = self
            .parts
            .iter()
            .filter(|part| part.as_str() != name && name.contains(part.as_str()))
            .max_by_key(|part| part.len())
            .cloned();
        let deeper = depth.saturating_add(1);
        let made = match (kind, part) {
            (Some(Kind::Pair(first, between, second)), _) => {
                let (first, second) = (
                    self.stand_in(&first, deeper),
                    self.stand_in(&second, deeper),
                );
                format!("{first}{between}{second}")
            }
            (Some(Kind::Profile(before, name)), _) => {
                format!("{before}{}", self.stand_in(&name, deeper))
            }
            (Some(kind), Some(part)) => {
                let part_stand_in = self.stand_in(&part, deeper);
                let own = self.fresh(&kind);
                let before = if name.starts_with(&part) {
                    String::new()
                } else {
                    format!("{own}-")
                };
                let after = if name.ends_with(&part) {
                    String::new()
                } else {
                    format!("-{own}")
                };
                format!("{before}{part_stand_in}{after}")
            }
            (Some(kind), None) => self.fresh(&kind),
            // A name that everybody has, such as that of Cisco's cloud behind an `@`.
            (None, _) => name.to_owned(),
        };
        self.stand_ins.insert(name.to_owned(), made.clone());
        made
    }

    /// A name that nobody had.
    fn fresh(&mut self, kind: &Kind) -> String {
        let candidates = match kind {
            Kind::Domain => ["domain", "zone", "realm"],
            Kind::User => ["user", "person", "someone"],
            _ => ["host", "node", "station"],
        };
        let free = |candidate: &&str| !self.names.contains_key(*candidate);
        let word = candidates.into_iter().find(free).unwrap_or("x");
        loop {
            self.number = self.number.saturating_add(1);
            let name = match kind {
                Kind::Domain => format!("{word}-{}.example", self.number),
                _ => format!("{word}-{}", self.number),
            };
            if !self.names.contains_key(&name) {
                return name;
            }
        }
    }
}

/// Names with what stands in their place.
pub(super) struct Names {
    stand_ins: HashMap<String, String>,
    /// Names by their first bytes, the longest first.
    index: HashMap<[u8; 3], Vec<String>>,
    addresses: StandIns,
}

impl Names {
    /// A stand-in for each name and address; `parts` are names that others may hold.
    pub(super) fn of(
        names: &BTreeMap<String, Kind>,
        parts: &[String],
        addresses: &BTreeSet<Address>,
    ) -> Self {
        let mut made = Made {
            stand_ins: HashMap::new(),
            number: 0,
            names,
            parts,
        };
        for name in names.keys() {
            made.stand_in(name, 0);
        }
        let stand_ins = made.stand_ins;
        let mut index: HashMap<[u8; 3], Vec<String>> = HashMap::new();
        for (name, kind) in names {
            let composed = matches!(kind, Kind::Pair(..) | Kind::Profile(..));
            if name.len() < SHORTEST || (!composed && WORDS.contains(&name.as_str())) {
                continue;
            }
            if let Some(start) = start(name) {
                index.entry(start).or_default().push(name.clone());
            }
        }
        for names in index.values_mut() {
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        }
        Self {
            stand_ins,
            index,
            addresses: StandIns::of(addresses),
        }
    }

    /// The text without its names and addresses; nothing if there are none in it.
    pub(super) fn replace(&self, key: Option<&str>, text: &str) -> Option<String> {
        let key = key.map(plain_key).unwrap_or_default();
        let own = is_name_key(&key);
        let whole = text.trim();
        if let Some(stand_in) = self.stand_ins.get(&whole.to_lowercase()).filter(|_| own) {
            return Some(text.replace(whole, stand_in));
        }
        if is_identifier(whole) {
            return None;
        }
        let mut out: Option<String> = None;
        let (mut at, mut before) = (0, None);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (new, length) = match self.at_start(before, rest) {
                Some((new, length)) => (Some(new), length),
                None => (None, rest.chars().next().map_or(1, char::len_utf8)),
            };
            let old = rest.get(..length).unwrap_or_default();
            match (&mut out, new) {
                (Some(out), new) => out.push_str(new.as_deref().unwrap_or(old)),
                (None, Some(new)) => {
                    out = Some(format!("{}{new}", text.get(..at).unwrap_or_default()));
                }
                (None, None) => {}
            }
            at = at.saturating_add(length.max(1));
            before = old.chars().next_back();
        }
        out
    }

    /// What stands for the name or address at the beginning of `rest`, and how many bytes that takes.
    fn at_start(&self, before: Option<char>, rest: &str) -> Option<(String, usize)> {
        if let Some((address, length)) = network_names::at_start(before, rest) {
            let new = self.addresses.get(address, rest.get(..length)?)?;
            return Some((new, length));
        }
        for name in self.index.get(&start(rest)?)? {
            let Some(length) = length_of(name, rest) else {
                continue;
            };
            let after = rest.get(length..).and_then(|rest| rest.chars().next());
            let apart = name.len() >= UNMISTAKABLE
                || !(before.is_some_and(char::is_alphanumeric)
                    || after.is_some_and(char::is_alphanumeric));
            if apart {
                return Some((self.stand_ins.get(name)?.clone(), length));
            }
        }
        None
    }
}

/// A GUID or a hash: whoever is called like a part of it, it tells nobody's name, and a command needs it whole.
fn is_identifier(text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    text.split('-').all(hex) && matches!(lengths.as_slice(), [8, 4, 4, 4, 12] | [32 | 40 | 64])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::super::names::FoundNames;

    fn redacted(found: &[(&str, &str)], texts: &[(&str, &str)]) -> Vec<String> {
        let mut names = FoundNames::default();
        for (key, text) in found {
            names.text(Some(key), text, *key == "q" || key.ends_with("[]"));
        }
        let names = names.settle();
        let replaced = texts.iter().map(|(key, text)| {
            names
                .replace(Some(key), text)
                .unwrap_or_else(|| (*text).to_owned())
        });
        replaced.collect()
    }

    #[test]
    fn a_host_has_the_same_stand_in_wherever_it_stands() {
        let found = [("hostname", "FIN-LT-07.corp.acme.test")];
        let texts = [
            ("hostname", "fin-lt-07.corp.acme.test"),
            ("comment", "Look at FIN-LT-07, not FIN-LT-071."),
            ("detection", "W32.FIN-LT-07"),
        ];
        assert_eq!(
            redacted(&found, &texts),
            [
                "host-2.domain-1.example",
                "Look at host-2, not host-21.",
                "W32.host-2"
            ]
        );
    }

    #[test]
    fn a_user_has_the_same_stand_in_in_accounts_and_profiles() {
        let found = [
            ("user", "anna@CORP"),
            ("file_path", r"\\?\C:\Users\bo\x.exe"),
        ];
        let texts = [
            ("user", "ANNA@corp"),
            ("file_path", r"\\?\C:\Users\Anna\Downloads\x.exe"),
            ("file_path", "/c:/users/anna/x.exe"),
            ("file_path", r"C:\Users\bo\y.exe"),
            ("command_line", "bo bobo banana"),
        ];
        let out = redacted(&found, &texts);
        assert_eq!(out.first().map(String::as_str), Some("user-1@host-2"));
        assert!(
            out.iter()
                .all(|text| !text.to_lowercase().contains("anna@")),
            "{out:?}"
        );
        assert_eq!(
            out.get(1).map(String::as_str),
            Some(r"\\?\C:\Users\user-1\Downloads\x.exe")
        );
        assert_eq!(
            out.get(2).map(String::as_str),
            Some("/c:/users/user-1/x.exe")
        );
        assert!(
            out.get(3).is_some_and(|text| !text.contains("bo")),
            "{out:?}"
        );
        assert_eq!(out.get(4).map(String::as_str), Some("bo bobo banana"));
    }

    #[test]
    fn a_part_that_was_looked_for_stands_in_the_stand_in_of_the_whole() {
        let found = [
            ("hostname[]", "FIN"),
            ("hostname", "FIN-LT-07"),
            ("q", "nna"),
            ("user", "anna@acme"),
        ];
        let texts = [
            ("hostname", "FIN"),
            ("hostname", "FIN-LT-07"),
            ("q", "nna"),
            ("user", "anna@acme"),
        ];
        let out = redacted(&found, &texts);
        let [fin, host, nna, user] = out.as_slice() else {
            panic!("{out:?}")
        };
        assert!(host.starts_with(fin.as_str()) && host != fin, "{out:?}");
        assert!(user.contains(nna.as_str()), "{out:?}");
        assert!(!out.concat().to_lowercase().contains("nna"), "{out:?}");
    }

    #[test]
    fn a_name_in_any_letters_is_known_in_any_case() {
        let found = [
            ("user", "\u{dc}mit.\u{130}nan"),
            ("hostname", "b\u{fc}ro-1"),
        ];
        let texts = [("comment", "\u{fc}mit.\u{130}nan at B\u{dc}RO-1")];
        assert_eq!(redacted(&found, &texts), ["user-2 at host-1"]);
    }

    #[test]
    fn the_names_of_everybody_stay() {
        let found = [
            ("links", "https://api.eu.amp.cisco.com/v1"),
            ("user", "Not Available"),
            ("hostname", "windows"),
        ];
        let texts = [
            ("links", "https://api.eu.amp.cisco.com/v1"),
            ("user", "Not Available"),
            ("product", "windows"),
            ("hostname", "windows"),
        ];
        assert_eq!(
            redacted(&found, &texts),
            [
                "https://api.eu.amp.cisco.com/v1",
                "Not Available",
                "windows",
                "host-1"
            ]
        );
    }
}
