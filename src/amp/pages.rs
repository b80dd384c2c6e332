//! Lists in pages (reference, section 2.2): just as many items as were asked for with the fewest requests, or everything.
//!
//! Offsets are counted from what came, and never taken from an answer's links: so no answer can send a request elsewhere,
//! nor lead it in a circle.

use std::cell::Cell;

use super::Amp;
use super::envelope::Answer;
use super::error::AmpError;
use super::request::Request;
use crate::concurrency::{Pending, side_by_side};
use crate::distinct::Distinct;

/// One page.
pub struct Page {
    /// The answer.
    pub answer: Answer,
    /// How many items it has.
    pub count: u64,
}

/// Pages one after another, from an offset on.
pub struct Pager<'a> {
    amp: &'a Amp<'a>,
    request: Request,
    offset: u64,
    done: bool,
    /// The items of the last page, where the list tells no total: the same ones again would go on for ever.
    last: String,
}

impl<'a> Pager<'a> {
    /// Begins at an offset. The request has neither limit nor offset yet.
    pub fn new(amp: &'a Amp<'a>, request: Request, offset: u64) -> Self {
        Self {
            amp,
            request,
            offset,
            done: false,
            last: String::new(),
        }
    }

    /// The next page, of `want` items at the most and never more than the page size; none after the last.
    ///
    /// # Errors
    ///
    /// As [`Amp::send`]; also if the answer holds no list. The page can then be asked for again.
    pub async fn next(&mut self, want: u64) -> Result<Option<Page>, AmpError> {
        if self.done || want == 0 {
            return Ok(None);
        }
        let asked = want.min(u64::from(self.amp.page_size()));
        let page = self.amp.page(&self.request, self.offset, asked).await?;
        self.came_to(
            self.offset.saturating_add(page.count),
            &page,
            page.count < asked,
        );
        Ok(Some(page))
    }

    /// The list was read up to an offset, with a page that came short of what was asked for or not. The total may be wrong, and a link may be
    /// there without need; an empty page is always the end.
    fn came_to(&mut self, offset: u64, page: &Page, short: bool) {
        self.offset = offset;
        self.done = page.count == 0
            || match page.answer.total {
                Some(total) => offset >= total && !page.answer.has_next,
                None => (short && !page.answer.has_next) || self.repeats(&page.answer),
            };
    }

    fn repeats(&mut self, answer: &Answer) -> bool {
        let data = answer.data().unwrap_or_default();
        let repeats = data == self.last;
        data.clone_into(&mut self.last);
        repeats
    }

    /// Whether the last page came.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Where the next page would begin.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

/// What came of a list.
#[derive(Default)]
pub struct Listing {
    /// The answers, in order.
    pub answers: Vec<Answer>,
    /// All matches, as AMP counted them with the last answer.
    pub total: Option<u64>,
    /// Parts that failed while others came: which, and why.
    pub failed: Vec<(String, AmpError)>,
    /// AMP counted differently from one page to the next, so the list changed while it was read.
    pub changed: bool,
    /// The most items that were asked for.
    limit: Option<u64>,
}

impl Listing {
    fn push(&mut self, page: Page) {
        self.changed |= !self.answers.is_empty() && self.total != page.answer.total;
        self.total = page.answer.total;
        self.answers.push(page.answer);
    }

    /// The items of all pages, each once and no more than were asked for: in a list that slides while it is read, some come twice. `id` gives
    /// what tells them apart; an item without stays.
    ///
    /// # Errors
    ///
    /// If an answer holds no list.
    pub fn items(
        &self,
        request: &Request,
        id: fn(&str) -> Option<String>,
    ) -> Result<Vec<&str>, AmpError> {
        let mut items = Vec::new();
        let mut seen = Distinct::default();
        for answer in &self.answers {
            for item in answer.items(request)? {
                // A single page is AMP's own business.
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
}

impl Amp<'_> {
    /// One page of a list: `limit` items from an offset on.
    ///
    /// # Errors
    ///
    /// As [`Amp::send`]; also if the answer holds no list.
    pub async fn page(&self, request: &Request, offset: u64, limit: u64) -> Result<Page, AmpError> {
        let request = request
            .clone()
            .query("limit", limit)
            .query_if("offset", (offset > 0).then_some(offset));
        let answer = self.send(&request).await?;
        let count = u64::try_from(answer.items(&request)?.len()).unwrap_or(u64::MAX);
        Ok(Page { answer, count })
    }

    /// The first `limit` items from an offset on, with the fewest requests. If a later page fails, the earlier ones are kept.
    ///
    /// # Errors
    ///
    /// That of the first page.
    pub async fn list(
        &self,
        request: &Request,
        offset: u64,
        limit: u64,
    ) -> Result<Listing, AmpError> {
        let mut pager = Pager::new(self, request.clone(), offset);
        let mut listing = Listing {
            limit: Some(limit),
            ..Listing::default()
        };
        let first = pager.next(limit).await?;
        let left = limit.saturating_sub(first.as_ref().map_or(0, |page| page.count));
        first.into_iter().for_each(|page| listing.push(page));
        self.go_on(&mut pager, left, &mut listing).await;
        Ok(listing)
    }

    /// Every item from an offset on: the first page tells how many there are, the others follow side by side. What fails is named in the listing.
    ///
    /// # Errors
    ///
    /// That of the first page.
    pub async fn list_all(&self, request: &Request, offset: u64) -> Result<Listing, AmpError> {
        let mut pager = Pager::new(self, request.clone(), offset);
        let mut listing = Listing::default();
        let Some(first) = pager.next(u64::MAX).await? else {
            return Ok(listing);
        };
        // A cloud that gives smaller pages than it was asked for sets the step.
        let step = first.count.min(self.page_size().into());
        let (begin, end) = (pager.offset(), first.answer.total.unwrap_or(0));
        listing.push(first);
        if pager.is_done() {
            return Ok(listing);
        }

        // A part that fails, or that is beyond the end of the list whatever its total says, is the last to be begun.
        let (stopped, next) = (Cell::new(false), Cell::new(begin));
        let mut parts = std::iter::from_fn(|| {
            let offset = next.get();
            if stopped.get() || offset >= end {
                return None;
            }
            next.set(offset.saturating_add(step));
            let stopped = &stopped;
            Some(Box::pin(async move {
                let part = self.part(request, offset, step, end).await;
                stopped.set(stopped.get() || part.failed.is_some() || part.ended);
                part
            }) as Pending<'_, Part>)
        });
        let parts = side_by_side(&|| self.in_flight(), &mut parts).await;
        let mut ended = false;
        for part in parts {
            ended |= part.ended;
            for page in part.pages {
                pager.came_to(part.end, &page, false);
                listing.push(page);
            }
            if let Some((offset, error)) = part.failed {
                listing
                    .failed
                    .push((format!("page at offset {offset}"), error));
            }
        }
        match listing.failed.last().map(|(_, error)| error.clone()) {
            Some(error) if next.get() < end => {
                listing
                    .failed
                    .push((format!("everything from offset {} on", next.get()), error));
            }
            Some(_) => {}
            // The list may have grown meanwhile, or did not tell its total.
            None if !ended => self.go_on(&mut pager, u64::MAX, &mut listing).await,
            None => {}
        }
        Ok(listing)
    }

    /// Further pages, up to `left` items, until one fails.
    async fn go_on(&self, pager: &mut Pager<'_>, mut left: u64, listing: &mut Listing) {
        loop {
            match pager.next(left).await {
                Ok(Some(page)) => {
                    left = left.saturating_sub(page.count);
                    listing.push(page);
                }
                Ok(None) => return,
                Err(error) => {
                    listing.failed.push((
                        format!("everything from offset {} on", pager.offset()),
                        error,
                    ));
                    return;
                }
            }
        }
    }

    /// A part of a list, in one page unless the cloud gives less; what is beyond the list's end is not asked for again.
    async fn part(&self, request: &Request, offset: u64, length: u64, list_end: u64) -> Part {
        let mut part = Part {
            pages: Vec::new(),
            end: offset,
            failed: None,
            ended: false,
        };
        let end = offset.saturating_add(length);
        while part.end < end.min(list_end) && !part.ended && part.failed.is_none() {
            match self.page(request, part.end, end - part.end).await {
                Ok(page) => {
                    part.ended = page.count == 0;
                    part.end = part.end.saturating_add(page.count);
                    part.pages.push(page);
                }
                Err(error) => part.failed = Some((part.end, error)),
            }
        }
        part
    }
}

/// A part of a list.
struct Part {
    pages: Vec<Page>,
    /// The offset behind its last item.
    end: u64,
    /// Where it failed, and why.
    failed: Option<(u64, AmpError)>,
    /// There is nothing more in the list.
    ended: bool,
}
