//! From what was seen to a batch, and the cursor behind it.

use crate::contract::exports::conductor::secure_endpoint::intake::{Batch, PollReport};
use crate::contract::exports::conductor::secure_endpoint::types::Quota;
use crate::outcome::counted;

use super::cursor::{Cursor, Known, MOST_KNOWN};
use super::request::Ask;
use super::section::{Section, len};
use super::signal::signal;

impl Section<'_> {
    /// The oldest unknown events as a batch, and the cursor behind them.
    pub fn batch(mut self, ask: &Ask, host_now: i64, server: &str) -> Batch {
        let complete = self.is_complete();
        let now = self.now.unwrap_or(host_now);
        let all_seen = complete && self.part.is_none_or(|(low, _)| low == 0);
        let mut fetched = std::mem::take(&mut self.fetched);
        let newest = fetched
            .first()
            .map(|fetched| fetched.known.second)
            .max(self.cursor.newest);

        let (mut signals, mut taken, mut filtered) = (Vec::new(), Vec::new(), 0_u32);
        while signals.len() < ask.max_signals
            && let Some(oldest) = fetched.pop()
        {
            taken.push(oldest.known);
            if ask.wants(oldest.event.severity.as_deref()) {
                signals.push(signal(oldest, &self.amp.connection().origin));
            } else {
                filtered = filtered.saturating_add(1);
            }
        }
        let backlog = len(&fetched).saturating_add(self.unknown_above());
        // Where the numbers do not agree, there may be more than they say. A poll that takes nothing must not be repeated at once for ever.
        let more = (backlog > 0 || !complete) && !taken.is_empty();

        let last = taken.last().map(|known| known.second);
        let mut remarks = Vec::new();
        if !complete {
            remarks.push(
                "AMP's list slid faster than it could be read, so the window stays where it is until the next poll.".to_owned(),
            );
        }
        let known = self.known_from_now_on(taken);
        let mut cursor = Cursor {
            newest,
            waiting: backlog,
            known,
            ..self.cursor
        };
        if complete {
            // A host's own clock moves nothing: only the server's may, where there is no event to go by.
            let caught_up = self.now.filter(|_| backlog == 0 && all_seen);
            let position = last
                .map(|last| last.min(now))
                .max(caught_up)
                .unwrap_or(cursor.position);
            cursor.move_to(position, ask.late_window, &mut remarks);
        }
        let report = PollReport {
            fetched: self.events,
            delivered: u32::try_from(signals.len()).unwrap_or(u32::MAX),
            known: self.repeated,
            filtered,
            requests: self.amp.requests(),
            newest_event: newest,
            lag_seconds: last
                .filter(|_| more)
                .map(|last| u64::try_from(now.saturating_sub(last)).unwrap_or(0)),
            backlog,
            remarks,
            quota: self.amp.quota().map(Quota::from),
        };
        Batch {
            signals,
            cursor: cursor.write(server),
            more,
            report,
        }
    }

    /// The known events after this poll, in order. Those that should be in the seen part and are not have expired. That is told only from a list
    /// that stood still: what seems missing from one that slid may be elsewhere.
    fn known_from_now_on(&self, taken: Vec<Known>) -> Vec<Known> {
        let mut known = self.cursor.known.clone();
        if let (Some((low, _)), Some(0), false) = (self.part, self.below(), self.slid) {
            known.retain(|known| {
                self.seen.contains(&known.id) || (low > 0 && known.second >= self.newest_seen)
            });
        }
        for new in taken {
            new.put_into(&mut known);
        }
        known
    }
}

impl Cursor {
    /// Every event up to `position` was returned: the window begins so many seconds before that, and what is known before it is forgotten.
    pub fn move_to(&mut self, position: i64, late_window: i64, remarks: &mut Vec<String>) {
        self.position = self.position.max(position);
        self.start = self.start.max(self.position.saturating_sub(late_window));
        self.known.retain(|known| known.second >= self.start);
        // Whole seconds only, since AMP lists whole seconds; and the newest always stays.
        if let Some(excess) = self
            .known
            .len()
            .checked_sub(MOST_KNOWN)
            .filter(|excess| *excess > 0)
            && let Some(cut) = self.known.get(excess.saturating_sub(1))
        {
            let start = cut.second.saturating_add(1).min(self.position);
            if start > self.start {
                self.start = start;
                self.known.retain(|known| known.second >= start);
                let window = usize::try_from(self.position.saturating_sub(start)).unwrap_or(0);
                remarks.push(format!(
                    "So many events came that the late window is {} for now; those that come later than that may be missed.",
                    counted(window, "second", "seconds")
                ));
            }
        }
    }
}
