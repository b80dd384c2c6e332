//! One wrong `Date` at the first poll moved the window by a year.

use super::case_file;
use super::harness::program::run;

#[test]
fn date_ahead_is_reported_and_moves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let cursor = directory.path().join("x.cur");
    let file = case_file("07-date-ahead-at-the-first-poll/poll.har");
    let output = run(&[
        "poll",
        "--replay",
        &file,
        "--cursor",
        cursor.to_str().unwrap(),
    ]);
    output.ends(
        0,
        &["2027-05-01T10:00:00Z", "2026-05-01T10:00:00Z", "disagree"],
    );
    assert_eq!(output.out.lines().count(), 20);
    assert!(cursor.exists());
}
