//! What the status says of a connection in each of its states, in virtual time; and the program that prints it.

use std::sync::Arc;
use std::time::Duration;

use host_test::collector::Until;
use host_test::collector::config::Outline;
use host_test::collector::status::{ConnectionStatus, Light, Overview};
use host_test::manifest::Condition;
use host_test::simulator::{Simulator, World};

use crate::harness::program::{self, Run};
use crate::loopback::{Cloud, Folder, connection, distinct, wait_for};
use crate::stage::{Stage, play};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn world(events: u64) -> World {
    World {
        events,
        ..distinct()
    }
}

fn seconds(cloud: &Simulator) -> i64 {
    let since = cloud.now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn overview(stage: &Stage, cloud: &Simulator) -> Overview {
    let outline = Outline::read(&stage.path("collector.toml")).unwrap();
    Overview::read(&outline, seconds(cloud)).unwrap()
}

fn status(stage: &Stage, cloud: &Simulator) -> ConnectionStatus {
    overview(stage, cloud).connections.remove(0)
}

/// Which trouble of the manifest a status names.
fn remedy(status: &ConnectionStatus) -> Option<Condition> {
    status.remedy.as_ref().map(|trouble| trouble.condition)
}

#[test]
fn a_connection_waits_then_is_green_then_red_when_two_intervals_have_passed() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", world(200), &[]);
        stage.config(&[("north", "interval = \"5m\"")]);
        let before = overview(stage, &north);
        assert_eq!(before.connections[0].light, Light::Waiting);
        assert!(!before.running && !before.is_well());
        assert!(!stage.path("amp.db").exists(), "a look makes nothing");

        stage.collect_for(MINUTE).await;
        let after = overview(stage, &north);
        let status = &after.connections[0];
        assert_eq!((status.light, status.signals), (Light::Green, 200));
        assert_eq!((&status.hint, &status.remedy), (&None, &None));
        assert!(!after.running && after.is_well());

        tokio::time::sleep(9 * MINUTE - Duration::from_secs(2)).await;
        assert_eq!(self::status(stage, &north).light, Light::Green);
        tokio::time::sleep(Duration::from_secs(3)).await;
        let late = overview(stage, &north);
        assert_eq!(late.connections[0].light, Light::Red);
        assert!(!late.is_well() && late.connections[0].error().is_none());
    });
}

#[test]
fn each_trouble_that_the_platform_knows_comes_with_its_remedy() {
    for (fault, code) in [("401", 401), ("403", 403), ("429 reset=1700", 429)] {
        play(async |stage: &Stage| {
            let fault = format!("GET /v1/events#1={fault}");
            let north = stage.cloud("north", world(10), &[&fault]);
            stage.config(&[("north", "interval = \"1m\"")]);
            stage.collect_for(Duration::from_millis(500)).await;
            let status = self::status(stage, &north);
            assert_eq!(status.light, Light::Red);
            assert_eq!(remedy(&status), Some(Condition::StatusCode(code)));
            assert!(!status.remedy.as_ref().unwrap().steps.is_empty());
            assert_eq!(status.error().unwrap().status_code, Some(code));

            stage.collect_for(HOUR).await;
            let status = self::status(stage, &north);
            assert_eq!(status.light, Light::Green);
            assert!(status.error().is_none(), "it is over");
            let last = status.state.as_ref().unwrap().last_error.as_ref();
            assert_eq!(last.unwrap().status_code, Some(code));
        });
    }
}

#[test]
fn a_trouble_that_the_platform_does_not_know_is_told_without_a_remedy() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", world(10), &["GET /v1/events=503"]);
        stage.config(&[("north", "max-attempts = 1")]);
        stage.collect_for(MINUTE).await;
        let status = self::status(stage, &north);
        assert_eq!((status.light, remedy(&status)), (Light::Red, None));
        assert!(status.error().unwrap().message.contains("in trouble"));
    });
}

#[test]
fn polls_that_find_nothing_for_a_day_are_a_hint_and_not_red() {
    play(async |stage: &Stage| {
        let (north, south) = (
            stage.cloud("north", world(0), &[]),
            stage.cloud("south", world(5), &[]),
        );
        stage.config(&[("north", ""), ("south", "")]);
        stage.collect_for(MINUTE).await;
        let hints = |stage: &Stage| {
            let connections = overview(stage, &south).connections;
            assert!(
                connections
                    .iter()
                    .all(|status| status.light == Light::Green)
            );
            let hints = connections.into_iter().map(|status| status.hint);
            let hints = hints.map(|hint| hint.map(|trouble| trouble.condition));
            hints.collect::<Vec<_>>()
        };
        assert_eq!(hints(stage), [Some(Condition::NoData), None]);
        stage.collect_for(25 * HOUR).await;
        assert_eq!(hints(stage), [Some(Condition::NoData); 2]);
        let today = overview(stage, &south).connections;
        assert_eq!((today[1].signals, today[1].signals_today), (5, 0));
        south.add_event(south.now());
        stage.collect_for(10 * MINUTE).await;
        assert_eq!(hints(stage), [Some(Condition::NoData), None]);
        let today = overview(stage, &south).connections;
        assert_eq!((today[1].signals, today[1].signals_today), (6, 1));
        assert_eq!(north.event_identities().len(), 0);
    });
}

#[test]
fn a_connection_that_is_not_enabled_is_no_trouble_whatever_became_of_it() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", world(10), &["GET /v1/events=401"]);
        stage.config(&[("north", "")]);
        stage.collect_for(MINUTE).await;
        assert!(!overview(stage, &north).is_well());
        stage.config(&[("north", "enabled = false")]);
        let overview = overview(stage, &north);
        assert_eq!(overview.connections[0].light, Light::Disabled);
        assert!(overview.is_well() && overview.connections[0].hint.is_none());
    });
}

#[test]
fn whether_a_collector_runs_is_told_and_a_slow_poll_is_no_trouble_meanwhile() {
    play(async |stage: &Stage| {
        let slow = World {
            latency: Duration::from_secs(20),
            ..world(10)
        };
        let north = stage.cloud("north", slow, &[]);
        stage.config(&[("north", "interval = \"1s\"")]);
        let collector = stage.collector(Until::ToldToEnd);
        let clock = Arc::clone(&north);
        let looks = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let overview = self::overview(stage, &clock);
            assert_eq!(overview.connections[0].light, Light::Waiting);
            assert!(overview.running && overview.is_well());
            tokio::time::sleep(Duration::from_secs(35)).await;
            // Its second poll has taken longer than two intervals by now.
            let overview = self::overview(stage, &clock);
            assert_eq!(overview.connections[0].light, Light::Green);
            assert!(overview.running);
        };
        collector.run(looks).await;
        tokio::time::sleep(MINUTE).await;
        let overview = self::overview(stage, &north);
        assert!(!overview.running);
        assert_eq!(overview.connections[0].light, Light::Red);
    });
}

#[test]
fn a_look_leaves_nothing_beside_the_database() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", world(10), &[]);
        stage.config(&[("north", "")]);
        stage.collect_for(MINUTE).await;
        let files = |stage: &Stage| {
            let files = std::fs::read_dir(stage.folder.path()).unwrap();
            let names = files.map(|file| file.unwrap().file_name());
            names.collect::<std::collections::BTreeSet<_>>()
        };
        let before = files(stage);
        assert_eq!(status(stage, &north).signals, 10);
        assert_eq!(files(stage), before);
        assert!(!before.contains(std::ffi::OsStr::new("amp.db-wal")));
    });
}

fn ask(folder: &Folder, more: &[&str]) -> Run {
    let config = folder.config();
    program::run(&[&["status", "--config", &config], more].concat())
}

#[test]
fn the_program_tells_people_and_machines_what_each_connection_is_doing() {
    let cloud = Cloud::start(world(200), &[]);
    let folder = Folder::new(&[
        connection("north", &cloud.url, "api-key-file = \"key\""),
        connection(
            "stranger",
            &cloud.url,
            "api-key = \"99999999-8888-4777-8666-555555555555\"",
        ),
        connection(
            "off",
            &cloud.url,
            "api-key-file = \"gone\"\nenabled = false",
        ),
    ]);
    ask(&folder, &[])
        .ends(1, &[])
        .prints("No collector is running")
        .prints("north       waiting   never");
    let mut child = folder.start(&[]);
    let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut told = wait_for("fetched 200 events (north;", &mut log);
    if !told.contains("(stranger;") {
        told.push_str(&wait_for("(stranger;", &mut log));
    }
    // A failure is told before it is stored.
    let began = std::time::Instant::now();
    let run = loop {
        let run = ask(&folder, &["--format", "json"]);
        if run.json()["connections"][1]["status"] == "red"
            || began.elapsed() > 20 * Duration::from_secs(1)
        {
            break run;
        }
    };
    run.ends(1, &[]);
    let json = run.json();
    assert_eq!(json["collectorRunning"], true);
    let [north, stranger, off] = [0, 1, 2].map(|index| &json["connections"][index]);
    assert_eq!(
        (&north["status"], &north["signals"], &north["backlog"]),
        (&"green".into(), &200.into(), &0.into())
    );
    assert!(north["lastError"].is_null() && north["quota"]["limit"] == 3000);
    let error = &stranger["lastError"];
    assert_eq!(
        (&error["kind"], &error["statusCode"], &error["over"]),
        (&"unauthorized".into(), &401.into(), &false.into())
    );
    assert!(error["remedy"]["steps"][0].as_str().unwrap().len() > 10);
    assert_eq!(off["status"], "disabled");

    let text = ask(&folder, &[]);
    text.ends(1, &[])
        .prints("A collector is running.")
        .prints("  Authentication failed (401)\n  - ");
    for line in [
        "north       green ",
        "stranger    red ",
        "off         disabled  never",
    ] {
        text.prints(line);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What a kill left behind does not hinder it.
    ask(&folder, &[])
        .ends(1, &[])
        .prints("No collector is running")
        .prints("north       green ");
}

#[test]
fn an_empty_database_is_one_that_was_never_polled() {
    let folder = Folder::new(&[connection(
        "north",
        "http://127.0.0.1:9",
        "api-key-file = \"key\"",
    )]);
    folder.write("amp.db", "");
    ask(&folder, &[]).ends(1, &[]).prints("waiting");
    // As a collector that was killed at its first start leaves it: a database without tables.
    let database = rusqlite::Connection::open(folder.0.path().join("amp.db")).unwrap();
    database.pragma_update(None, "journal_mode", "WAL").unwrap();
    drop(database);
    assert!(
        std::fs::metadata(folder.0.path().join("amp.db"))
            .unwrap()
            .len()
            > 0
    );
    ask(&folder, &[]).ends(1, &[]).prints("waiting");
}

#[test]
fn what_is_no_config_or_no_database_is_wrong_usage() {
    program::run(&["status"]).ends(2, &["--config <FILE>"]);
    program::run(&["status", "--config", "/nowhere/collector.toml"])
        .ends(2, &["there is no such file"]);
    let folder = Folder::new(&[]);
    folder.write("amp.db", "no database");
    ask(&folder, &[]).ends(2, &["is no database of a collector"]);
}
