//! An event as a signal: the fields that platforms map, typed, and the event as it came.

use crate::amp::event::{Direction, Event, Process as EventProcess};
use crate::amp::event_details::{AttackRef, Identity, Indicator, Vulnerability, filled, unique};
use crate::amp::ids::{Guid, is_hex};
use crate::amp::timestamp;
use crate::contract::exports::conductor::secure_endpoint::intake::{
    AttackName, ConnectionDirection, NetworkAddress, Process, Severity, Signal,
};
use crate::http::Origin;

use super::event_type;
use super::new_event::NewEvent;

/// The signal of an event.
pub fn signal(new: NewEvent, origin: &Origin) -> Signal {
    let NewEvent {
        event,
        raw,
        identity,
        second,
        ..
    } = new;
    let (user_name, user_domain) = event.user_and_domain();
    let (file, network) = (&event.file, &event.network_info);
    let attack = &file.attack_details;
    Signal {
        unique_event_key: identity.key(event.id.as_deref()),
        event_id: event.id.clone(),
        start_time: event
            .date
            .clone()
            .unwrap_or_else(|| timestamp::rfc3339(second)),
        timestamp: second,
        timestamp_nanoseconds: event.timestamp_nanoseconds.unwrap_or(0).min(999_999_999),
        event_type: event.event_type.clone(),
        event_type_id: event.event_type_id,
        category: event_type::category(&event),
        action: event_type::action(&event),
        start_timestamp: event.start(),
        severity: event.severity().map(severity_text),
        hostname: owned(event.host()),
        connector_guid: owned(event.connector()),
        console_link: event
            .connector()
            .and_then(|guid| console_link(guid, origin)),
        group_guids: event.group_guids.clone(),
        external_ip: text(&event.computer.external_ip),
        network_addresses: network_addresses(&event),
        user: owned(event.user()),
        user_name: owned(user_name),
        user_domain: owned(user_domain),
        detection: event.finding(),
        detection_id: event.detection_id.clone(),
        disposition: text(&file.disposition),
        file_name: text(&file.file_name),
        file_path: text(&file.file_path),
        sha256: hash(&file.identity.sha256, 64),
        sha1: hash(&file.identity.sha1, 40),
        md5: hash(&file.identity.md5, 32),
        archived_sha256: hash(&file.archived_file.identity.sha256, 64),
        parent_process: process(&file.parent),
        command_line: text(&event.command_line.arguments),
        ioc_name: text(&event.cloud_ioc.short_description),
        ioc_description: text(&event.cloud_ioc.description),
        tactics: unique(event.tactics().filter_map(attack_id)),
        techniques: unique(event.techniques().filter_map(attack_id)),
        attack_names: attack_names(event.tactics().chain(event.techniques())),
        indicators: unique(
            event
                .indicators()
                .filter_map(Indicator::name)
                .map(str::to_owned),
        ),
        attacked_application: text(&attack.application),
        attacked_module: text(&attack.attacked_module),
        suspicious_files: attack.suspicious_files.clone(),
        vulnerable_applications: unique(event.vulnerabilities.iter().filter_map(application)),
        cves: unique(event.cves()),
        direction: network.direction().map(|direction| match direction {
            Direction::Outgoing => ConnectionDirection::Outgoing,
            Direction::Incoming => ConnectionDirection::Incoming,
        }),
        protocol: owned(network.protocol()),
        local_ip: text(&network.local_ip),
        local_port: port(network.local_port),
        remote_ip: text(&network.remote_ip),
        remote_port: port(network.remote_port),
        url: text(&network.dirty_url),
        network_process: process(&network.parent),
        error_code: event.error.code(),
        error_description: text(&event.error.description),
        malicious_detections: event.scan.malicious_detections,
        intervention_required: event.intervention_required,
        isolation_user: text(&event.isolation.user),
        isolation_seconds: event.isolation.duration,
        raw,
    }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

/// A string without the spaces around it; `None` if nothing is left.
fn text(text: &Option<String>) -> Option<String> {
    owned(filled(text.as_deref()))
}

/// A hash in lower case, so that it can be compared; `None` if it is not a hash of that length.
fn hash(text: &Option<String>, digits: usize) -> Option<String> {
    filled(text.as_deref())
        .filter(|text| text.len() == digits && is_hex(text))
        .map(str::to_ascii_lowercase)
}

fn port(number: Option<u64>) -> Option<u16> {
    number.and_then(|number| u16::try_from(number).ok())
}

/// The interfaces of the computer that have an address.
fn network_addresses(event: &Event) -> Vec<NetworkAddress> {
    let addresses = event.computer.network_addresses.iter();
    addresses
        .map(|address| NetworkAddress {
            ip: text(&address.ip),
            mac: text(&address.mac),
        })
        .filter(|address| address.ip.is_some() || address.mac.is_some())
        .collect()
}

/// A program; `None` if AMP states nothing of it.
fn process(process: &EventProcess) -> Option<Process> {
    let Identity { sha256, sha1, md5 } = &process.identity;
    let process = Process {
        name: text(&process.file_name),
        pid: process.process_id,
        disposition: text(&process.disposition),
        sha256: hash(sha256, 64),
        sha1: hash(sha1, 40),
        md5: hash(md5, 32),
    };
    let is_known = process.pid.is_some()
        || [
            &process.name,
            &process.disposition,
            &process.sha256,
            &process.sha1,
            &process.md5,
        ]
        .into_iter()
        .any(Option::is_some);
    is_known.then_some(process)
}

fn attack_id(attack: &AttackRef) -> Option<String> {
    text(&attack.id)
}

/// The names of tactics and techniques, each once.
fn attack_names<'a>(attacks: impl Iterator<Item = &'a AttackRef>) -> Vec<AttackName> {
    let mut names: Vec<AttackName> = Vec::new();
    for attack in attacks {
        let (Some(id), Some(name)) = (text(&attack.id), text(&attack.name)) else {
            continue;
        };
        if !names.iter().any(|known| known.id == id) {
            names.push(AttackName { id, name });
        }
    }
    names
}

/// Name and version of a vulnerable application.
fn application(vulnerability: &Vulnerability) -> Option<String> {
    let name = filled(vulnerability.name.as_deref())?;
    Some(match filled(vulnerability.version.as_deref()) {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    })
}

/// The trajectory of a computer in the console (reference, sections 1.1 and 10). A Private Cloud appliance is its own console.
fn console_link(guid: &str, origin: &Origin) -> Option<String> {
    let guid = Guid::parse(guid)?;
    let console = match origin.authority.strip_prefix("api.") {
        Some(region) => format!("console.{region}"),
        None => origin.authority.clone(),
    };
    Some(format!("https://{console}/computers/{guid}/trajectory2"))
}

/// Severities by the words that AMP has for them. It writes them in lower case in some fields.
const SEVERITIES: [(&str, Severity); 4] = [
    ("Low", Severity::Low),
    ("Medium", Severity::Medium),
    ("High", Severity::High),
    ("Critical", Severity::Critical),
];

/// The severity of an event, in order; `None` for informational events and words that AMP may add.
pub fn severity(text: Option<&str>) -> Option<Severity> {
    known_severity(text?).map(|(_, severity)| severity)
}

/// A severity as AMP writes it at the top level of an event.
fn severity_text(text: &str) -> String {
    known_severity(text)
        .map_or(text, |(name, _)| name)
        .to_owned()
}

fn known_severity(text: &str) -> Option<(&'static str, Severity)> {
    let mut severities = SEVERITIES.into_iter();
    severities.find(|(name, _)| text.eq_ignore_ascii_case(name))
}

#[cfg(test)]
#[path = "signal_tests.rs"]
mod tests;
