//! Inputs too large for any request.

use serde_json::{Value, json};

use crate::harness::program;
use crate::harness::server::Server;

const GUID: &str = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11";

#[test]
fn an_input_that_is_too_large_is_refused_before_any_request() {
    let server = Server::respond(|_, _| (500, String::new(), Vec::new()));
    let long = |length: usize| "x".repeat(length);
    let guids: Vec<String> = (0..501)
        .map(|number| format!("6b0d6a5e-5f0e-4c7d-9a51-{number:012x}"))
        .collect();
    let hash = "ab".repeat(32);
    for (command, input, field, bound) in [
        (
            "isolate-computer",
            json!({"connector-guids": [GUID], "comment": long(20 * 1024 * 1024)}),
            "comment",
            "up to 2,000 characters",
        ),
        (
            "unisolate-computer",
            json!({"connector-guids": [GUID], "comment": long(2_001)}),
            "comment",
            "up to 2,000 characters",
        ),
        (
            "isolate-computer",
            json!({"connector-guids": guids}),
            "connector-guids",
            "up to 500 GUIDs",
        ),
        (
            "isolate-computer",
            json!({"connector-guids": [GUID], "unlock-code": long(25)}),
            "unlock-code",
            "up to 24 characters",
        ),
        (
            "get-policy",
            json!({"policy-guids": guids}),
            "policy-guids",
            "up to 500 GUIDs",
        ),
        (
            "get-computers",
            json!({"hostname": long(70_000)}),
            "hostname",
            "up to 253 characters",
        ),
        (
            "get-computer-activity",
            json!({"query": long(501)}),
            "query",
            "up to 500 characters",
        ),
        (
            "create-group",
            json!({"name": long(256)}),
            "name",
            "up to 255 characters",
        ),
        (
            "create-group",
            json!({"name": "x", "description": long(2_001)}),
            "description",
            "up to 2,000 characters",
        ),
        (
            "set-file-list-by-hash",
            json!({"file-list-id": GUID, "hash": hash, "description": long(2_001)}),
            "description",
            "up to 2,000 characters",
        ),
        (
            "get-groups",
            json!({"group-name": long(256)}),
            "group-name",
            "up to 255 characters",
        ),
        (
            "list-policies",
            json!({"policy-name": long(256)}),
            "policy-name",
            "up to 255 characters",
        ),
        (
            "get-block-list",
            json!({"block-list-name": long(256)}),
            "block-list-name",
            "up to 255 characters",
        ),
        (
            "fetch-event",
            json!({"search-condition": long(256)}),
            "search-condition",
            "up to 255 characters",
        ),
        (
            "fetch-event",
            json!({"artifact": long(2_001)}),
            "artifact",
            "up to 2,000 characters",
        ),
        (
            "get-computer-by-connector",
            json!({"connector-guid": long(70_000)}),
            "connector-guid",
            "no GUID",
        ),
    ] {
        let file = program::file(&input.to_string(), ".json");
        let run = program::run_with(
            &server.url,
            &[
                "run",
                command,
                "--input",
                &format!("@{}", file.to_str().unwrap()),
                "--format",
                "json",
            ],
        );
        run.ends(1, &[]);
        let error = &run.json()["errors"][0];
        assert_eq!(
            (&error["kind"], &error["field"]),
            (&json!("invalid-input"), &json!(field)),
            "{command}: {error}"
        );
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(bound), "{command}: {message}");
        assert!(message.len() < 400, "{command}: {message}");
        assert_ne!(error["mayHaveHappened"], true, "{command}: {error}");
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_setting_that_is_too_large_is_refused_before_any_request() {
    let server = Server::respond(|_, _| (500, String::new(), Vec::new()));
    let long = "x".repeat(70_000);
    for (variable, field) in [
        ("AMP_SERVER_URL", "server-url"),
        ("AMP_CLIENT_ID", "client-id"),
        ("AMP_API_KEY", "api-key"),
    ] {
        let mut command = program::command_with(&server.url, &["test-connection"]);
        command.env(variable, &long);
        program::finish(command.output().unwrap())
            .ends(1, &[field, "it has 70000 characters", "are accepted"]);
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn every_text_and_list_is_described_with_its_bound() {
    let commands = program::run(&["describe", "--format", "json"]).json();
    let field = |command: &str, field: &str| {
        let command = commands
            .as_array()
            .unwrap()
            .iter()
            .find(|other| other["name"] == command);
        let inputs = command.unwrap()["inputs"].as_array().unwrap().iter();
        let field = inputs.into_iter().find(|other| other["name"] == field);
        field.unwrap().clone()
    };
    let comment = field("isolate-computer", "comment");
    assert_eq!(
        (&comment["maxLength"], &comment["maxItems"]),
        (&json!(2_000), &Value::Null)
    );
    assert!(
        comment["help"]
            .as_str()
            .unwrap()
            .contains("Up to 2,000 characters")
    );
    let guids = field("isolate-computer", "connector-guids");
    assert_eq!(
        (&guids["maxLength"], &guids["maxItems"]),
        (&Value::Null, &json!(500))
    );
    program::run(&["describe", "get-computers"])
        .ends(0, &[])
        .prints("Up to 253 characters");
}
