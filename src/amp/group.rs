//! Groups (reference, section 7.4).

use serde::Deserialize;

use super::computer::Named;
use super::decode;
use super::request::Request;
use crate::http::Method;

/// A group.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Its name.
    #[serde(deserialize_with = "decode::text")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(deserialize_with = "decode::text")]
    pub description: Option<String>,
    /// Its GUID.
    #[serde(deserialize_with = "decode::text")]
    pub guid: Option<String>,
    /// How it came to be, such as `Created via API`.
    #[serde(deserialize_with = "decode::text")]
    pub source: Option<String>,
    /// The groups above it, the nearest first; absent for root groups.
    #[serde(deserialize_with = "decode::objects")]
    pub ancestry: Vec<Named>,
}

/// `GET /v1/groups`, those that match a name by its beginning or a part.
pub fn list(name: Option<&str>) -> Request {
    Request::get("group", &["groups"]).query_if("name", name)
}

/// `POST /v1/groups`.
pub fn create(name: &str, description: Option<&str>) -> Request {
    Request::new(Method::Post, "group", &["groups"])
        .field("name", Some(name))
        .field("description", description)
}
