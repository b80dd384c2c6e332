//! What identifies an event. AMP's ids do not: they are a second and a small counter of one connector, or the milliseconds since
//! a machine booted, and some events have none. `docs/event-identity.md` specifies the encoding, which never changes.

use sha2::{Digest as _, Sha256};

use super::decode::Members;
use super::event::Event;

/// The first 128 bits of SHA-256 over the identity fields of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventIdentity([u8; 16]);

impl EventIdentity {
    /// The identity of an event. `raw` is its own text, which counts only if the event has no id of any kind.
    ///
    /// The computer's current state (its addresses, its user, whether it is active) changes while the event stays the same, so
    /// it is not part of the identity.
    pub fn of(event: &Event, raw: &str) -> Self {
        let connector = event
            .connector()
            .map(|guid| guid.trim().to_ascii_lowercase());
        let timestamp = event.timestamp.map(|second| second.to_string());
        let mut hash = FieldHash::default();
        hash.field(event.id.as_deref());
        hash.field(connector.as_deref().or(event.hostname.as_deref()));
        hash.field(event.event_type_id.map(|id| id.to_string()).as_deref());
        hash.field(timestamp.as_deref().or(event.date.as_deref()));
        let nanoseconds = event.timestamp_nanoseconds.map(|part| part.to_string());
        hash.field(nanoseconds.as_deref());
        hash.field(event.detection_id.as_deref());
        if event.id.is_none() {
            let incident = &event.threat_hunting;
            hash.field(incident.incident_report_guid.as_deref());
            hash.field(incident.incident_hunt_guid.as_deref());
            if incident.incident_report_guid.is_none() && incident.incident_hunt_guid.is_none() {
                hash.own_text(raw);
            }
        }
        hash.finish()
    }

    /// The first 64 bits, which identify an event in a cursor.
    pub fn short(self) -> u64 {
        let Self([a, b, c, d, e, f, g, h, ..]) = self;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// The key by which hosts identify an event with this identity: its id if it has one, else `noid`; a hyphen; 32 hexadecimal
    /// digits.
    pub fn key(self, id: Option<&str>) -> String {
        let id = id.unwrap_or("noid");
        format!("{id}-{:032x}", u128::from_be_bytes(self.0))
    }
}

/// A hash over fields, each with its length, so that no two sequences of fields have the same encoding.
#[derive(Default)]
struct FieldHash(Sha256);

impl FieldHash {
    /// Adds a field as `LENGTH:TEXT,`, with the length in bytes; one that is missing as `-,`.
    fn field(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.0.update(format!("{}:", text.len()));
                self.0.update(text);
            }
            None => self.0.update("-"),
        }
        self.0.update(",");
    }

    /// Adds the members of an object without `computer`, name and value each as a field; a text that is not an object as one field.
    fn own_text(&mut self, raw: &str) {
        match serde_json::from_str::<Members<'_>>(raw) {
            Ok(Members(members)) => {
                for (name, value) in members.iter().filter(|(name, _)| name != "computer") {
                    self.field(Some(name));
                    self.field(Some(value.get()));
                }
            }
            Err(_) => self.field(Some(raw)),
        }
    }

    fn finish(self) -> EventIdentity {
        let hash = self.0.finalize();
        let mut identity = [0; 16];
        for (to, from) in identity.iter_mut().zip(hash) {
            *to = from;
        }
        EventIdentity(identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amp::decode::decode;

    fn key(raw: &str) -> String {
        let event: Event = decode(raw);
        EventIdentity::of(&event, raw).key(event.id.as_deref())
    }

    const WITH_ID: &str = r#"{"id":7380001112223334445,"timestamp":1718093402,"timestamp_nanoseconds":712000000,"event_type_id":1090519054,"detection_id":"7380001112223334400","connector_guid":"6B0D6A5E-5F0E-4C7D-9A51-3F6F0F6C2D11"}"#;
    const INCIDENT: &str = r#"{"timestamp":1718093402,"event_type_id":1107296344,"computer":{"connector_guid":"6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11","active":true},"threat_hunting":{"incident_report_guid":"0b9f1b0e-6f5e-4d43-a3b5-1f5f6a7b8c9d","incident_hunt_guid":"d7c1a2b3-4e5f-4a6b-8c7d-9e0f1a2b3c4d"}}"#;
    const WITHOUT: &str = r#"{"date":"2024-06-11T08:10:02+00:00","event_type_id":1003,"computer":{"active":true},"note":{"a": [1, 2]}}"#;

    /// The vectors of `docs/event-identity.md`: a change here changes the keys that hosts have stored.
    #[test]
    fn keys_are_those_of_the_documented_vectors() {
        let page = include_str!("../../docs/event-identity.md");
        for (raw, expected) in [(WITH_ID, 0), (INCIDENT, 1), (WITHOUT, 2)] {
            let key = key(raw);
            assert!(page.contains(raw), "vector {expected} lacks its event");
            assert!(
                page.contains(&format!("`{key}`")),
                "vector {expected}: {key}"
            );
        }
    }

    #[test]
    fn current_state_of_the_computer_is_not_part_of_the_identity() {
        for (raw, from, to) in [
            (INCIDENT, "true", "false"),
            (WITHOUT, r#"{"active":true}"#, r#"{"user":"alice@ACME"}"#),
        ] {
            assert_eq!(key(raw), key(&raw.replace(from, to)));
        }
        // Where the GUID and its case are written does not matter.
        let moved = WITH_ID.replace(
            r#""connector_guid":"6B0D6A5E-5F0E-4C7D-9A51-3F6F0F6C2D11""#,
            r#""computer":{"connector_guid":"6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11"}"#,
        );
        assert_ne!(moved, WITH_ID);
        assert_eq!(key(&moved), key(WITH_ID));
    }

    #[test]
    fn every_identity_field_distinguishes() {
        let keys: std::collections::BTreeSet<String> = [
            WITH_ID.to_owned(),
            WITH_ID.replace("334445", "334446"),
            WITH_ID.replace("6B0D6A5E", "6B0D6A5F"),
            WITH_ID.replace("1090519054", "1090519055"),
            WITH_ID.replace("1718093402", "1718093403"),
            WITH_ID.replace("712000000", "712000001"),
            WITH_ID.replace(r#""timestamp_nanoseconds":712000000,"#, ""),
            WITH_ID.replace("334400", "334401"),
            INCIDENT.to_owned(),
            INCIDENT.replace("0b9f1b0e", "0b9f1b0f"),
            WITHOUT.replace("[1, 2]", "[1, 3]"),
        ]
        .iter()
        .map(|raw| key(raw))
        .collect();
        assert_eq!(keys.len(), 11);
    }
}
