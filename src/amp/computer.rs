//! Computers (reference, section 4).

use serde_json::Value;

use super::ids::Guid;
use super::lenient::{View, field, text, texts, views};
use super::request::Request;

/// A computer, as far as the plugin looks into it. Any field may be absent, and lists may be empty.
#[derive(Debug, Default)]
pub struct Computer {
    /// Identifies an installation of the connector, not a machine.
    pub connector_guid: Option<String>,
    /// Free Unicode.
    pub hostname: Option<String>,
    /// False once the connector is uninstalled.
    pub active: Option<bool>,
    /// `Windows 10, SP 0.0`, free form.
    pub operating_system: Option<String>,
    /// Addresses of its own; some come with a leading space.
    pub internal_ips: Vec<String>,
    /// The address that the cloud sees.
    pub external_ip: Option<String>,
    /// Its group.
    pub group_guid: Option<String>,
    /// `2024-06-11T06:02:17Z`; absent for machines never seen.
    pub last_seen: Option<String>,
    /// Network interfaces.
    pub network_addresses: Vec<NetworkAddress>,
    /// Its policy.
    pub policy: Named,
    /// Its isolation in short.
    pub isolation: IsolationSummary,
    /// Who is logged on; in events only, and possibly the text `Not Available`.
    pub user: Option<String>,
}

impl View for Computer {
    fn view(value: &Value) -> Self {
        Self {
            connector_guid: text(value, "connector_guid"),
            hostname: text(value, "hostname"),
            active: field(value, "active").as_bool(),
            operating_system: text(value, "operating_system"),
            internal_ips: texts(value, "internal_ips"),
            external_ip: text(value, "external_ip"),
            group_guid: text(value, "group_guid"),
            last_seen: text(value, "last_seen"),
            network_addresses: views(value, "network_addresses"),
            policy: View::view(field(value, "policy")),
            isolation: View::view(field(value, "isolation")),
            user: text(value, "user"),
        }
    }
}

/// A network interface.
#[derive(Debug, Default)]
pub struct NetworkAddress {
    /// May be an empty text.
    pub ip: Option<String>,
    /// In any case.
    pub mac: Option<String>,
}

impl View for NetworkAddress {
    fn view(value: &Value) -> Self {
        Self {
            ip: text(value, "ip"),
            mac: text(value, "mac"),
        }
    }
}

/// Something with a name and a GUID.
#[derive(Debug, Default)]
pub struct Named {
    /// Its GUID.
    pub guid: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

impl View for Named {
    fn view(value: &Value) -> Self {
        Self {
            guid: text(value, "guid"),
            name: text(value, "name"),
        }
    }
}

/// The isolation of a computer in two fields.
#[derive(Debug, Default)]
pub struct IsolationSummary {
    /// `not_isolated`, `pending_start`, `isolated` or `pending_stop`.
    pub status: Option<String>,
}

impl View for IsolationSummary {
    fn view(value: &Value) -> Self {
        Self {
            status: text(value, "status"),
        }
    }
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
