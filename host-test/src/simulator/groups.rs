//! Groups and policies of the simulated organisation (reference, sections 7.4 and 7.5).

use serde_json::{Value, json};

use super::asked::Asked;
use super::chance::Chance;
use super::computers::Named;
use super::file_lists::FileList;
use super::reply::Refusal;

const DEPARTMENTS: [&str; 6] = [
    "Finance",
    "Audit",
    "Protect",
    "Laptops",
    "Servers",
    "Domain Controllers",
];
const PRODUCTS: [&str; 6] = ["windows", "mac", "linux", "android", "ios", "network"];

/// A group.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) name: String,
    description: Option<String>,
    pub(super) guid: String,
    source: Option<&'static str>,
    parent: Option<Named>,
    created: Option<String>,
}

impl Group {
    /// Makes a group up. Every third lies below the one before, whose name it begins with.
    pub(super) fn new(seed: u64, number: u64, before: Option<&Group>) -> Self {
        let department = department(number);
        let parent = before.filter(|_| number % 3 == 1);
        let name = match parent {
            Some(parent) => format!("{} East", parent.name),
            None if number < 6 => department.to_owned(),
            None => format!("{department} {}", number / 6 + 1),
        };
        Self {
            description: Some(format!("{name} group for ACME")),
            name,
            guid: Chance::of(seed, "group", number).guid(),
            source: (number % 4 == 1).then_some("Created via API"),
            parent: parent.map(Group::named),
            created: None,
        }
    }

    /// `POST /v1/groups`. Two groups may have one name.
    pub(super) fn create(
        asked: &Asked,
        seed: u64,
        number: u64,
        created: String,
    ) -> Result<Self, Refusal> {
        let name = asked.field("name")?.unwrap_or_default();
        if name.trim().is_empty() {
            return Err(Refusal::bad_request(
                "Validation failed: Name can't be blank".to_owned(),
            ));
        }
        if name.contains(['<', '>']) {
            return Err(Refusal::bad_request(
                "Validation failed: Name contains invalid characters".to_owned(),
            ));
        }
        Ok(Self {
            name,
            description: asked.field("description")?,
            guid: Chance::of(seed, "group created", number).guid(),
            source: Some("Created via API"),
            parent: None,
            created: Some(created),
        })
    }

    pub(super) fn named(&self) -> Named {
        Named {
            guid: self.guid.clone(),
            name: self.name.clone(),
        }
    }

    /// The item of a list.
    pub(super) fn item(&self, origin: &str) -> Value {
        let mut item = json!({
            "name": self.name, "description": self.description, "guid": self.guid, "source": self.source,
            "links": {"group": format!("{origin}/v1/groups/{}", self.guid)},
        });
        if let (Some(fields), Some(parent)) = (item.as_object_mut(), &self.parent) {
            fields.insert(
                "ancestry".to_owned(),
                json!([{"name": parent.name, "guid": parent.guid}]),
            );
        }
        item
    }

    /// The whole object.
    pub(super) fn json(&self, origin: &str, computers: usize) -> Value {
        let mut json = self.item(origin);
        if let Some(fields) = json.as_object_mut() {
            fields.insert("creator".to_owned(), "alice@example.com".into());
            let created = self
                .created
                .clone()
                .unwrap_or_else(|| "2025-03-01 08:15:00".to_owned());
            fields.insert("created_at".to_owned(), created.into());
            fields.insert("computers_count".to_owned(), computers.into());
            fields.insert("descendant_computers_count".to_owned(), 0.into());
            fields.insert("child_groups".to_owned(), json!([]));
            fields.insert("policies".to_owned(), json!([]));
        }
        json
    }
}

/// A policy.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) guid: String,
    pub(super) product: &'static str,
    serial: u64,
    is_default: bool,
}

impl Policy {
    /// Makes a policy up. A name comes once for each product.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let product = usize::try_from(number % 6)
            .ok()
            .and_then(|place| PRODUCTS.get(place))
            .copied();
        let round = number / 6;
        let name = if round < 6 {
            department(round).to_owned()
        } else {
            format!("{} {}", department(round), round / 6 + 1)
        };
        let mut chance = Chance::of(seed, "policy", number);
        Self {
            name,
            guid: chance.guid(),
            product: product.unwrap_or("windows"),
            serial: chance.below(400),
            is_default: round == 2,
        }
    }

    pub(super) fn named(&self) -> Named {
        Named {
            guid: self.guid.clone(),
            name: self.name.clone(),
        }
    }

    /// The item of a list.
    pub(super) fn item(&self, origin: &str) -> Value {
        json!({
            "name": self.name, "description": format!("This is the {} policy for ACME.", self.name), "guid": self.guid,
            "product": self.product, "default": self.is_default, "serial_number": self.serial,
            "links": {"policy": format!("{origin}/v1/policies/{}", self.guid)},
        })
    }

    /// The whole object.
    pub(super) fn json(&self, origin: &str, lists: &[FileList], groups: &[Group]) -> Value {
        let mut json = self.item(origin);
        if let Some(fields) = json.as_object_mut() {
            let own = format!("{origin}/v1/policies/{}", self.guid);
            fields.insert(
                "links".to_owned(),
                json!({"policy": own, "policy_xml": format!("{own}.xml")}),
            );
            let lists: Vec<Value> = lists.iter().take(3).map(FileList::in_policy).collect();
            fields.insert("file_lists".to_owned(), lists.into());
            fields.insert("ip_lists".to_owned(), json!([]));
            fields.insert("isolation_ip_lists".to_owned(), json!([]));
            fields.insert("exclusion_sets".to_owned(), json!([]));
            let groups = groups.iter().take(2);
            let groups: Vec<Value> = groups
                .map(|group| json!({"name": group.name, "description": group.description, "guid": group.guid, "source": group.source}))
                .collect();
            fields.insert("used_in_groups".to_owned(), groups.into());
        }
        json
    }
}

fn department(number: u64) -> &'static str {
    usize::try_from(number % 6)
        .ok()
        .and_then(|place| DEPARTMENTS.get(place))
        .copied()
        .unwrap_or_default()
}
