//! The platform's commands: check the input, ask AMP, shape the outcome. A file for each subject of AMP, named as its
//! twin in `amp`.

use std::fmt::Display;

use crate::amp::Amp;
use crate::amp::error::AmpError;
use crate::amp::ids::Guid;
use crate::amp::pagination::{Missing, PagedList};
use crate::catalog::words::Command;
use crate::concurrency::Pending;
use crate::concurrency::side_by_side;
use crate::connection::{Connection, SettingError, TEST_CONNECTION_TIMEOUT};
use crate::contract::exports::conductor::secure_endpoint::connection::Settings;
use crate::contract::exports::conductor::secure_endpoint::intake::{Batch, PollRequest};
use crate::contract::exports::conductor::secure_endpoint::types::{
    CommandFailure, Failure, Outcome, Quota,
};
use crate::http::Http;
use crate::intake;
use crate::outcome::{Findings, counted};

pub mod computer;
pub mod event;
mod explain;
pub mod file_list;
pub mod group;
pub mod input;
pub mod isolation;
pub mod policy;
pub mod test_connection;

#[cfg(test)]
mod tests;

use input::InputError;

/// What a command came back with: findings, and what failed while the rest came.
pub struct Answered {
    findings: Findings,
    failed: Vec<ItemError>,
}

impl From<Findings> for Answered {
    fn from(findings: Findings) -> Self {
        Self {
            findings,
            failed: Vec::new(),
        }
    }
}

/// What failed.
pub struct ItemError {
    /// The item that it belongs to, as the user knows it.
    item: Option<String>,
    error: AmpError,
}

impl From<AmpError> for ItemError {
    fn from(error: AmpError) -> Self {
        Self { item: None, error }
    }
}

impl ItemError {
    /// An error about an item.
    fn about(item: &dyn Display, error: AmpError) -> Self {
        Self {
            item: Some(item.to_string()),
            error,
        }
    }
}

/// Why a command has nothing to show.
pub enum CommandError {
    /// The input cannot be right.
    Input(InputError),
    /// AMP gave no useful answer, to the one request or for any of the items.
    Failed(Vec<ItemError>),
}

impl From<InputError> for CommandError {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<ItemError> for CommandError {
    fn from(error: ItemError) -> Self {
        Self::Failed(vec![error])
    }
}

impl From<AmpError> for CommandError {
    fn from(error: AmpError) -> Self {
        ItemError::from(error).into()
    }
}

/// What a command does with its input.
pub type Work<I> = for<'a> fn(&'a Amp<'a>, &'a I) -> Pending<'a, Result<Answered, CommandError>>;

/// Runs a command: checks the settings, lets it work, and puts what came of it into the contract's words.
///
/// # Errors
///
/// Everything that leaves the command without an outcome, explained.
pub async fn run<I>(
    world: &dyn Http,
    command: Command,
    settings: &Settings,
    input: &I,
    work: Work<I>,
) -> Result<Outcome, CommandFailure> {
    let connection = connect(command, settings)?;
    let amp = Amp::new(world, &connection);
    let done = work(&amp, input).await;
    tell(command, &amp, done)
}

/// The settings, checked.
fn connect(command: Command, settings: &Settings) -> Result<Connection, CommandFailure> {
    let mut connection = Connection::from_settings(settings)
        .map_err(|SettingError { setting, message }| explain::input(command, setting, &message))?;
    // Whoever waits for a health check takes a long silence for a failure of the platform.
    if command == Command::TestConnection && settings.call_timeout_ms.is_none() {
        connection.call_timeout = TEST_CONNECTION_TIMEOUT;
    }
    Ok(connection)
}

/// What came of a command, in the contract's words.
fn tell(
    command: Command,
    amp: &Amp<'_>,
    done: Result<Answered, CommandError>,
) -> Result<Outcome, CommandFailure> {
    let Answered {
        mut findings,
        mut failed,
    } = done.map_err(|error| failure(command, amp, error))?;
    amp.take_remarks()
        .into_iter()
        .for_each(|remark| findings.remark(remark));
    // Data with errors next to it: the data is returned, and the errors with it.
    failed.extend(amp.take_reported().into_iter().map(ItemError::from));
    findings.failures(failures(command, amp, &failed));
    Ok(findings.finish(quota(amp)))
}

/// Why there is nothing to show, in the contract's words.
fn failure(command: Command, amp: &Amp<'_>, error: CommandError) -> CommandFailure {
    match error {
        CommandError::Input(InputError { field, message }) => {
            explain::input(command, field, &message)
        }
        CommandError::Failed(failed) => CommandFailure {
            failures: failures(command, amp, &failed),
            quota: quota(amp),
        },
    }
}

fn failures(command: Command, amp: &Amp<'_>, failed: &[ItemError]) -> Vec<Failure> {
    let explained = |failed| explain::failure(command, amp.connection(), failed);
    failed.iter().map(explained).collect()
}

fn quota(amp: &Amp<'_>) -> Option<Quota> {
    amp.quota().map(Quota::from)
}

/// Runs a poll of the intake: checks the settings, and explains what keeps it from a batch.
///
/// # Errors
///
/// Everything that leaves the poll without a batch, explained. The cursor that came in still holds.
pub async fn poll(
    world: &dyn Http,
    settings: &Settings,
    request: &PollRequest,
) -> Result<Batch, CommandFailure> {
    let connection = connect(Command::Poll, settings)?;
    let amp = Amp::new(world, &connection);
    intake::poll(&amp, request)
        .await
        .map_err(|error| failure(Command::Poll, &amp, error))
}

/// Does the same for each GUID, side by side. Gives what came of each that succeeded, in the order of the input, and the failures.
///
/// # Errors
///
/// If not one of them came to a good end.
async fn for_each<'a, T>(
    amp: &'a Amp<'a>,
    guids: &'a [Guid],
    work: &dyn Fn(&'a Guid) -> Pending<'a, Result<T, AmpError>>,
) -> Result<(Vec<(&'a Guid, T)>, Vec<ItemError>), CommandError> {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    let results = side_by_side(&|| amp.in_flight(), &mut guids.iter().map(work)).await;
    for (guid, result) in guids.iter().zip(results) {
        match result {
            Ok(value) => done.push((guid, value)),
            Err(error) => failed.push(ItemError::about(guid, error)),
        }
    }
    if done.is_empty() {
        Err(CommandError::Failed(failed))
    } else {
        Ok((done, failed))
    }
}

/// Remarks on GUIDs that were given more than once.
fn remark_repeated(findings: &mut Findings, repeated: usize) {
    if repeated > 0 {
        findings.remark(format!(
            "{} left out; each was asked for once.",
            counted(repeated, "repeated GUID was", "repeated GUIDs were")
        ));
    }
}

/// What every list has in common: its raw data, how many more matches there are, and ranges that are missing.
fn answered(mut findings: Findings, list: PagedList, offset: u64, shown: usize) -> Answered {
    let end = offset.saturating_add(u64::try_from(shown).unwrap_or(u64::MAX));
    let is_whole = list.missing.is_empty() && list.oversized.is_empty();
    if let Some(total) = list
        .total
        .filter(|total| *total > end || (shown == 0 && *total > 0))
        && is_whole
    {
        let shown = match shown {
            0 => format!("none is beyond offset {offset}"),
            _ => format!("these are numbers {} to {end}", offset.saturating_add(1)),
        };
        findings.remark(format!("There are {total} matches in all; {shown}."));
    }
    if list.has_changed {
        findings.remark("The list changed while it was read, so it may lack an item or two; run the command again to be sure.");
    }
    findings.remark_oversized(&list.oversized);
    let failed = list
        .missing
        .into_iter()
        .map(|Missing { range, error }| ItemError::about(&range, error))
        .collect();
    for answer in list.answers {
        findings.raw(answer.text);
    }
    Answered { findings, failed }
}

impl From<crate::amp::quota::Quota> for Quota {
    fn from(quota: crate::amp::quota::Quota) -> Self {
        Self {
            limit: quota.limit,
            remaining: quota.remaining,
            reset_seconds: quota.reset_seconds,
        }
    }
}
