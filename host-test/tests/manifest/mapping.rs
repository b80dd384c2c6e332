//! Every recorded event, polled through the component and mapped: each field of D3 and of Conductor's artifact has the value that a
//! golden states, and a complaint names the line of the manifest.

use std::collections::BTreeSet;

use host_test::manifest::{self, Platform, Signal};
use serde_json::{Value, json};

use crate::harness::recordings;
use crate::polled::signals;
use crate::{Manifest, golden, nothing_to_mend, update};

/// A field mapping of a manifest, and the golden of its records.
#[derive(Clone, Copy)]
struct MappingSet {
    platform: Platform,
    /// The member of the manifest.
    member: &'static str,
    golden: &'static str,
}

/// Every field mapping.
const SETS: [MappingSet; 3] = [D3_COMMAND, D3_POLL, CONDUCTOR];
const D3_COMMAND: MappingSet = MappingSet {
    platform: Platform::D3,
    member: "eventSource",
    golden: "d3.jsonl",
};
const D3_POLL: MappingSet = MappingSet {
    platform: Platform::D3,
    member: "pollEventSource",
    golden: "d3-poll.jsonl",
};
const CONDUCTOR: MappingSet = MappingSet {
    platform: Platform::Conductor,
    member: "artifact",
    golden: "conductor.jsonl",
};

/// The records that a mapping in a manifest's text makes of the recorded events, a line each.
fn lines(set: MappingSet, text: &str) -> Vec<String> {
    let manifest =
        manifest::Manifest::read(text).unwrap_or_else(|problems| panic!("{}", problems[0]));
    let mapping = match set.member {
        "eventSource" => manifest.command_mapping.unwrap(),
        _ => manifest.mapping,
    };
    let mut lines = Vec::new();
    for line in signals() {
        let records = mapping.map(&Signal::parse(line).unwrap()).into_iter();
        lines.extend(records.map(|record| record.line()));
    }
    lines
}

/// The same as values.
fn records_of(set: MappingSet, text: &str) -> Vec<Value> {
    let lines = lines(set, text).into_iter();
    lines
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect()
}

/// The artifacts that Conductor's manifest makes of the recorded events.
pub fn artifacts() -> Vec<Value> {
    records_of(CONDUCTOR, &Manifest::of(Platform::Conductor).text)
}

fn stated(set: MappingSet) -> Vec<Value> {
    let file = golden(set.golden);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Holds the records of a manifest's text against the golden; says which line of the manifest to mend.
fn complaints(set: MappingSet, text: &str) -> Vec<String> {
    let manifest = Manifest::of(set.platform);
    let at = format!("/{}/fields", set.member);
    let at = at.as_str();
    let fields = manifest
        .located
        .value()
        .pointer(at)
        .unwrap()
        .as_array()
        .unwrap();
    let (made, stated) = (records_of(set, text), stated(set));
    let mut complaints = Vec::new();
    if made.len() != stated.len() {
        let message = format!(
            "{} records are made, the golden has {}",
            made.len(),
            stated.len()
        );
        complaints.push(manifest.mend(at, message));
    }
    for (made, stated) in made.iter().zip(&stated) {
        let keys = |record: &Value| -> BTreeSet<String> {
            record.as_object().unwrap().keys().cloned().collect()
        };
        for key in keys(made).union(&keys(stated)) {
            if made.get(key) == stated.get(key) {
                continue;
            }
            let index = fields.iter().position(|field| field["name"] == **key);
            let pointer = index.map_or(at.to_owned(), |index| format!("{at}/{index}"));
            let value = |record: &Value| {
                record
                    .get(key)
                    .map_or("nothing".to_owned(), Value::to_string)
            };
            let message = format!(
                "`{key}` becomes {}, the golden says {}",
                value(made),
                value(stated)
            );
            complaints.push(manifest.mend(&pointer, message));
        }
    }
    complaints
}

#[test]
fn every_field_of_every_recorded_event_has_the_value_that_the_golden_states() {
    for set in SETS {
        let manifest = Manifest::of(set.platform);
        if update() {
            let lines = lines(set, &manifest.text).into_iter();
            let lines = lines.map(|line| format!("{line}\n"));
            std::fs::write(golden(set.golden), lines.collect::<String>()).unwrap();
        }
        nothing_to_mend(&complaints(set, &manifest.text));
    }
    assert!(
        signals().len() >= 40,
        "only {} events are recorded",
        signals().len()
    );
}

#[test]
fn a_mapping_that_takes_another_value_is_told_with_its_line() {
    let cases = [
        (
            D3_COMMAND,
            ".file.identity.sha1",
            ".file.identity.md5",
            "\"File Hash SHA1\"",
        ),
        (
            D3_COMMAND,
            ".computer.external_ip",
            ".computer.user",
            "\"ExternalIPAddress\"",
        ),
        (
            CONDUCTOR,
            "{ \"path\": \"$.fileName\" }",
            "{ \"path\": \"$.filePath\" }",
            "\"fileName\"",
        ),
        (
            CONDUCTOR,
            "\"Critical\": 2",
            "\"Critical\": 1",
            "\"severityCode\"",
        ),
    ];
    for (set, right, wrong, field) in cases {
        let manifest = Manifest::of(set.platform);
        assert!(manifest.text.contains(right), "{right}");
        let complaints = complaints(set, &manifest.text.replacen(right, wrong, 1));
        assert!(!complaints.is_empty(), "{wrong} is as good as {right}");
        for complaint in complaints {
            let mut parts = complaint.split(':');
            assert_eq!(parts.next(), Some(manifest.name.as_str()));
            let line: usize = parts.next().unwrap().parse().unwrap();
            // The field begins here: its name is in this line or in the next.
            let near: String = manifest.text.lines().skip(line - 1).take(2).collect();
            assert!(near.contains(field), "{complaint} leads to {near}");
        }
    }
}

/// The record of the recorded event with this id.
fn record_of(set: MappingSet, id: &str) -> Value {
    let manifest = Manifest::of(set.platform);
    let index = signals().iter().position(|line| {
        let signal: Value = serde_json::from_str(line).unwrap();
        signal["raw"]["id"].as_u64() == id.parse().ok()
    });
    records_of(set, &manifest.text)[index.unwrap()].clone()
}

/// The artifact of the recorded event with this id.
pub fn artifact_of(id: &str) -> Value {
    record_of(CONDUCTOR, id)
}

/// The key of the recorded event with this id.
pub fn key_of(id: &str) -> Value {
    record_of(D3_POLL, id)["Unique Event Key"].clone()
}

#[test]
fn an_event_without_computer_file_and_severity_maps_to_what_there_is() {
    let id = "7402471199369230421";
    assert_eq!(
        record_of(D3_COMMAND, id),
        json!({"Unique Event Key": id, "Start Time": "2026-05-01T07:00:00+00:00", "Event Type": "Product Update Failed"})
    );
    let connector = "4fc46549-2bd6-4af1-8a19-36d31696ed3d";
    let mut artifact = artifact_of(id);
    let message = artifact.as_object_mut().unwrap().remove("message").unwrap();
    assert!(message.as_str().unwrap().contains(id));
    let groups = artifact.as_object_mut().unwrap().remove("groupGUIDs");
    assert_eq!(groups.unwrap().as_array().unwrap().len(), 4);
    let moment = 1_777_618_800_000_i64;
    assert_eq!(
        artifact,
        json!({"eventID": key_of(id), "errorCode": "1638", "errorDescription": "Product is already installed.", "ruleName": "Product is already installed.", "streamName": "AMP Event", "messageType": "Product Update Failed", "vendorCode": "553648137",
            "severityCode": 6, "severityLabel": "informational", "action": "fail", "senderHost": connector,
            "consoleLink": format!("https://console.amp.example/computers/{connector}/trajectory2"), "startTimeUTC": moment, "endTimeUTC": moment})
    );
}

#[test]
fn a_signal_with_nothing_but_what_every_signal_has_maps_too() {
    let line = r#"{"uniqueEventKey":"5206917","startTime":"2026-05-01T09:29:00+00:00","timestamp":1777627740,"timestampNanoseconds":0,"groupGuids":[],"networkAddresses":[],"tactics":[],"techniques":[],"category":"operation","raw":{"id":5206917}}"#;
    let signal = Signal::parse(line).unwrap();
    let lines: Vec<String> = Platform::ALL
        .into_iter()
        .map(|platform| manifest::mapping(platform).unwrap().map(&signal)[0].line())
        .collect();
    assert_eq!(
        lines,
        [
            r#"{"Unique Event Key":"5206917","Start Time":"2026-05-01T09:29:00+00:00"}"#,
            r#"{"eventID":"5206917","streamName":"AMP Event","messageType":"AMP event","severityCode":6,"severityLabel":"informational","action":"log","senderHost":"cisco-amp","startTimeUTC":1777627740000,"endTimeUTC":1777627740000,"message":"{\"id\":5206917}"}"#,
        ]
    );
}

#[test]
fn ids_stay_exact_and_the_event_is_carried_whole() {
    let d3 = Manifest::of(Platform::D3).text;
    let (events, polled) = (records_of(D3_COMMAND, &d3), records_of(D3_POLL, &d3));
    let records = events.into_iter().zip(polled).zip(artifacts());
    for (line, ((event, polled), artifact)) in signals().iter().zip(records) {
        let signal: Value = serde_json::from_str(line).unwrap();
        let raw = Signal::parse(line).unwrap();
        let id = signal["raw"]["id"].as_u64().unwrap().to_string();
        assert_eq!(event["Unique Event Key"], id);
        assert_eq!(polled["Unique Event Key"], signal["uniqueEventKey"]);
        assert_eq!(artifact["eventID"], signal["uniqueEventKey"]);
        assert_eq!(artifact.get("detectionID"), signal.get("detectionId"));
        assert_eq!(artifact["message"], raw.event_text());
    }
}

#[test]
fn the_event_source_maps_what_fetch_event_returns() {
    let manifest = manifest::Manifest::read(Platform::D3.manifest()).unwrap();
    let mapping = manifest.command_mapping.unwrap();
    let mut mapped = 0;
    for recording in recordings::all() {
        if recording.command != "fetch-event" {
            continue;
        }
        let outcome = std::fs::read(recording.golden()).unwrap();
        let outcome: Value = serde_json::from_slice(&outcome).unwrap();
        let Some(events) = outcome["contextData"].as_array() else {
            continue;
        };
        for event in events {
            let line = json!({"raw": event}).to_string();
            let signal = Signal::parse(&line).unwrap();
            let records = mapping.map(&signal);
            let [record] = records.as_slice() else {
                panic!("{} records of an event", records.len());
            };
            let id = event["id"].to_string();
            assert_eq!(record.get("Unique Event Key"), Some(&json!(id)));
            mapped += 1;
        }
    }
    assert!(mapped > 20);
}
