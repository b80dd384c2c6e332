//! Policies (reference, section 7.5).

use serde::Deserialize;

use super::computer::Named;
use super::decode;
use super::ids::Guid;
use super::request::Request;

/// A policy; the lists are there only when a single policy was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Its name, which a policy of another product may share.
    #[serde(deserialize_with = "decode::text")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(deserialize_with = "decode::text")]
    pub description: Option<String>,
    /// Its GUID.
    #[serde(deserialize_with = "decode::text")]
    pub guid: Option<String>,
    /// `windows`, `mac`, `linux`, `android`, `ios`, `network`.
    #[serde(deserialize_with = "decode::text")]
    pub product: Option<String>,
    /// Whether it is the product's default.
    #[serde(deserialize_with = "decode::value")]
    pub default: Option<bool>,
    /// Grows with each change.
    #[serde(deserialize_with = "decode::text_or_number")]
    pub serial_number: Option<String>,
    /// The file lists it uses.
    #[serde(deserialize_with = "decode::objects")]
    pub file_lists: Vec<Named>,
    /// The groups that use it.
    #[serde(deserialize_with = "decode::objects")]
    pub used_in_groups: Vec<Named>,
}

/// `GET /v1/policies`.
pub fn list(name: Option<&str>, product: Option<&str>) -> Request {
    Request::get("policy", &["policies"])
        .query_if("name[]", name)
        .query_if("product[]", product)
}

/// `GET /v1/policies/{guid}`.
pub fn by_guid(guid: &Guid) -> Request {
    Request::get("policy", &["policies", guid.as_str()])
}
