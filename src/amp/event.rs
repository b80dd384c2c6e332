//! Events and their types (reference, section 6).

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::computer::Computer;
use super::decode;
use super::ids::{Guid, Sha256};
use super::request::Request;
use super::timestamp;

/// An event, as far as the plugin looks into it. Only id, time and type are always there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    /// A number of up to 64 bits, as text; in some answers it is a text to begin with.
    #[serde(deserialize_with = "decode::text_or_number")]
    pub id: Option<String>,
    /// Seconds since 1970.
    #[serde(deserialize_with = "decode::value")]
    pub timestamp: Option<i64>,
    /// The fraction of that second.
    #[serde(deserialize_with = "decode::value")]
    pub timestamp_nanoseconds: Option<u32>,
    /// The same as ISO 8601.
    #[serde(deserialize_with = "decode::text")]
    pub date: Option<String>,
    /// Name of the type.
    #[serde(deserialize_with = "decode::text")]
    pub event_type: Option<String>,
    /// Number of the type.
    #[serde(deserialize_with = "decode::value")]
    pub event_type_id: Option<u64>,
    /// The groups that the computer was in.
    #[serde(deserialize_with = "decode::texts")]
    pub group_guids: Vec<String>,
    /// MITRE ATT&CK tactics by their ids.
    #[serde(deserialize_with = "attack_ids")]
    pub tactics: Vec<String>,
    /// MITRE ATT&CK techniques by their ids.
    #[serde(deserialize_with = "attack_ids")]
    pub techniques: Vec<String>,
    /// `Low`, `Medium`, `High`, `Critical`; missing for informational types.
    #[serde(deserialize_with = "decode::text")]
    pub severity: Option<String>,
    /// Name of the detection.
    #[serde(deserialize_with = "decode::text")]
    pub detection: Option<String>,
    /// What joins the events of one detection.
    #[serde(deserialize_with = "decode::text_or_number")]
    pub detection_id: Option<String>,
    /// The computer's connector GUID; missing for some types.
    #[serde(deserialize_with = "decode::text")]
    pub connector_guid: Option<String>,
    /// At the top level only for `Install Started`, which has no computer.
    #[serde(deserialize_with = "decode::text")]
    pub hostname: Option<String>,
    /// The computer, in a few of its fields.
    #[serde(deserialize_with = "decode::object")]
    pub computer: Computer,
    /// The file.
    #[serde(deserialize_with = "decode::object")]
    pub file: File,
    /// The network connection.
    #[serde(deserialize_with = "decode::object")]
    pub network_info: NetworkInfo,
    /// The incident; of `SecureX Threat Hunting Incident` only.
    #[serde(deserialize_with = "decode::object")]
    pub threat_hunting: ThreatHunting,
}

/// Decodes ids of MITRE ATT&CK, which AMP sends as strings or as objects with an `external_id`.
fn attack_ids<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Named {
        #[serde(deserialize_with = "decode::text")]
        external_id: Option<String>,
    }
    let raw = <&RawValue>::deserialize(input)?;
    let id =
        |element| decode::string(element).or_else(|| decode::decode::<Named>(element).external_id);
    Ok(decode::elements(raw.get())
        .into_iter()
        .filter_map(id)
        .collect())
}

/// The file of an event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct File {
    /// `Malicious`, `Clean`, ...: an open set.
    #[serde(deserialize_with = "decode::text")]
    pub disposition: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "decode::text")]
    pub file_name: Option<String>,
    /// Its path, in one of several forms.
    #[serde(deserialize_with = "decode::text")]
    pub file_path: Option<String>,
    /// Its hashes.
    #[serde(deserialize_with = "decode::object")]
    pub identity: Identity,
    /// The file that started it.
    #[serde(deserialize_with = "decode::object")]
    pub parent: Parent,
}

/// The file that started another.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parent {
    /// Its name.
    #[serde(deserialize_with = "decode::text")]
    pub file_name: Option<String>,
    /// Its hashes.
    #[serde(deserialize_with = "decode::object")]
    pub identity: Identity,
}

/// Hashes of a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// In upper or lower case.
    #[serde(deserialize_with = "decode::text")]
    pub sha256: Option<String>,
    /// Optional.
    #[serde(deserialize_with = "decode::text")]
    pub sha1: Option<String>,
    /// Optional.
    #[serde(deserialize_with = "decode::text")]
    pub md5: Option<String>,
}

impl Identity {
    /// The hashes that are there.
    pub fn hashes(&self) -> impl Iterator<Item = &str> {
        [&self.sha256, &self.sha1, &self.md5]
            .into_iter()
            .filter_map(|hash| hash.as_deref())
    }
}

/// An incident that threat hunters report.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ThreatHunting {
    /// GUID of the report.
    #[serde(deserialize_with = "decode::text")]
    pub incident_report_guid: Option<String>,
    /// GUID of the hunt.
    #[serde(deserialize_with = "decode::text")]
    pub incident_hunt_guid: Option<String>,
}

/// The network connection of an event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NetworkInfo {
    /// The other end.
    #[serde(deserialize_with = "decode::text")]
    pub remote_ip: Option<String>,
    /// This end.
    #[serde(deserialize_with = "decode::text")]
    pub local_ip: Option<String>,
    /// Its port.
    #[serde(deserialize_with = "decode::value")]
    pub remote_port: Option<u16>,
    /// The URL, where it is known.
    #[serde(deserialize_with = "decode::text")]
    pub dirty_url: Option<String>,
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
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EventType {
    /// What identifies it; names change (section 6.4).
    #[serde(deserialize_with = "decode::number_or_text")]
    pub id: Option<u64>,
    /// Its name; several ids may carry the same.
    #[serde(deserialize_with = "decode::text")]
    pub name: Option<String>,
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
