//! Computers (reference, section 4).

use serde::Deserialize;

use super::decode;
use super::ids::Guid;
use super::request::Request;

/// A computer, as far as the plugin looks into it. Any field may be absent, and lists may be empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Computer {
    /// Identifies an installation of the connector, not a machine.
    #[serde(deserialize_with = "decode::text")]
    pub connector_guid: Option<String>,
    /// Free Unicode.
    #[serde(deserialize_with = "decode::text")]
    pub hostname: Option<String>,
    /// False once the connector is uninstalled.
    #[serde(deserialize_with = "decode::value")]
    pub active: Option<bool>,
    /// `Windows 10, SP 0.0`, free form.
    #[serde(deserialize_with = "decode::text")]
    pub operating_system: Option<String>,
    /// Addresses of its own; some come with a leading space.
    #[serde(deserialize_with = "decode::texts")]
    pub internal_ips: Vec<String>,
    /// The address that the cloud sees.
    #[serde(deserialize_with = "decode::text")]
    pub external_ip: Option<String>,
    /// Its group.
    #[serde(deserialize_with = "decode::text")]
    pub group_guid: Option<String>,
    /// `2024-06-11T06:02:17Z`; absent for machines never seen.
    #[serde(deserialize_with = "decode::text")]
    pub last_seen: Option<String>,
    /// Network interfaces.
    #[serde(deserialize_with = "decode::objects")]
    pub network_addresses: Vec<NetworkAddress>,
    /// Its policy.
    #[serde(deserialize_with = "decode::object")]
    pub policy: Named,
    /// Its isolation in short.
    #[serde(deserialize_with = "decode::object")]
    pub isolation: IsolationSummary,
    /// Who is logged on; in events only, and possibly the text `Not Available`.
    #[serde(deserialize_with = "decode::text")]
    pub user: Option<String>,
}

/// A network interface.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NetworkAddress {
    /// May be an empty text.
    #[serde(deserialize_with = "decode::text")]
    pub ip: Option<String>,
    /// In any case.
    #[serde(deserialize_with = "decode::text")]
    pub mac: Option<String>,
}

/// Something with a name and a GUID.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    /// Its GUID.
    #[serde(deserialize_with = "decode::text")]
    pub guid: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "decode::text")]
    pub name: Option<String>,
}

/// The isolation of a computer in two fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IsolationSummary {
    /// `not_isolated`, `pending_start`, `isolated` or `pending_stop`.
    #[serde(deserialize_with = "decode::text")]
    pub status: Option<String>,
}

impl Computer {
    /// Every address of its own, trimmed: the list of internal ones, and those of its interfaces.
    pub fn own_addresses(&self) -> impl Iterator<Item = &str> {
        let interfaces = self
            .network_addresses
            .iter()
            .filter_map(|address| address.ip.as_deref());
        self.internal_ips
            .iter()
            .map(String::as_str)
            .chain(interfaces)
            .map(str::trim)
            .filter(|ip| !ip.is_empty())
    }

    /// The hardware addresses of its interfaces.
    pub fn macs(&self) -> impl Iterator<Item = &str> {
        self.network_addresses
            .iter()
            .filter_map(|address| address.mac.as_deref())
            .map(str::trim)
    }
}

/// `GET /v1/computers`, those whose host name begins with a text (section 4.2).
pub fn list(hostname: Option<&str>) -> Request {
    Request::get("computer", &["computers"]).query_if("hostname[]", hostname)
}

/// `GET /v1/computers/{connector_guid}` (section 4.3).
pub fn by_connector(guid: &Guid) -> Request {
    Request::get("computer", &["computers", guid.as_str()])
}

/// `GET /v1/computers/activity` (section 4.6).
pub fn activity(query: &str) -> Request {
    Request::get("computer", &["computers", "activity"]).query("q", query)
}
