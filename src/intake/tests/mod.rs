//! The intake against a model of the cloud: the scenarios of the lessons, and thousands of random histories.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::*;
use crate::connection::Connection;
use crate::contract::exports::conductor::secure_endpoint::connection::Settings;
use crate::contract::exports::conductor::secure_endpoint::intake::Severity;

mod cloud;
mod contradictions;
mod histories;
mod scenarios;

use cloud::{BEGIN, Cloud, ModelEvent, world};

const DAY: i64 = 86_400;

fn connection(page_size: u32) -> Connection {
    Connection::from_settings(&Settings {
        server_url: "api.amp.cisco.com".to_owned(),
        client_id: "id".to_owned(),
        api_key: "key".to_owned(),
        api_version: None,
        connect_timeout_ms: None,
        first_byte_timeout_ms: None,
        call_timeout_ms: None,
        max_attempts: Some(1),
        max_in_flight: None,
        page_size: Some(page_size),
        max_body_bytes: None,
    })
    .map_err(|error| error.message)
    .unwrap()
}

fn nothing_asked() -> PollRequest {
    PollRequest {
        cursor: None,
        max_signals: None,
        first_window_hours: None,
        late_window_minutes: None,
        event_types: None,
        group_guids: None,
        connector_guids: None,
        min_severity: None,
        include_without_severity: None,
    }
}

/// A host that polls and stores.
struct Host {
    cloud: Rc<RefCell<Cloud>>,
    connection: Connection,
    request: PollRequest,
    /// What tests identify the stored events by, in their order.
    stored: Vec<u64>,
    /// Their keys.
    keys: Vec<String>,
    polls: usize,
}

impl Host {
    fn new(cloud: Cloud, page_size: u32) -> Self {
        Self {
            cloud: Rc::new(RefCell::new(cloud)),
            connection: connection(page_size),
            request: nothing_asked(),
            stored: Vec::new(),
            keys: Vec::new(),
            polls: 0,
        }
    }

    /// One poll, without storing anything.
    fn poll(&mut self) -> Result<Batch, CommandError> {
        self.polls += 1;
        assert!(self.polls < 20_000, "polls without end");
        let world = world(&self.cloud);
        let amp = Amp::new(&world, &self.connection);
        let server = self.connection.origin.to_string();
        let mut options = PollOptions::check(&self.request, &server)?;
        // As much shorter than what the cloud keeps as the plugin takes it to be, and a poll's time.
        let kept = self.cloud.borrow().retention / 30 * 28;
        options.retention = kept - 500;
        world.block_on(poll_with(&amp, &options, &server))
    }

    fn store(&mut self, batch: &Batch) {
        let mut last = i64::MIN;
        for signal in &batch.signals {
            assert!(signal.timestamp >= last, "not the oldest first");
            last = signal.timestamp;
            let event: serde_json::Value = serde_json::from_str(&signal.raw).unwrap();
            self.stored.push(event["uid"].as_u64().unwrap());
            self.keys.push(signal.unique_event_key.clone());
        }
        self.request.cursor = Some(batch.cursor.clone());
    }

    /// Polls and stores until it has caught up; gives the number of requests.
    fn drain(&mut self) -> usize {
        let before = self.cloud.borrow().requests;
        loop {
            let Ok(batch) = self.poll() else {
                panic!("a poll failed")
            };
            self.store(&batch);
            if !batch.more {
                return self.cloud.borrow().requests - before;
            }
        }
    }

    fn later(&self, seconds: i64) {
        self.cloud.borrow_mut().now += seconds;
    }

    fn add(&self, id: u64, second: i64, listed: i64) {
        self.cloud
            .borrow_mut()
            .events
            .push(ModelEvent::new(id, second, listed));
    }

    /// Holds what was stored against what the cloud ever listed: each once, none missing.
    fn assert_exactly_once(&self) {
        let mut times: BTreeMap<u64, i32> = BTreeMap::new();
        for id in &self.stored {
            *times.entry(*id).or_default() += 1;
        }
        let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "delivered more than once: {twice:?}");
        let cloud = self.cloud.borrow();
        let lost: Vec<_> = cloud
            .events
            .iter()
            .filter(|event| !times.contains_key(&event.uid))
            .collect();
        let first = lost.iter().take(3).collect::<Vec<_>>();
        assert!(lost.is_empty(), "{} are lost: {first:?}, ...", lost.len());
        let keys: BTreeSet<&String> = self.keys.iter().collect();
        assert_eq!(keys.len(), self.keys.len(), "two events share a key");
    }
}

fn quiet_cloud() -> Cloud {
    Cloud {
        now: BEGIN,
        retention: 30 * DAY,
        dated: true,
        longest_page: 500,
        ..Cloud::default()
    }
}

fn backlog(count: u64) -> Host {
    let mut cloud = quiet_cloud();
    cloud.events = (0..count)
        .map(|number| {
            let second = BEGIN - DAY + 60 + (number * 86_000 / count) as i64;
            ModelEvent::new((second as u64) << 32 | number, second, second)
        })
        .collect();
    Host::new(cloud, 500)
}
