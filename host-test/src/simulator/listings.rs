//! The lists of the simulated cloud: which items a request's filters let through, and the page of them that it asks for.

use super::asked::{Asked, is_sha256};
use super::chance::Chance;
use super::cloud::{Cloud, Now};
use super::event_types;
use super::events::Event;
use super::file_lists::Kind;
use super::reply::{self, Refusal, Reply};

impl Cloud {
    pub(super) fn list_computers(&self, asked: &Asked, now: Now) -> Result<Reply, Refusal> {
        asked.only(&[
            "limit",
            "offset",
            "hostname",
            "group_guid",
            "internal_ip",
            "external_ip",
        ])?;
        let (hostnames, groups) = (asked.all("hostname"), asked.guids("group_guid")?);
        let (internal, external) = (asked.one("internal_ip"), asked.one("external_ip"));
        let matches = self.computers.iter().filter(|computer| {
            (hostnames.is_empty()
                || hostnames
                    .iter()
                    .any(|name| begins_with(&computer.hostname, name)))
                && (groups.is_empty() || groups.contains(&computer.group.guid))
                && internal.is_none_or(|ip| !computer.is_bare() && computer.internal_ip() == ip)
                && external.is_none_or(|ip| !computer.is_bare() && computer.external_ip() == ip)
        });
        reply::list(asked, matches.collect(), |computer| {
            computer.json(&asked.origin, now.elapsed, now.wall)
        })
    }

    /// Who has seen something: the machine with that address, or else one in eight, always the same ones.
    pub(super) fn activity(&self, asked: &Asked) -> Result<Reply, Refusal> {
        asked.only(&["q", "limit", "offset"])?;
        let query = asked.one("q").unwrap_or_default();
        if query.is_empty() {
            return Err(Refusal::bad_request("q is missing".to_owned()));
        }
        if query.chars().count() < 2 {
            return Err(Refusal::bad_request(
                "q is invalid: the search term is too broad".to_owned(),
            ));
        }
        let is_address = query.parse::<std::net::Ipv4Addr>().is_ok();
        let matches = self
            .computers
            .iter()
            .zip(0_u64..)
            .filter(|(computer, number)| {
                if is_address {
                    computer.internal_ip() == query || computer.external_ip() == query
                } else {
                    Chance::of(self.seed, query, *number).below(8) == 0
                }
            });
        reply::list(asked, matches.collect(), |(computer, _)| {
            computer.short(&asked.origin, query)
        })
    }

    pub(super) fn list_events(&self, asked: &Asked) -> Result<Reply, Refusal> {
        asked.only(&[
            "limit",
            "offset",
            "start_date",
            "event_type",
            "connector_guid",
            "group_guid",
            "detection_sha256",
            "application_sha256",
        ])?;
        let start = match asked.one("start_date") {
            None => i64::MIN,
            Some(text) => super::date::parse(text)
                .ok_or_else(|| Refusal::bad_request(format!("start_date is invalid: {text}")))?,
        };
        let number = |text: &str| {
            text.parse::<u64>()
                .map_err(|_| Refusal::bad_request(format!("event_type is invalid: {text}")))
        };
        let types = asked
            .all("event_type")
            .into_iter()
            .map(number)
            .collect::<Result<Vec<u64>, Refusal>>()?;
        let (connectors, groups) = (asked.guids("connector_guid")?, asked.guids("group_guid")?);
        let hash = |name: &str| match asked.one(name) {
            Some(hash) if !is_sha256(hash) => {
                Err(Refusal::bad_request(format!("{name} is invalid: {hash}")))
            }
            hash => Ok(hash.map(str::to_ascii_lowercase)),
        };
        let (detected, acting) = (hash("detection_sha256")?, hash("application_sha256")?);
        let filtered = !(types.is_empty()
            && connectors.is_empty()
            && groups.is_empty()
            && detected.is_none()
            && acting.is_none());
        let listed: Vec<Event> = if asked.list.by_arrival {
            self.history.last_arrived_first(start).collect()
        } else {
            let newest_first = self.history.newest_first();
            newest_first
                .take_while(|event| event.timestamp >= start)
                .collect()
        };
        let matches = listed.into_iter().filter(|event| {
            if !filtered {
                return true;
            }
            let about = self.history.about(*event);
            let has_computer = about.kind.shape != event_types::Shape::Machine;
            let computer = self
                .computer_numbered(about.computer)
                .filter(|_| has_computer);
            let has_groups = about.kind.shape != event_types::Shape::Incident;
            (types.is_empty() || types.contains(&about.kind.id))
                && (connectors.is_empty()
                    || computer.is_some_and(|computer| connectors.contains(&computer.guid)))
                && (groups.is_empty()
                    || computer.is_some_and(|computer| {
                        has_groups && groups.contains(&computer.group.guid)
                    }))
                && (detected.is_none() || about.detected(self.seed) == detected)
                && (acting.is_none() || about.acting(self.seed) == acting)
        });
        reply::list(asked, matches.collect(), |event| {
            let about = self.history.about(event);
            let computer = self.computer_numbered(about.computer);
            about.json(event, self.seed, &asked.origin, computer)
        })
    }

    pub(super) fn list_lists(&self, asked: &Asked, kind: Kind) -> Result<Reply, Refusal> {
        asked.only(&["limit", "offset", "name"])?;
        let names = asked.all("name");
        let matches = self.lists.iter().filter(|list| {
            list.kind == kind && (names.is_empty() || names.contains(&list.name.as_str()))
        });
        reply::list(asked, matches.collect(), |list| list.json(&asked.origin))
    }

    pub(super) fn list_groups(&self, asked: &Asked) -> Result<Reply, Refusal> {
        asked.only(&["limit", "offset", "name"])?;
        let name = asked.one("name").unwrap_or_default().to_lowercase();
        let matches = self
            .groups
            .iter()
            .filter(|group| group.name.to_lowercase().contains(&name));
        reply::list(asked, matches.collect(), |group| group.item(&asked.origin))
    }

    pub(super) fn list_policies(&self, asked: &Asked) -> Result<Reply, Refusal> {
        asked.only(&["limit", "offset", "name", "product"])?;
        let (names, products) = (asked.all("name"), asked.all("product"));
        let matches = self.policies.iter().filter(|policy| {
            (names.is_empty() || names.contains(&policy.name.as_str()))
                && (products.is_empty() || products.contains(&policy.product))
        });
        reply::list(asked, matches.collect(), |policy| {
            policy.item(&asked.origin)
        })
    }
}

/// Whether a name begins with another, whatever their case.
fn begins_with(name: &str, beginning: &str) -> bool {
    name.to_lowercase().starts_with(&beginning.to_lowercase())
}
