//! Recordings that the host makes: they tell no secret, and replay to what came of the call.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    clippy::use_debug,
    reason = "a test fails by panicking"
)]

#[path = "record/bodies.rs"]
mod bodies;
mod harness;
#[path = "record/redaction.rs"]
mod redaction;

use std::path::Path;
use std::sync::Arc;

use harness::program::{self, CLIENT, KEY};
use harness::server::{Answer, Server};
use harness::{commands, plugin, recordings, stopped_clock};
use host_test::egress::{Recorder, Recording, Replay};
use host_test::har::{self, Har};
use host_test::invocation::Invocation;
use host_test::recording;
use host_test::settings::Settings;
use serde_json::{Value, json};

/// Drives a recording while another is made of it; gives what came of it and the new one.
fn recorded_anew(from: &Har, redact: bool) -> (Value, Har, String) {
    let call = recording::call_of(from).unwrap();
    let command = commands()
        .iter()
        .find(|command| command.words.name == call.command)
        .unwrap();
    let own = Settings::from_json(call.settings.clone()).unwrap();
    let settings = own.or_made_up(&recording::server_url(from));
    let mut all = call.settings.clone();
    all.insert("server-url".to_owned(), json!(settings.server_url()));
    all.insert("client-id".to_owned(), json!(CLIENT));
    all.insert("api-key".to_owned(), json!(KEY));
    let now = recording::now(call)
        .unwrap()
        .unwrap_or_else(|| humantime::parse_rfc3339("2026-05-01T10:00:00Z").unwrap());
    let recorder = Arc::new(Recorder::new(Arc::new(Replay::new(from))));
    let invocation = Invocation::new(command, &settings, call.input.clone()).unwrap();
    let reported =
        stopped_clock(invocation.make(plugin(), Arc::<Recorder>::clone(&recorder), Some(now)));
    let text = recorder.har(&Recording {
        command: &call.command,
        input: &call.input,
        settings: &all,
        now,
        redact,
    });
    let har = har::parse(text.as_bytes(), "the new recording").unwrap();
    (outcome(&reported.unwrap().report), har, text)
}

fn outcome(report: &host_test::outcome::Report) -> Value {
    serde_json::from_str(&report.to_json()).unwrap()
}

/// What comes of a recording, which answers every request of its call and has no other entries.
fn replayed(har: &Har) -> Value {
    let driven = stopped_clock(recording::drive(plugin(), commands(), har)).unwrap();
    assert_eq!(driven.complaints, Vec::<String>::new());
    assert_eq!(driven.unused, Vec::<String>::new());
    outcome(&driven.outcome.unwrap().report)
}

#[test]
fn a_recording_of_every_recording_replays_to_the_same_outcome() {
    for original in recordings::of_commands() {
        let (came, har, text) = recorded_anew(&original.read(), false);
        let again = replayed(&har);
        // An unlock code is not the same.
        if text.contains("unlock_code") {
            assert_eq!(came["returnData"], again["returnData"], "{}", original.name);
            assert_eq!(came["errors"], again["errors"], "{}", original.name);
        } else {
            assert_eq!(came, again, "{}", original.name);
        }
    }
}

#[test]
fn a_redacted_recording_of_every_recording_replays_to_an_outcome_of_the_same_form() {
    for original in recordings::of_commands() {
        let (came, har, _) = recorded_anew(&original.read(), true);
        let again = replayed(&har);
        for part in ["returnData", "quota"] {
            assert_eq!(came[part], again[part], "{}", original.name);
        }
        let rows = |outcome: &Value| outcome["result"]["rows"].as_array().map(Vec::len);
        assert_eq!(rows(&came), rows(&again), "{}", original.name);
        let kinds = |outcome: &Value| -> Vec<Value> {
            let errors = outcome["errors"].as_array().unwrap().iter();
            errors.map(|error| error["kind"].clone()).collect()
        };
        assert_eq!(kinds(&came), kinds(&again), "{}", original.name);
    }
}

/// The program with a connection to the server, its answer as JSON, and the text of the recording it makes.
fn run_and_record(server: &Server, folder: &Path, arguments: &[&str]) -> (program::Run, String) {
    let file = folder.join("made.har").display().to_string();
    let mut all = arguments.to_vec();
    all.extend(["--format", "json", "--record", &file]);
    let run = program::run_with(&server.url, &all);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    (run, text)
}

fn answer(body: &Value) -> Answer {
    let headers = "content-type: application/json\r\nx-ratelimit-limit: 3000\r\nx-ratelimit-remaining: 2990\r\nx-ratelimit-reset: 100\r\nset-cookie: session=SESAME\r\n";
    Answer::With(200, headers.to_owned(), body.to_string())
}

#[test]
fn a_run_over_the_network_replays_to_the_same_outcome() {
    let page = json!({"version": "v1.2.0", "metadata": {"links": {"self": "x"}, "results": {"total": 1, "current_item_count": 1, "index": 0, "items_per_page": 500}},
        "data": [{"connector_guid": "beb55a32-cc7e-4871-a80a-befd30a1fce7", "hostname": "FIN-LT-07", "active": true}]});
    let server = Server::start(answer(&page));
    let folder = tempfile::tempdir().unwrap();
    let call = ["run", "get-computers", "--hostname", "FIN"];
    let (run, text) = run_and_record(&server, folder.path(), &call);
    run.ends(0, &[]);
    assert!(!text.contains("SESAME"), "{text}");
    let file = folder.path().join("made.har").display().to_string();
    let mut again = call.to_vec();
    again.extend(["--format", "json", "--replay", &file]);
    let again = program::run(&again);
    again.ends(0, &[]);
    assert_eq!(run.out, again.out);
    assert_eq!(server.requests(), 1);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "a draft is left"
    );
}

#[test]
fn no_secret_is_in_a_recording() {
    let guid = "beb55a32-cc7e-4871-a80a-befd30a1fce7";
    let body = json!({"version": "v1.2.0", "metadata": {"links": {"self": "https://x.example/?c=Amber5Fox"}},
        "data": {"available": true, "status": "pending_start", "unlock_code": "amber5fox", "comment": "ask Amber5fox",
            "amqp_credentials": {"user_name": "1-a", "password": "pass\"w0rd/"}, "note": "pass\"w0rd/"}});
    let server = Server::start(answer(&body));
    let folder = tempfile::tempdir().unwrap();
    let (run, text) = run_and_record(
        &server,
        folder.path(),
        &[
            "run",
            "isolate-computer",
            "--connector-guids",
            guid,
            "--unlock-code",
            "amber5fox",
            "--comment",
            "code amber5fox",
        ],
    );
    run.ends(0, &[]);
    let lower = text.to_lowercase();
    for secret in ["amber5fox", KEY, CLIENT, "w0rd", "sesame", "basic "] {
        assert!(!lower.contains(secret), "{secret} is in {text}");
    }
    let har = har::parse(text.as_bytes(), "it").unwrap();
    let code = &recording::call_of(&har).unwrap().input["unlock-code"];
    assert!(
        text.contains(&format!(
            "\\\"unlock_code\\\":{}",
            code.to_string().replace('"', "\\\"")
        )),
        "{text}"
    );
    assert_eq!(replayed(&har)["returnData"], "Successful");
}

#[test]
fn a_command_that_fails_is_recorded_too() {
    let server = Server::start(Answer::With(
        503,
        String::new(),
        "<h1>down, key SESAME</h1>".to_owned(),
    ));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, "max-attempts = 1").unwrap();
    let (run, text) = run_and_record(
        &server,
        folder.path(),
        &["test-connection", "--connection", file.to_str().unwrap()],
    );
    run.ends(1, &[]);
    let har = har::parse(text.as_bytes(), "it").unwrap();
    assert_eq!(replayed(&har), run.json());
}

#[test]
fn a_connection_that_breaks_or_says_nothing_replays_as_that() {
    for answer in [
        Answer::HangUp,
        Answer::BrokenBody,
        Answer::Silence,
        Answer::HalfABody,
    ] {
        let server = Server::start(answer);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, "max-attempts = 1\nfirst-byte-timeout-ms = 300").unwrap();
        let (run, text) = run_and_record(
            &server,
            folder.path(),
            &["test-connection", "--connection", file.to_str().unwrap()],
        );
        run.ends(1, &[]);
        let har = har::parse(text.as_bytes(), "it").unwrap();
        assert_eq!(replayed(&har), run.json());
    }
}

#[cfg(unix)]
#[test]
fn a_recording_is_for_its_owner_alone_and_replaces_what_was_there() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start(Answer::With(503, String::new(), String::new()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made.har");
    std::fs::write(&file, "the old one").unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "max-attempts = 1").unwrap();
    run_and_record(
        &server,
        folder.path(),
        &[
            "test-connection",
            "--connection",
            settings.to_str().unwrap(),
        ],
    );
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(har::read(&file).is_ok());
}

#[test]
fn a_recording_that_cannot_be_written_is_refused_before_any_request() {
    let server = Server::start(Answer::With(200, String::new(), String::new()));
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("no such folder").join("x.har");
    for file in [nowhere.to_str().unwrap(), folder.path().to_str().unwrap()] {
        program::run_with(&server.url, &["test-connection", "--record", file])
            .ends(2, &["cannot be written"]);
    }
    assert_eq!(server.requests(), 0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_replay_is_not_recorded_and_only_a_recording_is_redacted() {
    let har = program::recording("get-groups/all");
    program::run(&["run", "get-groups", "--replay", &har, "--record", "x.har"])
        .ends(2, &["cannot be used with"]);
    program::run(&["test-connection", "--redact"]).ends(2, &["--record"]);
}
