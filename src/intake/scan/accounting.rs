//! What the totals say about the entries that a scan has not seen: how many are undelivered, and whether all below is delivered.

use crate::intake::delivered::DeliveredEvent;

use super::{MAX_UNCHECKED, PollScan};

impl PollScan<'_> {
    /// The list's total, as far as its entries can be read.
    pub(super) fn total(&self) -> Option<u64> {
        let total = self.total?;
        Some(self.readable_end.map_or(total, |end| end.min(total)))
    }

    /// Undelivered events beyond the largest offset that AMP accepts.
    pub fn unreachable(&self) -> u64 {
        let beyond = self
            .total
            .unwrap_or(0)
            .saturating_sub(self.total().unwrap_or(0));
        beyond.min(self.undelivered())
    }

    /// Undelivered events in the list, by number. Delivered ones that have expired make it too small; then the seen part ends
    /// with an undelivered event, and is not complete.
    pub(super) fn undelivered(&self) -> u64 {
        self.total
            .unwrap_or(0)
            .saturating_sub(self.cursor.delivered.entries())
    }

    /// How many entries are below the seen part; `None` if nothing was seen.
    pub fn below(&self) -> Option<u64> {
        Some(self.total()?.saturating_sub(self.seen.offsets()?.1))
    }

    /// Whether all that is below the seen part was delivered: there is nothing, or it ends with a delivered event and the numbers
    /// agree.
    pub fn is_complete(&self) -> bool {
        if self.seen.has_holes() {
            return false;
        }
        let delivered = &self.cursor.delivered;
        match self.below() {
            // An empty list is trusted if nothing contradicts it.
            None => {
                let certainly_kept = self.certainly_kept();
                let may_be_empty = delivered
                    .iter()
                    .all(|event| event.entries == 0 || event.second < certainly_kept);
                self.total == Some(0)
                    && !self.is_contradicted
                    && may_be_empty
                    // What waited may have expired too.
                    && (self.cursor.backlog == 0 || self.cursor.watermark < certainly_kept)
            }
            Some(0) => true,
            Some(_) if self.ignores_start() => self.has_passed_start(),
            Some(below) => {
                let ends_with_delivered = self
                    .seen
                    .last()
                    .is_some_and(|entry| delivered.contains(entry.hash));
                !self.cursor.is_mixed()
                    && !self.may_have_expired()
                    && ends_with_delivered
                    && below == self.unseen_below()
            }
        }
    }

    /// Whether the whole list was seen, as far as it is in the window.
    pub fn has_seen_all(&self) -> bool {
        match self.seen.offsets() {
            None => self.is_complete(),
            Some((begin, _)) => begin == 0 && (self.below() == Some(0) || self.ignores_start()),
        }
    }

    /// A time before which every entry of the seen part arrived. Of several clocks the latest counts, as one may be wrong.
    pub fn arrived_by(&self) -> i64 {
        let latest = self.clocks.latest().max(self.amp.unix_seconds());
        self.latest_date.map_or(latest, |date| date.max(latest))
    }

    /// Whether the newest entry was seen, or there is none.
    pub fn has_seen_front(&self) -> bool {
        self.seen.offsets().is_none_or(|(begin, _)| begin == 0)
    }

    /// Whether the server ignores the start of the window.
    pub fn ignores_start(&self) -> bool {
        self.unchecked > MAX_UNCHECKED || (self.cursor.ignores_start && self.has_passed_start())
    }

    /// Whether the seen part ends with an entry older than the start that cannot be checked: if the server ignores the start, the
    /// window ends here.
    pub(super) fn has_passed_start(&self) -> bool {
        let last = self.seen.last();
        self.unchecked > 0 && last.is_some_and(|last| last.second < self.cursor.window_start)
    }

    /// Whether delivered events may be gone, so that the numbers prove nothing: after an outage as long as AMP keeps events.
    pub(super) fn may_have_expired(&self) -> bool {
        self.cursor
            .delivered
            .oldest_listed()
            .is_some_and(|oldest| oldest < self.certainly_kept())
    }

    /// The second since which AMP certainly keeps events.
    pub(super) fn certainly_kept(&self) -> i64 {
        self.clocks.latest().saturating_sub(self.retention)
    }

    /// Delivered entries that are not in the seen part, by event.
    pub(super) fn unseen(&self) -> impl Iterator<Item = (&DeliveredEvent, u64)> {
        self.cursor.delivered.iter().filter_map(|event| {
            let unseen = event.entries.saturating_sub(self.seen.count(event.hash));
            (unseen > 0).then_some((event, u64::from(unseen)))
        })
    }

    /// Delivered entries that are not in the seen part and should be below it.
    pub(super) fn unseen_below(&self) -> u64 {
        let begins_later = self.seen.offsets().is_some_and(|(begin, _)| begin > 0);
        let oldest = self.seen.seconds().min().unwrap_or(i64::MAX);
        // Of the oldest second, some may be above and some below; for a second in the future nothing tells which.
        let is_in_future = begins_later && oldest > self.cursor.watermark;
        let is_above = |event: &DeliveredEvent| {
            event.second > oldest || (is_in_future && event.second == oldest)
        };
        self.unseen()
            .filter(|(event, _)| !is_above(event))
            .map(|(_, entries)| entries)
            .sum()
    }

    /// Undelivered events above the seen part, by number: all that are there but the delivered ones that are not elsewhere.
    pub fn undelivered_above(&self) -> u64 {
        let Some((begin, _)) = self.seen.offsets() else {
            return self.undelivered();
        };
        let newest = self.seen.seconds().max().unwrap_or(i64::MIN);
        let delivered: u64 = match self.below() {
            // The seen part reaches the old end: what is older than its newest event and not in it has expired.
            Some(0) => self
                .unseen()
                .filter(|(event, _)| event.second >= newest)
                .map(|(_, entries)| entries)
                .sum(),
            below => {
                let unseen: u64 = self.unseen().map(|(_, entries)| entries).sum();
                unseen.saturating_sub(below.unwrap_or(0))
            }
        };
        begin.saturating_sub(delivered)
    }
}
