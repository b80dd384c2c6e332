//! A host in miniature: it polls, and stores the signals and the cursor of a poll together, or neither.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use host_test::intake::{Batch, Poll, PollReport, Polled, Refused};
use host_test::simulator::{API_KEY, EventIdentity, Simulator};
use serde_json::{Map, Value};

use crate::harness::{self, identities};
use crate::trial::Stage;

/// How often a host polls.
pub const INTERVAL: Duration = Duration::from_secs(300);
/// More polls in a row than any backlog here takes.
const MOST_POLLS: usize = 2_000;

pub struct Host<'a> {
    stage: &'a Stage,
    request: Map<String, Value>,
    /// What its clock shows; none is the cloud's own time.
    pub clock: Option<SystemTime>,
    /// The cursor that was stored last.
    pub cursor: Option<String>,
    /// The identities of the stored signals, in their order.
    pub events: Vec<EventIdentity>,
    /// The most linear memory that any poll took.
    pub memory: usize,
    /// The report of every poll that gave a batch.
    pub reports: Vec<PollReport>,
}

impl<'a> Host<'a> {
    /// A host that makes requests with these fields.
    pub fn new(stage: &'a Stage, request: Value) -> Self {
        Self {
            stage,
            request: request.as_object().unwrap().clone(),
            clock: None,
            cursor: None,
            events: Vec::new(),
            memory: 0,
            reports: Vec::new(),
        }
    }

    /// Polls once; what comes of it is stored.
    pub async fn poll(&mut self) -> Result<Batch, Refused> {
        let mut request = self.request.clone();
        request.extend(
            self.cursor
                .clone()
                .map(|cursor| ("cursor".to_owned(), Value::String(cursor))),
        );
        let now = self.clock.unwrap_or_else(|| self.stage.simulator.now());
        let polled = polled(self.stage, request, now).await;
        self.memory = self.memory.max(polled.memory);
        let batch = polled.answer?;
        check(&batch, &self.request);
        let events = batch.signals.iter().map(|signal| signal.raw().get());
        self.events.extend(events.map(identities::of));
        self.cursor = Some(batch.cursor.clone());
        self.reports.push(batch.report.clone());
        Ok(batch)
    }

    /// Polls until it has caught up, whatever fails in between; gives all batches.
    pub async fn catch_up(&mut self) -> Vec<Batch> {
        let mut batches = Vec::new();
        for _ in 0..MOST_POLLS {
            match self.poll().await {
                Ok(batch) => {
                    let more = batch.more;
                    batches.push(batch);
                    if !more {
                        return batches;
                    }
                }
                Err(refused) => {
                    let wait = refused.errors[0].retry_after_seconds;
                    tokio::time::sleep(wait.map_or(INTERVAL, Duration::from_secs)).await;
                }
            }
        }
        panic!("it never catches up: {:?}", self.reports.last());
    }

    /// The same every five minutes, so many times.
    pub async fn run(&mut self, times: usize) {
        for _ in 0..times {
            tokio::time::sleep(INTERVAL).await;
            self.catch_up().await;
        }
    }

    /// Requests that the cloud was sent so far.
    pub fn requests(&self) -> u64 {
        self.stage.simulator.counts().total
    }

    /// Fails unless exactly the cloud's events are stored, each once, however many entries of the list it has.
    #[track_caller]
    pub fn has_all_and_each_once(&self) {
        let listed = identities::listed(&self.stage.simulator);
        self.has_all_of(&listed);
        assert_eq!(self.events.len(), listed.len(), "stored and listed events");
    }

    /// Fails unless these events are stored, and every one that is stored is stored once.
    #[track_caller]
    pub fn has_all_of(&self, events: &BTreeSet<EventIdentity>) {
        let stored: BTreeSet<EventIdentity> = self.events.iter().cloned().collect();
        let lost: Vec<&EventIdentity> = events.difference(&stored).collect();
        assert!(lost.is_empty(), "{} lost: {lost:?}", lost.len());
        let doubled = self.events.len() - stored.len();
        assert_eq!(doubled, 0, "stored twice");
    }
}

/// Makes a poll. It must come to an answer, with the key nowhere in it.
pub async fn polled(stage: &Stage, request: Map<String, Value>, now: SystemTime) -> Polled {
    let poll = Poll::new(harness::intake(), &stage.settings, request)
        .unwrap_or_else(|error| panic!("{error}"));
    let polled = poll
        .make(harness::plugin(), Arc::clone(&stage.egress), Some(now))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let told = format!("{:?} {}", polled.notes, polled.said);
    assert!(!told.contains(API_KEY), "the key is told: {told}");
    if let Err(refused) = &polled.answer {
        assert!(!format!("{refused:?}").contains(API_KEY), "{refused:?}");
    }
    polled
}

/// What holds for every batch.
#[track_caller]
fn check(batch: &Batch, request: &Map<String, Value>) {
    let times: Vec<i64> = batch
        .signals
        .iter()
        .map(host_test::intake::Signal::timestamp)
        .collect();
    assert!(times.is_sorted(), "not the oldest first: {times:?}");
    let most = request
        .get("max-signals")
        .and_then(Value::as_u64)
        .unwrap_or(500);
    assert!(times.len() as u64 <= most, "{} signals", times.len());
    assert_eq!(batch.report.delivered as usize, times.len());
    for signal in &batch.signals {
        let (key, raw) = (signal.unique_event_key(), signal.raw().get());
        assert!(
            identities::has_key(&identities::of(raw), key),
            "{key} of {raw}"
        );
    }
    // Its bound: for the most known events, and those of one second (5,000 in one test).
    assert!(batch.cursor.len() < 61_000, "{}", batch.cursor.len());
}

/// The `start_date` of every request for events so far, in seconds since 1970.
pub fn start_dates(simulator: &Simulator) -> Vec<i64> {
    let log = simulator.log();
    let dates = log.iter().filter_map(|served| {
        let (_, after) = served.request.split_once("start_date=")?;
        let date = after.split('&').next()?.replace("%3A", ":");
        Some(seconds(humantime::parse_rfc3339(&date).unwrap()))
    });
    dates.collect()
}

/// In seconds since 1970.
pub fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}
