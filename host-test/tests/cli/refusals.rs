//! What is refused: by the component, by the command line, for want of a connection.

use super::*;

#[test]
fn a_bad_guid_is_refused_by_the_component() {
    refused(
        &[
            "run",
            "get-computer-by-connector",
            "--connector-guid",
            "FIN-WS-0142",
        ],
        "connector-guid",
        "GUID",
    );
    refused(
        &[
            "run",
            "isolate-computer",
            "--connector-guids",
            GUID,
            "--connector-guids",
            "x",
        ],
        "connector-guids",
        "GUID",
    );
}

#[test]
fn a_bad_hash_is_refused_by_the_component() {
    refused(
        &[
            "run",
            "set-file-list-by-hash",
            "--file-list-id",
            GUID,
            "--hash",
            "abc",
        ],
        "hash",
        "64",
    );
}

#[test]
fn a_limit_out_of_range_is_refused_by_the_component() {
    refused(&["run", "get-computers", "--limit", "0"], "limit", "500");
    refused(&["run", "get-computers", "--limit", "501"], "limit", "500");
}

#[test]
fn an_empty_list_is_refused_by_the_component() {
    refused(
        &[
            "run",
            "isolate-computer",
            "--input",
            "{\"connector-guids\": []}",
        ],
        "connector-guids",
        "",
    );
}

#[test]
fn an_api_version_other_than_v1_is_refused_by_the_component() {
    let server = nobody();
    let settings = format!(
        "server-url = \"{}\"\nclient-id = \"{CLIENT}\"\napi-key = \"{KEY}\"\napi-version = \"v9\"\n",
        server.url
    );
    let run = run(&[
        "test-connection",
        "--connection",
        file(&settings, ".toml").to_str().unwrap(),
    ]);
    run.ends(1, &["v9", "api-version", "invalid-input"]);
    assert_eq!(server.requests(), 0);
}

#[test]
fn plain_http_to_another_machine_is_refused_by_the_component() {
    let run = run_with("http://192.0.2.1", &["test-connection", "--format", "json"]);
    run.ends(1, &[]);
    assert_eq!(run.json()["errors"][0]["field"], "server-url");
}

#[test]
fn an_unknown_command_is_answered_with_a_suggestion() {
    run(&["run", "get-computer", "--limit", "3"]).ends(2, &["get-computer", "get-computers"]);
    run(&["descibe"]).ends(2, &["describe"]);
    run(&["describe", "get-computer"]).ends(2, &["did you mean `get-computers`?"]);
    let far = run(&["describe", "zzz"]);
    far.ends(2, &["no command `zzz`; `host-test commands`"]);
    assert!(!far.err.contains("did you mean"), "{}", far.err);
}

#[test]
fn an_unknown_flag_is_answered_with_a_suggestion() {
    run(&["run", "get-computers", "--limt", "3"]).ends(2, &["--limt", "--limit"]);
}

#[test]
fn a_value_of_a_wrong_type_is_wrong_usage() {
    run(&["run", "get-computers", "--limit", "abc"])
        .ends(2, &["abc", "--limit", "a whole number from 1 to 500"]);
    run(&["run", "list-policies", "--product-type", "beos"]).ends(2, &["beos", "windows", "linux"]);
    run(&["run", "get-computers", "--all-pages=perhaps"]).ends(2, &["perhaps", "true, false"]);
}

#[test]
fn a_negative_number_is_a_wrong_value_of_its_field() {
    let said = |least: u64, most: u64| format!("expected a whole number from {least} to {most}");
    for (arguments, flag, expected) in [
        (
            &["run", "get-computers", "--limit", "-5"][..],
            "--limit",
            said(1, 500),
        ),
        (
            &["run", "get-computers", "--limit=-5"],
            "--limit",
            said(1, 500),
        ),
        (
            &["run", "get-computers", "--limit", "-1.5"],
            "--limit",
            said(1, 500),
        ),
        (
            &["run", "get-computers", "--offset", "-1"],
            "--offset",
            said(0, 4_294_967_295),
        ),
        (
            &["poll", "--max-signals", "-1"],
            "--max-signals",
            said(1, 2_000),
        ),
        (
            &["poll", "--event-types", "-1"],
            "--event-types",
            said(0, u64::MAX),
        ),
    ] {
        run(arguments).ends(2, &["invalid value '-", flag, &expected]);
    }
    // What is no number stays the parser's.
    run(&["run", "get-computers", "--limit", "-x"]).ends(2, &["-x"]);
    refused(
        &["run", "get-computer-by-connector", "--connector-guid", "-5"],
        "connector-guid",
        "is no GUID",
    );
}

#[test]
fn a_required_field_that_is_missing_is_named() {
    run(&["run", "isolate-computer", "--comment", "x"]).ends(2, &["--connector-guids"]);
    run_with(
        "https://api.amp.cisco.com",
        &["run", "isolate-computer", "--input", "{}"],
    )
    .ends(2, &["$.connector-guids", "required"]);
}

#[test]
fn an_input_that_does_not_fit_is_named_by_its_place() {
    let with = |input: &str| {
        run_with(
            "https://api.amp.cisco.com",
            &["run", "isolate-computer", "--input", input],
        )
    };
    with("{\"connector-guids\": [\"a\", 5]}").ends(
        2,
        &["$.connector-guids[1]: expected a string, got number 5"],
    );
    with("{\"connector_guids\": []}").ends(
        2,
        &["unknown field `connector_guids`; did you mean `connector-guids`?"],
    );
    with("[]").ends(2, &["a JSON object"]);
    with("{").ends(2, &["a JSON object"]);
    with("@/nowhere/input.json").ends(2, &["/nowhere/input.json", "cannot be read"]);
}

#[test]
fn without_a_connection_the_three_ways_to_give_one_are_named() {
    run(&["run", "get-computers"]).ends(
        2,
        &[
            "--connection FILE",
            "AMP_SERVER_URL",
            "AMP_CLIENT_ID",
            "AMP_API_KEY",
            "--replay FILE.har",
        ],
    );
    run(&["test-connection"]).ends(2, &["server-url, client-id, api-key are not set"]);
}

#[test]
fn a_connection_file_that_cannot_be_used_is_wrong_usage() {
    let with = |text: &str, extension: &str| {
        run(&[
            "test-connection",
            "--connection",
            file(text, extension).to_str().unwrap(),
        ])
    };
    run(&["test-connection", "--connection", "/nowhere/c.toml"])
        .ends(2, &["/nowhere/c.toml cannot be read"]);
    with(&format!("api-key = {KEY}"), ".toml").ends(2, &["is damaged", "line 1 is no TOML"]);
    with(&format!("{{\"api-key\": {KEY}}}"), ".json").ends(2, &["is damaged", "is no JSON"]);
    let unknown = format!(
        "server_url = \"https://api.amp.cisco.com\"\nserver-url = \"https://api.amp.cisco.com\"\nclient-id = \"x\"\napi-key = \"{KEY}\""
    );
    with(&unknown, ".toml").ends(
        2,
        &[
            "unknown field `server_url`; did you mean `server-url`?",
            "`max-body-bytes`",
        ],
    );
    let wrong = format!(
        "server-url = \"https://api.amp.cisco.com\"\nclient-id = \"x\"\napi-key = \"{KEY}\"\nmax-attempts = \"3\""
    );
    with(&wrong, ".toml").ends(2, &["$.max-attempts: expected a whole number"]);
}

#[test]
fn what_a_connection_file_leaves_out_comes_from_the_environment() {
    let server = nobody();
    let settings = file(
        &format!("server-url = \"{}\"\nmax-attempts = 1", server.url),
        ".toml",
    );
    run_with(
        "https://192.0.2.1",
        &[
            "test-connection",
            "--connection",
            settings.to_str().unwrap(),
        ],
    )
    .ends(1, &["500"]);
    assert_eq!(server.requests(), 1);
}
