//! The artifact that events are filtered by: AMP searches files by SHA-256 and computers; everything else is matched here.

use std::net::{IpAddr, SocketAddr};

use crate::amp::event::{Direction, Event, Process};
use crate::amp::event_details::{Indicator, filled};
use crate::amp::ids::{Guid, Sha256, is_hex};

use super::path_form::path_form;

/// An artifact, recognized by its form.
#[derive(Debug, PartialEq, Eq)]
pub enum Artifact {
    /// A file, which AMP searches as detected and as acting.
    Sha256(Sha256),
    /// A computer, which AMP searches.
    Connector(Guid),
    /// An address of the computer or of the connection.
    Address(IpAddr),
    /// An interface of the computer; the twelve digits in lower case.
    Mac(String),
    /// An MD5 or a SHA-1 in lower case.
    Hash(String),
    /// Anything else: a part of a name, a path, a URL or a command line; or a whole number or word.
    Text(TextArtifact),
}

/// Text in the forms in which it is compared.
#[derive(Debug, PartialEq, Eq)]
pub struct TextArtifact {
    /// In lower case.
    lowered: String,
    /// As a path; `None` if nothing of it is left, as of `file:///`, which would be a part of every path.
    path: Option<String>,
}

impl TextArtifact {
    fn new(text: &str) -> Self {
        let path = path_form(text);
        Self {
            lowered: text.to_lowercase(),
            path: Some(path).filter(|path| !path.trim_matches('/').is_empty()),
        }
    }

    /// Whether it is a part of some text, as it is or as a path.
    fn is_part_of(&self, text: &str) -> bool {
        let is_in_path = |path: &String| path_form(text).contains(path);
        text.to_lowercase().contains(&self.lowered) || self.path.as_ref().is_some_and(is_in_path)
    }

    /// Whether it equals a word or a number, of which a part means nothing.
    fn is(&self, text: &str) -> bool {
        text.trim().to_lowercase() == self.lowered
    }
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
        Self::Text(TextArtifact::new(text))
    }

    /// Whether AMP cannot search it.
    pub fn is_matched_here(&self) -> bool {
        !matches!(self, Self::Sha256(_) | Self::Connector(_))
    }

    /// Whether an event matches. What AMP searched matches.
    pub fn matches(&self, event: &Event) -> bool {
        match self {
            Self::Sha256(_) | Self::Connector(_) => true,
            Self::Address(wanted) => {
                let whole = |address: &str| address.trim().parse() == Ok(*wanted);
                event.addresses().any(whole)
                    || [&event.network_info.dirty_url, &event.command_line.arguments]
                        .into_iter()
                        .flatten()
                        .any(|text| addresses_in(text).any(|address| address == *wanted))
            }
            Self::Mac(wanted) => event
                .computer
                .macs()
                .any(|other| mac(other).as_ref() == Some(wanted)),
            Self::Hash(wanted) => {
                hashes(event).any(|hash| hash.trim().eq_ignore_ascii_case(wanted))
            }
            Self::Text(wanted) => {
                texts(event).any(|text| wanted.is_part_of(&text))
                    || words(event).any(|word| wanted.is(&word))
            }
        }
    }
}

/// The addresses in a URL or a command line, with or without a port.
fn addresses_in(text: &str) -> impl Iterator<Item = IpAddr> {
    let is_of_address = |byte: char| byte.is_ascii_hexdigit() || matches!(byte, '.' | ':');
    text.split(move |character| !is_of_address(character))
        .filter_map(|part| {
            let with_port = || part.parse().map(|address: SocketAddr| address.ip());
            part.parse().or_else(|_| with_port()).ok()
        })
}

/// Every hash in an event: of its file, of the file in the archive, and of the programs.
fn hashes(event: &Event) -> impl Iterator<Item = &str> {
    let file = &event.file;
    let processes = event.processes().map(|process| &process.identity);
    [&file.identity, &file.archived_file.identity]
        .into_iter()
        .chain(processes)
        .flat_map(|identity| identity.hashes())
}

/// What is found by a part of it: names, paths, URLs, command lines.
fn texts(event: &Event) -> impl Iterator<Item = String> {
    let (file, attack) = (&event.file, &event.file.attack_details);
    let names = [
        &file.file_name,
        &file.file_path,
        &attack.application,
        &attack.attacked_module,
        &event.network_info.dirty_url,
        &event.command_line.arguments,
        &event.cloud_ioc.short_description,
        &event.cloud_ioc.description,
        &event.error.description,
        &event.isolation.user,
        &event.fault_event_title,
        &event.scan.description,
        &event.threat_hunting.incident_title,
    ];
    let names = names.into_iter().map(|name| name.as_deref());
    let processes = event
        .processes()
        .map(|process| process.file_name.as_deref());
    let applications = event
        .vulnerabilities
        .iter()
        .map(|found| found.name.as_deref());
    let attacks = event
        .tactics()
        .chain(event.techniques())
        .map(|attack| attack.name.as_deref());
    let suspicious = attack
        .suspicious_files
        .iter()
        .map(|path| Some(path.as_str()));
    let borrowed = names
        .chain([event.host(), event.user()])
        .chain(processes)
        .chain(applications)
        .chain(attacks)
        .chain(suspicious);
    borrowed
        .filter_map(|text| filled(text).map(str::to_owned))
        .chain(event.finding())
        .chain(
            event
                .indicators()
                .filter_map(Indicator::name)
                .map(str::to_owned),
        )
        .chain(domain_and_user(event))
        .chain(event.cves())
}

/// The user as Windows writes it: `ACME\alice` for `alice@ACME`.
fn domain_and_user(event: &Event) -> Option<String> {
    match event.user_and_domain() {
        (Some(name), Some(domain)) => Some(format!("{domain}\\{name}")),
        _ => None,
    }
}

/// What is found only as a whole: numbers, ids and words from short lists.
fn words(event: &Event) -> impl Iterator<Item = String> {
    let network = &event.network_info;
    let [parent, program] = event.processes();
    let numbers = [
        parent.process_id,
        program.process_id,
        network.local_port,
        network.remote_port,
    ];
    let direction = network.direction().map(|direction| match direction {
        Direction::Outgoing => "outgoing",
        Direction::Incoming => "incoming",
    });
    let attacks = event
        .tactics()
        .chain(event.techniques())
        .map(|attack| attack.id.as_deref());
    let disposition = |process: &Process| process.disposition.clone();
    let words = [
        event.id.as_deref(),
        event.detection_id.as_deref(),
        event.file.disposition.as_deref(),
        network.protocol(),
        direction,
    ];
    words
        .into_iter()
        .chain(attacks)
        .filter_map(|word| filled(word).map(str::to_owned))
        .chain(
            numbers
                .into_iter()
                .flatten()
                .map(|number| number.to_string()),
        )
        .chain(event.error.code().map(|code| code.to_string()))
        .chain(
            [disposition(parent), disposition(program)]
                .into_iter()
                .flatten(),
        )
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
#[path = "artifact_tests.rs"]
mod tests;
