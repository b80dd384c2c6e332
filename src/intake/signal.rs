//! An event as a signal: the fields that platforms map, typed, and the event as it came.

use crate::amp::ids::{Guid, is_hex};
use crate::amp::timestamp;
use crate::contract::exports::conductor::secure_endpoint::intake::{
    NetworkAddress, Severity, Signal,
};
use crate::http::Origin;

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
    let start_time = event
        .date
        .clone()
        .unwrap_or_else(|| timestamp::rfc3339(second));
    let host = event.host().map(str::to_owned);
    let connector = event.connector().map(str::to_owned);
    let user = event.user().map(str::to_owned);
    let addresses = event.computer.network_addresses;
    let network_addresses = addresses
        .into_iter()
        .map(|address| NetworkAddress {
            ip: filled(address.ip),
            mac: filled(address.mac),
        })
        .filter(|address| address.ip.is_some() || address.mac.is_some())
        .collect();
    let file_identity = event.file.identity;
    Signal {
        unique_event_key: identity.key(event.id.as_deref()),
        event_id: event.id,
        start_time,
        timestamp: second,
        timestamp_nanoseconds: event.timestamp_nanoseconds.unwrap_or(0).min(999_999_999),
        event_type: event.event_type,
        event_type_id: event.event_type_id,
        severity: event.severity,
        hostname: host,
        console_link: connector
            .as_deref()
            .and_then(|guid| console_link(guid, origin)),
        connector_guid: connector,
        group_guids: event.group_guids,
        external_ip: filled(event.computer.external_ip),
        network_addresses,
        user,
        detection: event.detection,
        detection_id: event.detection_id,
        disposition: event.file.disposition,
        file_name: event.file.file_name,
        file_path: event.file.file_path,
        sha256: hash(file_identity.sha256, 64),
        sha1: hash(file_identity.sha1, 40),
        md5: hash(file_identity.md5, 32),
        tactics: event.tactics,
        techniques: event.techniques,
        remote_ip: filled(event.network_info.remote_ip),
        remote_port: event.network_info.remote_port,
        raw,
    }
}

/// A text without the spaces around it; none if nothing is left.
fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// A hash in lower case, so that it can be compared (reference, section 2.6); none if it is no hash of that length.
fn hash(text: Option<String>, digits: usize) -> Option<String> {
    text.map(|text| text.trim().to_ascii_lowercase())
        .filter(|text| text.len() == digits && is_hex(text))
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

/// The severity of an event, in order; none for informational events and words that AMP may add.
pub fn severity(text: Option<&str>) -> Option<Severity> {
    [
        ("low", Severity::Low),
        ("medium", Severity::Medium),
        ("high", Severity::High),
        ("critical", Severity::Critical),
    ]
    .into_iter()
    .find(|(name, _)| text.is_some_and(|text| text.eq_ignore_ascii_case(name)))
    .map(|(_, severity)| severity)
}
