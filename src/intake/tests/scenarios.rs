//! The scenarios of the lessons, each by its number, and what else a poll must get right.

use super::*;

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
    let cursor = Cursor::decode(&text, "https://api.amp.cisco.com")
        .ok()
        .unwrap();
    let now = host.cloud.borrow().now;
    assert!(
        cursor.window_start > now - 2_000 && cursor.delivered.iter().next().is_none(),
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

// Lesson 5: what came before a failure is not fetched again.
#[test]
fn a_page_that_fails_costs_nothing_of_what_came_before_it() {
    let mut host = backlog(4_000);
    host.request.max_signals = Some(2_000);
    let batch = host.poll().ok().unwrap();
    host.store(&batch);
    let before = host.cloud.borrow().requests;
    host.cloud.borrow_mut().faults = vec![before + 2];
    let batch = host.poll().ok().unwrap();
    assert!(
        (900..1_100).contains(&batch.signals.len()) && batch.more,
        "{} signals",
        batch.signals.len()
    );
    host.store(&batch);
    host.drain();
    host.assert_exactly_once();
    assert!(host.cloud.borrow().requests <= 12);
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
    for host_ahead in [-DAY, DAY, -1_000 * DAY, 1_000 * DAY] {
        let mut host = Host::new(
            Cloud {
                host_ahead,
                ..quiet_cloud()
            },
            500,
        );
        for number in 0..50 {
            host.add(
                number + 1,
                BEGIN - 3_600 + number as i64,
                BEGIN - 3_600 + number as i64,
            );
        }
        host.drain();
        for number in 0..50 {
            host.add(number + 1_000, BEGIN + number as i64, BEGIN + number as i64);
        }
        host.later(600);
        host.drain();
        host.assert_exactly_once();
    }
}

#[test]
fn an_outage_as_long_as_events_are_kept_loses_nothing_that_is_there() {
    let mut host = Host::new(quiet_cloud(), 1);
    host.request.max_signals = Some(5);
    host.add(1, BEGIN - 100, BEGIN - 100);
    host.add(2, BEGIN + 3_650 * DAY, BEGIN - 10);
    host.drain();
    // The first has expired, and one that nobody has seen yet stands below the other: the numbers agree.
    host.later(30 * DAY);
    host.add(3, BEGIN + DAY, BEGIN + DAY);
    for _ in 0..6 {
        host.drain();
        host.later(200);
    }
    host.assert_exactly_once();
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
            severity,
            ..ModelEvent::new(id, BEGIN - 100 + id as i64, BEGIN - 50)
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
    assert!(longest < 62_000, "{longest}");

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
    assert!(longest < 62_000, "{longest}");
    assert!(
        remarks.iter().any(|remark| remark.contains("late window")),
        "{remarks:?}"
    );
}

/// A backlog of 1,000 events with a pair as given, drained in batches of so many; then twenty quiet polls. Returns the number of
/// requests and the length of the longest cursor.
fn cost_with(pair: Option<fn(ModelEvent) -> ModelEvent>, max_signals: u32) -> (usize, usize) {
    let mut host = backlog(1_000);
    if let Some(second) = pair {
        let first = host.cloud.borrow().events[500].clone();
        host.cloud.borrow_mut().events.push(second(first));
    }
    host.request.max_signals = Some(max_signals);
    let mut longest = 0;
    let mut quiet = 0;
    while quiet < 20 {
        let batch = host.poll().ok().unwrap();
        host.store(&batch);
        longest = longest.max(batch.cursor.len());
        if !batch.more {
            quiet += 1;
            host.later(60);
        }
    }
    host.assert_exactly_once();
    let requests = host.cloud.borrow().requests;
    (requests, longest)
}

#[test]
fn pair_of_equal_ids_costs_nothing() {
    let shared: fn(ModelEvent) -> ModelEvent = |event| ModelEvent {
        uid: 7,
        connector: 7,
        ..event
    };
    let twin: fn(ModelEvent) -> ModelEvent = |event| event;
    for max_signals in [50, 500, 2_000] {
        let (requests, length) = cost_with(None, max_signals);
        for pair in [shared, twin] {
            let (with, longer) = cost_with(Some(pair), max_signals);
            assert!(
                with * 10 <= requests * 11,
                "{with} requests instead of {requests}"
            );
            assert!(
                longer * 10 <= length * 11,
                "{longer} characters instead of {length}"
            );
        }
    }
}

#[test]
fn rejection_that_is_not_repeated_gives_up_nothing() {
    use crate::http::scripted::Reply;
    let mut host = backlog(2_000);
    let mut rejected = false;
    for _ in 0..30 {
        let world = cloud::world_with(&host.cloud, move |line| {
            let is_first = !rejected && line.contains("offset=");
            rejected |= is_first;
            if is_first {
                Some(Reply::new(
                    400,
                    r#"{"errors":[{"error_code":400,"details":["no"]}]}"#,
                ))
            } else {
                None
            }
        });
        let amp = Amp::new(&world, &host.connection);
        let server = host.connection.origin.to_string();
        let options = PollOptions::check(&host.request, &server).ok().unwrap();
        let batch = world
            .block_on(poll_with(&amp, &options, &server))
            .ok()
            .unwrap();
        drop(amp);
        host.store(&batch);
        if !batch.more {
            break;
        }
    }
    host.assert_exactly_once();
}

#[test]
fn oversized_event_costs_only_itself() {
    for (bad, page_size, max_signals) in [
        (0, 50, 500),
        (25, 50, 500),
        (26, 50, 40),
        (139, 50, 500),
        (70, 7, 20),
        (70, 1, 500),
    ] {
        let mut host = backlog(140);
        host.connection = connection(page_size);
        host.connection.max_body_bytes = 20_000;
        host.request.max_signals = Some(max_signals);
        let uid = host.cloud.borrow().events[bad].uid;
        host.cloud.borrow_mut().events[bad].size = 30_000;
        let mut skipped = 0;
        for _ in 0..12 {
            let Ok(batch) = host.poll() else {
                panic!("a poll failed")
            };
            host.store(&batch);
            skipped += batch.report.skipped;
            if !batch.more {
                host.later(300);
            }
        }
        assert_eq!(skipped, 1, "{bad} in pages of {page_size}");
        host.cloud
            .borrow_mut()
            .events
            .retain(|event| event.uid != uid);
        host.assert_exactly_once();
        assert!(host.request.cursor.is_some());
    }
}

#[test]
fn events_too_large_for_a_page_are_read_in_smaller_ones() {
    let mut host = backlog(600);
    host.connection.max_body_bytes = 1_000_000;
    for event in &mut host.cloud.borrow_mut().events {
        event.size = 4_000;
    }
    let requests = host.drain();
    host.assert_exactly_once();
    assert!(requests <= 12, "{requests} requests");
}

#[test]
fn pages_of_one_entry_are_joined() {
    let mut host = backlog(60);
    host.cloud.borrow_mut().longest_page = 1;
    let requests = host.drain();
    host.assert_exactly_once();
    assert!(requests <= 130, "{requests} requests");
}
