//! Lists of which AMP rejects large offsets: the largest one that it accepts ends the list.

use crate::amp::error::{AmpError, Cause};
use crate::amp::page::Page;

use super::PollScan;

impl PollScan<'_> {
    /// Fetches a page at an offset, or at the largest offset that AMP accepts if it rejects that one. Returns the offset too.
    pub(super) async fn readable_page(
        &mut self,
        offset: u64,
        limit: u64,
    ) -> Result<(u64, Page), AmpError> {
        match self.amp.page(&self.request, offset, limit).await {
            Ok(page) => Ok((offset, page)),
            Err(error) if is_rejected(&error) && offset > 0 => {
                self.largest_page(offset, limit, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// Finds the page at the largest accepted offset by bisection, to within a page. What AMP's message names is tried first.
    ///
    /// What is given up must not depend on a single response: if the smallest rejected offset is accepted when it is requested
    /// once more, it was another error that passed, and there is no limit.
    async fn largest_page(
        &mut self,
        rejected: u64,
        limit: u64,
        error: AmpError,
    ) -> Result<(u64, Page), AmpError> {
        let named = named_limit(&error, rejected);
        let (mut accepted, mut too_large) = (None, rejected);
        let mut candidate = named.unwrap_or(rejected / 2);
        loop {
            match self.amp.page(&self.request, candidate, limit).await {
                Ok(page) => self.accept(&mut accepted, candidate, page),
                Err(error) if is_rejected(&error) && candidate > 0 => too_large = candidate,
                Err(error) => return Err(error),
            }
            let low = accepted.as_ref().map_or(0, |(offset, _)| *offset);
            let page_size = self.page_size();
            candidate = if too_large.saturating_sub(low) > page_size {
                // A limit that was named is soon confirmed.
                let is_named = named == Some(low) && candidate == low;
                let next = low.saturating_add(page_size);
                if is_named {
                    next
                } else {
                    low.midpoint(too_large)
                }
            } else if accepted.is_none() && candidate > 0 {
                0
            } else {
                break;
            };
        }
        match (
            self.amp.page(&self.request, too_large, limit).await,
            accepted,
        ) {
            (Err(error), Some((offset, page))) if is_rejected(&error) => {
                self.cursor.offset_limit = Some(offset);
                self.readable_end = Some(offset.saturating_add(page.count));
                Ok((offset, page))
            }
            (Err(error), _) => Err(error),
            // The original offset is beyond that page.
            (Ok(page), _) if too_large < rejected => {
                self.amp.drop_answer(page.answer);
                Err(error)
            }
            (Ok(page), _) => Ok((rejected, page)),
        }
    }

    /// Keeps the page at the largest accepted offset, and no other.
    fn accept(&self, accepted: &mut Option<(u64, Page)>, offset: u64, page: Page) {
        if let Some((_, before)) = accepted.replace((offset, page)) {
            self.amp.drop_answer(before.answer);
        }
    }
}

/// Whether AMP itself rejects a request, and nothing in front of it.
fn is_rejected(error: &AmpError) -> bool {
    error.cause == Cause::Rejected && error.from_amp
}

/// The largest number below a rejected offset that AMP's message about an offset names.
fn named_limit(error: &AmpError, rejected: u64) -> Option<u64> {
    let message = error.said().filter(|message| message.contains("offset"))?;
    message
        .split(|character: char| !character.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .filter(|number| (1..rejected).contains(number))
        .max()
}
