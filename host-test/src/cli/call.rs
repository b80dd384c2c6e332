//! `run` and `test-connection`: one call, on the network or on a recording, and its report.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::arguments::{ConnectionArguments, Format};
use super::console::Console;
use super::error::CliError;
use super::{FAILED, PARTIALLY_SUCCESSFUL, SUCCESSFUL, report};
use crate::catalog::Command;
use crate::egress::{Egress, Live, Replay};
use crate::har::{self, Har};
use crate::invocation::{Invocation, Reported};
use crate::outcome::{Report, ReturnData};
use crate::plugin::{CallError, Plugin};
use crate::recording;
use crate::settings::Settings;

/// How many entries of a recording are named when they were not used.
const NAMED_ENTRIES: usize = 3;

/// Makes the call and tells what came of it.
pub(super) async fn run(
    plugin: &Plugin,
    command: &Command,
    with: &ConnectionArguments,
    input: Map<String, Value>,
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    let settings = match &with.connection {
        Some(file) => Settings::read(file)?,
        None => Settings::default(),
    };
    let settings = settings.or_environment(|name| std::env::var(name).ok());
    let recorded = with.replay.as_deref().map(har::read).transpose()?;
    let Some(recorded) = recorded else {
        let invocation = Invocation::new(command, &settings, input)?;
        let live = Live::new(with.ca_file.as_deref())?.allowing(with.allow.clone());
        let live: Arc<dyn Egress> = Arc::new(live);
        let outcome = invocation.make(plugin, live, None).await;
        return tell(command, outcome, format, console);
    };
    let settings = or_recorded(settings, &recorded)?;
    let now = recorded
        .log
        .call
        .as_ref()
        .map(recording::now)
        .transpose()?
        .flatten();
    let invocation = Invocation::new(command, &settings, input)?;
    let replay = Arc::new(Replay::new(&recorded).allowing(with.allow.clone()));
    // Nobody is waited for but a recording, so waits need not take any time.
    tokio::time::pause();
    let outcome = invocation
        .make(plugin, Arc::<Replay>::clone(&replay), now)
        .await;
    let code = tell(command, outcome, format, console)?;

    let complaints = replay.complaints();
    for complaint in &complaints {
        console.tell(&format!("error: {complaint}"));
    }
    if !complaints.is_empty() {
        return Ok(FAILED);
    }
    let (unused, of) = replay.unused();
    if !unused.is_empty() {
        let named: Vec<&str> = unused
            .iter()
            .take(NAMED_ENTRIES)
            .map(String::as_str)
            .collect();
        let more = if unused.len() > NAMED_ENTRIES {
            "; ..."
        } else {
            ""
        };
        console.tell(&format!(
            "remark: {} of {of} entries of the recording were not used ({}{more})",
            unused.len(),
            named.join("; ")
        ));
    }
    Ok(code)
}

/// The settings of a replay: those that were given, those that belong to the recording, and a made-up credential.
fn or_recorded(settings: Settings, recorded: &Har) -> Result<Settings, CliError> {
    let settings = match &recorded.log.call {
        Some(call) => settings.or(Settings::from_json(call.settings.clone())?),
        None => settings,
    };
    Ok(settings.or_made_up(&recording::server_url(recorded)))
}

/// Prints the report, and what the host has to say about it.
fn tell(
    command: &Command,
    outcome: Result<Reported, CallError>,
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    let words = &command.words;
    let (report, notes) = match outcome {
        Ok(reported) => (reported.report, reported.notes),
        Err(error) => (
            Report::from_breakdown(&words.name, &words.title, &error),
            Vec::new(),
        ),
    };
    match format {
        Format::Json => console.print(&report.to_json())?,
        Format::Text => {
            console.print(&report::found(&words.title, &report))?;
            for trouble in &report.errors {
                console.tell(&format!("\n{}", report::wrong(trouble).trim_end()));
            }
        }
    }
    for note in notes {
        console.tell(&format!("note: {note}"));
    }
    Ok(match report.return_data {
        ReturnData::Successful => SUCCESSFUL,
        ReturnData::PartiallySuccessful => PARTIALLY_SUCCESSFUL,
        ReturnData::Failed => FAILED,
    })
}
