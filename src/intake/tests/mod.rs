//! The intake against a model of the cloud: the scenarios of the lessons, and thousands of random histories.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::connection::Connection;
use crate::contract::exports::conductor::secure_endpoint::connection::Settings;
use crate::contract::exports::conductor::secure_endpoint::intake::Severity;

mod cloud;

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
    stored: Vec<u64>,
    polls: usize,
}

impl Host {
    fn new(cloud: Cloud, page_size: u32) -> Self {
        Self {
            cloud: Rc::new(RefCell::new(cloud)),
            connection: connection(page_size),
            request: nothing_asked(),
            stored: Vec::new(),
            polls: 0,
        }
    }

    /// One poll, without storing anything.
    fn poll(&mut self) -> Result<Batch, PollError> {
        self.polls += 1;
        assert!(self.polls < 20_000, "polls without end");
        let world = world(&self.cloud);
        let amp = Amp::new(&world, &self.connection);
        world.block_on(poll(&amp, &self.request))
    }

    fn store(&mut self, batch: &Batch) {
        let mut last = i64::MIN;
        for signal in &batch.signals {
            assert!(signal.timestamp >= last, "not the oldest first");
            last = signal.timestamp;
            self.stored.push(signal.unique_event_key.parse().unwrap());
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
        self.cloud.borrow_mut().events.push(ModelEvent {
            id,
            second,
            listed,
            severity: None,
        });
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
            .filter(|event| !times.contains_key(&event.id))
            .collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
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
            ModelEvent {
                id: (second as u64) << 32 | number,
                second,
                listed: second,
                severity: None,
            }
        })
        .collect();
    Host::new(cloud, 500)
}

// Lesson 3.
#[test]
fn a_backlog_of_5000_takes_at_most_13_requests_and_one_of_50000_at_most_105() {
    for (count, most) in [(5_000, 13), (50_000, 105)] {
        let mut host = backlog(count);
        let requests = host.drain();
        host.assert_exactly_once();
        assert!(requests <= most, "{requests} requests for {count}");
    }
}

#[test]
fn a_quiet_poll_takes_one_request() {
    let mut host = backlog(1_000);
    host.drain();
    for _ in 0..5 {
        host.later(300);
        assert_eq!(host.drain(), 1);
    }
    host.assert_exactly_once();
}

// Lesson 2.
#[test]
fn events_of_one_second_are_all_delivered_however_many() {
    for count in [700, 5_000] {
        let mut host = Host::new(quiet_cloud(), 500);
        for id in 0..count {
            host.add(id + 1, BEGIN - 100, BEGIN - 100);
        }
        let requests = host.drain();
        host.later(300);
        host.drain();
        host.assert_exactly_once();
        assert!(
            requests as u64 <= count / 490 + 4,
            "{requests} requests for {count}"
        );
    }
}

// Lesson 1.
#[test]
fn a_list_that_slides_while_it_is_read_loses_and_doubles_nothing() {
    let mut host = backlog(3_000);
    for number in 0..600 {
        host.add(
            1_000_000 + number,
            BEGIN + number as i64 / 3,
            BEGIN + number as i64 / 3,
        );
    }
    host.cloud.borrow_mut().pace = 7;
    host.drain();
    host.later(300);
    host.drain();
    host.assert_exactly_once();
}

// Lesson 4.
#[test]
fn a_filter_that_rarely_hits_still_moves_the_window() {
    let mut host = Host::new(quiet_cloud(), 500);
    host.request.event_types = Some(vec![1_090_519_054]);
    host.add(1, BEGIN - 80_000, BEGIN - 80_000);
    for _ in 0..300 {
        host.drain();
        host.later(300);
    }
    let text = host.request.cursor.clone().unwrap();
    let cursor = Cursor::read(&text, "https://api.amp.cisco.com")
        .ok()
        .unwrap();
    let now = host.cloud.borrow().now;
    assert!(
        cursor.start > now - 2_000 && cursor.known.is_empty(),
        "{cursor:?} at {now}"
    );
    assert_eq!(host.cloud.borrow().requests, 300);
}

// Lesson 5.
#[test]
fn a_failure_at_any_request_loses_nothing() {
    for fault in 0..14 {
        let mut host = backlog(4_000);
        host.cloud.borrow_mut().faults = vec![fault];
        let mut failures = 0;
        loop {
            match host.poll() {
                Ok(batch) => {
                    host.store(&batch);
                    if !batch.more {
                        break;
                    }
                }
                Err(_) => failures += 1,
            }
        }
        host.assert_exactly_once();
        assert!(
            failures <= 1,
            "the failure at request {fault} was met {failures} times"
        );
    }
}

// Lesson 6.
#[test]
fn an_event_that_comes_late_is_delivered() {
    let mut host = backlog(2_000);
    host.drain();
    host.add(77, BEGIN - 200, BEGIN + 400);
    host.add(78, BEGIN - 350, BEGIN + 400);
    host.later(450);
    assert_eq!(host.drain(), 1);
    host.assert_exactly_once();
}

// Lesson 7.
#[test]
fn an_event_from_the_far_future_is_delivered_and_moves_nothing() {
    let mut host = backlog(1_500);
    host.add(99, BEGIN + 3_650 * DAY, BEGIN - 50);
    let requests = host.drain();
    host.add(100, BEGIN + 100, BEGIN + 101);
    host.later(300);
    assert_eq!(host.drain(), 1);
    host.add(101, BEGIN + 500, BEGIN + 501);
    host.later(300);
    host.drain();
    host.assert_exactly_once();
    assert!(requests <= 6, "{requests}");
}

// Lesson 8.
#[test]
fn an_empty_answer_without_metadata_is_a_quiet_poll() {
    use crate::http::scripted::{Reply, Scripted};
    let connection = connection(500);
    for body in [
        r#"{"data":[]}"#,
        r#"{"data":[],"metadata":{}}"#,
        r#"{"data":[],"metadata":{"links":{}}}"#,
    ] {
        let world = Scripted::replies([Reply::new(200, body)]);
        let batch = world
            .block_on(poll(&Amp::new(&world, &connection), &nothing_asked()))
            .ok()
            .unwrap();
        assert!(batch.signals.is_empty() && !batch.more, "{body}");
    }
}

#[test]
fn a_host_whose_clock_is_wrong_loses_nothing() {
    // The scripted world's clock stands at BEGIN, and the cloud's is a day apart in both directions.
    for apart in [-DAY, DAY] {
        let mut host = Host::new(
            Cloud {
                now: BEGIN + apart,
                ..quiet_cloud()
            },
            500,
        );
        for number in 0..50 {
            host.add(
                number + 1,
                BEGIN + apart - 3_600 + number as i64,
                BEGIN + apart - 3_600 + number as i64,
            );
        }
        host.drain();
        for number in 0..50 {
            host.add(
                number + 1_000,
                BEGIN + apart + number as i64,
                BEGIN + apart + number as i64,
            );
        }
        host.later(600);
        host.drain();
        host.assert_exactly_once();
    }
}

#[test]
fn severities_are_filtered_here_and_the_window_moves_all_the_same() {
    let mut host = Host::new(quiet_cloud(), 500);
    for (id, severity) in [
        (1, Some("Low")),
        (2, Some("High")),
        (3, None),
        (4, Some("Critical")),
        (5, Some("Novel")),
    ] {
        host.cloud.borrow_mut().events.push(ModelEvent {
            id,
            second: BEGIN - 100 + id as i64,
            listed: BEGIN - 50,
            severity,
        });
    }
    host.request.min_severity = Some(Severity::High);
    host.drain();
    assert_eq!(host.stored, [2, 3, 4, 5]);
    host.request = PollRequest {
        min_severity: Some(Severity::High),
        include_without_severity: Some(false),
        ..nothing_asked()
    };
    host.stored.clear();
    host.drain();
    assert_eq!(host.stored, [2, 4]);
}

#[test]
fn filters_that_change_double_nothing() {
    let mut host = backlog(900);
    host.drain();
    host.request.event_types = Some(vec![1]);
    host.later(60);
    host.drain();
    host.assert_exactly_once();
}

#[test]
fn a_cursor_stays_small_in_a_drain_and_a_burst_shortens_the_late_window() {
    let mut host = backlog(50_000);
    let mut longest = 0;
    loop {
        let batch = host.poll().ok().unwrap();
        host.store(&batch);
        longest = longest.max(batch.cursor.len());
        if !batch.more {
            break;
        }
    }
    assert!(longest < 10_000, "{longest}");

    let mut host = Host::new(quiet_cloud(), 500);
    for number in 0..12_000_u64 {
        host.add(number + 1, BEGIN - 600 + number as i64 / 30, BEGIN - 10);
    }
    let mut remarks = Vec::new();
    loop {
        let batch = host.poll().ok().unwrap();
        host.store(&batch);
        longest = longest.max(batch.cursor.len());
        remarks.extend(batch.report.remarks);
        if !batch.more {
            break;
        }
    }
    host.assert_exactly_once();
    assert!(longest < 60_000, "{longest}");
    assert!(
        remarks.iter().any(|remark| remark.contains("late window")),
        "{remarks:?}"
    );
}

/// A random life of a tenant.
#[derive(Clone, Debug)]
struct History {
    page_size: u32,
    max_signals: u32,
    late_minutes: u32,
    pace: i64,
    longest_page: usize,
    dated: bool,
    retention: i64,
    /// For each batch of events: the second in which they happen, how many, and by how much they are late.
    arrivals: Vec<(i64, usize, i64)>,
    faults: Vec<usize>,
    /// For each poll: whether the host dies before it stores, and how long it then waits.
    hosts: Vec<(bool, i64)>,
}

fn history() -> impl Strategy<Value = History> {
    let arrival = (
        -7_200..7_200_i64,
        1..9_usize,
        prop_oneof![3 => Just(0), 2 => 0..=900_i64],
    );
    (
        (
            2..7_u32,
            1..12_u32,
            prop_oneof![Just(15_u32), Just(20)],
            0..40_i64,
            1..8_usize,
            any::<bool>(),
        ),
        prop::collection::vec(arrival, 0..60),
        prop::collection::vec(0..400_usize, 0..30),
        prop::collection::vec((prop::bool::weighted(0.3), 0..870_i64), 1..40),
        prop_oneof![2 => Just(30 * DAY), 3 => 3_700..9_000_i64],
    )
        .prop_map(
            |(
                (page_size, max_signals, late_minutes, pace, longest_page, dated),
                arrivals,
                faults,
                hosts,
                retention,
            )| {
                History {
                    page_size,
                    max_signals,
                    late_minutes,
                    pace,
                    longest_page,
                    dated,
                    retention,
                    arrivals,
                    faults,
                    hosts,
                }
            },
        )
}

fn live(history: &History) -> Host {
    let mut cloud = quiet_cloud();
    let mut id = 0;
    for (second, count, late) in &history.arrivals {
        for _ in 0..*count {
            id += 1;
            let second = BEGIN + second;
            cloud.events.push(ModelEvent {
                id: id * 7_919 % 1_000_003,
                second,
                listed: second + late,
                severity: None,
            });
        }
    }
    cloud.pace = history.pace;
    cloud.faults.clone_from(&history.faults);
    // Without the server's time and with a host whose clock stands still, known events would outlive what AMP keeps.
    cloud.dated = history.dated || history.retention < 30 * DAY;
    cloud.longest_page = history.longest_page.max(2);
    cloud.retention = history.retention;
    let mut host = Host::new(cloud, history.page_size);
    host.request.max_signals = Some(history.max_signals);
    host.request.late_window_minutes = Some(history.late_minutes);
    host.request.first_window_hours = Some(12);
    let mut turns = history.hosts.iter().cycle();
    while host.cloud.borrow().now < BEGIN + 10_000 {
        let (dies, wait) = turns.next().unwrap();
        if let Ok(batch) = host.poll() {
            if !dies {
                host.store(&batch);
            }
            if batch.more && !dies {
                continue;
            }
        }
        host.later(wait + 30);
    }
    host.cloud.borrow_mut().faults.clear();
    host.cloud.borrow_mut().pace = 0;
    host.drain();
    host.drain();
    // What expired before a poll could see it is nobody's loss.
    let (now, retention) = (host.cloud.borrow().now, history.retention);
    if retention < 30 * DAY {
        let stored: BTreeSet<u64> = host.stored.iter().copied().collect();
        host.cloud
            .borrow_mut()
            .events
            .retain(|event| stored.contains(&event.id) || event.second >= now - retention);
    }
    host
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_is_delivered_exactly_once(history in history()) {
        live(&history).assert_exactly_once();
    }
}
