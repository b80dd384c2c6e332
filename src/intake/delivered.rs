//! The events that were delivered and that AMP may still list.

use std::collections::BTreeMap;

/// The most delivered events that are remembered, those of the newest second and of the future aside.
pub const MAX_DELIVERED: usize = 4_096;

/// An event that was delivered, or passed over for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveredEvent {
    /// The first 64 bits of its identity.
    pub hash: u64,
    /// Its time, in seconds since 1970.
    pub second: i64,
    /// How many entries of AMP's list are expected to carry it. 0 if it is remembered only in case AMP lists it again.
    pub entries: u32,
    /// When it was delivered, in seconds since 1970: a list by arrival contains it only as long as it starts before that.
    pub delivered_at: i64,
}

/// All of them, by hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveredEvents(BTreeMap<u64, DeliveredEvent>);

impl DeliveredEvents {
    /// Adds an event, or replaces it.
    pub fn insert(&mut self, event: DeliveredEvent) {
        self.0.insert(event.hash, event);
    }

    /// Whether an event was delivered.
    pub fn contains(&self, hash: u64) -> bool {
        self.0.contains_key(&hash)
    }

    /// An event to be changed.
    pub fn get_mut(&mut self, hash: u64) -> Option<&mut DeliveredEvent> {
        self.0.get_mut(&hash)
    }

    /// All events in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &DeliveredEvent> {
        self.0.values()
    }

    /// All events to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut DeliveredEvent> {
        self.0.values_mut()
    }

    /// How many entries of AMP's list they are expected to have in all.
    pub fn entries(&self) -> u64 {
        self.iter().map(|event| u64::from(event.entries)).sum()
    }

    /// The second of the oldest event that AMP is expected to list.
    pub fn oldest_listed(&self) -> Option<i64> {
        let listed = self.iter().filter(|event| event.entries > 0);
        listed.map(|event| event.second).min()
    }

    /// Forgets the events that AMP can no longer list once its list starts at `start`, by time or by arrival. Those older than
    /// that are not expected in it, but may be listed.
    pub fn start_at(&mut self, start: i64) {
        self.0
            .retain(|_, event| event.second >= start || event.delivered_at >= start);
        for event in self.iter_mut().filter(|event| event.second < start) {
            event.entries = 0;
        }
    }

    /// How many must be forgotten to keep within [`MAX_DELIVERED`], those from after `watermark` aside.
    pub fn excess(&self, watermark: i64) -> usize {
        let past = self.iter().filter(|event| event.second <= watermark);
        past.count().saturating_sub(MAX_DELIVERED)
    }

    /// Forgets up to `excess` events older than `start`, the oldest first. Returns when the last of them was delivered: until the
    /// list starts after that, an entry older than its start may be one of them.
    pub fn forget_before(&mut self, start: i64, excess: usize) -> Option<i64> {
        let mut old: Vec<(i64, u64, i64)> = self
            .iter()
            .filter(|event| event.second < start)
            .map(|event| (event.second, event.hash, event.delivered_at))
            .collect();
        old.sort_unstable();
        let forgotten = old.into_iter().take(excess);
        forgotten
            .map(|(_, hash, delivered_at)| {
                self.0.remove(&hash);
                delivered_at
            })
            .max()
    }

    /// The second that must become the start's predecessor for all but [`MAX_DELIVERED`] events to be older than the start.
    pub fn excess_second(&self, watermark: i64) -> Option<i64> {
        let index = self.excess(watermark).checked_sub(1)?;
        let mut seconds: Vec<i64> = self.iter().map(|event| event.second).collect();
        seconds.sort_unstable();
        seconds.get(index).copied()
    }
}
