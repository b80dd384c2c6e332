//! Isolate Computer reported "requested" although AMP's response showed nothing of the kind.

use super::case_file;
use super::harness::program::{Run, run, run_with};
use super::harness::server::Server;

const GUID: &str = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11";

fn replay(command: &str, file: &str) -> Run {
    let har = case_file(&format!("05-not-isolated-called-requested/{file}"));
    run(&[
        "run",
        command,
        "--connector-guids",
        GUID,
        "--replay",
        &har,
        "--format",
        "json",
    ])
}

#[test]
fn isolation_that_is_not_available_fails_and_quotes_amp() {
    let run = replay("isolate-computer", "not-available.har");
    run.ends(1, &[]);
    let error = &run.json()["errors"][0];
    let message = error["message"].as_str().unwrap();
    for part in [
        "not_isolated",
        "available false",
        "its policy does not allow isolation",
        GUID,
    ] {
        assert!(message.contains(part), "`{part}` in: {message}");
    }
    assert_eq!(
        (&error["item"], &error["kind"]),
        (&GUID.into(), &"conflict".into())
    );
    assert_ne!(error["mayHaveHappened"], true);
}

#[test]
fn isolation_that_does_not_start_fails_and_quotes_amp() {
    let run = replay("isolate-computer", "still-not-isolated.har");
    run.ends(1, &[]);
    let error = &run.json()["errors"][0];
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("not_isolated") && message.contains("available true"),
        "{message}"
    );
}

/// Runs a command against a server whose reads and writes show these statuses.
fn against(command: &str, write: &'static str, read: &'static str) -> (Run, usize) {
    let server = Server::respond(move |_, line| {
        let status = if line.starts_with("GET") { read } else { write };
        let body =
            format!(r#"{{"version":"v1.2.0","data":{{"available":true,"status":"{status}"}}}}"#);
        (200, String::new(), body.into_bytes())
    });
    let run = run_with(
        &server.url,
        &[
            "run",
            command,
            "--connector-guids",
            GUID,
            "--format",
            "json",
        ],
    );
    (run, server.requests())
}

#[test]
fn isolation_counts_only_if_amp_reports_it() {
    for (command, write, read, code, requests) in [
        ("isolate-computer", "pending_start", "-", 0, 1),
        ("isolate-computer", "ISOLATED", "-", 0, 1),
        ("isolate-computer", "not_isolated", "pending_start", 0, 2),
        ("isolate-computer", "pending_stop", "pending_stop", 1, 2),
        ("unisolate-computer", "pending_stop", "-", 0, 1),
        ("unisolate-computer", "Not_Isolated", "-", 0, 1),
        ("unisolate-computer", "isolated", "pending_stop", 0, 2),
        ("unisolate-computer", "isolated", "isolated", 1, 2),
        ("unisolate-computer", "pending_start", "pending_start", 1, 2),
    ] {
        let (run, sent) = against(command, write, read);
        let what = format!("{command}: {write}, then {read}: {}", run.out);
        assert_eq!(run.code, code, "{what}");
        assert_eq!(sent, requests, "{what}");
        if code == 1 {
            let error = &run.json()["errors"][0];
            assert!(error["message"].as_str().unwrap().contains(read), "{what}");
            assert_ne!(error["mayHaveHappened"], true, "{what}");
        }
    }
}
