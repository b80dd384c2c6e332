//! Faults of a response: an item that is hard to read, errors in a 200, a wrong date.

use std::time::{Duration, SystemTime};

use host_test::simulator::{Plan, Simulator, World};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{ask, ask_with};

fn faulty(rule: &str) -> Simulator {
    Simulator::new(World::default()).with_faults(Plan::default().with(rule).unwrap())
}

/// The items of a list, each as it was sent.
async fn items(simulator: &Simulator, path: &str) -> Vec<Vec<u8>> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<Box<RawValue>>,
    }
    let (status, _, body) = ask_with(simulator, "GET", path, "", &[]).await;
    assert_eq!(status, 200, "{path}");
    // As Latin-1, for a byte that is not UTF-8 must not end the test.
    let text: String = body.iter().copied().map(char::from).collect();
    let list: List = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let bytes = |item: &RawValue| {
        let letters = item.get().chars();
        letters
            .map(|letter| u8::try_from(letter).unwrap())
            .collect()
    };
    list.data.iter().map(|item| bytes(item)).collect()
}

fn has(item: &[u8], part: &[u8]) -> bool {
    item.windows(part.len()).any(|window| window == part)
}

#[tokio::test(start_paused = true)]
async fn bad_item_is_one_of_the_list_and_hard_to_read() {
    let usual = items(&Simulator::new(World::default()), "/v1/events").await;
    for (parameters, part) in [
        ("", b"\\ud83d\"".as_slice()),
        (" kind=surrogate", b"\\ud83d\""),
        (" kind=utf8", b"\xff\""),
        (" kind=deep levels=200", "[".repeat(200).as_bytes()),
        (" kind=number", b":1e999"),
        (
            " kind=oversized bytes=200000",
            "A".repeat(200_000).as_bytes(),
        ),
    ] {
        let simulator = faulty(&format!("GET /v1/events=bad-item{parameters}"));
        let items = items(&simulator, "/v1/events").await;
        let different: Vec<&Vec<u8>> = items
            .iter()
            .zip(&usual)
            .filter_map(|(item, usual)| (item != usual).then_some(item))
            .collect();
        // A twin of it would be as bad.
        assert!(
            (1..=2).contains(&different.len()),
            "{parameters}: {}",
            different.len()
        );
        for item in different {
            assert!(has(item, part), "{parameters}");
            assert!(
                serde_json::from_slice::<Value>(item).is_err()
                    || has(item, b"AAA")
                    || has(item, b"[[[")
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn bad_item_stays_the_same_one_wherever_it_is_listed() {
    let simulator = faulty("GET /v1/computers=bad-item");
    let bad = async |path: &str| -> Vec<usize> {
        let items = items(&simulator, path).await;
        let bad = items
            .iter()
            .enumerate()
            .filter(|(_, item)| has(item, b"\\ud83d"));
        bad.map(|(place, _)| place).collect()
    };
    assert_eq!(bad("/v1/computers?limit=10").await, [5]);
    assert_eq!(
        bad("/v1/computers?limit=10&offset=10").await,
        Vec::<usize>::new()
    );
    assert_eq!(bad("/v1/computers?limit=2&offset=4").await, [1]);
    assert_eq!(bad("/v1/computers?limit=500").await, [5]);
}

#[tokio::test(start_paused = true)]
async fn bad_item_is_the_object_where_one_is_asked_for() {
    let simulator = faulty("GET /v1/computers/*=bad-item kind=utf8");
    for guid in &simulator.landmarks().connector_guids[..2] {
        let path = format!("/v1/computers/{guid}");
        let (_, _, body) = ask_with(&simulator, "GET", &path, "", &[]).await;
        assert!(has(&body, b"\xff"), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn errors_in_a_200_come_without_data_or_with_them() {
    let simulator = faulty("GET /v1/**=errors-in-200 code=503");
    for (path, data) in [
        ("/v1/computers", serde_json::json!([])),
        ("/v1/version", serde_json::json!({})),
    ] {
        let (status, body) = ask(&simulator, "GET", path, "").await;
        assert_eq!((status, &body["data"]), (200, &data), "{path}");
        assert_eq!(body["errors"][0]["error_code"], 503, "{path}");
    }
    let (_, list) = ask(&simulator, "GET", "/v1/events", "").await;
    assert_eq!(list["metadata"]["results"]["total"], 0);

    let simulator = faulty("GET /v1/**=errors-with-data");
    let (status, body) = ask(&simulator, "GET", "/v1/computers", "").await;
    assert_eq!((status, body["data"].as_array().unwrap().len()), (200, 40));
    assert_eq!(body["errors"][0]["error_code"], 500);
}

#[tokio::test(start_paused = true)]
async fn errors_in_a_200_do_what_was_asked_only_if_told_so() {
    for (rule, applied) in [
        ("POST /v1/groups=errors-in-200", 0),
        ("POST /v1/groups=errors-in-200 applied=true", 1),
        ("POST /v1/groups=errors-with-data", 1),
    ] {
        let simulator = faulty(rule);
        ask(&simulator, "POST", "/v1/groups", "{\"name\":\"x\"}").await;
        assert_eq!(simulator.counts().writes_applied, applied, "{rule}");
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_date_is_off_by_as_much_as_is_given() {
    const DAY: i64 = 24 * 3600;
    for (parameters, off) in [
        ("", DAY),
        (" by=90", 90),
        (" by=365days", 365 * DAY),
        (" by=-1h", -3600),
        (" by=-3600", -3600),
        (" by=-99999999999", -1_777_629_600),
    ] {
        let simulator = faulty(&format!("GET /v1/version=wrong-date{parameters}"));
        let (status, headers, _) = ask_with(&simulator, "GET", "/v1/version", "", &[]).await;
        assert_eq!(status, 200);
        let date = &headers.iter().find(|(name, _)| name == "Date").unwrap().1;
        let seconds = |time: SystemTime| {
            let since: Duration = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
            i64::try_from(since.as_secs()).unwrap()
        };
        let shown = seconds(httpdate::parse_http_date(date).unwrap());
        assert_eq!(shown - seconds(simulator.now()), off, "{parameters}");
    }
}

#[test]
fn a_parameter_that_means_nothing_is_refused() {
    for (rule, why) in [
        (
            "bad-item kind=odd",
            "take surrogate, utf8, deep, number or oversized",
        ),
        ("missing-page items=some", "take none or first-page"),
        ("missing-page offset=-1", "`offset` takes a number"),
        ("wrong-date by=soon", "`by` takes seconds"),
        ("rejected-offset above=all", "`above` takes a number"),
        ("errors-in-200 code=x", "`code` takes a number"),
    ] {
        let error = Plan::default()
            .with(&format!("GET /v1/events={rule}"))
            .unwrap_err();
        assert!(error.to_string().contains(why), "{rule}: {error}");
    }
}
