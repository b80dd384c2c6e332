//! The collector honors the `Retry-After` of a 503, up to a day.

use std::time::Duration;

use host_test::simulator::World;

use super::harness::program;
use super::harness::server::{Answer, Server};
use super::stage::{Stage, asked_at, play};

#[test]
fn next_poll_is_no_earlier_than_named() {
    for (named, seconds) in [("3600", 3_600), ("40000000", 86_400)] {
        play(async |stage: &Stage| {
            let fault = format!("GET /v1/events#1=503 retry-after={named}");
            let north = stage.cloud("north", World::default(), &[&fault]);
            stage.config(&[("north", "interval = \"1m\"")]);
            stage.collect_for(Duration::from_secs(seconds + 120)).await;
            let sent = asked_at(&north);
            let wait = (sent[1] - sent[0]).as_secs();
            assert!((seconds..=seconds + 31).contains(&wait), "{wait} s");
            stage.logged(1, "poll failed (north; server, 503)");
            stage.logged(0, "un the command again");
        });
    }
}

#[test]
fn failure_of_a_command_names_the_seconds() {
    let headers = "retry-after: 3600\r\n".to_owned();
    let server = Server::start(Answer::With(503, headers, String::new()));
    let run = program::run_with(&server.url, &["run", "get-groups", "--format", "json"]);
    let json = run.ends(1, &[]).json();
    assert_eq!(json["errors"][0]["retryAfterSeconds"], 3_600);
    assert_eq!(json["errors"][0]["kind"], "server");
    assert_eq!(server.requests(), 1);
}
