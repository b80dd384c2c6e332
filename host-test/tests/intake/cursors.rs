//! Cursors that cannot be right: a clear error, no request, and the old cursor still goes on.

use host::polled;
use host_test::outcome::Trouble;

use super::*;

/// Polls with a cursor that is to be refused; gives the reason.
async fn refused(stage: &Stage, cursor: &str) -> Trouble {
    let request = json!({"cursor": cursor}).as_object().unwrap().clone();
    let before = stage.simulator.counts().total;
    let polled = polled(stage, request, stage.simulator.now()).await;
    let mut refused = polled.answer.expect_err(cursor);
    assert_eq!(refused.errors.len(), 1, "{refused:?}");
    assert_eq!(stage.simulator.counts().total, before, "{cursor}");
    let trouble = refused.errors.remove(0);
    assert_eq!(trouble.kind, "invalid-input", "{trouble:?}");
    assert_eq!(trouble.field.as_deref(), Some("cursor"), "{trouble:?}");
    trouble
}

#[test]
fn a_damaged_cursor_is_refused_and_the_one_before_goes_on() {
    Setting::default().play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({"max-signals": 120}));
        host.poll().await.unwrap();
        let good = host.cursor.clone().unwrap();
        let cut = &good[..good.len() - 5];
        let swapped = good.replacen(
            &good[10..11],
            if &good[10..11] == "A" { "B" } else { "A" },
            1,
        );
        let doubled = format!("{good}{good}");
        for damaged in [cut, &swapped, &doubled, "se2.", "se2.%%%%"] {
            let trouble = refused(stage, damaged).await;
            assert!(trouble.message.contains("corrupt"), "{}", trouble.message);
            let remedy = "Without a cursor the first window begins again";
            assert!(trouble.message.contains(remedy), "{}", trouble.message);
        }
        host.catch_up().await;
        host.has_all_and_each_once();
    });
}

#[test]
fn what_is_no_cursor_is_refused() {
    Setting::default().play(async |stage: &Stage| {
        for text in ["", "2026-05-01T10:00:00Z", "{}", "0", "\u{1f600}"] {
            let trouble = refused(stage, text).await;
            assert!(
                trouble.message.contains("not a cursor"),
                "{}",
                trouble.message
            );
        }
    });
}

#[test]
fn a_cursor_of_a_later_version_is_refused() {
    Setting::default().play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.poll().await.unwrap();
        let later = host.cursor.clone().unwrap().replacen("se2.", "se9.", 1);
        let trouble = refused(stage, &later).await;
        assert!(trouble.message.contains("version"), "{}", trouble.message);
    });
}

#[test]
fn a_cursor_of_another_server_is_refused() {
    let cursor = Setting::default().play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.poll().await.unwrap();
        host.cursor.unwrap()
    });
    let elsewhere = Setting::default().with("server-url", "https://api.eu.amp.cisco.com");
    elsewhere.play(async |stage: &Stage| {
        let trouble = refused(stage, &cursor).await;
        assert!(
            trouble.message.contains("another server"),
            "{}",
            trouble.message
        );
    });
    // The same server, written in another way.
    let the_same = Setting::default().with("server-url", "API.amp.cisco.com/");
    the_same.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.cursor = Some(cursor.clone());
        host.poll().await.unwrap();
        assert!(host.events.is_empty());
    });
}
