//! The events of the simulated organisation: those of the past, and those that keep arriving, some late, some in bursts
//! (reference, section 6).

use std::collections::VecDeque;
use std::time::Duration;

use super::chance::Chance;
use super::event_details::FILES;
pub(super) use super::event_details::{About, file_hash};
use super::event_ids::{IdParts, IdSource};
use super::event_types::{KINDS, Kind};
use super::world::{EventIds, World};

/// One in so many events that share the second of the one before is listed as that one once more.
const TWINS: u64 = 8;
/// So many incidents in a row belong to one report.
const INCIDENTS_OF_A_REPORT: u64 = 96;

/// One event, as little as it takes to write it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    // In this order: the order of the list.
    pub(super) timestamp: i64,
    pub(super) nanoseconds: u32,
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
