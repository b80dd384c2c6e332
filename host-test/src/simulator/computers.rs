//! The computers of the simulated organisation, and their isolation, which takes its time (reference, sections 4 and 5).

use std::time::Duration;

use serde_json::{Value, json};

use super::asked::Asked;
use super::chance::Chance;
use super::reply::{Refusal, Reply};

/// A computer.
#[derive(Debug, Clone)]
pub(super) struct Computer {
    number: u64,
    seed: u64,
    pub(super) guid: String,
    pub(super) hostname: String,
    pub(super) group: Named,
    pub(super) policy: Named,
    isolation: Isolation,
}

/// A GUID and the name that goes with it.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) guid: String,
    pub(super) name: String,
}

/// How a computer stands with isolation.
#[derive(Debug, Clone)]
struct Isolation {
    available: bool,
    status: Status,
    comment: Option<String>,
    unlock_code: Option<String>,
    by: Option<&'static str>,
}

/// A status; one that is pending ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    NotIsolated,
    PendingStart(Duration),
    Isolated,
    PendingStop(Duration),
}

const SYSTEMS: [&str; 5] = [
    "Windows 11, SP 0.0 (Build 22631.3593)",
    "Windows 10, SP 0.0",
    "Windows Server 2019 Datacenter",
    "OS X 10.14.6",
    "Ubuntu 20.04",
];
const SITES: [&str; 4] = ["FIN-WS", "HR-LT", "DEV-WS", "SRV"];

impl Computer {
    /// Makes a computer up. Its names are not padded, so that one is often the beginning of another (lesson 13).
    pub(super) fn new(seed: u64, number: u64, group: Named, policy: Named) -> Self {
        let mut chance = Chance::of(seed, "computer", number);
        let site = usize::try_from(number % 4).unwrap_or(0);
        let site = SITES.get(site).copied().unwrap_or_default();
        Self {
            number,
            seed,
            guid: chance.guid(),
            hostname: format!("{site}-{}", number / 4 + 1),
            group,
            policy,
            isolation: Isolation {
                available: number % 8 != 5,
                status: if number % 8 == 3 {
                    Status::Isolated
                } else {
                    Status::NotIsolated
                },
                comment: None,
                unlock_code: (number % 8 == 3).then(|| code(&mut chance)),
                by: (number % 8 == 3).then_some("Alice Example"),
            },
        }
    }

    /// Whether it is one that says little of itself: the oldest connectors do (lesson 14).
    pub(super) fn is_bare(&self) -> bool {
        self.number % 11 == 7
    }

    /// All machines of a site share one (lesson 13).
    pub(super) fn external_ip(&self) -> String {
        format!("203.0.113.{}", self.number % 4 + 1)
    }

    pub(super) fn internal_ip(&self) -> String {
        format!(
            "10.{}.{}.{}",
            self.number / 65_536 % 256,
            self.number / 256 % 256,
            self.number % 256
        )
    }

    pub(super) fn mac(&self) -> String {
        let digits = Chance::of(self.seed, "mac", self.number).hex(6);
        let (a, rest) = digits.split_at_checked(2).unwrap_or_default();
        let (b, c) = rest.split_at_checked(2).unwrap_or_default();
        format!("00:50:56:{a}:{b}:{c}")
    }

    /// Whether it is isolated now, and the isolation confirmed.
    pub(super) fn is_isolated(&self, now: Duration) -> bool {
        self.status(now) == Status::Isolated
    }

    /// Whether it is not isolated, nor about to be.
    pub(super) fn is_free(&self, now: Duration) -> bool {
        self.status(now) == Status::NotIsolated
    }

    /// Whether it can be isolated.
    pub(super) fn can_be_isolated(&self) -> bool {
        self.isolation.available
    }

    fn status(&self, now: Duration) -> Status {
        match self.isolation.status {
            Status::PendingStart(until) if now >= until => Status::Isolated,
            Status::PendingStop(until) if now >= until => Status::NotIsolated,
            other => other,
        }
    }

    fn status_text(&self, now: Duration) -> &'static str {
        match self.status(now) {
            Status::NotIsolated => "not_isolated",
            Status::PendingStart(_) => "pending_start",
            Status::Isolated => "isolated",
            Status::PendingStop(_) => "pending_stop",
        }
    }

    fn links(&self, origin: &str) -> Value {
        let own = format!("{origin}/v1/computers/{}", self.guid);
        json!({"computer": own, "trajectory": format!("{own}/trajectory"), "group": format!("{origin}/v1/groups/{}", self.group.guid)})
    }

    /// The short form of computer activity.
    pub(super) fn short(&self, origin: &str, query: &str) -> Value {
        let mut links = self.links(origin);
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        if let Some(links) = links.as_object_mut() {
            links.insert(
                "trajectory".to_owned(),
                format!("{origin}/v1/computers/{}/trajectory?q={query}", self.guid).into(),
            );
        }
        json!({"connector_guid": self.guid, "hostname": self.hostname, "active": true, "links": links})
    }

    /// The form that events have.
    pub(super) fn in_event(&self, origin: &str, user: &str) -> Value {
        if self.is_bare() {
            return json!({"connector_guid": self.guid, "hostname": self.hostname, "active": true, "links": self.links(origin)});
        }
        json!({
            "connector_guid": self.guid, "hostname": self.hostname, "external_ip": self.external_ip(), "user": user, "active": true,
            "network_addresses": [{"ip": self.internal_ip(), "mac": self.mac()}], "links": self.links(origin),
        })
    }

    /// The whole object. `wall` is the present time since 1970.
    pub(super) fn json(&self, origin: &str, now: Duration, wall: Duration) -> Value {
        if self.is_bare() {
            return json!({
                "connector_guid": self.guid, "hostname": self.hostname, "active": true, "links": self.links(origin),
                "isolation": {"available": self.isolation.available, "status": self.status_text(now)},
            });
        }
        let mut chance = Chance::of(self.seed, "computer details", self.number);
        // A leading space was recorded (reference, section 4.2).
        let internal = [
            self.internal_ip(),
            format!(" 169.254.{}.{}", chance.below(255), chance.below(255)),
        ];
        let internal = if chance.happens(30.0) {
            internal.to_vec()
        } else {
            internal.into_iter().take(1).collect()
        };
        let seen = wall.saturating_sub(Duration::from_secs(chance.below(86_400)));
        let system = operating_system(self.seed, self.number);
        let mut json = json!({
            "connector_guid": self.guid, "hostname": self.hostname, "active": true, "links": self.links(origin),
            "connector_version": "8.4.1.30299", "operating_system": system, "internal_ips": internal, "external_ip": self.external_ip(),
            "group_guid": self.group.guid, "groups": [{"guid": self.group.guid, "name": self.group.name}],
            "policy": {"guid": self.policy.guid, "name": self.policy.name},
            "install_date": "2025-03-01T08:15:00Z", "last_seen": super::date::seconds_z(seen),
            "is_compromised": chance.happens(5.0), "demo": false, "faults": [],
            "network_addresses": [{"mac": self.mac(), "ip": self.internal_ip()}, {"mac": self.mac().to_uppercase(), "ip": ""}],
            "isolation": {"available": self.isolation.available, "status": self.status_text(now)},
        });
        if let Some(fields) = json.as_object_mut() {
            if system.starts_with("Windows") {
                fields.insert("windows_processor_id".to_owned(), chance.hex(16).into());
                fields.insert("orbital".to_owned(), json!({"status": "enabled"}));
            }
            // Newer fields are not there for every machine.
            if chance.happens(70.0) {
                fields.insert("risk_score".to_owned(), chance.below(101).into());
            }
        }
        json
    }

    fn isolation_json(&self, now: Duration) -> Value {
        let isolation = &self.isolation;
        let mut json = json!({"available": isolation.available, "status": self.status_text(now)});
        if let Some(fields) = json.as_object_mut() {
            if let Some(code) = &isolation.unlock_code {
                fields.insert("unlock_code".to_owned(), code.clone().into());
                fields.insert("comment".to_owned(), isolation.comment.clone().into());
            }
            if let Some(by) = isolation.by {
                fields.insert("isolated_by".to_owned(), by.into());
            }
        }
        json
    }

    /// `GET` of its isolation.
    pub(super) fn read_isolation(&self, asked: &Asked, now: Duration) -> Reply {
        Reply::one(asked, self.isolation_json(now))
    }

    /// `OPTIONS`: what can be done now.
    pub(super) fn isolation_options(&self, now: Duration) -> Reply {
        let methods = match self.status(now) {
            _ if !self.isolation.available => "OPTIONS, GET",
            Status::NotIsolated => "OPTIONS, GET, PUT",
            Status::Isolated => "OPTIONS, GET, DELETE",
            Status::PendingStart(_) | Status::PendingStop(_) => "OPTIONS, GET",
        };
        Reply::nothing(("Allow", methods.to_owned()))
    }

    /// `PUT`: isolate.
    pub(super) fn isolate(
        &mut self,
        asked: &Asked,
        now: Duration,
        pending: Duration,
    ) -> Result<Reply, Refusal> {
        let (comment, given) = (asked.field("comment")?, asked.field("unlock_code")?);
        if given
            .as_ref()
            .is_some_and(|code| code.chars().count() > 24 || code.contains(char::is_whitespace))
        {
            return Err(Refusal::bad_request(
                "Validation failed: Unlock Code is invalid, it must have up to 24 characters and no spaces".to_owned(),
            ));
        }
        if !self.isolation.available {
            return Err(Refusal::new(
                409,
                "Isolation is not available for this computer",
            ));
        }
        match self.status(now) {
            Status::NotIsolated => {}
            Status::Isolated => return Err(Refusal::new(409, "Computer is already isolated")),
            Status::PendingStart(_) | Status::PendingStop(_) => {
                return Err(Refusal::new(409, "Computer isolation is changing"));
            }
        }
        let mut chance = Chance::of(
            self.seed,
            &self.guid,
            u64::try_from(now.as_nanos()).unwrap_or(0),
        );
        self.isolation = Isolation {
            available: true,
            status: Status::PendingStart(now.saturating_add(pending)),
            comment,
            unlock_code: Some(given.unwrap_or_else(|| code(&mut chance))),
            by: None,
        };
        Ok(Reply::one(asked, self.isolation_json(now)).applied(200))
    }

    /// `DELETE`: release. Comment and code of the session stay (captured).
    pub(super) fn release(
        &mut self,
        asked: &Asked,
        now: Duration,
        pending: Duration,
    ) -> Result<Reply, Refusal> {
        let comment = asked.field("comment")?;
        match self.status(now) {
            Status::Isolated => {}
            Status::NotIsolated => return Err(Refusal::new(409, "Computer is not isolated")),
            Status::PendingStart(_) | Status::PendingStop(_) => {
                return Err(Refusal::new(409, "Computer isolation is changing"));
            }
        }
        self.isolation.status = Status::PendingStop(now.saturating_add(pending));
        self.isolation.comment = comment.or(self.isolation.comment.take());
        Ok(Reply::one(asked, self.isolation_json(now)).applied(200))
    }
}

/// The operating system of the computer with this number.
fn operating_system(seed: u64, number: u64) -> &'static str {
    Chance::of(seed, "operating system", number).one_of(&SYSTEMS)
}

/// Whether the computer with this number is a Mac.
pub(super) fn is_mac(seed: u64, number: u64) -> bool {
    operating_system(seed, number).starts_with("OS X")
}

/// An unlock code as AMP makes them up: six letters (seen).
fn code(chance: &mut Chance) -> String {
    (0..6)
        .map(|_| char::from(b'a'.saturating_add(u8::try_from(chance.below(26)).unwrap_or(0))))
        .collect()
}
