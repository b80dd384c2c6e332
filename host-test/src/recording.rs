//! A recording that belongs to a call: drives the command, or the poll, through the component and looks at what was asked of
//! the recording.

use std::sync::Arc;
use std::time::SystemTime;

use url::Url;

use crate::catalog::{Command, Intake};
use crate::egress::{Policy, Replay, is_loopback};
use crate::har::{Call, Har};
use crate::intake::{Poll, Polled};
use crate::invocation::{Invocation, InvocationError, Reported};
use crate::plugin::{CallError, Plugin};
use crate::settings::Settings;

/// What came of driving a recording.
#[derive(Debug)]
pub struct Driven<T> {
    /// What the component answered, unless it broke down.
    pub outcome: Result<T, CallError>,
    /// A sentence for each request that the recording does not answer, and for each entry that cannot be used.
    pub complaints: Vec<String>,
    /// The entries that nobody asked for.
    pub unused: Vec<String>,
}

/// Makes the call of a command that a recording belongs to, answered by the recording.
///
/// # Errors
///
/// When the recording does not say which call it belongs to, or says one that cannot be made.
pub async fn drive(
    plugin: &Plugin,
    commands: &[Command],
    recording: &Har,
) -> Result<Driven<Reported>, InvocationError> {
    let scene = Scene::of(recording)?;
    let command = commands
        .iter()
        .find(|command| command.words.name == scene.call.command);
    let command = command.ok_or_else(|| scene.no_such_command())?;
    let invocation = Invocation::new(command, &scene.settings, scene.call.input.clone())?;
    let outcome = invocation.make(plugin, scene.egress(), scene.now).await;
    Ok(scene.end(outcome, recording))
}

/// Makes the poll that a recording belongs to, answered by the recording.
///
/// # Errors
///
/// As for [`drive`].
pub async fn drive_poll(
    plugin: &Plugin,
    intake: &Intake,
    recording: &Har,
) -> Result<Driven<Polled>, InvocationError> {
    let scene = Scene::of(recording)?;
    if scene.call.command != intake.poll.words.name {
        return Err(scene.no_such_command());
    }
    let poll = Poll::new(intake, &scene.settings, scene.call.input.clone())?;
    let outcome = poll.make(plugin, scene.egress(), scene.now).await;
    Ok(scene.end(outcome, recording))
}

/// What a recorded call is made in.
struct Scene<'a> {
    call: &'a Call,
    now: Option<SystemTime>,
    settings: Settings,
    replay: Arc<Replay>,
}

impl<'a> Scene<'a> {
    fn of(recording: &'a Har) -> Result<Self, InvocationError> {
        let call = call_of(recording)?;
        Ok(Self {
            call,
            now: now(call)?,
            settings: Settings::from_json(call.settings.clone())?
                .or_made_up(&server_url(recording)),
            replay: Arc::new(Replay::new(recording)),
        })
    }

    fn no_such_command(&self) -> InvocationError {
        InvocationError::Recording(format!(
            "the component has no command `{}`",
            self.call.command
        ))
    }

    fn egress(&self) -> Arc<Replay> {
        Arc::clone(&self.replay)
    }

    fn end<T>(&self, outcome: Result<T, CallError>, recording: &Har) -> Driven<T> {
        Driven {
            outcome,
            // Our own recordings have no entry in vain.
            complaints: [self.replay.complaints(), recording.log.unusable.clone()].concat(),
            unused: self.replay.unused().0,
        }
    }
}

/// The call that a recording belongs to.
///
/// # Errors
///
/// When it does not say.
pub fn call_of(recording: &Har) -> Result<&Call, InvocationError> {
    let missing = || {
        InvocationError::Recording(
            "it has no `log._call`, which says which command it belongs to".to_owned(),
        )
    };
    recording.log.call.as_ref().ok_or_else(missing)
}

/// The wall clock that a recording wants; none is the present time.
///
/// # Errors
///
/// When it is no time.
pub fn now(call: &Call) -> Result<Option<SystemTime>, InvocationError> {
    let read = |now: &String| {
        humantime::parse_rfc3339(now).map_err(|error| {
            InvocationError::Recording(format!(
                "`log._call.now` is `{now}`: {error}; write 2026-05-01T10:00:00Z"
            ))
        })
    };
    call.now.as_ref().map(read).transpose()
}

/// The server of a recording's first request that a connection may go to. HTTPS, even if it was recorded without, unless
/// it is a loopback address.
#[must_use]
pub fn server_url(recording: &Har) -> String {
    let origin = recording.log.entries.iter().find_map(|entry| {
        let url = Url::parse(&entry.request.url).ok()?;
        let host = url.host()?.to_owned();
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let scheme = if is_loopback(&host) {
            url.scheme()
        } else {
            "https"
        };
        let origin = format!("{scheme}://{host}{port}");
        let may_be_reached = Policy::only(&origin).check(&origin.parse().ok()?).is_ok();
        may_be_reached.then_some(origin)
    });
    // A recording without entries: of a call that is to make no request.
    origin.unwrap_or_else(|| "https://api.amp.cisco.com".to_owned())
}
