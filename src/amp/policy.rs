//! Policies (reference, section 7.5).

use serde_json::Value;

use super::computer::Named;
use super::ids::Guid;
use super::lenient::{View, field, text, text_or_number, views};
use super::request::Request;

/// A policy; the lists are there only when a single policy was asked for.
#[derive(Debug, Default)]
pub struct Policy {
    /// Its name, which a policy of another product may share.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its GUID.
    pub guid: Option<String>,
    /// `windows`, `mac`, `linux`, `android`, `ios`, `network`.
    pub product: Option<String>,
    /// Whether it is the product's default.
    pub default: Option<bool>,
    /// Grows with each change.
    pub serial_number: Option<String>,
    /// The file lists it uses.
    pub file_lists: Vec<Named>,
    /// The groups that use it.
    pub used_in_groups: Vec<Named>,
}

impl View for Policy {
    fn view(value: &Value) -> Self {
        Self {
            name: text(value, "name"),
            description: text(value, "description"),
            guid: text(value, "guid"),
            product: text(value, "product"),
            default: field(value, "default").as_bool(),
            serial_number: text_or_number(value, "serial_number"),
            file_lists: views(value, "file_lists"),
            used_in_groups: views(value, "used_in_groups"),
        }
    }
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
