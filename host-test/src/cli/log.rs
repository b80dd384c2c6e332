//! The log of what runs for long, on standard error: a line each, such as
//! `2026-05-01T08:00:00Z [INFO] cisco-amp: fetched 12 events (north-america; 0 waiting)`.
//!
//! A thread of its own writes them: a terminal that is held (Ctrl-S), or a pipe that nobody reads, holds up nothing else. Lines wait for it, and
//! beyond a number of them are lost, which is told.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::console::plain;

/// How many lines may wait until they are written: some hundred KiB.
const MOST: usize = 4096;
/// How long the last lines may take to be written at the end.
const LAST: Duration = Duration::from_secs(1);

/// The log. When this is dropped, what waits is written, if that goes within a second.
pub(super) struct Log(Arc<Queue>);

impl Drop for Log {
    fn drop(&mut self) {
        self.0.wait(LAST);
    }
}

/// Begins to log to `out`. What other crates say is left out: only this one knows what is secret.
///
/// # Errors
///
/// When no thread can be had to write.
pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<Log> {
    let queue = Arc::new(Queue::default());
    let ends = Arc::clone(&queue);
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || ends.write(out))?;
    let log = Log(Arc::clone(&queue));
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Line)
        .with_writer(move || Entrance(Arc::clone(&queue)));
    let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
    // An embedder may have a log of its own; then that is it.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(own))
        .try_init();
    Ok(log)
}

/// The lines that wait.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<Vec<u8>>,
    /// How many found no place since that was last told.
    lost: u64,
    /// Whether one is being written.
    writing: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &[u8]) {
        let mut waiting = self.lock();
        if waiting.lines.len() < MOST {
            waiting.lines.push_back(line.to_vec());
        } else {
            waiting.lost = waiting.lost.saturating_add(1);
        }
        self.changed.notify_all();
    }

    /// Writes what comes, for ever.
    fn write(&self, mut out: impl Write) {
        let mut waiting = self.lock();
        loop {
            // Those that were lost came after all that wait.
            let line = match (waiting.lines.pop_front(), waiting.lost) {
                (Some(line), _) => line,
                (None, 0) => {
                    let woken = self.changed.wait(waiting);
                    waiting = woken.unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
                (None, lost) => {
                    waiting.lost = 0;
                    told_lost(lost)
                }
            };
            waiting.writing = true;
            drop(waiting);
            // Where it cannot be written, nobody could be told.
            let _ = out.write_all(&line);
            waiting = self.lock();
            waiting.writing = false;
            self.changed.notify_all();
        }
    }

    /// Waits until all is written, or for so long.
    fn wait(&self, most: Duration) {
        let busy = |waiting: &mut Waiting| {
            waiting.writing || !waiting.lines.is_empty() || waiting.lost > 0
        };
        drop(self.changed.wait_timeout_while(self.lock(), most, busy));
    }
}

/// A line that tells of lines that are not there.
fn told_lost(lost: u64) -> Vec<u8> {
    let time = humantime::format_rfc3339_seconds(SystemTime::now());
    let line = format!(
        "{time} [WARN] cisco-amp: {lost} lines of this log are lost, because standard error took no more\n"
    );
    line.into_bytes()
}

/// Where a line comes in, as a whole.
struct Entrance(Arc<Queue>);

impl Write for Entrance {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The form of a line.
struct Line;

impl<S, F> FormatEvent<S, F> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, F>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut text = String::new();
        context.format_fields(Writer::new(&mut text), event)?;
        let time = humantime::format_rfc3339_seconds(SystemTime::now());
        let level = event.metadata().level();
        writeln!(line, "{time} [{level}] {}", plain(&text))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::io::{self, Write};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    use super::{LAST, MOST, Queue};

    /// Takes nothing until it is opened: its other end is dropped.
    struct Gate {
        opened: Receiver<()>,
        /// Tells that a line has come to it.
        reached: Sender<()>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.reached.send(());
            let _ = self.opened.recv();
            self.written.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_nobody_reads_holds_up_nothing_and_what_is_lost_is_counted() {
        let (open, opened) = channel();
        let (reached, at_the_gate) = channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let gate = Gate {
            opened,
            reached,
            written: Arc::clone(&written),
        };
        let queue = Arc::new(Queue::default());
        let writer = Arc::clone(&queue);
        std::thread::spawn(move || writer.write(gate));
        let all = MOST * 2;
        for number in 0..all {
            queue.add(format!("{number}\n").as_bytes());
            if number == 0 {
                // Else the writer might come for it when some are lost already, and make room for a later one.
                at_the_gate.recv().unwrap();
            }
        }
        let began = Instant::now();
        queue.wait(LAST);
        assert!(began.elapsed() >= LAST && began.elapsed() < LAST * 5);

        drop(open);
        queue.wait(Duration::from_secs(60));
        let written = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let mut lines: Vec<&str> = written.lines().collect();
        let lost = lines.pop().unwrap();
        // One more than wait may be in the writer's hands.
        assert!((MOST..=MOST + 1).contains(&lines.len()), "{}", lines.len());
        assert!(
            lines
                .iter()
                .enumerate()
                .all(|(number, line)| *line == number.to_string()),
            "{lines:?}"
        );
        let said = format!(
            "[WARN] cisco-amp: {} lines of this log are lost",
            all - lines.len()
        );
        assert!(lost.contains(&said), "{lost}");
    }
}
