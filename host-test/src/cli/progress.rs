//! The progress display of the collector: on a terminal, a line for each connection that drains a backlog. Log lines go above it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{
    HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};
use tracing_subscriber::fmt::MakeWriter;

use super::console::plain;
use crate::collector::tally::{Counts, Tally};

/// More than this has to wait until a connection gets a line: what fits into a page is there before anybody has read it.
const PAGE: u64 = 500;
/// How often the lines are brought up to date.
const EVERY: Duration = Duration::from_millis(250);
/// A line: `north-america [####----] 12,500 fetched, 37,500 waiting, 2083/s, 18s left`.
const LINE: &str =
    "{prefix:.bold} [{bar:20}] {human_pos} fetched, {waiting} waiting, {rate}, {eta} left";

/// The lines on the terminal. Copies of it are the same.
#[derive(Clone)]
pub(super) struct Display {
    lines: MultiProgress,
}

impl Display {
    /// On standard error, if that is a terminal.
    pub(super) fn new() -> Option<Self> {
        io::stderr()
            .is_terminal()
            .then(|| Self::on(ProgressDrawTarget::stderr()))
    }

    fn on(terminal: ProgressDrawTarget) -> Self {
        Self {
            lines: MultiProgress::with_draw_target(terminal),
        }
    }

    /// Shows how far the connections are, for ever.
    pub(super) async fn follow(self, tally: Arc<Tally>) {
        let mut drains = Drains::default();
        loop {
            drains.show(&self, &tally.read());
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Takes all lines away.
    pub(super) fn clear(&self) {
        // A terminal that is gone shows nothing anyway.
        let _ = self.lines.clear();
    }
}

/// The connections that are known, and what is shown of them.
#[derive(Default)]
struct Drains(BTreeMap<String, Drain>);

/// A connection.
#[derive(Default)]
struct Drain {
    /// How many events it had done with when it last had nothing waiting.
    before: u64,
    line: Option<ProgressBar>,
}

impl Drains {
    fn show(&mut self, on: &Display, all: &BTreeMap<String, Counts>) {
        self.0.retain(|name, drain| {
            let stays = all.contains_key(name);
            if !stays {
                drain.end(on);
            }
            stays
        });
        for (name, counts) in all {
            self.0
                .entry(name.clone())
                .or_default()
                .show(on, name, counts);
        }
    }
}

impl Drain {
    fn show(&mut self, on: &Display, name: &str, counts: &Counts) {
        let done = counts.signals.saturating_add(counts.filtered);
        if counts.backlog == 0 {
            self.end(on);
            self.before = done;
            return;
        }
        if self.line.is_none() && counts.backlog <= PAGE {
            return;
        }
        let line = self.line.get_or_insert_with(|| {
            let line = ProgressBar::no_length().with_style(style());
            on.lines.add(line).with_prefix(plain(name))
        });
        let fetched = done.saturating_sub(self.before);
        line.update(|state| {
            state.set_len(fetched.saturating_add(counts.backlog));
            state.set_pos(fetched);
        });
    }

    fn end(&mut self, on: &Display) {
        if let Some(line) = self.line.take() {
            line.finish_and_clear();
            on.lines.remove(&line);
        }
    }
}

fn style() -> ProgressStyle {
    let waiting = |state: &ProgressState, text: &mut dyn fmt::Write| {
        let all = state.len().unwrap_or(0);
        // A terminal that takes nothing shows nothing.
        let _ = write!(text, "{}", HumanCount(all.saturating_sub(state.pos())));
    };
    let rate = |state: &ProgressState, text: &mut dyn fmt::Write| {
        let _ = write!(text, "{:.0}/s", state.per_sec());
    };
    // The template is a constant that a test draws; should it be wrong, there is a plainer line.
    ProgressStyle::with_template(LINE)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("waiting", waiting)
        .with_key("rate", rate)
        .progress_chars("##-")
}

/// Log lines go above the display, each as a whole.
impl<'a> MakeWriter<'a> for Display {
    type Writer = Above;

    fn make_writer(&'a self) -> Above {
        Above(self.lines.clone())
    }
}

/// Standard error, above the display.
pub(super) struct Above(MultiProgress);

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .suspend(|| io::stderr().write_all(bytes))
            .map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
