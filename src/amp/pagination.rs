//! Lists in pages: exactly as many items as were requested with the fewest requests, or everything.
//!
//! Offsets are counted from what was received, and never taken from a response's links: so no response can send a request
//! elsewhere, or lead it in a circle. A page that is empty or repeats another although AMP reports more is requested once more;
//! after that its range is reported as missing, and the rest of the list is read.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::Amp;
use super::envelope::Answer;
use super::error::{AmpError, Cause};
use super::page::Page;
use super::request::Request;
use crate::concurrency::{Pending, side_by_side};
use crate::distinct::Distinct;

/// Pages of one list that may be absent before its total is taken for wrong, and nothing further is requested.
const MAX_ABSENT: usize = 8;

/// Pages one after another, from an offset on.
pub struct Pager<'a> {
    amp: &'a Amp<'a>,
    request: Request,
    offset: u64,
    is_done: bool,
    pages: SeenPages,
    /// Ranges that AMP did not return although it reports more.
    missing: Vec<Missing>,
}

/// A range of a list that could not be read: from an offset on, and why.
pub struct Missing {
    /// The range, as the user sees it: `page at offset 500`.
    pub range: String,
    /// Why it is missing.
    pub error: AmpError,
}

impl<'a> Pager<'a> {
    /// Begins at an offset. The request has neither limit nor offset yet.
    pub fn new(amp: &'a Amp<'a>, request: Request, offset: u64) -> Self {
        Self {
            amp,
            request,
            offset,
            is_done: false,
            pages: SeenPages::default(),
            missing: Vec::new(),
        }
    }

    /// Fetches the next page, of `want` items at most and never more than the page size. `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`Amp::send`]; also if the response contains no list. The page can then be requested again.
    pub async fn next(&mut self, want: u64) -> Result<Option<Page>, AmpError> {
        while !self.is_done && want > 0 {
            let wanted = want.min(u64::from(self.amp.page_size()));
            let page = self
                .amp
                .present_page(&self.request, self.offset, wanted, &self.pages)
                .await?;
            match page {
                Ok(page) => {
                    self.advance(self.offset.saturating_add(page.count), &page);
                    return Ok(Some(page));
                }
                Err(absent) => {
                    let end = self.offset.saturating_add(wanted).min(absent.total);
                    self.missing
                        .push(absent.missing(self.offset, end, &self.request));
                    self.offset = end;
                    self.is_done = end >= absent.total || self.missing.len() >= MAX_ABSENT;
                }
            }
        }
        Ok(None)
    }

    /// Moves to an offset, up to which the list was read with this page last. The total may be wrong, and a link may be there
    /// without need; an empty page is always the end.
    fn advance(&mut self, offset: u64, page: &Page) {
        self.offset = offset;
        let is_short = page.count < page.limit;
        self.is_done = page.count == 0
            || match page.answer.total {
                Some(total) => offset >= total && !page.answer.has_next,
                // Without a total, a list of the same items again would go on indefinitely.
                None => (is_short && !page.answer.has_next) || !self.pages.is_new(&page.answer),
            };
    }

    /// Whether the last page was fetched.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Offset of the next page.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The ranges that are missing so far.
    pub fn take_missing(&mut self) -> Vec<Missing> {
        std::mem::take(&mut self.missing)
    }
}

/// Hashes of the pages of a list, to recognize one that is sent again in place of another.
#[derive(Default)]
struct SeenPages(RefCell<BTreeSet<u64>>);

impl SeenPages {
    /// Remembers a page. False if an equal one was seen before.
    fn is_new(&self, answer: &Answer) -> bool {
        self.0.borrow_mut().insert(Self::hash(answer))
    }

    /// Whether an equal page was seen.
    fn contains(&self, answer: &Answer) -> bool {
        self.0.borrow().contains(&Self::hash(answer))
    }

    fn hash(answer: &Answer) -> u64 {
        let mut hasher = DefaultHasher::new();
        answer.data().unwrap_or_default().hash(&mut hasher);
        hasher.finish()
    }
}

/// A page that AMP did not return although it reports more.
struct Absent {
    /// What was received in its place.
    what: &'static str,
    /// All matches, as AMP reports them.
    total: u64,
}

impl Absent {
    /// The range from `offset` up to `end` as missing.
    fn missing(&self, offset: u64, end: u64, request: &Request) -> Missing {
        let Self { what, total } = self;
        let cause = format!(
            "it {what} although AMP reports {total} in total; numbers {} to {end} are missing",
            offset.saturating_add(1)
        );
        Missing {
            range: page_at(offset),
            error: AmpError::new(Cause::Malformed(cause)).of(request),
        }
    }
}

/// The name of a page in messages.
fn page_at(offset: u64) -> String {
    format!("page at offset {offset}")
}

/// The name of the rest of a list in messages.
fn everything_from(offset: u64) -> String {
    format!("everything from offset {offset} on")
}

/// The pages of a list that were received.
#[derive(Default)]
pub struct PagedList {
    /// The responses, in order.
    pub answers: Vec<Answer>,
    /// All matches, as AMP reported them last.
    pub total: Option<u64>,
    /// Ranges that are missing.
    pub missing: Vec<Missing>,
    /// Names of items that are larger than a response may be, and were skipped.
    pub oversized: Vec<String>,
    /// AMP reported another total from one page to the next, so the list changed while it was read.
    pub has_changed: bool,
    /// The most items that were requested.
    limit: Option<u64>,
}

impl PagedList {
    fn push(&mut self, page: Page) {
        let total = page.answer.total;
        if let Some(name) = page.oversized {
            self.oversized.push(name);
            return;
        }
        self.has_changed |= !self.answers.is_empty() && self.total != total;
        self.total = total;
        self.answers.push(page.answer);
    }

    /// The items of all pages that can be read, each once and no more than were requested: in a list that shifts while it is
    /// read, some are received twice. `id` returns what identifies an item; an item without is always kept.
    ///
    /// # Errors
    ///
    /// Returns an error if a response contains no list.
    pub fn items(
        &self,
        request: &Request,
        id: fn(&str) -> Option<String>,
    ) -> Result<Vec<&str>, AmpError> {
        let mut items = Vec::new();
        let mut seen = Distinct::default();
        for answer in &self.answers {
            for (index, item) in answer.items(request)?.into_iter().enumerate() {
                if answer.is_unreadable(index) {
                    continue;
                }
                // Duplicates within a single page are AMP's own.
                if self.answers.len() < 2 || id(item).is_none_or(|id| seen.is_new(id)) {
                    items.push(item);
                }
            }
        }
        if let Some(limit) = self.limit {
            items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(items)
    }

    /// Fails if a list was requested and not one page of it came.
    fn or_first_error(mut self) -> Result<Self, AmpError> {
        if self.answers.is_empty() && self.oversized.is_empty() && !self.missing.is_empty() {
            return Err(self.missing.swap_remove(0).error);
        }
        Ok(self)
    }
}

impl Amp<'_> {
    /// Fetches a page; one that is absent although AMP reports more is requested once more.
    async fn present_page(
        &self,
        request: &Request,
        offset: u64,
        limit: u64,
        pages: &SeenPages,
    ) -> Result<Result<Page, Absent>, AmpError> {
        let mut absent = None;
        for _ in 0..2 {
            let page = self.page(request, offset, limit).await?;
            let Some(total) = page.answer.total.filter(|total| *total > offset) else {
                return Ok(Ok(page));
            };
            let what = if page.count == 0 {
                "is empty"
            } else if page.has_different_items(request) && pages.contains(&page.answer) {
                "repeats another page"
            } else {
                pages.is_new(&page.answer);
                return Ok(Ok(page));
            };
            self.drop_answer(page.answer);
            absent = Some(Absent { what, total });
        }
        Ok(Err(absent.unwrap_or(Absent {
            what: "is empty",
            total: 0,
        })))
    }

    /// Fetches the first `limit` items from an offset on, with the fewest requests. If a later page fails, the earlier ones are kept.
    ///
    /// # Errors
    ///
    /// Returns the error of the first page.
    pub async fn list(
        &self,
        request: &Request,
        offset: u64,
        limit: u64,
    ) -> Result<PagedList, AmpError> {
        let mut pager = Pager::new(self, request.clone(), offset);
        let mut list = PagedList {
            limit: Some(limit),
            ..PagedList::default()
        };
        let first = pager.next(limit).await?;
        let left = limit.saturating_sub(first.as_ref().map_or(0, |page| page.count));
        first.into_iter().for_each(|page| list.push(page));
        self.read_on(&mut pager, left, &mut list).await;
        list.or_first_error()
    }

    /// Fetches every item from an offset on: the first page reports how many there are, the others are read concurrently.
    ///
    /// # Errors
    ///
    /// Returns the error of the first page.
    pub async fn list_all(&self, request: &Request, offset: u64) -> Result<PagedList, AmpError> {
        let mut pager = Pager::new(self, request.clone(), offset);
        let mut list = PagedList::default();
        let Some(first) = pager.next(u64::MAX).await? else {
            list.missing = pager.take_missing();
            return list.or_first_error();
        };
        // A server that returns smaller pages than requested sets the step.
        let step = first.count.min(self.page_size().into());
        let (begin, end) = (pager.offset(), first.answer.total.unwrap_or(0));
        list.push(first);
        if pager.is_done() {
            return Ok(list);
        }

        // A range that fails, or that is beyond the end of the list whatever its total says, is the last to be started.
        let (is_stopped, next, absent) = (Cell::new(false), Cell::new(begin), Cell::new(0));
        let pages = &pager.pages;
        let mut ranges = std::iter::from_fn(|| {
            let offset = next.get();
            if is_stopped.get() || offset >= end {
                return None;
            }
            next.set(offset.saturating_add(step));
            let (is_stopped, absent) = (&is_stopped, &absent);
            Some(Box::pin(async move {
                let range = self.range(request, offset, step, end, pages).await;
                absent.set(absent.get() + range.missing.len());
                let is_end = range.failed.is_some() || range.is_last;
                is_stopped.set(is_stopped.get() || is_end || absent.get() >= MAX_ABSENT);
                range
            }) as Pending<'_, PageRange>)
        });
        let ranges = side_by_side(&|| self.in_flight(), &mut ranges).await;
        let (mut is_ended, mut failed) = (false, None);
        for range in ranges {
            is_ended |= range.is_last;
            for page in range.pages {
                pager.advance(range.end, &page);
                list.push(page);
            }
            if let Some(missing) = range.missing.first()
                && absent.get() >= MAX_ABSENT
            {
                failed = Some(missing.error.clone());
            }
            list.missing.extend(range.missing);
            if let Some(error) = range.failed {
                failed = Some(error.clone());
                list.missing.push(Missing {
                    range: page_at(range.end),
                    error,
                });
            }
        }
        match failed {
            Some(error) if next.get() < end => list.missing.push(Missing {
                range: everything_from(next.get()),
                error,
            }),
            Some(_) => {}
            // The list may have grown meanwhile, or reported no total.
            None if !is_ended => self.read_on(&mut pager, u64::MAX, &mut list).await,
            None => {}
        }
        list.or_first_error()
    }

    /// Reads further pages, up to `left` items, until one fails.
    async fn read_on(&self, pager: &mut Pager<'_>, mut left: u64, list: &mut PagedList) {
        let failed = loop {
            match pager.next(left).await {
                Ok(Some(page)) => {
                    left = left.saturating_sub(page.count);
                    list.push(page);
                }
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        list.missing.extend(pager.take_missing());
        list.missing.extend(failed.map(|error| Missing {
            range: everything_from(pager.offset()),
            error,
        }));
    }

    /// Reads a range of a list, in one page unless the server returns less. Nothing beyond the end of the list is requested again.
    async fn range(
        &self,
        request: &Request,
        offset: u64,
        length: u64,
        list_end: u64,
        pages: &SeenPages,
    ) -> PageRange {
        let mut range = PageRange {
            pages: Vec::new(),
            end: offset,
            missing: Vec::new(),
            failed: None,
            is_last: false,
        };
        let end = offset.saturating_add(length).min(list_end);
        while range.end < end && !range.is_last && range.failed.is_none() {
            let limit = offset.saturating_add(length).saturating_sub(range.end);
            match self.present_page(request, range.end, limit, pages).await {
                Ok(Ok(page)) => {
                    range.is_last = page.count == 0;
                    range.end = range.end.saturating_add(page.count);
                    range.pages.push(page);
                }
                Ok(Err(absent)) => {
                    range.missing.push(absent.missing(range.end, end, request));
                    range.end = end;
                }
                Err(error) => range.failed = Some(error),
            }
        }
        range
    }
}

/// A range of a list.
struct PageRange {
    pages: Vec<Page>,
    /// Offset behind its last item.
    end: u64,
    /// What is missing in it.
    missing: Vec<Missing>,
    /// Why it was read no further than `end`.
    failed: Option<AmpError>,
    /// The list ends in it.
    is_last: bool,
}
