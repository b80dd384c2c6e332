//! One wrong `Date` at the first poll moved the window by a year.

use super::replay_poll;

#[test]
fn date_ahead_is_reported_and_moves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let cursor = directory.path().join("x.cur");
    let output = replay_poll("07-date-ahead-at-the-first-poll/poll.har", &cursor, &[]);
    output.ends(
        0,
        &["2027-05-01T10:00:00Z", "2026-05-01T10:00:00Z", "disagree"],
    );
    assert_eq!(output.out.lines().count(), 20);
    assert!(cursor.exists());
}
