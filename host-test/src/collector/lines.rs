//! JSON lines beside the database, to a file or to standard output.
//!
//! A batch's lines are stored in the database in the batch's own transaction, and forgotten there once they are written. So each is
//! written at least once, whatever is killed or full at whatever moment: the next attempt, be it after a restart, writes what is still there.
//! A line that a kill or a full disk cut short is taken back before it is written again. The file is opened anew for each batch, so it may be
//! moved away at any time.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::config::Output;
use super::store::{Line, Store, StoreError};
use crate::whole_file;

/// How many lines are held at a time.
const AT_ONCE: u32 = 500;
/// How long the output may take until that is told: a pipe that nobody reads takes for ever.
const STUCK: Duration = Duration::from_secs(10);
/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// Why lines are not written yet.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// The output takes nothing.
    #[error(
        "JSON lines cannot be written to {to}: {error}; they wait in the database until they can"
    )]
    Output {
        /// The file, or `standard output`.
        to: String,
        /// Why.
        error: io::Error,
    },
    /// The database gives none, or does not take note.
    #[error("JSON lines wait: {0}")]
    Store(#[from] StoreError),
    /// The collector ended before all were written.
    #[error("JSON lines are left; they wait in the database until the next start")]
    Late,
}

/// Who writes the lines.
pub(super) struct Lines {
    output: Output,
    store: Store,
    more: Arc<Notify>,
}

impl Lines {
    pub(super) fn new(output: Output, store: Store, more: Arc<Notify>) -> Self {
        Self {
            output,
            store,
            more,
        }
    }

    /// Writes whatever there is whenever there is more, until `stop` is true: then once more, and ends.
    pub(super) async fn write(self, mut stop: watch::Receiver<bool>) -> Result<(), LinesError> {
        let mut told = String::new();
        loop {
            // Looked at before the lines, so that those that were stored before the order are written.
            let last = *stop.borrow_and_update();
            let written = self.write_waiting().await;
            if last {
                return written;
            }
            let passes = matches!(&written, Err(LinesError::Store(error)) if error.passes());
            let what = written.err().map(|error| error.to_string());
            let what = what.unwrap_or_default();
            // Told once, however often it is tried.
            if !what.is_empty() && what != told {
                match passes {
                    true => tracing::warn!("cisco-amp: {what}"),
                    false => tracing::error!("cisco-amp: {what}"),
                }
            }
            told = what;
            let failed = !told.is_empty();
            tokio::select! {
                () = self.more.notified(), if !failed => {}
                () = tokio::time::sleep(RETRY), if failed => {}
                changed = stop.changed() => if changed.is_err() { return Ok(()) },
            }
        }
    }

    /// Writes everything that waits.
    async fn write_waiting(&self) -> Result<(), LinesError> {
        loop {
            let lines = self.store.lines(AT_ONCE).await?;
            let Some(last) = lines.last().map(|line| line.number) else {
                return Ok(());
            };
            let output = self.output.clone();
            let mut writing = tokio::task::spawn_blocking(move || write(&output, &lines));
            let written = match tokio::time::timeout(STUCK, &mut writing).await {
                Ok(written) => written,
                Err(_) => {
                    tracing::error!(
                        "cisco-amp: {} has not taken JSON lines for {} seconds; is there anybody who reads it? They wait in the database until it does",
                        self.output_name(),
                        STUCK.as_secs()
                    );
                    writing.await
                }
            };
            written
                .unwrap_or_else(|error| Err(io::Error::other(error)))
                .map_err(|error| LinesError::Output {
                    to: self.output_name(),
                    error,
                })?;
            self.store.lines_written(last).await?;
        }
    }

    fn output_name(&self) -> String {
        match &self.output {
            Output::File(file) => file.display().to_string(),
            Output::Standard => "standard output".to_owned(),
        }
    }
}

fn write(output: &Output, lines: &[Line]) -> io::Result<()> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.text);
        text.push('\n');
    }
    match output {
        Output::Standard => {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()
        }
        Output::File(file) => {
            let about = fs::metadata(file);
            let is_new = matches!(&about, Err(error) if error.kind() == io::ErrorKind::NotFound);
            let is_a_file = is_new || about.is_ok_and(|about| about.is_file());
            let mut out = whole_file::private().create(true).append(true).open(file)?;
            if is_a_file && end_a_line(file, &out, lines)? {
                out.write_all(b"\n")?;
            }
            out.write_all(text.as_bytes())?;
            if is_a_file {
                out.sync_data()?;
            }
            // Else a power failure could take the file whose lines are forgotten in the database.
            if is_new && let Ok(real) = whole_file::real(file) {
                whole_file::sync_name(&real);
            }
            Ok(())
        }
    }
}

/// Takes back the beginning of one of these lines at the end of the file. True if something else stands there that no line break ends.
fn end_a_line(file: &Path, out: &File, lines: &[Line]) -> io::Result<bool> {
    let length = out.metadata()?.len();
    let longest = lines.iter().map(|line| line.text.len()).max();
    let looked = length.min(u64::try_from(longest.unwrap_or(0).saturating_add(1)).unwrap_or(0));
    let mut read = File::open(file)?;
    read.seek(SeekFrom::Start(length.saturating_sub(looked)))?;
    let mut end = Vec::new();
    read.take(looked).read_to_end(&mut end)?;
    // What follows the last line break; all of it, if that is further away than any of the lines is long.
    let tail = end.rsplit(|byte| *byte == b'\n').next().unwrap_or(&end);
    if tail.is_empty() {
        return Ok(false);
    }
    let is_ours = lines
        .iter()
        .any(|line| line.text.as_bytes().starts_with(tail));
    if is_ours {
        out.set_len(length.saturating_sub(u64::try_from(tail.len()).unwrap_or(0)))?;
    }
    Ok(!is_ours)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{Line, Output, write};

    fn written_after(before: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lines");
        if !before.is_empty() {
            std::fs::write(&file, before).unwrap();
        }
        let line = |number: i64, text: &str| Line {
            number,
            text: text.to_owned(),
        };
        write(
            &Output::File(file.clone()),
            &[line(1, "{\"a\":1}"), line(2, "{\"b\":2}")],
        )
        .unwrap();
        std::fs::read_to_string(file).unwrap()
    }

    #[test]
    fn lines_are_added_at_the_end() {
        assert_eq!(written_after(""), "{\"a\":1}\n{\"b\":2}\n");
        assert_eq!(written_after("{}\n"), "{}\n{\"a\":1}\n{\"b\":2}\n");
    }

    #[test]
    fn a_line_that_was_cut_short_is_taken_back_and_written_anew() {
        for torn in ["{", "{\"b\":", "{\"b\":2}"] {
            assert_eq!(
                written_after(&format!("{{}}\n{{\"a\":1}}\n{torn}")),
                "{}\n{\"a\":1}\n{\"a\":1}\n{\"b\":2}\n"
            );
        }
        assert_eq!(written_after("{\"a\""), "{\"a\":1}\n{\"b\":2}\n");
    }

    #[test]
    fn what_somebody_else_left_without_a_line_break_is_kept() {
        for other in ["x", "a text that is longer than every line"] {
            assert_eq!(
                written_after(other),
                format!("{other}\n{{\"a\":1}}\n{{\"b\":2}}\n")
            );
        }
    }
}
