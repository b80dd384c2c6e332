//! What is not AMP's response is reported as such before the credential or a GUID is suspected.

use super::case_file;
use super::harness::program;
use super::harness::server::{Answer, Server};

/// The message of the only failure.
fn message(json: &serde_json::Value) -> &str {
    json["errors"][0]["message"].as_str().expect("a message")
}

#[test]
fn block_page_is_reported_first() {
    let har = case_file("10-block-page-blames-the-credential/403-block-page.har");
    let run = program::run(&["test-connection", "--replay", &har, "--format", "json"]);
    let json = run.ends(1, &[]).json();
    assert_eq!(json["errors"][0]["kind"], "forbidden");
    let message = message(&json);
    let page = message.find("web page (\"Access denied\")").expect(message);
    assert!(message.contains("not from AMP"), "{message}");
    assert!(
        message.find("credential").expect(message) > page,
        "{message}"
    );
}

#[test]
fn every_foreign_body_is_reported_first() {
    for (status, kind) in [
        (200, "malformed-response"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not-found"),
        (407, "unreachable"),
    ] {
        for body in [
            "<html><title>Sign in</title></html>",
            r#"{"message":"no route"}"#,
            "forbidden by policy",
        ] {
            let answer = Answer::With(status, String::new(), body.to_owned());
            let server = Server::start(answer);
            let arguments = [
                "run",
                "get-computer-by-connector",
                "--connector-guid",
                "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11",
                "--format",
                "json",
            ];
            let run = program::run_with(&server.url, &arguments);
            let json = run.ends(1, &[]).json();
            assert_eq!(json["errors"][0]["kind"], kind, "{status} {body}");
            let message = message(&json);
            let source = [
                "something in front of",
                "not what AMP sends",
                "A proxy in front",
            ]
            .iter()
            .find_map(|text| message.find(text));
            let source = source.unwrap_or_else(|| panic!("{status} {body}: {message}"));
            for advice in ["API key", "scope", "GUID"] {
                if let Some(index) = message.find(advice) {
                    assert!(index > source, "{status} {body}: {message}");
                }
            }
            assert_eq!(server.requests(), 1, "{status} {body}");
        }
    }
}
