//! A cloud whose answers do not agree with each other: what it is not to be believed, and that nothing is lost or doubled over it.

use super::*;
use crate::http::scripted::{Reply, Scripted};

/// One poll while the cloud has lost all its events, or the newest of them, and then everything as before.
fn glitch(host: &mut Host, left: usize) {
    let all = host.cloud.borrow().events.clone();
    host.cloud.borrow_mut().events.truncate(left);
    let Ok(batch) = host.poll() else {
        panic!("a poll failed")
    };
    assert!(!batch.more, "a host would poll for ever");
    host.store(&batch);
    host.cloud.borrow_mut().events = all;
}

#[test]
fn an_empty_answer_in_the_middle_of_a_drain_loses_nothing() {
    let mut host = backlog(900);
    let batch = host.poll().ok().unwrap();
    host.store(&batch);
    glitch(&mut host, 0);
    glitch(&mut host, 0);
    host.drain();
    host.assert_exactly_once();
}

#[test]
fn an_empty_answer_although_events_are_known_loses_nothing() {
    let mut host = Host::new(quiet_cloud(), 500);
    for number in 0..100 {
        let second = BEGIN - 50 + number * 40;
        host.add(number as u64, second, second);
    }
    host.drain();
    host.later(3_600);
    glitch(&mut host, 0);
    host.later(400);
    host.drain();
    host.assert_exactly_once();
}

#[test]
fn a_total_without_its_events_moves_nothing_and_ends_the_poll() {
    let connection = connection(500);
    let body = r#"{"metadata":{"results":{"total":5000}},"data":[]}"#;
    let world =
        Scripted::replies([Reply::new(200, body).header("Date", "Fri, 01 May 2026 10:00:00 GMT")]);
    let amp = Amp::new(&world, &connection);
    let batch = world.block_on(poll(&amp, &nothing_asked())).ok().unwrap();
    let cursor = Cursor::decode(&batch.cursor, "https://api.amp.cisco.com").unwrap();
    assert_eq!(cursor.window_start, BEGIN - DAY);
    assert!(!batch.more && batch.report.remarks.len() == 1);
}

#[test]
fn an_answer_that_lags_behind_doubles_nothing() {
    let mut host = Host::new(quiet_cloud(), 500);
    for number in 0..10 {
        host.add(number + 1, BEGIN - 100 + number as i64, BEGIN - 50);
    }
    host.drain();
    glitch(&mut host, 8);
    host.later(60);
    host.drain();
    host.assert_exactly_once();
}

#[test]
fn a_filter_that_is_changed_and_changed_back_doubles_nothing() {
    let mut host = Host::new(quiet_cloud(), 500);
    for (id, kind) in [(1, 1), (2, 2), (3, 1)] {
        host.add(id, BEGIN - 100 + id as i64, BEGIN - 90);
        host.cloud.borrow_mut().events.last_mut().unwrap().kind = Some(kind);
    }
    for types in [None, Some(vec![1]), None] {
        host.request.event_types = types;
        host.drain();
    }
    host.assert_exactly_once();
}

// Lesson 2, where AMP has no fixed order for events of one second.
#[test]
fn events_of_one_second_in_no_fixed_order_are_all_delivered() {
    for (count, most) in [(700, 500), (700, 2_000), (1_900, 500), (1_900, 2_000)] {
        let mut host = Host::new(quiet_cloud(), 500);
        host.cloud.borrow_mut().shuffles = true;
        for id in 0..count {
            host.add(id + 1, BEGIN - 4_000, BEGIN - 4_000);
        }
        host.request.max_signals = Some(most);
        for _ in 0..10 {
            host.drain();
            host.later(300);
        }
        host.assert_exactly_once();
    }
}

#[test]
fn a_time_of_the_server_that_is_ahead_loses_nothing() {
    let mut host = Host::new(quiet_cloud(), 500);
    for number in 0..600 {
        let second = BEGIN - 600 + number * 10;
        host.add(number as u64, second, second);
    }
    for ahead in [0, DAY / 2, 3_600, 400, 0] {
        host.cloud.borrow_mut().date_ahead = ahead;
        host.drain();
        host.later(300);
    }
    host.later(6_000);
    host.drain();
    host.assert_exactly_once();
}

#[test]
fn a_total_that_is_too_high_costs_little() {
    for too_many in [1, 100, 600] {
        let mut host = backlog(5_000);
        host.cloud.borrow_mut().too_many = too_many;
        let requests = host.drain();
        host.cloud.borrow_mut().too_many = 0;
        host.drain();
        host.assert_exactly_once();
        assert!(
            requests <= 100,
            "{requests} requests with {too_many} too many"
        );
    }
}

#[test]
fn an_event_from_the_future_among_the_known_does_not_make_a_drain_dear() {
    let mut host = Host::new(quiet_cloud(), 500);
    host.add(1, BEGIN + 3_650 * DAY, BEGIN - 5);
    host.add(2, BEGIN - 60, BEGIN - 60);
    host.drain();
    for number in 0..20_000 {
        host.add(number + 100, BEGIN + number as i64, BEGIN + number as i64);
    }
    host.later(20_100);
    let requests = host.drain();
    host.assert_exactly_once();
    assert!(requests <= 44, "{requests} requests");
}

#[test]
fn a_list_that_slides_with_each_request_does_not_make_a_drain_dear() {
    for (most, bound) in [(500, 13), (2_000, 14)] {
        let mut host = backlog(5_000);
        host.request.max_signals = Some(most);
        host.cloud.borrow_mut().pace = 1;
        for number in 0..100 {
            host.add(u64::MAX - number as u64, BEGIN + number, BEGIN + number);
        }
        while host.stored.len() < 5_000 {
            let batch = host.poll().ok().unwrap();
            host.store(&batch);
        }
        let requests = host.cloud.borrow().requests;
        assert!(requests <= bound, "{requests} requests");
    }
}
