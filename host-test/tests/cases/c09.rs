//! An offset that AMP rejects stopped the intake.

use std::time::{SystemTime, UNIX_EPOCH};

use super::harness::program::run_with;
use super::harness::server::Server;
use super::replay_poll;

#[test]
fn rejected_offset_delivers_what_can_be_read_and_reports_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let cursor = directory.path().join("x.cur");
    let output = replay_poll(
        "09-offset-is-capped/poll.har",
        &cursor,
        &["--max-signals", "3"],
    );
    output.ends(
        0,
        &[
            "offsets above 10000",
            "first-window-hours",
            "1997 oldest events",
        ],
    );
    assert_eq!(output.out.lines().count(), 3);
    assert!(cursor.exists());
}

/// A server with so many events of the last hours that rejects offsets above `largest`, with a message that names it or not.
fn server(events: u64, largest: u64, names_it: bool) -> Server {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    Server::respond(move |_, line| {
        let parameter = |name: &str| {
            let (_, rest) = line.split_once(name)?;
            rest.split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse::<u64>()
                .ok()
        };
        let (offset, limit) = (
            parameter("offset=").unwrap_or(0),
            parameter("limit=").unwrap(),
        );
        if offset > largest {
            let details = if names_it {
                format!("invalid offset: should be integer between 0 and {largest} inclusive")
            } else {
                "invalid offset".to_owned()
            };
            let body = format!(
                r#"{{"version":"v1.2.0","metadata":{{}},"data":{{}},"errors":[{{"error_code":400,"details":["{details}"]}}]}}"#
            );
            return (400, String::new(), body.into_bytes());
        }
        let items: Vec<String> = (offset..(offset + limit).min(events))
            .map(|number| {
                format!(
                    r#"{{"id":{},"timestamp":{},"event_type_id":1090519054}}"#,
                    9_000_000 - number,
                    now - 10 - number
                )
            })
            .collect();
        let body = format!(
            r#"{{"version":"v1.2.0","metadata":{{"results":{{"total":{events}}}}},"data":[{}]}}"#,
            items.join(",")
        );
        (200, String::new(), body.into_bytes())
    })
}

#[test]
fn intake_continues_as_far_as_the_list_allows() {
    for names_it in [true, false] {
        let server = server(2_600, 1_000, names_it);
        let directory = tempfile::tempdir().unwrap();
        let cursor = directory.path().join("x.cur");
        let arguments = ["poll", "--cursor", cursor.to_str().unwrap()];
        let (mut delivered, mut polls) = (0, 0);
        loop {
            let output = run_with(&server.url, &arguments);
            output.ends(0, &[]);
            let count = output.out.lines().count();
            delivered += count;
            polls += 1;
            if count == 0 {
                break;
            }
            assert!(polls < 20, "{delivered} after {polls} polls");
        }
        let reachable = if names_it { 1_500 } else { 1_100 };
        assert!(delivered >= reachable, "{delivered} delivered");
    }
}
