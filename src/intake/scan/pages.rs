//! Reading a page: its total, its events, and how it joins what was seen.

use crate::amp::error::AmpError;
use crate::amp::page::Page;
use crate::intake::new_event::NewEvent;
use crate::intake::seen_part::{Entry, PageJoin};

use super::PollScan;

impl PollScan<'_> {
    /// Fetches a page and joins it to the seen part. Its response is not kept.
    pub(super) async fn read(&mut self, offset: u64, limit: u64) -> Result<(), AmpError> {
        let (offset, page) = self.readable_page(offset, limit).await?;
        let end = offset.saturating_add(page.count);
        self.longest = self.longest.max(page.count);
        let total = self.total_with(&page, offset, end);
        if self.total.is_none() {
            self.clocks.server = page.answer.date;
        }
        self.latest_date = page.answer.date.max(self.latest_date);
        let before = self.total.replace(total).unwrap_or(total);
        self.has_shifted |= before != total;
        self.inserted = total.saturating_sub(before);
        self.seen.shift(self.inserted);
        self.reported.extend(page.answer.errors.as_deref().cloned());

        let mut newer = self.cursor.window_start;
        let mut events = Vec::new();
        for (index, raw) in page.answer.items(&self.request)?.into_iter().enumerate() {
            let event = NewEvent::read(
                raw,
                newer,
                page.answer.flaw(index),
                page.oversized.is_some(),
            );
            newer = event.second;
            events.push(event);
        }
        if page.oversized.is_some() {
            // The next page below need not contain it once more.
            self.asked_below = Some(end);
        }
        self.amp.drop_answer(page.answer);
        if page.oversized.is_some() {
            let hashes = events.iter().map(|event| event.identity.short());
            self.oversized.extend(hashes);
        }
        let edges = [self.seen.first(), self.seen.last()];
        let how = PageJoin {
            has_changed: before != total,
            is_oversized: page.oversized.is_some(),
            may_touch: self.may_touch
                || page.oversized.is_some()
                || edges.into_iter().any(|edge| self.is_oversized(edge)),
        };
        if how.has_changed {
            self.floor = 0;
        }
        self.join(events, offset, how);
        Ok(())
    }

    /// The list's total as a page shows it: what a page contains exists, and so does the one that it links to.
    fn total_with(&mut self, page: &Page, offset: u64, end: u64) -> u64 {
        let answer = &page.answer;
        let total = match answer
            .total
            .or(self.total.filter(|_| page.oversized.is_some()))
        {
            Some(total) if page.count > 0 => {
                total.max(end.saturating_add(u64::from(answer.has_next)))
            }
            Some(total) => total,
            // Without a total, a full page or a link means that there is at least one more.
            None => end.saturating_add(u64::from(answer.has_next || page.count >= page.limit)),
        };
        if page.count > 0 {
            return total;
        }
        // The list ends before this offset, whatever its total says.
        self.is_contradicted |= offset == 0 && total > 0;
        total.min(offset)
    }

    fn join(&mut self, events: Vec<NewEvent>, offset: u64, how: PageJoin) {
        self.fetched = self
            .fetched
            .saturating_add(u32::try_from(events.len()).unwrap_or(u32::MAX));
        let entries: Vec<Entry> = events
            .iter()
            .map(|event| Entry {
                hash: event.identity.short(),
                second: event.second,
            })
            .collect();
        let Some(additions) = self.seen.join(&entries, offset, how) else {
            if how.is_oversized {
                self.floor = offset.saturating_add(1);
            }
            return;
        };
        let added = additions.above.len() + additions.below.len();
        let seen_again = events.len().saturating_sub(added);
        self.repeated = self
            .repeated
            .saturating_add(u32::try_from(seen_again).unwrap_or(u32::MAX));
        let mut events: Vec<Option<NewEvent>> = events.into_iter().map(Some).collect();
        let mut take = |index: &usize| events.get_mut(*index).and_then(Option::take);
        let above: Vec<NewEvent> = additions.above.iter().filter_map(&mut take).collect();
        let below: Vec<NewEvent> = additions.below.iter().filter_map(&mut take).collect();
        for event in above.into_iter().rev() {
            if self.is_to_deliver(&event) {
                self.new.push_front(event);
            }
        }
        for event in below {
            if self.is_to_deliver(&event) {
                self.new.push_back(event);
            }
        }
    }

    /// Whether an entry that was just added to the seen part is an undelivered event. Counts it if not.
    fn is_to_deliver(&mut self, event: &NewEvent) -> bool {
        let hash = event.identity.short();
        let is_older = event.second < self.cursor.window_start;
        self.lists_older |= is_older;
        let is_twin = !self.hashes.insert(hash);
        if is_twin || self.cursor.delivered.contains(hash) {
            self.repeated = self.repeated.saturating_add(1);
            return false;
        }
        if is_older
            && (self.is_first || self.cursor.ignores_start || self.cursor.may_have_forgotten())
        {
            self.unchecked = self.unchecked.saturating_add(1);
            if self.is_first {
                self.outside.push(Entry {
                    hash,
                    second: event.second,
                });
            }
            return false;
        }
        true
    }
}
