//! A page larger than `max-body-bytes` stopped every poll.

use super::bad_items::list::server;
use super::harness::program::{self, CLIENT, KEY};

/// Events of 2 kB each: a page of 500 of them is five times the limit.
const EVENTS: usize = 600;
const MAX_BODY: usize = 200_000;

fn event(now: u64, number: usize) -> Vec<u8> {
    let filler = "A".repeat(2_000);
    let second = now - 7_200 + u64::try_from(number).unwrap();
    format!(
        r#"{{"id":{},"timestamp":{second},"event_type":"Scan Started","event_type_id":554696714,"command_line":{{"arguments":"{filler}"}}}}"#,
        7_380_001_112_223_000_000 + number
    )
    .into_bytes()
}

#[test]
fn poll_halves_the_page_and_delivers_all() {
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let server = server((0..EVENTS).rev().map(|number| event(now, number)).collect());
    let connection = program::file(
        &format!(
            "server-url = \"{}\"\nclient-id = \"{CLIENT}\"\napi-key = \"{KEY}\"\nmax-body-bytes = {MAX_BODY}\n",
            server.url
        ),
        ".toml",
    );
    let connection = connection.display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let cursor = folder.path().join("cursor").display().to_string();
    let mut lines = String::new();
    for _ in 0..EVENTS {
        let run = program::run(&["poll", "--connection", &connection, "--cursor", &cursor]);
        run.ends(0, &["\"skipped\":0"]);
        assert!(!run.out.is_empty() || run.err.contains("\"more\":false"));
        lines.push_str(&run.out);
        if run.err.contains("\"more\":false") {
            break;
        }
    }
    let ids: Vec<String> = lines
        .lines()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["eventId"].as_str().unwrap().to_owned()
        })
        .collect();
    let expected: Vec<String> = (0..EVENTS)
        .map(|number| (7_380_001_112_223_000_000 + number).to_string())
        .collect();
    assert_eq!(ids, expected);
}
