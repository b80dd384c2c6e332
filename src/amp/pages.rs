//! Lists in pages (reference, section 2.2): just as many items as were asked for with the fewest requests, or everything.
//!
//! Offsets are counted from what came, and never taken from an answer's links: so no answer can send a request elsewhere,
//! nor lead it in a circle.

use std::collections::BTreeSet;

use super::Amp;
use super::envelope::Answer;
use super::error::AmpError;
use super::request::Request;
use crate::concurrency::side_by_side;
use crate::http::Pending;

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
}

impl<'a> Pager<'a> {
    /// Begins at an offset. The request has neither limit nor offset yet.
    pub fn new(amp: &'a Amp<'a>, request: Request, offset: u64) -> Self {
        Self {
            amp,
            request,
            offset,
            done: false,
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
        self.offset = self.offset.saturating_add(page.count);
        self.done = page.count == 0
            || match page.answer.total {
                Some(total) => self.offset >= total,
                None => !page.answer.has_next && page.count < asked,
            };
        Ok(Some(page))
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
    /// Pages that failed while others came: the offset of each, and why.
    pub failed: Vec<(u64, AmpError)>,
    /// AMP counted differently from one page to the next, so the list changed while it was read.
    pub changed: bool,
}

impl Listing {
    fn push(&mut self, page: Page) {
        self.changed |= !self.answers.is_empty() && self.total != page.answer.total;
        self.total = page.answer.total;
        self.answers.push(page.answer);
    }

    /// The items of all pages, each once: in a list that slides while it is read, some come twice. `id` gives what tells them apart; an item
    /// without stays.
    pub fn items(
        &self,
        request: &Request,
        id: fn(&str) -> Option<String>,
    ) -> Result<Vec<&str>, AmpError> {
        let mut items = Vec::new();
        let mut seen = BTreeSet::new();
        for answer in &self.answers {
            for item in answer.items(request)? {
                // A single page is AMP's own business.
                if self.answers.len() < 2 || id(item).is_none_or(|id| seen.insert(id)) {
                    items.push(item);
                }
            }
        }
        Ok(items)
    }
}

impl Amp<'_> {
    /// One page of a list.
    async fn page(&self, request: &Request, offset: u64, limit: u64) -> Result<Page, AmpError> {
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
        let mut listing = Listing::default();
        let mut left = limit;
        loop {
            match pager.next(left).await {
                Ok(Some(page)) => {
                    left = left.saturating_sub(page.count);
                    listing.push(page);
                }
                Ok(None) => return Ok(listing),
                Err(error) if listing.answers.is_empty() => return Err(error),
                Err(error) => {
                    listing.failed.push((pager.offset(), error));
                    return Ok(listing);
                }
            }
        }
    }

    /// Every item from an offset on: the first page tells how many there are, the others follow side by side. Pages that fail are
    /// named in the listing.
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
        let step = first.count.max(1);
        let end = first.answer.total.unwrap_or(0);
        listing.push(first);
        let offsets: Vec<u64> =
            std::iter::successors(Some(pager.offset()), |offset| offset.checked_add(step))
                .take_while(|offset| *offset < end)
                .collect();
        let pages = offsets
            .iter()
            .map(|offset| -> Pending<'_, _> { Box::pin(self.page(request, *offset, step)) })
            .collect();
        let pages = side_by_side(&|| self.in_flight(), pages).await;
        for (offset, page) in offsets.into_iter().zip(pages) {
            match page {
                Ok(page) => {
                    pager.offset = offset.saturating_add(page.count);
                    pager.done = page.answer.total.is_none_or(|total| pager.offset >= total)
                        && !page.answer.has_next;
                    listing.push(page);
                }
                Err(error) => listing.failed.push((offset, error)),
            }
        }
        // The list may have grown meanwhile, or did not tell its total.
        while listing.failed.is_empty() {
            match pager.next(u64::MAX).await {
                Ok(Some(page)) => listing.push(page),
                Ok(None) => break,
                Err(error) => listing.failed.push((pager.offset(), error)),
            }
        }
        Ok(listing)
    }
}
