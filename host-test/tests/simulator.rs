//! The stand-in for the AMP cloud: what it does in process and in virtual time, and on loopback HTTP, where the program
//! itself asks it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::use_debug,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "simulator/bad_responses.rs"]
mod bad_responses;
#[path = "simulator/event_ids.rs"]
mod event_ids;
mod harness;
#[path = "simulator/list_faults.rs"]
mod list_faults;
#[path = "simulator/loopback.rs"]
mod loopback;
#[path = "simulator/page.rs"]
mod page;

use std::time::Duration;

use bytes::Bytes;
use harness::identities;
use host_test::simulator::{
    API_KEY, Answer, Burst, CLIENT_ID, EventIdentity, Plan, Simulator, World,
};
use http::Request;
use serde_json::Value;

/// Asks with the right credential.
async fn ask(simulator: &Simulator, method: &str, path: &str, body: &'static str) -> (u16, Value) {
    let (status, _, body) = ask_with(simulator, method, path, body, &[]).await;
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn ask_with(
    simulator: &Simulator,
    method: &str,
    path: &str,
    body: &'static str,
    headers: &[(&str, &str)],
) -> (u16, Vec<(String, String)>, Vec<u8>) {
    use base64::Engine as _;
    let credential =
        base64::engine::general_purpose::STANDARD.encode(format!("{CLIENT_ID}:{API_KEY}"));
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://api.amp.cisco.com{path}"))
        .header("authorization", format!("Basic {credential}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let Answer::Response(mut response) = simulator
        .answer(request.body(Bytes::from_static(body.as_bytes())).unwrap())
        .await
    else {
        panic!("no answer")
    };
    let mut whole = Vec::new();
    while let Some(piece) = response.body.next().await {
        whole.extend_from_slice(&piece.expect("a whole body"));
    }
    (response.status, response.headers, whole)
}

/// The identities of the events of a page, in its order.
fn events(page: &Value) -> Vec<EventIdentity> {
    let events = page["data"].as_array().unwrap();
    events
        .iter()
        .map(|event| identities::of(&event.to_string()))
        .collect()
}

fn world(change: impl FnOnce(&mut World)) -> World {
    let mut world = World::default();
    change(&mut world);
    world
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_makes_the_same_organisation_and_another_another() {
    let paths = [
        "/v1/computers",
        "/v1/events",
        "/v1/groups",
        "/v1/policies",
        "/v1/file_lists/application_blocking",
    ];
    let (one, same) = (
        Simulator::new(World::default()),
        Simulator::new(World::default()),
    );
    let other = Simulator::new(world(|world| world.seed = 2));
    for path in paths {
        let answer = ask(&one, "GET", path, "").await;
        assert_eq!(
            (answer.0, &answer),
            (200, &ask(&same, "GET", path, "").await),
            "{path}"
        );
        assert_ne!(
            answer.1["data"],
            ask(&other, "GET", path, "").await.1["data"],
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn every_list_has_pages_that_lead_to_its_end() {
    let simulator = Simulator::new(World::default());
    let list = &simulator.landmarks().block_list_guids[0];
    for path in [
        "/v1/computers",
        "/v1/computers/activity?q=ab",
        "/v1/events",
        "/v1/groups",
        "/v1/policies",
        &format!("/v1/file_lists/{list}/files"),
    ] {
        let mut next = format!(
            "{path}{}limit=3",
            if path.contains('?') { '&' } else { '?' }
        );
        let (mut seen, mut total) = (0, None);
        loop {
            let (status, answer) = ask(&simulator, "GET", &next, "").await;
            assert_eq!(status, 200, "{next}");
            let results = &answer["metadata"]["results"];
            seen += results["current_item_count"].as_u64().unwrap();
            assert!(
                total.is_none() || total == results["total"].as_u64(),
                "{next}"
            );
            total = results["total"].as_u64();
            match answer["metadata"]["links"]["next"].as_str() {
                Some(link) => {
                    next = link
                        .trim_start_matches("https://api.amp.cisco.com")
                        .to_owned()
                }
                None => break,
            }
        }
        assert_eq!(Some(seen), total, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn filters_filter() {
    let simulator = Simulator::new(World::default());
    let here = simulator.landmarks();
    let total = async |path: &str| {
        ask(&simulator, "GET", path, "").await.1["metadata"]["results"]["total"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(total("/v1/computers").await, 40);
    assert_eq!(
        total("/v1/computers?hostname%5B%5D=fin-ws-1").await,
        2,
        "FIN-WS-1 and FIN-WS-10"
    );
    assert_eq!(
        total("/v1/computers?hostname[]=FIN-WS-2&hostname[]=SRV-2").await,
        2
    );
    let group = total(&format!(
        "/v1/computers?group_guid[]={}",
        here.group_guids[0]
    ))
    .await;
    assert!((1..40).contains(&group), "{group}");
    for (path, least) in [
        ("event_type[]=1090519054", 10),
        ("event_type=553648130", 10),
        (&*format!("connector_guid[]={}", here.connector_guids[0]), 1),
        (&*format!("detection_sha256={}", here.event_hash), 1),
        (&*format!("application_sha256={}", here.acting_hash), 1),
        ("start_date=2026-05-01T09:00:00%2B00:00", 5),
    ] {
        let found = total(&format!("/v1/events?{path}")).await;
        assert!((least..200).contains(&found), "{path}: {found}");
    }
    assert_eq!(
        total("/v1/policies?product[]=windows&product[]=mac").await,
        4
    );
    assert_eq!(
        total("/v1/policies?name[]=Finance").await,
        6,
        "a policy of that name for each product"
    );
    assert_eq!(total("/v1/groups?name=finance").await, 4);
    assert_eq!(
        total("/v1/file_lists/simple_custom_detections?name[]=Quick%20SCD").await,
        1
    );
}

#[tokio::test(start_paused = true)]
async fn what_amp_would_refuse_is_refused() {
    let simulator = Simulator::new(World::default());
    let here = simulator.landmarks();
    let (list, unknown, free) = (&here.block_list_guids[0], &here.unknown_guid, &here.free[0]);
    for (method, path, body, status, detail) in [
        (
            "GET",
            "/v1/computers?limit=501",
            "",
            400,
            "limit is invalid",
        ),
        ("GET", "/v1/computers?limit=0", "", 400, "limit is invalid"),
        (
            "GET",
            "/v1/computers?colour=red",
            "",
            400,
            "colour is not a valid parameter",
        ),
        (
            "GET",
            "/v1/events?start_date=yesterday",
            "",
            400,
            "start_date is invalid",
        ),
        (
            "GET",
            "/v1/events?connector_guid[]=x",
            "",
            400,
            "connector_guid is invalid",
        ),
        ("GET", "/v1/computers/activity?q=e", "", 400, "too broad"),
        (
            "GET",
            &format!("/v1/computers/{unknown}"),
            "",
            404,
            "Computer not found",
        ),
        (
            "GET",
            &format!("/v1/policies/{unknown}"),
            "",
            404,
            "Policy not found",
        ),
        (
            "POST",
            &format!("/v1/file_lists/{unknown}/files/{}", here.free_hash),
            "",
            404,
            "File List not found",
        ),
        (
            "POST",
            &format!("/v1/file_lists/{list}/files/{}", here.blocked_hash),
            "",
            409,
            "already been taken",
        ),
        (
            "DELETE",
            &format!("/v1/file_lists/{list}/files/{}", here.free_hash),
            "",
            404,
            "Imn File List Item not found",
        ),
        (
            "POST",
            "/v1/groups",
            "{\"name\":\"a<b\"}",
            400,
            "invalid characters",
        ),
        ("POST", "/v1/groups", "{name", 400, "not valid JSON"),
        (
            "PUT",
            &format!("/v1/computers/{}/isolation", here.isolated[0]),
            "",
            409,
            "already isolated",
        ),
        (
            "PUT",
            &format!("/v1/computers/{}/isolation", here.unavailable[0]),
            "",
            409,
            "not available",
        ),
        (
            "DELETE",
            &format!("/v1/computers/{free}/isolation"),
            "",
            409,
            "not isolated",
        ),
        (
            "PUT",
            &format!("/v1/computers/{free}/isolation"),
            "{\"unlock_code\":\"a b\"}",
            400,
            "Unlock Code is invalid",
        ),
        ("GET", "/v1/nothing", "", 404, "not part of the API"),
    ] {
        let (found, answer) = ask(&simulator, method, path, body).await;
        let said = answer["errors"][0]["details"][0]
            .as_str()
            .unwrap_or_default();
        assert!(
            found == status && said.contains(detail),
            "{method} {path}: {found} {answer}"
        );
    }
    assert_eq!(simulator.counts().writes_applied, 0);
    let stranger = Request::get("https://api.amp.cisco.com/v1/version")
        .header("authorization", "Basic eDp5")
        .body(Bytes::new());
    let Answer::Response(response) = simulator.answer(stranger.unwrap()).await else {
        panic!("no answer")
    };
    assert_eq!(response.status, 401);
    let reader = Simulator::new(world(|world| world.read_only = true));
    assert_eq!(
        ask(&reader, "POST", "/v1/groups", "{\"name\":\"x\"}")
            .await
            .0,
        403
    );
}

#[tokio::test(start_paused = true)]
async fn isolation_is_pending_until_the_computer_confirms() {
    let simulator = Simulator::new(World::default());
    let path = format!("/v1/computers/{}/isolation", simulator.landmarks().free[0]);
    let status = async || {
        ask(&simulator, "GET", &path, "").await.1["data"]["status"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(status().await, "not_isolated");
    let (code, started) = ask(&simulator, "PUT", &path, "{\"comment\":\"case\"}").await;
    assert_eq!(
        (code, started["data"]["status"].as_str()),
        (200, Some("pending_start"))
    );
    assert_eq!(ask(&simulator, "DELETE", &path, "").await.0, 409);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(status().await, "isolated");
    assert_eq!(
        ask(&simulator, "DELETE", &path, "").await.1["data"]["status"],
        "pending_stop"
    );
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(status().await, "not_isolated");
    let (code, headers, _) = ask_with(&simulator, "OPTIONS", &path, "", &[]).await;
    assert!(
        code == 204 && headers.contains(&("Allow".to_owned(), "OPTIONS, GET, PUT".to_owned())),
        "{headers:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_budget_renews_an_hour_after_the_windows_first_request() {
    let simulator = Simulator::new(world(|world| world.quota = 3));
    let left = async || {
        let (status, headers, _) = ask_with(&simulator, "GET", "/v1/version", "", &[]).await;
        let header = |name: &str| {
            headers
                .iter()
                .find(|(other, _)| other == name)
                .unwrap()
                .1
                .parse::<u64>()
                .unwrap()
        };
        (
            status,
            header("X-RateLimit-Remaining"),
            header("X-RateLimit-Reset"),
        )
    };
    assert_eq!(left().await, (200, 2, 3600));
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(
        (left().await, left().await, left().await),
        ((200, 1, 3000), (200, 0, 3000), (429, 0, 3000))
    );
    tokio::time::sleep(Duration::from_secs(3000)).await;
    assert_eq!(left().await, (200, 2, 3600));
}

#[tokio::test(start_paused = true)]
async fn events_keep_arriving_some_of_them_late_and_some_all_at_once() {
    let simulator = Simulator::new(world(|world| {
        (world.events, world.events_per_minute, world.late_percent) = (10, 60.0, 20.0);
        world.bursts = vec![Burst {
            count: 700,
            after: Duration::from_secs(90),
        }];
    }));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let minute = simulator.event_identities();
    assert_eq!(minute.len(), 70);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let all = simulator.event_identities();
    assert_eq!(all.len(), 830);
    let (mut seconds, mut last) = (std::collections::BTreeMap::new(), i64::MAX);
    for offset in [0, 500] {
        let (_, page) = ask(
            &simulator,
            "GET",
            &format!("/v1/events?offset={offset}"),
            "",
        )
        .await;
        for event in page["data"].as_array().unwrap() {
            let time = event["timestamp"].as_i64().unwrap();
            assert!(time <= last, "the newest come first");
            last = time;
            *seconds.entry(time).or_insert(0) += 1;
        }
    }
    assert!(
        seconds.values().any(|count| *count >= 700),
        "the burst is in one second"
    );
    // Some of what arrived in the second minute is dated in the first or before the start.
    let start = simulator.now() - Duration::from_secs(60);
    let start = i64::try_from(
        start
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    )
    .unwrap();
    let (_, page) = ask(&simulator, "GET", "/v1/events?offset=500", "").await;
    let late = events(&page)
        .into_iter()
        .filter(|event| !minute.contains(event) && event.timestamp < start);
    assert!(late.count() >= 5);
}

#[tokio::test(start_paused = true)]
async fn a_large_answer_is_compressed_for_those_who_ask() {
    use std::io::Read as _;
    let simulator = Simulator::new(World::default());
    let (_, headers, body) = ask_with(
        &simulator,
        "GET",
        "/v1/computers",
        "",
        &[("accept-encoding", "gzip")],
    )
    .await;
    assert!(
        headers.contains(&("Content-Encoding".to_owned(), "gzip".to_owned())),
        "{headers:?}"
    );
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*body)
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.len() > body.len() && serde_json::from_str::<Value>(&text).is_ok());
    let (_, headers, _) = ask_with(
        &simulator,
        "GET",
        "/v1/version",
        "",
        &[("accept-encoding", "gzip")],
    )
    .await;
    assert!(
        !headers.iter().any(|(name, _)| name == "Content-Encoding"),
        "{headers:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_served_is_counted() {
    let plan = Plan::default().with("GET /v1/version#2=503").unwrap();
    let simulator =
        Simulator::new(world(|world| world.latency = Duration::from_millis(100))).with_faults(plan);
    let guid = simulator.landmarks().connector_guids[0].clone();
    let path = format!("/v1/computers/{guid}");
    tokio::join!(
        ask(&simulator, "GET", "/v1/version", ""),
        ask(&simulator, "GET", &path, "")
    );
    ask(&simulator, "GET", "/v1/version", "").await;
    let counts = simulator.counts();
    assert_eq!(
        (counts.total, counts.most_in_flight, counts.connections),
        (3, 2, 0)
    );
    assert_eq!(
        (
            counts.requests["GET /v1/version"],
            counts.requests["GET /v1/computers/{guid}"]
        ),
        (2, 1)
    );
    assert_eq!(
        (
            counts.answers["200"],
            counts.answers["503"],
            counts.faults["503"]
        ),
        (2, 1, 1)
    );
    assert_eq!(
        simulator.log()[2].at,
        Duration::from_millis(200),
        "the clock is virtual"
    );
}
