//! A server that accepts connections and never responds is reported as that, with the real seconds and attempts.

use std::time::{Duration, Instant};

use super::harness::program::{self, CLIENT, KEY, Run};
use super::harness::server::{Answer, Server};

/// Runs the program with a connection to the server and more settings.
fn run(server: &Server, settings: &str, arguments: &[&str]) -> Run {
    let text = format!(
        "server-url = \"{}\"\nclient-id = \"{CLIENT}\"\napi-key = \"{KEY}\"\n{settings}",
        server.url
    );
    let file = program::file(&text, ".toml");
    let connection = file.display().to_string();
    program::run(&[arguments, &["--connection", &connection]].concat())
}

#[test]
fn attempts_and_seconds_are_those_that_were() {
    let server = Server::start(Answer::Silence);
    let settings = "first-byte-timeout-ms = 400\nmax-attempts = 2\n";
    let authority = server.url.trim_start_matches("http://");
    let what = format!("{authority} accepted the connection but did not respond within 0.4 s");
    run(&server, settings, &["run", "get-computers"])
        .ends(1, &[&what, "(first-byte-timeout-ms), 2 times in"]);
    assert_eq!(server.requests(), 2);
}

#[test]
fn test_connection_keeps_its_time() {
    let server = Server::start(Answer::Silence);
    let began = Instant::now();
    let run = run(&server, "call-timeout-ms = 1500\n", &["test-connection"]);
    assert!(began.elapsed() < Duration::from_secs(10));
    let what = "accepted the connection but did not respond within 1.5 s (call-timeout-ms).";
    run.ends(1, &[what]);
    assert!(!run.err.contains("Ask for less"), "{}", run.err);
}
