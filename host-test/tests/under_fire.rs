//! The client under fire: every fault befalls every command of the built component, answered by the simulated cloud in
//! process, in virtual time.
//!
//! The table of commands is held against the component's exports: one without an entry fails. For each pair, and each
//! time once, always and everywhere, what comes of the call is held against the rules in `under_fire/expected.rs`.
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

#[path = "under_fire/commands.rs"]
mod commands;
#[path = "under_fire/expected.rs"]
mod expected;
#[path = "under_fire/faults.rs"]
mod faults;
mod harness;
#[path = "intake/host.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod host;
#[path = "under_fire/polls.rs"]
mod polls;
#[path = "under_fire/responses.rs"]
mod responses;
#[path = "under_fire/trial.rs"]
mod trial;
#[path = "under_fire/verdict.rs"]
mod verdict;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

use commands::SUBJECTS;
use expected::{WHEN, When, expected};
use faults::FAULTS;
use host_test::outcome::{Quota, ReturnData};
use host_test::simulator::KINDS;
use serde_json::json;
use trial::{Run, Setting, Stage};
use verdict::CALL_LIMIT;

/// Pages small enough for a list to have several, and a body limit that is soon reached.
fn setting() -> Setting {
    Setting::default()
        .world(|world| {
            world.events = 30;
            // So that requests that run side by side are all under way before the first is answered.
            world.latency = Duration::from_millis(10);
        })
        .with(
            "call-timeout-ms",
            u64::try_from(CALL_LIMIT.as_millis()).unwrap(),
        )
        .with("page-size", 15)
        .with("max-body-bytes", 1_048_576)
}

#[test]
fn every_command_of_the_component_has_an_entry() {
    let offered: BTreeSet<&str> = harness::commands()
        .iter()
        .map(|command| command.words.name.as_str())
        .collect();
    let tried: BTreeSet<&str> = SUBJECTS.iter().map(|subject| subject.command).collect();
    assert_eq!(
        offered, tried,
        "the commands that the component exports, and those in the table"
    );
    assert!(tried.len() >= 14, "{} commands", tried.len());
}

#[test]
fn every_kind_of_fault_has_an_entry() {
    let named: BTreeSet<&str> = FAULTS
        .iter()
        .filter_map(|fault| fault.rule.split(' ').next())
        .collect();
    let known: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(
        known, named,
        "the kinds that the simulator knows, and those in the table"
    );
    assert!(named.len() >= 25, "{} kinds of faults", named.len());
}

#[test]
fn every_fault_befalls_every_command() {
    let began = Instant::now();
    let (mut pairs, mut calls, mut wrong, mut virtual_time) = (0, 0, Vec::new(), Duration::ZERO);
    for fault in FAULTS {
        for subject in SUBJECTS {
            pairs += 1;
            for when in WHEN {
                let on = match when {
                    When::Once => format!("{}#1", subject.request),
                    When::Always => subject.request.to_owned(),
                    When::Everywhere => "* /**".to_owned(),
                };
                let rule = format!("{on}={}", fault.rule);
                let run = Run::make(&setting().fault(&rule), subject.command, subject.input);
                calls += 1;
                virtual_time += run.took;
                let expected = expected(subject, fault, when);
                for complaint in run.complaints(subject, fault, when, &expected) {
                    wrong.push(format!(
                        "{} under {rule}: {complaint}\n    {}",
                        subject.command,
                        run.in_short()
                    ));
                }
            }
        }
    }
    // Past the test harness, which would keep it to itself.
    let counted = format!(
        "under fire: {pairs} pairs of {} faults and {} commands, {calls} calls, {} s of virtual time in {:.1} s",
        FAULTS.len(),
        SUBJECTS.len(),
        virtual_time.as_secs(),
        began.elapsed().as_secs_f64()
    );
    writeln!(std::io::stdout(), "{counted}").expect("standard output");
    assert!(
        wrong.is_empty(),
        "{} of {calls} calls went wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_429_of_40_seconds_is_waited_out_in_milliseconds() {
    let run = Run::make(
        &setting().fault("GET /v1/groups#1=429 reset=40"),
        "get-groups",
        |_| json!({}),
    );
    assert_eq!(
        run.report.return_data,
        ReturnData::Successful,
        "{}",
        run.in_short()
    );
    assert!((41..43).contains(&run.took.as_secs()), "{}", run.in_short());
    assert!(
        run.really_took < Duration::from_secs(2),
        "it really took {:?}",
        run.really_took
    );
    assert_eq!(run.simulator.counts().total, 2);
}

#[test]
fn a_rate_limit_beyond_the_calls_own_fails_at_once_and_says_the_seconds() {
    for subject in SUBJECTS {
        let rule = format!("{}=429 reset=1742", subject.request);
        let run = Run::make(&setting().fault(&rule), subject.command, subject.input);
        let error = run
            .report
            .errors
            .first()
            .unwrap_or_else(|| panic!("{}", run.in_short()));
        assert_eq!(
            (error.kind.as_str(), error.retry_after_seconds),
            ("rate-limited", Some(1743)),
            "{}",
            run.in_short()
        );
        assert!(error.message.contains("1743 seconds"), "{}", run.in_short());
        assert!(run.took < Duration::from_secs(1), "{}", run.in_short());
        let quota = Quota {
            limit: Some(3000),
            remaining: 0,
            reset_seconds: Some(1742),
        };
        assert_eq!(run.report.quota, Some(quota), "{}", run.in_short());
    }
}

#[test]
fn a_budget_that_is_used_up_holds_the_next_request_back_without_a_429() {
    // The second page would be one request too many.
    let setting = setting().world(|world| (world.quota, world.used) = (3000, 2999));
    let run = Run::make(&setting, "get-computers", |_| json!({"limit": 30}));
    assert_eq!(
        run.report.return_data,
        ReturnData::PartiallySuccessful,
        "{}",
        run.in_short()
    );
    assert_eq!(
        run.report.errors[0].kind,
        "rate-limited",
        "{}",
        run.in_short()
    );
    assert_eq!(
        (run.simulator.counts().total, run.took),
        (1, Duration::from_millis(10)),
        "{}",
        run.in_short()
    );
}

#[test]
fn what_came_before_a_page_failed_is_kept_whichever_page_it_is() {
    // 200 computers in pages of 15 are 14 pages; the first one tells how many there are.
    for page in 2..=14 {
        for (fault, kind) in [
            ("503", "server"),
            ("truncated", "malformed-response"),
            ("reset", "unreachable"),
        ] {
            let rule = format!("GET /v1/computers#{page}-=%").replace('%', fault);
            let setting = setting().world(|world| world.computers = 200).fault(&rule);
            let run = Run::make(&setting, "get-computers", |_| json!({"all-pages": true}));
            assert_eq!(
                run.report.return_data,
                ReturnData::PartiallySuccessful,
                "{rule}: {}",
                run.in_short()
            );
            assert!(
                run.report.errors.iter().all(|error| error.kind == kind),
                "{rule}: {}",
                run.in_short()
            );
            let rows = run
                .report
                .result
                .as_ref()
                .map_or(0, |table| table.rows.len());
            assert!(
                (15..200).contains(&rows)
                    && run.report.errors.iter().all(|error| error.item.is_some()),
                "{rule}: {rows} rows"
            );
        }
    }
}

#[test]
fn a_429_on_one_page_stops_the_others() {
    for reset in [40, 1742] {
        let rule = format!("GET /v1/computers#3-=429 reset={reset}");
        let setting = setting()
            .world(|world| world.computers = 600)
            .with("max-in-flight", 4)
            .fault(&rule);
        let run = Run::make(&setting, "get-computers", |_| json!({"all-pages": true}));
        let counts = run.simulator.counts();
        assert!(
            counts.most_in_flight <= 4,
            "{} in flight",
            counts.most_in_flight
        );
        // Those that were under way when it came get one as well; of the 40 pages that were to follow, none is tried before the wait is over.
        let at_once = run
            .simulator
            .log()
            .iter()
            .filter(|served| served.at < Duration::from_secs(40))
            .count();
        assert!(
            at_once <= 7,
            "{at_once} requests before the budget was whole again\n{}",
            run.in_short()
        );
        assert_eq!(
            run.report.return_data,
            ReturnData::PartiallySuccessful,
            "{}",
            run.in_short()
        );
    }
}

#[test]
fn no_more_requests_are_in_flight_than_the_budget_has_left() {
    let setting = setting().world(|world| {
        (world.computers, world.used) = (200, 2996);
        world.latency = Duration::from_millis(100);
    });
    let run = Run::make(&setting, "get-computers", |_| json!({"all-pages": true}));
    let counts = run.simulator.counts();
    assert!(
        counts.most_in_flight <= 3,
        "{} in flight with 3 requests left",
        counts.most_in_flight
    );
    assert_eq!(counts.answers.get("429"), None, "{}", run.in_short());
}

#[test]
fn a_write_that_was_lost_is_read_back_and_never_sent_twice_blindly() {
    setting()
        .fault("PUT /v1/computers/*/isolation#1=lost-answer")
        .play(async |stage: &Stage| {
            let guid = &stage.here.free[0];
            let report = stage
                .call("isolate-computer", json!({"connector-guids": [guid]}))
                .await;
            assert_eq!(
                report.return_data,
                ReturnData::Successful,
                "{}",
                report.to_json()
            );
            assert!(
                report
                    .remarks
                    .iter()
                    .any(|remark| remark.contains("read back")),
                "{}",
                report.to_json()
            );
            let counts = stage.simulator.counts();
            assert_eq!(
                (counts.writes_sent, counts.writes_applied, counts.total),
                (1, 1, 2)
            );
        });
}

#[test]
fn a_write_that_was_lost_before_it_happened_is_sent_again_after_a_look() {
    setting()
        .fault("PUT /v1/computers/*/isolation#1=reset")
        .play(async |stage: &Stage| {
            let guid = &stage.here.free[0];
            let report = stage
                .call("isolate-computer", json!({"connector-guids": [guid]}))
                .await;
            assert_eq!(
                report.return_data,
                ReturnData::Successful,
                "{}",
                report.to_json()
            );
            let requests: Vec<String> = stage
                .simulator
                .log()
                .iter()
                .map(|served| served.request.split(' ').next().unwrap().to_owned())
                .collect();
            assert_eq!(requests, ["PUT", "GET", "PUT"]);
            assert_eq!(stage.simulator.counts().writes_applied, 1);
        });
}

#[test]
fn a_write_that_cannot_be_read_back_may_have_happened() {
    let setting = setting()
        .fault("PUT /v1/computers/*/isolation=lost-answer")
        .fault("GET /v1/computers/*/isolation=503");
    let run = Run::make(
        &setting,
        "isolate-computer",
        |here| json!({"connector-guids": [here.free[0]]}),
    );
    let error = run
        .report
        .errors
        .first()
        .unwrap_or_else(|| panic!("{}", run.in_short()));
    assert!(
        error.may_have_happened && error.message.contains("look before you repeat it"),
        "{}",
        run.in_short()
    );
    assert_eq!(run.simulator.counts().writes_sent, 1, "{}", run.in_short());
}
