//! Groups (reference, section 7.4).

use serde_json::Value;

use super::computer::Named;
use super::lenient::{View, text, views};
use super::request::Request;
use crate::http::Method;

/// A group.
#[derive(Debug, Default)]
pub struct Group {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its GUID.
    pub guid: Option<String>,
    /// How it came to be, such as `Created via API`.
    pub source: Option<String>,
    /// The groups above it, the nearest first; absent for root groups.
    pub ancestry: Vec<Named>,
}

impl View for Group {
    fn view(value: &Value) -> Self {
        Self {
            name: text(value, "name"),
            description: text(value, "description"),
            guid: text(value, "guid"),
            source: text(value, "source"),
            ancestry: views(value, "ancestry"),
        }
    }
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
