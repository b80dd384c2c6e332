//! The writes of all commands, each with a fake of what it changes, for tests that hold for every
//! write.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::*;
use crate::contract::exports::conductor::secure_endpoint::commands::UnisolateComputerInput;
use crate::http::scripted::Sent;

/// A write, and what it is to bring about.
#[derive(Clone, Copy)]
pub struct WriteCase {
    pub command: Command,
    /// Calls the command.
    pub run: fn(&Scripted, &Settings) -> Told,
    /// The response to a read, before and after the change.
    pub read: fn(&str, bool) -> Reply,
    /// The response to the write that shows the change.
    pub confirmed: fn() -> Reply,
    /// AMP's rejection of a write that is done already.
    pub rejected_as_done: fn() -> Reply,
    /// Whether the state proves that the change is done.
    pub is_idempotent: bool,
}

pub const GROUP: &str = "Field Office";
pub const GROUP_GUID: &str = "1c9bdb3a-2b3e-4b11-bf4e-ab8fbbb2edd5";

/// Every command that writes.
pub const WRITE_CASES: [WriteCase; 5] = [
    WriteCase {
        command: Command::CreateGroup,
        run: |world, settings| {
            let input = CreateGroupInput {
                name: GROUP.to_owned(),
                description: None,
            };
            call_with(
                world,
                Command::CreateGroup,
                settings,
                &input,
                |amp, input| Box::pin(group::create_group(amp, input)),
            )
        },
        read: |_, is_done| {
            let items = match is_done {
                true => format!(r#"{{"name":"{GROUP}","guid":"{GROUP_GUID}"}}"#),
                false => String::new(),
            };
            Reply::new(200, &format!(r#"{{"data":[{items}]}}"#))
        },
        confirmed: || {
            let data = format!(r#"{{"data":{{"name":"{GROUP}","guid":"{GROUP_GUID}"}}}}"#);
            Reply::new(201, &data)
        },
        rejected_as_done: || amp_error(400, "Validation failed: Name has already been taken"),
        is_idempotent: false,
    },
    WriteCase {
        command: Command::SetFileListByHash,
        run: |world, settings| {
            let input = SetFileListByHashInput {
                file_list_id: GUID_A.to_owned(),
                hash: HASH.to_owned(),
                description: None,
            };
            call_with(
                world,
                Command::SetFileListByHash,
                settings,
                &input,
                |amp, input| Box::pin(file_list::set_file_list_by_hash(amp, input)),
            )
        },
        read: |_, is_done| match is_done {
            true => item(),
            false => amp_error(404, "Imn File List Item not found"),
        },
        confirmed: item,
        rejected_as_done: || amp_error(409, "Validation failed: SHA-256 has already been taken"),
        is_idempotent: true,
    },
    WriteCase {
        command: Command::DeleteFileFromFileListByHash,
        run: |world, settings| {
            let input = DeleteFileFromFileListByHashInput {
                file_list_id: GUID_A.to_owned(),
                hash: HASH.to_owned(),
            };
            call_with(
                world,
                Command::DeleteFileFromFileListByHash,
                settings,
                &input,
                |amp, input| Box::pin(file_list::delete_file_from_file_list_by_hash(amp, input)),
            )
        },
        read: |line, is_done| match (line.contains("/files/"), is_done) {
            (true, false) => item(),
            (true, true) => amp_error(404, "Imn File List Item not found"),
            (false, _) => Reply::new(200, &format!(r#"{{"data":{{"guid":"{GUID_A}"}}}}"#)),
        },
        confirmed: || Reply::new(200, r#"{"data":{}}"#),
        rejected_as_done: || amp_error(404, "Imn File List Item not found"),
        is_idempotent: true,
    },
    WriteCase {
        command: Command::IsolateComputer,
        run: |world, settings| {
            let input = IsolateComputerInput {
                connector_guids: vec![GUID_A.to_owned()],
                comment: None,
                unlock_code: None,
            };
            call_with(
                world,
                Command::IsolateComputer,
                settings,
                &input,
                |amp, input| Box::pin(isolation::isolate_computer(amp, input)),
            )
        },
        read: |_, is_done| match is_done {
            true => status("pending_start"),
            false => status("not_isolated"),
        },
        confirmed: || status("pending_start"),
        rejected_as_done: || amp_error(409, "Isolation is on"),
        is_idempotent: true,
    },
    WriteCase {
        command: Command::UnisolateComputer,
        run: |world, settings| {
            let input = UnisolateComputerInput {
                connector_guids: vec![GUID_A.to_owned()],
                comment: None,
            };
            call_with(
                world,
                Command::UnisolateComputer,
                settings,
                &input,
                |amp, input| Box::pin(isolation::unisolate_computer(amp, input)),
            )
        },
        read: |_, is_done| match is_done {
            true => status("pending_stop"),
            false => status("isolated"),
        },
        confirmed: || status("pending_stop"),
        rejected_as_done: || amp_error(409, "Isolation is off"),
        is_idempotent: true,
    },
];

/// An isolation with a status.
pub fn status(status: &str) -> Reply {
    let data = format!(r#"{{"data":{{"available":true,"status":"{status}"}}}}"#);
    Reply::new(200, &data)
}

/// An error in AMP's own form.
pub fn amp_error(status: u16, details: &str) -> Reply {
    let body = format!(r#"{{"errors":[{{"error_code":{status},"details":["{details}"]}}]}}"#);
    Reply::new(status, &body)
}

fn item() -> Reply {
    Reply::new(
        200,
        &format!(r#"{{"data":{{"sha256":"{}"}}}}"#, HASH.to_uppercase()),
    )
}

/// What becomes of a request that a test's script decides on.
pub enum Fate {
    /// The fake serves it.
    Served,
    /// The response is this one instead, and a write has no effect.
    Fails(Reply),
    /// The response is this one instead, after a write took effect.
    TakesEffect(Reply),
}

/// A fake of what a write changes. `fate` decides on each request: its number among the writes or the
/// reads, counted from 1, and whether it is a write.
pub fn fake(case: WriteCase, fate: impl Fn(usize, bool) -> Fate + 'static) -> Scripted {
    let is_done = Rc::new(Cell::new(false));
    let counts = RefCell::new([0_usize; 2]);
    Scripted::new(move |sent: &Sent| {
        let is_write = is_write(&sent.line);
        let number = {
            let mut counts = counts.borrow_mut();
            let count = &mut counts[usize::from(is_write)];
            *count += 1;
            *count
        };
        match fate(number, is_write) {
            Fate::Fails(reply) => reply,
            Fate::TakesEffect(reply) => {
                is_done.set(true);
                reply
            }
            Fate::Served if !is_write => (case.read)(&sent.line, is_done.get()),
            Fate::Served if is_done.replace(true) => (case.rejected_as_done)(),
            Fate::Served => (case.confirmed)(),
        }
    })
}

pub fn is_write(line: &str) -> bool {
    !line.starts_with("GET ")
}

/// How many writes were sent.
pub fn writes(world: &Scripted) -> usize {
    world.lines().iter().filter(|line| is_write(line)).count()
}

/// Whether a write directly follows another.
pub fn is_written_blindly(world: &Scripted) -> bool {
    let lines = world.lines();
    lines
        .windows(2)
        .any(|pair| pair.iter().all(|line| is_write(line)))
}

/// The settings with a number of attempts.
pub fn attempts(most: u32) -> Settings {
    Settings {
        max_attempts: Some(most),
        ..settings()
    }
}
