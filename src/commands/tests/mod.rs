//! Commands from their input to what they ask and what they answer, in a scripted world.

use std::time::Duration;

use super::*;
use crate::connection::example::settings;
use crate::contract::exports::conductor::secure_endpoint::commands::{
    CreateGroupInput, DeleteFileFromFileListByHashInput, FetchEventInput, GetComputersInput,
    IsolateComputerInput, SetFileListByHashInput,
};
use crate::contract::exports::conductor::secure_endpoint::types::{FailureKind, ReturnData};
use crate::http::scripted::{Reply, Scripted};
use crate::http::{HttpError, Wait};

const GUID_A: &str = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11";
const GUID_B: &str = "37c36b61-fc28-4b9b-9407-c40bca7e1f12";
const GUID_C: &str = "beb55a32-cc7e-4871-a80a-befd30a1fce7";
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

type Told = Result<Outcome, CommandFailure>;

fn call<I>(world: &Scripted, command: Command, input: &I, work: Work<I>) -> Told {
    call_with(world, command, &settings(), input, work)
}

fn call_with<I>(
    world: &Scripted,
    command: Command,
    settings: &Settings,
    input: &I,
    work: Work<I>,
) -> Told {
    world.block_on(run(world, command, settings, input, work))
}

fn computers(world: &Scripted, settings: &Settings, input: &GetComputersInput) -> Told {
    call_with(
        world,
        Command::GetComputers,
        settings,
        input,
        |amp, input| Box::pin(computer::get_computers(amp, input)),
    )
}

fn isolate(world: &Scripted, guids: &[&str]) -> Told {
    let input = IsolateComputerInput {
        connector_guids: guids.iter().map(|guid| (*guid).to_owned()).collect(),
        comment: None,
        unlock_code: None,
    };
    call(world, Command::IsolateComputer, &input, |amp, input| {
        Box::pin(isolation::isolate_computer(amp, input))
    })
}

fn events(world: &Scripted, settings: &Settings, input: &FetchEventInput) -> Told {
    call_with(world, Command::FetchEvent, settings, input, |amp, input| {
        Box::pin(event::fetch_event(amp, input))
    })
}

fn no_computers_input() -> GetComputersInput {
    GetComputersInput {
        hostname: None,
        limit: None,
        offset: None,
        all_pages: None,
    }
}

fn no_events_input() -> FetchEventInput {
    FetchEventInput {
        start_time: None,
        end_time: None,
        number_of_events_fetched: None,
        search_condition: None,
        artifact: None,
    }
}

/// The value of a query parameter in a request line.
fn parameter(line: &str, name: &str) -> Option<u64> {
    let query = line.split_once('?')?.1;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?
        .parse()
        .ok()
}

/// A cloud with so many computers, that gives pages as AMP does.
fn cloud_with_computers(count: u64) -> Scripted {
    Scripted::new(move |sent| {
        let offset = parameter(&sent.line, "offset").unwrap_or(0);
        let end = count.min(offset + parameter(&sent.line, "limit").unwrap());
        let items: Vec<String> = (offset..end.max(offset))
            .map(|number| {
                format!(r#"{{"connector_guid":"guid-{number}","hostname":"H-{number}"}}"#)
            })
            .collect();
        let body = format!(
            r#"{{"metadata":{{"results":{{"total":{count}}}}},"data":[{}]}}"#,
            items.join(",")
        );
        Reply::new(200, &body).after(Duration::from_millis(200))
    })
}

fn values<'a>(outcome: &'a Outcome, name: &str) -> &'a [String] {
    outcome
        .key_fields
        .iter()
        .find(|key| key.name == name)
        .map_or(&[], |key| &key.values)
}

mod answers;
mod events;
mod lists;
mod lost_writes;
mod verified_writes;
mod write_cases;
mod writes;
