//! The simulator on loopback HTTP: the program `simulate` in one process, `run` in another.

use std::io::Read as _;
use std::process::Command;
use std::time::{Duration, Instant};

use host_test::simulator::{Simulator, World};

use crate::harness::program::{self, CLIENT, KEY, Run};
pub use crate::harness::simulate::Simulate;

impl Simulate {
    /// Runs a command against it, with short limits and one attempt.
    fn run(&self, arguments: &[&str]) -> Run {
        let file = program::file(
            &format!(
                "server-url = \"{}\"\nclient-id = \"{CLIENT}\"\napi-key = \"{KEY}\"\nmax-attempts = 1\nfirst-byte-timeout-ms = 800\ncall-timeout-ms = 10000\nmax-body-bytes = 1048576\n",
                self.url
            ),
            ".toml",
        );
        let connection = file.display().to_string();
        let arguments = [
            arguments,
            &["--format", "json", "--connection", &connection],
        ]
        .concat();
        program::run(&arguments)
    }
}

/// The kind and the message of the one failure.
fn failure(run: &Run) -> (String, String) {
    let report = run.json();
    let text = |name: &str| {
        report["errors"][0][name]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(run.code, 1, "{}", run.out);
    (text("kind"), text("message"))
}

#[test]
fn the_program_runs_every_reading_command_against_it() {
    let simulate = Simulate::start(&[]);
    for arguments in [
        &["test-connection"][..],
        &["run", "get-computers", "--all-pages"],
        &["run", "get-groups"],
        &["run", "fetch-event", "--number-of-events-fetched", "5"],
    ] {
        let run = simulate.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.out, run.err);
    }
    let counts = simulate.counts();
    assert_eq!(
        (
            counts["total"].as_u64(),
            counts["requests"]["GET /v1/events"].as_u64()
        ),
        (Some(5), Some(1)),
        "{counts}"
    );
    // One for each call, and one for the counts; the second request of a call may come before its connection is free again.
    let connections = counts["connections"].as_u64();
    assert!(matches!(connections, Some(5 | 6)), "{counts}");
}

#[test]
fn faults_reach_the_program_as_they_are_on_the_network() {
    let simulate = Simulate::start(&[
        "--fault",
        "GET /v1/version=reset",
        "--fault",
        "GET /v1/groups=reset-in-body",
        "--fault",
        "GET /v1/policies=stalled",
        "--fault",
        "GET /v1/events=stalled-body",
        "--fault",
        "GET /v1/computers=gzip-bomb",
        "--fault",
        "GET /v1/file_lists/application_blocking=redirect",
        "--fault",
        "GET /v1/computers/activity=not-http",
        "--fault",
        "GET /v1/policies/*=endless",
    ]);
    // The same seed makes the same organisation.
    let policy = &Simulator::new(World::default()).landmarks().policy_guids[0];
    for (arguments, kind, word) in [
        (&["test-connection"][..], "unreachable", "reset"),
        (&["run", "get-groups"], "unreachable", "broke"),
        (&["run", "list-policies"], "timeout", "0.8 s"),
        (&["run", "fetch-event"], "timeout", "0.8 s"),
        (&["run", "get-computers"], "too-large", "1048576 bytes"),
        (&["run", "get-block-list"], "malformed-response", "redirect"),
        (
            &["run", "get-computer-activity", "--query", "x.exe"],
            "unreachable",
            "",
        ),
        (
            &["run", "get-policy", "--policy-guids", "&"],
            "too-large",
            "1048576 bytes",
        ),
    ] {
        let began = Instant::now();
        let arguments: Vec<&str> = arguments
            .iter()
            .map(|argument| {
                if *argument == "&" {
                    policy.as_str()
                } else {
                    *argument
                }
            })
            .collect();
        let (found, message) = failure(&simulate.run(&arguments));
        assert_eq!(found, kind, "{arguments:?}: {message}");
        assert!(message.contains(word), "{arguments:?}: {message}");
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{arguments:?} took {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn a_reset_is_a_reset_and_no_polite_close() {
    let simulate = Simulate::start(&[
        "--fault",
        "GET /v1/version=reset",
        "--fault",
        "GET /v1/groups=reset-in-body",
    ]);
    for path in ["/v1/version", "/v1/groups"] {
        let error = simulate.raw(path).expect_err("the connection is reset");
        assert_eq!(
            error.kind(),
            std::io::ErrorKind::ConnectionReset,
            "{path}: {error}"
        );
    }
}

#[test]
fn the_names_of_headers_come_in_capitals_if_they_are_to() {
    let simulate = Simulate::start(&["--fault", "GET /v1/version#2=odd-headers"]);
    let first = String::from_utf8(simulate.raw("/v1/version").unwrap()).unwrap();
    assert!(first.contains("\r\nX-Ratelimit-Limit: 3000\r\n"), "{first}");
    let second = String::from_utf8(simulate.raw("/v1/version").unwrap()).unwrap();
    assert!(
        second.contains("\r\nX-RATELIMIT-LIMIT: 3000\r\n") && second.contains("\"details\""),
        "{second}"
    );
    let run = simulate.run(&["test-connection"]);
    assert_eq!(run.json()["quota"]["limit"], 3000, "{}", run.out);
}

#[test]
fn a_plan_comes_from_a_file_in_toml_or_json() {
    let toml = program::file(
        "[[fault]]\non = \"GET /v1/version\"\nwhich = 1\nis = 429\nreset = 1742\n",
        ".toml",
    );
    let json = program::file(
        "{\"fault\": [{\"on\": \"GET /v1/version\", \"which\": \"1\", \"is\": \"429\", \"reset\": 1742}]}",
        ".json",
    );
    for plan in [&toml, &json] {
        let simulate = Simulate::start(&["--faults", &plan.display().to_string()]);
        let run = simulate.run(&["test-connection"]);
        assert_eq!(
            run.json()["errors"][0]["retryAfterSeconds"],
            1743,
            "{}",
            run.out
        );
        assert_eq!(simulate.run(&["test-connection"]).code, 0);
    }
    let wrong = program::file(
        "[[fault]]\non = \"GET /v1/version\"\nis = \"rest\"\n",
        ".toml",
    );
    program::run(&["simulate", "--faults", &wrong.display().to_string()])
        .ends(2, &["did you mean `reset`?"]);
}

#[test]
fn a_plan_that_would_do_nothing_is_refused() {
    for (text, said) in [
        ("", "it has no rule"),
        ("{}", "it has no rule"),
        (
            "[[faults]]\non = \"GET /v1/version\"\nis = 429\n",
            "unknown field `faults`",
        ),
    ] {
        let plan = program::file(text, ".toml");
        program::run(&["simulate", "--faults", &plan.display().to_string()]).ends(2, &[said]);
    }
    program::run(&["simulate", "--fault", "GET /v1/version=zzz"]).ends(2, &["--list-faults"]);
}

#[test]
fn a_number_that_makes_no_organisation_is_refused() {
    for (flag, value) in [
        ("--computers", "1000001"),
        ("--files", "18446744073709551615"),
        ("--late-percent", "101"),
        ("--late-percent", "NaN"),
        ("--events-per-minute", "inf"),
        ("--events-per-minute", "-1"),
        ("--burst", "1000001@1s"),
        ("--quota", "0"),
        ("--api-key", ""),
    ] {
        program::run(&["simulate", &format!("{flag}={value}")]).ends(2, &[flag]);
    }
}

#[test]
fn the_kinds_of_faults_are_listed_for_machines() {
    let kinds = program::run(&["simulate", "--list-faults", "--format", "json"]).json();
    assert_eq!(kinds[0]["name"], host_test::simulator::KINDS[0].name);
}

#[cfg(unix)]
#[test]
fn it_ends_when_it_is_told_to_and_says_what_it_served() {
    for signal in ["-TERM", "-INT"] {
        let mut simulate = Simulate::start(&[]);
        simulate.run(&["test-connection"]);
        let told = Command::new("kill")
            .args([signal, &simulate.child.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success());
        let mut rest = String::new();
        simulate
            .child
            .stdout
            .as_mut()
            .unwrap()
            .read_to_string(&mut rest)
            .unwrap();
        assert!(simulate.child.wait().unwrap().success());
        assert!(
            rest.contains("served 2 requests over ") && rest.contains("GET /v1/version"),
            "{rest}"
        );
    }
}
