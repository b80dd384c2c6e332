//! Events and their types (reference, section 6).

use serde::Deserialize;

use super::computer::Computer;
use super::decode;
use super::event_details::{
    AttackRef, BehaviorData, CloudIoc, CommandLine, EventError, File, Indicator, IsolationDetails,
    NetworkInfo, Scan, ThreatHunting, Vulnerability, attack_refs, filled, unique, yes_or_no,
};
pub use super::event_details::{Direction, Process};
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
    /// MITRE ATT&CK tactics.
    #[serde(deserialize_with = "attack_refs")]
    tactics: Vec<AttackRef>,
    /// MITRE ATT&CK techniques.
    #[serde(deserialize_with = "attack_refs")]
    techniques: Vec<AttackRef>,
    /// `Low`, `Medium`, `High`, `Critical`; missing for informational types.
    #[serde(deserialize_with = "decode::text")]
    severity: Option<String>,
    /// Name of the detection; see [`Event::finding`].
    #[serde(deserialize_with = "decode::text")]
    detection: Option<String>,
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
    /// The Cloud IOC.
    #[serde(deserialize_with = "decode::object")]
    pub cloud_ioc: CloudIoc,
    /// The incident of a threat hunt.
    #[serde(deserialize_with = "decode::object")]
    pub threat_hunting: ThreatHunting,
    /// Data of behavioral types.
    #[serde(deserialize_with = "decode::object")]
    bp_data: BehaviorData,
    /// Vulnerabilities of an application.
    #[serde(deserialize_with = "decode::objects")]
    pub vulnerabilities: Vec<Vulnerability>,
    /// The title of a product fault.
    #[serde(deserialize_with = "decode::text")]
    pub fault_event_title: Option<String>,
    /// Whether a product fault needs someone to act.
    #[serde(deserialize_with = "yes_or_no")]
    pub intervention_required: Option<bool>,
    /// The error of an attempt that failed.
    #[serde(deserialize_with = "decode::object")]
    pub error: EventError,
    /// The scan.
    #[serde(deserialize_with = "decode::object")]
    pub scan: Scan,
    /// The isolation.
    #[serde(deserialize_with = "decode::object")]
    pub isolation: IsolationDetails,
    /// The command line, if the credential may read it.
    #[serde(deserialize_with = "decode::object")]
    pub command_line: CommandLine,
    /// When the activity began that the event sums up, in seconds since 1970.
    #[serde(deserialize_with = "decode::value")]
    start_timestamp: Option<i64>,
    /// The same as ISO 8601.
    #[serde(deserialize_with = "decode::text")]
    start_date: Option<String>,
}

impl Event {
    /// The host name: of the computer, else at the top level.
    pub fn host(&self) -> Option<&str> {
        filled(self.computer.hostname.as_deref()).or_else(|| filled(self.hostname.as_deref()))
    }

    /// The connector GUID, wherever it stands.
    pub fn connector(&self) -> Option<&str> {
        self.connector_guid
            .as_deref()
            .or(self.computer.connector_guid.as_deref())
    }

    /// The user, unless AMP states that it does not know.
    pub fn user(&self) -> Option<&str> {
        filled(self.computer.user.as_deref()).filter(|user| *user != "Not Available")
    }

    /// The user's name alone, and the domain: AMP writes `NAME@DOMAIN`, and a name may contain an `@` itself.
    pub fn user_and_domain(&self) -> (Option<&str>, Option<&str>) {
        let Some(user) = self.user() else {
            return (None, None);
        };
        let (name, domain) = match (user.rsplit_once('@'), user.split_once('\\')) {
            (Some((name, domain)), _) | (None, Some((domain, name))) => (name, domain),
            (None, None) => (user, ""),
        };
        (filled(Some(name)), filled(Some(domain)))
    }

    /// The severity: the event's own, else that of its threat hunting incident.
    pub fn severity(&self) -> Option<&str> {
        filled(self.severity.as_deref()).or_else(|| filled(self.threat_hunting.severity.as_deref()))
    }

    /// The name of what was found: the detection, or else the first of the other fields that name it, in this order: Cloud
    /// IOC, threat hunting incident, indicators, CVEs, fault, error, scan. Several names are joined by commas.
    pub fn finding(&self) -> Option<String> {
        self.threat().or_else(|| joined(self.cves())).or_else(|| {
            [
                &self.fault_event_title,
                &self.error.description,
                &self.scan.description,
            ]
            .into_iter()
            .find_map(|text| filled(text.as_deref()).map(str::to_owned))
        })
    }

    /// The first names of [`Event::finding`]: those that only a threat has.
    fn threat(&self) -> Option<String> {
        [
            &self.detection,
            &self.cloud_ioc.short_description,
            &self.threat_hunting.incident_title,
        ]
        .into_iter()
        .find_map(|text| filled(text.as_deref()).map(str::to_owned))
        .or_else(|| {
            joined(
                self.indicators()
                    .filter_map(Indicator::name)
                    .map(str::to_owned),
            )
        })
    }

    /// Whether its fields show that it is about a threat.
    pub fn has_threat(&self) -> bool {
        self.detection_id.is_some() || self.threat().is_some()
    }

    /// What an attack or a behavior was recognized by.
    pub fn indicators(&self) -> impl Iterator<Item = &Indicator> {
        let attack = self.file.attack_details.indicators.iter();
        attack.chain(&self.bp_data.indicators)
    }

    /// MITRE ATT&CK tactics of the event, its indicators and its incident. The same one may occur more than once.
    pub fn tactics(&self) -> impl Iterator<Item = &AttackRef> {
        let of_indicators = self.indicators().flat_map(|indicator| &indicator.tactics);
        let all = self.tactics.iter().chain(of_indicators);
        all.chain(&self.threat_hunting.tactics)
    }

    /// MITRE ATT&CK techniques of the same.
    pub fn techniques(&self) -> impl Iterator<Item = &AttackRef> {
        let of_indicators = self
            .indicators()
            .flat_map(|indicator| &indicator.techniques);
        let all = self.techniques.iter().chain(of_indicators);
        all.chain(&self.threat_hunting.techniques)
    }

    /// CVEs in upper case. The same one may occur more than once.
    pub fn cves(&self) -> impl Iterator<Item = String> {
        let cves = self.vulnerabilities.iter();
        cves.filter_map(|vulnerability| {
            filled(vulnerability.cve.as_deref()).map(str::to_ascii_uppercase)
        })
    }

    /// The programs in it: the parent of the file, and the one that made the connection.
    pub fn processes(&self) -> [&Process; 2] {
        [&self.file.parent, &self.network_info.parent]
    }

    /// When the activity began that it sums up, in seconds since 1970.
    pub fn start(&self) -> Option<i64> {
        self.start_timestamp
            .or_else(|| timestamp::parse(self.start_date.as_deref()?))
            .or_else(|| self.threat_hunting.start())
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

/// Names as one string, each once; `None` if there are none.
fn joined(names: impl Iterator<Item = String>) -> Option<String> {
    let names = unique(names);
    (!names.is_empty()).then(|| names.join(", "))
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
