//! The program: `manifest`, `check-manifest` and `map`, with their exit codes.

use host_test::manifest::Platform;
use serde_json::{Value, json};

use crate::harness::program::{command, file, finish, run};
use crate::polled::signals;
use crate::{Manifest, described, top};

fn path(platform: Platform) -> String {
    let file = format!("manifests/{}.json", platform.name());
    top().join(file).display().to_string()
}

#[test]
fn manifest_prints_all_that_the_component_says_about_itself() {
    let printed = run(&["manifest"]);
    printed.ends(0, &[]);
    assert_eq!(printed.json(), serde_json::to_value(described()).unwrap());
    let description = printed.json();
    assert_eq!(description["commands"].as_array().unwrap().len(), 14);
    let raw = description["intake"]["signalFields"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(raw["jsonName"], "raw");
    assert_eq!(
        description["settings"]["properties"]["api-key"]["writeOnly"],
        true
    );
}

#[test]
fn check_manifest_finds_nothing_in_ours() {
    for platform in Platform::ALL {
        run(&["check-manifest", &path(platform)])
            .ends(0, &[])
            .prints("nothing to mend");
        let machine = run(&["check-manifest", &path(platform), "--format", "json"]);
        machine.ends(0, &[]);
        assert_eq!(machine.json(), json!([]));
    }
}

#[test]
fn check_manifest_leads_to_the_line() {
    let manifest = Manifest::of(Platform::D3);
    let text = manifest
        .text
        .replacen("\"source\": \".severity\"", "\"source\": \".severty\"", 1);
    let wrong = file(&text, ".json");
    let name = wrong.display().to_string();
    let line = 1 + text
        .lines()
        .position(|line| line.contains(".severty"))
        .unwrap();
    let place = format!("{name}:{line}:");
    run(&["check-manifest", &name]).ends(
        1,
        &[&place, "/eventSource/fields/6/source", "1 thing to mend"],
    );
    let told = run(&["check-manifest", &name, "--format", "json"]);
    told.ends(1, &[]);
    assert_eq!(told.json()[0]["line"], line);
    assert_eq!(told.json()[0]["pointer"], "/eventSource/fields/6/source");
}

#[test]
fn a_manifest_that_is_not_there_is_wrong_usage() {
    run(&["check-manifest", "/no/such/manifest.json"])
        .ends(2, &["/no/such/manifest.json cannot be read"]);
    run(&["map", "--manifest", "/no/such/manifest.json"]).ends(2, &["cannot be read"]);
    run(&["check-manifest"]).ends(2, &["Usage"]);
}

#[test]
fn map_makes_a_record_of_every_signal_from_a_file_or_standard_input() {
    let lines: String = signals().iter().map(|line| format!("{line}\n\n")).collect();
    let signals_file = file(&lines, ".jsonl");
    let name = signals_file.display().to_string();
    for platform in Platform::ALL {
        let manifest = path(platform);
        let from_file = run(&["map", "--manifest", &manifest, "--signals", &name]);
        from_file.ends(0, &[]);
        assert_eq!(from_file.out.lines().count(), signals().len());
        for line in from_file.out.lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            assert!(record.is_object());
        }
        let mut piped = command(&["map", "--manifest", &manifest]);
        piped.stdin(std::fs::File::open(&signals_file).unwrap());
        let piped = finish(piped.output().unwrap());
        assert_eq!(piped.out, from_file.out);
    }
}

#[test]
fn a_line_that_is_no_signal_is_named_and_the_others_are_mapped() {
    let signal = signals()[0].as_bytes();
    let lines: [&[u8]; 6] = [
        &[b"\xEF\xBB\xBF", signal].concat(),
        b"{\"a\": 1}",
        b"{\"raw\": {\"id\": }}",
        b"{\"raw\": {\"id\": \"\xFF}}",
        b"",
        signal,
    ];
    let signals_file = file("", ".jsonl");
    std::fs::write(&signals_file, lines.join(&b'\n')).unwrap();
    let name = signals_file.display().to_string();
    let manifest = path(Platform::D3);
    let from_file = run(&["map", "--manifest", &manifest, "--signals", &name]);
    let told =
        |line: usize, why: &str| format!("error: line {line} of {name}: this is no signal ({why}");
    from_file.ends(
        1,
        &[
            &told(2, "`raw` is no object)"),
            &told(3, "column "),
            &told(4, "column "),
        ],
    );
    assert!(!from_file.err.contains("line 1"), "{}", from_file.err);
    assert_eq!(from_file.out.lines().count(), 2);
    let mut piped = command(&["map", "--manifest", &manifest]);
    piped.stdin(std::fs::File::open(&signals_file).unwrap());
    finish(piped.output().unwrap())
        .ends(1, &["error: line 2 of standard input: this is no signal"]);
}

#[test]
fn a_product_may_be_written_as_on_the_page() {
    let recording = top().join("host-test/recordings/list-policies/windows.har");
    let recording = recording.display().to_string();
    let typed = [
        "run",
        "list-policies",
        "--product-type",
        "Windows",
        "--limit",
        "12",
    ];
    run(&[&typed[..], &["--replay", &recording]].concat()).ends(0, &[]);
    let input = r#"{"product-type": "Windows", "limit": 12}"#;
    run(&[
        "run",
        "list-policies",
        "--input",
        input,
        "--replay",
        &recording,
    ])
    .ends(0, &[]);
}

#[test]
fn check_manifest_says_where_a_file_is_no_text() {
    let wrong = file("", ".json");
    std::fs::write(&wrong, b"{\n  \"\xC3\xA9\xFF\"").unwrap();
    let name = wrong.display().to_string();
    let place = format!("{name}:2:5: /: this is no UTF-8");
    run(&["check-manifest", &name]).ends(1, &[&place, "1 thing to mend"]);
    run(&["map", "--manifest", &name]).ends(2, &[&place, "no usable manifest"]);
}

#[test]
fn of_many_mistakes_check_manifest_tells_a_hundred() {
    let conductor = Manifest::of(Platform::Conductor);
    let (before, _) = conductor.text.split_once("\"troubleshooting\": [").unwrap();
    let many = vec!["{}"; 20_000].join(",\n");
    let wrong = file(&format!("{before}\"troubleshooting\": [{many}]}}"), ".json");
    let name = wrong.display().to_string();
    let checked = run(&["check-manifest", &name]);
    checked.ends(1, &["at least 100 things to mend"]);
    assert_eq!(checked.err.lines().count(), 101);
}

#[test]
fn map_refuses_a_manifest_with_mistakes() {
    let manifest = Manifest::of(Platform::D3);
    let wrong = file(
        &manifest
            .text
            .replacen("\"root\": \"$\"", "\"root\": \"$[\"", 1),
        ".json",
    );
    run(&["map", "--manifest", &wrong.display().to_string()]).ends(
        2,
        &["/eventSource/root", "no JSONPath", "no usable manifest"],
    );
}
