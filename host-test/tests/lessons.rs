//! What broke other integrations in the field, lessons 11 to 22: the built component against the simulated cloud, in
//! virtual time. Each test names its lesson by number.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::use_debug,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "under_fire/commands.rs"]
mod commands;
mod harness;
#[path = "under_fire/trial.rs"]
mod trial;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use harness::identities;
use host_test::egress::{Egress, Notes, Simulated};
use host_test::outcome::{Quota, Report, ReturnData};
use host_test::simulator::{EventIds, Spelling};
use http::{Request, Response};
use serde_json::{Value, json};
use trial::{Run, Setting, Stage};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

#[track_caller]
fn succeeded(report: &Report) -> &Report {
    assert_eq!(
        report.return_data,
        ReturnData::Successful,
        "{}",
        report.to_json()
    );
    report
}

fn rows(report: &Report) -> usize {
    report.result.as_ref().map_or(0, |table| table.rows.len())
}

fn values<'a>(report: &'a Report, key: &str) -> &'a [String] {
    report
        .key_fields
        .iter()
        .find(|field| field.name == key)
        .map_or(&[], |field| &field.values)
}

fn context(report: &Report) -> Value {
    serde_json::from_str(report.context_data.as_ref().unwrap().get()).unwrap()
}

fn remarks(report: &Report) -> String {
    report.remarks.join("\n").to_lowercase()
}

// Lesson 11.
#[test]
fn a_limit_returns_exactly_that_many_with_the_fewest_requests() {
    let setting = Setting::default().world(|world| {
        (world.computers, world.events, world.groups) = (700, 2_000, 30);
        // Entries that are one event would cost another request.
        world.event_ids = EventIds::Distinct;
    });
    setting.play(async |stage: &Stage| {
        for (command, field, wanted, expected, requests) in [
            ("get-computers", "limit", 5, 5, 1),
            ("get-computers", "limit", 150, 150, 1),
            ("get-computers", "limit", 500, 500, 1),
            ("get-groups", "limit", 500, 30, 1),
            ("fetch-event", "number-of-events-fetched", 5, 5, 1),
            ("fetch-event", "number-of-events-fetched", 150, 150, 1),
            ("fetch-event", "number-of-events-fetched", 500, 500, 1),
            ("fetch-event", "number-of-events-fetched", 1_200, 1_200, 3),
            ("fetch-event", "number-of-events-fetched", 10_000, 2_000, 4),
        ] {
            let before = stage.simulator.counts().total;
            let report = stage.call(command, json!({field: wanted})).await;
            let made = stage.simulator.counts().total - before;
            assert_eq!(
                (rows(succeeded(&report)), made),
                (expected, requests),
                "{command} with {field} {wanted}"
            );
        }
    });
}

// Lesson 11: a page size of one's own does not change it.
#[test]
fn a_limit_holds_for_any_page_size() {
    let setting = Setting::default()
        .world(|world| world.computers = 400)
        .with("page-size", 40);
    for (limit, requests) in [(5, 1), (40, 1), (41, 2), (150, 4)] {
        setting.play(async |stage: &Stage| {
            let report = stage.call("get-computers", json!({"limit": limit})).await;
            assert_eq!(
                (rows(succeeded(&report)), stage.simulator.counts().total),
                (limit, requests)
            );
        });
    }
}

// Lesson 12.
#[test]
fn fourteen_hundred_and_twenty_six_hundred_computers_are_listed_completely() {
    for (computers, requests) in [(1_400, 3), (2_600, 6)] {
        let setting = Setting::default().world(|world| world.computers = computers);
        let run = Run::make(&setting, "get-computers", |_| json!({"all-pages": true}));
        let listed: BTreeSet<&String> = values(succeeded(&run.report), "connector-guids")
            .iter()
            .collect();
        assert_eq!(
            listed,
            run.here.connector_guids.iter().collect(),
            "{computers} computers"
        );
        assert_eq!(run.simulator.counts().total, requests, "{}", run.in_short());
    }
}

// Lesson 13.
#[test]
fn containment_hits_exactly_the_machine_that_was_meant() {
    Setting::default().play(async |stage: &Stage| {
        // The name of one computer is the beginning of another's, and a site shares its external address.
        let found = stage
            .call("get-computers", json!({"hostname": "FIN-WS-1"}))
            .await;
        assert!(
            rows(succeeded(&found)) > 1 && remarks(&found).contains("choose the right one"),
            "{}",
            found.to_json()
        );
        let meant = &stage.here.free[0];
        succeeded(
            &stage
                .call("isolate-computer", json!({"connector-guids": [meant]}))
                .await,
        );
        let touched: Vec<String> = stage
            .simulator
            .log()
            .iter()
            .filter(|served| served.applied)
            .map(|served| served.request.clone())
            .collect();
        assert_eq!(touched, [format!("PUT /v1/computers/{meant}/isolation")]);
        assert_eq!(
            stage.requests("GET /v1/computers"),
            1,
            "the search above, and none for the isolation"
        );
        let free = stage.simulator.landmarks().free;
        assert_eq!(
            free,
            stage.here.free[1..],
            "all others are as free as they were"
        );
        let refused = stage
            .call("isolate-computer", json!({"connector-guids": ["FIN-WS-1"]}))
            .await;
        assert_eq!(
            refused.errors[0].kind, "invalid-input",
            "a name is nothing to isolate by"
        );
    });
}

// Lesson 14.
#[test]
fn a_computer_or_an_event_that_says_little_of_itself_is_still_listed() {
    Setting::default().play(async |stage: &Stage| {
        let computers = stage.call("get-computers", json!({})).await;
        let bare = context(succeeded(&computers))
            .as_array()
            .unwrap()
            .iter()
            .filter(|computer| computer.get("internal_ips").is_none())
            .count();
        assert!(
            bare > 0 && rows(&computers) == 40,
            "{bare} of {}",
            rows(&computers)
        );
        let events = stage.call("fetch-event", json!({})).await;
        let all = context(succeeded(&events));
        for missing in ["computer", "file", "severity", "connector_guid"] {
            assert!(
                all.as_array()
                    .unwrap()
                    .iter()
                    .any(|event| event.get(missing).is_none()),
                "every event has {missing}"
            );
        }
        assert_eq!(rows(&events), identities::listed(&stage.simulator).len());
        for guid in &stage.here.connector_guids[..12] {
            succeeded(
                &stage
                    .call("get-computer-by-connector", json!({"connector-guid": guid}))
                    .await,
            );
        }
    });
}

// Lesson 15.
#[test]
fn what_is_so_already_is_a_success_that_says_so() {
    Setting::default().play(async |stage: &Stage| {
        let here = &stage.here;
        let item = json!({"file-list-id": here.block_list_guids[0], "hash": here.free_hash});
        for (command, input, first) in [
            ("set-file-list-by-hash", item.clone(), true),
            ("set-file-list-by-hash", item.clone(), false),
            ("delete-file-from-file-list-by-hash", item.clone(), true),
            ("delete-file-from-file-list-by-hash", item.clone(), false),
            (
                "unisolate-computer",
                json!({"connector-guids": [here.free[0]]}),
                false,
            ),
            (
                "isolate-computer",
                json!({"connector-guids": [here.isolated[0]]}),
                false,
            ),
            (
                "isolate-computer",
                json!({"connector-guids": [here.free[0]]}),
                true,
            ),
            (
                "isolate-computer",
                json!({"connector-guids": [here.free[0]]}),
                false,
            ),
        ] {
            let report = stage.call(command, input.clone()).await;
            assert_eq!(
                remarks(succeeded(&report)).contains("already so"),
                !first,
                "{command} {input}: {}",
                report.to_json()
            );
        }
        assert_eq!(stage.simulator.counts().writes_applied, 3);
    });
}

// Lesson 16.
#[test]
fn one_bad_guid_among_ten_leaves_nine_done_and_one_reported() {
    for (command, nine) in [
        ("isolate-computer", "connector-guids"),
        ("get-policy", "policy-guids"),
    ] {
        Setting::default().play(async |stage: &Stage| {
            let here = &stage.here;
            let mut guids = if command == "get-policy" {
                here.policy_guids[..9].to_vec()
            } else {
                here.free[..9].to_vec()
            };
            guids.insert(4, here.unknown_guid.clone());
            let report = stage.call(command, json!({nine: guids})).await;
            assert_eq!(
                report.return_data,
                ReturnData::PartiallySuccessful,
                "{}",
                report.to_json()
            );
            assert_eq!(
                (rows(&report), report.errors.len()),
                (9, 1),
                "{}",
                report.to_json()
            );
            let error = &report.errors[0];
            assert_eq!(
                (error.item.as_ref(), error.status_code, error.kind.as_str()),
                (Some(&here.unknown_guid), Some(404), "not-found")
            );
            assert!(
                error.message.contains(&here.unknown_guid),
                "{}",
                error.message
            );
        });
    }
}

// Lesson 17.
#[test]
fn the_request_budget_is_told_in_both_spellings_in_any_case_and_not_at_all() {
    // Test Connection makes two requests, the other command one.
    let left = |remaining| {
        Some(Quota {
            limit: Some(3000),
            remaining,
            reset_seconds: Some(3600),
        })
    };
    let whole = left(2998);
    for (spelling, rule, expected) in [
        (Spelling::Wire, "GET /v1/none=reset", whole),
        (Spelling::Prose, "GET /v1/none=reset", whole),
        (Spelling::None, "GET /v1/none=reset", None),
        (Spelling::Wire, "* /**=odd-headers", whole),
        (Spelling::Prose, "* /**=odd-headers", whole),
        (Spelling::Wire, "* /**=odd-quota-headers", None),
    ] {
        let setting = Setting::default()
            .world(|world| world.spelling = spelling)
            .fault(rule);
        let run = Run::make(&setting, "test-connection", |_| json!({}));
        assert_eq!(
            succeeded(&run.report).quota,
            expected,
            "{spelling:?} under {rule}"
        );
        let run = Run::make(
            &setting,
            "get-computer-by-connector",
            |here| json!({"connector-guid": here.unknown_guid}),
        );
        assert_eq!(run.report.errors[0].kind, "not-found");
        assert_eq!(
            run.report.quota,
            expected.and(left(2999)),
            "a failure, {spelling:?} under {rule}"
        );
    }
}

// Lesson 18.
#[test]
fn event_ids_beyond_two_to_the_53_stay_exact_through_every_step() {
    let setting = Setting::default().world(|world| world.event_ids = EventIds::Distinct);
    setting.play(async |stage: &Stage| {
        let report = stage.call("fetch-event", json!({})).await;
        let events = stage.simulator.event_identities();
        let ids: Vec<String> = events
            .iter()
            .map(|event| event.id.unwrap().to_string())
            .collect();
        assert!(ids.iter().all(|id| id.parse::<u64>().unwrap() > 1 << 53));
        assert_eq!(values(succeeded(&report), "event-ids"), ids);
        let (json, raw) = (report.to_json(), report.raw_data.as_ref().unwrap().get());
        for id in &ids {
            assert!(
                raw.contains(id)
                    && json.contains(id)
                    && report.context_data.as_ref().unwrap().get().contains(id),
                "{id}"
            );
        }
    });
}

// Lesson 19.
#[test]
fn an_isolation_that_is_only_requested_is_not_reported_as_isolated() {
    let setting = Setting::default().world(|world| world.pending = Duration::from_secs(600));
    setting.play(async |stage: &Stage| {
        let input = json!({"connector-guids": [stage.here.free[0]]});
        let status = |report: &Report| report.result.as_ref().unwrap().rows[0][1..].join(", ");
        let first = stage.call("isolate-computer", input.clone()).await;
        assert_eq!(status(succeeded(&first)), "pending_start, requested");
        assert!(
            remarks(&first).contains("requested, not yet done"),
            "{}",
            first.to_json()
        );
        let second = stage.call("isolate-computer", input.clone()).await;
        assert_eq!(
            status(succeeded(&second)),
            "pending_start, requested before"
        );
        let blocked = stage.call("unisolate-computer", input.clone()).await;
        assert_eq!(
            (
                blocked.errors[0].kind.as_str(),
                blocked.errors[0].message.contains("pending_start")
            ),
            ("conflict", true)
        );
        tokio::time::sleep(Duration::from_secs(600)).await;
        let third = stage.call("isolate-computer", input.clone()).await;
        assert_eq!(status(succeeded(&third)), "isolated, isolated already");
        let released = stage.call("unisolate-computer", input).await;
        assert_eq!(status(succeeded(&released)), "pending_stop, requested");
    });
}

// Lesson 20.
#[test]
fn a_missing_target_is_an_error_and_never_a_success() {
    for (command, input) in [
        ("get-computer-by-connector", json!({"connector-guid": "?"})),
        ("get-policy", json!({"policy-guids": ["?"]})),
        ("isolate-computer", json!({"connector-guids": ["?"]})),
        ("unisolate-computer", json!({"connector-guids": ["?"]})),
        (
            "set-file-list-by-hash",
            json!({"file-list-id": "?", "hash": "ab".repeat(32)}),
        ),
        (
            "delete-file-from-file-list-by-hash",
            json!({"file-list-id": "?", "hash": "ab".repeat(32)}),
        ),
    ] {
        Setting::default().play(async |stage: &Stage| {
            let input =
                serde_json::from_str(&input.to_string().replace('?', &stage.here.unknown_guid))
                    .unwrap();
            let report = stage.call(command, input).await;
            assert_eq!(
                report.return_data,
                ReturnData::Failed,
                "{command}: {}",
                report.to_json()
            );
            assert_eq!(
                (report.errors[0].kind.as_str(), report.errors[0].status_code),
                ("not-found", Some(404)),
                "{command}"
            );
            assert_eq!(stage.simulator.counts().writes_applied, 0, "{command}");
        });
    }
}

/// Passes requests on to the simulator, and keeps the limits that each came with.
struct Watched(Simulated, Arc<Mutex<Vec<RequestOptions>>>);

impl Egress for Watched {
    fn send(
        &self,
        request: Request<Bytes>,
        limits: RequestOptions,
        notes: Arc<Notes>,
    ) -> futures_util::future::BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        self.1.lock().unwrap().push(limits);
        self.0.send(request, limits, notes)
    }
}

// Lesson 21: the limits. A proxy, a private certificate authority and a private cloud host are in `cli.rs` and `egress.rs`.
#[test]
fn no_request_goes_out_without_a_time_limit() {
    for subject in commands::SUBJECTS {
        Setting::default()
            .with("connect-timeout-ms", 3_000)
            .with("first-byte-timeout-ms", 4_000)
            .play(async |stage: &Stage| {
                let seen = Arc::new(Mutex::new(Vec::new()));
                let watched = Watched(
                    Simulated::new(Arc::clone(&stage.simulator)),
                    Arc::clone(&seen),
                );
                let stage = stage.through(Arc::new(watched));
                succeeded(
                    &stage
                        .call(subject.command, (subject.input)(&stage.here))
                        .await,
                );
                let seen = seen.lock().unwrap();
                assert!(!seen.is_empty(), "{} asked nothing", subject.command);
                for limits in seen.iter() {
                    assert_eq!(
                        limits.connect_timeout,
                        Some(Duration::from_secs(3)),
                        "{}",
                        subject.command
                    );
                    assert_eq!(
                        limits.first_byte_timeout,
                        Some(Duration::from_secs(4)),
                        "{}",
                        subject.command
                    );
                    assert_eq!(
                        limits.between_bytes_timeout,
                        Some(Duration::from_secs(4)),
                        "{}",
                        subject.command
                    );
                }
            });
    }
}

// Lesson 21: a cloud that never answers does not hold a call for ever.
#[test]
fn a_cloud_that_never_answers_ends_every_call_in_time() {
    for subject in commands::SUBJECTS {
        for fault in ["stalled", "stalled-body", "slow piece=1 every=20s"] {
            let run = Run::make(
                &Setting::default().fault(&format!("* /**={fault}")),
                subject.command,
                subject.input,
            );
            assert_eq!(
                run.report.return_data,
                ReturnData::Failed,
                "{} under {fault}: {}",
                subject.command,
                run.in_short()
            );
            assert!(
                run.report
                    .errors
                    .iter()
                    .all(|error| error.kind == "timeout"),
                "{} under {fault}: {}",
                subject.command,
                run.in_short()
            );
            assert!(
                run.took <= Duration::from_secs(121),
                "{} under {fault}: {}",
                subject.command,
                run.in_short()
            );
        }
    }
}

// Lesson 22: every call in these tests is looked through for the key (`Stage::call`); here are those most likely to tell it.
#[test]
fn the_key_is_in_no_message() {
    for fault in [
        "401",
        "400 body=text",
        "redirect",
        "html",
        "reset",
        "untrusted",
        "bad-utf8",
        "truncated",
        "409",
        "gateway-error",
    ] {
        for subject in commands::SUBJECTS {
            let setting = Setting::default().fault(&format!("* /**={fault}"));
            Run::make(&setting, subject.command, subject.input);
        }
    }
}
