//! A 429 whose `Retry-After` names no time does not make the plugin or the collector send in a hot loop.

use std::time::{Duration, Instant};

use host_test::simulator::World;

use super::harness::program;
use super::harness::server::{Answer, Server};
use super::stage::{Stage, asked_at, play};

#[test]
fn attempts_of_a_command_back_off() {
    for headers in [
        "retry-after: 0\r\n",
        "retry-after: Fri, 01 May 2020 10:00:00 GMT\r\n",
        "",
    ] {
        let server = Server::start(Answer::With(429, headers.to_owned(), String::new()));
        let began = Instant::now();
        let run = program::run_with(&server.url, &["run", "get-groups", "--format", "json"]);
        let json = run.ends(1, &[]).json();
        assert_eq!(server.requests(), 4);
        // 0.5 s, 1 s and 2 s are the least.
        assert!(began.elapsed() >= Duration::from_millis(3_500), "{headers}");
        let error = &json["errors"][0];
        assert_eq!(error["kind"], "rate-limited");
        assert_eq!(error.get("retryAfterSeconds"), None);
        let message = error["message"].as_str().expect("a message");
        assert!(!message.contains("0 seconds"), "{message}");
    }
}

#[test]
fn polls_become_rarer_while_it_lasts() {
    for fault in [
        "GET /v1/events=429 retry-after=0",
        "GET /v1/events=429 retry-after=Fri,_01_May_2020_10:00:00_GMT",
        "GET /v1/events=429",
    ] {
        play(async |stage: &Stage| {
            let north = stage.cloud("north", World::default(), &[fault]);
            stage.config(&[("north", "interval = \"5s\"")]);
            stage.collect_for(Duration::from_secs(3_600)).await;
            let sent = asked_at(&north);
            let gaps: Vec<Duration> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let shortest = gaps.iter().min().expect("several requests");
            assert!(*shortest >= Duration::from_millis(500), "{gaps:?}");
            // Four attempts each; the delays between polls are at least 5 s, 10 s, ... 640 s, 900 s.
            let between: Vec<Duration> = gaps.iter().skip(3).step_by(4).copied().collect();
            for (number, gap) in (0..).zip(&between) {
                let floor = Duration::from_secs((5 << number).min(900));
                assert!(*gap >= floor, "{fault}: {between:?}");
            }
            assert!((32..=48).contains(&sent.len()), "{} requests", sent.len());
        });
    }
}
