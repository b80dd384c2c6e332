//! The events of the simulated organisation: those of the past, and those that keep arriving, some late, some in bursts
//! (reference, section 6).

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::chance::Chance;
use super::computers::Computer;
use super::event_ids::{IdParts, IdSource};
use super::event_types::{KINDS, Kind, Shape};
use super::identity::EventIdentity;
use super::world::{EventIds, World};

/// How many different files there are among all events.
const FILES: u64 = 64;
/// One in so many events that share the second of the one before is listed as that one once more.
const TWINS: u64 = 8;
/// So many incidents in a row belong to one report.
const INCIDENTS_OF_A_REPORT: u64 = 96;

/// One event, as little as it takes to write it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    // In this order: the order of the list.
    pub(super) timestamp: i64,
    nanoseconds: u32,
    pub(super) id: Option<u64>,
    /// Which event it is, counted from the first.
    number: u64,
}

/// An event in the order in which events arrive.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    /// Seconds since 1970.
    at: i64,
    event: Event,
}

/// Everything that has happened, the oldest first, and what is to come.
#[derive(Debug)]
pub(super) struct History {
    seed: u64,
    began: i64,
    computers: u64,
    arrived: Vec<Event>,
    /// The same events, the first to arrive first.
    by_arrival: Vec<Arrival>,
    made: u64,
    last_made: Option<Event>,
    ids: IdSource,
    event_ids: EventIds,
    per_minute: f64,
    late_percent: f64,
    /// In seconds.
    late_by: u64,
    steady: u64,
    bursts: VecDeque<(Duration, u64)>,
}

impl History {
    pub(super) fn new(world: &World, began: i64) -> Self {
        let mut bursts: Vec<(Duration, u64)> = world
            .bursts
            .iter()
            .map(|burst| (burst.after, burst.count))
            .collect();
        bursts.sort();
        let mut history = Self {
            seed: world.seed,
            began,
            computers: world.computers,
            arrived: Vec::new(),
            by_arrival: Vec::new(),
            made: 0,
            last_made: None,
            ids: IdSource::new(world.seed, world.event_ids),
            event_ids: world.event_ids,
            per_minute: world.events_per_minute,
            late_percent: world.late_percent,
            late_by: world.late_by.as_secs().max(1),
            steady: 0,
            bursts: bursts.into(),
        };
        history.past(world.events, world.events_over.as_secs().max(1));
        history
    }

    fn past(&mut self, count: u64, over: u64) {
        let mut last = self.began;
        for number in 0..count {
            let ago = u128::from(over).saturating_mul(u128::from(count.saturating_sub(number)))
                / u128::from(count.max(1));
            let even = self
                .began
                .saturating_sub(i64::try_from(ago).unwrap_or(i64::MAX));
            // Every fifth shares its second with the one before.
            last = if number % 5 == 4 { last } else { even };
            let event = self.make_or_repeat(last);
            self.arrived.push(event);
        }
        self.arrived.sort_unstable();
        let arrivals = self.arrived.iter().map(|event| Arrival {
            at: event.timestamp,
            event: *event,
        });
        self.by_arrival = arrivals.collect();
    }

    fn make(&mut self, timestamp: i64) -> Event {
        let number = self.made;
        self.made = self.made.saturating_add(1);
        let mut chance = Chance::of(self.seed, "event", number);
        let nanoseconds = u32::try_from(chance.below(1000))
            .unwrap_or(0)
            .saturating_mul(1_000_000);
        let details = self.details(number);
        let id = self.ids.next(IdParts {
            timestamp,
            nanoseconds,
            details: &details,
            random: chance.next() >> 32,
        });
        let event = Event {
            timestamp,
            nanoseconds,
            id,
            number,
        };
        self.last_made = Some(event);
        event
    }

    /// Makes an event, or now and then repeats the one before if it is of the same second.
    fn make_or_repeat(&mut self, timestamp: i64) -> Event {
        let mut chance = Chance::of(self.seed, "twin", self.made);
        let repeats = self.event_ids == EventIds::Recorded && chance.below(TWINS) == 0;
        match self.last_made {
            Some(last) if repeats && last.timestamp == timestamp => {
                self.made = self.made.saturating_add(1);
                last
            }
            _ => self.make(timestamp),
        }
    }

    /// Adds an event with any timestamp, which arrives at a second of the wall clock.
    pub(super) fn add(&mut self, timestamp: i64, arrives: i64) -> Event {
        let event = self.make(timestamp);
        self.insert(event, arrives);
        event
    }

    /// Adds the event that was made last once more; `None` if there is none.
    pub(super) fn repeat(&mut self, arrives: i64) -> Option<Event> {
        let event = self.last_made?;
        self.insert(event, arrives);
        Some(event)
    }

    fn insert(&mut self, event: Event, arrives: i64) {
        let place = self.arrived.partition_point(|other| *other < event);
        self.arrived.insert(place, event);
        self.by_arrival.push(Arrival { at: arrives, event });
    }

    /// Lets everything arrive that is due. `elapsed` is the time since the start.
    pub(super) fn advance(&mut self, elapsed: Duration) {
        while let Some((after, count)) = self
            .bursts
            .front()
            .copied()
            .filter(|(after, _)| *after <= elapsed)
        {
            self.bursts.pop_front();
            let second = self
                .began
                .saturating_add(i64::try_from(after.as_secs()).unwrap_or(0));
            for _ in 0..count {
                let event = self.make_or_repeat(second);
                self.insert(event, second);
            }
        }
        if self.per_minute <= 0.0 {
            return;
        }
        loop {
            let next = u32::try_from(self.steady.saturating_add(1)).unwrap_or(u32::MAX);
            let due = f64::from(next) * 60.0 / self.per_minute;
            let Ok(due) = Duration::try_from_secs_f64(due) else {
                return;
            };
            if due > elapsed {
                return;
            }
            let mut chance = Chance::of(self.seed, "arrival", self.steady);
            let late = if chance.happens(self.late_percent) {
                chance.below(self.late_by).saturating_add(1)
            } else {
                0
            };
            let arrives = self
                .began
                .saturating_add(i64::try_from(due.as_secs()).unwrap_or(0));
            let event =
                self.make_or_repeat(arrives.saturating_sub(i64::try_from(late).unwrap_or(0)));
            self.insert(event, arrives);
            self.steady = self.steady.saturating_add(1);
        }
    }

    /// All that has arrived, the newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = Event> {
        self.arrived.iter().rev().copied()
    }

    /// Returns the events that arrived at `since` or later, the last to arrive first. The time is in
    /// seconds since 1970.
    pub(super) fn last_arrived_first(&self, since: i64) -> impl Iterator<Item = Event> {
        let arrivals = self.by_arrival.iter().rev();
        arrivals
            .take_while(move |arrival| arrival.at >= since)
            .map(|arrival| arrival.event)
    }

    /// Everything about an event that a filter asks for or an answer shows.
    pub(super) fn about(&self, event: Event) -> About {
        self.details(event.number)
    }

    fn details(&self, number: u64) -> About {
        // Two in a row belong to one detection: the second says what became of it (lesson 10).
        let pair = number / 2;
        let mut of_pair = Chance::of(self.seed, "detection", pair);
        let recorded = self.event_ids == EventIds::Recorded;
        let kind = match number % 12 {
            8 if recorded && number % 48 == 20 => Kind::HUNTING_INCIDENT,
            9 if recorded && number % 24 == 21 => Kind::UNINSTALL,
            7 => Kind::DFC,
            8 => Kind::POLICY_UPDATE,
            9 => Kind::INSTALL_STARTED,
            10 => Kind::CLOUD_IOC,
            11 => Kind::EXECUTION_BLOCKED,
            even if even % 2 == 0 => Kind::DETECTED,
            5 => Kind::QUARANTINE_FAILED,
            _ => Kind::QUARANTINED,
        };
        About {
            kind: KINDS.get(kind).unwrap_or(&KINDS[0]),
            computer: of_pair.below(self.computers),
            detection_id: of_pair.next() >> 1,
            file: of_pair.below(FILES),
            user: of_pair.below(20),
            report: number / INCIDENTS_OF_A_REPORT,
        }
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) kind: &'static Kind,
    pub(super) computer: u64,
    pub(super) detection_id: u64,
    file: u64,
    user: u64,
    report: u64,
}

/// The SHA-256 of one of the files among the events.
pub(super) fn file_hash(seed: u64, number: u64) -> String {
    Chance::of(seed, "file", number % FILES).hex(64)
}

impl About {
    /// The detected file, where there is one.
    pub(super) fn detected(&self, seed: u64) -> Option<String> {
        self.has_detection_id().then(|| file_hash(seed, self.file))
    }

    /// The file that did it, where there is one.
    pub(super) fn acting(&self, seed: u64) -> Option<String> {
        matches!(
            self.kind.shape,
            Shape::Detection | Shape::Behaviour | Shape::Connection
        )
        .then(|| file_hash(seed, self.file.saturating_add(1)))
    }

    fn has_detection_id(&self) -> bool {
        matches!(self.kind.shape, Shape::Detection | Shape::Aftermath)
    }

    /// The GUIDs of the report and of the hunt that an incident belongs to.
    fn incident(&self, seed: u64) -> Option<[String; 2]> {
        (self.kind.shape == Shape::Incident).then(|| {
            [
                Chance::of(seed, "incident report", self.report).guid(),
                Chance::of(seed, "incident hunt", self.detection_id).guid(),
            ]
        })
    }

    /// The fields that identify the event. `computer` is the one it happened on.
    pub(super) fn identity(
        &self,
        event: Event,
        seed: u64,
        computer: Option<&Computer>,
    ) -> EventIdentity {
        let source = if self.kind.shape == Shape::Machine {
            Some(computer.map_or_else(String::new, |computer| computer.hostname.clone()))
        } else {
            computer.map(|computer| computer.guid.clone())
        };
        EventIdentity {
            timestamp: event.timestamp,
            nanoseconds: event.nanoseconds,
            id: event.id,
            source,
            event_type_id: self.kind.id,
            detection_id: self
                .has_detection_id()
                .then(|| self.detection_id.to_string()),
            incident: self.incident(seed),
        }
    }

    /// The event as AMP writes it. `computer` is the one it happened on.
    pub(super) fn json(
        &self,
        event: Event,
        seed: u64,
        origin: &str,
        computer: Option<&Computer>,
    ) -> Value {
        let mut json = event.id.map_or_else(|| json!({}), |id| json!({"id": id}));
        let always = json!({
            "timestamp": event.timestamp, "timestamp_nanoseconds": event.nanoseconds,
            "date": super::date::seconds_offset(event.timestamp), "event_type": self.kind.name, "event_type_id": self.kind.id,
        });
        let Some(fields) = json.as_object_mut() else {
            return json;
        };
        if let Value::Object(always) = always {
            fields.extend(always);
        }
        if self.kind.shape == Shape::Machine {
            // Neither computer nor connector (recorded for Install Started).
            let hostname = computer.map_or("", |computer| computer.hostname.as_str());
            fields.insert("hostname".to_owned(), hostname.into());
            return json;
        }
        if let Some(computer) = computer {
            let user = if self.user == 0 {
                "Not Available".to_owned()
            } else {
                format!("user{}@ACME", self.user)
            };
            fields.insert("connector_guid".to_owned(), computer.guid.clone().into());
            if self.kind.shape != Shape::Incident {
                fields.insert("group_guids".to_owned(), json!([computer.group.guid]));
            }
            fields.insert("computer".to_owned(), computer.in_event(origin, &user));
        }
        if let Some(severity) = self.kind.severity {
            fields.insert("severity".to_owned(), severity.into());
        }
        let (hash, parent) = (
            file_hash(seed, self.file),
            file_hash(seed, self.file.saturating_add(1)),
        );
        let name = format!("invoice-{}.exe", self.file);
        match self.kind.shape {
            Shape::Machine | Shape::Plain => {}
            Shape::Incident => {
                fields.insert("threat_hunting".to_owned(), self.hunting(event, seed));
            }
            Shape::Detection => {
                fields.insert(
                    "detection".to_owned(),
                    format!("W32.Example.{}", self.file).into(),
                );
                fields.insert(
                    "detection_id".to_owned(),
                    self.detection_id.to_string().into(),
                );
                fields.insert("file".to_owned(), json!({
                    "disposition": "Malicious", "file_name": name, "file_path": format!("\\\\?\\C:\\Users\\alice\\Downloads\\{name}"),
                    "identity": {"sha256": hash, "sha1": Chance::of(seed, "sha1", self.file).hex(40), "md5": Chance::of(seed, "md5", self.file).hex(32)},
                    "parent": {"process_id": 4020, "disposition": "Clean", "file_name": "explorer.exe", "identity": {"sha256": parent}},
                }));
            }
            Shape::Aftermath => {
                // No names, and only the SHA-256 (recorded).
                fields.insert(
                    "detection_id".to_owned(),
                    self.detection_id.to_string().into(),
                );
                fields.insert("file".to_owned(), json!({"disposition": "Malicious", "identity": {"sha256": hash.to_uppercase()}}));
                if self.kind.id > u64::from(u32::MAX / 2) {
                    fields.insert("error".to_owned(), json!({"error_code": 3_221_225_524_u32, "description": "Object name not found"}));
                }
            }
            Shape::Connection => {
                fields.insert("network_info".to_owned(), json!({
                    "dirty_url": format!("http://bad-{}.example/", self.file), "remote_ip": format!("198.51.100.{}", self.file), "remote_port": 80,
                    "local_ip": computer.map(Computer::internal_ip), "local_port": 49152,
                    "nfm": {"direction": "Outgoing connection from", "protocol": "TCP"}, "parent": {"disposition": "Unknown", "identity": {"sha256": parent}},
                }));
            }
            Shape::Behaviour => {
                fields.insert("cloud_ioc".to_owned(), json!({"description": "PowerShell started something.", "short_description": "W32.PowershellDownload"}));
                fields.insert("file".to_owned(), json!({"disposition": "Clean", "file_name": "powershell.exe", "file_path": "file:///C%3A/Windows/powershell.exe", "identity": {"sha256": parent}}));
                fields.insert("tactics".to_owned(), json!(["TA0005"]));
                fields.insert("techniques".to_owned(), json!(["T1070.004"]));
            }
        }
        json
    }

    /// What hunters found.
    fn hunting(&self, event: Event, seed: u64) -> Value {
        let [report, hunt] = self.incident(seed).unwrap_or_default();
        json!({
            "incident_report_guid": report, "incident_hunt_guid": hunt, "incident_title": "Suspicious scheduled task",
            "incident_summary": "A scheduled task starts a script.", "incident_remediation": "Remove the task.",
            "incident_start_time": event.timestamp.saturating_sub(3600), "incident_end_time": event.timestamp, "severity": "high",
            "tactics": [{"external_id": "TA0003", "name": "Persistence"}],
            "techniques": [{"external_id": "T1053", "name": "Scheduled Task/Job"}],
        })
    }
}
