//! The way that a call's requests take: over the network, over the network into a recording, or out of one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::FAILED;
use super::arguments::ConnectionArguments;
use super::console::Console;
use super::error::CliError;
use crate::catalog::Command;
use crate::egress::{Egress, Live, Recorder, Recording, Replay};
use crate::har::{self, Har};
use crate::outcome::Trouble;
use crate::recording;
use crate::settings::Settings;
use crate::values;

/// The kind of a failure whose request the host did not allow.
const DENIED: &str = "denied";
/// How many entries of a recording are named when they were not used, or cannot be.
const NAMED_ENTRIES: usize = 3;

/// A connection that is ready for a call.
pub(super) struct Way {
    /// The settings of the call.
    pub(super) settings: Settings,
    /// What the wall clock shows; none is the present time.
    pub(super) now: Option<SystemTime>,
    /// The settings that somebody gave: their key is told nowhere. What is made up for a replay is no secret.
    given: Settings,
    kind: Kind,
}

/// Who answers.
enum Kind {
    Network(Arc<dyn Egress>),
    Recorded {
        recorder: Arc<Recorder>,
        began: SystemTime,
        file: PathBuf,
        redact: bool,
    },
    Replayed {
        replay: Arc<Replay>,
        /// Entries of the recording that cannot be used.
        unusable: Vec<String>,
    },
}

impl Way {
    /// Opens the way that was asked for. From here on the clock stands still where a recording answers.
    pub(super) fn open(with: &ConnectionArguments) -> Result<Self, CliError> {
        let settings = match &with.connection {
            Some(file) => Settings::read(file, |name| std::env::var(name).ok())?,
            None => Settings::default(),
        };
        if let Some(file) = &with.replay {
            return Self::replayed(settings, &har::read(file)?, with);
        }
        // A recording is nobody's organisation, so its answer depends on no environment.
        let settings = settings.or_environment(|name| std::env::var(name).ok());
        let live = Live::new(with.ca_file.as_deref())?.allowing(with.allow.clone());
        let live: Arc<dyn Egress> = Arc::new(live);
        let (kind, now) = match &with.record {
            None => (Kind::Network(live), None),
            Some(file) => {
                har::write::check(file)?;
                let began = whole_second(SystemTime::now());
                let kind = Kind::Recorded {
                    recorder: Arc::new(Recorder::new(live)),
                    began,
                    file: file.clone(),
                    redact: with.redact,
                };
                (kind, Some(began))
            }
        };
        Ok(Self {
            given: settings.clone(),
            settings,
            now,
            kind,
        })
    }

    fn replayed(
        given: Settings,
        recorded: &Har,
        with: &ConnectionArguments,
    ) -> Result<Self, CliError> {
        let call = recorded.log.call.as_ref();
        let now = call.map(recording::now).transpose()?.flatten();
        let settings = or_recorded(given.clone(), recorded)?;
        // Nobody is waited for but a recording, so waits need not take any time.
        tokio::time::pause();
        Ok(Self {
            settings,
            now,
            given,
            kind: Kind::Replayed {
                replay: Arc::new(Replay::new(recorded).allowing(with.allow.clone())),
                unusable: recorded.log.unusable.clone(),
            },
        })
    }

    /// Who answers.
    pub(super) fn egress(&self) -> Arc<dyn Egress> {
        match &self.kind {
            Kind::Network(live) => Arc::clone(live),
            Kind::Recorded { recorder, .. } => Arc::<Recorder>::clone(recorder),
            Kind::Replayed { replay, .. } => Arc::<Replay>::clone(replay),
        }
    }

    /// A text without the key that somebody gave.
    pub(super) fn without_secrets(&self, text: String) -> String {
        self.given.without_secrets(text)
    }

    /// Writes the recording, if one was asked for. Before anything is told: nobody may be listening any more.
    pub(super) fn write_down(
        &self,
        command: &Command,
        input: &Map<String, Value>,
    ) -> Result<(), CliError> {
        let Kind::Recorded {
            recorder,
            began,
            file,
            redact,
        } = &self.kind
        else {
            return Ok(());
        };
        let settings = match command.function.parameter("settings") {
            Some(of) => values::to_json(&self.settings.to_value(of)?).unwrap_or_default(),
            None => Value::Null,
        };
        let recording = recorder.har(&Recording {
            command: &command.words.name,
            input,
            settings: settings.as_object().unwrap_or(&Map::new()),
            now: *began,
            redact: *redact,
        });
        Ok(har::write::write(file, &recording)?)
    }

    /// Puts what the recording lacks in place of what the component makes of it: that the host let nothing out.
    pub(super) fn say_what_is_missing(&self, errors: &mut [Trouble]) {
        let complaints = self.complaints();
        for trouble in errors {
            let is_of = |complaint: &&String| {
                let item = trouble.item.as_ref();
                item.is_some_and(|item| complaint.contains(item))
            };
            let complaint = complaints.iter().find(is_of).or(complaints.first());
            if let Some(complaint) = complaint.filter(|_| trouble.kind == DENIED) {
                trouble.message.clone_from(complaint);
            }
        }
    }

    fn complaints(&self) -> Vec<String> {
        match &self.kind {
            Kind::Replayed { replay, .. } => replay.complaints(),
            Kind::Network(_) | Kind::Recorded { .. } => Vec::new(),
        }
    }

    /// Says at the end how the recording that answered fits the call, or why the one that was made is not `written`. Gives
    /// the exit code: `code`, unless any of that failed.
    pub(super) fn end(
        &self,
        code: Result<u8, CliError>,
        written: Result<(), CliError>,
        console: &mut Console,
    ) -> Result<u8, CliError> {
        if let Err(error) = written {
            console.tell(&format!("error: {error}"));
            return code.map(|_| FAILED);
        }
        let Kind::Replayed { replay, unusable } = &self.kind else {
            return code;
        };
        let complaints = replay.complaints();
        for complaint in &complaints {
            console.tell(&self.without_secrets(format!("error: {complaint}")));
        }
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
