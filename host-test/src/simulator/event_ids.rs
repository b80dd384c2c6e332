//! The ids of simulated events, in the forms that were recorded. None of them is unique in an organization.

use std::collections::HashMap;

use super::chance::Chance;
use super::computers;
use super::event_types::{KINDS, Kind};
use super::events::About;
use super::world::EventIds;

/// The seconds after which a connector's counter begins at 1 again.
const COUNTER_SPAN: i64 = 3600;
/// The number of different times after a boot at which a computer's installer runs: so few that its
/// ids recur after restarts.
const INSTALLER_RUNS: u64 = 4;
/// The longest time after a boot at which an installer runs, in milliseconds.
const LONGEST_UPTIME: u64 = 9_000_000;

/// The source of event ids: it counts the events of each connector.
#[derive(Debug)]
pub(super) struct IdSource {
    seed: u64,
    form: EventIds,
    /// The newest counter of a connector, by its computer's number and the span of time.
    counters: HashMap<(u64, i64), u64>,
}

/// What an id is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct IdParts<'a> {
    /// Seconds since 1970.
    pub(super) timestamp: i64,
    pub(super) nanoseconds: u32,
    pub(super) details: &'a About,
    /// 32 bits that tell events apart where ids are distinct.
    pub(super) random: u64,
}

impl IdSource {
    pub(super) fn new(seed: u64, form: EventIds) -> Self {
        Self {
            seed,
            form,
            counters: HashMap::new(),
        }
    }

    /// Returns the id of an event; `None` for a type that has none.
    pub(super) fn next(&mut self, parts: IdParts<'_>) -> Option<u64> {
        let IdParts {
            timestamp,
            nanoseconds,
            details,
            random,
        } = parts;
        let second = u64::try_from(timestamp).unwrap_or(0);
        // The second in the upper half, cut off where a signed number ends (in 2038).
        let upper = second.checked_shl(32).unwrap_or(0) & (u64::MAX >> 1);
        if self.form == EventIds::Distinct {
            return Some(upper | random);
        }
        if is_of(details, Kind::HUNTING_INCIDENT) {
            return None;
        }
        if is_of(details, Kind::INSTALL_STARTED) || is_of(details, Kind::UNINSTALL) {
            return Some(self.uptime(details));
        }
        let counter = self.count(details.computer, timestamp);
        Some(if computers::is_mac(self.seed, details.computer) {
            let microseconds = second
                .saturating_mul(1_000_000)
                .saturating_add(u64::from(nanoseconds / 1000));
            microseconds.saturating_mul(1000).saturating_add(counter)
        } else {
            upper.saturating_add(counter)
        })
    }

    /// Milliseconds since the machine booted.
    fn uptime(&self, details: &About) -> u64 {
        let run = details.detection_id % INSTALLER_RUNS;
        let number = details
            .computer
            .saturating_mul(INSTALLER_RUNS)
            .saturating_add(run);
        Chance::of(self.seed, "uptime", number)
            .below(LONGEST_UPTIME)
            .saturating_add(1)
    }

    fn count(&mut self, computer: u64, timestamp: i64) -> u64 {
        let span = timestamp.div_euclid(COUNTER_SPAN);
        let counter = self.counters.entry((computer, span)).or_default();
        *counter = counter.saturating_add(1);
        *counter
    }
}

fn is_of(details: &About, kind: usize) -> bool {
    KINDS
        .get(kind)
        .is_some_and(|kind| kind.id == details.kind.id)
}
