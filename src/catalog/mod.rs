//! What the plugin offers: the words of the contract, and what the contract cannot say, in exhaustive tables. A command
//! that is added to the contract does not compile until it stands here.

pub mod ranges;
pub mod words;

use crate::contract::exports::conductor::secure_endpoint::catalog::{
    CommandInfo, Effect, InputField, Scope,
};
use ranges::range_of;
use words::{COMMANDS, Command, FieldWords};

/// What a command does to the organisation, and whether twice is as good as once.
fn effect(command: Command) -> (Effect, bool) {
    match command {
        Command::FetchEvent
        | Command::GetBlockList
        | Command::GetComputerActivity
        | Command::GetComputerByConnector
        | Command::GetComputers
        | Command::GetGroups
        | Command::GetPolicy
        | Command::ListPolicies
        | Command::TestConnection => (Effect::Reads, true),
        // Groups are not told apart by their names.
        Command::CreateGroup => (Effect::Changes, false),
        Command::IsolateComputer | Command::SetFileListByHash | Command::UnisolateComputer => {
            (Effect::Changes, true)
        }
        Command::DeleteFileFromFileListByHash => (Effect::Removes, true),
    }
}

/// The scope that a command's credential needs: writes need more (reference, section 3).
pub fn scope(command: Command) -> Scope {
    match effect(command).0 {
        Effect::Reads => Scope::ReadOnly,
        Effect::Changes | Effect::Removes => Scope::ReadAndWrite,
    }
}

/// Every command.
pub fn describe() -> Vec<CommandInfo> {
    COMMANDS.iter().map(|command| info(*command)).collect()
}

fn info(command: Command) -> CommandInfo {
    let words = command.words();
    let (effect, idempotent) = effect(command);
    CommandInfo {
        interface: words.interface.to_owned(),
        name: words.name.to_owned(),
        title: words.title.to_owned(),
        summary: words.summary.to_owned(),
        help: words.help.to_owned(),
        inputs: words.inputs.iter().map(input).collect(),
        effect,
        idempotent,
        scope: scope(command),
    }
}

fn input(field: &FieldWords) -> InputField {
    let range = range_of(field.name);
    let fixed_default = (field.name == "all-pages").then(|| "false".to_owned());
    InputField {
        name: field.name.to_owned(),
        title: field.title.to_owned(),
        help: field.help.to_owned(),
        required: field.required,
        default: range
            .map(|range| range.default.to_string())
            .or(fixed_default),
        minimum: range.map(|range| range.minimum.into()),
        // Where the type is the only bound, there is none to tell.
        maximum: range
            .map(|range| range.maximum)
            .filter(|maximum| *maximum < u32::MAX)
            .map(u64::from),
        example: field.example.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fourteen_commands_of_the_platform_are_there() {
        let names: Vec<&str> = COMMANDS
            .iter()
            .map(|command| command.words().name)
            .collect();
        assert_eq!(
            names,
            [
                "create-group",
                "delete-file-from-file-list-by-hash",
                "fetch-event",
                "get-block-list",
                "get-computer-activity",
                "get-computer-by-connector",
                "get-computers",
                "get-groups",
                "get-policy",
                "isolate-computer",
                "list-policies",
                "set-file-list-by-hash",
                "unisolate-computer",
                "test-connection",
            ]
        );
    }

    #[test]
    fn every_field_has_an_example_and_its_help_does_not_repeat_it() {
        for command in describe() {
            for field in command.inputs {
                assert!(
                    field.example.is_some(),
                    "{} {} has no example",
                    command.name,
                    field.name
                );
                assert!(
                    !field.help.contains("Example"),
                    "{} {}: {}",
                    command.name,
                    field.name,
                    field.help
                );
            }
        }
    }

    #[test]
    fn every_command_that_needs_more_than_reading_says_so_in_its_help() {
        for command in describe() {
            assert_eq!(
                command.help.contains("scope Read & Write"),
                command.scope == Scope::ReadAndWrite,
                "{}",
                command.name
            );
        }
    }
}
