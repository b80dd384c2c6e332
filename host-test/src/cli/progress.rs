//! The progress display of the collector: on a terminal, a line for each connection that drains a backlog. Log lines go above it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use indicatif::{
    HumanCount, HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState,
    ProgressStyle,
};

use super::console::plain;
use crate::collector::tally::{Counts, Tally};

/// More than this has to wait until a connection gets a line: what fits into a page is there before anybody has read it.
const PAGE: u64 = 500;
/// How often the lines are brought up to date.
const EVERY: Duration = Duration::from_millis(250);
/// How long it may take to take the lines away.
const LAST: Duration = Duration::from_secs(1);
/// A line: `north-america [####----] 12,500 fetched, 37,500 waiting, 2083/s, 18s left`.
const LINE: &str =
    "{prefix:.bold} [{bar:20}] {human_pos} fetched, {waiting} waiting, {rate}, {time} left";

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

    /// Shows how far the connections are until that is ended, in a thread of its own: a terminal may take its time.
    ///
    /// # Errors
    ///
    /// When there can be no such thread.
    pub(super) fn follow(self, tally: Arc<Tally>) -> io::Result<Following> {
        let (end, told_to_end) = channel::<()>();
        let (clear, cleared) = channel::<()>();
        let shows = move || {
            let mut drains = Drains::default();
            loop {
                drains.show(&self, &tally.read());
                if told_to_end.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            // A terminal that is gone shows nothing anyway.
            let _ = self.lines.clear();
            drop(clear);
        };
        std::thread::Builder::new()
            .name("display".to_owned())
            .spawn(shows)?;
        Ok(Following { end, cleared })
    }

    /// Standard error above it, for the log: each line as a whole.
    pub(super) fn above(&self) -> Above {
        Above(self.lines.clone())
    }
}

/// A display that follows the connections.
pub(super) struct Following {
    end: Sender<()>,
    cleared: Receiver<()>,
}

impl Following {
    /// Takes all lines away. A terminal that takes nothing is left as it is.
    pub(super) fn end(self) {
        drop(self.end);
        // It answers by going.
        let _ = self.cleared.recv_timeout(LAST);
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
        let fetched = done.saturating_sub(self.before);
        let line = self.line.get_or_insert_with(|| {
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            line.set_position(fetched);
            line.tick();
            // What came before there was a line says nothing about the rate.
            line.reset_eta();
            on.lines
                .add(line)
                .with_style(style())
                .with_prefix(plain(name))
        });
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
    // Without a rate, nobody knows.
    let time = |state: &ProgressState, text: &mut dyn fmt::Write| {
        let _ = match state.per_sec() {
            1.0.. => write!(text, "{:#}", HumanDuration(state.eta())),
            _ => write!(text, "?"),
        };
    };
    // The template is a constant that a test draws; should it be wrong, there is a plainer line.
    ProgressStyle::with_template(LINE)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("waiting", waiting)
        .with_key("rate", rate)
        .with_key("time", time)
        .progress_chars("##-")
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

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )]

    use std::collections::BTreeMap;

    use indicatif::{ProgressDrawTarget, ProgressStyle};

    use super::{Counts, Display, Drains, LINE};

    /// What is shown of `north` in each of these states: fetched, and that with what waits.
    fn shown(states: &[(u64, u64)]) -> Vec<Option<(u64, u64)>> {
        let display = Display::on(ProgressDrawTarget::hidden());
        let mut drains = Drains::default();
        let states = states.iter().map(|(signals, backlog)| {
            let counts = Counts {
                signals: *signals,
                backlog: *backlog,
                ..Counts::default()
            };
            drains.show(&display, &BTreeMap::from([("north".to_owned(), counts)]));
            let line = drains.0["north"].line.as_ref();
            line.map(|line| (line.position(), line.length().unwrap()))
        });
        states.collect()
    }

    #[test]
    fn only_what_is_more_than_a_page_is_shown_and_until_nothing_is_left_of_it() {
        assert_eq!(
            shown(&[(0, 0), (500, 500), (500, 501), (900, 101), (1_001, 0)]),
            [None, None, Some((500, 1_001)), Some((900, 1_001)), None]
        );
    }

    #[test]
    fn a_second_backlog_is_counted_anew() {
        assert_eq!(
            shown(&[(500, 700), (1_200, 0), (1_230, 0), (1_730, 900)]),
            [Some((500, 1_200)), None, None, Some((500, 1_400))]
        );
    }

    #[test]
    fn a_connection_that_is_polled_no_more_is_not_shown() {
        let display = Display::on(ProgressDrawTarget::hidden());
        let mut drains = Drains::default();
        let counts = Counts {
            backlog: 9_000,
            ..Counts::default()
        };
        drains.show(&display, &BTreeMap::from([("north".to_owned(), counts)]));
        let line = drains.0["north"].line.clone().unwrap();
        drains.show(&display, &BTreeMap::new());
        assert!(line.is_finished() && drains.0.is_empty());
    }

    #[test]
    fn the_template_is_one() {
        assert!(ProgressStyle::with_template(LINE).is_ok());
    }
}
