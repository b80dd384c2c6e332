//! `manifest`, `check-manifest` and `map`: the neutral description, a platform's manifest held against it, and signals as its records.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Serialize;

use super::arguments::Format;
use super::console::Console;
use super::error::CliError;
use super::{FAILED, SUCCESSFUL};
use crate::json_text;
use crate::manifest::{self, Description, Located, MOST_PROBLEMS, Manifest, Problem, Signal};
use crate::plugin::Plugin;

/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// What some programs write before the first line of a file in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Prints the neutral description.
pub(super) async fn describe(plugin: &Plugin, console: &mut Console) -> Result<u8, CliError> {
    let description = Description::read(plugin).await?;
    console.print(&json_text::of(&description))?;
    Ok(SUCCESSFUL)
}

/// A problem, for machines.
#[derive(Serialize)]
struct Told<'a> {
    line: usize,
    column: usize,
    pointer: &'a str,
    message: &'a str,
}

/// Holds a manifest against its schema and the component, and tells every problem.
pub(super) async fn check(
    plugin: &Plugin,
    file: &Path,
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    let bytes = read(file)?;
    let problems = match Located::text_of(&bytes) {
        Ok(text) => manifest::check(text, &Description::read(plugin).await?),
        Err(problem) => vec![problem],
    };
    let code = if problems.is_empty() {
        SUCCESSFUL
    } else {
        FAILED
    };
    if format == Format::Json {
        let told = problems.iter().map(|problem| Told {
            line: problem.line,
            column: problem.column,
            pointer: &problem.pointer,
            message: &problem.message,
        });
        console.print(&json_text::of(&told.collect::<Vec<_>>()))?;
        return Ok(code);
    }
    match problems.len() {
        0 => console.print(&format!("{}: nothing to mend\n", file.display()))?,
        many => {
            tell(&problems, file, console);
            let things = if many == 1 { "thing" } else { "things" };
            let least = if many < MOST_PROBLEMS {
                ""
            } else {
                "at least "
            };
            console.tell(&format!(
                "{}: {least}{many} {things} to mend",
                file.display()
            ));
        }
    }
    Ok(code)
}

/// Maps signals, one JSON object a line, to a platform's records, one a line.
pub(super) fn map(file: &Path, signals: &Path, console: &mut Console) -> Result<u8, CliError> {
    let bytes = read(file)?;
    let text = Located::text_of(&bytes).map_err(|problem| vec![problem]);
    let manifest = text.and_then(Manifest::read).map_err(|problems| {
        tell(&problems, file, console);
        CliError::Usage(format!(
            "{} is no usable manifest; `host-test check-manifest` says all that there is to mend",
            file.display()
        ))
    })?;
    let mut code = SUCCESSFUL;
    for (index, line) in open(signals)?.split(b'\n').enumerate() {
        let line = line.map_err(|error| unreadable(signals, &error))?;
        let line = match line.strip_prefix(BYTE_ORDER_MARK) {
            Some(line) if index == 0 => line,
            _ => &line,
        };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let place = || format!("line {} of {}", index.saturating_add(1), name(signals));
        let text = String::from_utf8_lossy(line);
        let signal = match Signal::parse(&text) {
            Ok(signal) => signal,
            // The others are as good as they were.
            Err(error) => {
                console.tell(&format!("error: {}: {error}", place()));
                code = FAILED;
                continue;
            }
        };
        if matches!(text, Cow::Owned(_)) {
            console.tell(&format!(
                "note: {}: bytes that are not UTF-8 were replaced by U+FFFD",
                place()
            ));
        }
        if !signal.losses().is_empty() {
            console.tell(&format!("note: {}: {}", place(), signal.losses()));
        }
        for record in manifest.mapping.map(&signal) {
            console.print(&format!("{}\n", record.line()))?;
        }
    }
    Ok(code)
}

/// What signals come from, for people.
fn name(signals: &Path) -> String {
    if signals.as_os_str() == STANDARD_INPUT {
        "standard input".to_owned()
    } else {
        signals.display().to_string()
    }
}

fn open(signals: &Path) -> Result<Box<dyn BufRead>, CliError> {
    if signals.as_os_str() == STANDARD_INPUT {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(signals).map_err(|error| unreadable(signals, &error))?;
    Ok(Box::new(BufReader::new(file)))
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(file).map_err(|error| unreadable(file, &error))
}

fn unreadable(file: &Path, error: &io::Error) -> CliError {
    CliError::Usage(format!("{} cannot be read: {error}", name(file)))
}

/// Every problem in a line, as compilers write it, so that an editor jumps there.
fn tell(problems: &[Problem], file: &Path, console: &mut Console) {
    for problem in problems {
        let Problem {
            line,
            column,
            pointer,
            message,
        } = problem;
        let pointer = if pointer.is_empty() { "/" } else { pointer };
        let file = file.display();
        console.tell(&format!("{file}:{line}:{column}: {pointer}: {message}"));
    }
}
