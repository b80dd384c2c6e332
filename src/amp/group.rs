//! Groups, and the change that creates one.

use serde::Deserialize;

use super::Amp;
use super::computer::Named;
use super::decode::{self, decode};
use super::envelope::Answer;
use super::error::AmpError;
use super::request::Request;
use super::verified_write::{Change, State};
use crate::concurrency::Pending;
use crate::http::Method;
use crate::quoting::quoted;

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

/// Whether an item of a list of groups has a name. AMP matches parts of a name too, and ignores case.
pub fn is_named(item: &str, name: &str) -> bool {
    decode::<Group>(item).has_name(name)
}

impl Group {
    fn has_name(&self, name: &str) -> bool {
        self.name
            .as_deref()
            .is_some_and(|other| other.trim().to_lowercase() == name.trim().to_lowercase())
    }
}

/// The creation of a group: `POST /v1/groups`.
///
/// Two groups may have one name, so a group of that name does not prove who created it, and one that is not there yet may still come.
pub struct CreateGroup<'a> {
    name: &'a str,
    write: Request,
}

impl<'a> CreateGroup<'a> {
    /// The change for a name, and a description, if there is one.
    pub fn new(name: &'a str, description: Option<&str>) -> Self {
        let write = Request::new(Method::Post, "group", &["groups"])
            .field("name", Some(name))
            .field("description", description);
        Self { name, write }
    }
}

impl Change for CreateGroup<'_> {
    fn write(&self) -> &Request {
        &self.write
    }

    fn shown_by(&self, response: &Answer) -> Result<State<()>, AmpError> {
        let group: Group = decode(response.object(&self.write)?);
        match group.guid {
            Some(_) if group.has_name(self.name) => Ok(State::Done(())),
            _ => Err(response.malformed("it does not show the group", &self.write)),
        }
    }

    fn read<'a>(&'a self, amp: &'a Amp<'a>) -> Pending<'a, Result<State<Answer>, AmpError>> {
        Box::pin(async {
            let request = list(Some(self.name));
            let listing = amp.list_all(&request, 0).await?;
            let items = listing.items(&request, |_| None)?;
            let found = items
                .into_iter()
                .rev()
                .find(|item| is_named(item, self.name));
            if let Some(item) = found {
                return Ok(State::Unclear(format!(
                    "A group called {} is there now, {}: the new one, or one that was there before",
                    quoted(self.name),
                    decode::<Group>(item).guid.unwrap_or_default()
                )));
            }
            match listing.missing.into_iter().next() {
                Some(missing) => Err(missing.error),
                None => Ok(State::NotDone(format!(
                    "No group was called {} a moment later",
                    quoted(self.name)
                ))),
            }
        })
    }

    fn is_idempotent(&self) -> bool {
        false
    }
}
