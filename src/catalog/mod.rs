//! What the plugin offers: the words of the contract, and what the contract cannot say, in exhaustive tables. A command
//! that is added to the contract does not compile until it stands here.

pub mod bounds;
pub mod ranges;
#[cfg(test)]
mod schema_tests;
pub mod words;

use crate::bound::Unit;
use crate::contract::exports::conductor::secure_endpoint::catalog::{
    CommandInfo, Effect, InputField, IntakeInfo, Scope, SignalField,
};
use bounds::bound_of;
use ranges::range_of;
use words::{COMMANDS, Command, CommandWords, FieldWords, Words};

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
        | Command::Poll
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
    let mut infos = infos(Words::unpack());
    infos.retain(|info| info.interface != INTAKE);
    infos
}

/// The poll, and what its signals hold.
pub fn describe_intake() -> IntakeInfo {
    let words = Words::unpack();
    let poll = words
        .commands
        .into_iter()
        .find(|words| words.interface == INTAKE);
    let signal_field = |field: FieldWords| SignalField {
        name: field.name,
        title: field.title,
        help: field.help,
    };
    IntakeInfo {
        poll: info(Command::Poll, poll.unwrap_or_default()),
        signal_fields: words.signal_fields.into_iter().map(signal_field).collect(),
    }
}

/// The JSON Schema of the settings (draft 2020-12), for a form.
pub fn settings_schema() -> String {
    Words::unpack().settings_schema
}

/// The interface of the poll, which is no command.
const INTAKE: &str = "intake";

fn infos(words: Words) -> Vec<CommandInfo> {
    COMMANDS
        .iter()
        .zip(words.commands)
        .map(|(command, words)| info(*command, words))
        .collect()
}

fn info(command: Command, words: CommandWords) -> CommandInfo {
    let (effect, idempotent) = effect(command);
    CommandInfo {
        interface: words.interface,
        name: words.name,
        title: words.title,
        summary: words.summary,
        help: words.help,
        inputs: words
            .inputs
            .into_iter()
            .map(|field| input(command, field))
            .collect(),
        effect,
        idempotent,
        scope: scope(command),
    }
}

/// What holds if a field that is no number is left out.
fn fixed_default(field: &str) -> Option<&'static str> {
    match field {
        "all-pages" => Some("false"),
        "include-without-severity" => Some("true"),
        _ => None,
    }
}

fn input(command: Command, field: FieldWords) -> InputField {
    let range = range_of(&field.name);
    let bound = bound_of(command, &field.name);
    let most = |is_text| {
        let bound = bound.filter(|bound| (bound.unit == Unit::Characters) == is_text);
        bound.map(|bound| bound.most)
    };
    InputField {
        default: range
            .map(|range| range.default.to_string())
            .or_else(|| fixed_default(&field.name).map(str::to_owned)),
        minimum: range.map(|range| range.minimum.into()),
        // Where the type is the only bound, there is none to tell.
        maximum: range
            .map(|range| range.maximum)
            .filter(|maximum| *maximum < u32::MAX)
            .map(u64::from),
        max_length: most(true),
        max_items: most(false),
        name: field.name,
        title: field.title,
        help: field.help,
        required: field.required,
        example: field.example,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fourteen_commands_of_the_platform_are_there() {
        let commands = describe();
        let names: Vec<&str> = commands
            .iter()
            .map(|command| command.name.as_str())
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
    fn the_words_of_each_command_are_its_own() {
        let words = Words::unpack().commands;
        assert_eq!(words.len(), COMMANDS.len());
        for (command, words) in COMMANDS.iter().zip(words) {
            assert_eq!(command.title(), words.title);
        }
    }

    #[test]
    fn the_intake_is_described_with_every_field_of_a_signal() {
        let intake = describe_intake();
        assert_eq!(intake.poll.name, "poll");
        let field = |name| intake.poll.inputs.iter().find(|field| field.name == name);
        assert_eq!(field("max-signals").unwrap().maximum, Some(2_000));
        assert_eq!(
            field("include-without-severity")
                .unwrap()
                .default
                .as_deref(),
            Some("true")
        );
        let names = intake.signal_fields.iter().map(|field| &*field.name);
        let names: Vec<&str> = names.collect();
        assert_eq!(names.first(), Some(&"unique-event-key"));
        assert_eq!(names.last(), Some(&"raw"));
        assert!(
            intake
                .signal_fields
                .iter()
                .all(|field| !field.help.is_empty())
        );
    }

    #[test]
    fn every_field_has_an_example_and_its_help_does_not_repeat_it() {
        for command in infos(Words::unpack()) {
            for field in command.inputs {
                // The cursor is opaque: an example would be an invitation.
                if field.name == "cursor" {
                    continue;
                }
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
    fn every_bound_stands_in_the_help_of_its_field() {
        for (command, info) in COMMANDS.iter().zip(infos(Words::unpack())) {
            for field in info.inputs {
                let place = format!("{} {}: {}", info.name, field.name, field.help);
                let help = field.help.to_ascii_lowercase();
                match bound_of(*command, &field.name) {
                    Some(bound) => assert!(
                        help.contains(&bound.to_string().to_ascii_lowercase()),
                        "{place} lacks `{bound}`"
                    ),
                    None => assert!(!help.contains("up to "), "{place} has a bound"),
                }
            }
        }
    }

    #[test]
    fn the_bound_of_all_filters_stands_in_the_help() {
        let poll = describe_intake().poll;
        let field = poll
            .inputs
            .iter()
            .find(|field| field.name == "connector-guids");
        let bytes = bounds::FILTER_BYTES.to_string();
        let (thousands, rest) = bytes.split_at(bytes.len() - 3);
        assert!(
            field
                .unwrap()
                .help
                .contains(&format!("up to {thousands},{rest} bytes"))
        );
    }

    #[test]
    fn every_text_and_list_has_a_bound_or_a_form_with_a_size_of_its_own() {
        let of_a_fixed_size = [
            "connector-guid",
            "file-list-id",
            "hash",
            "start-time",
            "end-time",
            "product-type",
            "min-severity",
            "cursor",
        ];
        for command in infos(Words::unpack()).into_iter() {
            for field in command.inputs {
                let is_bounded = field.max_length.is_some() || field.max_items.is_some();
                let is_other = field.minimum.is_some()
                    || matches!(field.default.as_deref(), Some("true" | "false"))
                    || of_a_fixed_size.contains(&field.name.as_str());
                assert!(is_bounded != is_other, "{} {}", command.name, field.name);
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
