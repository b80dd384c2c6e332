//! The built component held against what it promises: its imports, its catalogue, its inputs, a recording for everything.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    clippy::use_debug,
    reason = "a test fails by panicking"
)]

mod harness;

use std::collections::BTreeSet;

use harness::{commands, intake, plugin, recordings};
use host_test::catalog::Command;
use host_test::outcome::ReturnData;
use host_test::plugin::Function;
use wasmtime::component::Type;

/// What the component may import. `wasi:cli` is what Rust's standard library starts up with.
const ALLOWED: [&str; 5] = [
    "wasi:http/",
    "wasi:io/",
    "wasi:clocks/",
    "wasi:random/",
    "wasi:cli/",
];

/// The exports that take settings and answer with an outcome or a failure: the commands, by their types alone.
fn exported_commands() -> Vec<&'static Function> {
    let is_command = |function: &&Function| {
        function.parameter("settings").is_some()
            && ["commands", "connection"].contains(&function.interface.as_str())
    };
    plugin().functions().iter().filter(is_command).collect()
}

#[test]
fn the_component_imports_nothing_but_http_io_clocks_random_and_cli() {
    let imports = plugin().imports();
    let offending: Vec<&String> = imports
        .iter()
        .filter(|import| !ALLOWED.iter().any(|allowed| import.starts_with(allowed)))
        .collect();
    assert!(
        offending.is_empty(),
        "the component must not import {offending:?}"
    );
    assert!(
        imports
            .iter()
            .any(|import| import.starts_with("wasi:http/outgoing-handler@"))
    );
}

#[test]
fn the_catalogue_names_exactly_the_exports() {
    let described: BTreeSet<String> = commands()
        .iter()
        .map(|command| command.function.to_string())
        .collect();
    let exported: BTreeSet<String> = exported_commands()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(described, exported);
    assert_eq!(
        described.len(),
        commands().len(),
        "a command is described twice"
    );
}

#[test]
fn every_command_is_described_in_full() {
    for command in commands_and_poll() {
        let words = &command.words;
        assert!(
            !words.title.is_empty()
                && words.summary.ends_with(['.', '?'])
                && words.help.starts_with(&words.summary),
            "{}",
            words.name
        );
        assert!(
            ["reads", "changes", "removes"].contains(&words.effect.as_str()),
            "{}",
            words.name
        );
        assert_eq!(
            words.scope == "read-only",
            words.effect == "reads",
            "{} has a scope that does not fit its effect",
            words.name
        );
    }
}

/// Every command, and the poll.
fn commands_and_poll() -> impl Iterator<Item = &'static Command> {
    commands().iter().chain([&intake().poll])
}

#[test]
fn every_input_field_of_the_types_is_described_and_no_other() {
    for command in commands_and_poll() {
        let name = &command.words.name;
        let typed: Vec<&str> = command
            .inputs
            .iter()
            .map(|input| input.name.as_str())
            .collect();
        let described: Vec<&str> = command
            .words
            .inputs
            .iter()
            .map(|words| words.name.as_str())
            .collect();
        assert_eq!(typed, described, "the inputs of {name}");
        for input in &command.inputs {
            let words = input.words.as_ref().unwrap();
            // A cursor is opaque: an example would be an invitation.
            assert!(
                !words.title.is_empty()
                    && !words.help.is_empty()
                    && words.example.is_some() == (input.name != "cursor"),
                "{name}.{}",
                input.name
            );
            assert_eq!(
                words.required,
                input.is_required(),
                "whether {name}.{} is required",
                input.name
            );
        }
    }
}

#[test]
fn every_field_of_a_signal_is_described_and_no_other() {
    // result<batch { signals: list<signal { .. }>, .. }, ..>
    let Some(Type::Result(result)) = &intake().poll.function.result else {
        panic!("a poll gives no result")
    };
    let Some(Type::Record(batch)) = result.ok() else {
        panic!("a poll gives no record")
    };
    let signals = batch.fields().find(|field| field.name == "signals");
    let Some(Type::List(signals)) = signals.map(|field| field.ty) else {
        panic!("a batch has no list of signals")
    };
    let Type::Record(signal) = signals.ty() else {
        panic!("a signal is no record")
    };
    let typed: Vec<&str> = signal.fields().map(|field| field.name).collect();
    let described = &intake().signal_fields;
    let names: Vec<&str> = described.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(typed, names);
    for field in described {
        assert!(
            !field.title.is_empty() && field.help.ends_with(['.', '`']),
            "{field:?}"
        );
    }
}

#[test]
fn examples_and_defaults_are_values_of_their_fields() {
    for command in commands_and_poll() {
        for input in &command.inputs {
            let words = input.words.as_ref().unwrap();
            let of = match host_test::values::without_option(&input.of) {
                Type::List(list) => list.ty(),
                other => other,
            };
            for text in [&words.example, &words.default].into_iter().flatten() {
                let value = host_test::values::from_text(&of, text);
                assert!(
                    value.is_ok(),
                    "{}.{}: `{text}`: {value:?}",
                    command.words.name,
                    input.name
                );
                if let Some(number) = value.unwrap().as_u64() {
                    assert!(
                        number >= words.minimum.unwrap_or(0)
                            && number <= words.maximum.unwrap_or(u64::MAX),
                        "{}.{}: {text} is out of range",
                        command.words.name,
                        input.name
                    );
                }
            }
        }
    }
}

#[test]
fn every_command_and_the_poll_has_a_recording_of_a_success_and_of_a_failure() {
    let recordings = recordings::all();
    let mut missing = Vec::new();
    let names = exported_commands()
        .into_iter()
        .map(|function| function.name.as_str());
    for name in names.chain([recordings::POLL]) {
        for (what, wanted) in [
            ("success", ReturnData::Successful),
            ("failure", ReturnData::Failed),
        ] {
            let has = recordings
                .iter()
                .any(|recording| recording.command == name && recording.expected() == Some(wanted));
            if !has {
                missing.push(format!("{what} of {name}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "there is no recording of a {}",
        missing.join(", nor of a ")
    );
}

#[test]
fn every_folder_of_recordings_is_a_command_or_the_poll_and_has_one_stop_of_the_tour() {
    let recordings = recordings::all();
    let exported: BTreeSet<&str> = exported_commands()
        .iter()
        .map(|function| function.name.as_str())
        .chain([recordings::POLL])
        .collect();
    let folders: BTreeSet<&str> = recordings
        .iter()
        .map(|recording| recording.command.as_str())
        .collect();
    assert_eq!(folders, exported);
    for folder in folders {
        let stops = recordings.iter().filter(|recording| {
            recording.command == folder && recording.read().log.call.is_some_and(|call| call.demo)
        });
        assert_eq!(stops.count(), 1, "recordings with `demo` of {folder}");
    }
}

#[test]
fn no_recording_holds_a_credential() {
    for recording in recordings::all() {
        let text = std::fs::read_to_string(&recording.file)
            .unwrap()
            .to_lowercase();
        for word in ["\"authorization\"", "basic ", "api-key", "api_key"] {
            assert!(!text.contains(word), "{} has {word}", recording.name);
        }
    }
}

#[test]
fn the_settings_schema_has_exactly_the_settings_of_the_types() {
    let schema = plugin().function("connection", "settings-schema").unwrap();
    let with = host_test::plugin::Surroundings::none();
    let answer = harness::stopped_clock(plugin().call(schema, &[], &with)).unwrap();
    let text = host_test::values::to_json(&answer.value).unwrap();
    let schema: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    let described: BTreeSet<&str> = schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let test = plugin().function("connection", "test-connection").unwrap();
    let Some(Type::Record(settings)) = test.parameter("settings") else {
        panic!("the settings are no record")
    };
    let typed: BTreeSet<&str> = settings.fields().map(|field| field.name).collect();
    assert_eq!(described, typed);
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    let needed: BTreeSet<&str> = settings
        .fields()
        .filter(|field| !host_test::values::is_optional(&field.ty))
        .map(|field| field.name)
        .collect();
    assert_eq!(required, needed);
    assert_eq!(schema["properties"]["api-key"]["writeOnly"], true);
}
