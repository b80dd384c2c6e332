//! What a poll costs: requests, counted at the cloud, and memory, counted by the host (lesson 3).

use super::*;

/// What draining a backlog took.
struct Drained {
    requests: u64,
    /// The most linear memory of any poll, in bytes.
    memory: usize,
}

fn drain(events: u64, max_signals: u32) -> Drained {
    let setting = Setting::default().world(|world| world.events = events);
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({"max-signals": max_signals}));
        host.catch_up().await;
        host.has_all_and_each_once();
        let requests = host.requests();
        // The stand-in and the component agree.
        let told: u32 = host.reports.iter().map(|report| report.requests).sum();
        assert_eq!(u64::from(told), requests);
        Drained {
            requests,
            memory: host.memory,
        }
    })
}

// Lesson 3.
#[test]
fn a_backlog_costs_a_request_for_each_five_hundred_events_and_flat_memory() {
    for max_signals in [500, 2_000] {
        let (small, large) = (drain(5_000, max_signals), drain(50_000, max_signals));
        let told = format!(
            "batches of {max_signals}: 5,000 events took {} requests and {} kB, 50,000 took {} and {} kB",
            small.requests,
            small.memory / 1_000,
            large.requests,
            large.memory / 1_000
        );
        println!("{told}");
        assert!(small.requests <= 13 && large.requests <= 105, "{told}");
        let limit = 24 * 1024 * 1024;
        assert!(small.memory < limit && large.memory < limit, "{told}");
        assert!(
            large.memory.abs_diff(small.memory) * 10 <= small.memory,
            "{told}"
        );
    }
}

// Lesson 3: whatever the size of its batches, a host asks for no event more than a few times.
#[test]
fn small_batches_cost_a_request_each() {
    let setting = Setting::default().world(|world| world.events = 1_000);
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({"max-signals": 50}));
        host.catch_up().await;
        host.has_all_and_each_once();
        assert!(host.requests() <= 23, "{} requests", host.requests());
    });
}

#[test]
fn a_quiet_poll_costs_two_requests_at_most() {
    for (events, burst) in [(0, 0), (200, 0), (5_000, 0), (200, 3_000)] {
        let setting = Setting::default().world(|world| {
            world.events = events;
            world.bursts = vec![Burst {
                count: burst,
                after: Duration::from_secs(1),
            }];
        });
        setting.play(async |stage: &Stage| {
            let mut host = Host::new(stage, json!({}));
            tokio::time::sleep(Duration::from_secs(2)).await;
            host.catch_up().await;
            for _ in 0..6 {
                tokio::time::sleep(INTERVAL).await;
                let before = host.requests();
                let batch = host.poll().await.unwrap();
                assert!(batch.signals.is_empty() && !batch.more, "{batch:?}");
                let cost = host.requests() - before;
                assert!(
                    cost <= 2,
                    "{cost} requests after {events} and {burst} events"
                );
            }
        });
    }
}

#[test]
fn a_poll_of_an_ordinary_interval_costs_two_requests_at_most() {
    let setting = Setting::default().world(|world| world.events_per_minute = 60.0);
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.catch_up().await;
        let before = host.requests();
        host.run(12).await;
        let cost = host.requests() - before;
        assert!(cost <= 24, "{cost} requests for 12 polls");
        host.has_all_and_each_once();
    });
}
