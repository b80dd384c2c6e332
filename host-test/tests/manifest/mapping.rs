//! Every recorded event, polled through the component and mapped: each field of D3 and of Conductor's artifact has the value that a
//! golden states, and a complaint names the line of the manifest.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use host_test::egress::Live;
use host_test::har::response_body;
use host_test::intake::Poll;
use host_test::manifest::{self, Platform, Signal};
use host_test::settings::Settings;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::harness::recordings;
use crate::harness::server::{Answer, Server};
use crate::{Manifest, golden, harness, nothing_to_mend, update};

/// A page of events.
#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
}

/// Every event of every recording, once, the newest first, as AMP wrote it.
fn recorded() -> Vec<Box<RawValue>> {
    let mut events: Vec<(i64, i64, u64, Box<RawValue>)> = Vec::new();
    for recording in recordings::all() {
        for entry in recording.read().log.entries {
            if !entry.request.url.contains("/v1/events?") {
                continue;
            }
            let body = response_body(&entry.response).unwrap_or_default();
            let Ok(page) = serde_json::from_slice::<Page>(&body) else {
                continue;
            };
            for raw in page.data {
                let event: Value = serde_json::from_str(raw.get()).unwrap();
                let number = |key: &str| event[key].as_i64().unwrap_or(0);
                let id = event["id"].as_u64().unwrap();
                if !events.iter().any(|(.., known, _)| *known == id) {
                    events.push((
                        number("timestamp"),
                        number("timestamp_nanoseconds"),
                        id,
                        raw,
                    ));
                }
            }
        }
    }
    events.sort_by_key(|(second, fraction, id, _)| (-second, -fraction, *id));
    events.into_iter().map(|(.., raw)| raw).collect()
}

/// The recorded events as signals, the oldest first: what the component's poll makes of them.
pub fn signals() -> &'static [String] {
    static SIGNALS: OnceLock<Vec<String>> = OnceLock::new();
    SIGNALS.get_or_init(|| {
        let events = recorded();
        let total = events.len();
        let events: Vec<&str> = events.iter().map(|event| event.get()).collect();
        let body = format!(
            r#"{{"version":"v1.2.0","metadata":{{"results":{{"total":{total},"current_item_count":{total},"index":0,"items_per_page":500}}}},"data":[{}]}}"#,
            events.join(",")
        );
        let server = Server::start(Answer::With(200, String::new(), body));
        let settings = json!({"server-url": server.url, "client-id": "0123456789abcdef0123", "api-key": "5e5a3e00-dead-4bee-8bad-0123456789ab"});
        let settings = Settings::from_json(settings.as_object().unwrap().clone()).unwrap();
        let request = json!({"first-window-hours": 720});
        let intake = harness::intake();
        let poll = Poll::new(intake, &settings, request.as_object().unwrap().clone()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let polled = runtime.unwrap().block_on(async {
            let live = Arc::new(Live::new(None).unwrap());
            let now = humantime::parse_rfc3339("2026-05-02T00:00:00Z").unwrap();
            poll.make(harness::plugin(), live, Some(now)).await.unwrap()
        });
        let batch = polled.answer.unwrap_or_else(|refused| panic!("{}", refused.errors[0].message));
        assert_eq!(batch.signals.len(), total, "{:#?}", batch.report.remarks);
        batch.signals.iter().map(|signal| signal.line()).collect()
    })
}

/// The records that a manifest's text makes of the recorded events, a line each.
fn lines(text: &str) -> Vec<String> {
    let manifest =
        manifest::Manifest::read(text).unwrap_or_else(|problems| panic!("{}", problems[0]));
    let mut lines = Vec::new();
    for line in signals() {
        let records = manifest
            .mapping
            .map(&Signal::parse(line).unwrap())
            .into_iter();
        lines.extend(records.map(|record| record.line()));
    }
    lines
}

/// The same as values.
pub fn records(text: &str) -> Vec<Value> {
    let lines = lines(text).into_iter();
    lines
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect()
}

fn stated(platform: Platform) -> Vec<Value> {
    let file = golden(&format!("{}.jsonl", platform.name()));
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Holds the records of a manifest's text against the golden; says which line of the manifest to mend.
fn complaints(platform: Platform, text: &str) -> Vec<String> {
    let manifest = Manifest::of(platform);
    let at = match platform {
        Platform::D3 => "/eventSource/fields",
        Platform::Conductor => "/artifact/fields",
    };
    let fields = manifest
        .located
        .value()
        .pointer(at)
        .unwrap()
        .as_array()
        .unwrap();
    let (made, stated) = (records(text), stated(platform));
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
    for platform in Platform::ALL {
        let manifest = Manifest::of(platform);
        if update() {
            let lines = lines(&manifest.text).into_iter();
            let lines = lines.map(|line| format!("{line}\n"));
            let file = golden(&format!("{}.jsonl", platform.name()));
            std::fs::write(file, lines.collect::<String>()).unwrap();
        }
        nothing_to_mend(&complaints(platform, &manifest.text));
    }
    assert!(
        signals().len() >= 40,
        "only {} events are recorded",
        signals().len()
    );
}

#[test]
fn the_goldens_have_a_value_of_every_field() {
    for platform in Platform::ALL {
        let manifest = Manifest::of(platform);
        let at = match platform {
            Platform::D3 => "eventSource",
            Platform::Conductor => "artifact",
        };
        let records = stated(platform);
        for field in manifest.located.value()[at]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let given = records.iter().filter(|record| record.get(name).is_some());
            assert!(given.count() > 0, "no recorded event has a {name}");
        }
    }
}

#[test]
fn a_mapping_that_takes_another_value_is_told_with_its_line() {
    let cases = [
        (
            Platform::D3,
            ".file.identity.sha1",
            ".file.identity.md5",
            "\"File Hash SHA1\"",
        ),
        (
            Platform::D3,
            ".computer.external_ip",
            ".computer.user",
            "\"ExternalIPAddress\"",
        ),
        (
            Platform::Conductor,
            "{ \"path\": \"$.fileName\" }",
            "{ \"path\": \"$.filePath\" }",
            "\"fileName\"",
        ),
        (
            Platform::Conductor,
            "\"Critical\": 2",
            "\"Critical\": 1",
            "\"severityCode\"",
        ),
    ];
    for (platform, right, wrong, field) in cases {
        let manifest = Manifest::of(platform);
        assert!(manifest.text.contains(right), "{right}");
        let complaints = complaints(platform, &manifest.text.replacen(right, wrong, 1));
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
pub fn record_of(platform: Platform, id: &str) -> Value {
    let manifest = Manifest::of(platform);
    let index = signals().iter().position(|line| {
        let signal: Value = serde_json::from_str(line).unwrap();
        signal["uniqueEventKey"] == id
    });
    records(&manifest.text)[index.unwrap()].clone()
}

#[test]
fn an_event_without_computer_file_and_severity_maps_to_what_there_is() {
    let id = "7402471199369230421";
    assert_eq!(
        record_of(Platform::D3, id),
        json!({"Unique Event Key": id, "Start Time": "2026-05-01T07:00:00+00:00", "Event Type": "Product Update Failed"})
    );
    let mut artifact = record_of(Platform::Conductor, id);
    let message = artifact.as_object_mut().unwrap().remove("message").unwrap();
    assert!(message.as_str().unwrap().contains(id));
    let moment = 1_777_618_800_000_i64;
    assert_eq!(
        artifact,
        json!({"eventID": id, "streamName": "AMP Event", "messageType": "Product Update Failed", "vendorCode": "553648137",
            "severityCode": 6, "severityLabel": "informational", "action": "log", "senderHost": "4fc46549-2bd6-4af1-8a19-36d31696ed3d",
            "startTimeUTC": moment, "endTimeUTC": moment})
    );
}

#[test]
fn a_signal_with_nothing_but_what_every_signal_has_maps_too() {
    let line = r#"{"uniqueEventKey":"5206917","startTime":"2026-05-01T09:29:00+00:00","timestamp":1777627740,"timestampNanoseconds":0,"groupGuids":[],"networkAddresses":[],"tactics":[],"techniques":[],"raw":{"id":5206917}}"#;
    let signal = Signal::parse(line).unwrap();
    let lines: Vec<String> = Platform::ALL
        .into_iter()
        .map(|platform| manifest::mapping(platform).unwrap().map(&signal)[0].line())
        .collect();
    assert_eq!(
        lines,
        [
            r#"{"Unique Event Key":"5206917"}"#,
            r#"{"eventID":"5206917","streamName":"AMP Event","messageType":"AMP event","severityCode":6,"severityLabel":"informational","action":"log","senderHost":"cisco-amp","startTimeUTC":1777627740000,"endTimeUTC":1777627740000,"message":"{\"id\":5206917}"}"#,
        ]
    );
}

#[test]
fn ids_stay_exact_and_the_event_is_carried_whole() {
    let (d3, conductor) = (
        Manifest::of(Platform::D3),
        Manifest::of(Platform::Conductor),
    );
    let (events, artifacts) = (records(&d3.text), records(&conductor.text));
    for ((line, event), artifact) in signals().iter().zip(events).zip(artifacts) {
        let signal: Value = serde_json::from_str(line).unwrap();
        let raw = Signal::parse(line).unwrap();
        let id = signal["raw"]["id"].as_u64().unwrap().to_string();
        assert_eq!(event["Unique Event Key"], id);
        assert_eq!(artifact["eventID"], id);
        assert_eq!(artifact.get("detectionID"), signal.get("detectionId"));
        assert_eq!(artifact["message"], raw.event_text());
    }
}

#[test]
fn the_event_source_maps_what_fetch_event_returns() {
    let mapping = manifest::mapping(Platform::D3).unwrap();
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
