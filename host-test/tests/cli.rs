//! The program from end to end: exit codes, what is said where, and what is never said.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod harness;
#[path = "cli/poll.rs"]
mod poll;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/replay.rs"]
mod replay;

use std::io::Write as _;
use std::process::Stdio;

use harness::program::{
    CLIENT, KEY, command, command_with, file, finish, recording, run, run_with,
};
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
