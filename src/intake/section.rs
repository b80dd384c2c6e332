//! What a poll sees of AMP's list: where it looks, and what the numbers say of the rest.

use std::collections::BTreeSet;

use crate::amp::Amp;
use crate::amp::error::AmpError;
use crate::amp::request::Request;

use super::cursor::{Cursor, Known};
use super::fetched::Fetched;
use super::request::Ask;

/// The most pages of one poll beyond twice those that all known events and the wanted ones fill. More means that the list slides faster than it
/// can be read.
const SPARE_PAGES: u64 = 8;

/// The part of a page that is asked for again at least, where a page is to join another: seven events of 500.
const OVERLAP: u64 = 64;

/// What a poll has seen of AMP's list: the part from one offset to another, which grows with each page.
pub struct Section<'a> {
    /// Whom it asks.
    pub amp: &'a Amp<'a>,
    /// How long events are surely kept there, in seconds.
    kept: i64,
    request: Request,
    /// Where the last poll ended.
    pub cursor: Cursor,
    /// Ids of the known events.
    known: BTreeSet<u64>,
    /// Ids of all events in the seen part.
    seen: BTreeSet<u64>,
    /// Unknown events in the seen part, the newest first.
    pub fetched: Vec<Fetched>,
    /// Where the seen part begins and ends, as offsets in the list as it was with the latest answer; none if nothing was seen.
    pub part: Option<(u64, u64)>,
    /// Whether the oldest event of the seen part is known.
    ends_known: bool,
    /// Second of the newest event in the seen part.
    newest_seen: i64,
    /// Second of the oldest event in the seen part.
    pub oldest_seen: i64,
    /// The list's total with the latest answer, if there was one.
    total: Option<u64>,
    /// The total changed from one answer to the next.
    pub slid: bool,
    /// How many events came in between the latest two answers.
    came: u64,
    /// The server's time at the first answer.
    pub now: Option<i64>,
    /// Events in the longest page.
    longest: u64,
    /// An answer said that there are events, and held none.
    contradicted: bool,
    /// Events that AMP sent.
    pub events: u32,
    /// Those of them that were known, or came twice.
    pub repeated: u32,
}

impl<'a> Section<'a> {
    /// Looks at the first page: where the oldest waiting events should be.
    ///
    /// # Errors
    ///
    /// Whatever keeps AMP from answering.
    pub async fn open(amp: &'a Amp<'a>, ask: &Ask, mut cursor: Cursor) -> Result<Self, AmpError> {
        if cursor.filters != ask.filters() {
            // Another list: the ids still tell what was returned, but not how many of them are in it.
            cursor.filters = ask.filters();
            cursor.waiting = 0;
            cursor.mixed_until = Some(cursor.position);
        }
        let mut section = Self {
            amp,
            kept: ask.kept,
            request: ask.events_since(cursor.start),
            known: BTreeSet::new(),
            cursor,
            seen: BTreeSet::new(),
            fetched: Vec::new(),
            part: None,
            ends_known: false,
            newest_seen: i64::MIN,
            oldest_seen: i64::MAX,
            total: None,
            slid: false,
            came: 0,
            now: None,
            longest: 0,
            contradicted: false,
            events: 0,
            repeated: 0,
        };
        for known in &section.cursor.known {
            section.known.insert(known.id);
        }
        section.aim(section.cursor.waiting).await?;
        Ok(section)
    }

    fn page_size(&self) -> u64 {
        self.amp.page_size().into()
    }

    /// Unknown events in the list, by number. Known ones that have expired make it too small; then the seen part ends with an unknown event,
    /// and is not complete.
    fn unknown(&self) -> u64 {
        self.total
            .unwrap_or(0)
            .saturating_sub(len(&self.cursor.known))
    }

    /// How many events a page is to have in common with what is above or below it: one at least, so that it is sure to join, and some more,
    /// as others come in at the front meanwhile and push it away.
    fn overlap(&self) -> u64 {
        let page = self.page_size();
        (page / OVERLAP)
            .max(self.came.saturating_mul(2))
            .clamp(1, (page / 2).max(1))
    }

    /// The offset just behind the oldest of so many unknown events and a few known ones. Known events from the future stand before them and push
    /// them on; if there are many, the page that ends here does not end with a known event, and the next one is looked at too.
    fn end(&self, unknown: u64) -> u64 {
        unknown.saturating_add(self.overlap().min(len(&self.cursor.known)))
    }

    /// Looks anew, at the page that ends with the oldest of so many unknown events.
    async fn aim(&mut self, unknown: u64) -> Result<(), AmpError> {
        self.fetched.clear();
        self.seen.clear();
        self.part = None;
        self.newest_seen = i64::MIN;
        self.oldest_seen = i64::MAX;
        let page = self.page_size();
        let end = self.end(unknown).min(self.total.unwrap_or(u64::MAX));
        self.look(end.saturating_sub(page), page).await
    }

    /// How many events are below the seen part; none if nothing was seen.
    pub fn below(&self) -> Option<u64> {
        Some(self.total?.saturating_sub(self.part?.1))
    }

    /// Whether all that is below the seen part is known: there is nothing, or it ends with a known event and the numbers agree.
    pub fn is_complete(&self) -> bool {
        if self.has_holes() {
            return false;
        }
        match self.below() {
            // An empty list is believed if nothing says otherwise.
            None => {
                self.total == Some(0)
                    && !self.contradicted
                    && self.known.is_empty()
                    && self.cursor.waiting == 0
            }
            Some(0) => true,
            Some(below) => {
                !self.cursor.is_mixed()
                    && !self.may_have_expired()
                    && self.ends_known
                    && below == len_of(self.unseen_below().count())
            }
        }
    }

    /// Whether known events may be gone, so that the numbers say nothing: after an outage as long as AMP keeps events.
    fn may_have_expired(&self) -> bool {
        let now = self.now.unwrap_or_else(|| self.amp.unix_seconds());
        let surely_kept = now.saturating_sub(self.kept);
        (self.cursor.known.first()).is_some_and(|oldest| oldest.second < surely_kept)
    }

    /// Whether fewer events came than the seen part has places: some came twice, in place of others. So it is if those of one second
    /// have no fixed order.
    fn has_holes(&self) -> bool {
        self.part
            .is_some_and(|(low, high)| len_of(self.seen.len()) < high.saturating_sub(low))
    }

    /// Known events that are not in the seen part and should be below it.
    fn unseen_below(&self) -> impl Iterator<Item = &Known> {
        let begins_later = self.part.is_some_and(|(low, _)| low > 0);
        let oldest = self.oldest_seen;
        // Of the oldest second, some may be above and some below; of a second in the future that is told by nothing.
        let of_the_future = begins_later && oldest > self.cursor.position;
        let above =
            move |known: &Known| known.second > oldest || (of_the_future && known.second == oldest);
        self.cursor
            .known
            .iter()
            .filter(move |known| !self.seen.contains(&known.id) && !above(known))
    }

    /// How many unknown events are above the seen part, by number: all that are there but the known ones that are not elsewhere.
    pub fn unknown_above(&self) -> u64 {
        let Some((low, _)) = self.part else {
            return self.unknown();
        };
        let unseen = self
            .cursor
            .known
            .iter()
            .filter(|known| !self.seen.contains(&known.id));
        let known = match self.below() {
            // The seen part reaches the old end: what is older than its newest event and not in it has expired.
            Some(0) => len_of(
                unseen
                    .filter(|known| known.second >= self.newest_seen)
                    .count(),
            ),
            below => len_of(unseen.count()).saturating_sub(below.unwrap_or(0)),
        };
        low.saturating_sub(known)
    }

    /// Looks at as many pages as it takes to know the old end of the list, and to have enough to return.
    ///
    /// # Errors
    ///
    /// Whatever keeps AMP from answering, unless there is something to return all the same.
    pub async fn complete(&mut self, wanted: usize) -> Result<(), AmpError> {
        let page = self.page_size();
        // A page more is worth its request if there is nothing yet, or if it is wanted for the most part.
        let worth = usize::try_from(page.div_ceil(2)).unwrap_or(1);
        let enough = |fetched: usize| fetched > 0 && wanted.saturating_sub(fetched) < worth;
        let events = len(&self.cursor.known)
            .saturating_add(len_of(wanted))
            .saturating_mul(2);
        let mut pages = 1;
        let (mut jumped, mut apart, mut asked_below) = (false, false, None);
        // A cloud that gives smaller pages than it was asked for takes more of them.
        while pages < events / self.longest.saturating_sub(1).max(1) + SPARE_PAGES {
            pages += 1;
            let complete = self.is_complete();
            match self.part {
                None if complete || self.total == Some(0) => break,
                None => self.aim(self.unknown()).await?,
                Some((low, _)) if complete => {
                    if low == 0 || enough(self.fetched.len()) {
                        break;
                    }
                    let end = low.saturating_add(self.overlap());
                    // A cloud that gives smaller pages than it was asked for would never reach down to where it should join.
                    let length = if apart { page.min(self.longest) } else { page };
                    let begin = end.saturating_sub(length.max(2));
                    let before = self.part;
                    match self.look(begin, end.saturating_sub(begin)).await {
                        Ok(()) => apart = self.part == before,
                        // What there is can be returned; the next poll meets the trouble, with less to do.
                        Err(_) if !self.fetched.is_empty() => break,
                        Err(error) => return Err(error),
                    }
                }
                // The oldest unknown ones are far below. Once is enough, as the numbers may lie.
                Some((_, high))
                    if !jumped && self.end(self.unknown()) > high.saturating_add(page) =>
                {
                    jumped = true;
                    let seen = |known: &&Known| self.seen.contains(&known.id);
                    let known_above = len_of(self.cursor.known.iter().filter(seen).count());
                    self.aim(self.unknown().saturating_add(known_above)).await?;
                }
                // The next poll finds by number what is missing.
                Some(_) if self.has_holes() => break,
                // What was asked for with an event of the seen part held no other: is there anything at all?
                Some((_, high)) if asked_below == Some(high) => self.look(high, page).await?,
                Some((_, high)) => {
                    asked_below = Some(high);
                    self.look(high.saturating_sub(1), page.max(2)).await?;
                }
            }
        }
        Ok(())
    }

    /// Fetches a page and joins it to the seen part, if it holds an event of that. Its answer is not kept.
    async fn look(&mut self, offset: u64, limit: u64) -> Result<(), AmpError> {
        let page = self.amp.page(&self.request, offset, limit).await?;
        let end = offset.saturating_add(page.count);
        self.longest = self.longest.max(page.count);
        // Without a total, a full page or a link means that there is at least one more.
        let more = u64::from(page.answer.has_next || page.count >= limit);
        let mut total = match page.answer.total {
            // What a page holds is there, and so is the one that it links to.
            Some(total) if page.count > 0 => {
                total.max(end.saturating_add(u64::from(page.answer.has_next)))
            }
            Some(total) => total,
            None => end.saturating_add(more),
        };
        if page.count == 0 {
            // The list ends before this offset, whatever its total says.
            self.contradicted |= offset == 0 && total > 0;
            total = total.min(offset);
        }
        if self.total.is_none() {
            self.now = page.answer.date;
        }
        let before = self.total.replace(total).unwrap_or(total);
        self.slid |= before != total;
        // What came in at the front pushed the seen part on.
        self.came = total.saturating_sub(before);
        self.part = self.part.map(|(low, high)| {
            let pushed = |offset: u64| offset.saturating_add(self.came);
            (pushed(low), pushed(high))
        });

        let items = page.answer.items(&self.request)?;
        self.events = self
            .events
            .saturating_add(u32::try_from(items.len()).unwrap_or(u32::MAX));
        let mut events = Vec::new();
        let mut newer = self.cursor.start;
        for raw in items {
            let event = Fetched::read(raw, newer);
            newer = event.known.second;
            events.push(event);
        }
        self.amp.drop_answer(page.answer);
        let joins = events
            .iter()
            .any(|event| self.seen.contains(&event.known.id));
        let Some(oldest) = events.last() else {
            return Ok(());
        };
        let (low, high) = match self.part {
            // What came in pushed the seen part away from this page; what is between them would be missed.
            Some(_) if !joins => return Ok(()),
            Some((low, high)) => (low.min(offset), high.max(end)),
            None => (offset, end),
        };
        if high == end {
            self.ends_known = self.known.contains(&oldest.known.id);
        }
        self.part = Some((low, high));
        for event in events {
            let Known { second, id } = event.known;
            self.newest_seen = self.newest_seen.max(second);
            self.oldest_seen = self.oldest_seen.min(second);
            let new = self.seen.insert(id);
            // An event before the window is no business of this poll, even if it is listed.
            if !new || second < self.cursor.start || self.known.contains(&id) {
                self.repeated = self.repeated.saturating_add(1);
            } else {
                // AMP lists them in order, so this is at the end, or where a further page begins.
                let place = self
                    .fetched
                    .partition_point(|other| other.order() > event.order());
                self.fetched.insert(place, event);
            }
        }
        Ok(())
    }
}

/// A length as the numbers of AMP are.
pub fn len<T>(list: &[T]) -> u64 {
    len_of(list.len())
}

/// The same of a length that is known.
pub fn len_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
