//! Polling: events as signals, each once, the oldest first.
//!
//! A poll is a scan of AMP's list ([`scan`]), from which a batch and the next cursor are made ([`batch`]). `docs/intake.md` has
//! the model of the list, the algorithm, and the argument why no event is lost or duplicated, with the same names.

mod batch;
mod clocks;
pub mod cursor;
mod delivered;
mod event_type;
mod new_event;
mod options;
mod scan;
mod seen_part;
mod signal;
#[cfg(test)]
mod tests;

use crate::amp::{Amp, timestamp};
use crate::commands::CommandError;
use crate::contract::exports::conductor::secure_endpoint::intake::{Batch, PollRequest};
use cursor::Cursor;
use options::PollOptions;
use scan::PollScan;

/// Fetches the next batch of events.
///
/// # Errors
///
/// Returns an error about an invalid request, or the error of a request to AMP. Nothing has changed then.
pub async fn poll(amp: &Amp<'_>, request: &PollRequest) -> Result<Batch, CommandError> {
    let server = amp.connection().origin.to_string();
    let options = PollOptions::check(request, &server)?;
    poll_with(amp, &options, &server).await
}

async fn poll_with(
    amp: &Amp<'_>,
    options: &PollOptions,
    server: &str,
) -> Result<Batch, CommandError> {
    let host_now = amp.unix_seconds();
    let cursor = options
        .cursor
        .clone()
        .unwrap_or_else(|| first_cursor(host_now, options));
    let mut scan = PollScan::open(amp, options, cursor).await?;
    let mut remarks = Vec::new();
    let clocks = scan.clocks;
    if options.cursor.is_none() && clocks.disagree() && clocks.earliest() < host_now {
        // The first window is that of the earlier clock, so that nothing is outside it if that is the right one.
        scan = PollScan::open(amp, options, first_cursor(clocks.earliest(), options)).await?;
    } else if scan.cursor.window_start > clocks.latest() {
        let start = clocks.earliest().saturating_sub(options.late_window);
        remarks.push(format!(
            "The cursor's window started at {}, in the future; it now starts at {}.",
            timestamp::rfc3339(scan.cursor.window_start),
            timestamp::rfc3339(start)
        ));
        let cursor = Cursor {
            window_start: start,
            watermark: clocks.earliest(),
            backlog: 0,
            ..scan.cursor
        };
        scan = PollScan::open(amp, options, cursor).await?;
    }
    scan.run(options.max_signals).await?;
    Ok(scan.batch(options, server, remarks))
}

/// The cursor of a poll that has none.
fn first_cursor(now: i64, options: &PollOptions) -> Cursor {
    let start = now.saturating_sub(options.first_window);
    Cursor {
        window_start: start,
        watermark: start,
        filters: options.filters(),
        ..Cursor::default()
    }
}
