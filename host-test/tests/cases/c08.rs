//! Events that AMP listed although they were older than the window were dropped, and counted as known.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::harness::program::{Run, run_with};
use super::harness::server::Server;

fn report(output: &Run) -> Value {
    let last = output.err.lines().rev().find(|line| line.starts_with('{'));
    serde_json::from_str(last.unwrap_or_else(|| panic!("no report:\n{}", output.err))).unwrap()
}

/// A server that lists ten events of the last minutes, and from the second request on also `late` events of three hours ago, first.
fn server(late: u64, filters: bool) -> Server {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let event = |number: u64, second: u64| {
        format!(
            r#"{{"id":{},"timestamp":{second},"timestamp_nanoseconds":0,"event_type":"Threat Detected","event_type_id":1090519054}}"#,
            7_380_001_112_223_000_000 + number
        )
    };
    // `filters`: unlike one that ignores the start, it lists nothing since a start in the future.
    Server::respond(move |number, line| {
        let mut events: Vec<String> = (0..10)
            .map(|number| event(number, now - 60 - number))
            .collect();
        let is_future = line.contains("start_date=203") || line.contains("start_date=204");
        if filters && is_future {
            events.clear();
        } else if number >= 2 {
            events.splice(
                0..0,
                (0..late).map(|number| event(500 + number, now - 10_800 - number)),
            );
        }
        let offset = line.split_once("offset=").map_or(0, |(_, rest)| {
            rest.split(|c: char| !c.is_ascii_digit())
                .next()
                .unwrap()
                .parse()
                .unwrap()
        });
        let page: Vec<&String> = events.iter().skip(offset).take(500).collect();
        let items: Vec<&str> = page.into_iter().map(String::as_str).collect();
        let body = format!(
            r#"{{"version":"v1.2.0","metadata":{{"results":{{"total":{}}}}},"data":[{}]}}"#,
            events.len(),
            items.join(",")
        );
        (200, String::new(), body.into_bytes())
    })
}

/// The arguments of a poll whose first window is an hour.
fn one_hour(cursor: &Path) -> [&str; 5] {
    let cursor = cursor.to_str().unwrap();
    ["poll", "--first-window-hours", "1", "--cursor", cursor]
}

#[test]
fn late_events_older_than_the_window_are_delivered_once() {
    for late in [3, 600] {
        let server = server(late, true);
        let directory = tempfile::tempdir().unwrap();
        let cursor = directory.path().join("x.cur");
        let arguments = [
            "poll",
            "--max-signals",
            "2000",
            "--cursor",
            cursor.to_str().unwrap(),
        ];
        let delivered: Vec<usize> = (0..3)
            .map(|_| {
                let output = run_with(&server.url, &arguments);
                output.ends(0, &[]);
                output.out.lines().count()
            })
            .collect();
        assert_eq!(delivered, [10, usize::try_from(late).unwrap(), 0]);
    }
}

#[test]
fn events_before_the_first_window_are_counted_and_not_delivered() {
    let server = server(3, true);
    // The second request is the first poll's, so that its list contains the late events.
    run_with(&server.url, &["run", "get-groups"]);
    let directory = tempfile::tempdir().unwrap();
    let cursor = directory.path().join("x.cur");
    let arguments = one_hour(&cursor);
    let first = run_with(&server.url, &arguments);
    first.ends(0, &["outside the first window"]);
    assert_eq!(
        (&report(&first)["delivered"], &report(&first)["unchecked"]),
        (&10.into(), &3.into())
    );
    let second = run_with(&server.url, &arguments);
    assert_eq!(second.out, "", "they are delivered later");
}

#[test]
fn server_that_ignores_the_start_is_reported_as_such() {
    let server = server(800, false);
    run_with(&server.url, &["run", "get-groups"]);
    let directory = tempfile::tempdir().unwrap();
    let cursor = directory.path().join("x.cur");
    let arguments = one_hour(&cursor);
    let first = run_with(&server.url, &arguments);
    first.ends(0, &["the server ignores start_date"]);
    assert_eq!(first.out.lines().count(), 10);
    // What it listed then is delivered no later either.
    for _ in 0..2 {
        let output = run_with(&server.url, &arguments);
        output.ends(0, &[]);
        assert_eq!(output.out, "");
    }
}
