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
//! not for the first one. A backlog of any size is so drained from its old end, a page at a time, at a request for nearly 500 events and
//! in the memory of one page; the list is never read from its front to its end. The cursor keeps how many are waiting, so even the first request of a
//! poll is aimed well; what has come in meanwhile shows in T, and a second request fetches what it pushed out of the page.
//!
//! # Why nothing is lost
//!
//! An event *counts* if it was listed at most W, the late window, after the second in which it happened. The claim: every event that counts is
//! returned in some poll. Only moving S can lose an event, as all events from S on stay in L. A poll moves S to P - W, where P is the second of the
//! newest event that it returns, or the server's own time at its first answer if that is earlier (so that an event from the far future moves nothing),
//! and only if its section of the list is *complete* at the old end: the pages that it holds reach down to a known event, and the number of events below them, T minus the
//! offset of their end, equals the number of known events that they do not hold. Take any event e that counts, with its second before P - W.
//!
//! - e was listed before the first answer of this poll. It is then among the T events of L. It is not above the returned ones, as the list is in the order of time
//!   and they are its oldest unknown part; it is not below the pages, as all that is there is known, by number. So it was in them and is returned now or was before.
//! - e was listed after that answer. Then its second is at least that moment minus W, as e counts; and that moment is not before P. So its
//!   second is not before P - W, against the assumption.
//!
//! What may come in late below what was returned is found by number too: then the numbers do not agree, and the poll reads on, down to the end if it must.
//! An event that slides between two requests is moved to a higher offset, where the next page finds it again; the ids tell that it is the same. Expiry takes
//! only the oldest of L, known ones before all others. It makes T too small, so that less is taken for unknown than there is; then the page ends with an
//! event that is not known, and the poll reads on. After an outage of weeks, in which known ones may have expired, the numbers are not looked at: only the end of the list counts.
//!
//! AMP's word is not taken where it contradicts itself. A list that is empty although events are known or wait, pages that repeat events in place of
//! others, a total below a page that has a next one: the section is not complete then, S stays, and a later poll sees all of it. The server's time moves
//! S by itself only as far as the host's clock agrees. A server that wrongly says that there are fewer events than there are, and no further page, is believed.
//!
//! A poll that returns everything also moves P to the server's time at its first answer: nothing that counts can still come in before that minus W. So S
//! keeps moving where no events come, or where a filter lets few through. Times are the server's own (RFC 9110's `Date`), so that a wrong clock of the host loses nothing.
//!
//! # Why nothing is doubled
//!
//! A returned event stays among the known as long as its second is S or later. Before S it is not listed any more. So it is never
//! unknown again. The host stores signals and cursor together; if it dies before, it holds neither. Known events are taken for expired only if they are older
//! than all that the list holds. After a change of filters the list leaves out some that are known: until S has passed the position of that time,
//! only a section that reaches the end of the list is complete.
//!
//! # What it costs
//!
//! A backlog of n events takes about n / 493 requests (a page of 500 has seven events in common with what is below, as the list slides), and one or two more. Late events below
//! what was returned cost more, up to the pages that all known events fill: nine. The cursor's size is
//! bounded by the events in one late window, and by [`cursor::MOST_KNOWN`]: in a burst that has more of them, S is moved up until that many are left, which shortens the window for
//! that time, and the report says so. Events of the newest second, and those whose time is still to come, are always kept, however many they are.

mod batch;
pub mod cursor;
mod fetched;
mod request;
mod section;
mod signal;
#[cfg(test)]
mod tests;

use crate::amp::Amp;
use crate::commands::CommandError;
use crate::contract::exports::conductor::secure_endpoint::intake::{Batch, PollRequest};
use cursor::Cursor;
use request::Ask;
use section::Section;

/// How far the clocks of host and server may be apart before the first window is counted by the server's.
const CLOCK_TOLERANCE: i64 = 300;

/// Fetches the next batch of events.
///
/// # Errors
///
/// A request that cannot be right; whatever keeps AMP from answering. Nothing has changed then.
pub async fn poll(amp: &Amp<'_>, request: &PollRequest) -> Result<Batch, CommandError> {
    let server = amp.connection().origin.to_string();
    let ask = Ask::check(request, &server)?;
    poll_for(amp, &ask, &server).await
}

async fn poll_for(amp: &Amp<'_>, ask: &Ask, server: &str) -> Result<Batch, CommandError> {
    let host_now = amp.unix_seconds();
    let cursor = ask.cursor.clone().unwrap_or_else(|| first(host_now, ask));
    let mut section = Section::open(amp, ask, cursor).await?;
    if ask.cursor.is_none()
        && let Some(now) = section.now
        && (now - host_now).abs() > CLOCK_TOLERANCE
    {
        section = Section::open(amp, ask, first(now, ask)).await?;
    }
    section.complete(ask.max_signals).await?;
    Ok(section.batch(ask, host_now, server))
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
