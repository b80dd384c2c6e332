//! `run` and `test-connection`: one call, on the network or on a recording, and its report.

use serde_json::{Map, Value};

use super::arguments::{ConnectionArguments, Format};
use super::console::Console;
use super::error::CliError;
use super::way::Way;
use super::{FAILED, PARTIALLY_SUCCESSFUL, SUCCESSFUL, report};
use crate::catalog::Command;
use crate::invocation::{Invocation, Reported};
use crate::outcome::{Report, ReturnData};
use crate::plugin::{CallError, Plugin};

/// Makes the call and tells what came of it.
pub(super) async fn run(
    plugin: &Plugin,
    command: &Command,
    with: &ConnectionArguments,
    input: Map<String, Value>,
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    let way = Way::open(with)?;
    let invocation = Invocation::new(command, &way.settings, input.clone())?;
    let mut outcome = invocation.make(plugin, way.egress(), way.now).await;
    let written = way.write_down(command, &input);
    if let Ok(reported) = &mut outcome {
        way.say_what_is_missing(&mut reported.report.errors);
    }
    let code = tell(command, outcome, &way, format, console);
    way.end(code, written, console)
}

/// Prints the report, and what the host has to say about it. Whatever was answered, the key is not in it.
fn tell(
    command: &Command,
    outcome: Result<Reported, CallError>,
    way: &Way,
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    let words = &command.words;
    let (report, notes) = match outcome {
        Ok(reported) => (reported.report, reported.notes),
        Err(error) => (
            Report::from_breakdown(&words.name, &words.title, &error),
            error.notes().to_vec(),
        ),
    };
    let clean = |text: String| way.without_secrets(text);
    let printed = console.print(&clean(match format {
        Format::Json => report.to_json(),
        Format::Text => report::found(&words.title, &report),
    }));
    // Also where the result cannot be printed: a change may have been made.
    if format == Format::Text || printed.is_err() {
        for trouble in &report.errors {
            console.tell(&clean(format!("\n{}", report::wrong(trouble).trim_end())));
        }
    }
    for note in notes {
        console.tell(&clean(format!("note: {note}")));
    }
    printed?;
    Ok(match report.return_data {
        ReturnData::Successful => SUCCESSFUL,
        ReturnData::PartiallySuccessful => PARTIALLY_SUCCESSFUL,
        ReturnData::Failed => FAILED,
    })
}
