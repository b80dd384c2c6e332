//! `demo`: the whole tour on recordings that are part of this program, each command and then the intake. No account, no
//! network, nothing to set up.

use include_dir::{Dir, File, include_dir};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::arguments::Format;
use super::console::{Console, plain};
use super::error::CliError;
use super::{FAILED, SUCCESSFUL, report};
use crate::catalog::{self, Command, Intake};
use crate::har::{self, Har};
use crate::intake::PollOutcome;
use crate::json_text;
use crate::outcome::{Report, ReturnData};
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
    report: Came,
}

/// What came of a stop.
#[derive(Serialize)]
#[serde(untagged)]
enum Came {
    Command(Report),
    Poll(PollOutcome),
}

impl Came {
    fn return_data(&self) -> ReturnData {
        match self {
            Self::Command(report) => report.return_data,
            Self::Poll(outcome) => outcome.return_data(),
        }
    }

    fn in_words(&self, title: &str) -> String {
        let report = match self {
            Self::Poll(PollOutcome::Batch { batch, .. }) => return report::batch(title, batch),
            Self::Command(report) | Self::Poll(PollOutcome::Failed(report)) => report,
        };
        let errors = report.errors.iter();
        let errors = errors.map(|trouble| format!("\n{}", report::wrong(trouble)));
        format!(
            "{}{}",
            report::found(title, report),
            errors.collect::<String>()
        )
    }
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
    let intake = catalog::read_intake(plugin).await?;
    // Recordings answer at once; waits between attempts need not take any time.
    tokio::time::pause();
    let stops = stops(commands.iter().chain([&intake.poll]))?;
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
        let seen = visit(plugin, commands, &intake, stop).await?;
        wrong = wrong.saturating_add(usize::from(!seen.as_expected));
        if text {
            console.print(&in_words(stop.command, &seen))?;
        }
        told.push(seen);
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

/// The stops, in the order of what they show.
fn stops<'a>(commands: impl Iterator<Item = &'a Command>) -> Result<Vec<Stop<'a>>, CliError> {
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

async fn visit(
    plugin: &Plugin,
    commands: &[Command],
    intake: &Intake,
    stop: &Stop<'_>,
) -> Result<Told, CliError> {
    let words = &stop.command.words;
    let recording = &stop.recording;
    let (report, complaints, unused) = if words.name == intake.poll.words.name {
        let driven = recording::drive_poll(plugin, intake, recording).await?;
        let outcome = PollOutcome::new(&intake.poll, driven.outcome);
        (Came::Poll(outcome), driven.complaints, driven.unused)
    } else {
        let driven = recording::drive(plugin, commands, recording).await?;
        let report = match driven.outcome {
            Ok(reported) => reported.report,
            Err(error) => Report::from_breakdown(&words.name, &words.title, &error),
        };
        (Came::Command(report), driven.complaints, driven.unused)
    };
    let expected = stop
        .expected
        .as_ref()
        .is_none_or(|golden| golden.return_data == report.return_data().as_str());
    let input = recording
        .log
        .call
        .as_ref()
        .map(|call| call.input.clone())
        .unwrap_or_default();
    Ok(Told {
        command_line: command_line(stop.command, &input),
        comment: recording.log.comment.clone(),
        as_expected: expected && complaints.is_empty() && unused.is_empty(),
        report,
    })
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
        told.report.in_words(&command.words.title)
    );
    if !told.as_expected {
        text.push_str("\nThis is not what was expected.\n");
    }
    text
}

/// What somebody would type for this call.
fn command_line(command: &Command, input: &Map<String, Value>) -> String {
    let mut line = match command.words.interface.as_str() {
        "commands" => format!("host-test run {}", command.words.name),
        _ => format!("host-test {}", command.words.name),
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
