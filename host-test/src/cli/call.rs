//! `run` and `test-connection`: one call, on the network or on a recording, and its report.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::arguments::{ConnectionArguments, Format};
use super::console::Console;
use super::error::CliError;
use super::{FAILED, PARTIALLY_SUCCESSFUL, SUCCESSFUL, report};
use crate::catalog::Command;
use crate::egress::{Egress, Live, Recorder, Recording, Replay};
use crate::har::{self, Har};
use crate::invocation::{Invocation, Reported};
use crate::outcome::{Report, ReturnData};
use crate::plugin::{CallError, Plugin};
use crate::recording;
use crate::settings::Settings;
use crate::values;

/// What the component says of a request that the host did not let out.
const DENIED: &str = "does not allow a request";
/// How many entries of a recording are named when they were not used, or cannot be.
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
    let recorded = with.replay.as_deref().map(har::read).transpose()?;
    let Some(recorded) = recorded else {
        // A recording is nobody's organisation, so its answer depends on no environment.
        let settings = settings.or_environment(|name| std::env::var(name).ok());
        let live = Live::new(with.ca_file.as_deref())?.allowing(with.allow.clone());
        let live: Arc<dyn Egress> = Arc::new(live);
        let Some(file) = &with.record else {
            let invocation = Invocation::new(command, &settings, input)?;
            let outcome = invocation.make(plugin, live, None).await;
            return tell(command, outcome, &settings, format, console);
        };
        har::write::check(file)?;
        let (outcome, recording) =
            record(plugin, command, &settings, input, live, with.redact).await?;
        // Before anything is told: nobody may be listening any more.
        let written = har::write::write(file, &recording);
        let code = tell(command, outcome, &settings, format, console);
        return match written {
            Ok(()) => code,
            Err(error) => {
                console.tell(&format!("error: {error}"));
                Ok(FAILED)
            }
        };
    };
    // What is made up for a replay is no secret.
    let given = settings.clone();
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
    let mut outcome = invocation
        .make(plugin, Arc::<Replay>::clone(&replay), now)
        .await;
    let complaints = replay.complaints();
    if let Ok(reported) = &mut outcome {
        say_what_is_missing(&mut reported.report, &complaints);
    }
    let code = tell(command, outcome, &given, format, console);
    for complaint in &complaints {
        console.tell(&given.without_secrets(format!("error: {complaint}")));
    }
    let unusable = &recorded.log.unusable;
    if !unusable.is_empty() {
        console.tell(&format!(
            "remark: {} entries of the recording cannot be used and are not counted ({})",
            unusable.len(),
            first_of(unusable)
        ));
    }
    if !complaints.is_empty() {
        return code.map(|_| FAILED);
    }
    let (unused, of) = replay.unused();
    if !unused.is_empty() {
        console.tell(&format!(
            "remark: {} of {of} entries of the recording were not used ({})",
            unused.len(),
            first_of(&unused)
        ));
    }
    code
}

/// The first few of many, in a sentence.
fn first_of(entries: &[String]) -> String {
    let mut text = entries
        .iter()
        .take(NAMED_ENTRIES)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("; ");
    if entries.len() > NAMED_ENTRIES {
        text.push_str("; ...");
    }
    text
}

/// Makes the call, and a recording of it.
async fn record(
    plugin: &Plugin,
    command: &Command,
    settings: &Settings,
    input: Map<String, Value>,
    live: Arc<dyn Egress>,
    redact: bool,
) -> Result<(Result<Reported, CallError>, String), CliError> {
    let invocation = Invocation::new(command, settings, input.clone())?;
    let recorder = Arc::new(Recorder::new(live));
    let now = whole_second(SystemTime::now());
    let outcome = invocation
        .make(plugin, Arc::<Recorder>::clone(&recorder), Some(now))
        .await;
    let settings = match command.function.parameter("settings") {
        Some(of) => values::to_json(&settings.to_value(of)?).unwrap_or_default(),
        None => Value::Null,
    };
    let recording = recorder.har(&Recording {
        command: &command.words.name,
        input: &input,
        settings: settings.as_object().unwrap_or(&Map::new()),
        now,
        redact,
    });
    Ok((outcome, recording))
}

/// The beginning of the second. A recording has no fractions, and what the component makes of the time must be the same
/// in a replay.
fn whole_second(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.unwrap_or_default().as_secs())
}

/// The settings of a replay: those that were given, those that belong to the recording, and a made-up credential.
fn or_recorded(settings: Settings, recorded: &Har) -> Result<Settings, CliError> {
    let settings = match &recorded.log.call {
        Some(call) => settings.or(Settings::from_json(call.settings.clone())?),
        None => settings,
    };
    Ok(settings.or_made_up(&recording::server_url(recorded)))
}

/// Puts what the recording lacks in place of what the component makes of it: that the host let nothing out.
fn say_what_is_missing(report: &mut Report, complaints: &[String]) {
    for trouble in &mut report.errors {
        let is_of = |complaint: &&String| {
            let item = trouble.item.as_ref();
            item.is_some_and(|item| complaint.contains(item))
        };
        let complaint = complaints.iter().find(is_of).or(complaints.first());
        if let Some(complaint) = complaint.filter(|_| trouble.message.contains(DENIED)) {
            trouble.message.clone_from(complaint);
        }
    }
}

/// Prints the report, and what the host has to say about it. Whatever was answered, the key in `settings` is not in it.
fn tell(
    command: &Command,
    outcome: Result<Reported, CallError>,
    settings: &Settings,
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
    let clean = |text: String| settings.without_secrets(text);
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
