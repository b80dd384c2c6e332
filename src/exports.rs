//! The door: each export hands its input to its command and gives back what came of it.

use crate::catalog::words::Command;
use crate::commands::{
    Work, computer, event, file_list, group, isolation, policy, run, test_connection,
};
use crate::contract::exports::conductor::secure_endpoint::commands::*;
use crate::contract::exports::conductor::secure_endpoint::types::{CommandFailure, Outcome};
use crate::contract::exports::conductor::secure_endpoint::{catalog, commands, connection, intake};
use crate::http::wasi::WasiWorld;

/// The component.
struct Plugin;

crate::contract::export!(Plugin with_types_in crate::contract);

/// What every command answers with.
type Reply = Result<Outcome, CommandFailure>;

/// Runs a command in the world that WASI gives.
fn call<I>(command: Command, settings: &Settings, input: &I, work: Work<I>) -> Reply {
    let world = WasiWorld::default();
    world.block_on(Box::pin(run(&world, command, settings, input, work)))
}

impl catalog::Guest for Plugin {
    fn describe() -> Vec<catalog::CommandInfo> {
        crate::catalog::describe()
    }

    fn describe_intake() -> catalog::IntakeInfo {
        crate::catalog::describe_intake()
    }
}

impl connection::Guest for Plugin {
    fn settings_schema() -> String {
        crate::catalog::settings_schema()
    }

    fn test_connection(settings: Settings) -> Reply {
        call(Command::TestConnection, &settings, &(), |amp, ()| {
            Box::pin(test_connection::test_connection(amp))
        })
    }
}

impl intake::Guest for Plugin {
    fn poll(
        settings: Settings,
        request: intake::PollRequest,
    ) -> Result<intake::Batch, CommandFailure> {
        let world = WasiWorld::default();
        world.block_on(Box::pin(crate::commands::poll(&world, &settings, &request)))
    }
}

/// One export a command.
macro_rules! commands {
    ($($export:ident($input:ty) = $command:ident, $room:ident;)*) => {
        impl commands::Guest for Plugin {
            $(fn $export(settings: Settings, input: $input) -> Reply {
                call(Command::$command, &settings, &input, |amp, input| Box::pin($room::$export(amp, input)))
            })*
        }
    };
}

commands! {
    create_group(CreateGroupInput) = CreateGroup, group;
    delete_file_from_file_list_by_hash(DeleteFileFromFileListByHashInput) = DeleteFileFromFileListByHash, file_list;
    fetch_event(FetchEventInput) = FetchEvent, event;
    get_block_list(GetBlockListInput) = GetBlockList, file_list;
    get_computer_activity(GetComputerActivityInput) = GetComputerActivity, computer;
    get_computer_by_connector(GetComputerByConnectorInput) = GetComputerByConnector, computer;
    get_computers(GetComputersInput) = GetComputers, computer;
    get_groups(GetGroupsInput) = GetGroups, group;
    get_policy(GetPolicyInput) = GetPolicy, policy;
    isolate_computer(IsolateComputerInput) = IsolateComputer, isolation;
    list_policies(ListPoliciesInput) = ListPolicies, policy;
    set_file_list_by_hash(SetFileListByHashInput) = SetFileListByHash, file_list;
    unisolate_computer(UnisolateComputerInput) = UnisolateComputer, isolation;
}
