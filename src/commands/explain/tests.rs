//! Error responses and silent servers, from the response to the failure that a caller sees.

use std::time::Duration;

use super::*;
use crate::commands::{Work, computer, group, run, test_connection};
use crate::connection::example::settings;
use crate::contract::exports::conductor::secure_endpoint::commands::{
    CreateGroupInput, GetComputerByConnectorInput, GetComputersInput,
};
use crate::contract::exports::conductor::secure_endpoint::connection::Settings;
use crate::contract::exports::conductor::secure_endpoint::types::Outcome;
use crate::http::host_causes::HostCause;
use crate::http::scripted::{Reply, Scripted};
use crate::http::{Http as _, Wait};

const GUID: &str = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11";
const BLOCK_PAGE: &str =
    "<!DOCTYPE html><html><head><title>Access denied</title></head><body>Blocked.</body></html>";

fn check(world: &Scripted, settings: &Settings) -> Result<Outcome, CommandFailure> {
    let work: Work<()> = |amp, ()| Box::pin(test_connection::test_connection(amp));
    world.block_on(run(world, Command::TestConnection, settings, &(), work))
}

fn computers(world: &Scripted, settings: &Settings) -> Failure {
    let input = GetComputersInput {
        hostname: None,
        limit: None,
        offset: None,
        all_pages: None,
    };
    let work: Work<_> = |amp, input| Box::pin(computer::get_computers(amp, input));
    first(world.block_on(run(world, Command::GetComputers, settings, &input, work)))
}

fn first(result: Result<Outcome, CommandFailure>) -> Failure {
    let failure = result.expect_err("the command fails");
    failure.failures.into_iter().next().expect("a failure")
}

/// The failure of Get Computers after this response to every attempt.
fn failure(reply: impl Fn() -> Reply + 'static) -> Failure {
    computers(&Scripted::new(move |_| reply()), &settings())
}

#[track_caller]
fn assert_says(failure: &Failure, parts: &[&str]) {
    for part in parts {
        assert!(
            failure.message.contains(part),
            "the message lacks `{part}`: {}",
            failure.message
        );
    }
}

/// Compares kinds, which have no equality of their own.
#[track_caller]
fn assert_kind(failure: &Failure, kind: &FailureKind) {
    assert_eq!(format!("{:?}", failure.kind), format!("{kind:?}"));
}

fn silent() -> Scripted {
    Scripted::new(|_| Reply::new(200, "").after(Duration::from_secs(3_600)))
}

fn version() -> Reply {
    Reply::new(200, r#"{"version":"v1.2.0","metadata":{},"data":{}}"#)
}

#[test]
fn foreign_body_is_reported_before_the_credential() {
    for (status, kind, then) in [
        (401, "Unauthorized", "only then the client ID"),
        (403, "Forbidden", "only then the scope of the credential"),
        (404, "NotFound", "the server URL first."),
    ] {
        for (body, what) in [
            (BLOCK_PAGE, "is a web page (\"Access denied\")"),
            (
                r#"{"message":"none"}"#,
                "JSON in another form than AMP's (\"none\")",
            ),
            ("no such route", "is plain text (\"no such route\")"),
            ("", "is empty"),
        ] {
            let failure = failure(move || Reply::new(status, body));
            let begin = format!("The body of the {status} response from");
            assert!(failure.message.starts_with(&begin), "{}", failure.message);
            assert_says(&failure, &[what, "gateway", "server URL first", then]);
            assert!(format!("{:?}", failure.kind).contains(kind));
        }
    }
}

#[test]
fn web_page_about_an_item_is_not_an_unknown_guid() {
    let world = Scripted::replies([Reply::new(404, BLOCK_PAGE)]);
    let input = GetComputerByConnectorInput {
        connector_guid: GUID.to_owned(),
    };
    let work: Work<_> = |amp, input| Box::pin(computer::get_computer_by_connector(amp, input));
    let result = world.block_on(run(
        &world,
        Command::GetComputerByConnector,
        &settings(),
        &input,
        work,
    ));
    let failure = first(result);
    assert_says(&failure, &[GUID, "not from AMP", "only then the GUID"]);
}

#[test]
fn refusal_of_amp_itself_is_about_the_credential() {
    let body = r#"{"version":"v1.2.0","data":{},"errors":[{"error_code":403,"description":"Forbidden","details":["no access"]}]}"#;
    let failure = failure(move || Reply::new(403, body));
    assert!(
        failure
            .message
            .starts_with("The credential may not read this (\"no access\").")
    );
}

#[test]
fn text_of_a_400_is_quoted() {
    for (body, quoted) in [
        (
            r#"{"message":"limit is not allowed"}"#,
            "\"limit is not allowed\"",
        ),
        (
            r#"{"detail":"limit is not allowed"}"#,
            "\"limit is not allowed\"",
        ),
        (
            r#"{"errors":{"base":["hostname is too long"]}}"#,
            "\"hostname is too long\"",
        ),
        ("limit is not allowed", "\"limit is not allowed\""),
    ] {
        assert_says(
            &failure(move || Reply::new(400, body)),
            &[quoted, "that it names"],
        );
    }
    let silent = failure(|| Reply::new(400, ""));
    assert!(
        !silent.message.contains("that it names"),
        "{}",
        silent.message
    );
    assert_says(
        &failure(|| Reply::new(400, BLOCK_PAGE)),
        &["Access denied", "not from AMP"],
    );
}

#[test]
fn redirect_names_the_target_without_path_and_user() {
    for (link, parts) in [
        (
            "https://api.eu.amp.cisco.com/v1/version?token=secret",
            &[
                "redirects to https://api.eu.amp.cisco.com;",
                "make it the server URL",
            ][..],
        ),
        (
            "https://user:secret@login.example.com:8443/x",
            &["redirects to https://login.example.com:8443;"],
        ),
        ("/login?next=secret", &["another of its own addresses"]),
        ("", &["another of its own addresses"]),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let failure = failure(move || Reply::new(status, "").header("Location", link));
            assert_says(&failure, parts);
            assert!(!failure.message.contains("secret"), "{}", failure.message);
            assert_kind(&failure, &FailureKind::MalformedResponse);
        }
    }
    let not_modified = failure(|| Reply::new(304, ""));
    assert_says(&not_modified, &["304 (Not Modified)"]);
    assert!(!not_modified.message.contains("redirect"));
}

#[test]
fn too_large_requests_have_messages_of_their_own() {
    for (status, part) in [
        (413, "of this size"),
        (414, "too many filters"),
        (431, "too many filters"),
    ] {
        let failure = failure(move || Reply::new(status, BLOCK_PAGE));
        assert_says(&failure, &[part, &status.to_string()]);
        assert_kind(&failure, &FailureKind::TooLarge);
    }
}

#[test]
fn host_cause_is_explained_with_its_sentence_and_remedy() {
    let sentence = "its certificate expired on 2021-01-01";
    let cause = HostCause::CertificateExpired;
    let failure =
        failure(move || Reply::error(HttpError::HostReported(cause, sentence.to_owned())));
    assert_eq!(
        failure.message,
        "api.amp.cisco.com was not reached: its certificate expired on 2021-01-01. Renew the certificate; if it is still valid, \
         correct the clock of this machine."
    );
    assert_kind(&failure, &FailureKind::Unreachable);
}

#[test]
fn proxy_that_wants_a_password_is_asked_once_and_left_alone() {
    let world = Scripted::new(|_| Reply::new(407, BLOCK_PAGE));
    let failure = computers(&world, &settings());
    assert_eq!(world.lines().len(), 1);
    assert_says(&failure, &["A proxy", "(407)", "user and a password"]);
    assert_kind(&failure, &FailureKind::Unreachable);
    assert_eq!(failure.retry_after_seconds, Some(900));
}

#[test]
fn parts_of_a_failure_make_up_its_message() {
    for reply in [
        || Reply::new(503, "").header("Retry-After", "3600"),
        || Reply::new(429, "").header("Retry-After", "3600"),
        || Reply::new(401, ""),
        || Reply::error(HttpError::Broken("reset".to_owned())),
        || Reply::error(HttpError::Timeout(Wait::Connect)),
    ] {
        let failure = failure(reply);
        assert!(failure.message.starts_with(&failure.cause), "{failure:?}");
        if let Some(remedy) = &failure.remedy {
            assert!(failure.message.contains(remedy), "{failure:?}");
        }
        let parts = format!("{} {}", failure.cause, failure.remedy.unwrap_or_default());
        assert!(!parts.contains("un the command again"), "{parts}");
    }
    let busy = failure(|| Reply::new(503, "").header("Retry-After", "3600"));
    assert_eq!(busy.retry_after_seconds, Some(3_600));
    let limited = failure(|| Reply::new(429, "").header("Retry-After", "3600"));
    assert_eq!(limited.retry_after_seconds, Some(3_600));
    assert_kind(&limited, &FailureKind::RateLimited(Some(3_600)));
}

#[test]
fn retry_after_zero_never_becomes_zero_seconds() {
    for value in ["0", "Fri, 01 May 2020 10:00:00 GMT", "soon"] {
        let world = Scripted::new(move |_| Reply::new(429, "").header("Retry-After", value));
        let failure = computers(&world, &settings());
        assert!(
            !failure.message.contains("in 0 seconds"),
            "{}",
            failure.message
        );
        assert_says(&failure, &["renews every hour"]);
        assert_eq!(failure.retry_after_seconds, None);
        assert_kind(&failure, &FailureKind::RateLimited(None));
    }
}

#[test]
fn write_of_unknown_outcome_names_no_time_to_retry() {
    let world = Scripted::new(|sent| match sent.line.starts_with("POST") {
        true => Reply::new(503, "").header("Retry-After", "60"),
        false => Reply::new(403, ""),
    });
    let input = CreateGroupInput {
        name: "Field Office".to_owned(),
        description: None,
    };
    let work: Work<_> = |amp, input| Box::pin(group::create_group(amp, input));
    let failure =
        first(world.block_on(run(&world, Command::CreateGroup, &settings(), &input, work)));
    assert!(failure.may_have_happened);
    assert_eq!(failure.retry_after_seconds, None);
}

#[test]
fn silent_server_is_reported_with_seconds_and_attempts() {
    let failure = computers(&silent(), &settings());
    assert_says(
        &failure,
        &[
            "accepted the connection but did not respond within 30 s (first-byte-timeout-ms)",
            "4 times in 120 s",
        ],
    );
    assert!(
        !failure.message.contains("Ask for less"),
        "{}",
        failure.message
    );
    assert_kind(&failure, &FailureKind::Timeout);

    let quick = Settings {
        first_byte_timeout_ms: Some(2_500),
        max_attempts: Some(2),
        ..settings()
    };
    assert_says(
        &computers(&silent(), &quick),
        &["within 2.5 s (first-byte-timeout-ms), 2 times in 5."],
    );
}

#[test]
fn test_connection_takes_15_seconds_or_what_is_set() {
    for (set, first_byte, seconds, text) in [
        (
            None,
            None,
            15,
            "did not respond within 15 s (call-timeout-ms).",
        ),
        (
            Some(5_000),
            None,
            5,
            "did not respond within 5 s (call-timeout-ms).",
        ),
        (
            Some(60_000),
            None,
            60,
            "did not respond within 30 s (first-byte-timeout-ms), 2 times",
        ),
        (
            None,
            Some(4_000),
            15,
            "did not respond within 4 s (first-byte-timeout-ms)",
        ),
    ] {
        let world = silent();
        let settings = Settings {
            call_timeout_ms: set,
            first_byte_timeout_ms: first_byte,
            ..settings()
        };
        let failure = first(check(&world, &settings));
        assert_says(&failure, &[text]);
        assert!(
            world.elapsed() <= Duration::from_secs(seconds),
            "{:?}",
            world.elapsed()
        );
    }
}

#[test]
fn test_connection_needs_a_version_and_a_list() {
    let listed = || Reply::new(200, r#"{"version":"v1.2.0","data":[]}"#);
    let world = Scripted::replies([version(), listed()]);
    let outcome = check(&world, &settings()).expect("it succeeds");
    assert_eq!(
        world.lines(),
        ["GET /v1/version", "GET /v1/computers?limit=1"]
    );
    assert!(outcome.raw_data.contains("v1.2.0"));
    for body in [
        "{}",
        r#"{"version":"v1.2.0"}"#,
        r#"{"version":"1.2.0","data":{}}"#,
        r#"{"version":"very new","data":{}}"#,
        r#"{"version":null,"data":{}}"#,
        r#"{"version":7,"data":{}}"#,
        r#"{"status":"ok","data":{}}"#,
        "[]",
        "\"v1.2.0\"",
        BLOCK_PAGE,
    ] {
        let failure = first(check(
            &Scripted::replies([Reply::new(200, body)]),
            &settings(),
        ));
        assert_kind(&failure, &FailureKind::MalformedResponse);
    }
    for (reply, kind) in [
        (Reply::new(401, ""), FailureKind::Unauthorized),
        (Reply::new(403, ""), FailureKind::Forbidden),
        (Reply::new(404, ""), FailureKind::NotFound),
        (Reply::new(200, "{}"), FailureKind::MalformedResponse),
        (
            Reply::new(200, r#"{"data":{}}"#),
            FailureKind::MalformedResponse,
        ),
    ] {
        let world = Scripted::replies([version(), reply]);
        assert_kind(&first(check(&world, &settings())), &kind);
    }
}

#[test]
fn quota_is_that_of_the_last_response() {
    let list = || Reply::new(200, r#"{"data":[]}"#);
    let empty = || Reply::new(429, "").header("X-RateLimit-Remaining", "0");
    let full = |reply: Reply| {
        reply
            .header("X-RateLimit-Remaining", "2998")
            .header("X-RateLimit-Reset", "3600")
    };
    let world = Scripted::replies([empty(), version(), full(list())]);
    let outcome = check(&world, &settings()).expect("it succeeds");
    assert_eq!(outcome.quota.map(|quota| quota.remaining), Some(2998));
    assert_eq!(outcome.remarks, Vec::<String>::new());
    let world = Scripted::replies([empty(), version(), list()]);
    let outcome = check(&world, &settings()).expect("it succeeds");
    assert!(
        outcome.quota.is_none(),
        "a success shows that it is not exhausted"
    );
}
