//! The details of a simulated event: what it is about, what identifies it, and how AMP writes it.

use serde_json::{Value, json};

use super::chance::Chance;
use super::computers::Computer;
use super::event_types::{Kind, Shape};
use super::events::Event;
use super::identity::EventIdentity;

/// How many different files there are among all events.
pub(super) const FILES: u64 = 64;

/// What an event is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) kind: &'static Kind,
    pub(super) computer: u64,
    pub(super) detection_id: u64,
    pub(super) file: u64,
    pub(super) user: u64,
    pub(super) report: u64,
}

/// The SHA-256 of one of the files among the events.
pub(super) fn file_hash(seed: u64, number: u64) -> String {
    Chance::of(seed, "file", number % FILES).hex(64)
}

impl About {
    /// The detected file, where there is one.
    pub(super) fn detected(&self, seed: u64) -> Option<String> {
        self.has_detection_id().then(|| file_hash(seed, self.file))
    }

    /// The file that did it, where there is one.
    pub(super) fn acting(&self, seed: u64) -> Option<String> {
        matches!(
            self.kind.shape,
            Shape::Detection | Shape::Behaviour | Shape::Connection
        )
        .then(|| file_hash(seed, self.file.saturating_add(1)))
    }

    fn has_detection_id(&self) -> bool {
        matches!(self.kind.shape, Shape::Detection | Shape::Aftermath)
    }

    /// The GUIDs of the report and of the hunt that an incident belongs to.
    fn incident(&self, seed: u64) -> Option<[String; 2]> {
        (self.kind.shape == Shape::Incident).then(|| {
            [
                Chance::of(seed, "incident report", self.report).guid(),
                Chance::of(seed, "incident hunt", self.detection_id).guid(),
            ]
        })
    }

    /// The fields that identify the event. `computer` is the one it happened on.
    pub(super) fn identity(
        &self,
        event: Event,
        seed: u64,
        computer: Option<&Computer>,
    ) -> EventIdentity {
        let source = if self.kind.shape == Shape::Machine {
            Some(computer.map_or_else(String::new, |computer| computer.hostname.clone()))
        } else {
            computer.map(|computer| computer.guid.clone())
        };
        EventIdentity {
            timestamp: event.timestamp,
            nanoseconds: event.nanoseconds,
            id: event.id,
            source,
            event_type_id: self.kind.id,
            detection_id: self
                .has_detection_id()
                .then(|| self.detection_id.to_string()),
            incident: self.incident(seed),
        }
    }

    /// The event as AMP writes it. `computer` is the one it happened on.
    pub(super) fn json(
        &self,
        event: Event,
        seed: u64,
        origin: &str,
        computer: Option<&Computer>,
    ) -> Value {
        let mut json = event.id.map_or_else(|| json!({}), |id| json!({"id": id}));
        let always = json!({
            "timestamp": event.timestamp, "timestamp_nanoseconds": event.nanoseconds,
            "date": super::date::seconds_offset(event.timestamp), "event_type": self.kind.name, "event_type_id": self.kind.id,
        });
        let Some(fields) = json.as_object_mut() else {
            return json;
        };
        if let Value::Object(always) = always {
            fields.extend(always);
        }
        if self.kind.shape == Shape::Machine {
            // Neither computer nor connector (recorded for Install Started).
            let hostname = computer.map_or("", |computer| computer.hostname.as_str());
            fields.insert("hostname".to_owned(), hostname.into());
            return json;
        }
        if let Some(computer) = computer {
            let user = if self.user == 0 {
                "Not Available".to_owned()
            } else {
                format!("user{}@ACME", self.user)
            };
            fields.insert("connector_guid".to_owned(), computer.guid.clone().into());
            if self.kind.shape != Shape::Incident {
                fields.insert("group_guids".to_owned(), json!([computer.group.guid]));
            }
            fields.insert("computer".to_owned(), computer.in_event(origin, &user));
        }
        if let Some(severity) = self.kind.severity {
            fields.insert("severity".to_owned(), severity.into());
        }
        let (hash, parent) = (
            file_hash(seed, self.file),
            file_hash(seed, self.file.saturating_add(1)),
        );
        let name = format!("invoice-{}.exe", self.file);
        match self.kind.shape {
            Shape::Machine | Shape::Plain => {}
            Shape::Incident => {
                fields.insert("threat_hunting".to_owned(), self.hunting(event, seed));
            }
            Shape::Detection => {
                fields.insert(
                    "detection".to_owned(),
                    format!("W32.Example.{}", self.file).into(),
                );
                fields.insert(
                    "detection_id".to_owned(),
                    self.detection_id.to_string().into(),
                );
                fields.insert("file".to_owned(), json!({
                    "disposition": "Malicious", "file_name": name, "file_path": format!("\\\\?\\C:\\Users\\alice\\Downloads\\{name}"),
                    "identity": {"sha256": hash, "sha1": Chance::of(seed, "sha1", self.file).hex(40), "md5": Chance::of(seed, "md5", self.file).hex(32)},
                    "parent": {"process_id": 4020, "disposition": "Clean", "file_name": "explorer.exe", "identity": {"sha256": parent}},
                }));
            }
            Shape::Aftermath => {
                // No names, and only the SHA-256 (recorded).
                fields.insert(
                    "detection_id".to_owned(),
                    self.detection_id.to_string().into(),
                );
                fields.insert("file".to_owned(), json!({"disposition": "Malicious", "identity": {"sha256": hash.to_uppercase()}}));
                if self.kind.id > u64::from(u32::MAX / 2) {
                    fields.insert("error".to_owned(), json!({"error_code": 3_221_225_524_u32, "description": "Object name not found"}));
                }
            }
            Shape::Connection => {
                fields.insert("network_info".to_owned(), json!({
                    "dirty_url": format!("http://bad-{}.example/", self.file), "remote_ip": format!("198.51.100.{}", self.file), "remote_port": 80,
                    "local_ip": computer.map(Computer::internal_ip), "local_port": 49152,
                    "nfm": {"direction": "Outgoing connection from", "protocol": "TCP"}, "parent": {"disposition": "Unknown", "identity": {"sha256": parent}},
                }));
            }
            Shape::Behaviour => {
                fields.insert("cloud_ioc".to_owned(), json!({"description": "PowerShell started something.", "short_description": "W32.PowershellDownload"}));
                fields.insert("file".to_owned(), json!({"disposition": "Clean", "file_name": "powershell.exe", "file_path": "file:///C%3A/Windows/powershell.exe", "identity": {"sha256": parent}}));
                fields.insert("tactics".to_owned(), json!(["TA0005"]));
                fields.insert("techniques".to_owned(), json!(["T1070.004"]));
            }
        }
        json
    }

    /// What hunters found.
    fn hunting(&self, event: Event, seed: u64) -> Value {
        let [report, hunt] = self.incident(seed).unwrap_or_default();
        json!({
            "incident_report_guid": report, "incident_hunt_guid": hunt, "incident_title": "Suspicious scheduled task",
            "incident_summary": "A scheduled task starts a script.", "incident_remediation": "Remove the task.",
            "incident_start_time": event.timestamp.saturating_sub(3600), "incident_end_time": event.timestamp, "severity": "high",
            "tactics": [{"external_id": "TA0003", "name": "Persistence"}],
            "techniques": [{"external_id": "T1053", "name": "Scheduled Task/Job"}],
        })
    }
}
