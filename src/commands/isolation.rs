//! Isolate Computer, Unisolate Computer.

use crate::amp::Amp;
use crate::amp::ids::Guid;
use crate::amp::isolation::{Isolation, IsolationChange, IsolationTarget, Status};
use crate::amp::verified_write::{VerifiedWrite, WriteResult};
use crate::catalog::bounds::UNLOCK_CODE;
use crate::contract::exports::conductor::secure_endpoint::commands::{
    IsolateComputerInput, UnisolateComputerInput,
};
use crate::invisible::is_invisible;
use crate::outcome::{Findings, counted};

use super::input::{self, InputError};
use super::{Answered, CommandError, for_each, remark_repeated};

/// Isolate Computer.
///
/// # Errors
///
/// What is no GUID, an unlock code that AMP would not take; if not one computer can be isolated.
pub async fn isolate_computer(
    amp: &Amp<'_>,
    input: &IsolateComputerInput,
) -> Result<Answered, CommandError> {
    let comment = input::optional("comment", input.comment.as_deref())?;
    let unlock_code = unlock_code(input.unlock_code.as_deref())?;
    change_all(
        amp,
        &input.connector_guids,
        IsolationTarget::Isolated,
        &|guid| IsolationChange::start(guid, comment, unlock_code),
    )
    .await
}

/// Unisolate Computer.
///
/// # Errors
///
/// What is no GUID; if not one computer can be released.
pub async fn unisolate_computer(
    amp: &Amp<'_>,
    input: &UnisolateComputerInput,
) -> Result<Answered, CommandError> {
    let comment = input::optional("comment", input.comment.as_deref())?;
    change_all(
        amp,
        &input.connector_guids,
        IsolationTarget::Released,
        &|guid| IsolationChange::stop(guid, comment),
    )
    .await
}

/// The code is a secret, so no message shows it.
fn unlock_code(code: Option<&str>) -> Result<Option<&str>, InputError> {
    let code = code.filter(|code| !code.is_empty());
    if code.is_some_and(|code| {
        !UNLOCK_CODE.accepts(code.chars().count())
            || code.contains(|letter: char| letter.is_whitespace() || is_invisible(letter))
    }) {
        return Err(InputError::new(
            "unlock-code",
            format!("AMP takes {UNLOCK_CODE} without spaces; leave it out to have one made up"),
        ));
    }
    Ok(code)
}

/// Changes the isolation of each computer.
async fn change_all(
    amp: &Amp<'_>,
    guids: &[String],
    target: IsolationTarget,
    change: &dyn for<'g> Fn(&'g Guid) -> IsolationChange<'g>,
) -> Result<Answered, CommandError> {
    let (guids, repeated) = input::guids("connector-guids", guids, "Get Computers")?;
    let (done, failed) = for_each(amp, &guids, &|guid| {
        Box::pin(async move { amp.send_verified(&change(guid)).await })
    })
    .await?;
    let mut findings = Findings::with_columns(&["Connector GUID", "Status", "Result"]);
    remark_repeated(&mut findings, repeated);
    remark_results(&mut findings, &done);
    remark_pending(&mut findings, target, &done);
    let mut context = Vec::new();
    for (guid, VerifiedWrite { response, result }) in done {
        let isolation = Isolation::of(&response);
        findings.row([
            Some(guid.as_str()),
            Some(isolation.status_text()),
            Some(description(target, result, isolation.status())),
        ]);
        findings.key("connector-guids", Some(guid.as_str()));
        let data = response.data().unwrap_or("null");
        // A GUID needs no escaping in JSON.
        context.push(format!(
            "{{\"connector_guid\":\"{guid}\",\"isolation\":{data}}}"
        ));
        findings.raw(response.text);
    }
    findings.context_list(context.iter().map(String::as_str));
    Ok(Answered { findings, failed })
}

/// Remarks on what was done before or was not shown by the response to the write, all computers of a kind in one remark.
fn remark_results(findings: &mut Findings, done: &[(&Guid, VerifiedWrite)]) {
    for (result, remark) in [
        (WriteResult::AlreadyDone, "Already so, nothing was changed:"),
        (
            WriteResult::ReadBack,
            "AMP's response did not show the status; it was read back instead:",
        ),
        (
            WriteResult::ReadBackAfterLoss,
            "AMP's response was lost; the status was read back instead:",
        ),
    ] {
        let computers: Vec<String> = done
            .iter()
            .filter(|(_, write)| write.result == result)
            .map(|(guid, write)| {
                let isolation = Isolation::of(&write.response);
                format!("{guid} ({})", isolation.status_text())
            })
            .collect();
        if !computers.is_empty() {
            findings.remark(format!("{remark} {}.", computers.join(", ")));
        }
    }
}

/// Remarks on how many computers have yet to confirm the change.
fn remark_pending(
    findings: &mut Findings,
    target: IsolationTarget,
    done: &[(&Guid, VerifiedWrite)],
) {
    let (what, status, final_status) = match target {
        IsolationTarget::Isolated => ("Isolation", "isolated", Status::Isolated),
        IsolationTarget::Released => ("Release", "not_isolated", Status::NotIsolated),
    };
    let pending = done
        .iter()
        .filter(|(_, write)| Isolation::of(&write.response).status() != final_status)
        .count();
    if pending > 0 {
        findings.remark(format!(
            "{what} is requested, not yet done, for {}; the status becomes {status} once the computer is online and has confirmed.",
            counted(pending, "computer", "computers")
        ));
    }
}

/// The third column of the table.
fn description(target: IsolationTarget, result: WriteResult, status: Status) -> &'static str {
    match (result, status) {
        (WriteResult::AlreadyDone, Status::Isolated) => "isolated already",
        (WriteResult::AlreadyDone, Status::NotIsolated) => "not isolated, nothing to do",
        (WriteResult::AlreadyDone, _) => "requested before",
        (_, Status::Isolated) if target == IsolationTarget::Isolated => "isolated",
        (_, Status::NotIsolated) if target == IsolationTarget::Released => "released",
        (WriteResult::ReadBack, _) => "requested (read back)",
        (WriteResult::ReadBackAfterLoss, _) => "requested (response lost, read back)",
        (WriteResult::Confirmed, _) => "requested",
    }
}
