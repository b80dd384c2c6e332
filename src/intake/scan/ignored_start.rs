//! A server that lists events from before the start of the window, whatever that is.

use crate::amp::decode::decode;
use crate::amp::error::AmpError;
use crate::amp::event::Event;

use super::PollScan;

/// How far ahead of the host's clock the start of the probe is, in seconds: ten years, so that it is after both clocks unless one
/// of them is very wrong, and nothing has happened or arrived there.
pub(super) const AHEAD: i64 = 3_660 * 86_400;

/// Late arrivals of one poll that are not worth a probe.
pub(super) const UNSUSPICIOUS: u32 = 100;

impl PollScan<'_> {
    /// Undelivered events that are older than the start.
    pub(super) fn older_new(&self) -> u32 {
        let start = self.cursor.window_start;
        let older = self.new.iter().filter(|event| event.second < start);
        u32::try_from(older.count()).unwrap_or(u32::MAX)
    }

    /// Requests the events since a start in the future. A server that filters, by time or by arrival, lists none from before it.
    pub(super) async fn ignores_any_start(&self) -> Result<bool, AmpError> {
        let start = self.clocks.host.saturating_add(AHEAD);
        let page = self.amp.page(&self.probe, 0, 1).await?;
        let items = page.answer.items(&self.probe)?;
        let is_older = items.first().is_some_and(|item| {
            let event: Event = decode(item);
            event.seconds().is_some_and(|second| second < start)
        });
        self.amp.drop_answer(page.answer);
        Ok(is_older)
    }

    /// Counts the undelivered events that are older than the start as unchecked, and does not deliver them.
    pub(super) fn set_aside_older(&mut self) {
        self.unchecked = self.unchecked.saturating_add(self.older_new());
        self.cursor.ignores_start = true;
        let start = self.cursor.window_start;
        self.new.retain(|event| event.second >= start);
    }
}
