//! What changes in the component is told with the line of the manifest to mend. Nothing is changed on disk.

use host_test::manifest::description::{CommandDescription, InputDescription};
use host_test::manifest::{Description, Platform, Problem, check};
use serde_json::json;

use crate::{Manifest, described};

/// Holds a manifest against a component that is a little different. The problem at each of the pointers must stand in a line with
/// the text.
#[track_caller]
fn change(platform: Platform, change: impl Fn(&mut Description), expected: &[(&str, &str)]) {
    let manifest = Manifest::of(platform);
    let mut changed = described().clone();
    change(&mut changed);
    tells(&manifest.text, &check(&manifest.text, &changed), expected);
}

/// Holds problems against what is expected: a pointer, and what the line shows that it leads to.
#[track_caller]
pub fn tells(text: &str, problems: &[Problem], expected: &[(&str, &str)]) {
    for (pointer, shown) in expected {
        let found = problems.iter().find(|problem| {
            let line = text.lines().nth(problem.line - 1);
            problem.pointer == *pointer && line.unwrap_or_default().contains(shown)
        });
        assert!(
            found.is_some(),
            "nothing is said of {pointer}, in a line with {shown}, but\n{}",
            all(problems)
        );
    }
    assert_eq!(problems.len(), expected.len(), "{}", all(problems));
}

fn all(problems: &[Problem]) -> String {
    let lines = problems.iter().map(|problem| format!("{problem}\n"));
    lines.collect()
}

fn command<'a>(described: &'a mut Description, name: &str) -> &'a mut CommandDescription {
    let mut commands = described.commands.iter_mut();
    commands.find(|command| command.name == name).unwrap()
}

fn input<'a>(command: &'a mut CommandDescription, name: &str) -> &'a mut InputDescription {
    let mut inputs = command.inputs.iter_mut();
    inputs.find(|input| input.name == name).unwrap()
}

/// The pointer of a command in D3's manifest.
pub fn at(command: &str) -> String {
    let d3 = Manifest::of(Platform::D3);
    let commands = d3.located.value()["commands"].as_array().unwrap().clone();
    let index = commands
        .iter()
        .position(|known| known["command"] == command);
    format!("/commands/{}", index.unwrap())
}

#[test]
fn a_field_with_another_name_is_told() {
    let inputs = format!("{}/inputs", at("get-computers"));
    change(
        Platform::D3,
        |described| {
            input(command(described, "get-computers"), "hostname").name = "host-name".to_owned();
        },
        &[
            (&inputs, "\"inputs\": ["),
            (&format!("{inputs}/2/field"), "\"field\": \"hostname\""),
        ],
    );
}

#[test]
fn every_other_fact_of_an_input_is_told() {
    type Change = fn(&mut InputDescription);
    let limit = format!("{}/inputs/1", at("get-groups"));
    let cases: [(&str, &str, Change); 6] = [
        ("default", "\"default\": 500", |limit| {
            limit.default = Some("400".to_owned())
        }),
        ("default", "\"default\": 500", |limit| limit.default = None),
        ("minimum", "\"minimum\": 1", |limit| limit.minimum = Some(0)),
        ("maximum", "\"maximum\": 500", |limit| {
            limit.maximum = Some(1000)
        }),
        ("example", "\"example\": 3", |limit| {
            limit.example = Some("4".to_owned())
        }),
        ("description", "The most groups", |limit| {
            limit.help.push('!')
        }),
    ];
    for (fact, shown, changed) in cases {
        change(
            Platform::D3,
            |described| changed(input(command(described, "get-groups"), "limit")),
            &[(&format!("{limit}/{fact}"), shown)],
        );
    }
    change(
        Platform::D3,
        |described| input(command(described, "get-groups"), "limit").required = true,
        &[(&format!("{limit}/required"), "\"required\": false")],
    );
    change(
        Platform::D3,
        |described| {
            input(command(described, "get-groups"), "limit").of = "option<string>".to_owned()
        },
        &[
            (&format!("{limit}/type"), "\"type\": \"Number\""),
            (&format!("{limit}/default"), "\"default\": 500"),
            (&format!("{limit}/example"), "\"example\": 3"),
        ],
    );
    let isolate = format!("{}/inputs", at("isolate-computer"));
    change(
        Platform::D3,
        |described| {
            input(command(described, "isolate-computer"), "connector-guids").max_items = Some(50);
            input(command(described, "isolate-computer"), "comment").max_length = None;
        },
        &[
            (&format!("{isolate}/0/maxItems"), "\"maxItems\": 500"),
            (&format!("{isolate}/1/maxLength"), "\"maxLength\": 2000"),
        ],
    );
    let product = format!("{}/inputs/1", at("list-policies"));
    change(
        Platform::D3,
        |described| {
            let product = input(command(described, "list-policies"), "product-type");
            product.cases.push("chromeos".to_owned());
        },
        &[(&format!("{product}/choices"), "\"choices\": [")],
    );
}

#[test]
fn what_the_component_has_more_or_less_is_told() {
    change(
        Platform::D3,
        |described| {
            described
                .commands
                .retain(|command| command.name != "create-group")
        },
        &[("/commands/0/command", "\"command\": \"create-group\"")],
    );
    change(
        Platform::D3,
        |described| {
            let mut more = described.commands[0].clone();
            more.name = "delete-group".to_owned();
            described.commands.push(more);
        },
        &[("/commands", "\"commands\": [")],
    );
    change(
        Platform::D3,
        |described| {
            let command = command(described, "create-group");
            let mut more = command.inputs[0].clone();
            more.name = "parent".to_owned();
            command.inputs.push(more);
        },
        &[("/commands/0/inputs", "\"inputs\": [")],
    );
}

#[test]
fn every_fact_of_a_command_is_told() {
    change(
        Platform::D3,
        |described| {
            let command = command(described, "create-group");
            command.idempotent = true;
            command.effect = "removes".to_owned();
            command.scope = "read-only".to_owned();
            command.help.push_str(" More.");
        },
        &[
            ("/commands/0/idempotent", "\"idempotent\": false"),
            ("/commands/0/effect", "\"effect\": \"changes\""),
            ("/commands/0/scope", "\"scope\": \"read-and-write\""),
            ("/commands/0/description", "Creates a group."),
        ],
    );
}

#[test]
fn a_default_or_a_region_in_the_settings_is_told_to_both_platforms() {
    let default = |described: &mut Description| {
        described.settings["properties"]["server-url"]["default"] =
            json!("https://api.eu.amp.cisco.com");
    };
    change(
        Platform::D3,
        default,
        &[(
            "/connection/fields/0/default",
            "\"default\": \"https://api.amp.cisco.com\"",
        )],
    );
    change(
        Platform::Conductor,
        default,
        &[("/settings/0/default", "\"default\": \"api.amp.cisco.com\"")],
    );
    let region = |described: &mut Description| {
        described.settings["properties"]["server-url"]["anyOf"][0]["oneOf"][2]["const"] =
            json!("https://api.asia.amp.cisco.com");
    };
    change(
        Platform::D3,
        region,
        &[("/connection/fields/0/choices", "\"choices\": [")],
    );
    change(
        Platform::Conductor,
        region,
        &[("/settings/0/choices", "\"choices\": [")],
    );
}

#[test]
fn a_setting_that_comes_to_be_needed_or_secret_is_told_to_both_platforms() {
    let needed = |described: &mut Description| {
        described.settings["required"] = json!(["server-url", "client-id", "api-key", "page-size"]);
    };
    change(
        Platform::D3,
        needed,
        &[("/connection/fields", "\"fields\": [")],
    );
    change(
        Platform::Conductor,
        needed,
        &[("/settings", "\"settings\": [")],
    );
    let secret = |described: &mut Description| {
        described.settings["properties"]["client-id"]["writeOnly"] = json!(true);
    };
    // Where nothing is said of secrets, the field itself is shown.
    change(
        Platform::D3,
        secret,
        &[("/connection/fields/1/secret", "{")],
    );
    change(Platform::Conductor, secret, &[("/settings/1/secret", "{")]);
}

#[test]
fn a_signal_field_with_another_name_is_told_wherever_the_artifact_uses_it() {
    let conductor = Manifest::of(Platform::Conductor);
    let fields = conductor.located.value()["artifact"]["fields"]
        .as_array()
        .unwrap();
    let mut expected = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        for (number, source) in field["from"].as_array().unwrap().iter().enumerate() {
            if source["path"] == "$.hostname" {
                expected.push(format!("/artifact/fields/{index}/from/{number}/path"));
            }
        }
    }
    assert!(expected.len() > 1);
    let expected: Vec<(&str, &str)> = expected
        .iter()
        .map(|pointer| (pointer.as_str(), "$.hostname"))
        .collect();
    change(
        Platform::Conductor,
        |described| {
            let mut fields = described.intake.signal_fields.iter_mut();
            let field = fields.find(|field| field.name == "hostname").unwrap();
            field.json_name = "host".to_owned();
        },
        &expected,
    );
}

#[test]
fn a_field_within_a_signal_field_is_told_too() {
    change(
        Platform::Conductor,
        |described| {
            let mut fields = described.intake.signal_fields.iter_mut();
            let addresses = fields
                .find(|field| field.name == "network-addresses")
                .unwrap();
            addresses.fields[1].json_name = "macAddress".to_owned();
        },
        &[
            (
                "/artifact/fields/16/from/1/path",
                "$.networkAddresses[?@.ip > ''].mac",
            ),
            (
                "/artifact/fields/16/from/2/path",
                "$.networkAddresses[*].mac",
            ),
            (
                "/artifact/fields/20/from/1/path",
                "$.networkAddresses[?@.ip > ''].mac",
            ),
            (
                "/artifact/fields/20/from/2/path",
                "$.networkAddresses[*].mac",
            ),
        ],
    );
}

#[test]
fn what_changes_in_the_poll_is_told() {
    change(
        Platform::Conductor,
        |described| {
            input(&mut described.intake.poll, "late-window-minutes").default =
                Some("20".to_owned());
            described.intake.poll.name = "fetch".to_owned();
        },
        &[
            ("/poll/inputs/2/default", "\"default\": 15"),
            ("/poll/export", "intake.poll"),
        ],
    );
    change(
        Platform::Conductor,
        |described| input(&mut described.intake.poll, "cursor").name = "position".to_owned(),
        &[
            ("/poll/cursor", "\"cursor\""),
            ("/poll/inputs", "\"inputs\": ["),
        ],
    );
}
