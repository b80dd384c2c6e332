//! Events, polled through the component.

use std::sync::{Arc, OnceLock};

use host_test::egress::Live;
use host_test::har::response_body;
use host_test::intake::Poll;
use host_test::settings::Settings;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::harness;
use crate::harness::recordings;
use crate::harness::server::{Answer, Server};

/// A page of events.
#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
}

/// Every event of every recording, once, the newest first, as AMP wrote it.
fn recorded() -> Vec<Box<RawValue>> {
    let mut events: Vec<(i64, i64, u64, Box<RawValue>)> = Vec::new();
    for recording in recordings::all() {
        for entry in recording.read().log.entries {
            if !entry.request.url.contains("/v1/events?") {
                continue;
            }
            let body = response_body(&entry.response).unwrap_or_default();
            let Ok(page) = serde_json::from_slice::<Page>(&body) else {
                continue;
            };
            for raw in page.data {
                let event: Value = serde_json::from_str(raw.get()).unwrap();
                let number = |key: &str| event[key].as_i64().unwrap_or(0);
                let id = event["id"].as_u64().unwrap();
                if !events.iter().any(|(.., known, _)| *known == id) {
                    events.push((
                        number("timestamp"),
                        number("timestamp_nanoseconds"),
                        id,
                        raw,
                    ));
                }
            }
        }
    }
    events.sort_by_key(|(second, fraction, id, _)| (-second, -fraction, *id));
    events.into_iter().map(|(.., raw)| raw).collect()
}

/// The recorded events as signals, the oldest first: the signals that the component's poll makes of them.
pub fn signals() -> &'static [String] {
    static SIGNALS: OnceLock<Vec<String>> = OnceLock::new();
    SIGNALS.get_or_init(|| {
        let events = recorded();
        let events: Vec<&str> = events.iter().map(|event| event.get()).collect();
        poll(&events, "2026-05-02T00:00:00Z")
    })
}

/// The signals of events, which are listed the newest first, by a poll of the component at this time; the oldest first.
pub fn poll(events: &[&str], now: &str) -> Vec<String> {
    let total = events.len();
    let body = format!(
        r#"{{"version":"v1.2.0","metadata":{{"results":{{"total":{total},"current_item_count":{total},"index":0,"items_per_page":500}}}},"data":[{}]}}"#,
        events.join(",")
    );
    let server = Server::start(Answer::With(200, String::new(), body));
    let settings = json!({"server-url": server.url, "client-id": "0123456789abcdef0123", "api-key": "5e5a3e00-dead-4bee-8bad-0123456789ab"});
    let settings = Settings::from_json(settings.as_object().unwrap().clone()).unwrap();
    let request = json!({"first-window-hours": 720});
    let intake = harness::intake();
    let poll = Poll::new(intake, &settings, request.as_object().unwrap().clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let polled = runtime.unwrap().block_on(async {
        let live = Arc::new(Live::new(None).unwrap());
        let now = humantime::parse_rfc3339(now).unwrap();
        poll.make(harness::plugin(), live, Some(now)).await.unwrap()
    });
    let batch = polled
        .answer
        .unwrap_or_else(|refused| panic!("{}", refused.errors[0].message));
    assert_eq!(batch.signals.len(), total, "{:#?}", batch.report.remarks);
    // The port is another one in each run.
    let authority = server.url.trim_start_matches("http://");
    let lines = batch.signals.iter().map(|signal| signal.line());
    lines
        .map(|line| line.replace(authority, "console.amp.example"))
        .collect()
}
