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
        let is_rejected = |error: &AmpError| error.cause == Cause::Rejected && offset > 0;
        let mut page = self.amp.page(&self.request, offset, limit).await;
        // What is given up must not depend on a single response, unless it names the largest offset.
        if page
            .as_ref()
            .is_err_and(|error| is_rejected(error) && named_limit(error, offset).is_none())
        {
            page = self.amp.page(&self.request, offset, limit).await;
        }
        match page {
            Ok(page) => Ok((offset, page)),
            Err(error) if is_rejected(&error) => {
                let (offset, page) = self.largest_page(offset, limit, error).await?;
                self.cursor.offset_limit = Some(offset);
                self.readable_end = Some(offset.saturating_add(page.count));
                Ok((offset, page))
            }
            Err(error) => Err(error),
        }
    }

    /// Finds the page at the largest accepted offset: the one that AMP's message names, else by bisection to within a page.
    pub(super) async fn largest_page(
        &self,
        rejected: u64,
        limit: u64,
        error: AmpError,
    ) -> Result<(u64, Page), AmpError> {
        let named = named_limit(&error, rejected);
        let (mut accepted, mut too_large) = (None, rejected);
        let mut candidate = named.unwrap_or(rejected / 2);
        loop {
            match self.amp.page(&self.request, candidate, limit).await {
                Ok(page) if named == Some(candidate) => return Ok((candidate, page)),
                Ok(page) => accepted = Some((candidate, page)),
                Err(error) if error.cause == Cause::Rejected && candidate > 0 => {
                    too_large = candidate;
                }
                Err(error) => return Err(error),
            }
            let low = accepted.as_ref().map_or(0, |(offset, _)| *offset);
            if too_large.saturating_sub(low) <= self.page_size() {
                if let Some(accepted) = accepted {
                    return Ok(accepted);
                }
                candidate = 0;
            } else {
                candidate = low + (too_large - low) / 2;
            }
        }
    }
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
