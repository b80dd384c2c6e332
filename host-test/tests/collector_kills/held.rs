//! What the collector holds in the end, against what the stand-in has.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use host_test::simulator::EventIdentity;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::harness::identities;
use crate::harness::program::{CLIENT, KEY};
use crate::loopback::Cloud;

/// Events by their identities, each as AMP writes it.
pub type Events = BTreeMap<EventIdentity, String>;

/// Every event of a cloud, as it sends it.
pub fn sent_by(cloud: &Cloud) -> Events {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let events = runtime.unwrap().block_on(async {
        let mut events = Events::new();
        let mut offset = 0;
        loop {
            let page = page(cloud, offset).await;
            offset += page.data.len();
            if page.data.is_empty() {
                return events;
            }
            for raw in page.data {
                let twin = events.insert(identities::of(raw.get()), raw.get().to_owned());
                assert!(
                    twin.is_none_or(|twin| twin == raw.get()),
                    "one identity, two events: {raw}"
                );
            }
        }
    });
    let there = identities::listed(&cloud.simulator);
    assert!(
        events.keys().eq(&there),
        "the simulator lists other events than it has"
    );
    events
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
}

/// A page of the events. What befalls requests befalls these too, so they are repeated.
async fn page(cloud: &Cloud, offset: usize) -> Page {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let url = format!("{}/v1/events?limit=500&offset={offset}", cloud.url);
    let credential = STANDARD.encode(format!("{CLIENT}:{KEY}"));
    for _ in 0..50 {
        let request = http::Request::get(&url)
            .header("authorization", format!("Basic {credential}"))
            .body(Empty::new())
            .unwrap();
        let read = async {
            let response = client.request(request).await.ok()?;
            let is_success = response.status() == 200;
            let body = response.into_body().collect().await.ok()?.to_bytes();
            is_success.then(|| serde_json::from_slice(&body).ok())?
        };
        if let Ok(Some(page)) = tokio::time::timeout(Duration::from_secs(5), read).await {
            return page;
        }
    }
    panic!("the stand-in does not answer")
}

/// The signals of a connection that a database has; fails if one is there twice.
pub fn stored(database: &rusqlite::Connection, connection: &str) -> Events {
    let query = "SELECT unique_event_key, raw FROM signals WHERE connection = ?1";
    let mut query = database.prepare(query).unwrap();
    let rows = query.query_map([connection], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?))
    });
    rows.unwrap()
        .map(|row| {
            let (key, raw): (String, String) = row.unwrap();
            let event = identities::of(&raw);
            assert!(identities::has_key(&event, &key), "{key} of {raw}");
            (event, raw)
        })
        .fold(Events::new(), |mut events, (event, raw)| {
            assert!(!events.contains_key(&event), "stored twice: {raw}");
            events.insert(event, raw);
            events
        })
}

/// Fails unless both are the same, and says where they differ.
#[track_caller]
pub fn same(what: &str, found: &Events, sent: &Events) {
    let lost: Vec<&EventIdentity> = sent
        .keys()
        .filter(|event| !found.contains_key(event))
        .collect();
    let invented: Vec<&EventIdentity> = found
        .keys()
        .filter(|event| !sent.contains_key(event))
        .collect();
    assert!(
        lost.is_empty() && invented.is_empty(),
        "{what}: {} of {} events; lost: {lost:?}; invented: {invented:?}",
        found.len(),
        sent.len()
    );
    for (event, raw) in found {
        assert_eq!(raw, &sent[event], "{what}: {event:?}");
    }
}

/// Events that JSON lines tell of.
pub struct Told {
    pub events: Events,
    /// Lines that tell what a line before them told.
    pub again: u64,
}

/// The lines of a file: each whole, and two that tell of one event the same.
pub fn told(file: &Path) -> Told {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.ends_with('\n'), "the last line is cut short");
    let mut whole: BTreeMap<EventIdentity, &str> = BTreeMap::new();
    let mut told = Told {
        events: Events::new(),
        again: 0,
    };
    for (number, line) in (1..).zip(text.lines()) {
        let (_, raw) = identities::raw_of_line(line);
        let event = identities::of(raw.get());
        told.events.insert(event.clone(), raw.get().to_owned());
        if let Some(before) = whole.insert(event, line) {
            assert_eq!(
                before, line,
                "line {number} differs from one of the same event"
            );
            told.again += 1;
        }
    }
    told
}
