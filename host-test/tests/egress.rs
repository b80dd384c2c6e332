//! Requests over the network, to servers on loopback: what is kept, what is refused, what each trouble is called.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    clippy::use_debug,
    reason = "a test fails by panicking"
)]

#[path = "egress/breakdowns.rs"]
mod breakdowns;
mod harness;
#[path = "egress/http2.rs"]
mod http2;
#[path = "egress/limits.rs"]
mod limits;
#[path = "egress/refusals.rs"]
mod refusals;
#[path = "egress/secrets.rs"]
mod secrets;
#[path = "egress/tls.rs"]
mod tls;

use std::sync::Arc;

use harness::server::{Answer, Server, healthy};
use harness::{commands, plugin};
use host_test::egress::{Egress, Live, Policy};
use host_test::invocation::{Invocation, Reported};
use host_test::outcome::Trouble;
use host_test::plugin::Surroundings;
use host_test::settings::Settings;
use serde_json::{Map, Value, json};

/// Settings for a server, without repeats. The limits are for a machine that is busy with other things.
fn settings(server_url: &str) -> Settings {
    settings_with(server_url, 10_000)
}

/// The same with time limits of so many milliseconds.
fn settings_with(server_url: &str, limit: u32) -> Settings {
    let all = json!({"server-url": server_url, "client-id": "0123456789abcdef0123", "api-key": "5e5a3e00-dead-4bee-8bad-0123456789ab",
        "max-attempts": 1, "connect-timeout-ms": limit, "first-byte-timeout-ms": limit, "call-timeout-ms": 60000});
    Settings::from_json(all.as_object().unwrap().clone()).unwrap()
}

async fn test_connection(egress: &Arc<dyn Egress>, server_url: &str) -> Reported {
    test_connection_with(egress, &settings(server_url)).await
}

async fn test_connection_with(egress: &Arc<dyn Egress>, settings: &Settings) -> Reported {
    let command = commands()
        .iter()
        .find(|command| command.words.name == "test-connection")
        .unwrap();
    let invocation = Invocation::new(command, settings, Map::new()).unwrap();
    invocation
        .make(plugin(), Arc::clone(egress), None)
        .await
        .unwrap()
}

fn live() -> Arc<dyn Egress> {
    Arc::new(Live::new(None).unwrap())
}

/// Under the real clock: there is a real network here.
fn real_clock<F: Future>(future: F) -> F::Output {
    commands();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// What the component says of a server that answers so.
fn trouble(answer: Answer) -> (Trouble, Vec<String>) {
    // Only what never comes is waited for in vain.
    let limit = match answer {
        Answer::Silence | Answer::HalfABody => 1_000,
        _ => 10_000,
    };
    let server = Server::start(answer);
    let settings = settings_with(&server.url, limit);
    let reported = real_clock(test_connection_with(&live(), &settings));
    (
        reported.report.errors.first().cloned().expect("a failure"),
        reported.notes,
    )
}

#[test]
fn one_connection_serves_many_calls() {
    let server = Server::start(healthy());
    real_clock(async {
        let live = live();
        for _ in 0..5 {
            let reported = test_connection(&live, &server.url).await;
            assert!(
                reported.report.errors.is_empty(),
                "{}",
                reported.report.to_json()
            );
        }
    });
    assert_eq!((server.requests(), server.connections()), (10, 1));
}

#[test]
fn a_server_that_is_not_the_connections_own_is_never_asked() {
    let (own, other) = (Server::start(healthy()), Server::start(healthy()));
    let command = commands()
        .iter()
        .find(|command| command.words.name == "test-connection")
        .unwrap();
    let value = settings(&other.url)
        .to_value(command.function.parameter("settings").unwrap())
        .unwrap();
    let with = Surroundings {
        egress: live(),
        policy: Policy::only(&own.url),
        now: None,
    };
    let answer = real_clock(plugin().call(&command.function, &[value], &with)).unwrap();
    let failure = host_test::values::to_json(&answer.value).unwrap();
    assert_eq!(failure["err"]["failures"][0]["kind"], "denied", "{failure}");
    assert!(
        answer
            .notes
            .first()
            .unwrap()
            .contains("this connection may reach its own server URL"),
        "{:?}",
        answer.notes
    );
    assert_eq!(other.requests(), 0);
}

#[test]
fn a_server_that_says_nothing_is_a_timeout() {
    let (trouble, _) = trouble(Answer::Silence);
    assert_eq!(trouble.kind, "timeout", "{}", trouble.message);
}

#[test]
fn a_server_that_stops_in_the_midst_of_a_body_is_a_timeout() {
    let (trouble, _) = trouble(Answer::HalfABody);
    assert_eq!(trouble.kind, "timeout", "{}", trouble.message);
}

#[test]
fn a_connection_that_ends_too_early_is_unreachable() {
    for answer in [Answer::HangUp, Answer::BrokenBody] {
        let (trouble, notes) = trouble(answer);
        assert_eq!(trouble.kind, "unreachable", "{}", trouble.message);
        assert!(!notes.is_empty());
    }
}

#[test]
fn a_port_where_nobody_listens_is_unreachable_and_the_host_says_why() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let reported = real_clock(test_connection(
        &live(),
        &format!("http://127.0.0.1:{free}"),
    ));
    assert_eq!(reported.report.errors.first().unwrap().kind, "unreachable");
    assert!(
        reported
            .notes
            .iter()
            .any(|note| note.to_lowercase().contains("connection refused")),
        "{:?}",
        reported.notes
    );
}

#[test]
fn a_server_without_tls_is_unreachable_over_https() {
    let server = Server::start(healthy());
    let reported = real_clock(test_connection(
        &live(),
        &server.url.replace("http://", "https://"),
    ));
    assert_eq!(
        reported.report.errors.first().unwrap().kind,
        "unreachable",
        "{}",
        reported.report.to_json()
    );
    assert!(!reported.notes.is_empty());
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(healthy());
    let (trouble, _) = trouble(Answer::With(
        302,
        format!("location: {}/v1/version\r\n", elsewhere.url),
        String::new(),
    ));
    assert_eq!(trouble.status_code, Some(302), "{}", trouble.message);
    assert_eq!(elsewhere.requests(), 0);
}

#[test]
fn a_compressed_body_reaches_the_component_as_it_was_sent() {
    // The client of the host decompresses nothing: bytes that only claim to be gzip are the component's to judge.
    let (trouble, _) = trouble(Answer::With(
        200,
        "content-encoding: gzip\r\n".to_owned(),
        "this is no gzip".to_owned(),
    ));
    assert_eq!(trouble.kind, "malformed-response", "{}", trouble.message);
}

#[test]
fn a_file_without_certificates_is_refused_before_any_request() {
    let file = harness::program::file("no certificate", ".pem");
    let Err(error) = Live::new(Some(&file)) else {
        panic!("it was taken")
    };
    assert!(
        error
            .to_string()
            .contains("one or more certificates in PEM form"),
        "{error}"
    );
}

#[test]
fn what_the_component_asks_for_stays_within_its_settings() {
    let server = Server::start(Answer::With(503, String::new(), String::new()));
    let reported = real_clock(test_connection(&live(), &server.url));
    assert_eq!(
        reported
            .report
            .errors
            .first()
            .and_then(|trouble| trouble.status_code),
        Some(503)
    );
    assert_eq!(
        server.requests(),
        1,
        "max-attempts is 1: {}",
        Value::String(reported.report.to_json())
    );
}

#[test]
fn a_server_of_a_private_authority_is_trusted_once_that_is_named() {
    let (server, authority) = Server::start_private(healthy());
    let reported = real_clock(test_connection(&live(), &server.url));
    assert_eq!(reported.report.errors[0].kind, "unreachable");
    assert!(
        reported.report.errors[0].message.contains("certificate"),
        "{}",
        reported.report.errors[0].message
    );
    assert!(
        reported.notes.iter().any(|note| note.contains("--ca-file")),
        "{:?}",
        reported.notes
    );

    let file = harness::program::file(&authority, ".pem");
    let trusting: Arc<dyn Egress> = Arc::new(Live::new(Some(&file)).unwrap());
    let reported = real_clock(test_connection(&trusting, &server.url));
    assert!(
        reported.report.errors.is_empty(),
        "{}",
        reported.report.to_json()
    );
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_name_without_an_address_is_unreachable_and_the_host_says_why() {
    let reported = real_clock(test_connection(&live(), "https://api.amp.invalid"));
    assert_eq!(
        reported.report.errors[0].kind,
        "unreachable",
        "{}",
        reported.report.to_json()
    );
    assert!(
        reported.notes.iter().any(|note| note.contains("dns error")),
        "{:?}",
        reported.notes
    );
}
