//! A 200 response with `errors` and no data counted as an empty success, and the poll skipped what it did not see.

use std::sync::Arc;

use serde_json::Value;

use super::harness::program::{Run, run, run_with};
use super::harness::server::Server;
use super::{case_file, replay_poll};

const EVENT: &str = r#"{"id":7380001112223000001,"timestamp":TIME,"event_type":"Threat Detected","event_type_id":1090519054}"#;

#[test]
fn errors_without_data_fail_with_the_kind_of_their_code() {
    let file = case_file("03-errors-in-a-200/get-computers.har");
    let output = run(&[
        "run",
        "get-computers",
        "--replay",
        &file,
        "--format",
        "json",
    ]);
    output.ends(1, &[]);
    let error = &output.json()["errors"][0];
    assert_eq!(
        (&error["kind"], &error["statusCode"]),
        (&"server".into(), &200.into())
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("search backend timed out")
    );
}

#[test]
fn errors_without_events_fail_the_poll_and_keep_the_cursor() {
    let cursor = tempfile::tempdir().unwrap();
    let cursor = cursor.path().join("x.cur");
    let output = replay_poll("03-errors-in-a-200/poll.har", &cursor, &[]);
    output.ends(1, &["search backend timed out"]);
    assert_eq!(output.out, "");
    assert!(!cursor.exists(), "a failed poll wrote a cursor");
}

/// The list that a server of this test returns for a request.
type Body = dyn Fn(usize) -> String + Send + Sync;

fn server(body: Arc<Body>) -> Server {
    Server::respond(move |number, _| (200, String::new(), body(number).into_bytes()))
}

fn list(items: &str, total: usize, errors: &str) -> String {
    format!(
        r#"{{"version":"v1.2.0","metadata":{{"results":{{"total":{total}}}}},"data":[{items}]{errors}}}"#
    )
}

fn report(output: &Run) -> Value {
    let last = output.err.lines().rev().find(|line| line.starts_with('{'));
    serde_json::from_str(last.unwrap()).unwrap()
}

#[test]
fn errors_of_every_code_have_their_kind() {
    for (code, kind) in [
        (401, "unauthorized"),
        (403, "forbidden"),
        (429, "rate-limited"),
        (503, "server"),
    ] {
        let errors = format!(r#","errors":[{{"error_code":{code},"details":["no"]}}]"#);
        let server = server(Arc::new(move |_| list("", 0, &errors)));
        let connection = format!(
            "server-url = \"{}\"\nclient-id = \"0123456789abcdef0123\"\napi-key = \"5e5a3e00-dead-4bee-8bad-0123456789ab\"\nmax-attempts = 1\n",
            server.url
        );
        let file = super::harness::program::file(&connection, ".toml");
        let output = run(&[
            "run",
            "get-groups",
            "--connection",
            file.to_str().unwrap(),
            "--format",
            "json",
        ]);
        output.ends(1, &[]);
        assert_eq!(output.json()["errors"][0]["kind"], kind, "{code}");
    }
}

#[test]
fn errors_next_to_events_deliver_them_and_hold_the_window() {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let event = EVENT.replace("TIME", &(now - 60).to_string());
    let other = event.replace("3000001", "3000002");
    let errors = r#","errors":[{"error_code":500,"details":["one shard failed"]}]"#;
    let server = server(Arc::new(move |number| match number {
        1 => list(&event, 1, errors),
        _ => list(&format!("{other},{event}"), 2, ""),
    }));
    let directory = tempfile::tempdir().unwrap();
    let cursor = directory.path().join("x.cur");
    let arguments = ["poll", "--cursor", cursor.to_str().unwrap()];
    let first = run_with(&server.url, &arguments);
    first.ends(0, &["one shard failed"]);
    assert_eq!(
        (first.out.lines().count(), &report(&first)["delivered"]),
        (1, &1.into())
    );
    // The event that was missing is delivered, and the other one is not delivered again.
    let second = run_with(&server.url, &arguments);
    second.ends(0, &[]).prints("3000002");
    assert_eq!(second.out.lines().count(), 1);
}

#[test]
fn errors_next_to_data_are_a_partial_success() {
    let errors = r#","errors":[{"error_code":500,"details":["one shard failed"]}]"#;
    let server = server(Arc::new(move |_| {
        list(
            r#"{"name":"Laptops","guid":"c1d2e3f4-0a1b-4c2d-8e3f-405162738495"}"#,
            1,
            errors,
        )
    }));
    let output = run_with(&server.url, &["run", "get-groups", "--format", "json"]);
    output.ends(3, &[]).prints("Laptops");
    let json = output.json();
    assert_eq!(json["returnData"], "Partially Successful");
    assert!(
        json["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("one shard failed")
    );
}
