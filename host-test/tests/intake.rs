//! What broke the event intake of other integrations in the field, lessons 1 to 10: the built component against the
//! simulated cloud, in virtual time. Each test names its lesson by number.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::use_debug,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "intake/costs.rs"]
mod costs;
#[path = "intake/cursors.rs"]
mod cursors;
#[path = "under_fire/faults.rs"]
#[allow(dead_code, reason = "a part of the table is used")]
mod faults;
mod harness;
#[path = "intake/host.rs"]
mod host;
#[path = "intake/interruptions.rs"]
mod interruptions;
#[path = "under_fire/trial.rs"]
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use harness::identities;
use host::{Host, INTERVAL, seconds, start_dates};
use host_test::simulator::Burst;
use serde_json::{Value, json};
use trial::{Setting, Stage};

/// Every signal of some batches as the line that a host writes.
fn lines(batches: &[host_test::intake::Batch]) -> Vec<Value> {
    let signals = batches.iter().flat_map(|batch| &batch.signals);
    signals
        .map(|signal| serde_json::from_str(&signal.line()).unwrap())
        .collect()
}

// Lesson 1.
#[test]
fn a_list_that_slides_while_it_is_read_loses_and_doubles_nothing() {
    // Ten events come in during each request.
    let setting = Setting::default().world(|world| {
        world.events = 2_500;
        world.events_per_minute = 600.0;
        world.latency = Duration::from_secs(1);
    });
    for request in [json!({}), json!({"max-signals": 2_000})] {
        setting.play(async |stage: &Stage| {
            let mut host = Host::new(stage, request.clone());
            host.catch_up().await;
            host.run(1).await;
            let there = identities::listed(&stage.simulator);
            host.run(1).await;
            assert!(there.len() > 5_000, "only {}", there.len());
            host.has_all_of(&there);
            // That it slides costs a page for each that is read, at most.
            let pages = host.events.len() as u64 / 500;
            let cost = host.requests();
            assert!(cost <= 2 * pages + 20, "{cost} requests for {pages} pages");
        });
    }
}

// Lesson 1: with small pages, several of which slide in one poll.
#[test]
fn pages_that_slide_within_one_poll_join() {
    let setting = Setting::default().with("page-size", 50).world(|world| {
        world.events = 1_000;
        world.events_per_minute = 600.0;
        world.latency = Duration::from_secs(1);
    });
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({"max-signals": 300}));
        host.catch_up().await;
        let there = identities::listed(&stage.simulator);
        host.run(1).await;
        host.has_all_of(&there);
    });
}

// Lesson 2.
#[test]
fn seven_hundred_events_of_one_second_all_arrive() {
    for max_signals in [100, 500, 2_000] {
        let setting = Setting::default().world(|world| {
            world.events = 50;
            world.bursts = vec![Burst {
                count: 700,
                after: Duration::from_secs(60),
            }];
        });
        setting.play(async |stage: &Stage| {
            let mut host = Host::new(stage, json!({"max-signals": max_signals}));
            host.catch_up().await;
            host.run(1).await;
            host.has_all_and_each_once();
            assert_eq!(stage.simulator.event_identities().len(), 750);
            // It does not stand still there, nor begin anew.
            stage.simulator.add_event(stage.simulator.now());
            host.run(4).await;
            host.has_all_and_each_once();
        });
    }
}

// Lesson 2: more events in a second than a cursor remembers.
#[test]
fn five_thousand_events_of_one_second_all_arrive() {
    let setting = Setting::default().world(|world| {
        world.events = 0;
        world.bursts = vec![Burst {
            count: 5_000,
            after: Duration::from_secs(60),
        }];
    });
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.run(6).await;
        host.has_all_and_each_once();
        assert_eq!(stage.simulator.event_identities().len(), 5_000);
    });
}

// Lesson 4.
#[test]
fn a_filter_that_rarely_hits_moves_the_position_on() {
    let setting = Setting::default().world(|world| {
        world.computers = 400;
        world.events = 2_000;
        world.events_per_minute = 60.0;
    });
    setting.play(async |stage: &Stage| {
        let rare = &stage.here.connector_guids[7];
        let mut host = Host::new(stage, json!({"connector-guids": [rare]}));
        host.run(24).await;
        let now = seconds(stage.simulator.now());
        let last = *start_dates(&stage.simulator).last().unwrap();
        // The late window, and the interval since the last poll.
        assert!(now - last <= 20 * 60 + 1, "{} s back", now - last);
        assert!(host.requests() <= 2 * 24, "{} requests", host.requests());
        let found = host.events.len();
        assert!((1..200).contains(&found), "{found} events of one computer");
    });
}

// Lesson 4: a filter that AMP does not know.
#[test]
fn a_lowest_severity_that_rarely_hits_moves_the_position_on() {
    let setting = Setting::default().world(|world| world.events_per_minute = 60.0);
    setting.play(async |stage: &Stage| {
        let request = json!({"min-severity": "critical", "include-without-severity": false});
        let mut host = Host::new(stage, request);
        host.run(24).await;
        let now = seconds(stage.simulator.now());
        let last = *start_dates(&stage.simulator).last().unwrap();
        assert!(now - last <= 20 * 60 + 1, "{} s back", now - last);
        let report = host.reports.last().unwrap();
        // An interval of events is new in each poll, and a late window of them is known.
        assert!(report.fetched <= 60 * 21, "{report:?}");
        assert!(report.filtered >= 250, "{report:?}");
    });
}

// Lesson 6.
#[test]
fn events_that_come_late_are_delivered() {
    let setting = Setting::default().world(|world| {
        world.events_per_minute = 20.0;
        world.late_percent = 40.0;
    });
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.catch_up().await;
        host.run(24).await;
        host.has_all_and_each_once();
    });
}

// Lesson 6: an event whose time lies well before the last one that was delivered.
#[test]
fn an_event_with_a_time_before_the_checkpoint_is_delivered_within_the_late_window() {
    for (window, late) in [(15, 14), (60, 59), (120, 119)] {
        Setting::default().play(async |stage: &Stage| {
            let mut host = Host::new(stage, json!({"late-window-minutes": window}));
            host.catch_up().await;
            let newest = stage.simulator.add_event(stage.simulator.now());
            host.catch_up().await;
            assert_eq!(host.events.last(), Some(&newest));
            let ago = Duration::from_secs(60 * late);
            let id = stage.simulator.add_event(stage.simulator.now() - ago);
            host.catch_up().await;
            assert_eq!(host.events.last(), Some(&id), "{late} minutes late");
            host.has_all_and_each_once();
        });
    }
}

// Lesson 7.
#[test]
fn an_event_from_the_far_future_holds_nothing_up() {
    let setting = Setting::default().world(|world| world.events_per_minute = 10.0);
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.catch_up().await;
        let years = Duration::from_secs(12 * 365 * 24 * 3_600);
        let future = stage.simulator.add_event(stage.simulator.now() + years);
        host.run(12).await;
        assert!(host.events.contains(&future));
        host.has_all_and_each_once();
        let now = seconds(stage.simulator.now());
        let newest = start_dates(&stage.simulator).into_iter().max().unwrap();
        assert!(newest <= now, "asked for {} s ahead", newest - now);
        assert!(now - newest <= 20 * 60 + 1, "{} s back", now - newest);
    });
}

// Lesson 8. An answer that is nothing but an empty list is among the recordings.
#[test]
fn an_empty_answer_is_a_normal_poll() {
    for fault in [
        "",
        "GET /v1/events#1-2=no-metadata",
        "GET /v1/events#1-2=null-metadata",
    ] {
        let mut setting = Setting::default().world(|world| world.events = 0);
        if !fault.is_empty() {
            setting = setting.fault(fault);
        }
        setting.play(async |stage: &Stage| {
            let mut host = Host::new(stage, json!({}));
            let batch = host.poll().await.unwrap();
            assert!(batch.signals.is_empty() && !batch.more, "{batch:?}");
            assert_eq!(host.requests(), 1);
            tokio::time::sleep(INTERVAL).await;
            let event = stage.simulator.add_event(stage.simulator.now());
            host.catch_up().await;
            assert_eq!(host.events, [event], "{fault}");
        });
    }
}

// Lesson 9.
#[test]
fn detections_on_one_host_without_a_file_name_stay_apart() {
    let setting = Setting::default().world(|world| (world.computers, world.events) = (1, 400));
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        let lines = lines(&host.catch_up().await);
        let nameless: Vec<&Value> = lines
            .iter()
            .filter(|line| line["detectionId"].is_string() && line.get("fileName").is_none())
            .collect();
        let shown: BTreeSet<String> = nameless
            .iter()
            .map(|line| {
                format!(
                    "{} {} {}",
                    line["hostname"], line["eventType"], line["sha256"]
                )
            })
            .collect();
        let keys: BTreeSet<&str> = nameless
            .iter()
            .map(|line| line["uniqueEventKey"].as_str().unwrap())
            .collect();
        // By what they show, a host would take some for one.
        assert!(shown.len() < nameless.len(), "{shown:?}");
        assert_eq!(keys.len(), nameless.len());
        for line in nameless {
            let event = identities::of(&line["raw"].to_string());
            let key = line["uniqueEventKey"].as_str().unwrap();
            assert!(identities::has_key(&event, key), "{line}");
        }
    });
}

// Lesson 10.
#[test]
fn the_events_of_one_detection_are_joined_in_whatever_order_they_come() {
    let setting = Setting::default().world(|world| {
        (world.events, world.events_per_minute, world.late_percent) = (0, 30.0, 60.0);
    });
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        let mut batches = Vec::new();
        for _ in 0..12 {
            tokio::time::sleep(INTERVAL).await;
            batches.extend(host.catch_up().await);
        }
        host.has_all_and_each_once();
        let mut detections: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines(&batches) {
            let Some(detection) = line["detectionId"].as_str() else {
                continue;
            };
            let what = line["eventType"].as_str().unwrap().to_owned();
            detections
                .entry(detection.to_owned())
                .or_default()
                .push(what);
        }
        let detected = "Threat Detected".to_owned();
        let (mut forth, mut back) = (0, 0);
        for events in detections.values().filter(|events| events.len() == 2) {
            match events.iter().position(|event| *event == detected) {
                Some(0) => forth += 1,
                Some(_) => back += 1,
                None => panic!("{events:?} belong to no detection"),
            }
        }
        assert!(forth > 10 && back > 10, "{forth} in order, {back} not");
    });
}

#[test]
fn a_wrong_clock_of_the_host_loses_nothing() {
    let setting = Setting::default().world(|world| world.events_per_minute = 10.0);
    let year = Duration::from_secs(365 * 24 * 3_600);
    for ahead in [false, true] {
        setting.play(async |stage: &Stage| {
            let mut host = Host::new(stage, json!({}));
            let right = stage.simulator.now();
            host.clock = Some(if ahead { right + year } else { right - year });
            host.catch_up().await;
            host.has_all_and_each_once();
            // It jumps back to the right time, and away again.
            host.clock = None;
            host.run(3).await;
            host.clock = Some(if ahead { right - year } else { right + year });
            host.run(3).await;
            host.has_all_and_each_once();
        });
    }
}
