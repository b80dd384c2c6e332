//! From what was seen to a batch, and the cursor behind it.

use crate::contract::exports::conductor::secure_endpoint::intake::{Batch, PollReport};
use crate::contract::exports::conductor::secure_endpoint::types::Quota;
use crate::outcome::counted;

use super::cursor::{Cursor, Known, MOST_KNOWN};
use super::request::Ask;
use super::section::{Section, len, len_of};
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
        let last = taken.last().map(|known| known.second);
        let backlog = len(&fetched).saturating_add(self.unknown_above());
        // The oldest that waits stands below those, and below what is known of the future.
        let waiting = match fetched.last().map(|left| left.known.second).or(last) {
            Some(second) if backlog > 0 => {
                let above = |known: &&Known| known.second > second;
                backlog.saturating_add(len_of(self.cursor.known.iter().filter(above).count()))
            }
            None if !complete => self.cursor.waiting,
            _ => backlog,
        };
        // Where the numbers do not agree, there may be more than they say. A poll that takes nothing must not be repeated at once for ever.
        let more = (backlog > 0 || !complete) && !taken.is_empty();

        let mut remarks = Vec::new();
        if !complete {
            remarks.push(
                "AMP's answers do not agree with each other, or its list slid faster than it could be read. The window stays where it is until a later poll sees all of it.".to_owned(),
            );
        }
        let known = self.known_from_now_on(taken);
        let mut cursor = Cursor {
            newest,
            waiting,
            known,
            ..self.cursor
        };
        if complete {
            // Where there is no event to go by, it is the server's time that moves the window, and not beyond the host's, in case it is wrong.
            let caught_up = self
                .now
                .filter(|_| backlog == 0 && all_seen)
                .map(|now| now.min(host_now));
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

    /// The known events after this poll, in order. Those that are older than all that the list holds have expired. That is told only from a list
    /// that stood still: what seems missing from one that slid may be elsewhere.
    fn known_from_now_on(&self, taken: Vec<Known>) -> Vec<Known> {
        let mut known = self.cursor.known.clone();
        if self.below() == Some(0) && !self.slid && !self.cursor.is_mixed() {
            known.retain(|known| known.second >= self.oldest_seen);
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
