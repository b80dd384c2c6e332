//! The README held against what it describes: its program, its examples with their output, its tables.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "readme/examples.rs"]
mod examples;
mod harness;
#[path = "readme/page.rs"]
mod page;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use examples::{Example, examples, holds, words};
use harness::program::{self, CLIENT, KEY};
use harness::server::{Answer, Server};
use page::{blocks, code, first_cells, read, table, top};
use serde_json::Value;

/// What the component itself describes.
fn described() -> Vec<Value> {
    let commands = program::run(&["describe", "--format", "json"]).json();
    commands.as_array().unwrap().clone()
}

#[test]
fn the_program_that_embeds_the_plugin_is_the_example() {
    let program = read("host-test/examples/embed.rs");
    assert!(
        blocks("rust").contains(&program),
        "copy host-test/examples/embed.rs into README.md, where it is out of date"
    );
    assert!(
        program.lines().count() <= 80,
        "the program is no longer short"
    );
}

#[test]
fn the_example_that_embeds_the_plugin_gets_computers() {
    let built = PathBuf::from(env!("CARGO_BIN_EXE_host-test"));
    let program = built.with_file_name("examples").join("embed");
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        program.is_file(),
        "build it with `cargo build -p host-test --example embed`"
    );
    let body = r#"{"version":"v1.2.0","metadata":{"results":{"total":1,"current_item_count":1,"index":0,"items_per_page":5}},"data":[{"connector_guid":"6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11","hostname":"FIN-WS-0142"}]}"#;
    let server = Server::start(Answer::With(200, String::new(), body.to_owned()));
    let run = Command::new(program)
        .env("AMP_SERVER_URL", &server.url)
        .env("AMP_CLIENT_ID", CLIENT)
        .env("AMP_API_KEY", KEY)
        .env(host_test::component::VARIABLE, harness::component())
        .output();
    program::finish(run.unwrap())
        .ends(0, &[])
        .prints("FIN-WS-0142");
    assert_eq!(server.requests(), 1);
}

#[test]
fn every_example_prints_what_the_readme_shows() {
    let blocks = blocks("console");
    assert!(!blocks.is_empty(), "README.md shows no examples");
    for block in blocks {
        let mut code = None;
        for Example { typed, shown } in examples(&block) {
            let words = words(&typed);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let arguments = match words.as_slice() {
                ["echo", "$?"] => {
                    let code: Option<i32> = code;
                    let code = code.unwrap_or_else(|| panic!("`{typed}` follows no command"));
                    assert_eq!(shown, [code.to_string()], "the exit code in\n{block}");
                    continue;
                }
                ["cargo", "run", "-q", "--", arguments @ ..] | ["host-test", arguments @ ..] => {
                    arguments
                }
                ["cargo", "run", "-q"] => &[],
                _ => panic!("`{typed}` shows output that no test can make"),
            };
            let run = program::command(arguments).current_dir(top()).output();
            let run = program::finish(run.unwrap());
            code = Some(run.code);
            let terminal = format!("{}{}", run.out, run.err);
            if let Err(missing) = holds(&shown, &terminal) {
                panic!("README.md shows for `{typed}`\n\n{missing}\n\nbut it prints\n\n{terminal}");
            }
        }
    }
}

#[test]
fn the_table_of_commands_is_what_the_component_describes() {
    let mut actual: Vec<Vec<String>> = Vec::new();
    for command in described() {
        let text = |name: &str| command[name].as_str().unwrap().to_owned();
        let inputs = |required: bool| {
            let inputs = command["inputs"].as_array().unwrap().iter();
            let names = inputs
                .filter(|input| input["required"] == required)
                .map(|input| format!("`{}`", input["name"].as_str().unwrap()));
            names.collect::<Vec<_>>().join(", ")
        };
        let repeatable = if command["idempotent"] == true {
            "yes"
        } else {
            "no"
        };
        actual.push(vec![
            format!("`{}`", text("name")),
            inputs(true),
            inputs(false),
            text("effect"),
            text("scope"),
            repeatable.to_owned(),
        ]);
    }
    let mut shown = table(&[
        "Command",
        "Needs",
        "Takes as well",
        "Does",
        "Scope",
        "Repeatable",
    ]);
    actual.sort();
    shown.sort();
    assert_eq!(shown, actual);
}

#[test]
fn the_ranges_of_inputs_are_those_that_the_component_describes() {
    let readme = read("README.md");
    for command in described() {
        for input in command["inputs"].as_array().unwrap() {
            if input["maximum"].is_null() {
                continue;
            }
            let default = input["default"].as_str().unwrap();
            let says = format!(
                "`{}` takes {} to {} and is {default} by default",
                input["name"].as_str().unwrap(),
                input["minimum"],
                input["maximum"]
            );
            assert!(readme.contains(&says), "README.md does not say: {says}");
        }
    }
}

#[test]
fn the_table_of_settings_is_the_schema() {
    let schema = harness::plugin()
        .function("connection", "settings-schema")
        .unwrap();
    let with = host_test::plugin::Surroundings::none();
    let answer = harness::stopped_clock(harness::plugin().call(schema, &[], &with)).unwrap();
    let text = host_test::values::to_json(&answer.value).unwrap();
    let schema: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    let required = schema["required"].as_array().unwrap();

    let rows = table(&["Setting", "Needed", "Default", "Range", "What"]);
    let properties = schema["properties"].as_object().unwrap();
    assert_eq!(first_cells(&rows), properties.keys().cloned().collect());
    for row in &rows {
        let name = &code(&row[0])[0];
        let property = &properties[name];
        let required = required.contains(&Value::from(name.as_str()));
        let needed = if required { "yes" } else { "" };
        let default = match &property["default"] {
            Value::Null => Vec::new(),
            Value::String(text) => vec![text.clone()],
            other => vec![other.to_string()],
        };
        let range = match (&property["minimum"], &property["maximum"]) {
            (Value::Null, Value::Null) => String::new(),
            (minimum, maximum) => format!("{minimum} to {maximum}"),
        };
        assert_eq!(
            (row[1].as_str(), code(&row[2]), row[3].as_str()),
            (needed, default, range.as_str()),
            "{name}"
        );
    }
}

#[test]
fn the_connection_file_is_taken() {
    let settings = blocks("toml");
    let settings = settings
        .iter()
        .find(|block| !block.contains("[[connection]]"));
    let settings = settings.unwrap_or_else(|| panic!("README.md shows no connection file"));
    let run = program::run(&[
        "test-connection",
        "--connection",
        program::file(settings, ".toml").to_str().unwrap(),
        "--replay",
        &program::recording("test-connection/healthy"),
    ]);
    run.ends(0, &[]);
}

#[test]
fn the_table_of_failures_has_every_kind_of_the_contract() {
    let contract = read("wit/types.wit");
    let (_, kinds) = contract.split_once("variant failure-kind {").unwrap();
    let (kinds, _) = kinds.split_once("\n    }").unwrap();
    let kinds: BTreeSet<String> = kinds
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .filter_map(|line| line.split(['(', ',']).next().map(str::to_owned))
        .collect();
    assert_eq!(
        first_cells(&table(&["Kind", "What happened", "What to do"])),
        kinds
    );
}

#[test]
fn the_tables_of_dependencies_are_those_of_the_manifests() {
    let mut actual = BTreeSet::new();
    for manifest in ["Cargo.toml", "host-test/Cargo.toml"] {
        let manifest: toml::Table = toml::from_str(&read(manifest)).unwrap();
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let crates = manifest.get(section).and_then(toml::Value::as_table);
            actual.extend(crates.into_iter().flat_map(|crates| crates.keys().cloned()));
        }
    }
    let readme = read("README.md");
    let (_, dependencies) = readme.split_once("\n## Dependencies\n").unwrap();
    let rows = dependencies
        .lines()
        .skip_while(|line| *line != "| Crate | Why |");
    let shown: BTreeSet<String> = rows
        .filter_map(|line| line.strip_prefix("| `"))
        .filter(|line| line.matches(" | ").count() == 1)
        .flat_map(|line| code(&format!("`{}", line.split(" | ").next().unwrap())))
        .collect();
    assert_eq!(shown, actual);
}

#[test]
fn the_component_is_as_small_as_the_readme_says() {
    let readme = read("README.md");
    let kilobytes = |before: &str| -> u64 {
        let (_, after) = readme.split_once(before).unwrap();
        let (number, _) = after.split_once(" kB").unwrap();
        number.parse().unwrap()
    };
    let (measured, most) = (kilobytes(".wasm`, about "), kilobytes("must stay under "));
    let size = std::fs::metadata(harness::component()).unwrap().len();
    assert!(size < most * 1000, "the component has {size} bytes");
    assert!(
        size.abs_diff(measured * 1000) <= 10_000,
        "the component has {size} bytes; README.md says {measured} kB"
    );
}

#[test]
fn every_link_to_a_file_or_heading_leads_somewhere() {
    let readme = read("README.md");
    let headings: BTreeSet<String> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|heading| heading.to_lowercase().replace(' ', "-"))
        .collect();
    for link in readme.split("](").skip(1) {
        let (link, _) = link.split_once(')').unwrap();
        match link.strip_prefix('#') {
            Some(heading) => assert!(headings.contains(heading), "there is no heading {link}"),
            None => assert!(top().join(link).exists(), "there is no {link}"),
        }
    }
}
