//! The simulated cloud: everything it knows, and its answer to a request on a good day.

use std::time::Duration;

use base64::Engine as _;

use super::asked::{Asked, is_guid, is_sha256};
use super::chance::Chance;
use super::computers::Computer;
use super::event_types;
use super::events::{self, About, Event, History};
use super::file_lists::{FileList, Kind};
use super::groups::{Group, Policy};
use super::identity::EventIdentity;
use super::rate_limit::RateLimit;
use super::reply::{Refusal, Reply};
use super::world::World;

/// Everything that the cloud knows.
#[derive(Debug)]
pub(super) struct Cloud {
    pub(super) seed: u64,
    pending: Duration,
    authorization: String,
    read_only: bool,
    pub(super) computers: Vec<Computer>,
    pub(super) groups: Vec<Group>,
    pub(super) policies: Vec<Policy>,
    pub(super) lists: Vec<FileList>,
    pub(super) history: History,
    rate_limit: RateLimit,
    /// That of requests without the right credential, which are counted apart (reference, section 2.4).
    strangers: RateLimit,
    spelling: super::world::Spelling,
    /// How many groups there were at the start.
    first_groups: usize,
}

/// When it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    /// Since the start.
    pub(super) elapsed: Duration,
    /// Since 1970.
    pub(super) wall: Duration,
}

impl Cloud {
    pub(super) fn new(world: &World, wall: Duration) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for number in 0..world.groups {
            let group = Group::new(world.seed, number, groups.last());
            groups.push(group);
        }
        let policies: Vec<Policy> = (0..world.policies)
            .map(|number| Policy::new(world.seed, number))
            .collect();
        let nth = |number: u64, of: usize| {
            let of = u64::try_from(of).unwrap_or(1);
            usize::try_from(number.checked_rem(of).unwrap_or(0)).unwrap_or(0)
        };
        let none = || super::computers::Named {
            guid: Chance::of(world.seed, "nowhere", 0).guid(),
            name: "Nowhere".to_owned(),
        };
        let computers = (0..world.computers).map(|number| {
            let group = groups
                .get(nth(number, groups.len()))
                .map_or_else(none, Group::named);
            let policy = policies
                .get(nth(number, policies.len()))
                .map_or_else(none, Policy::named);
            Computer::new(world.seed, number, group, policy)
        });
        let kinds = [Kind::ApplicationBlocking, Kind::SimpleCustomDetections];
        let mut lists: Vec<FileList> = kinds
            .into_iter()
            .flat_map(|kind| {
                (0..world.lists)
                    .map(move |number| FileList::new(world.seed, kind, number, world.files))
            })
            .collect();
        lists.push(FileList::new(
            world.seed,
            Kind::AllowedApplications,
            0,
            world.files,
        ));
        let credential = format!("{}:{}", world.client_id, world.api_key);
        Self {
            seed: world.seed,
            pending: world.pending,
            authorization: base64::engine::general_purpose::STANDARD.encode(credential),
            read_only: world.read_only,
            computers: computers.collect(),
            first_groups: groups.len(),
            groups,
            policies,
            lists,
            history: History::new(world, i64::try_from(wall.as_secs()).unwrap_or(0)),
            rate_limit: RateLimit::new(world.quota, world.used),
            strangers: RateLimit::new(world.quota, 0),
            spelling: world.spelling,
        }
    }

    /// Answers a request: who asks, how often, and what.
    pub(super) fn answer(&mut self, asked: &Asked, now: Now) -> Reply {
        self.history.advance(now.elapsed);
        let known = asked
            .authorization
            .as_deref()
            .and_then(|header| header.split_once(' '))
            .is_some_and(|(scheme, credential)| {
                scheme.eq_ignore_ascii_case("basic") && credential.trim() == self.authorization
            });
        let limit = if known {
            &mut self.rate_limit
        } else {
            &mut self.strangers
        };
        let (left, result) = match limit.count(now.elapsed) {
            Err(left) => (left, Err(Refusal::new(429, "API rate limit exceeded"))),
            Ok(left) if !known => (left, Err(Refusal::new(401, "Unknown API key or Client ID"))),
            Ok(left) if self.read_only && asked.is_write() => (
                left,
                Err(Refusal::new(
                    403,
                    "The API credential does not have write access",
                )),
            ),
            Ok(left) => (left, self.route(asked, now)),
        };
        let mut reply = result.unwrap_or_else(|refusal| refusal.reply(asked));
        reply
            .headers
            .extend(left.headers(self.spelling, now.wall.as_secs()));
        reply
    }

    fn route(&mut self, asked: &Asked, now: Now) -> Result<Reply, Refusal> {
        let segments: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
        match (asked.method.as_str(), segments.as_slice()) {
            ("GET", ["v1", "version"]) => Ok(Reply::one(asked, serde_json::json!({}))),
            ("GET", ["v1", "computers"]) => self.list_computers(asked, now),
            ("GET", ["v1", "computers", "activity"]) => self.activity(asked),
            ("GET", ["v1", "computers", guid]) => {
                let computer = self.computer(guid)?;
                Ok(Reply::one(
                    asked,
                    computer.json(&asked.origin, now.elapsed, now.wall),
                ))
            }
            (method, ["v1", "computers", guid, "isolation"]) => {
                let pending = self.pending;
                let computer = self.computer(guid)?;
                match method {
                    "GET" => Ok(computer.read_isolation(asked, now.elapsed)),
                    "PUT" => computer.isolate(asked, now.elapsed, pending),
                    "DELETE" => computer.release(asked, now.elapsed, pending),
                    "OPTIONS" => Ok(computer.isolation_options(now.elapsed)),
                    _ => Err(no_such_path(asked)),
                }
            }
            ("GET", ["v1", "events"]) => self.list_events(asked),
            ("GET", ["v1", "event_types"]) => Ok(Reply::whole_list(asked, event_types::list())),
            ("GET", ["v1", "file_lists", "application_blocking"]) => {
                self.list_lists(asked, Kind::ApplicationBlocking)
            }
            ("GET", ["v1", "file_lists", "simple_custom_detections"]) => {
                self.list_lists(asked, Kind::SimpleCustomDetections)
            }
            ("GET", ["v1", "file_lists", guid]) => {
                Ok(Reply::one(asked, self.list(guid)?.json(&asked.origin)))
            }
            ("GET", ["v1", "file_lists", guid, "files"]) => {
                asked.only(&["limit", "offset"])?;
                self.list(guid)?.files(asked)
            }
            ("GET", ["v1", "file_lists", guid, "files", hash]) => {
                self.list(guid)?.read(asked, hash)
            }
            ("POST", ["v1", "file_lists", guid, "files", hash]) => {
                self.list(guid)?.add(asked, hash)
            }
            ("DELETE", ["v1", "file_lists", guid, "files", hash]) => {
                self.list(guid)?.remove(asked, hash)
            }
            ("GET", ["v1", "groups"]) => self.list_groups(asked),
            ("POST", ["v1", "groups"]) => self.create_group(asked, now),
            ("GET", ["v1", "groups", guid]) => {
                let group = find(
                    &self.groups,
                    guid,
                    "Group not found for given guid",
                    |group| &group.guid,
                )?;
                let computers = self
                    .computers
                    .iter()
                    .filter(|computer| computer.group.guid == group.guid)
                    .count();
                Ok(Reply::one(asked, group.json(&asked.origin, computers)))
            }
            ("GET", ["v1", "policies"]) => self.list_policies(asked),
            ("GET", ["v1", "policies", guid]) => {
                let policy = find(
                    &self.policies,
                    guid,
                    "Policy not found for given guid",
                    |policy| &policy.guid,
                )?;
                Ok(Reply::one(
                    asked,
                    policy.json(&asked.origin, &self.lists, &self.groups),
                ))
            }
            _ => Err(no_such_path(asked)),
        }
    }

    fn computer(&mut self, guid: &str) -> Result<&mut Computer, Refusal> {
        let found = self
            .computers
            .iter_mut()
            .find(|computer| computer.guid.eq_ignore_ascii_case(guid));
        found.ok_or_else(|| {
            Refusal::new(
                404,
                format!("Computer not found for given connector_guid: {guid}"),
            )
        })
    }

    fn list(&mut self, guid: &str) -> Result<&mut FileList, Refusal> {
        let found = self
            .lists
            .iter_mut()
            .find(|list| list.guid.eq_ignore_ascii_case(guid));
        found
            .ok_or_else(|| Refusal::new(404, format!("File List not found for given guid: {guid}")))
    }

    fn create_group(&mut self, asked: &Asked, now: Now) -> Result<Reply, Refusal> {
        let number =
            u64::try_from(self.groups.len().saturating_sub(self.first_groups)).unwrap_or(0);
        let created = super::date::seconds_z(now.wall)
            .replace('T', " ")
            .trim_end_matches('Z')
            .to_owned();
        let group = Group::create(asked, self.seed, number, created)?;
        let reply = Reply::one(asked, group.json(&asked.origin, 0)).applied(201);
        self.groups.push(group);
        Ok(reply)
    }

    /// The computer with a number, if there is one.
    pub(super) fn computer_numbered(&self, number: u64) -> Option<&Computer> {
        let number = usize::try_from(number).ok()?;
        self.computers.get(number)
    }

    /// The fields that identify an event.
    pub(super) fn identity(&self, event: Event) -> EventIdentity {
        let details = self.history.about(event);
        let computer = self.computer_numbered(details.computer);
        details.identity(event, self.seed, computer)
    }

    /// The hash of a file that the newest event with one has to do with.
    pub(super) fn event_file(&self, role: fn(&About, u64) -> Option<String>) -> String {
        let mut files = self
            .history
            .newest_first()
            .filter_map(|event| role(&self.history.about(event), self.seed));
        files
            .next()
            .unwrap_or_else(|| events::file_hash(self.seed, 0))
    }
}

fn find<'a, T>(
    all: &'a [T],
    guid: &str,
    missing: &str,
    of: impl Fn(&T) -> &String,
) -> Result<&'a T, Refusal> {
    all.iter()
        .find(|one| of(one).eq_ignore_ascii_case(guid))
        .ok_or_else(|| Refusal::new(404, format!("{missing}: {guid}")))
}

fn no_such_path(asked: &Asked) -> Refusal {
    Refusal::new(
        404,
        format!("{} {} is not part of the API", asked.method, asked.path),
    )
}

/// The endpoint of a request, for counting: GUIDs and hashes are not told apart.
pub(super) fn endpoint(asked: &Asked) -> String {
    let segments = asked.path.split('/').map(|segment| match segment {
        guid if is_guid(guid) => "{guid}",
        hash if is_sha256(hash) => "{sha256}",
        other => other,
    });
    format!(
        "{} {}",
        asked.method,
        segments.collect::<Vec<_>>().join("/")
    )
}
