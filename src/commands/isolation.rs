//! Isolate Computer, Unisolate Computer.

use crate::amp::envelope::Answer;
use crate::amp::error::{AmpError, Cause};
use crate::amp::ids::Guid;
use crate::amp::isolation::{self, Isolation, Status};
use crate::amp::request::Request;
use crate::amp::settle::Told;
use crate::amp::{Amp, lenient};
use crate::catalog::bounds::UNLOCK_CODE;
use crate::contract::exports::conductor::secure_endpoint::commands::{
    IsolateComputerInput, UnisolateComputerInput,
};
use crate::invisible::is_invisible;
use crate::outcome::{Findings, counted};

use super::input::{self, InputError};
use super::{Answered, CommandError, for_each, remark_repeated};

/// Where a computer is to be brought.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Isolated,
    Free,
}

/// How it came there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// AMP took the request.
    Requested,
    /// It was there, or on its way, before.
    Already,
    /// AMP's answer was lost, but the computer is there or on its way.
    ReadBack,
}

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
    bring(amp, &input.connector_guids, Wanted::Isolated, &|guid| {
        isolation::start(guid, comment, unlock_code)
    })
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
    bring(amp, &input.connector_guids, Wanted::Free, &|guid| {
        isolation::stop(guid, comment)
    })
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

/// Brings each computer where it is wanted.
async fn bring(
    amp: &Amp<'_>,
    guids: &[String],
    wanted: Wanted,
    write: &dyn Fn(&Guid) -> Request,
) -> Result<Answered, CommandError> {
    let (guids, repeated) = input::guids("connector-guids", guids, "Get Computers")?;
    let (done, failed) = for_each(amp, &guids, &|guid| {
        Box::pin(bring_one(amp, guid, wanted, write(guid)))
    })
    .await?;
    let mut findings = Findings::with_columns(&["Connector GUID", "Status", "Result"]);
    remark_repeated(&mut findings, repeated);
    remark_states(&mut findings, wanted, &done);
    let mut context = Vec::new();
    for (guid, (answer, how)) in done {
        let isolation = view(&answer);
        let result = result(wanted, how, isolation.status());
        findings.row([
            Some(guid.as_str()),
            Some(isolation.status_text()),
            Some(result),
        ]);
        findings.key("connector-guids", Some(guid.as_str()));
        let data = answer.data().unwrap_or("null");
        // A GUID needs no escaping in JSON.
        context.push(format!(
            "{{\"connector_guid\":\"{guid}\",\"isolation\":{data}}}"
        ));
        findings.raw(answer.text);
    }
    findings.context_list(context.iter().map(String::as_str));
    Ok(Answered { findings, failed })
}

/// What a person should know of the computers, all of a kind in one remark.
fn remark_states(findings: &mut Findings, wanted: Wanted, done: &[(&Guid, (Answer, How))]) {
    let those = |which: How| -> Vec<String> {
        let those = done.iter().filter(|(_, (_, how))| *how == which);
        those
            .map(|(guid, (answer, _))| format!("{guid} ({})", view(answer).status_text()))
            .collect()
    };
    let already = those(How::Already);
    if !already.is_empty() {
        findings.remark(format!(
            "Already so, nothing was changed: {}.",
            already.join(", ")
        ));
    }
    let read_back = those(How::ReadBack);
    if !read_back.is_empty() {
        findings.remark(format!(
            "AMP's answer was lost; the status was read back instead: {}.",
            read_back.join(", ")
        ));
    }
    let done_status = match wanted {
        Wanted::Isolated => Status::Isolated,
        Wanted::Free => Status::NotIsolated,
    };
    let pending = |answer: &Answer| view(answer).status() != done_status;
    let waiting = done
        .iter()
        .filter(|(_, (answer, _))| pending(answer))
        .count();
    if waiting > 0 {
        let (what, status) = match wanted {
            Wanted::Isolated => ("Isolation", "isolated"),
            Wanted::Free => ("Release", "not_isolated"),
        };
        findings.remark(format!(
            "{what} is requested, not yet done, for {}; the status becomes {status} once the computer is online and has confirmed.",
            counted(waiting, "computer", "computers")
        ));
    }
}

/// Brings one computer where it is wanted. A conflict is a success if a look shows that it is there already.
async fn bring_one(
    amp: &Amp<'_>,
    guid: &Guid,
    wanted: Wanted,
    write: Request,
) -> Result<(Answer, How), AmpError> {
    let read = isolation::read(guid);
    let look = async || {
        let answer = amp.send(&read).await?;
        Ok(holds(wanted, view(&answer).status()).then_some(answer))
    };
    let settled = amp.settle(&write, &|| Box::pin(look())).await;
    let conflict = match settled.told {
        // An answer that does not tell the status is as good as none.
        Ok(Told::Answered(answer)) if view(&answer).status() == Status::Unknown => {
            let lost = AmpError {
                lost: true,
                ..answer.malformed("it does not tell the isolation's status", &write)
            };
            return look()
                .await
                .ok()
                .flatten()
                .map(|answer| (answer, How::ReadBack))
                .ok_or(lost);
        }
        Ok(Told::Answered(answer)) => return Ok((answer, How::Requested)),
        Ok(Told::ReadBack(answer)) => return Ok((answer, How::ReadBack)),
        Err(error) if error.cause == Cause::Conflict => error,
        Err(error) => return Err(error),
    };
    let Ok(answer) = amp.send(&read).await else {
        return Err(conflict);
    };
    let isolation = view(&answer);
    if holds(wanted, isolation.status()) && settled.sent_before {
        return Ok((answer, How::ReadBack));
    }
    if holds(wanted, isolation.status()) {
        return Ok((answer, How::Already));
    }
    Err(match obstacle(wanted, &isolation, guid) {
        Some(obstacle) => AmpError {
            cause: Cause::State(obstacle),
            ..conflict
        },
        None => conflict,
    })
}

fn view(answer: &Answer) -> Isolation {
    answer.data().map(lenient::view).unwrap_or_default()
}

/// Whether a computer is where it is wanted, or on its way there.
fn holds(wanted: Wanted, status: Status) -> bool {
    match wanted {
        Wanted::Isolated => matches!(status, Status::Isolated | Status::PendingStart),
        Wanted::Free => matches!(status, Status::NotIsolated | Status::PendingStop),
    }
}

/// The third column of the table.
fn result(wanted: Wanted, how: How, status: Status) -> &'static str {
    match (how, status) {
        (How::Already, Status::Isolated) => "isolated already",
        (How::Already, Status::NotIsolated) => "not isolated, nothing to do",
        (How::Already, _) => "requested before",
        (_, Status::Isolated) if wanted == Wanted::Isolated => "isolated",
        (_, Status::NotIsolated) if wanted == Wanted::Free => "released",
        (How::ReadBack, _) => "requested (answer lost, read back)",
        (How::Requested, _) => "requested",
    }
}

/// Why a computer cannot be brought where it is wanted, where its state tells.
fn obstacle(wanted: Wanted, isolation: &Isolation, guid: &Guid) -> Option<String> {
    match (wanted, isolation.status()) {
        (Wanted::Isolated, Status::PendingStop) => Some(format!(
            "The release of computer {guid} is under way (pending_stop); it can be isolated again once its status is not_isolated"
        )),
        (Wanted::Free, Status::PendingStart) => Some(format!(
            "The isolation of computer {guid} is under way (pending_start); it can be released once its status is isolated"
        )),
        (Wanted::Isolated, _) if isolation.available == Some(false) => Some(format!(
            "Computer {guid} cannot be isolated: its operating system or connector version does not support it, or its policy does not have Allow Endpoint Isolation set"
        )),
        _ => None,
    }
}
