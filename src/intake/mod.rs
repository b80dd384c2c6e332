//! Polling: events as signals, each once, the oldest first.
//!
//! # What AMP gives
//!
//! `GET /v1/events` lists the events since a second, that second included, the newest first, with an offset, a limit and the total. It
//! has no end date. While it is read, it slides: new events come in at the front and push the others to higher offsets. Some come late, somewhere
//! below the front, under the time when they happened. Any number may share a second. At the old end they expire, after about 30 days.
//!
//! # How a poll works
//!
//! The [cursor](cursor::Cursor) holds a `start` S and the ids of the *known* events: those that were returned and whose second is S or later. Let
//! L be AMP's list since S, and T its total, which comes with every page. All of the known are in L, so T minus the number of the known is the
//! number of those still to be returned, before any of them was seen. A quiet poll ends here, after one request.
//!
//! Else the oldest unknown event stands just above the known ones, at the offset that the count gives: the poll asks for the page that ends there,
//! not for the first one. A backlog of any size is so drained from its old end, a page at a time, at a request for each 500 events and
//! in the memory of one page; the list is never read from its front to its end. The cursor keeps how many are waiting, so even the first request of a
//! poll is aimed well; what has come in meanwhile shows in T, and a second request fetches what it pushed out of the page.
//!
//! # Why nothing is lost
//!
//! An event *counts* if it was listed at most W, the late window, after the second in which it happened. The claim: every event that counts is
//! returned in some poll. Only moving S can lose an event, as all events from S on stay in L. A poll moves S to P - W, where P is the second of the
//! newest event that it returns, or the server's own time at its first answer if that is earlier (so that an event from the far future moves nothing),
//! and only if its view of the old end is *complete*: the pages that it holds reach down to a known event, and the number of events below them, T minus the
//! offset of their end, is no larger than the number of known events that they do not hold. Take any event e that counts, with its second before P - W.
//!
//! - e was listed before the first answer of this poll. It is then among the T events of L. It is not above the returned ones, as the list is in the order of time
//!   and they are its oldest unknown part; it is not below the pages, as all that is there is known, by number. So it was in them and is returned now or was before.
//! - e was listed after that answer. Then its second is at least that moment minus W, as e counts; and that moment is not before P. So its
//!   second is not before P - W, against the assumption.
//!
//! Expiry takes only the oldest of L, known ones before all others, and makes the number below the pages smaller, never larger. An event that slides between two
//! requests is moved to a higher offset, where the next page finds it again; the ids tell that it is the same.
//!
//! A poll that returns everything also moves P to the server's time at its first answer: nothing that counts can still come in before that minus W. So S
//! keeps moving where no events come, or where a filter lets few through. Times are the server's own (RFC 9110's `Date`), so that a wrong clock of the host loses nothing.
//!
//! # Why nothing is doubled
//!
//! A returned event stays among the known as long as its second is S or later. Before S it is not listed any more. So it is never
//! unknown again. The host stores signals and cursor together; if it dies before, it holds neither.
//!
//! # What it costs
//!
//! A backlog of n events takes n / 499 requests (a page holds one known event, to see where it ends), and one or two more. The cursor's size is
//! bounded by the events in one late window, and by [`cursor::MOST_KNOWN`]: in a burst that has more of them, S is moved up until that many are left, which shortens the window for
//! that time, and the report says so. Events of the newest second are always kept, however many they are.

use std::collections::BTreeSet;

pub mod cursor;
mod request;
pub mod signal;
#[cfg(test)]
mod tests;

use crate::amp::Amp;
use crate::amp::error::AmpError;
use crate::amp::event::Event;
use crate::amp::lenient;
use crate::amp::request::Request;
use crate::commands::input::InputError;
use crate::contract::exports::conductor::secure_endpoint::intake::{
    Batch, PollReport, PollRequest,
};
use crate::contract::exports::conductor::secure_endpoint::types::Quota;
use crate::crc32::Crc32;
use crate::outcome::counted;
use cursor::{Cursor, Known, MOST_KNOWN};
use request::Ask;
use signal::signal;

/// The most pages of one poll beyond twice those that all known events and the wanted ones fill. More means that the list slides faster than it
/// can be read.
const SPARE_PAGES: u64 = 8;

/// How far the clocks of host and server may be apart before the first window is counted by the server's.
const CLOCK_TOLERANCE: i64 = 300;

/// Why a poll returns nothing.
pub enum PollError {
    /// The request cannot be right.
    Input(InputError),
    /// AMP gave no useful answer. The cursor that came in still holds.
    Amp(AmpError),
}

impl From<InputError> for PollError {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<AmpError> for PollError {
    fn from(error: AmpError) -> Self {
        Self::Amp(error)
    }
}

/// An event that was fetched and is not known.
pub struct Fetched {
    /// What the plugin looks into.
    event: Event,
    /// The event as it came.
    raw: String,
    /// What it will be known by.
    known: Known,
    /// The key by which hosts tell it from others.
    key: String,
}

impl Fetched {
    /// Reads an event. One without a time counts as of second `start`. (Boxed, as events are large and moved about.)
    fn read(raw: &str, start: i64) -> Box<Self> {
        let event: Event = lenient::view(raw);
        let (id, key) = identity(&event, raw);
        let second = event.seconds().unwrap_or(start);
        Box::new(Self {
            event,
            raw: raw.to_owned(),
            known: Known { second, id },
            key,
        })
    }

    /// Its place among others: by time, then by id.
    fn order(&self) -> ((i64, u32), u64) {
        (self.event.moment(), self.known.id)
    }
}

/// Fetches the next batch of events.
///
/// # Errors
///
/// A request that cannot be right; whatever keeps AMP from answering. Nothing has changed then.
pub async fn poll(amp: &Amp<'_>, request: &PollRequest) -> Result<Batch, PollError> {
    let server = amp.connection().origin.to_string();
    let ask = Ask::check(request, &server)?;
    let host_now = amp.unix_seconds();
    let cursor = ask.cursor.clone().unwrap_or_else(|| first(host_now, &ask));
    let mut view = View::open(amp, &ask, cursor).await?;
    if ask.cursor.is_none()
        && let Some(now) = view.now
        && (now - host_now).abs() > CLOCK_TOLERANCE
    {
        view = View::open(amp, &ask, first(now, &ask)).await?;
    }
    view.complete(ask.max_signals).await?;
    Ok(view.batch(&ask, host_now, &server))
}

/// The cursor before the first poll.
fn first(now: i64, ask: &Ask) -> Cursor {
    let start = now.saturating_sub(ask.first_window);
    Cursor {
        start,
        position: start,
        filters: ask.filters(),
        ..Cursor::default()
    }
}

/// What a poll has seen of AMP's list: the part from one offset to another, which grows with each page.
struct View<'a> {
    amp: &'a Amp<'a>,
    request: Request,
    cursor: Cursor,
    /// Ids of the known events.
    known: BTreeSet<u64>,
    /// Ids of all events in the seen part.
    seen: BTreeSet<u64>,
    /// Unknown events in the seen part, the newest first.
    fetched: Vec<Box<Fetched>>,
    /// Where the seen part begins and ends, as offsets in the list as it was with the latest answer; none if nothing was seen.
    part: Option<(u64, u64)>,
    /// Whether the oldest event of the seen part is known.
    ends_known: bool,
    /// Second of the newest event in the seen part.
    newest_seen: i64,
    /// The list's total with the latest answer, if there was one.
    total: Option<u64>,
    /// The total changed from one answer to the next.
    slid: bool,
    /// The server's time at the first answer.
    now: Option<i64>,
    /// Events in the longest page.
    longest: u64,
    events: u32,
    repeated: u32,
}

impl<'a> View<'a> {
    /// The first page: where the oldest waiting events should be.
    async fn open(amp: &'a Amp<'a>, ask: &Ask, mut cursor: Cursor) -> Result<Self, AmpError> {
        if cursor.filters != ask.filters() {
            // Another list: the ids still tell what was returned, but not how many of them are in it.
            cursor.filters = ask.filters();
            cursor.waiting = 0;
        }
        let mut view = Self {
            amp,
            request: ask.events_since(cursor.start),
            known: BTreeSet::new(),
            cursor,
            seen: BTreeSet::new(),
            fetched: Vec::new(),
            part: None,
            ends_known: false,
            newest_seen: i64::MIN,
            total: None,
            slid: false,
            now: None,
            longest: 0,
            events: 0,
            repeated: 0,
        };
        for known in &view.cursor.known {
            view.known.insert(known.id);
        }
        view.aim(view.cursor.waiting).await?;
        Ok(view)
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

    /// The offset just behind the oldest of so many unknown events and one known one. Known events from the future stand before them and push
    /// them on; then the page that ends here does not end with a known event, and the next one is looked at too.
    fn end(&self, unknown: u64) -> u64 {
        unknown.saturating_add(u64::from(!self.known.is_empty()))
    }

    /// Looks anew, at the page that ends with the oldest of so many unknown events.
    async fn aim(&mut self, unknown: u64) -> Result<(), AmpError> {
        self.fetched.clear();
        self.seen.clear();
        self.part = None;
        self.newest_seen = i64::MIN;
        let page = self.page_size();
        let end = self.end(unknown).min(self.total.unwrap_or(u64::MAX));
        self.look(end.saturating_sub(page), page).await
    }

    /// How many events are below the seen part; none if nothing was seen.
    fn below(&self) -> Option<u64> {
        Some(self.total?.saturating_sub(self.part?.1))
    }

    /// Whether all that is below the seen part is known: there is nothing, or it ends with a known event and the numbers agree.
    fn is_complete(&self) -> bool {
        match self.below() {
            None => self.total == Some(0),
            Some(0) => true,
            Some(below) => self.ends_known && below == len_of(self.unseen_below().count()),
        }
    }

    /// Known events that are not in the seen part and should be below it.
    fn unseen_below(&self) -> impl Iterator<Item = &Known> {
        let begins_later = self.part.is_some_and(|(low, _)| low > 0);
        let above = move |known: &Known| begins_later && known.second > self.newest_seen;
        self.cursor
            .known
            .iter()
            .filter(move |known| !self.seen.contains(&known.id) && !above(known))
    }

    /// How many unknown events are above the seen part, by number: all that are there but the known ones that are not elsewhere.
    fn unknown_above(&self) -> u64 {
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
    async fn complete(&mut self, wanted: usize) -> Result<(), AmpError> {
        let page = self.page_size();
        // A page more is worth its request if there is nothing yet, or if it is wanted for the most part.
        let worth = usize::try_from(page.div_ceil(2)).unwrap_or(1);
        let enough = |fetched: usize| fetched > 0 && wanted.saturating_sub(fetched) < worth;
        let events = len(&self.cursor.known)
            .saturating_add(len_of(wanted))
            .saturating_mul(2);
        let mut pages = 1;
        // A cloud that gives smaller pages than it was asked for takes more of them.
        while pages < events / self.longest.saturating_sub(1).max(1) + SPARE_PAGES {
            pages += 1;
            let complete = self.is_complete();
            match self.part {
                None if complete => break,
                None => self.aim(self.unknown()).await?,
                // One event of the seen part is asked for again, so that the page is sure to join it.
                Some((low, _)) if complete => {
                    if low == 0 || enough(self.fetched.len()) {
                        break;
                    }
                    let begin = low.saturating_add(1).saturating_sub(page.max(2));
                    self.look(begin, low.saturating_add(1).saturating_sub(begin))
                        .await?;
                }
                Some((_, high)) if self.end(self.unknown()) > high.saturating_add(page) => {
                    self.aim(self.unknown()).await?
                }
                Some((_, high)) => self.look(high.saturating_sub(1), page.max(2)).await?,
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
        let mut total = page.answer.total.unwrap_or(end.saturating_add(more));
        if page.count == 0 {
            // The list ends before this offset, whatever its total says.
            total = total.min(offset);
        }
        self.now = self.now.or(page.answer.date);
        let before = self.total.replace(total).unwrap_or(total);
        self.slid |= before != total;
        // What came in at the front pushed the seen part on.
        let came = total.saturating_sub(before);
        self.part = self
            .part
            .map(|(low, high)| (low.saturating_add(came), high.saturating_add(came)));

        let items = page.answer.items(&self.request)?;
        self.events = self
            .events
            .saturating_add(u32::try_from(items.len()).unwrap_or(u32::MAX));
        let mut events = Vec::new();
        for raw in items {
            events.push(Fetched::read(raw, self.cursor.start));
        }
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

    /// The oldest unknown events as a batch, and the cursor behind them.
    fn batch(mut self, ask: &Ask, host_now: i64, server: &str) -> Batch {
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
                signals.push(signal(*oldest, &self.amp.connection().origin));
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
    fn move_to(&mut self, position: i64, late_window: i64, remarks: &mut Vec<String>) {
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

/// What an event is known by, and its key for hosts: AMP's id. An event without one, which AMP does not send, is known by a checksum of its text.
fn identity(event: &Event, raw: &str) -> (u64, String) {
    let checksum = |text: &str| {
        let (mut forth, mut back) = (Crc32::default(), Crc32::default());
        forth.update(text.as_bytes());
        text.bytes().rev().for_each(|byte| back.update(&[byte]));
        u64::from(forth.value()) << 32 | u64::from(back.value())
    };
    match &event.id {
        Some(key) => (key.parse().unwrap_or_else(|_| checksum(key)), key.clone()),
        None => {
            let id = checksum(raw);
            (id, format!("without-id-{id:016x}"))
        }
    }
}

fn len<T>(list: &[T]) -> u64 {
    len_of(list.len())
}

fn len_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
