//! From a scan to a batch, and the cursor behind it.

use crate::amp::timestamp;
use crate::contract::exports::conductor::secure_endpoint::intake::{Batch, PollReport, Signal};
use crate::contract::exports::conductor::secure_endpoint::types::Quota;
use crate::outcome::counted;
use crate::quoting::quoted;

use super::cursor::Cursor;
use super::delivered::{DeliveredEvent, MAX_DELIVERED};
use super::new_event::NewEvent;
use super::options::PollOptions;
use super::scan::PollScan;
use super::signal::signal;

/// Bad events that are named in remarks, each in its own; of more the number is given.
const MAX_NAMED: usize = 20;

/// What became of the events that a poll delivers.
#[derive(Default)]
struct Taken {
    signals: Vec<Signal>,
    filtered: u32,
    skipped: u32,
    remarks: Vec<String>,
    named: usize,
    unnamed: usize,
}

impl PollScan<'_> {
    /// The oldest undelivered events as a batch, and the cursor behind them. `remarks` are those of the poll so far.
    pub fn batch(mut self, options: &PollOptions, server: &str, mut remarks: Vec<String>) -> Batch {
        let is_complete = self.is_complete() && self.reported.is_empty();
        let now = self.clocks.certain(self.seen.seconds());
        let newest = self.seen.seconds().max().max(self.cursor.newest);
        let (taken, events) = self.take(options);
        remarks.extend(self.remarks(is_complete));
        remarks.extend(taken.remarks);

        let last = events.iter().map(|event| event.second).max();
        // By entries, as AMP counts them: an event may have several.
        let left = self.new.iter();
        let left: u64 = left
            .map(|event| u64::from(self.seen.count(event.identity.short())))
            .sum();
        let undelivered = left.saturating_add(self.undelivered_above());
        let backlog_end = self.backlog_end(undelivered, last, is_complete);
        // Where the numbers do not agree, or the front of the list was not seen, there may be more than they show. A poll without
        // progress is not repeated at once.
        let may_be_more = undelivered > 0 || !is_complete || !self.has_seen_front();
        let more = may_be_more && !events.is_empty();

        let mut cursor = Cursor {
            newest,
            backlog: backlog_end,
            ..self.next_cursor(&events)
        };
        if is_complete {
            let is_caught_up = undelivered == 0 && self.has_seen_all();
            let watermark = self.watermark(&events, is_caught_up, now);
            cursor.advance(watermark, options.late_window, &mut remarks);
        }
        cursor.forget_excess();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let report = PollReport {
            fetched: self.fetched,
            delivered: count(taken.signals.len()),
            known: self.repeated,
            filtered: taken.filtered,
            skipped: taken.skipped,
            unchecked: self.unchecked,
            requests: self.amp.requests(),
            newest_event: newest,
            lag_seconds: last
                .filter(|_| more)
                .map(|last| u64::try_from(now.saturating_sub(last)).unwrap_or(0)),
            backlog: undelivered,
            remarks,
            quota: self.amp.quota().map(Quota::from),
        };
        Batch {
            signals: taken.signals,
            cursor: cursor.encode(server),
            more,
            report,
        }
    }

    /// Takes the oldest events by their position in the list, until the batch is full. Returns them as signals, the oldest first,
    /// and as delivered.
    fn take(&mut self, options: &PollOptions) -> (Taken, Vec<DeliveredEvent>) {
        let mut events = Vec::new();
        let mut wanted = 0;
        while wanted < options.max_signals
            && let Some(event) = self.new.pop_back()
        {
            let is_signal = !event.is_unreadable && options.wants(event.event.severity());
            wanted += usize::from(is_signal);
            events.push(event);
        }
        let delivered = events
            .iter()
            .map(|event| self.delivered(event.identity.short(), event.second))
            .collect();
        events.sort_by_key(NewEvent::order);
        let mut taken = Taken::default();
        for event in events {
            taken.add(event, options, &self.amp.connection().origin);
        }
        if taken.unnamed > 0 {
            taken.remarks.push(format!(
                "{} not strictly valid JSON or could not be read either.",
                counted(taken.unnamed, "further event is", "further events are")
            ));
        }
        (taken, delivered)
    }

    /// An entry as delivered by this poll.
    fn delivered(&self, hash: u64, second: i64) -> DeliveredEvent {
        DeliveredEvent {
            hash,
            second,
            entries: self.seen.count(hash),
            delivered_at: self.arrived_by(),
        }
    }

    /// How many entries there are down to the oldest undelivered event: below are delivered ones, above also those from the future.
    fn backlog_end(&self, undelivered: u64, last: Option<i64>, is_complete: bool) -> u64 {
        let left = self.new.back().map(|event| event.second).or(last);
        match left {
            Some(second) if undelivered > 0 => {
                let above = self
                    .cursor
                    .delivered
                    .iter()
                    .filter(|event| event.second > second)
                    .map(|event| u64::from(event.entries));
                undelivered.saturating_add(above.sum())
            }
            None if !is_complete => self.cursor.backlog,
            _ => undelivered,
        }
    }

    /// The cursor after this poll, with the window where it was.
    fn next_cursor(&self, events: &[DeliveredEvent]) -> Cursor {
        let mut cursor = self.cursor.clone();
        for (hash, count) in self.seen.counts() {
            if let Some(event) = cursor.delivered.get_mut(hash) {
                event.entries = event.entries.max(count);
            }
        }
        // What is missing from a list that was read to its end, and did not shift meanwhile, has expired. It is remembered even
        // so, in case the server lists it again.
        if self.below() == Some(0)
            && !self.has_shifted
            && !self.cursor.is_mixed()
            && !self.seen.has_holes()
        {
            let oldest = self.seen.seconds().min().unwrap_or(i64::MAX);
            let has_seen_all = self.has_seen_all();
            for event in cursor.delivered.iter_mut() {
                if has_seen_all || event.second < oldest {
                    event.entries = self.seen.count(event.hash);
                }
            }
        }
        for event in events {
            cursor.delivered.insert(*event);
        }
        for entry in &self.outside {
            let event = self.delivered(entry.hash, entry.second);
            cursor.delivered.insert(event);
        }
        if !self.clocks.disagree() {
            cursor.correct_times(self.arrived_by());
        }
        let has_older = self.lists_older && !self.ignores_start();
        cursor.is_by_arrival = has_older || (cursor.is_by_arrival && !self.has_seen_all());
        cursor.ignores_start = self.ignores_start()
            || (cursor.ignores_start && (self.lists_older || !self.has_seen_all()));
        cursor
    }

    /// The second up to which everything was delivered, if the scan is complete.
    fn watermark(&self, events: &[DeliveredEvent], is_caught_up: bool, now: i64) -> i64 {
        let start = self.cursor.window_start;
        // An event from the future proves nothing: in a list by arrival, what is above it may have arrived long ago.
        let seconds = events
            .iter()
            .map(|event| event.second)
            .filter(|second| *second <= now);
        let by_events = if self.seen.is_in_order() || is_caught_up {
            seconds.max()
        } else if self.cursor.is_by_arrival
            || self.lists_older
            || self.cursor.delivered.excess(self.cursor.watermark) > 0
        {
            // What is above arrived later than these, and so later than the earliest of them happened.
            seconds.filter(|second| *second >= start).min()
        } else {
            // In a list without order, what was not seen may be older.
            None
        };
        // Where no events come, or a filter passes few, the clocks move the window; not beyond the earlier one, in case the other is
        // wrong.
        let by_clock = is_caught_up.then(|| self.clocks.earliest());
        by_events.max(by_clock).unwrap_or(self.cursor.watermark)
    }

    /// What a user should know of the scan.
    fn remarks(&self, is_complete: bool) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.clocks.disagree() {
            remarks.push(format!(
                "The server's clock ({}) and this machine's clock ({}) disagree; the window moves no further than the earlier one, or the events, allow.",
                timestamp::rfc3339(self.clocks.server.unwrap_or(self.clocks.host)),
                timestamp::rfc3339(self.clocks.host)
            ));
        }
        for error in &self.reported {
            let message = error.said().unwrap_or("no description");
            remarks.push(format!(
                "AMP reported an error with these events ({}), so some may be missing. The window stays where it is until a response has none.",
                quoted(message)
            ));
        }
        if self.ignores_start() || self.cursor.ignores_start {
            remarks.push(format!(
                "AMP lists events from before {}: the server ignores start_date. They are not delivered.",
                timestamp::rfc3339(self.cursor.window_start)
            ));
        } else if self.unchecked > 0 {
            let why = if self.cursor.may_have_forgotten() {
                "whether they were delivered is no longer known"
            } else {
                "they are outside the first window"
            };
            remarks.push(format!(
                "{} from before {} listed and not delivered: {why}.",
                counted(
                    usize::try_from(self.unchecked).unwrap_or(usize::MAX),
                    "event is",
                    "events are"
                ),
                timestamp::rfc3339(self.cursor.window_start)
            ));
        }
        let unreachable = self.unreachable();
        if let Some(limit) = self.cursor.offset_limit.filter(|_| unreachable > 0) {
            remarks.push(format!(
                "AMP rejects offsets above {limit}, so the {} of this window cannot be read. Use a shorter first-window-hours, or more filters in several connections.",
                counted(usize::try_from(unreachable).unwrap_or(usize::MAX), "oldest event", "oldest events")
            ));
        }
        if !is_complete && self.reported.is_empty() {
            remarks.push(
                "AMP's responses contradict each other, or its list shifted faster than it could be read. The window stays where it is until a later poll sees all of it.".to_owned(),
            );
        }
        remarks
    }
}

impl Taken {
    fn add(&mut self, event: NewEvent, options: &PollOptions, origin: &crate::http::Origin) {
        let is_wanted = options.wants(event.event.severity());
        if event.is_unreadable {
            self.skipped = self.skipped.saturating_add(1);
            let reason = event
                .flaw
                .as_deref()
                .unwrap_or("it alone exceeds max-body-bytes");
            self.name(format!(
                "Event {} could not be read and was skipped: {reason}.",
                event.name()
            ));
        } else if !is_wanted {
            self.filtered = self.filtered.saturating_add(1);
        } else {
            if let Some(reason) = &event.flaw {
                self.name(format!(
                    "Event {} is not strictly valid JSON ({reason}); it is delivered as far as JSON allows.",
                    event.name()
                ));
            }
            self.signals.push(signal(event, origin));
        }
    }

    fn name(&mut self, remark: String) {
        if self.named < MAX_NAMED {
            self.named += 1;
            self.remarks.push(remark);
        } else {
            self.unnamed += 1;
        }
    }
}

impl Cursor {
    /// Every event up to `watermark` was delivered: the window starts so many seconds before that.
    pub fn advance(&mut self, watermark: i64, late_window: i64, remarks: &mut Vec<String>) {
        self.watermark = self.watermark.max(watermark);
        let start = self.watermark.saturating_sub(late_window);
        self.start_at(self.window_start.max(start));
        // Events older than the start are forgotten first.
        if self.forget_excess() == 0 {
            return;
        }
        // Whole seconds only, since AMP lists whole seconds; and the newest always stays.
        let excess_second = self
            .delivered
            .excess_second(self.watermark)
            .unwrap_or(i64::MIN);
        let start = excess_second.saturating_add(1).min(self.watermark);
        if start > self.window_start {
            self.start_at(start);
            let window = usize::try_from(self.watermark.saturating_sub(start)).unwrap_or(0);
            remarks.push(format!(
                "More than {MAX_DELIVERED} events arrived within the late window, so it is {} for now; events that arrive later than that may be missed.",
                counted(window, "second", "seconds")
            ));
        }
    }

    /// Corrects times that were taken from a clock that was ahead: nothing was delivered in the future.
    fn correct_times(&mut self, now: i64) {
        self.forgotten_until = self.forgotten_until.map(|until| until.min(now));
        for event in self.delivered.iter_mut() {
            event.delivered_at = event.delivered_at.min(now);
        }
    }

    fn start_at(&mut self, start: i64) {
        self.window_start = start;
        self.delivered.start_at(start);
    }

    /// Forgets what is more than [`MAX_DELIVERED`] and older than the start. Returns how many are too many even so.
    pub fn forget_excess(&mut self) -> usize {
        let forgotten = self
            .delivered
            .forget_before(self.window_start, self.delivered.excess(self.watermark));
        self.forgotten_until = self.forgotten_until.max(forgotten);
        self.delivered.excess(self.watermark)
    }
}
