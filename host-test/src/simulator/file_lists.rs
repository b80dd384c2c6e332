//! File lists of the simulated organisation (reference, sections 7.1 to 7.3).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::asked::{Asked, is_sha256};
use super::chance::Chance;
use super::reply::{Refusal, Reply, cut};

/// What a file list does to the files in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ApplicationBlocking,
    SimpleCustomDetections,
    /// These are in policies only; AMP does not list them.
    AllowedApplications,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::ApplicationBlocking => "application_blocking",
            Self::SimpleCustomDetections => "simple_custom_detections",
            Self::AllowedApplications => "allowed_applications",
        }
    }
}

/// A file list.
#[derive(Debug, Clone)]
pub(super) struct FileList {
    pub(super) name: String,
    pub(super) guid: String,
    pub(super) kind: Kind,
    /// By SHA-256 in lower case.
    items: BTreeMap<String, Item>,
}

#[derive(Debug, Clone)]
struct Item {
    description: Option<String>,
    source: &'static str,
}

impl FileList {
    /// Makes a list up, with `files` files in it.
    pub(super) fn new(seed: u64, kind: Kind, number: u64, files: u64) -> Self {
        let mut chance = Chance::of(seed, kind.as_str(), number);
        let name = match (kind, number) {
            (Kind::ApplicationBlocking, 0) => "Blocked Application List".to_owned(),
            (Kind::ApplicationBlocking, number) => {
                format!("Blocked Application List {}", number.saturating_add(1))
            }
            (Kind::SimpleCustomDetections, 0) => "Quick SCD".to_owned(),
            (Kind::SimpleCustomDetections, number) => {
                format!("Quick SCD {}", number.saturating_add(1))
            }
            (Kind::AllowedApplications, _) => "Allowed tools".to_owned(),
        };
        let guid = chance.guid();
        let items = (0..files).map(|number| {
            let item = Item {
                description: (number % 3 != 2)
                    .then(|| format!("case {}", number.saturating_add(4700))),
                source: "Created by entering SHA-256 via Web from 198.51.100.4.",
            };
            (chance.hex(64), item)
        });
        Self {
            name,
            guid,
            kind,
            items: items.collect(),
        }
    }

    /// A hash that is in the list.
    pub(super) fn a_hash(&self) -> Option<&str> {
        self.items.keys().next().map(String::as_str)
    }

    pub(super) fn in_policy(&self) -> Value {
        json!({"name": self.name, "guid": self.guid, "type": self.kind.as_str()})
    }

    fn link(&self, origin: &str) -> Value {
        json!({"file_list": format!("{origin}/v1/file_lists/{}", self.guid)})
    }

    /// The list without its files.
    pub(super) fn json(&self, origin: &str) -> Value {
        json!({"name": self.name, "guid": self.guid, "type": self.kind.as_str(), "links": self.link(origin)})
    }

    /// `GET .../files`: data is an object around the page.
    pub(super) fn files(&self, asked: &Asked) -> Result<Reply, Refusal> {
        let (page, items) = cut(asked, self.items.iter().collect(), |(hash, item)| {
            self.item(&asked.origin, hash, item)
        })?;
        let data = json!({"name": self.name, "guid": self.guid, "policies": [], "items": items});
        Ok(Reply::page(asked, page, data))
    }

    fn item(&self, origin: &str, hash: &str, item: &Item) -> Value {
        let mut json = json!({"sha256": hash, "source": item.source, "links": self.link(origin)});
        if let (Some(fields), Some(description)) = (json.as_object_mut(), &item.description) {
            fields.insert("description".to_owned(), description.clone().into());
        }
        json
    }

    /// `GET .../files/{sha256}`.
    pub(super) fn read(&self, asked: &Asked, hash: &str) -> Result<Reply, Refusal> {
        match self.items.get(&checked(hash)?) {
            Some(item) => Ok(Reply::one(
                asked,
                self.item(&asked.origin, &hash.to_ascii_lowercase(), item),
            )),
            None => Err(not_found(hash)),
        }
    }

    /// `POST .../files/{sha256}`.
    pub(super) fn add(&mut self, asked: &Asked, hash: &str) -> Result<Reply, Refusal> {
        let (key, description) = (checked(hash)?, asked.field("description")?);
        if self.items.contains_key(&key) {
            return Err(Refusal::new(
                409,
                "Validation failed: SHA-256 has already been taken",
            ));
        }
        let item = Item {
            description,
            source: "Created by entering SHA-256 via Public api.",
        };
        let reply = Reply::one(asked, self.item(&asked.origin, &key, &item)).applied(201);
        self.items.insert(key, item);
        Ok(reply)
    }

    /// `DELETE .../files/{sha256}`.
    pub(super) fn remove(&mut self, asked: &Asked, hash: &str) -> Result<Reply, Refusal> {
        match self.items.remove(&checked(hash)?) {
            Some(_) => Ok(Reply::one(asked, json!({})).applied(200)),
            None => Err(not_found(hash)),
        }
    }
}

/// The hash in lower case, as it is kept.
fn checked(hash: &str) -> Result<String, Refusal> {
    if is_sha256(hash) {
        Ok(hash.to_ascii_lowercase())
    } else {
        Err(Refusal::bad_request(format!("sha256 is invalid: {hash}")))
    }
}

/// The words echo the hash as it was written (recorded).
fn not_found(hash: &str) -> Refusal {
    Refusal::new(
        404,
        format!("Imn File List Item not found for given sha256: {hash}"),
    )
}
