//! `manifest`, `check-manifest` and `map`: the neutral description, a platform's manifest held against it, and signals as its records.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use serde::Serialize;

use super::arguments::Format;
use super::console::Console;
use super::error::CliError;
use super::{FAILED, SUCCESSFUL};
use crate::json_text;
use crate::manifest::{self, Description, Manifest, Problem, Signal};
use crate::plugin::Plugin;

/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// Prints the neutral description.
pub(super) async fn describe(plugin: &Plugin, console: &mut Console) -> Result<u8, CliError> {
    let description = Description::read(plugin).await?;
    console.print(&json(&description))?;
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
    let text = read(file)?;
    let description = Description::read(plugin).await?;
    let problems = manifest::check(&text, &description);
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
        console.print(&json(&told.collect::<Vec<_>>()))?;
        return Ok(code);
    }
    match problems.len() {
        0 => console.print(&format!("{}: nothing to mend\n", file.display()))?,
        many => {
            tell(&problems, file, console);
            let things = if many == 1 { "thing" } else { "things" };
            console.tell(&format!("{}: {many} {things} to mend", file.display()));
        }
    }
    Ok(code)
}

/// Maps signals, one JSON object a line, to a platform's records, one a line.
pub(super) fn map(file: &Path, signals: &Path, console: &mut Console) -> Result<u8, CliError> {
    let manifest = Manifest::read(&read(file)?).map_err(|problems| {
        tell(&problems, file, console);
        CliError::Usage(format!(
            "{} is no usable manifest; `host-test check-manifest` says all that there is to mend",
            file.display()
        ))
    })?;
    for (index, line) in open(signals)?.lines().enumerate() {
        let line = line.map_err(|error| unreadable(signals, &error))?;
        if line.trim().is_empty() {
            continue;
        }
        let signal = Signal::parse(&line).map_err(|error| CliError::Signal {
            line: index.saturating_add(1),
            file: signals.to_owned(),
            error,
        })?;
        for record in manifest.mapping.map(&signal) {
            console.print(&format!("{}\n", record.line()))?;
        }
    }
    Ok(SUCCESSFUL)
}

fn open(signals: &Path) -> Result<Box<dyn BufRead>, CliError> {
    if signals.as_os_str() == STANDARD_INPUT {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(signals).map_err(|error| unreadable(signals, &error))?;
    Ok(Box::new(BufReader::new(file)))
}

fn read(file: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    File::open(file)
        .and_then(|mut opened| opened.read_to_string(&mut text))
        .map_err(|error| unreadable(file, &error))?;
    Ok(text)
}

fn unreadable(file: &Path, error: &io::Error) -> CliError {
    CliError::Usage(format!("{} cannot be read: {error}", file.display()))
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

fn json<T: Serialize>(value: &T) -> String {
    // These types have nothing in them that cannot be JSON.
    json_text::indented(&serde_json::to_string(value).unwrap_or_default())
}
