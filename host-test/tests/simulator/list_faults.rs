//! Faults of lists: by arrival, a rejected offset, a missing page.

use std::time::Duration;

use host_test::simulator::{Plan, Simulator, World};
use serde_json::Value;

use super::{ask, events, world};

const HOUR: Duration = Duration::from_secs(3600);

fn faulty(rule: &str, change: impl FnOnce(&mut World)) -> Simulator {
    Simulator::new(world(change)).with_faults(Plan::default().with(rule).unwrap())
}

#[tokio::test(start_paused = true)]
async fn list_by_arrival_sorts_and_filters_by_arrival() {
    let simulator = faulty("GET /v1/events=list-by-arrival", |world| world.events = 20);
    let usual = Simulator::new(world(|world| world.events = 20));
    let (_, before) = ask(&simulator, "GET", "/v1/events", "").await;
    assert_eq!(
        before["data"],
        ask(&usual, "GET", "/v1/events", "").await.1["data"]
    );

    tokio::time::sleep(HOUR).await;
    let late = simulator.add_event(simulator.now() - 3 * HOUR);
    let newest = simulator.add_event(simulator.now());
    let later = simulator.add_event(simulator.now() - 2 * HOUR);
    let (_, all) = ask(&simulator, "GET", "/v1/events", "").await;
    assert_eq!(
        events(&all)[..3],
        [later.clone(), newest.clone(), late.clone()]
    );
    assert_eq!(events(&all)[3..], events(&before));
    // The start is compared with the time of arrival, so a late event is listed although its time lies before.
    let start = humantime::format_rfc3339_seconds(simulator.now() - HOUR / 2);
    let (_, last) = ask(
        &simulator,
        "GET",
        &format!("/v1/events?start_date={start}"),
        "",
    )
    .await;
    assert_eq!(events(&last), [later, newest, late]);
    // Filters and pages work as ever.
    let (_, page) = ask(&simulator, "GET", "/v1/events?limit=2&offset=2", "").await;
    assert_eq!(events(&page), events(&all)[2..4]);
}

#[tokio::test(start_paused = true)]
async fn late_events_are_late_by_as_much_as_was_set() {
    let simulator = Simulator::new(world(|world| {
        (world.events, world.events_per_minute, world.late_percent) = (0, 60.0, 50.0);
        world.late_by = 3 * HOUR;
    }));
    let start = simulator.now();
    tokio::time::sleep(HOUR / 12).await;
    let start = i64::try_from(
        start
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    )
    .unwrap();
    let late: Vec<i64> = simulator
        .event_identities()
        .iter()
        .map(|event| start - event.timestamp)
        .filter(|late| *late > 15 * 60)
        .collect();
    assert!(
        late.len() > 50 && late.iter().all(|late| *late <= 3 * 3600),
        "{late:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn rejected_offset_rejects_offsets_above_it() {
    let simulator = faulty("GET /v1/computers=rejected-offset above=10", |_| ());
    let (status, page) = ask(&simulator, "GET", "/v1/computers?limit=5&offset=10", "").await;
    assert_eq!((status, page["data"].as_array().unwrap().len()), (200, 5));
    let (status, body) = ask(&simulator, "GET", "/v1/computers?limit=5&offset=11", "").await;
    let details = &body["errors"][0]["details"][0];
    let expected = "invalid offset: should be integer between 0 and 10 inclusive";
    assert_eq!((status, details.as_str()), (400, Some(expected)));
}

#[tokio::test(start_paused = true)]
async fn missing_page_is_empty_or_repeats_the_first() {
    let simulator = faulty("GET /v1/computers=missing-page", |_| ());
    let repeating = faulty(
        "GET /v1/computers=missing-page items=first-page offset=20",
        |_| (),
    );
    let page = async |simulator: &Simulator, offset: u64| {
        let path = format!("/v1/computers?limit=10&offset={offset}");
        ask(simulator, "GET", &path, "").await.1
    };
    let items = |page: &Value| page["data"].as_array().unwrap().clone();
    let first = page(&simulator, 0).await;
    for (offset, expected) in [(0, 10), (10, 0), (20, 0), (30, 10)] {
        let page = page(&simulator, offset).await;
        let results = &page["metadata"]["results"];
        assert_eq!(items(&page).len(), expected, "offset {offset}");
        assert_eq!(
            (&results["total"], &results["index"]),
            (&40.into(), &offset.into())
        );
        // The next page is named all the same.
        assert_eq!(page["metadata"]["links"]["next"].is_string(), offset < 30);
    }
    assert_eq!(page(&repeating, 0).await["data"], first["data"]);
    assert_ne!(page(&repeating, 10).await["data"], first["data"]);
    let repeated = page(&repeating, 20).await;
    assert_eq!(repeated["data"], first["data"]);
    assert_eq!(repeated["metadata"]["results"]["index"], 20);
}
