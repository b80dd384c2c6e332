//! File lists and their items (reference, sections 7.1 to 7.3).

use serde::Deserialize;

use super::decode;
use super::ids::{Guid, Sha256};
use super::request::Request;
use crate::http::Method;

/// A file list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FileList {
    /// Its name.
    #[serde(deserialize_with = "decode::text")]
    pub name: Option<String>,
    /// Its GUID.
    #[serde(deserialize_with = "decode::text")]
    pub guid: Option<String>,
    /// `simple_custom_detections`, `application_blocking` or `allowed_applications`.
    #[serde(rename = "type", deserialize_with = "decode::text")]
    pub kind: Option<String>,
}

/// A file on a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FileListItem {
    /// Why it is there; absent rather than null where nobody said.
    #[serde(deserialize_with = "decode::text")]
    pub description: Option<String>,
}

/// `GET /v1/file_lists/application_blocking`.
pub fn application_blocking(name: Option<&str>) -> Request {
    Request::get("file list", &["file_lists", "application_blocking"]).query_if("name[]", name)
}

/// `GET /v1/file_lists/{guid}`.
pub fn by_guid(list: &Guid) -> Request {
    Request::get("file list", &["file_lists", list.as_str()])
}

fn item(method: Method, list: &Guid, hash: &Sha256) -> Request {
    Request::new(
        method,
        "file list",
        &["file_lists", list.as_str(), "files", hash.as_str()],
    )
}

/// `GET` of a list's item.
pub fn read_item(list: &Guid, hash: &Sha256) -> Request {
    item(Method::Get, list, hash)
}

/// `POST` of a list's item: add.
pub fn add_item(list: &Guid, hash: &Sha256, description: Option<&str>) -> Request {
    item(Method::Post, list, hash).field("description", description)
}

/// `DELETE` of a list's item.
pub fn remove_item(list: &Guid, hash: &Sha256) -> Request {
    item(Method::Delete, list, hash)
}
