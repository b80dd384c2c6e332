//! The fields that identify an event: its id alone does not.

use serde::Deserialize;

/// What tells one event from another. Two entries of a list with the same identity are one event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventIdentity {
    /// Seconds since 1970.
    pub timestamp: i64,
    /// The part of the second, in nanoseconds.
    pub nanoseconds: u32,
    /// The event's id; `None` for threat hunting incidents.
    pub id: Option<u64>,
    /// The connector GUID in lower case: that of the event, else that of its computer, else the host name.
    pub source: Option<String>,
    /// The id of the event type.
    pub event_type_id: u64,
    /// The id of the detection that the event belongs to.
    pub detection_id: Option<String>,
    /// The GUIDs of the incident report and of the hunt, for an event without an id.
    pub incident: Option<[String; 2]>,
}

#[derive(Deserialize)]
struct RawEvent {
    id: Option<u64>,
    timestamp: i64,
    #[serde(default)]
    timestamp_nanoseconds: u32,
    event_type_id: u64,
    detection_id: Option<String>,
    connector_guid: Option<String>,
    hostname: Option<String>,
    computer: Option<RawComputer>,
    threat_hunting: Option<RawIncident>,
}

#[derive(Deserialize)]
struct RawComputer {
    connector_guid: Option<String>,
}

#[derive(Deserialize)]
struct RawIncident {
    incident_report_guid: String,
    incident_hunt_guid: String,
}

impl EventIdentity {
    /// Reads the identity from an event as AMP writes it. Fields that do not belong to it may have any value.
    ///
    /// # Errors
    ///
    /// Returns the parser's error if the text is not JSON, or if a field of the identity has another type.
    pub fn parse(raw: &str) -> Result<Self, serde_json::Error> {
        let event: RawEvent = serde_json::from_str(raw)?;
        let source = event
            .connector_guid
            .or_else(|| event.computer.and_then(|computer| computer.connector_guid))
            .map(|guid| guid.to_ascii_lowercase())
            .or(event.hostname);
        Ok(Self {
            timestamp: event.timestamp,
            nanoseconds: event.timestamp_nanoseconds,
            id: event.id,
            source,
            event_type_id: event.event_type_id,
            detection_id: event.detection_id,
            incident: event
                .threat_hunting
                .filter(|_| event.id.is_none())
                .map(|hunt| [hunt.incident_report_guid, hunt.incident_hunt_guid]),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::EventIdentity;

    #[test]
    fn identity_ignores_what_changes_and_what_cannot_be_read() {
        let event = r#"{"id":1,"timestamp":2,"timestamp_nanoseconds":3,"event_type_id":4,"computer":{"connector_guid":"A","active":true}}"#;
        let changed = r#"{"event_type_id":4,"computer":{"active":false,"connector_guid":"a","user":"\ud83d"},"id":1,"timestamp":2,"timestamp_nanoseconds":3,"x":1e999}"#;
        let identity = EventIdentity::parse(event).unwrap();
        assert_eq!(identity, EventIdentity::parse(changed).unwrap());
        assert_eq!(identity.source.as_deref(), Some("a"));
        let other = EventIdentity::parse(&event.replace("\"id\":1,", "")).unwrap();
        assert_ne!(identity, other);
    }

    #[test]
    fn identity_prefers_the_connector_to_the_host_name() {
        let source = |fields: &str| {
            let event = format!("{{\"timestamp\":2,\"event_type_id\":4{fields}}}");
            EventIdentity::parse(&event).unwrap().source
        };
        let (connector, computer) = (
            r#","connector_guid":"a""#,
            r#","computer":{"connector_guid":"b"}"#,
        );
        let host = r#","hostname":"C""#;
        let found = [
            source(&[connector, computer, host].concat()),
            source(&[computer, host].concat()),
            source(host),
            source(""),
        ];
        let expected = ["a", "b", "C"].map(|text| Some(text.to_owned()));
        assert_eq!(found[..3], expected);
        assert_eq!(found[3], None);
    }
}
