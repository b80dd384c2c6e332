//! Half a surrogate pair in one item of a list cost the whole page, and stopped the intake.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::case_file;
use super::harness::program::run;

#[test]
fn poll_delivers_all_thirty_events() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Line<'a> {
        event_id: String,
        file_name: Option<String>,
        #[serde(borrow)]
        raw: &'a RawValue,
    }
    let har = case_file("01-half-a-surrogate-pair/poll.har");
    let run = run(&["poll", "--replay", &har]);
    run.ends(0, &[]);
    let lines: Vec<Line<'_>> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 30);
    let bad: Vec<&Line<'_>> = lines
        .iter()
        .filter(|line| line.raw.get().contains(r"\ud83d"))
        .collect();
    assert_eq!(bad.len(), 1);
    let name = bad[0].file_name.as_deref().unwrap();
    assert!(name.contains('\u{fffd}'), "{name}");
    let report: Value = serde_json::from_str(run.err.lines().last().unwrap()).unwrap();
    let remarks = report["remarks"].as_array().unwrap();
    assert_eq!(remarks.len(), 1);
    assert!(remarks[0].as_str().unwrap().contains(&bad[0].event_id));
    assert_eq!(
        (&report["delivered"], &report["skipped"]),
        (&30.into(), &0.into())
    );
}

#[test]
fn get_computers_returns_all_and_names_the_bad_one() {
    let har = case_file("01-half-a-surrogate-pair/get-computers.har");
    let run = run(&["run", "get-computers", "--replay", &har]);
    run.ends(0, &[]);
    run.prints("\u{fffd}").prints("half a surrogate pair");
    for number in 1..=3 {
        run.prints(&format!("0000000{number}-5f0e-4c7d-9a51-3f6f0f6c2d11"));
    }
}
