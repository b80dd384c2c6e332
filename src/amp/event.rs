//! Events and their types (reference, section 6).

use serde_json::Value;

use super::computer::Computer;
use super::ids::{Guid, Sha256};
use super::lenient::{View, field, text, text_or_number, texts};
use super::request::Request;
use super::timestamp;

/// An event, as far as the plugin looks into it. Only id, time and type are always there.
#[derive(Debug, Default)]
pub struct Event {
    /// A number of up to 64 bits, as text; in some answers it is a text to begin with.
    pub id: Option<String>,
    /// Seconds since 1970.
    pub timestamp: Option<i64>,
    /// The fraction of that second.
    pub timestamp_nanoseconds: Option<u32>,
    /// The same as ISO 8601.
    pub date: Option<String>,
    /// Name of the type.
    pub event_type: Option<String>,
    /// Number of the type.
    pub event_type_id: Option<u64>,
    /// The groups that the computer was in.
    pub group_guids: Vec<String>,
    /// MITRE ATT&CK tactics by their ids.
    pub tactics: Vec<String>,
    /// MITRE ATT&CK techniques by their ids.
    pub techniques: Vec<String>,
    /// `Low`, `Medium`, `High`, `Critical`; missing for informational types.
    pub severity: Option<String>,
    /// Name of the detection.
    pub detection: Option<String>,
    /// What joins the events of one detection.
    pub detection_id: Option<String>,
    /// The computer's connector GUID; missing for some types.
    pub connector_guid: Option<String>,
    /// At the top level only for `Install Started`, which has no computer.
    pub hostname: Option<String>,
    /// The computer, in a few of its fields.
    pub computer: Computer,
    /// The file.
    pub file: File,
    /// The network connection.
    pub network_info: NetworkInfo,
}

impl View for Event {
    fn view(value: &Value) -> Self {
        Self {
            id: text_or_number(value, "id"),
            timestamp: field(value, "timestamp").as_i64(),
            timestamp_nanoseconds: field(value, "timestamp_nanoseconds")
                .as_u64()
                .and_then(|number| u32::try_from(number).ok()),
            date: text(value, "date"),
            event_type: text(value, "event_type"),
            event_type_id: field(value, "event_type_id").as_u64(),
            group_guids: texts(value, "group_guids"),
            tactics: attack_ids(value, "tactics"),
            techniques: attack_ids(value, "techniques"),
            severity: text(value, "severity"),
            detection: text(value, "detection"),
            detection_id: text_or_number(value, "detection_id"),
            connector_guid: text(value, "connector_guid"),
            hostname: text(value, "hostname"),
            computer: View::view(field(value, "computer")),
            file: View::view(field(value, "file")),
            network_info: View::view(field(value, "network_info")),
        }
    }
}

/// Ids of MITRE ATT&CK, which AMP gives as texts or as objects (section 6.2).
fn attack_ids(value: &Value, name: &str) -> Vec<String> {
    let elements = field(value, name).as_array().into_iter().flatten();
    elements
        .filter_map(|element| {
            element
                .as_str()
                .map(str::to_owned)
                .or_else(|| text(element, "external_id"))
        })
        .collect()
}

/// The file of an event.
#[derive(Debug, Default)]
pub struct File {
    /// `Malicious`, `Clean`, ...: an open set.
    pub disposition: Option<String>,
    /// Its name.
    pub file_name: Option<String>,
    /// Its path, in one of several forms.
    pub file_path: Option<String>,
    /// Its hashes.
    pub identity: Identity,
    /// The file that started it.
    pub parent: Parent,
}

impl View for File {
    fn view(value: &Value) -> Self {
        Self {
            disposition: text(value, "disposition"),
            file_name: text(value, "file_name"),
            file_path: text(value, "file_path"),
            identity: View::view(field(value, "identity")),
            parent: View::view(field(value, "parent")),
        }
    }
}

/// The file that started another.
#[derive(Debug, Default)]
pub struct Parent {
    /// Its name.
    pub file_name: Option<String>,
    /// Its hashes.
    pub identity: Identity,
}

impl View for Parent {
    fn view(value: &Value) -> Self {
        Self {
            file_name: text(value, "file_name"),
            identity: View::view(field(value, "identity")),
        }
    }
}

/// Hashes of a file.
#[derive(Debug, Default)]
pub struct Identity {
    /// In upper or lower case.
    pub sha256: Option<String>,
    /// Optional.
    pub sha1: Option<String>,
    /// Optional.
    pub md5: Option<String>,
}

impl View for Identity {
    fn view(value: &Value) -> Self {
        Self {
            sha256: text(value, "sha256"),
            sha1: text(value, "sha1"),
            md5: text(value, "md5"),
        }
    }
}

impl Identity {
    /// The hashes that are there.
    pub fn hashes(&self) -> impl Iterator<Item = &str> {
        [&self.sha256, &self.sha1, &self.md5]
            .into_iter()
            .filter_map(|hash| hash.as_deref())
    }
}

/// The network connection of an event.
#[derive(Debug, Default)]
pub struct NetworkInfo {
    /// The other end.
    pub remote_ip: Option<String>,
    /// This end.
    pub local_ip: Option<String>,
    /// Its port.
    pub remote_port: Option<u16>,
    /// The URL, where it is known.
    pub dirty_url: Option<String>,
}

impl View for NetworkInfo {
    fn view(value: &Value) -> Self {
        Self {
            remote_ip: text(value, "remote_ip"),
            local_ip: text(value, "local_ip"),
            remote_port: field(value, "remote_port")
                .as_u64()
                .and_then(|port| u16::try_from(port).ok()),
            dirty_url: text(value, "dirty_url"),
        }
    }
}

impl Event {
    /// The host name, wherever it stands.
    pub fn host(&self) -> Option<&str> {
        self.computer
            .hostname
            .as_deref()
            .or(self.hostname.as_deref())
    }

    /// The connector GUID, wherever it stands.
    pub fn connector(&self) -> Option<&str> {
        self.connector_guid
            .as_deref()
            .or(self.computer.connector_guid.as_deref())
    }

    /// The user, unless AMP says that it does not know.
    pub fn user(&self) -> Option<&str> {
        self.computer
            .user
            .as_deref()
            .filter(|user| !user.is_empty() && *user != "Not Available")
    }

    /// Seconds since 1970, from the number or else from the date.
    pub fn seconds(&self) -> Option<i64> {
        self.timestamp
            .or_else(|| timestamp::parse(self.date.as_deref()?))
    }

    /// What orders events by time: the second and its fraction.
    pub fn moment(&self) -> (i64, u32) {
        (
            self.seconds().unwrap_or(i64::MIN),
            self.timestamp_nanoseconds.unwrap_or(0),
        )
    }

    /// Every address in it, of the computer and of the connection.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let connection = [
            &self.network_info.remote_ip,
            &self.network_info.local_ip,
            &self.computer.external_ip,
        ];
        self.computer
            .own_addresses()
            .chain(connection.into_iter().filter_map(|ip| ip.as_deref()))
    }
}

/// A type of events.
#[derive(Debug, Default)]
pub struct EventType {
    /// What identifies it; names change (section 6.4).
    pub id: Option<u64>,
    /// Its name; several ids may carry the same.
    pub name: Option<String>,
}

impl View for EventType {
    fn view(value: &Value) -> Self {
        Self {
            id: text_or_number(value, "id").and_then(|id| id.parse().ok()),
            name: text(value, "name"),
        }
    }
}

/// `GET /v1/event_types` (section 6.4): one answer, no pages.
pub fn types() -> Request {
    Request::get("event type", &["event_types"])
}

/// Which file an event must have to do with.
pub enum FileRole<'a> {
    /// The detected file has this hash.
    Detected(&'a Sha256),
    /// The acting file has it.
    Acting(&'a Sha256),
}

/// Which events to ask for (section 6.1).
pub struct Filter<'a> {
    /// Ids of event types; any of them.
    pub types: &'a [u64],
    /// Computers; any of them.
    pub connectors: &'a [Guid],
    /// Groups; any of them.
    pub groups: &'a [Guid],
    /// A file.
    pub file: Option<FileRole<'a>>,
}

/// `GET /v1/events` since a second, which is included.
pub fn since(start: i64, filter: &Filter<'_>) -> Request {
    let mut request =
        Request::get("event", &["events"]).query("start_date", timestamp::rfc3339(start));
    for id in filter.types {
        request = request.query("event_type[]", id);
    }
    for guid in filter.connectors {
        request = request.query("connector_guid[]", guid);
    }
    for guid in filter.groups {
        request = request.query("group_guid[]", guid);
    }
    match filter.file {
        Some(FileRole::Detected(hash)) => request.query("detection_sha256", hash),
        Some(FileRole::Acting(hash)) => request.query("application_sha256", hash),
        None => request,
    }
}
