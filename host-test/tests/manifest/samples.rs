//! Samples, schemas and error samples held against the goldens of the recordings that they were taken from.

use std::collections::BTreeSet;

use host_test::manifest::{Path, Platform, schema};
use serde_json::{Map, Value};

use crate::{Manifest, harness, nothing_to_mend};

/// What a recording really produced.
fn outcome(recording: &str) -> Option<Value> {
    let recordings = harness::recordings::all();
    let found = recordings
        .into_iter()
        .find(|known| known.name == recording)?;
    let golden = std::fs::read(found.golden()).ok()?;
    Some(serde_json::from_slice(&golden).unwrap())
}

/// The outcomes of every recording of a command, with their names.
fn outcomes(command: &str) -> Vec<(String, Value)> {
    let recordings = harness::recordings::all();
    let of_command = recordings
        .into_iter()
        .filter(|recording| recording.command == command);
    of_command
        .filter_map(|recording| Some((recording.name.clone(), outcome(&recording.name)?)))
        .collect()
}

/// A command of D3's manifest.
struct Command<'a> {
    pointer: String,
    entry: &'a Value,
    /// What each recording of it produced, by name.
    outcomes: Vec<(String, Value)>,
}

fn commands(d3: &Manifest) -> Vec<Command<'_>> {
    let commands = d3.located.value()["commands"].as_array().unwrap();
    let commands = commands.iter().enumerate().map(|(index, entry)| Command {
        pointer: format!("/commands/{index}"),
        entry,
        outcomes: outcomes(entry["command"].as_str().unwrap()),
    });
    commands.collect()
}

/// Key fields as the manifest has them: the values by name.
fn key_fields(outcome: &Value) -> Value {
    let fields = outcome["keyFields"].as_array().unwrap().iter();
    let fields: Map<String, Value> = fields
        .map(|field| {
            (
                field["name"].as_str().unwrap().to_owned(),
                field["values"].clone(),
            )
        })
        .collect();
    fields.into()
}

#[test]
fn every_sample_is_what_its_recording_produced() {
    let d3 = Manifest::of(Platform::D3);
    let mut complaints = Vec::new();
    for Command {
        pointer,
        entry: command,
        ..
    } in commands(&d3)
    {
        let at = format!("{pointer}/outputs/sample");
        let sample = &command["outputs"]["sample"];
        let recording = sample["recording"].as_str().unwrap();
        let Some(outcome) = outcome(recording) else {
            complaints.push(d3.mend(&format!("{at}/recording"), "there is no such recording"));
            continue;
        };
        let produced = [
            ("contextData", outcome["contextData"].clone()),
            ("keyFields", key_fields(&outcome)),
            ("rows", outcome["result"]["rows"].clone()),
        ];
        for (key, produced) in produced {
            if sample[key] != produced {
                let message = format!("{recording} produced {produced}");
                complaints.push(d3.mend(&format!("{at}/{key}"), message));
            }
        }
        if outcome["command"] != command["command"] {
            complaints.push(d3.mend(&format!("{at}/recording"), "it is of another command"));
        }
    }
    nothing_to_mend(&complaints);
}

#[test]
fn every_error_sample_is_what_its_recording_produced() {
    let d3 = Manifest::of(Platform::D3);
    let mut complaints = Vec::new();
    for Command {
        pointer,
        entry: command,
        ..
    } in commands(&d3)
    {
        for (index, error) in command["errors"].as_array().unwrap().iter().enumerate() {
            let at = format!("{pointer}/errors/{index}");
            let recording = error["recording"].as_str().unwrap();
            let Some(outcome) = outcome(recording) else {
                complaints.push(d3.mend(&format!("{at}/recording"), "there is no such recording"));
                continue;
            };
            let produced = &outcome["errors"][0];
            for part in ["failureIndicator", "statusCode", "message"] {
                if error[part] != produced[part] {
                    let message = format!("{recording} produced {}", produced[part]);
                    complaints.push(d3.mend(&format!("{at}/{part}"), message));
                }
            }
        }
    }
    nothing_to_mend(&complaints);
}

#[test]
fn the_states_columns_and_key_fields_of_a_command_are_those_that_its_recordings_show() {
    let d3 = Manifest::of(Platform::D3);
    let mut complaints = Vec::new();
    for Command {
        pointer,
        entry: command,
        outcomes,
    } in commands(&d3)
    {
        let outputs = &command["outputs"];
        let listed = |key: &str| -> BTreeSet<String> {
            let listed = outputs[key].as_array().unwrap().iter();
            listed.map(|one| one.as_str().unwrap().to_owned()).collect()
        };
        let states: BTreeSet<String> = outcomes
            .iter()
            .map(|(_, outcome)| outcome["returnData"].as_str().unwrap().to_owned())
            .collect();
        let keys: BTreeSet<String> = outcomes
            .iter()
            .flat_map(|(_, outcome)| key_fields(outcome).as_object().unwrap().clone())
            .map(|(name, _)| name)
            .collect();
        for (key, shown) in [("returnData", states), ("keyFields", keys)] {
            if listed(key) != shown {
                let at = format!("{pointer}/outputs/{key}");
                complaints.push(d3.mend(&at, format!("the recordings show {shown:?}")));
            }
        }
        for (name, outcome) in &outcomes {
            let columns = &outcome["result"]["columns"];
            if !columns.is_null() && *columns != outputs["resultColumns"] {
                let at = format!("{pointer}/outputs/resultColumns");
                complaints.push(d3.mend(&at, format!("{name} shows {columns}")));
            }
        }
    }
    nothing_to_mend(&complaints);
}

#[test]
fn the_context_data_of_every_recording_obeys_the_schema_of_its_command() {
    let d3 = Manifest::of(Platform::D3);
    let definitions = &d3.located.value()["$defs"];
    let mut complaints = Vec::new();
    let mut held = 0;
    for Command {
        pointer,
        entry: command,
        outcomes,
    } in commands(&d3)
    {
        let at = format!("{pointer}/outputs/contextData");
        let whole = schema::with_definitions(&command["outputs"]["contextData"], definitions);
        jsonschema::meta::validate(&whole)
            .unwrap_or_else(|error| panic!("{}", d3.mend(&at, error.to_string())));
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .offline()
            .build(&whole)
            .unwrap();
        for (name, outcome) in outcomes {
            let context = &outcome["contextData"];
            if context.is_null() {
                continue;
            }
            held += 1;
            complaints.extend(validator.iter_errors(context).map(|error| {
                let place = error.instance_path().to_string();
                d3.mend(&at, format!("{name}, at {place}: {error}"))
            }));
        }
    }
    nothing_to_mend(&complaints);
    assert!(held > 60, "only {held} recordings were looked at");
}

#[test]
fn a_schema_refuses_what_its_command_never_produces() {
    let d3 = Manifest::of(Platform::D3);
    let definitions = &d3.located.value()["$defs"];
    for Command {
        pointer,
        entry: command,
        ..
    } in commands(&d3)
    {
        let outputs = &command["outputs"];
        let whole = schema::with_definitions(&outputs["contextData"], definitions);
        let validator = jsonschema::validator_for(&whole).unwrap();
        // What is a list is no object, and the other way round.
        let wrong = match &outputs["sample"]["contextData"] {
            Value::Array(items) => items[0].clone(),
            object => Value::Array(vec![object.clone()]),
        };
        assert!(
            !validator.is_valid(&wrong),
            "{}",
            d3.mend(
                &format!("{pointer}/outputs/contextData"),
                "it takes anything"
            )
        );
    }
}

#[test]
fn the_schemas_know_what_playbooks_work_with() {
    let d3 = Manifest::of(Platform::D3);
    let definitions = &d3.located.value()["$defs"];
    let always = [
        ("event", "id"),
        ("event", "date"),
        ("computer", "connector_guid"),
        ("group", "guid"),
        ("policy", "guid"),
    ];
    for (name, member) in always {
        let schema = &definitions[name];
        let place = d3.mend(&format!("/$defs/{name}"), member);
        let required = schema["required"].as_array().unwrap();
        assert!(required.contains(&member.into()), "{place}");
        assert!(schema["properties"][member].is_object(), "{place}");
    }
}

/// Values in lower case, without duplicates.
fn set<'a>(values: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    values
        .filter_map(Value::as_str)
        .map(str::to_lowercase)
        .collect()
}

#[test]
fn where_a_value_comes_from_there_are_exactly_those_of_the_key_field() {
    let d3 = Manifest::of(Platform::D3);
    let mut complaints = Vec::new();
    for Command {
        pointer,
        entry: command,
        ..
    } in commands(&d3)
    {
        for (index, input) in command["inputs"].as_array().unwrap().iter().enumerate() {
            let sources = input["valuesFrom"].as_array();
            for (number, from) in sources.into_iter().flatten().enumerate() {
                let at = format!("{pointer}/inputs/{index}/valuesFrom/{number}/path");
                let path = Path::parse(from["path"].as_str().unwrap()).unwrap();
                let output = from["output"].as_str().unwrap();
                let key = from["keyField"].as_str().unwrap();
                let mut given = 0;
                for (name, outcome) in outcomes(from["command"].as_str().unwrap()) {
                    let found = set(path.find(&outcome[output]));
                    let keys = key_fields(&outcome);
                    let mut keys = set(keys[key].as_array().into_iter().flatten());
                    // Of a file without a SHA-256 the key field has another hash, which no input takes.
                    keys.retain(|value| key != "hashes" || value.len() == 64);
                    given += found.len();
                    if found != keys {
                        let message =
                            format!("in {name} it finds {found:?}, and {key} has {keys:?}");
                        complaints.push(d3.mend(&at, message));
                    }
                }
                if given == 0 {
                    complaints.push(d3.mend(&at, "it finds nothing in any recording"));
                }
            }
        }
    }
    nothing_to_mend(&complaints);
}
