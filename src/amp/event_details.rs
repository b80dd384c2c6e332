//! The parts of an event that depend on its type: file, process, network connection, indicators, vulnerabilities, errors.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::decode;
use super::timestamp;

/// Returns a string without the spaces around it; `None` if nothing is left.
pub fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Returns the strings, each once, in their order.
pub fn unique(strings: impl Iterator<Item = String>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::new();
    for string in strings {
        if !unique.contains(&string) {
            unique.push(string);
        }
    }
    unique
}

/// The file of an event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct File {
    /// `Malicious`, `Clean`, ...: an open set.
    #[serde(deserialize_with = "decode::text")]
    pub disposition: Option<String>,
    /// Its name; absent in quarantine events.
    #[serde(deserialize_with = "decode::text")]
    pub file_name: Option<String>,
    /// Its path, in one of several forms.
    #[serde(deserialize_with = "decode::text")]
    pub file_path: Option<String>,
    /// Its hashes.
    #[serde(deserialize_with = "decode::object")]
    pub identity: Identity,
    /// The program that started or wrote it.
    #[serde(deserialize_with = "decode::object")]
    pub parent: Process,
    /// The file inside it that was found, if it is an archive.
    #[serde(deserialize_with = "decode::object")]
    pub archived_file: ArchivedFile,
    /// What Exploit Prevention and Malicious Activity Protection saw.
    #[serde(deserialize_with = "decode::object")]
    pub attack_details: AttackDetails,
}

/// A file inside an archive.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ArchivedFile {
    /// Its hashes.
    #[serde(deserialize_with = "decode::object")]
    pub identity: Identity,
}

/// A program: the parent of a file, or the one that made a connection.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Its process id.
    #[serde(deserialize_with = "decode::number_or_text")]
    pub process_id: Option<u64>,
    /// Disposition of its file.
    #[serde(deserialize_with = "decode::text")]
    pub disposition: Option<String>,
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

/// What an attack did to a program.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AttackDetails {
    /// The program that was attacked.
    #[serde(deserialize_with = "decode::text")]
    pub application: Option<String>,
    /// The module of it that was attacked.
    #[serde(deserialize_with = "decode::text")]
    pub attacked_module: Option<String>,
    /// Files that took part in the attack.
    #[serde(deserialize_with = "decode::texts")]
    pub suspicious_files: Vec<String>,
    /// What the attack was recognized by.
    #[serde(deserialize_with = "decode::objects")]
    pub indicators: Vec<Indicator>,
}

/// Data of a behavioral event. No public source states its shape, so nothing but indicators is read from it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BehaviorData {
    /// What the behavior was recognized by.
    #[serde(deserialize_with = "decode::objects")]
    pub indicators: Vec<Indicator>,
}

/// What an attack or a behavior was recognized by.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Indicator {
    /// Its name.
    #[serde(deserialize_with = "decode::text")]
    pub short_description: Option<String>,
    /// Its description.
    #[serde(deserialize_with = "decode::text")]
    pub description: Option<String>,
    /// MITRE ATT&CK tactics.
    #[serde(deserialize_with = "attack_refs")]
    pub tactics: Vec<AttackRef>,
    /// MITRE ATT&CK techniques.
    #[serde(deserialize_with = "attack_refs")]
    pub techniques: Vec<AttackRef>,
}

impl Indicator {
    /// Its name, else its description.
    pub fn name(&self) -> Option<&str> {
        filled(self.short_description.as_deref()).or_else(|| filled(self.description.as_deref()))
    }
}

/// A tactic or a technique of MITRE ATT&CK.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AttackRef {
    /// Its id: `TA0005`, `T1070.004`.
    #[serde(rename = "external_id", deserialize_with = "decode::text")]
    pub id: Option<String>,
    /// Its name. AMP's `mitre_name` is only the word `tactic` or `technique`.
    #[serde(deserialize_with = "decode::text")]
    pub name: Option<String>,
}

/// Decodes tactics or techniques, which AMP sends as ids or as objects.
///
/// # Errors
///
/// Returns an error only if the text is not JSON.
pub fn attack_refs<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<AttackRef>, D::Error> {
    let raw = <&RawValue>::deserialize(input)?.get();
    let attack_ref = |element| match decode::string(element) {
        Some(id) => AttackRef {
            id: Some(id),
            name: None,
        },
        None => decode::decode(element),
    };
    Ok(decode::elements(raw).into_iter().map(attack_ref).collect())
}

/// The network connection of an event. Direction and protocol are in `nfm`, in other lists of AMP next to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NetworkInfo {
    /// The other end.
    #[serde(deserialize_with = "decode::text")]
    pub remote_ip: Option<String>,
    /// Its port.
    #[serde(deserialize_with = "decode::number_or_text")]
    pub remote_port: Option<u64>,
    /// This end.
    #[serde(deserialize_with = "decode::text")]
    pub local_ip: Option<String>,
    /// Its port.
    #[serde(deserialize_with = "decode::number_or_text")]
    pub local_port: Option<u64>,
    /// The URL, if it is known.
    #[serde(deserialize_with = "decode::text")]
    pub dirty_url: Option<String>,
    /// What the network monitor saw.
    #[serde(deserialize_with = "decode::object")]
    pub nfm: NetworkFlow,
    /// `Outgoing connection from` or `Incoming connection from`.
    #[serde(deserialize_with = "decode::text")]
    direction: Option<String>,
    /// `TCP` or `UDP`.
    #[serde(deserialize_with = "decode::text")]
    protocol: Option<String>,
    /// The program that made the connection.
    #[serde(deserialize_with = "decode::object")]
    pub parent: Process,
}

/// Direction and protocol of a connection.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NetworkFlow {
    /// `Outgoing connection from` or `Incoming connection from`.
    #[serde(deserialize_with = "decode::text")]
    direction: Option<String>,
    /// `TCP` or `UDP`.
    #[serde(deserialize_with = "decode::text")]
    protocol: Option<String>,
}

/// Which side opened a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The computer.
    Outgoing,
    /// The other end.
    Incoming,
}

impl NetworkInfo {
    /// Which side opened the connection; `None` if AMP does not state it.
    pub fn direction(&self) -> Option<Direction> {
        let text = filled(self.nfm.direction.as_deref()).or(filled(self.direction.as_deref()))?;
        let text = text.to_ascii_lowercase();
        if text.starts_with("in") {
            Some(Direction::Incoming)
        } else if text.starts_with("out") {
            Some(Direction::Outgoing)
        } else {
            None
        }
    }

    /// Its protocol.
    pub fn protocol(&self) -> Option<&str> {
        filled(self.nfm.protocol.as_deref()).or(filled(self.protocol.as_deref()))
    }
}

/// The Cloud IOC that an event matched.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CloudIoc {
    /// Its name.
    #[serde(deserialize_with = "decode::text")]
    pub short_description: Option<String>,
    /// Its description.
    #[serde(deserialize_with = "decode::text")]
    pub description: Option<String>,
}

/// The incident that an event reports, found by threat hunting.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ThreatHunting {
    /// GUID of the report.
    #[serde(deserialize_with = "decode::text")]
    pub incident_report_guid: Option<String>,
    /// GUID of the hunt.
    #[serde(deserialize_with = "decode::text")]
    pub incident_hunt_guid: Option<String>,
    /// Its title.
    #[serde(deserialize_with = "decode::text")]
    pub incident_title: Option<String>,
    /// Its severity, in lower case.
    #[serde(deserialize_with = "decode::text")]
    pub severity: Option<String>,
    /// When it began: a number of seconds, or ISO 8601.
    #[serde(deserialize_with = "decode::text_or_number")]
    incident_start_time: Option<String>,
    /// MITRE ATT&CK tactics.
    #[serde(deserialize_with = "attack_refs")]
    pub tactics: Vec<AttackRef>,
    /// MITRE ATT&CK techniques.
    #[serde(deserialize_with = "attack_refs")]
    pub techniques: Vec<AttackRef>,
}

impl ThreatHunting {
    /// When the incident began, in seconds since 1970.
    pub fn start(&self) -> Option<i64> {
        let start = filled(self.incident_start_time.as_deref())?;
        start.parse().ok().or_else(|| timestamp::parse(start))
    }
}

/// A vulnerability of an application.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Vulnerability {
    /// Name of the application.
    #[serde(deserialize_with = "decode::text")]
    pub name: Option<String>,
    /// Version of the application.
    #[serde(deserialize_with = "decode::text_or_number")]
    pub version: Option<String>,
    /// Its CVE, in upper or lower case.
    #[serde(deserialize_with = "decode::text")]
    pub cve: Option<String>,
}

/// An error of the connector or the operating system.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EventError {
    /// Up to 32 bits without a sign.
    #[serde(deserialize_with = "decode::text_or_number")]
    error_code: Option<String>,
    /// Its description.
    #[serde(deserialize_with = "decode::text")]
    pub description: Option<String>,
}

impl EventError {
    /// Its code.
    pub fn code(&self) -> Option<i64> {
        filled(self.error_code.as_deref())?.parse().ok()
    }
}

/// A scan.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Scan {
    /// What was scanned.
    #[serde(deserialize_with = "decode::text")]
    pub description: Option<String>,
    /// How many threats it found.
    #[serde(deserialize_with = "decode::number_or_text")]
    pub malicious_detections: Option<u64>,
}

/// The isolation that an event reports.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IsolationDetails {
    /// Who requested it or its end.
    #[serde(deserialize_with = "decode::text")]
    pub user: Option<String>,
    /// How long it lasted, in seconds.
    #[serde(deserialize_with = "decode::number_or_text")]
    pub duration: Option<u64>,
}

/// A command line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CommandLine {
    /// The program and its arguments.
    #[serde(deserialize_with = "arguments")]
    pub arguments: Option<String>,
}

/// Decodes a command line: a string, or a list of strings.
fn arguments<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let raw = <&RawValue>::deserialize(input)?.get();
    let list: Vec<String> = decode::elements(raw)
        .into_iter()
        .filter_map(decode::string)
        .collect();
    Ok(decode::string(raw).or_else(|| (!list.is_empty()).then(|| list.join(" "))))
}

/// Decodes a field that is `yes` or `no`, or a boolean.
///
/// # Errors
///
/// Returns an error only if the text is not JSON.
pub fn yes_or_no<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    let raw = <&RawValue>::deserialize(input)?.get();
    let text = decode::string(raw).unwrap_or_else(|| raw.to_owned());
    Ok(match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    })
}
