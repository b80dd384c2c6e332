//! What must come of a command when a fault befalls its request, by the rules alone: reads may be repeated, a write never
//! blindly, and a write whose answer is lost is settled by reading back.

use host_test::outcome::ReturnData;

use crate::commands::{Nature, Needs, Subject};
use crate::faults::{Fault, Read, Write};

/// How often the fault happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// To the first request that matters.
    Once,
    /// To every one of those.
    Always,
    /// To every request there is, those that read back included.
    Everywhere,
}

pub const WHEN: [When; 3] = [When::Once, When::Always, When::Everywhere];

/// What must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    pub return_data: ReturnData,
    /// The kind of every failure, and a part of its message.
    pub failure: Option<(&'static str, &'static str)>,
    pub may_have_happened: bool,
}

/// The command that removes a hash from a list.
const REMOVE_FILE: &str = "delete-file-from-file-list-by-hash";

const SUCCESS: Expected = Expected {
    return_data: ReturnData::Successful,
    failure: None,
    may_have_happened: false,
};

fn failed(kind: &'static str, word: &'static str) -> Expected {
    Expected {
        return_data: ReturnData::Failed,
        failure: Some((kind, word)),
        may_have_happened: false,
    }
}

/// The data are there, and a failure next to them.
fn partly(kind: &'static str, word: &'static str) -> Expected {
    Expected {
        return_data: ReturnData::PartiallySuccessful,
        ..failed(kind, word)
    }
}

/// The write took place as its data show, and a failure says that it may have.
pub fn expected(subject: &Subject, fault: &Fault, when: When) -> Expected {
    let outcome = match subject.nature {
        Nature::Reads => read(subject, fault, when),
        Nature::Changes => change(subject, fault, when),
        Nature::Creates => create(fault, when),
    };
    // Where the fault meets one of several items, the others are done.
    if when == When::Once && subject.items > 1 && outcome.return_data == ReturnData::Failed {
        return Expected {
            return_data: ReturnData::PartiallySuccessful,
            ..outcome
        };
    }
    outcome
}

fn read(subject: &Subject, fault: &Fault, when: When) -> Expected {
    // A version has no data, but the list that Test Connection requests next does. A response without a body is never a success.
    if subject.needs == Needs::Nothing
        && fault.without_data
        && fault.rule != "empty"
        && when != When::Everywhere
    {
        return SUCCESS;
    }
    match fault.read {
        Read::Fine => SUCCESS,
        Read::Halved(..) if when == When::Once && subject.reads_list() => SUCCESS,
        Read::Partly(kind, word) if subject.needs != Needs::Nothing => partly(kind, word),
        // Where there are no data, there is nothing but the error.
        Read::Retried(..) | Read::Partly(..) if when == When::Once => SUCCESS,
        Read::Retried(kind, word)
        | Read::Fatal(kind, word)
        | Read::Partly(kind, word)
        | Read::Halved(kind, word) => failed(kind, word),
    }
}

fn change(subject: &Subject, fault: &Fault, when: When) -> Expected {
    // That the hash is not there is what removing it was to bring about; unless the list is not there either.
    if subject.command == REMOVE_FILE && fault.rule == "404" && when != When::Everywhere {
        return SUCCESS;
    }
    match fault.write {
        Write::Taken if fault.without_data && when == When::Everywhere => Expected {
            may_have_happened: true,
            ..failed(
                "malformed-response",
                match subject.needs {
                    Needs::Status => "does not tell the isolation's status",
                    Needs::Data | Needs::Nothing => "does not show the",
                },
            )
        },
        // Its response never has data, so that it is read back.
        Write::TakenPartly(kind, word) if subject.command == REMOVE_FILE => match when {
            When::Everywhere => partly(kind, word),
            _ => SUCCESS,
        },
        Write::TakenPartly(kind, word) => partly(kind, word),
        Write::Taken => SUCCESS,
        Write::NotSent(..) if when == When::Once => SUCCESS,
        Write::NotSent(kind, word) | Write::Refused(kind, word) => failed(kind, word),
        // Read back; if it did not happen, it is sent again.
        Write::Lost(..) if when == When::Once || (when == When::Always && fault.applied) => SUCCESS,
        Write::Lost(kind, word) => Expected {
            may_have_happened: when == When::Everywhere,
            ..failed(kind, word)
        },
    }
}

/// A group is created once or not at all. If the answer is lost, no look can settle it: a group of that name may have been there
/// before, and one that is not there yet may still come.
fn create(fault: &Fault, when: When) -> Expected {
    let lost = |kind, word| Expected {
        may_have_happened: true,
        ..failed(kind, word)
    };
    match fault.write {
        Write::Taken if fault.without_data => lost("malformed-response", ""),
        Write::Taken => SUCCESS,
        Write::TakenPartly(kind, word) => partly(kind, word),
        Write::NotSent(..) if when == When::Once => SUCCESS,
        Write::NotSent(kind, word) | Write::Refused(kind, word) => failed(kind, word),
        Write::Lost(kind, word) => lost(kind, word),
    }
}
