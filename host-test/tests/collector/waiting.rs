//! When connections are polled: in their interval, after failures, after 429, after a restart, and under clocks that jump.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use host_test::collector::Until;
use host_test::egress::{Egress, Notes};
use host_test::plugin::{Limits, Plugin};
use host_test::simulator::World;
use http::{Request, Response};
use tokio::time::Instant;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use crate::loopback::distinct;
use crate::stage::{Stage, asked_at, play};

const MINUTE: Duration = Duration::from_secs(60);

/// A cloud where nothing happens.
fn quiet() -> World {
    World {
        events: 10,
        ..distinct()
    }
}

/// The time between one and the next.
fn between(times: &[Duration]) -> Vec<Duration> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Fails unless there are so many polls, each a minute after the one before, 3 percent more or less.
#[track_caller]
fn asked_each_minute(times: &[Duration], count: std::ops::RangeInclusive<usize>) {
    assert!(
        count.contains(&times.len()),
        "{} polls: {times:?}",
        times.len()
    );
    for wait in between(times) {
        assert!(
            (58.0..62.1).contains(&wait.as_secs_f64()),
            "{wait:?} in {times:?}"
        );
    }
}

#[test]
fn a_connection_is_polled_in_its_interval_and_not_in_step_with_others() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &[]);
        let south = stage.cloud("south", quiet(), &[]);
        stage.config(&[
            ("north", "interval = \"1m\""),
            ("south", "interval = \"1m\""),
        ]);
        stage.collect_for(60 * MINUTE).await;
        asked_each_minute(&asked_at(&north), 58..=62);
        asked_each_minute(&asked_at(&south), 58..=62);
        assert_ne!(asked_at(&north)[5..], asked_at(&south)[5..]);
    });
}

#[test]
fn a_backlog_is_drained_without_a_wait() {
    play(async |stage: &Stage| {
        let north = stage.cloud(
            "north",
            World {
                events: 5_000,
                ..distinct()
            },
            &[],
        );
        stage.config(&[("north", "interval = \"1h\"")]);
        let counts = stage.collect_for(Duration::from_secs(5)).await;
        stage.holds_exactly("north", &north);
        let north = &counts["north"];
        assert!(north.requests <= 13, "{} requests", north.requests);
        assert_eq!((north.signals, north.backlog, north.doubled), (5_000, 0, 0));
    });
}

#[test]
fn a_server_that_never_answers_delays_no_other_connection() {
    play(async |stage: &Stage| {
        let south = stage.cloud("south", quiet(), &[]);
        stage.silent_server("north");
        stage.config(&[
            ("north", "interval = \"1m\""),
            ("south", "interval = \"1m\""),
        ]);
        let counts = stage.collect_for(60 * MINUTE).await;
        asked_each_minute(&asked_at(&south), 58..=62);
        assert!(
            counts["north"].failures["timeout"] > 3,
            "{:?}",
            counts["north"]
        );
        assert!(counts["south"].failures.is_empty());
    });
}

#[test]
fn a_component_that_breaks_down_is_a_failure_like_others() {
    let plugin = Plugin::load(crate::harness::component()).unwrap();
    // Less than it begins with.
    let plugin = Arc::new(plugin.with_limits(Limits {
        memory: 64 * 1024,
        ..Limits::default()
    }));
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &[]);
        stage.config(&[("north", "interval = \"1m\"")]);
        let broken = stage.collector_with(plugin, Until::ToldToEnd);
        broken.run(tokio::time::sleep(2 * MINUTE)).await;
        let state = stage.reader().state("north").unwrap().unwrap();
        assert!(state.failures > 2, "{state:?}");
        assert_eq!(state.last_error.unwrap().kind, "out-of-memory");
        assert!(stage.log().contains("ERROR"));
        // The same database, and a component that works.
        stage.collect_for(MINUTE).await;
        stage.holds_exactly("north", &north);
    });
}

#[test]
fn failures_are_repeated_later_and_later_and_a_success_ends_that() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &["GET /v1/events#2-16=503"]);
        stage.config(&[("north", "interval = \"1m\"\nmax-attempts = 1")]);
        stage.collect_for(300 * MINUTE).await;
        let waits = between(&asked_at(&north));
        for (failures, wait) in (1_u32..=15).zip(&waits[1..]) {
            let longest = (5.0 * 2_f64.powi(failures.try_into().unwrap()) / 2.0).clamp(5.0, 900.0);
            let wait = wait.as_secs_f64();
            assert!(
                (0.99..longest + 0.01).contains(&wait),
                "{wait} after {failures} failures"
            );
        }
        assert!(waits.iter().any(|wait| *wait > 2 * MINUTE), "{waits:?}");
        asked_each_minute(&asked_at(&north)[17..], 60..=300);
        stage.logged(15, "WARN");
    });
}

#[test]
fn a_429_is_waited_out_to_its_reset() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &["GET /v1/events#2=429 reset=1742"]);
        stage.config(&[("north", "interval = \"1m\"\ncall-timeout-ms = 5000")]);
        stage.collect_for(60 * MINUTE).await;
        let waits = between(&asked_at(&north));
        let wait = waits[1].as_secs();
        assert!((1742..1742 + 35).contains(&wait), "{waits:?}");
        assert!(waits[2] < 2 * MINUTE);
        stage.logged(1, "poll failed (north; rate-limited, 429)");
        // It goes on by itself.
        stage.logged(0, "un the command again");
    });
}

#[test]
fn once_waits_for_amp_too() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &["GET /v1/events#1=429 reset=1000"]);
        stage.config(&[("north", "call-timeout-ms = 5000")]);
        for _ in 0..4 {
            assert_eq!(stage.catch_up().await.behind, ["north"]);
        }
        assert_eq!(asked_at(&north).len(), 1, "{:?}", north.log());
        stage.logged(3, "not polled (north): AMP takes no requests before");
        stage.logged(3, "run this again in 1");
        tokio::time::sleep(Duration::from_secs(1035)).await;
        assert!(stage.catch_up().await.behind.is_empty());
        stage.holds_exactly("north", &north);
    });
}

#[test]
fn another_client_or_server_has_a_budget_of_its_own() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &["GET /v1/events#1=429 reset=3000"]);
        let south = stage.cloud("south", quiet(), &[]);
        stage.config(&[("north", "interval = \"1m\"\ncall-timeout-ms = 5000")]);
        let config = stage.read("collector.toml");
        let change = async {
            tokio::time::sleep(MINUTE).await;
            // The same client asks: AMP's limit stays.
            stage.write("collector.toml", &config.replace("\"1m\"", "\"2m\""));
            tokio::time::sleep(MINUTE).await;
            assert_eq!(asked_at(&north).len(), 1);
            stage.write(
                "collector.toml",
                &config.replace("north.example", "south.example"),
            );
            tokio::time::sleep(MINUTE).await;
        };
        let collector = stage.collector(Until::ToldToEnd);
        collector.run(change).await;
        assert_eq!(asked_at(&north).len(), 1);
        assert!(!asked_at(&south).is_empty());
        stage.holds_exactly("north", &south);
    });
}

#[test]
fn a_restart_waits_for_what_is_left() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &["GET /v1/events#3=429 reset=1000"]);
        stage.config(&[("north", "interval = \"1m\"\ncall-timeout-ms = 5000")]);
        // Restarted every ten seconds.
        for _ in 0..60 {
            stage.collect_for(Duration::from_secs(10)).await;
        }
        let waits = between(&asked_at(&north));
        assert_eq!(waits.len(), 2, "{waits:?}");
        asked_each_minute(&asked_at(&north), 3..=3);
        for _ in 0..60 {
            stage.collect_for(Duration::from_secs(10)).await;
        }
        let waits = between(&asked_at(&north));
        assert!((1000..1035).contains(&waits[2].as_secs()), "{waits:?}");
    });
}

#[test]
fn a_wall_clock_that_jumps_neither_stops_nor_floods_polling() {
    play(async |stage: &Stage| {
        let north = stage.cloud(
            "north",
            World {
                events_per_minute: 3.0,
                ..quiet()
            },
            &[],
        );
        stage.config(&[("north", "interval = \"1m\"")]);
        let set = Arc::clone(&stage.wall_clock_set);
        let year = 365 * 24 * 3600;
        tokio::spawn(async move {
            for jump in [year, -3 * year, 20 * year, -1800, 0] {
                tokio::time::sleep(10 * MINUTE).await;
                set.store(jump, Ordering::Relaxed);
            }
        });
        stage.collect_for(60 * MINUTE).await;
        asked_each_minute(&asked_at(&north), 58..=62);
        // Also over a restart, when the clock was set back.
        stage.wall_clock_set.store(-year, Ordering::Relaxed);
        stage.collect_for(10 * MINUTE).await;
        assert!((66..=72).contains(&asked_at(&north).len()));
        stage.catch_up().await;
        stage.holds_exactly("north", &north);
    });
}

/// A network that reports this cause for every request.
struct Unconnected {
    cause: &'static str,
    requests: Mutex<Vec<Instant>>,
}

impl Egress for Unconnected {
    fn send(
        &self,
        _: Request<Bytes>,
        _: RequestOptions,
        _: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        self.requests.lock().unwrap().push(Instant::now());
        let error = Error::InternalError(Some(self.cause.to_owned()));
        Box::pin(std::future::ready(Err(error)))
    }
}

#[test]
fn proxy_that_refuses_is_left_alone_for_15_minutes() {
    for cause in [
        "proxy-authentication-required: the proxy 192.0.2.7:3128 requires a user and a password (407)",
        "proxy-refused: the proxy 192.0.2.7:3128 refused the connection (403)",
    ] {
        play(async |stage: &Stage| {
            stage.cloud("south", quiet(), &[]);
            let refused = Arc::new(Unconnected {
                cause,
                requests: Mutex::default(),
            });
            stage.server("north", Arc::clone(&refused) as Arc<dyn Egress>);
            stage.config(&[("north", "interval = \"1m\"")]);
            stage.collect_for(120 * MINUTE).await;
            let requests = refused.requests.lock().unwrap().clone();
            assert!((7..=8).contains(&requests.len()), "{requests:?}");
            for pair in requests.windows(2) {
                assert!(pair[1] - pair[0] >= 15 * MINUTE, "{requests:?}");
            }
            let (_, sentence) = cause.split_once(": ").unwrap();
            let error = stage.reader().state("north").unwrap().unwrap().last_error;
            let message = error.unwrap().message;
            assert!(message.contains(sentence), "{message}");
        });
    }
}
