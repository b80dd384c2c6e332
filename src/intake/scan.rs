//! One poll's scan of AMP's list: it locates the oldest undelivered events, makes sure that nothing below them is missing, and
//! reads up from there. `docs/intake.md` has the argument why nothing is lost or duplicated.

use std::collections::{BTreeSet, VecDeque};

use crate::amp::Amp;
use crate::amp::error::AmpError;
use crate::amp::request::Request;

use super::clocks::Clocks;
use super::cursor::Cursor;
use super::delivered::MAX_DELIVERED;
use super::new_event::NewEvent;
use super::options::PollOptions;
use super::seen_part::{Entry, SeenPart};

mod accounting;
mod ignored_start;
mod offset_limit;
mod pages;

/// Pages of one poll beyond twice those that all delivered events and the requested ones fill. More means that the list shifts
/// faster than it can be read.
const SPARE_PAGES: u64 = 8;

/// The part of a page that at least is requested again where a page is to join another: seven events of 500.
const OVERLAP: u64 = 64;

/// Entries older than the start that cannot be checked, in one poll: more mean that the server ignores the start. (No recorded
/// page has more.)
pub const MAX_UNCHECKED: u32 = 500;

/// What the scan does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScanState {
    /// Fetch the page that ends with the oldest undelivered event, as the totals suggest.
    Locating,
    /// Read further down: what is below is not accounted for.
    Descending,
    /// Everything below is accounted for: read up, for more events to deliver.
    Ascending,
    /// There is enough, or nothing more can be learned in this poll.
    Finished,
}

/// A scan of AMP's list.
pub struct PollScan<'a> {
    pub amp: &'a Amp<'a>,
    request: Request,
    /// The same with a start in the future.
    probe: Request,
    /// How long AMP certainly keeps events, in seconds.
    retention: i64,
    /// Whether the poll has no cursor: entries older than the start are outside its first window.
    is_first: bool,
    /// Where the previous poll ended.
    pub cursor: Cursor,
    pub clocks: Clocks,
    /// The server's time at its latest response, if that was dated.
    latest_date: Option<i64>,
    pub seen: SeenPart,
    /// Undelivered events of the seen part, in the order of the list.
    pub new: VecDeque<NewEvent>,
    /// Hashes of all events of the seen part.
    hashes: BTreeSet<u64>,
    /// Hashes of entries that alone exceed the limit of a response, so that no page contains another with them.
    oversized: BTreeSet<u64>,
    /// The page that is read joins without an entry in common: no two entries fit into a response.
    may_touch: bool,
    /// Offset behind an oversized entry above the seen part: pages above begin there until they have reached it.
    floor: u64,
    /// Entries older than the first window, which are passed over.
    pub outside: Vec<Entry>,
    /// Entries older than the start that cannot be checked, those outside the first window included.
    pub unchecked: u32,
    /// An entry older than the start was listed.
    pub lists_older: bool,
    /// The list's total with the latest response.
    total: Option<u64>,
    /// Offset behind the last entry that can be read, if AMP rejects larger offsets.
    readable_end: Option<u64>,
    /// The total changed from one response to the next.
    pub has_shifted: bool,
    /// How many entries were inserted between the latest two responses.
    inserted: u64,
    /// Entries of the longest page.
    longest: u64,
    /// A response reported entries and contained none.
    is_contradicted: bool,
    /// What AMP reported in `errors` next to events.
    pub reported: Vec<AmpError>,
    /// Entries that AMP sent.
    pub fetched: u32,
    /// Those of them that were delivered before or came twice.
    pub repeated: u32,
    /// It located the oldest undelivered events twice: once is enough, as the totals may be wrong.
    has_jumped: bool,
    /// A page above did not join, so further ones are no longer than the server returns them.
    is_apart: bool,
    /// Where the last page below was requested.
    asked_below: Option<u64>,
}

impl<'a> PollScan<'a> {
    /// Starts a scan with the page in which the oldest undelivered events should be.
    ///
    /// # Errors
    ///
    /// Returns the error of that page's request.
    pub async fn open(
        amp: &'a Amp<'a>,
        options: &PollOptions,
        mut cursor: Cursor,
    ) -> Result<Self, AmpError> {
        if cursor.filters != options.filters() {
            // Another list: it may not contain all that was delivered.
            cursor.filters = options.filters();
            cursor.backlog = 0;
            cursor.offset_limit = None;
            cursor.mixed_until = Some(cursor.watermark);
        }
        let mut scan = Self {
            amp,
            request: options.events_since(cursor.window_start),
            probe: options.events_since(amp.unix_seconds().saturating_add(ignored_start::AHEAD)),
            retention: options.retention,
            is_first: options.cursor.is_none(),
            clocks: Clocks {
                host: amp.unix_seconds(),
                server: None,
            },
            latest_date: None,
            seen: SeenPart::default(),
            new: VecDeque::new(),
            hashes: BTreeSet::new(),
            oversized: BTreeSet::new(),
            may_touch: false,
            floor: 0,
            outside: Vec::new(),
            unchecked: 0,
            lists_older: false,
            total: None,
            readable_end: None,
            has_shifted: false,
            inserted: 0,
            longest: 0,
            is_contradicted: false,
            reported: Vec::new(),
            fetched: 0,
            repeated: 0,
            has_jumped: false,
            is_apart: false,
            asked_below: None,
            cursor,
        };
        scan.locate(scan.cursor.backlog).await?;
        Ok(scan)
    }

    /// Reads as many pages as it takes to account for the old end of the list, and to have `wanted` events to deliver.
    ///
    /// # Errors
    ///
    /// Returns the error of a request, unless there are events to deliver all the same.
    pub async fn run(&mut self, wanted: usize) -> Result<(), AmpError> {
        let read = self.read_pages(wanted).await;
        // So many late arrivals may be the doing of a server that has begun to ignore the start.
        if self.older_new() > ignored_start::UNSUSPICIOUS && self.ignores_any_start().await? {
            self.set_aside_older();
        }
        read
    }

    async fn read_pages(&mut self, wanted: usize) -> Result<(), AmpError> {
        let mut pages = 1;
        while pages < self.max_pages(wanted) {
            pages += 1;
            match self.next_state(wanted) {
                ScanState::Finished => return Ok(()),
                ScanState::Locating => self.locate_again().await?,
                ScanState::Descending => self.read_below().await?,
                ScanState::Ascending => {
                    if let Err(error) = self.read_above().await {
                        // What there is can be delivered; the next poll meets the error, with less to do.
                        return if self.new.is_empty() {
                            Err(error)
                        } else {
                            Ok(())
                        };
                    }
                }
            }
        }
        Ok(())
    }

    /// The most pages of this poll: twice those that the delivered and the requested entries fill, and some more. A server that
    /// returns smaller pages than requested takes more of them.
    fn max_pages(&self, wanted: usize) -> u64 {
        let mut listed = self.cursor.delivered.entries();
        // A list by arrival may contain all events that are remembered, each several times.
        if self.cursor.is_by_arrival || self.lists_older {
            let most = len(MAX_DELIVERED).saturating_mul(2);
            listed = self.total().unwrap_or(0).min(most).max(listed);
        }
        let entries = listed.saturating_add(len(wanted)).saturating_mul(2);
        entries / self.longest.saturating_sub(1).max(1) + SPARE_PAGES
    }

    fn next_state(&self, wanted: usize) -> ScanState {
        // A page more is worth its request if there is nothing yet, or if most of it is wanted.
        let worth = usize::try_from(self.page_size().div_ceil(2)).unwrap_or(1);
        let new = self.new.len();
        let is_enough = new > 0 && wanted.saturating_sub(new) < worth;
        let is_complete = self.is_complete();
        match self.seen.offsets() {
            _ if self.ignores_start() => ScanState::Finished,
            None if is_complete || self.total() == Some(0) => ScanState::Finished,
            None => ScanState::Locating,
            Some((begin, _)) if is_complete => {
                if begin == 0 || is_enough {
                    ScanState::Finished
                } else {
                    ScanState::Ascending
                }
            }
            // The oldest undelivered events are far below.
            Some((_, end))
                if !self.has_jumped
                    && !self.cursor.ignores_start
                    && !self.has_passed_start()
                    && self.end_of(self.undelivered()) > end.saturating_add(self.page_size()) =>
            {
                ScanState::Locating
            }
            // The next poll finds by number what is missing.
            Some(_) if self.seen.has_holes() => ScanState::Finished,
            Some(_) => ScanState::Descending,
        }
    }

    fn page_size(&self) -> u64 {
        self.amp.page_size().into()
    }

    /// How many entries a page is to have in common with what is above or below it: at least one, so that it joins, and some
    /// more, as entries are inserted at the front meanwhile and push it away.
    fn overlap(&self) -> u64 {
        let page = self.page_size();
        (page / OVERLAP)
            .max(self.inserted.saturating_mul(2))
            .clamp(1, (page / 2).max(1))
    }

    /// The offset behind the oldest of so many undelivered events and a few delivered ones. Delivered events from the future are
    /// above them and push them on; if there are many, the page that ends here does not end with a delivered event, and the
    /// next one is read too.
    fn end_of(&self, undelivered: u64) -> u64 {
        undelivered.saturating_add(self.overlap().min(self.cursor.delivered.entries()))
    }

    async fn locate_again(&mut self) -> Result<(), AmpError> {
        let above: u64 = match self.seen.offsets() {
            Some(_) => {
                self.has_jumped = true;
                let delivered = self.cursor.delivered.iter();
                delivered
                    .map(|event| u64::from(self.seen.count(event.hash)))
                    .sum()
            }
            None => 0,
        };
        self.locate(self.undelivered().saturating_add(above)).await
    }

    /// Restarts the scan at the page that ends with the oldest of so many undelivered events.
    async fn locate(&mut self, undelivered: u64) -> Result<(), AmpError> {
        self.new.clear();
        self.hashes.clear();
        self.outside.clear();
        self.seen = SeenPart::default();
        let page = self.page_size();
        // Where the start is ignored, the totals say nothing: the window is at the front of the list.
        let undelivered = if self.cursor.ignores_start {
            0
        } else {
            undelivered
        };
        let end = self
            .end_of(undelivered)
            .min(self.total().unwrap_or(u64::MAX));
        let offset = end.saturating_sub(page);
        let offset = self
            .cursor
            .offset_limit
            .map_or(offset, |limit| offset.min(limit));
        self.read(offset, page).await
    }

    async fn read_below(&mut self) -> Result<(), AmpError> {
        let Some((_, end)) = self.seen.offsets() else {
            return Ok(());
        };
        let page = self.page_size();
        if self.asked_below == Some(end) || self.is_oversized(self.seen.last()) {
            // The page that was requested with an entry of the seen part contained no other: is there anything at all, or do no
            // two entries fit into a response?
            return self.read(end, page).await;
        }
        self.asked_below = Some(end);
        self.read(end.saturating_sub(1), page.max(2)).await
    }

    fn is_oversized(&self, entry: Option<Entry>) -> bool {
        entry.is_some_and(|entry| self.oversized.contains(&entry.hash))
    }

    async fn read_above(&mut self) -> Result<(), AmpError> {
        let before = self.seen.offsets();
        let begin = before.map_or(0, |(begin, _)| begin);
        // A server that returns smaller pages than requested would never reach down to where the page should join. Nor would a page
        // that is too large and requested again from its beginning.
        let page = self.page_size().min(self.amp.largest_page());
        let length = if self.is_apart {
            page.min(self.longest)
        } else {
            page
        }
        .max(1);
        let overlap = if self.is_oversized(self.seen.first()) {
            0
        } else {
            self.overlap().min(length - 1)
        };
        let end = begin.saturating_add(overlap);
        let offset = end.saturating_sub(length);
        let offset = if self.floor < begin {
            offset.max(self.floor)
        } else {
            offset
        };
        self.may_touch = overlap == 0;
        let read = self.read(offset, end.saturating_sub(offset)).await;
        self.may_touch = false;
        read?;
        self.is_apart |= self.seen.offsets() == before;
        Ok(())
    }
}

/// A length as AMP's numbers are.
fn len(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
