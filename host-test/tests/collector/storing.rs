//! What is stored: every event once, a batch and its cursor together, lines beside the database.

use std::time::Duration;

use host_test::collector::STORAGE;
use host_test::simulator::{Burst, World};

use crate::harness::identities;
use crate::loopback::distinct;
use crate::stage::{Stage, play};

const MINUTE: Duration = Duration::from_secs(60);

/// A cloud where much happens: a backlog, steady arrivals, some of them late, and a burst.
fn busy() -> World {
    World {
        events: 3_000,
        events_per_minute: 40.0,
        late_percent: 20.0,
        bursts: vec![Burst {
            count: 1_200,
            after: 17 * MINUTE,
        }],
        ..distinct()
    }
}

#[test]
fn every_event_of_the_cloud_is_stored_once_whatever_befalls_requests() {
    play(async |stage: &Stage| {
        let faults = [
            "GET /v1/events#3=500",
            "GET /v1/events#7=reset",
            "GET /v1/events#11=429 reset=90",
            "GET /v1/events#13-18=503",
        ];
        let north = stage.cloud("north", busy(), &faults);
        let south = stage.cloud("south", World { seed: 2, ..busy() }, &[]);
        stage.config(&[
            ("north", "interval = \"2m\""),
            ("south", "max-signals = 1000"),
        ]);
        stage.collect_for(50 * MINUTE).await;
        let ended = stage.catch_up().await;
        assert!(ended.behind.is_empty(), "{:?}", ended.behind);
        stage.holds_exactly("north", &north);
        stage.holds_exactly("south", &south);
        assert_eq!(stage.count("signals WHERE length(raw) < 100"), 0);
    });
}

#[test]
fn a_batch_and_its_cursor_are_stored_together_or_not_at_all() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", distinct(), &[]);
        stage.config(&[("north", "interval = \"1m\"")]);
        // Makes the tables, and nothing else.
        stage.collect_for(Duration::ZERO).await;
        assert_eq!(stage.count("signals"), 0);
        // The signals go in, the cursor does not.
        let trigger = "CREATE TRIGGER no BEFORE INSERT ON cursors BEGIN SELECT RAISE(FAIL, 'no cursor today'); END";
        stage.sql().execute_batch(trigger).unwrap();
        stage.collect_for(3 * MINUTE).await;
        assert_eq!((stage.count("signals"), stage.count("cursors")), (0, 0));
        let state = stage.reader().state("north").unwrap().unwrap();
        let error = state.last_error.unwrap();
        assert_eq!((error.kind.as_str(), error.status_code), (STORAGE, None));
        assert!(
            error.message.contains("no cursor today"),
            "{}",
            error.message
        );
        assert!(
            state.failing_since.is_some() && state.failures > 1 && state.succeeded_at.is_none()
        );

        stage.sql().execute_batch("DROP TRIGGER no").unwrap();
        stage.collect_for(20 * MINUTE).await;
        stage.holds_exactly("north", &north);
        let state = stage.reader().state("north").unwrap().unwrap();
        assert_eq!((state.failing_since, state.failures), (None, 0));
        assert!(
            state.last_error.is_some(),
            "what went wrong last is still told"
        );
    });
}

#[test]
fn an_event_that_is_stored_already_is_counted_and_told_and_no_error() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", distinct(), &[]);
        stage.config(&[("north", "")]);
        stage.catch_up().await;
        // Somebody takes the cursor away: everything comes again.
        stage.sql().execute("DELETE FROM cursors", []).unwrap();
        let ended = stage.catch_up().await;
        assert!(ended.behind.is_empty());
        stage.holds_exactly("north", &north);
        stage.logged(1, "200 events came although they were stored before");
        stage.logged(1, "cisco-amp: fetched 200 events (north; 0 waiting)");
        stage.logged(1, "cisco-amp: fetched 0 events (north; 0 waiting)");
    });
}

#[test]
fn a_cursor_that_cannot_be_used_is_told_and_kept() {
    play(async |stage: &Stage| {
        stage.cloud("north", distinct(), &[]);
        let south = stage.cloud(
            "south",
            World {
                seed: 2,
                ..distinct()
            },
            &[],
        );
        stage.config(&[("north", "")]);
        stage.catch_up().await;
        let cursor = |stage: &Stage| -> String {
            stage
                .sql()
                .query_row("SELECT cursor FROM cursors", [], |row| row.get(0))
                .unwrap()
        };
        let (good, stored) = (cursor(stage), stage.stored("north"));
        // Another organisation under the same name.
        let config = stage.read("collector.toml");
        stage.write(
            "collector.toml",
            &config.replace("north.example", "south.example"),
        );
        assert_eq!(stage.catch_up().await.behind, ["north"]);
        stage
            .sql()
            .execute("UPDATE cursors SET cursor = cursor || 'x'", [])
            .unwrap();
        stage.write("collector.toml", &config);
        assert_eq!(stage.catch_up().await.behind, ["north"]);
        stage.logged(2, "poll failed (north; invalid-input): cursor");
        stage.logged(2, "give it another name too");
        assert_eq!((cursor(stage), stage.stored("north")), (good + "x", stored));
        assert_eq!(south.counts().total, 0);
        // As the advice says.
        stage.write("collector.toml", &config.replace("north", "south"));
        assert!(stage.catch_up().await.behind.is_empty());
        stage.holds_exactly("south", &south);
    });
}

#[test]
fn the_state_says_what_a_person_asks_for() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", distinct(), &["GET /v1/events#2=500"]);
        stage.config(&[(
            "north",
            "interval = \"10m\"\nmax-attempts = 1\nmax-signals = 150",
        )]);
        stage.collect_for(Duration::from_secs(1)).await;
        let reader = stage.reader();
        let state = reader.state("north").unwrap().unwrap();
        assert_eq!((state.backlog, state.failures), (Some(50), 1));
        assert!(state.lag_seconds.is_some_and(|lag| lag > 0) && state.newest_event.is_some());
        let error = state.last_error.unwrap();
        assert_eq!(
            (error.kind.as_str(), error.status_code),
            ("server", Some(500))
        );
        let quota = state.quota.unwrap();
        assert_eq!((quota.limit, quota.remaining), (Some(3000), 2999));
        assert!(quota.reset_at.unwrap() > state.polled_at);
        assert!((1..=6).contains(&(state.next_at - state.polled_at)));
        assert_eq!(
            reader.signals_since("north", state.polled_at - 5).unwrap(),
            150
        );
        assert_eq!(
            reader.signals_since("north", state.polled_at + 5).unwrap(),
            0
        );
        assert_eq!(reader.state("nowhere").unwrap(), None);

        stage.collect_for(MINUTE).await;
        let state = stage.reader().state("north").unwrap().unwrap();
        assert_eq!((state.backlog, state.lag_seconds), (Some(0), None));
        assert!((581..=620).contains(&(state.next_at - state.polled_at)));
        stage.holds_exactly("north", &north);
    });
}

/// Fails unless each stored event has one line in the output, which tells the same.
#[track_caller]
fn has_a_line_for_each(stage: &Stage, file: &str) {
    let events = identities::of_lines(&stage.read(file));
    assert_eq!(events, stage.stored("north"));
    assert_eq!(stage.count("lines"), 0);
}

fn with_output(stage: &Stage, output: &str) {
    stage.config(&[("north", "interval = \"1m\"")]);
    let config = stage.read("collector.toml");
    stage.write(
        "collector.toml",
        &format!("output = \"{output}\"\n{config}"),
    );
}

#[test]
fn each_event_has_a_line_in_the_output() {
    play(async |stage: &Stage| {
        stage.cloud("north", busy(), &[]);
        with_output(stage, "amp.jsonl");
        stage.collect_for(20 * MINUTE).await;
        assert!(stage.count("signals") > 4_000);
        has_a_line_for_each(stage, "amp.jsonl");
    });
}

#[test]
fn lines_that_could_not_be_written_wait_in_the_database() {
    play(async |stage: &Stage| {
        stage.cloud("north", distinct(), &[]);
        // A folder takes no lines.
        std::fs::create_dir(stage.path("amp.jsonl")).unwrap();
        with_output(stage, "amp.jsonl");
        let ended = stage.catch_up().await;
        let told = ended.lines.unwrap().to_string();
        assert!(
            told.contains("amp.jsonl") && told.contains("wait in the database"),
            "{told}"
        );
        assert_eq!((stage.count("signals"), stage.count("lines")), (200, 200));
        std::fs::remove_dir(stage.path("amp.jsonl")).unwrap();
        stage.collect_for(Duration::from_secs(1)).await;
        has_a_line_for_each(stage, "amp.jsonl");
    });
}

#[test]
fn a_kill_between_the_commit_and_the_lines_loses_none() {
    play(async |stage: &Stage| {
        stage.cloud("north", distinct(), &[]);
        with_output(stage, "amp.jsonl");
        stage.catch_up().await;
        let whole = stage.read("amp.jsonl");
        // As a kill leaves it: everything is stored, the third line is cut short, and nothing is taken note of.
        let database = stage.sql();
        for line in whole.lines() {
            database
                .execute("INSERT INTO lines (line) VALUES (?1)", [line])
                .unwrap();
        }
        let third = whole.match_indices('\n').nth(2).unwrap().0;
        stage.write("amp.jsonl", whole.get(..third - 100).unwrap());
        stage.collect_for(Duration::from_secs(1)).await;
        let lines: Vec<String> = stage.read("amp.jsonl").lines().map(str::to_owned).collect();
        // The two that were written before are there twice, which a reader tells by their keys.
        assert_eq!(lines.len(), 202);
        assert_eq!(lines[2..].join("\n"), whole.trim_end());
    });
}
