//! The program from end to end: exit codes, what is said where, and what is never said.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod harness;

use std::io::Write as _;
use std::process::Stdio;

use harness::program::{CLIENT, KEY, command, file, finish, recording, run, run_with};
use harness::server::{Answer, Server};
use serde_json::{Value, json};

const GUID: &str = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11";

/// A server that must not be asked: an input that is refused sends no request.
fn nobody() -> Server {
    Server::start(Answer::With(500, String::new(), String::new()))
}

/// Runs with a connection whose server must not be asked, and expects the failure of an input.
#[track_caller]
fn refused(arguments: &[&str], field: &str, said: &str) {
    let server = nobody();
    let run = run_with(&server.url, &[arguments, &["--format", "json"]].concat());
    run.ends(1, &[]);
    let error = run.json()["errors"][0].clone();
    assert_eq!(
        (&error["kind"], &error["field"]),
        (&json!("invalid-input"), &json!(field)),
        "{error}"
    );
    assert!(error["message"].as_str().unwrap().contains(said), "{error}");
    assert_eq!(server.requests(), 0, "a request was sent");
}

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
    run(&["run", "get-computers", "--limit", "abc"]).ends(
        2,
        &["abc", "--limit", "a whole number from 0 to 4294967295"],
    );
    run(&["run", "list-policies", "--product-type", "beos"]).ends(2, &["beos", "windows", "linux"]);
    run(&["run", "get-computers", "--all-pages=perhaps"]).ends(2, &["perhaps", "true, false"]);
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

#[test]
fn a_damaged_recording_is_wrong_usage_and_says_where_it_is_damaged() {
    let har = file("{\"log\": {\"entries\": [{\"request\": {}}]}}", ".har");
    run(&["run", "get-computers", "--replay", har.to_str().unwrap()])
        .ends(2, &["$.log.entries[0].request", "HTTP Archive"]);
    run(&["run", "get-computers", "--replay", "/nowhere/x.har"])
        .ends(2, &["/nowhere/x.har cannot be read"]);
}

#[test]
fn a_recording_answers_without_a_connection() {
    let run = run(&[
        "run",
        "get-computers",
        "--hostname",
        "FIN",
        "--limit",
        "5",
        "--replay",
        &recording("get-computers/by-hostname"),
    ]);
    run.ends(0, &[])
        .prints("Get Computers: Successful\n")
        .prints("FIN-WS-0142");
    assert_eq!(run.err, "");
}

#[test]
fn a_recording_answers_whatever_the_environment_says() {
    run_with(
        "http://192.0.2.1",
        &[
            "run",
            "get-computers",
            "--hostname",
            "FIN",
            "--limit",
            "5",
            "--replay",
            &recording("get-computers/by-hostname"),
        ],
    )
    .ends(0, &[]);
}

#[test]
fn json_is_one_object_on_standard_output_and_nothing_else() {
    let good = run(&[
        "run",
        "get-computers",
        "--hostname",
        "FIN",
        "--limit",
        "5",
        "--format",
        "json",
        "--replay",
        &recording("get-computers/by-hostname"),
    ]);
    good.ends(0, &[]);
    assert_eq!(
        (
            good.json()["command"].clone(),
            good.json()["returnData"].clone()
        ),
        (json!("get-computers"), json!("Successful"))
    );
    let bad = run(&[
        "--format",
        "json",
        "run",
        "get-groups",
        "--replay",
        &recording("get-computers/by-hostname"),
    ]);
    bad.ends(1, &["no entry of the recording answers GET /v1/groups"]);
    let message = bad.json()["errors"][0]["message"].clone();
    let message = message.as_str().unwrap();
    assert!(
        message.starts_with("no entry of the recording answers GET /v1/groups"),
        "{message}"
    );
    assert_eq!(
        (
            bad.json()["returnData"].clone(),
            bad.json()["rawData"].clone(),
            bad.json()["keyFields"].clone()
        ),
        (json!("Failed"), Value::Null, json!([]))
    );
    for arguments in [
        &["commands"][..],
        &["describe"],
        &["describe", "get-computers"],
        &["demo"],
    ] {
        run(&[arguments, &["--format", "json"]].concat())
            .ends(0, &[])
            .json();
    }
}

#[test]
fn a_partial_success_has_an_exit_code_of_its_own() {
    let run = run(&[
        "run",
        "get-policy",
        "--input",
        &recorded_input("get-policy/one-unknown"),
        "--replay",
        &recording("get-policy/one-unknown"),
    ]);
    run.ends(
        3,
        &["Failure indicator", "Status code        404", "not-found"],
    )
    .prints("Get Policy: Partially Successful");
}

/// The input of the call that a recording belongs to, as JSON.
fn recorded_input(name: &str) -> String {
    let har: Value = serde_json::from_slice(&std::fs::read(recording(name)).unwrap()).unwrap();
    har["log"]["_call"]["input"].to_string()
}

#[test]
fn entries_that_were_not_used_are_a_remark() {
    let entry =
        |url: &str| json!({"request": {"method": "GET", "url": url}, "response": {"status": 404}});
    let har = json!({"log": {"entries": [entry(&format!("https://a.example/v1/computers/{GUID}")), entry("https://a.example/favicon.ico")]}});
    let har = file(&har.to_string(), ".har");
    run(&[
        "run",
        "get-computer-by-connector",
        "--connector-guid",
        GUID,
        "--replay",
        har.to_str().unwrap(),
    ])
    .ends(
        1,
        &["remark: 1 of 2 entries of the recording were not used (entry 2: GET /favicon.ico)"],
    );
}

#[test]
fn a_request_that_no_entry_answers_is_named_with_the_nearest() {
    run(&[
        "run",
        "get-computers",
        "--hostname",
        "FIN",
        "--limit",
        "6",
        "--replay",
        &recording("get-computers/by-hostname"),
    ])
    .ends(
        1,
        &[
            "error: no entry of the recording answers GET /v1/computers?hostname[]=FIN&limit=6",
            "its query has `limit=5` where this has `limit=6`",
        ],
    );
}

#[test]
fn a_recording_that_somebody_else_made_answers_too() {
    let body = "eyJ2ZXJzaW9uIjoidjEuMi4wIiwibWV0YWRhdGEiOnt9LCJkYXRhIjpbXX0=";
    let har = json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "138.0"}, "browser": {}, "pages": [{"id": "page_1"}], "entries": [
        {"startedDateTime": "2026-05-01T10:00:00+02:00", "time": 3, "pageref": "page_1", "_priority": "High",
         "request": {"method": "GET", "url": "https://console.example/style.css", "headers": [], "cookies": [], "queryString": []},
         "response": {"status": 200, "headers": [], "content": {"mimeType": "text/css", "size": 0}}, "cache": {}, "timings": {"wait": 3}},
        {"startedDateTime": "2026-05-01T10:00:01+02:00", "time": 4.5, "serverIPAddress": "192.0.2.7", "connection": "443",
         "request": {"bodySize": 0, "method": "GET", "url": "https://api.amp.cisco.com/v1/groups?name=Audit&limit=500", "httpVersion": "HTTP/2", "headers": [{"name": ":authority", "value": "x"}]},
         "response": {"status": 200, "statusText": "", "httpVersion": "HTTP/2", "redirectURL": "", "headers": [{"name": "content-encoding", "value": "gzip"}, {"name": ":status", "value": "200"}],
            "content": {"mimeType": "application/json; charset=utf-8", "size": 46, "text": body, "encoding": "base64"}}, "timings": {}}]}});
    let har = file(&har.to_string(), ".har");
    let run = run(&[
        "run",
        "get-groups",
        "--group-name",
        "Audit",
        "--limit",
        "500",
        "--replay",
        har.to_str().unwrap(),
    ]);
    run.ends(0, &["1 of 2 entries"])
        .prints("Get Groups: Successful");
}

#[test]
fn entries_that_cannot_be_used_do_no_harm_and_are_a_remark() {
    let entry = |method: &str, url: &str, response: Value| json!({"request": {"method": method, "url": url}, "response": response});
    let har = json!({"log": {"_call": "mine", "comment": 5, "entries": [
        entry("GET", "wss://a.example/live", json!({"status": 101})),
        entry("GET", "http://169.254.169.254/latest", json!({"status": -1})),
        entry("GET", "http://169.254.169.254/latest", json!({"status": 404})),
        entry("get", &format!("https://a.example/v1/computers/{GUID}"), json!({"status": 404})),
    ]}});
    let har = file(&har.to_string(), ".har");
    let run = run(&[
        "run",
        "get-computer-by-connector",
        "--connector-guid",
        GUID,
        "--replay",
        har.to_str().unwrap(),
    ]);
    run.ends(
        1,
        &[
            "Status code        404",
            "remark: 2 entries of the recording cannot be used and are not counted (entry 1: request.url: `wss` is neither http nor https; entry 2: response.status: ",
            "remark: 1 of 2 entries of the recording were not used",
        ],
    );
}

#[test]
fn the_key_is_told_nowhere() {
    // Every run of this file is looked through; these are the ones that would be most likely to tell.
    let server = Server::start(Answer::With(
        401,
        String::new(),
        format!("{{\"errors\": [{{\"details\": [\"unknown {CLIENT}\"]}}]}}"),
    ));
    let with = |arguments: &[&str]| run_with(&server.url, arguments);
    with(&["test-connection"]).ends(1, &["unauthorized"]);
    with(&["test-connection", "--format", "json"]).ends(1, &[]);
    with(&["--help"]).ends(0, &[]);
    with(&["run", "get-computers", "--help"]).ends(0, &[]);
    with(&["run", "get-computers", "--nonsense"]).ends(2, &[]);
    with(&[
        "run",
        "isolate-computer",
        "--input",
        "{\"connector-guids\": 5}",
    ])
    .ends(2, &[]);
    with(&["test-connection", "--ca-file", "/nowhere"]).ends(2, &[]);
    run_with("https://127.0.0.1:1", &["test-connection"]).ends(1, &["unreachable"]);
    let number = file(
        "{\"server-url\": \"x\", \"client-id\": \"x\", \"api-key\": 5}",
        ".json",
    );
    run(&["test-connection", "--connection", number.to_str().unwrap()])
        .ends(2, &["`api-key` must be a text"]);
    let silent = Server::start(Answer::HangUp);
    let settings = format!(
        "server-url = \"{}\"\nclient-id = \"{CLIENT}\"\napi-key = \"{KEY}\"\nmax-attempts = 1",
        silent.url
    );
    run(&[
        "test-connection",
        "--connection",
        file(&settings, ".toml").to_str().unwrap(),
    ])
    .ends(1, &["unreachable", "note: "]);
}

#[test]
fn help_is_made_of_what_the_component_says() {
    run(&["run", "--help"])
        .ends(0, &[])
        .prints("get-computers")
        .prints("Lists computers, all of them");
    let run = run(&["run", "list-policies", "--help"]);
    run.ends(0, &[])
        .prints("The same name can stand for a policy of each product")
        .prints("--product-type")
        .prints("windows, mac")
        .prints("[example: Domain]");
}

#[test]
fn a_flag_may_be_repeated_overruled_or_stand_alone() {
    let har = recording("get-computers/all-pages");
    run(&["run", "get-computers", "--all-pages", "--replay", &har]).ends(0, &[]);
    run(&[
        "run",
        "get-computers",
        "--all-pages",
        "true",
        "--replay",
        &har,
    ])
    .ends(0, &[]);
    run(&[
        "run",
        "get-computers",
        "--input",
        "{\"all-pages\": false}",
        "--all-pages",
        "--replay",
        &har,
    ])
    .ends(0, &[]);
    run(&[
        "run",
        "get-policy",
        "--policy-guids",
        GUID,
        "--policy-guids",
        GUID,
        "--limit",
        "1",
    ])
    .ends(2, &["--limit"]);
}

#[test]
fn the_input_may_come_from_a_file_or_from_standard_input() {
    let har = recording("get-computers/all-pages");
    let input = file("{\"all-pages\": true}", ".json");
    run(&[
        "run",
        "get-computers",
        "--input",
        &format!("@{}", input.display()),
        "--replay",
        &har,
    ])
    .ends(0, &[]);
    let mut child = command(&["run", "get-computers", "--input", "-", "--replay", &har])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"{\"all-pages\": true}")
        .unwrap();
    finish(child.wait_with_output().unwrap()).ends(0, &[]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = command(&["demo"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run = finish(child.wait_with_output().unwrap());
    run.ends(0, &[]);
    assert_eq!(run.err, "");
}

#[cfg(target_os = "linux")]
#[test]
fn errors_are_told_even_if_the_result_cannot_be_printed() {
    for format in ["text", "json"] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = command(&[
            "run",
            "get-groups",
            "--format",
            format,
            "--replay",
            &recording("get-computers/by-hostname"),
        ]);
        finish(command.stdout(full).output().unwrap()).ends(
            1,
            &[
                "standard output cannot be written",
                "Failure indicator",
                "error: no entry of the recording answers",
            ],
        );
    }
}

#[test]
fn the_tour_needs_nothing_and_is_what_one_sees_first() {
    for arguments in [&[][..], &["demo"]] {
        run(arguments)
            .ends(0, &[])
            .prints("$ host-test test-connection")
            .prints("calls came out as expected");
    }
}

#[test]
fn a_component_that_is_not_there_is_named() {
    for arguments in [
        ["commands", "--component", "/nowhere/c.wasm"],
        ["--component", "/nowhere/c.wasm", "commands"],
    ] {
        run(&arguments).ends(
            2,
            &[
                "/nowhere/c.wasm",
                "cargo build --release --target wasm32-wasip2",
            ],
        );
    }
    run(&["run", "get-computers", "--component", "/nowhere/c.wasm"]).ends(2, &["/nowhere/c.wasm"]);
    run(&[
        "commands",
        "--component",
        &recording("get-computers/all-pages"),
    ])
    .ends(2, &["is no WebAssembly;"]);
    for (text, said) in [
        ("\0as", "is no WebAssembly;"),
        ("\0asm\u{1}\0\0\0", "is a core WebAssembly module"),
        ("\0asm\r\0\u{1}\0x", "is no WebAssembly component"),
    ] {
        let file = file(text, ".wasm");
        run(&["commands", "--component", file.to_str().unwrap()]).ends(2, &[said]);
    }
}

#[test]
fn without_rust_and_without_a_component_it_says_what_to_install() {
    let mut command = command(&["commands"]);
    command
        .env_remove(host_test::component::VARIABLE)
        .env("RUSTC", "/nowhere/rustc");
    finish(command.output().unwrap()).ends(1, &["https://rustup.rs", "--component FILE"]);
}

#[test]
fn what_the_component_offers_is_listed_for_machines_with_its_types() {
    let all = run(&["describe", "--format", "json"]).json();
    let policies = all
        .as_array()
        .unwrap()
        .iter()
        .find(|command| command["name"] == "list-policies")
        .unwrap();
    let product = policies["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|input| input["name"] == "product-type")
        .unwrap();
    assert_eq!(
        (&product["type"], &product["cases"][0], &product["required"]),
        (&json!("option<enum>"), &json!("windows"), &json!(false))
    );
    run(&["describe", "isolate-computer"])
        .ends(0, &[])
        .prints("--connector-guids (list<string>, required)");
    run(&["commands"])
        .ends(0, &[])
        .prints("Effect")
        .prints("read-and-write");
}

#[test]
fn the_proxy_of_the_environment_is_asked_except_for_loopback() {
    let (proxy, own) = (
        Server::start(Answer::With(502, String::new(), String::new())),
        nobody(),
    );
    let settings = |url: &str| {
        format!(
            "server-url = \"{url}\"\nclient-id = \"{CLIENT}\"\napi-key = \"{KEY}\"\nmax-attempts = 1"
        )
    };
    let test = |url: &str| {
        let file = file(&settings(url), ".toml");
        let mut command = command(&["test-connection", "--connection", file.to_str().unwrap()]);
        command
            .env("HTTPS_PROXY", &proxy.url)
            .env("HTTP_PROXY", &proxy.url)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy");
        finish(command.output().unwrap())
    };
    test("https://api.amp.invalid").ends(1, &["unreachable"]);
    assert_eq!(proxy.requests(), 1);
    test(&own.url).ends(1, &["500"]);
    assert_eq!((proxy.requests(), own.requests()), (1, 1));
}

#[test]
fn the_program_works_from_a_folder_of_its_own_with_the_component_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("host-test");
    // A link would do, but a program is found where its link leads to.
    std::fs::copy(env!("CARGO_BIN_EXE_host-test"), &program).unwrap();
    std::fs::copy(
        harness::component(),
        folder.path().join("cisco_secure_endpoint.wasm"),
    )
    .unwrap();
    let mut command = std::process::Command::new(&program);
    command
        .arg("demo")
        .current_dir("/")
        .env_remove(host_test::component::VARIABLE)
        .env_remove("CARGO")
        .env("PATH", "");
    finish(command.output().unwrap())
        .ends(0, &[])
        .prints("calls came out as expected");
}
