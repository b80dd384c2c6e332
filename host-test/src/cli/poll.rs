//! `poll`: one batch of the intake. Its signals go to standard output, a line each; what it did, and whatever is wrong, to
//! standard error; and only when the signals are out is the cursor's file replaced.

use serde::Serialize;

use super::arguments::Format;
use super::console::Console;
use super::cursor_file::CursorFile;
use super::error::CliError;
use super::run_arguments::{CURSOR, Poll as Asked};
use super::way::Way;
use super::{FAILED, SUCCESSFUL, report};
use crate::catalog::Intake;
use crate::intake::{Batch, Poll, PollReport, Polled, Refused};
use crate::outcome::Report;
use crate::plugin::{CallError, Plugin};

/// What a poll did, as the one line on standard error.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(flatten)]
    report: &'a PollReport,
    /// Whether there is more to fetch at once.
    more: bool,
    /// The same in words.
    next: &'static str,
    /// Where the next poll begins, if no file keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
}

/// Makes the poll and tells what came of it.
pub(super) async fn run(
    plugin: &Plugin,
    intake: &Intake,
    asked: Asked,
    console: &mut Console,
) -> Result<u8, CliError> {
    let mut request = asked.request;
    let file = match &asked.cursor {
        None => None,
        Some(_) if request.get(CURSOR).is_some_and(|cursor| !cursor.is_null()) => {
            return Err(CliError::Usage(
                "the cursor is given twice, with --cursor FILE and within --input; leave one out"
                    .to_owned(),
            ));
        }
        Some(file) => {
            let (file, cursor) = CursorFile::open(file)?;
            request.extend(cursor.map(|cursor| (CURSOR.to_owned(), cursor.into())));
            Some(file)
        }
    };
    let way = Way::open(&asked.connection)?;
    let poll = Poll::new(intake, &way.settings, request.clone())?;
    let polled = poll.make(plugin, way.egress(), way.now).await;
    let written = way.write_down(&intake.poll, &request);
    let teller = Teller {
        intake,
        file: file.as_ref(),
        way: &way,
        format: asked.format,
    };
    let code = teller.tell(polled, console);
    way.end(code, written, console)
}

/// Who tells what came of a poll. Whatever was answered, the key is not in it.
struct Teller<'a> {
    intake: &'a Intake,
    file: Option<&'a CursorFile>,
    way: &'a Way,
    format: Format,
}

impl Teller<'_> {
    fn tell(
        &self,
        polled: Result<Polled, CallError>,
        console: &mut Console,
    ) -> Result<u8, CliError> {
        let words = &self.intake.poll.words;
        let (code, notes) = match polled {
            Ok(Polled {
                answer: Ok(batch),
                notes,
                ..
            }) => (self.deliver(&batch, console), notes),
            Ok(Polled {
                answer: Err(refused),
                notes,
                ..
            }) => {
                self.say_what_is_wrong(&self.explained(refused), console);
                (Ok(FAILED), notes)
            }
            Err(error) => {
                let breakdown = Report::from_breakdown(&words.name, &words.title, &error);
                self.say_what_is_wrong(&breakdown, console);
                (Ok(FAILED), error.notes().to_vec())
            }
        };
        for note in notes {
            console.tell(&self.way.without_secrets(format!("note: {note}")));
        }
        code
    }

    /// Writes the signals, then the cursor, then what the poll did.
    fn deliver(&self, batch: &Batch, console: &mut Console) -> Result<u8, CliError> {
        let lines = batch.signals.iter().map(|signal| {
            let line = self.way.without_secrets(signal.line());
            format!("{line}\n")
        });
        let still_there = |file: &CursorFile| {
            format!(
                "; the cursor file {} stays as it was, so the next poll gives the same signals again",
                file.name()
            )
        };
        if let Err(error) = console.print_all(lines) {
            let closed = error.kind() == std::io::ErrorKind::BrokenPipe;
            return match self.file {
                // Somebody looked at the beginning and has seen enough.
                None if closed => Ok(SUCCESSFUL),
                None => Err(CliError::Output(error)),
                Some(file) => {
                    let what = if closed {
                        "standard output was closed before all signals were written".to_owned()
                    } else {
                        CliError::Output(error).to_string()
                    };
                    console.tell(&format!("error: {what}{}", still_there(file)));
                    Ok(FAILED)
                }
            };
        }
        if let Some(file) = self.file
            && let Err(error) = file.replace(&batch.cursor)
        {
            console.tell(&format!(
                "error: the signals were written, but the cursor file {} cannot be: {error}. It stays as it was, so the next poll gives the \
                 same signals again; make room or mend the folder, and tell them by `uniqueEventKey`",
                file.name()
            ));
            return Ok(FAILED);
        }
        let line = Line {
            report: &batch.report,
            more: batch.more,
            next: next(batch.more, self.file.is_some()),
            cursor: self.file.is_none().then_some(batch.cursor.as_str()),
        };
        // Nothing in it cannot be JSON.
        let line = serde_json::to_string(&line).unwrap_or_default();
        console.tell(&self.way.without_secrets(line));
        Ok(SUCCESSFUL)
    }

    /// The report on a poll that gave no batch, with what this host knows of the reasons.
    fn explained(&self, refused: Refused) -> Report {
        let mut report = refused.report(&self.intake.poll.words.name);
        self.way.say_what_is_missing(&mut report.errors);
        let about_the_cursor = report
            .errors
            .iter_mut()
            .filter(|trouble| trouble.field.as_deref() == Some(CURSOR));
        for (trouble, file) in about_the_cursor.zip(self.file) {
            trouble.message = format!("{} {}", trouble.message, file.remedy());
        }
        report
    }

    /// Standard output has signals and nothing else, so this goes to standard error in either format.
    fn say_what_is_wrong(&self, report: &Report, console: &mut Console) {
        let text = match self.format {
            Format::Json => report.to_json(),
            Format::Text => report
                .errors
                .iter()
                .map(|trouble| format!("\n{}", report::wrong(trouble)))
                .collect(),
        };
        console.tell(&self.way.without_secrets(text.trim_end().to_owned()));
    }
}

/// What to do next.
fn next(more: bool, kept: bool) -> &'static str {
    match (more, kept) {
        (true, true) => "There is more: poll again at once.",
        (false, true) => "Caught up: poll again when the interval is over.",
        (true, false) => {
            "There is more: poll again at once, with --cursor FILE, else the next poll is a first one like this."
        }
        (false, false) => {
            "Caught up: poll again when the interval is over, with --cursor FILE, else the next poll is a first one like this."
        }
    }
}
