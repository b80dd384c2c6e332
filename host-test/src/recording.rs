//! A recording that belongs to a call: drives the command through the component and looks at what was asked of the recording.

use std::sync::Arc;
use std::time::SystemTime;

use url::Url;

use crate::catalog::Command;
use crate::egress::{Policy, Replay, is_loopback};
use crate::har::{Call, Har};
use crate::invocation::{Invocation, InvocationError, Reported};
use crate::plugin::{CallError, Plugin};
use crate::settings::Settings;

/// What came of driving a recording.
#[derive(Debug)]
pub struct Driven {
    /// The report, unless the component broke down.
    pub outcome: Result<Reported, CallError>,
    /// A sentence for each request that the recording does not answer, and for each entry that cannot be used.
    pub complaints: Vec<String>,
    /// The entries that nobody asked for.
    pub unused: Vec<String>,
}

/// Makes the call that a recording belongs to, answered by the recording.
///
/// # Errors
///
/// When the recording does not say which call it belongs to, or says one that cannot be made.
pub async fn drive(
    plugin: &Plugin,
    commands: &[Command],
    recording: &Har,
) -> Result<Driven, InvocationError> {
    let call = call_of(recording)?;
    let command = commands
        .iter()
        .find(|command| command.words.name == call.command);
    let command = command.ok_or_else(|| {
        InvocationError::Recording(format!("the component has no command `{}`", call.command))
    })?;
    let now = now(call)?;
    let settings = Settings::from_json(call.settings.clone())?.or_made_up(&server_url(recording));
    let invocation = Invocation::new(command, &settings, call.input.clone())?;
    let replay = Arc::new(Replay::new(recording));
    let outcome = invocation
        .make(plugin, Arc::<Replay>::clone(&replay), now)
        .await;
    Ok(Driven {
        outcome,
        // Our own recordings have no entry in vain.
        complaints: [replay.complaints(), recording.log.unusable.clone()].concat(),
        unused: replay.unused().0,
    })
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
