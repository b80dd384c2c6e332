//! The artifact that events are filtered by: AMP looks for files by SHA-256 and for computers; all else is matched here.

use std::net::IpAddr;

use crate::amp::event::Event;
use crate::amp::ids::{Guid, Sha256, is_hex};

/// What an artifact is, told by its form.
#[derive(Debug, PartialEq, Eq)]
pub enum Artifact {
    /// A file, which AMP looks for as detected and as acting.
    Sha256(Sha256),
    /// A computer, which AMP looks for.
    Connector(Guid),
    /// An address of the computer or of the connection.
    Address(IpAddr),
    /// An interface of the computer; the twelve digits in lower case.
    Mac(String),
    /// An MD5 or a SHA-1 in lower case.
    Hash(String),
    /// A part of a name, its letters A to Z in lower case: tables of all other letters would be 15 kB.
    Text(String),
}

impl Artifact {
    /// Reads an artifact; the text is not empty.
    pub fn read(text: &str) -> Self {
        if let Some(hash) = Sha256::parse(text) {
            return Self::Sha256(hash);
        }
        if let Some(guid) = Guid::parse(text) {
            return Self::Connector(guid);
        }
        if let Ok(address) = text.parse() {
            return Self::Address(address);
        }
        if let Some(mac) = mac(text) {
            return Self::Mac(mac);
        }
        if matches!(text.len(), 32 | 40) && is_hex(text) {
            return Self::Hash(text.to_ascii_lowercase());
        }
        Self::Text(text.to_ascii_lowercase())
    }

    /// Whether AMP cannot look for it.
    pub fn is_matched_here(&self) -> bool {
        !matches!(self, Self::Sha256(_) | Self::Connector(_))
    }

    /// Whether an event has to do with it. What AMP looked for has.
    pub fn matches(&self, event: &Event) -> bool {
        match self {
            Self::Sha256(_) | Self::Connector(_) => true,
            Self::Address(wanted) => event
                .addresses()
                .any(|address| address.trim().parse() == Ok(*wanted)),
            Self::Mac(wanted) => event
                .computer
                .macs()
                .any(|other| mac(other).as_ref() == Some(wanted)),
            Self::Hash(wanted) => {
                let file = &event.file;
                file.identity
                    .hashes()
                    .chain(file.parent.identity.hashes())
                    .any(|hash| hash.eq_ignore_ascii_case(wanted))
            }
            Self::Text(wanted) => {
                let file = &event.file;
                [
                    event.host(),
                    event.user(),
                    file.file_name.as_deref(),
                    file.file_path.as_deref(),
                    file.parent.file_name.as_deref(),
                    event.detection.as_deref(),
                    event.network_info.dirty_url.as_deref(),
                ]
                .into_iter()
                .flatten()
                .any(|text| text.to_ascii_lowercase().contains(wanted))
            }
        }
    }
}

/// The twelve digits of a hardware address that is written in pairs, with colons or hyphens.
fn mac(text: &str) -> Option<String> {
    let mut pairs = text.trim().split([':', '-']);
    let is_pair = |pair: &str| pair.len() == 2 && is_hex(pair);
    (text.trim().len() == 17 && pairs.all(is_pair)).then(|| {
        let digits = text.chars().filter(char::is_ascii_hexdigit);
        digits.map(|digit| digit.to_ascii_lowercase()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str) -> Event {
        crate::amp::decode::decode(json)
    }

    #[test]
    fn an_artifact_is_told_by_its_form() {
        assert!(matches!(
            Artifact::read(&"ab".repeat(32)),
            Artifact::Sha256(_)
        ));
        assert!(matches!(
            Artifact::read("6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11"),
            Artifact::Connector(_)
        ));
        assert!(matches!(
            Artifact::read("203.0.113.7"),
            Artifact::Address(_)
        ));
        assert!(matches!(
            Artifact::read("00-50-56-AA-BB-01"),
            Artifact::Mac(_)
        ));
        assert!(matches!(
            Artifact::read("44d88612fea8a8f36de82e1278abb02f"),
            Artifact::Hash(_)
        ));
        assert!(matches!(Artifact::read("invoice.exe"), Artifact::Text(_)));
    }

    // Lesson 13: an address must not hit another that merely begins like it.
    #[test]
    fn an_address_is_compared_as_a_whole() {
        let event = event(
            r#"{"computer":{"network_addresses":[{"ip":" 10.20.30.42","mac":"00:50:56:AA:BB:01"}]}}"#,
        );
        assert!(Artifact::read("10.20.30.42").matches(&event));
        assert!(!Artifact::read("10.20.30.4").matches(&event));
        assert!(Artifact::read("00-50-56-aa-bb-01").matches(&event));
    }

    #[test]
    fn a_text_is_looked_for_in_every_name_and_in_any_case() {
        let event = event(
            r#"{"detection":"W32.Example.Test","hostname":"ACME-LT-0042","computer":{"user":"alice@ACME"},
                "file":{"file_name":"Invoice.exe","file_path":"C:\\Users\\alice\\Downloads\\Invoice.exe"}}"#,
        );
        for text in [
            "acme-lt",
            "ALICE@",
            "invoice.EXE",
            "downloads",
            "w32.example",
        ] {
            assert!(Artifact::read(text).matches(&event), "{text}");
        }
        assert!(!Artifact::read("bob").matches(&event));
    }

    // Lesson 14.
    #[test]
    fn an_event_without_anything_matches_nothing_and_harms_nothing() {
        for text in [
            "x",
            "203.0.113.7",
            "00:50:56:aa:bb:01",
            "44d88612fea8a8f36de82e1278abb02f",
        ] {
            assert!(!Artifact::read(text).matches(&event("{}")), "{text}");
        }
    }
}
