//! What the simulator has served, counted: by endpoint, by fault, and how many requests were under way at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

/// How many requests the log keeps: enough for any test, and flat memory for a simulator that runs for days.
const LOGGED: usize = 20_000;

/// What was served, as `GET /_simulator/counts` tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// All requests.
    pub total: u64,
    /// Requests by endpoint: `GET /v1/computers/{guid}`.
    pub requests: BTreeMap<String, u64>,
    /// Answers by status; `none` for requests that got no answer.
    pub answers: BTreeMap<String, u64>,
    /// Connections that were taken; none where nobody used a socket.
    pub connections: u64,
    /// The most requests that were under way at once.
    pub most_in_flight: u64,
    /// Requests that could change something.
    pub writes_sent: u64,
    /// Those that did.
    pub writes_applied: u64,
    /// What befell requests, by the name of the fault.
    pub faults: BTreeMap<String, u64>,
    #[serde(skip)]
    in_flight: u64,
    #[serde(skip)]
    log: VecDeque<Served>,
}

/// One request that was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Since the start.
    pub at: Duration,
    /// Method, path and query.
    pub request: String,
    /// The status that the cloud answered with; none where it never saw the request.
    pub status: Option<u16>,
    /// Whether something changed.
    pub applied: bool,
    /// What befell it.
    pub fault: Option<&'static str>,
}

/// The counters, shared by everything that serves.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts(Arc<Mutex<Tally>>);

impl Counts {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything so far.
    pub(super) fn read(&self) -> Tally {
        self.tally().clone()
    }

    /// How many requests there were so far.
    pub(super) fn read_total(&self) -> u64 {
        self.tally().total
    }

    /// The newest requests, in their order.
    pub(super) fn log(&self) -> Vec<Served> {
        self.tally().log.iter().cloned().collect()
    }

    pub(super) fn connection(&self) {
        let mut tally = self.tally();
        tally.connections = tally.connections.saturating_add(1);
    }

    /// A request begins; it is under way until what this gives is dropped.
    pub(super) fn begin(&self, endpoint: String) -> UnderWay {
        let mut tally = self.tally();
        tally.total = tally.total.saturating_add(1);
        add(&mut tally.requests, endpoint);
        tally.in_flight = tally.in_flight.saturating_add(1);
        tally.most_in_flight = tally.most_in_flight.max(tally.in_flight);
        UnderWay(self.clone())
    }

    /// What came of it is known.
    pub(super) fn served(&self, served: Served, write: bool, told: Option<u16>) {
        let mut tally = self.tally();
        tally.writes_sent = tally.writes_sent.saturating_add(u64::from(write));
        tally.writes_applied = tally
            .writes_applied
            .saturating_add(u64::from(served.applied));
        add(
            &mut tally.answers,
            told.map_or_else(|| "none".to_owned(), |status| status.to_string()),
        );
        if let Some(fault) = served.fault {
            add(&mut tally.faults, fault.to_owned());
        }
        if tally.log.len() >= LOGGED {
            tally.log.pop_front();
        }
        tally.log.push_back(served);
    }
}

fn add(counts: &mut BTreeMap<String, u64>, name: String) {
    let count = counts.entry(name).or_default();
    *count = count.saturating_add(1);
}

/// A request that is under way.
#[derive(Debug)]
pub(super) struct UnderWay(Counts);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut tally = self.0.tally();
        tally.in_flight = tally.in_flight.saturating_sub(1);
    }
}
