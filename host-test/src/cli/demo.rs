//! `demo`: the whole tour on recordings that are part of this program. No account, no network, nothing to set up.

use include_dir::{Dir, File, include_dir};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::arguments::Format;
use super::console::{Console, plain};
use super::error::CliError;
use super::{FAILED, SUCCESSFUL, report};
use crate::catalog::Command;
use crate::har::{self, Har};
use crate::json_text;
use crate::outcome::Report;
use crate::plugin::Plugin;
use crate::recording;

/// The recordings, as they were when this program was built.
static RECORDINGS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/recordings");

/// A stop of the tour.
struct Stop<'a> {
    command: &'a Command,
    recording: Har,
    /// What the golden beside the recording says came of it.
    expected: Option<Golden>,
}

/// As much of a golden as the tour is held against.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Golden {
    return_data: String,
}

/// A stop, for machines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    command_line: String,
    comment: Option<String>,
    as_expected: bool,
    report: Report,
}

/// The tour, for machines.
#[derive(Serialize)]
struct Tour {
    calls: Vec<Told>,
}

/// Makes the tour.
pub(super) async fn run(
    plugin: &Plugin,
    commands: &[Command],
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    // Recordings answer at once; waits between attempts need not take any time.
    tokio::time::pause();
    let stops = stops(commands)?;
    let text = format == Format::Text;
    if text {
        console.print(&format!(
            "Cisco Secure Endpoint: {} calls on recordings, without an account and without a network.\n",
            stops.len()
        ))?;
    }
    let mut told = Vec::new();
    let mut wrong: usize = 0;
    for stop in &stops {
        let stop = visit(plugin, commands, stop).await?;
        wrong = wrong.saturating_add(usize::from(!stop.1.as_expected));
        if text {
            console.print(&in_words(stop.0, &stop.1))?;
        }
        told.push(stop.1);
    }
    if text {
        let end = match wrong {
            0 => format!(
                "\nAll {} calls came out as expected. `host-test commands` lists what there is, `host-test run COMMAND --help` shows how to run it.\n",
                told.len()
            ),
            wrong => format!(
                "\n{wrong} of {} calls did not come out as expected.\n",
                told.len()
            ),
        };
        console.print(&end)?;
    } else {
        // Nothing in it cannot be JSON.
        let tour = serde_json::to_string(&Tour { calls: told }).unwrap_or_default();
        console.print(&json_text::indented(&tour))?;
    }
    Ok(if wrong == 0 { SUCCESSFUL } else { FAILED })
}

/// The stops, in the order in which the component describes its commands.
fn stops(commands: &[Command]) -> Result<Vec<Stop<'_>>, CliError> {
    let mut stops = Vec::new();
    for command in commands {
        let mut files: Vec<&File<'_>> = RECORDINGS
            .get_dir(&command.words.name)
            .map(|folder| folder.files().collect())
            .unwrap_or_default();
        files.sort_by_key(|file| file.path());
        for file in files.into_iter().filter(|file| {
            file.path()
                .extension()
                .is_some_and(|extension| extension == "har")
        }) {
            let recording = har::parse(file.contents(), &file.path().display().to_string())?;
            if recording.log.call.as_ref().is_some_and(|call| call.demo) {
                let golden = RECORDINGS.get_file(file.path().with_extension("outcome.json"));
                let expected =
                    golden.and_then(|golden| serde_json::from_slice(golden.contents()).ok());
                stops.push(Stop {
                    command,
                    recording,
                    expected,
                });
            }
        }
    }
    Ok(stops)
}

async fn visit<'a>(
    plugin: &Plugin,
    commands: &[Command],
    stop: &Stop<'a>,
) -> Result<(&'a Command, Told), CliError> {
    let words = &stop.command.words;
    let driven = recording::drive(plugin, commands, &stop.recording).await?;
    let report = match driven.outcome {
        Ok(reported) => reported.report,
        Err(error) => Report::from_breakdown(&words.name, &words.title, &error),
    };
    let expected = stop
        .expected
        .as_ref()
        .is_none_or(|golden| golden.return_data == report.return_data.as_str());
    let input = stop
        .recording
        .log
        .call
        .as_ref()
        .map(|call| call.input.clone())
        .unwrap_or_default();
    let told = Told {
        command_line: command_line(stop.command, &input),
        comment: stop.recording.log.comment.clone(),
        as_expected: expected && driven.complaints.is_empty() && driven.unused.is_empty(),
        report,
    };
    Ok((stop.command, told))
}

fn in_words(command: &Command, told: &Told) -> String {
    let title = plain(&command.words.title);
    let comment = told
        .comment
        .as_deref()
        .map(|comment| format!("{}\n", plain(comment)))
        .unwrap_or_default();
    let mut text = format!(
        "\n{title}\n{}\n$ {}\n{comment}\n{}",
        "=".repeat(title.chars().count()),
        told.command_line,
        report::found(&command.words.title, &told.report)
    );
    for trouble in &told.report.errors {
        text.push('\n');
        text.push_str(&report::wrong(trouble));
    }
    if !told.as_expected {
        text.push_str("\nThis is not what was expected.\n");
    }
    text
}

/// What somebody would type for this call.
fn command_line(command: &Command, input: &Map<String, Value>) -> String {
    let mut line = match command.words.interface.as_str() {
        "connection" => format!("host-test {}", command.words.name),
        _ => format!("host-test run {}", command.words.name),
    };
    for field in &command.inputs {
        let name = &field.name;
        let values = match input.get(name) {
            Some(Value::Array(items)) => items.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        for value in values {
            line.push_str(&match value {
                Value::Bool(true) => format!(" --{name}"),
                Value::String(text) => format!(" --{name} {}", quoted(text)),
                other => format!(" --{name} {}", quoted(&other.to_string())),
            });
        }
    }
    line
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let harmless =
        |character: char| character.is_ascii_alphanumeric() || "-_./:@,=+".contains(character);
    if !text.is_empty() && text.chars().all(harmless) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
