//! Test Connection succeeds only with AMP: its version, and a list that needs the credential.

use super::case_file;
use super::harness::program;
use super::harness::server::Server;

const VERSION: &str = r#"{"version":"v1.2.0","metadata":{"links":{}},"data":{}}"#;
const LIST: &str = r#"{"version":"v1.2.0","metadata":{"results":{"total":0}},"data":[]}"#;

#[test]
fn empty_object_is_not_amp() {
    let har = case_file("04-health-check-takes-anything/empty-object.har");
    let run = program::run(&["test-connection", "--replay", &har, "--format", "json"]);
    run.ends(1, &[]);
    assert_eq!(run.json()["errors"][0]["kind"], "malformed-response");
}

#[test]
fn version_alone_is_not_a_success() {
    for (status, kind) in [
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not-found"),
    ] {
        let server = Server::respond(move |_, line| match line.starts_with("GET /v1/version ") {
            true => (200, String::new(), VERSION.into()),
            false => (status, String::new(), Vec::new()),
        });
        let run = program::run_with(&server.url, &["test-connection", "--format", "json"]);
        assert_eq!(run.ends(1, &[]).json()["errors"][0]["kind"], kind);
    }
    for body in ["{}", "[]", r#"{"version":"v1.2.0","data":{}}"#, "<html>"] {
        let server = Server::respond(move |_, line| match line.starts_with("GET /v1/version ") {
            true => (200, String::new(), VERSION.into()),
            false => (200, String::new(), body.into()),
        });
        let run = program::run_with(&server.url, &["test-connection", "--format", "json"]);
        let json = run.ends(1, &[]).json();
        assert_eq!(json["errors"][0]["kind"], "malformed-response", "{body}");
    }
}

#[test]
fn two_requests_make_a_success() {
    let server = Server::respond(|_, line| match line {
        line if line.starts_with("GET /v1/version ") => (200, String::new(), VERSION.into()),
        line if line.starts_with("GET /v1/computers?limit=1 ") => (200, String::new(), LIST.into()),
        _ => (404, String::new(), Vec::new()),
    });
    program::run_with(&server.url, &["test-connection"]).ends(0, &[]);
    assert_eq!(server.requests(), 2);
}
