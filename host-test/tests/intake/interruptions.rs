//! Polls that are interrupted: whatever befalls request k, for every k, the next poll goes on and nothing is lost (lesson 5).

use host_test::simulator::EventIdentity;

use super::*;

const TWENTY_HOURS: Duration = Duration::from_secs(20 * 3_600);

/// Drains a backlog of six pages while something befalls a request of it. Gives how many requests that took.
fn drained(setting: Setting) -> u64 {
    // None is so old that it leaves the first window while a poll that failed is made anew.
    let setting = setting
        .with("page-size", 40)
        .world(|world| (world.events, world.events_over) = (240, TWENTY_HOURS));
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({"max-signals": 40}));
        host.catch_up().await;
        host.has_all_and_each_once();
        host.requests()
    })
}

// Lesson 5.
#[test]
fn a_429_or_5xx_at_request_k_for_every_k_loses_nothing_and_costs_what_it_must() {
    let ideal = drained(Setting::default());
    assert!((6..=9).contains(&ideal), "{ideal} requests");
    for k in 1..=ideal {
        for what in ["429 reset=40", "429 reset=3000", "500", "503"] {
            let rule = format!("GET /v1/events#{k}={what}");
            // The component repeats the request itself, unless the wait is longer than a poll may take.
            let cost = drained(Setting::default().fault(&rule));
            assert!(
                cost <= ideal + 2,
                "{rule}: {cost} requests, {ideal} without"
            );
            // It may not, so the host polls again.
            let cost = drained(Setting::default().fault(&rule).with("max-attempts", 1));
            assert!(
                cost <= ideal + 2,
                "{rule}: {cost} requests, {ideal} without"
            );
        }
    }
}

// Lesson 5: it is not always one.
#[test]
fn a_budget_that_runs_out_again_and_again_loses_nothing() {
    let setting = Setting::default().world(|world| {
        world.events = 6_000;
        world.events_per_minute = 10.0;
        world.quota = 5;
    });
    setting.play(async |stage: &Stage| {
        let mut host = Host::new(stage, json!({}));
        host.catch_up().await;
        let there = identities::listed(&stage.simulator);
        host.run(1).await;
        host.has_all_of(&there);
        let refused = stage.simulator.counts().answers["429"];
        assert!(refused > 1, "the budget held");
        assert!(refused < 20, "{refused} requests beyond the budget");
    });
}

// Lesson 5: whatever it is.
#[test]
fn whatever_befalls_request_k_loses_nothing_and_doubles_nothing() {
    for fault in faults::FAULTS {
        for k in 1..=4 {
            let setting = Setting::default()
                .fault(&format!("GET /v1/events#{k}={}", fault.rule))
                .with("page-size", 50)
                .with("max-body-bytes", 1024 * 1024)
                .world(|world| (world.events, world.events_over) = (140, TWENTY_HOURS));
            setting.play(async |stage: &Stage| {
                let mut host = Host::new(stage, json!({"max-signals": 50}));
                host.catch_up().await;
                host.run(1).await;
                let at = format!("{} at request {k}", fault.rule);
                let stored: BTreeSet<EventIdentity> = host.events.iter().cloned().collect();
                assert_eq!(stored, identities::listed(&stage.simulator), "{at}");
                assert_eq!(host.events.len(), stored.len(), "{at}: stored twice");
            });
        }
    }
}
