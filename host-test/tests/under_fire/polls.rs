//! Polls of a cloud that keeps doing something odd: nothing is lost, nothing comes twice, and nothing stops them.

use std::time::Duration;

use host_test::simulator::World;
use serde_json::json;

use crate::harness::identities;
use crate::host::{Host, seconds, start_dates};
use crate::trial::{Setting, Stage};

const TWENTY_HOURS: Duration = Duration::from_secs(20 * 3_600);

/// 140 events in pages of 50, and a body limit that is soon reached.
fn setting(rule: &str) -> Setting {
    Setting::default()
        .fault(rule)
        .with("page-size", 50)
        .with("max-body-bytes", 1_048_576)
        .world(|world| (world.events, world.events_over) = (140, TWENTY_HOURS))
}

/// The remarks of all polls.
fn remarks(host: &Host<'_>) -> String {
    let remarks = host
        .reports
        .iter()
        .flat_map(|report| report.remarks.clone());
    remarks.collect::<Vec<String>>().join("\n")
}

#[test]
fn bad_item_is_delivered_with_a_remark() {
    for kind in ["surrogate", "utf8", "deep", "number"] {
        let rule = format!("GET /v1/events=bad-item kind={kind}");
        setting(&rule).play(async |stage: &Stage| {
            // The middle of the first page.
            let bad = stage.simulator.event_identities()[25].id.unwrap();
            let mut host = Host::new(stage, json!({}));
            host.catch_up().await;
            host.run(2).await;
            host.has_all_and_each_once();
            let remarks = remarks(&host);
            assert!(remarks.contains(&bad.to_string()), "{kind}: {remarks}");
        });
    }
}

#[test]
fn oversized_item_alone_is_skipped_with_a_remark() {
    setting("GET /v1/events=bad-item kind=oversized bytes=2097152").play(async |stage: &Stage| {
        let bad = stage.simulator.event_identities()[25].clone();
        let mut host = Host::new(stage, json!({}));
        host.catch_up().await;
        host.run(2).await;
        let mut others = identities::listed(&stage.simulator);
        assert!(others.remove(&bad));
        host.has_all_of(&others);
        assert!(!host.events.contains(&bad));
        assert!(!remarks(&host).is_empty());
    });
}

#[test]
fn errors_in_a_200_give_no_cursor() {
    setting("GET /v1/events#1-4=errors-in-200").play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        let failure = host.poll().await.unwrap_err();
        assert_eq!(failure.errors[0].kind, "server", "{failure:?}");
        assert_eq!(host.cursor, None);
        host.catch_up().await;
        host.has_all_and_each_once();
    });
}

#[test]
fn errors_next_to_events_keep_the_start_where_it_is() {
    setting("GET /v1/events=errors-with-data").play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.poll().await.unwrap();
        host.run(3).await;
        host.has_all_and_each_once();
        let starts = start_dates(&stage.simulator);
        assert!(
            starts.windows(2).all(|pair| pair[0] == pair[1]),
            "{starts:?}"
        );
        let remarks = remarks(&host);
        assert!(remarks.contains("search backend timed out"), "{remarks}");
    });
}

#[test]
fn rejected_offset_delivers_what_can_be_read() {
    setting("GET /v1/events=rejected-offset above=60").play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.poll().await.unwrap();
        // Those that the largest page reaches from the largest offset.
        let newest = stage.simulator.event_identities().into_iter().take(100);
        host.run(2).await;
        host.has_all_of(&newest.collect());
        assert!(!remarks(&host).is_empty());
        // What comes later is delivered too.
        let later = stage.simulator.add_event(stage.simulator.now());
        host.run(1).await;
        assert!(host.events.contains(&later));
    });
}

#[test]
fn wrong_date_loses_nothing_and_starts_nowhere_ahead() {
    for rule in [
        "GET /v1/events#1=wrong-date by=365days",
        "GET /v1/events=wrong-date by=25h",
        "GET /v1/events#2-=wrong-date by=365days",
        "GET /v1/events=wrong-date by=-365days",
    ] {
        let setting = setting(rule).world(|world| world.events_per_minute = 10.0);
        setting.play(async |stage: &Stage| {
            let mut host = Host::new(stage, json!({}));
            host.catch_up().await;
            host.run(3).await;
            host.catch_up().await;
            host.has_all_and_each_once();
            let newest = start_dates(&stage.simulator).into_iter().max().unwrap();
            assert!(newest <= seconds(stage.simulator.now()), "{rule}");
        });
    }
}

#[test]
fn list_by_arrival_delivers_what_arrived_late() {
    let late = |world: &mut World| {
        (world.events_per_minute, world.late_percent) = (20.0, 30.0);
        world.late_by = Duration::from_secs(3 * 3_600);
    };
    setting("GET /v1/events=list-by-arrival")
        .world(late)
        .play(async |stage: &Stage| {
            let mut host = Host::new(stage, json!({}));
            host.catch_up().await;
            host.run(12).await;
            host.has_all_and_each_once();
        });
}

#[test]
fn missing_page_is_delivered_once_it_is_there() {
    for items in ["none", "first-page"] {
        let rule = format!("GET /v1/events#1-6=missing-page items={items}");
        setting(&rule).play(async |stage: &Stage| {
            let mut host = Host::new(stage, json!({}));
            host.catch_up().await;
            host.run(4).await;
            host.has_all_and_each_once();
        });
    }
}
