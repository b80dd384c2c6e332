//! The program `collect`, run as somebody at a terminal or a service manager runs it, against the simulated cloud on loopback.

use std::io::{BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use host_test::simulator::World;

use crate::harness::program::{self, KEY};
use crate::loopback::{Cloud, Folder, connection, distinct, wait_for};

#[test]
fn once_stores_everything_and_ends() {
    let cloud = Cloud::start(
        World {
            events: 1_300,
            ..distinct()
        },
        &[],
    );
    let folder = Folder::new(&[
        connection("north", &cloud.url, "api-key-file = \"key\""),
        connection(
            "south",
            &cloud.url,
            "api-key-env = \"AMP_KEY\"\nmax-signals = 1000",
        ),
        connection(
            "off",
            "http://127.0.0.1:9",
            "api-key-file = \"gone\"\nenabled = false",
        ),
    ]);
    for waiting in [1_300, 0] {
        let run = folder.collect(&["--once"]);
        run.ends(
            0,
            &["[INFO] cisco-amp: collecting from 2 connections into "],
        );
        let fetched: u64 = run
            .err
            .lines()
            .filter_map(|line| fetched(line, "north"))
            .sum();
        assert_eq!(fetched, waiting, "{}", run.err);
        folder.holds_exactly("north", &cloud);
        folder.holds_exactly("south", &cloud);
    }
    // Everything but the time of a line is known.
    let run = folder.collect(&["--once"]);
    let line = run
        .err
        .lines()
        .find(|line| line.contains("(north;"))
        .unwrap();
    let (time, rest) = line.split_once(' ').unwrap();
    assert!(
        humantime::parse_rfc3339(time).is_ok() && time.len() == 20,
        "{line}"
    );
    assert_eq!(
        rest,
        "[INFO] cisco-amp: fetched 0 events (north; 0 waiting)"
    );
}

/// How many events a line says that were fetched for a connection.
fn fetched(line: &str, connection: &str) -> Option<u64> {
    let (_, rest) = line.split_once("[INFO] cisco-amp: fetched ")?;
    let (count, rest) = rest.split_once(" events (")?;
    rest.starts_with(connection).then(|| count.parse().unwrap())
}

#[test]
fn once_names_those_that_failed_and_stores_the_others() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = Folder::new(&[
        connection("north", &cloud.url, "api-key-file = \"key\""),
        connection(
            "nowhere",
            "http://127.0.0.1:9",
            "api-key-file = \"key\"\nmax-attempts = 1",
        ),
        connection(
            "stranger",
            &cloud.url,
            "api-key = \"99999999-8888-4777-8666-555555555555\"",
        ),
    ]);
    let run = folder.collect(&["--once"]);
    run.ends(
        1,
        &[
            "[ERROR] cisco-amp: not caught up: nowhere, stranger",
            "[WARN] cisco-amp: poll failed (nowhere; unreachable): ",
            "[ERROR] cisco-amp: poll failed (stranger; unauthorized, 401): ",
        ],
    );
    assert!(!run.err.contains("99999999-8888"), "{}", run.err);
    folder.holds_exactly("north", &cloud);
}

#[test]
fn lines_go_to_standard_output_if_they_are_to() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = Folder::new(&[connection("north", &cloud.url, "api-key-file = \"key\"")]);
    let config = std::fs::read_to_string(folder.config()).unwrap();
    folder.write("collector.toml", &format!("output = \"-\"\n{config}"));
    let run = folder.collect(&["--once"]);
    run.ends(0, &[]);
    assert_eq!(run.out.lines().count(), 200);
    for line in run.out.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            line["uniqueEventKey"].is_string() && line["raw"].is_object(),
            "{line}"
        );
    }
}

#[cfg(unix)]
#[test]
fn it_ends_cleanly_when_it_is_told_to() {
    // The second poll is never answered, so one is under way when the signal comes.
    for (signal, faults) in [("-TERM", &[][..]), ("-INT", &["GET /v1/events#2-=stalled"])] {
        let cloud = Cloud::start(distinct(), faults);
        let folder = Folder::new(&[connection(
            "north",
            &cloud.url,
            "api-key-file = \"key\"\ninterval = \"1s\"",
        )]);
        let mut child = folder.start(&[]);
        let mut log = BufReader::new(child.stderr.take().unwrap());
        wait_for("fetched 200 events (north; 0 waiting)", &mut log);
        if !faults.is_empty() {
            let began = Instant::now();
            while cloud.simulator.counts().total < 2 && began.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let began = Instant::now();
        let told = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        let mut rest = String::new();
        log.read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{rest}");
        assert!(rest.contains("[INFO] cisco-amp: ending"), "{rest}");
        assert!(
            began.elapsed() < Duration::from_secs(9),
            "{:?}",
            began.elapsed()
        );
        folder.holds_exactly("north", &cloud);
    }
}

#[test]
fn a_second_collector_is_refused() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = Folder::new(&[connection("north", &cloud.url, "api-key-file = \"key\"")]);
    let mut child = folder.start(&[]);
    let mut log = BufReader::new(child.stderr.take().unwrap());
    wait_for("fetched", &mut log);
    let asked = cloud.simulator.counts().total;
    folder
        .collect(&["--once"])
        .ends(1, &["another collector works with the database"]);
    assert_eq!(cloud.simulator.counts().total, asked);
    // A kill leaves no lock behind.
    child.kill().unwrap();
    child.wait().unwrap();
    folder.collect(&["--once"]).ends(0, &[]);
    folder.holds_exactly("north", &cloud);
}

#[test]
fn what_cannot_be_used_is_told_before_anything_is_asked() {
    let cloud = Cloud::start(distinct(), &[]);
    let good = connection("north", &cloud.url, "api-key-file = \"key\"");
    let folder = Folder::new(std::slice::from_ref(&good));
    program::run(&["collect"]).ends(2, &["--config <FILE>"]);
    program::run(&["collect", "--config", "/nowhere/collector.toml"]).ends(
        2,
        &["there is no such file; it could hold:", "[[connection]]"],
    );
    folder.write("amp.db", "no database");
    folder
        .collect(&[])
        .ends(2, &["is no database of a collector"]);
    folder.write(
        "collector.toml",
        &format!("database = \"amp.db\"\nmetrics = 1\n{good}intervall = \"5m\""),
    );
    folder.collect(&[]).ends(
        2,
        &[
            "  line 2: `metrics` must be a text in quotes",
            "did you mean `interval`?",
        ],
    );
    folder.write(
        "collector.toml",
        &format!("database = \"amp.db\"\nca-file = \"gone.pem\"\n{good}"),
    );
    folder
        .collect(&[])
        .ends(2, &["the certificate authorities in", "gone.pem"]);
    // What only the component knows to be wrong.
    folder.write(
        "collector.toml",
        &format!("database = \"other.db\"\n{}", good.replace("http:", "ftp:")),
    );
    folder
        .collect(&[])
        .ends(2, &["line 5: connection `north`: ", "server-url"]);
    assert_eq!(cloud.simulator.counts().total, 0);
}

#[test]
fn the_help_shows_a_config_that_can_be_used() {
    let run = program::run(&["collect", "--help"]);
    run.ends(0, &[])
        .prints("Usage: host-test collect [OPTIONS] --config <FILE>");
    let config: String = run
        .out
        .lines()
        .skip_while(|line| !line.contains("database = "))
        .take_while(|line| !line.starts_with("A changed"))
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    let folder = Folder::new(&[]);
    let config = config
        .replace("https://api.amp.cisco.com", "http://127.0.0.1:9")
        .replace("https://api.eu.amp.cisco.com", "http://127.0.0.1:9");
    folder.write(
        "collector.toml",
        &config
            .replace("ca-file", "#")
            .replace("127.0.0.1:9464", "127.0.0.1:0")
            .replace("AMP_EUROPE_KEY", "AMP_KEY"),
    );
    folder.write("north-america.key", KEY);
    folder
        .collect(&["--once"])
        .ends(1, &["not caught up: north-america, europe"]);
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_everything_as_it_was_and_is_no_end() {
    let cloud = Cloud::start(
        World {
            events: 3_000,
            ..distinct()
        },
        &[],
    );
    let folder = Folder::new(&[connection(
        "north",
        &cloud.url,
        "api-key-file = \"key\"\ninterval = \"1s\"",
    )]);
    // No file may grow beyond 2 MiB, which is less than the events take.
    let command = folder.command(&[]);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 4096; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut child = shell
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let told = wait_for("[ERROR] cisco-amp: poll failed (north; storage)", &mut log);
    assert!(
        told.contains("everything is as it was before; next poll in"),
        "{told}"
    );
    // It goes on: the next failure is a poll later.
    wait_for("[ERROR] cisco-amp: poll failed (north; storage)", &mut log);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(command);

    let database = rusqlite::Connection::open(folder.0.path().join("amp.db")).unwrap();
    let stored: i64 = database
        .query_row("SELECT count(*) FROM signals", [], |row| row.get(0))
        .unwrap();
    assert!(stored < 3_000, "{stored}");
    drop(database);
    folder.collect(&["--once"]).ends(0, &[]);
    folder.holds_exactly("north", &cloud);
}

#[cfg(unix)]
#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = Folder::new(&[connection(
        "north",
        &cloud.url,
        "api-key-file = \"key\"\ninterval = \"1s\"",
    )]);
    // A pipe that is full before it begins.
    let (unread, writer) = std::io::pipe().unwrap();
    let mut filler = writer.try_clone().unwrap();
    let (told, filled) = std::sync::mpsc::channel();
    std::thread::spawn(
        move || {
            while filler.write_all(&[b'.'; 512]).is_ok() && told.send(()).is_ok() {}
        },
    );
    while filled.recv_timeout(Duration::from_millis(500)).is_ok() {}

    let mut command = folder.command(&[]);
    let mut child = command.stderr(writer).spawn().unwrap();
    let began = Instant::now();
    while cloud.simulator.counts().total < 4 && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let asked = cloud.simulator.counts().total;
    let began = Instant::now();
    let told = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(told.unwrap().success());
    let ended = loop {
        match child.try_wait().unwrap() {
            None if began.elapsed() < Duration::from_secs(15) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            ended => break ended,
        }
    };
    if ended.is_none() {
        child.kill().unwrap();
    }
    assert_eq!(
        (ended.and_then(|ended| ended.code()), asked >= 4),
        (Some(0), true)
    );
    drop(unread);
    folder.holds_exactly("north", &cloud);
}
