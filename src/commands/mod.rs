//! The platform's commands: check the input, ask AMP, shape the outcome. A file for each subject of AMP, named as its
//! twin in `amp`.

use crate::amp::Amp;
use crate::amp::error::AmpError;
use crate::amp::ids::Guid;
use crate::amp::pages::Listing;
use crate::catalog::words::Command;
use crate::concurrency::side_by_side;
use crate::connection::{Connection, SettingError};
use crate::contract::exports::conductor::secure_endpoint::connection::Settings;
use crate::contract::exports::conductor::secure_endpoint::types::{CommandFailure, Outcome, Quota};
use crate::http::Http;
use crate::outcome::{Findings, counted};

pub mod computer;
pub mod event;
mod explain;
pub mod file_list;
pub mod group;
pub mod input;
pub mod isolation;
pub mod policy;
pub mod version;


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

/// One of several items failed.
pub struct ItemError {
    /// The item, as the user knows it.
    item: String,
    error: AmpError,
}

/// Why a command has nothing to show.
pub enum CommandError {
    /// The input cannot be right.
    Input(InputError),
    /// AMP gave no useful answer.
    Amp {
        /// The item that the command was about, if there is one.
        item: Option<String>,
        /// What went wrong.
        error: AmpError,
        /// What a person should know beside it.
        remarks: Vec<String>,
    },
    /// Every one of several items failed.
    Items(Vec<ItemError>),
}

impl From<InputError> for CommandError {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<AmpError> for CommandError {
    fn from(error: AmpError) -> Self {
        Self::Amp {
            item: None,
            error,
            remarks: Vec::new(),
        }
    }
}

impl CommandError {
    /// The same error about an item.
    fn about(item: &impl ToString, error: AmpError) -> Self {
        Self::Amp {
            item: Some(item.to_string()),
            error,
            remarks: Vec::new(),
        }
    }
}

/// Runs a command: checks the settings, lets it work, and puts what came of it into the contract's words.
///
/// # Errors
///
/// Everything that leaves the command without an outcome, explained.
pub async fn run(
    world: &dyn Http,
    command: Command,
    settings: &Settings,
    work: impl AsyncFnOnce(&Amp<'_>) -> Result<Answered, CommandError>,
) -> Result<Outcome, CommandFailure> {
    let connection = match Connection::from_settings(settings) {
        Ok(connection) => connection,
        Err(SettingError { setting, message }) => {
            return Err(explain::input(command, setting, &message));
        }
    };
    let amp = Amp::new(world, &connection);
    let done = work(&amp).await;
    let quota = amp.quota().map(|quota| Quota {
        limit: quota.limit,
        remaining: quota.remaining,
        reset_seconds: quota.reset_seconds,
    });
    let explained =
        |item: Option<&str>, error: &AmpError| explain::failure(command, &connection, item, error);
    let failures = |failed: &[ItemError]| {
        failed
            .iter()
            .map(|failed| explained(Some(&failed.item), &failed.error))
            .collect()
    };
    match done {
        Ok(Answered {
            mut findings,
            failed,
        }) => {
            findings.failures(failures(&failed));
            Ok(findings.finish(quota))
        }
        Err(CommandError::Input(InputError { field, message })) => {
            Err(explain::input(command, field, &message))
        }
        Err(CommandError::Amp {
            item,
            error,
            remarks,
        }) => Err(CommandFailure {
            failure: explained(item.as_deref(), &error),
            item_failures: Vec::new(),
            remarks,
            quota,
        }),
        Err(CommandError::Items(failed)) => {
            let item_failures: Vec<_> = failures(&failed);
            let failure = match item_failures.first() {
                Some(first) => first.clone(),
                // No command asks about no items; if one did, that would be its input's fault.
                None => return Err(explain::input(command, "input", "there is nothing to do")),
            };
            Err(CommandFailure {
                failure,
                item_failures,
                remarks: Vec::new(),
                quota,
            })
        }
    }
}

/// Does the same for each GUID, side by side. What came of each is put into the findings by `show`, in the order of the input.
///
/// # Errors
///
/// If not one of them came to a good end.
async fn for_each<T>(
    amp: &Amp<'_>,
    guids: &[Guid],
    mut findings: Findings,
    work: impl AsyncFn(&Guid) -> Result<T, AmpError>,
    mut show: impl FnMut(&mut Findings, &Guid, T),
) -> Result<Answered, CommandError> {
    let mut failed = Vec::new();
    let results = side_by_side(amp.in_flight(), guids.iter().map(|guid| work(guid))).await;
    for (guid, result) in guids.iter().zip(results) {
        match result {
            Ok(done) => show(&mut findings, guid, done),
            Err(error) => failed.push(ItemError {
                item: guid.to_string(),
                error,
            }),
        }
    }
    if failed.len() == guids.len() {
        return Err(CommandError::Items(failed));
    }
    Ok(Answered { findings, failed })
}

/// Remarks on GUIDs that were given more than once.
fn remark_repeated(findings: &mut Findings, repeated: usize) {
    if repeated > 0 {
        let repeated = u64::try_from(repeated).unwrap_or(u64::MAX);
        findings.remark(format!(
            "{} given more than once; each was asked for once",
            counted(repeated, "GUID was", "GUIDs were")
        ));
    }
}

/// What every list has in common: its raw data, a word on what there is beyond it, and pages that are missing.
fn answered(mut findings: Findings, listing: Listing, offset: u64, shown: usize) -> Answered {
    let end = offset.saturating_add(u64::try_from(shown).unwrap_or(u64::MAX));
    if let Some(total) = listing.total.filter(|total| *total > end)
        && listing.failed.is_empty()
        && shown > 0
    {
        findings.remark(format!(
            "there are {total} matches in all; these are numbers {} to {end}",
            offset.saturating_add(1)
        ));
    }
    if listing.changed {
        findings.remark("the list changed while it was read, so it may lack an item or two; run the command again to be sure");
    }
    let failed = listing
        .failed
        .into_iter()
        .map(|(offset, error)| ItemError {
            item: format!("page at offset {offset}"),
            error,
        })
        .collect();
    for answer in listing.answers {
        findings.raw(answer.text);
    }
    Answered { findings, failed }
}
