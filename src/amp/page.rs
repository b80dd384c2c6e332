//! One page of a list, as large as a response may be: a page that is too large is requested again in halves.

use super::Amp;
use super::envelope::Answer;
use super::error::{AmpError, Cause};
use super::flaw::item_name;
use super::request::Request;
use crate::http::HttpError;

/// One page.
pub struct Page {
    /// The response. That of an oversized item contains the item as far as it was read.
    pub answer: Answer,
    /// How many items it has.
    pub count: u64,
    /// How many were requested.
    pub limit: u64,
    /// The page is a single item that alone exceeds the limit of a response. This is its name for messages.
    pub oversized: Option<String>,
}

impl Amp<'_> {
    /// The most items that may fit into a page, as far as larger ones were too large.
    pub fn largest_page(&self) -> u64 {
        self.largest_page.get()
    }

    /// Fetches a page of a list: at most `limit` items from an offset on; fewer if they would be too large for one response.
    ///
    /// # Errors
    ///
    /// As [`Amp::send`]; also if the response contains no list.
    pub async fn page(&self, request: &Request, offset: u64, limit: u64) -> Result<Page, AmpError> {
        let mut limit = limit.min(self.largest_page.get());
        loop {
            let request = request
                .clone()
                .query("limit", limit)
                .query_if("offset", (offset > 0).then_some(offset));
            // Once much was received, it is the sum that is too large, and smaller pages would not help.
            let is_first = self.gathered.get() <= self.connection.max_body_bytes / 2;
            match self.send(&request).await {
                Ok(answer) => {
                    let count = u64::try_from(answer.items(&request)?.len()).unwrap_or(u64::MAX);
                    return Ok(Page {
                        answer,
                        count,
                        limit,
                        oversized: None,
                    });
                }
                Err(error) if is_too_large(&error) && is_first && limit > 1 => {
                    limit = limit.div_ceil(2);
                    self.largest_page.set(limit);
                }
                Err(error) if is_too_large(&error) && is_first && error.first_item.is_some() => {
                    self.largest_page.set(u64::MAX);
                    let answer =
                        Answer::of_first_item(error.first_item.as_deref().unwrap_or_default());
                    let name = answer
                        .items(&request)?
                        .first()
                        .and_then(|item| item_name(item))
                        .unwrap_or_else(|| format!("at offset {offset}"));
                    return Ok(Page {
                        answer,
                        count: 1,
                        limit,
                        oversized: Some(format!("{} {name}", request.subject)),
                    });
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn is_too_large(error: &AmpError) -> bool {
    matches!(error.cause, Cause::Http(HttpError::TooLarge(_)))
}
