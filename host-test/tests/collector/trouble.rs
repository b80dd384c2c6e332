//! What befalls a collector besides AMP: full disks, files that are damaged, moved or taken away, and people who mend things.

use std::fs;
use std::io::{BufReader, Read as _};
use std::path::Path;
use std::time::Duration;

use host_test::collector::Until;
use host_test::collector::store::{Store, StoreError};
use host_test::simulator::World;

use crate::harness::{identities, program};
use crate::loopback::{self, Cloud, Folder, distinct, wait_for};
use crate::stage::{Stage, play};

const MINUTE: Duration = Duration::from_secs(60);

/// A cloud where a little happens all the time.
fn lively() -> World {
    World {
        events_per_minute: 3.0,
        ..distinct()
    }
}

/// Runs a collector while somebody does something, then ends it.
async fn meanwhile(stage: &Stage, work: impl Future<Output = ()>) {
    let ended = stage.collector(Until::ToldToEnd).run(work).await;
    assert!(ended.lines.is_none(), "{:?}", ended.lines);
}

/// The config with one connection that is polled each minute, and JSON lines in `amp.jsonl`.
fn with_output(stage: &Stage) {
    stage.config(&[("north", "interval = \"1m\"")]);
    let config = stage.read("collector.toml");
    stage.write(
        "collector.toml",
        &format!("output = \"amp.jsonl\"\n{config}"),
    );
}

#[test]
fn a_full_disk_is_told_and_waited_out() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", lively(), &[]);
        with_output(stage);
        // Makes the tables, and nothing else.
        stage.collect_for(Duration::ZERO).await;
        // With its numbers used up, SQLite says of this table what it says of a full disk: SQLITE_FULL, and nothing is kept.
        let used_up =
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('lines', 9223372036854775807)";
        stage.sql().execute_batch(used_up).unwrap();
        meanwhile(stage, async {
            tokio::time::sleep(10 * MINUTE).await;
            assert_eq!((stage.count("signals"), stage.count("cursors")), (0, 0));
            let state = stage.reader().state("north").unwrap().unwrap();
            let error = state.last_error.unwrap();
            assert_eq!((error.kind.as_str(), state.succeeded_at), ("storage", None));
            let said = "the disk is full, so nothing was stored and everything is as it was before; make room, and it goes on by itself";
            assert_eq!(error.message, said);
            let room = "DELETE FROM sqlite_sequence WHERE name = 'lines'";
            stage.sql().execute_batch(room).unwrap();
            tokio::time::sleep(30 * MINUTE).await;
        })
        .await;
        stage.catch_up().await;
        stage.holds_exactly("north", &north);
        assert_eq!(
            identities::of_lines(&stage.read("amp.jsonl")),
            stage.stored("north")
        );
    });
}

#[cfg(target_os = "linux")]
#[test]
fn lines_wait_while_the_disk_of_the_output_is_full() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", lively(), &[]);
        with_output(stage);
        let output = stage.path("amp.jsonl");
        // It takes nothing and says that there is no space left.
        std::os::unix::fs::symlink("/dev/full", &output).unwrap();
        meanwhile(stage, async {
            tokio::time::sleep(10 * MINUTE).await;
            let waiting = stage.count("lines");
            assert!(waiting >= 200, "{waiting} lines wait");
            assert_eq!(waiting, stage.count("signals"));
            fs::remove_file(&output).unwrap();
            tokio::time::sleep(10 * MINUTE).await;
        })
        .await;
        stage.logged(1, "No space left on device");
        stage.catch_up().await;
        stage.holds_exactly("north", &north);
        assert_eq!(
            identities::of_lines(&stage.read("amp.jsonl")),
            stage.stored("north")
        );
    });
}

#[test]
fn an_output_that_is_moved_away_is_begun_anew() {
    play(async |stage: &Stage| {
        stage.cloud("north", lively(), &[]);
        with_output(stage);
        meanwhile(stage, async {
            for number in 0..5 {
                tokio::time::sleep(10 * MINUTE).await;
                let old = stage.path(&format!("amp.jsonl.{number}"));
                fs::rename(stage.path("amp.jsonl"), old).unwrap();
            }
            tokio::time::sleep(10 * MINUTE).await;
        })
        .await;
        let mut lines = stage.read("amp.jsonl");
        assert!(!lines.is_empty());
        for number in 0..5 {
            lines.push_str(&stage.read(&format!("amp.jsonl.{number}")));
        }
        assert_eq!(identities::of_lines(&lines), stage.stored("north"));
    });
}

#[cfg(unix)]
#[test]
fn a_database_that_is_moved_away_is_told_and_taken_up_when_it_is_back() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", lively(), &[]);
        stage.config(&[("north", "interval = \"1m\"")]);
        let (place, elsewhere) = (stage.path("amp.db"), stage.path("elsewhere.db"));
        meanwhile(stage, async {
            tokio::time::sleep(10 * MINUTE).await;
            fs::rename(&place, &elsewhere).unwrap();
            tokio::time::sleep(10 * MINUTE).await;
            assert!(!place.exists(), "nobody makes another");
            assert!(stage.log().contains("amp.db was moved, deleted, replaced or emptied while the collector works with it, so nothing is stored"));
            fs::rename(&elsewhere, &place).unwrap();
            tokio::time::sleep(20 * MINUTE).await;
        })
        .await;
        stage.catch_up().await;
        stage.holds_exactly("north", &north);
    });
}

#[cfg(unix)]
#[test]
fn nothing_is_stored_where_it_would_be_lost() {
    play(async |stage: &Stage| {
        let place = stage.path("amp.db");
        type Harm = fn(&Path);
        let harms: [(&str, Harm); 3] = [
            ("deleted", |file| fs::remove_file(file).unwrap()),
            ("emptied", |file| fs::write(file, "").unwrap()),
            ("replaced", |file| {
                let copy = file.with_extension("copy");
                fs::copy(file, &copy).unwrap();
                fs::rename(&copy, file).unwrap();
            }),
        ];
        for (name, harm) in harms {
            let store = Store::open(&place).unwrap();
            store.cursor("north").await.unwrap();
            harm(&place);
            let error = store.cursor("north").await.unwrap_err();
            assert!(matches!(error, StoreError::Gone { .. }), "{name}: {error}");
            drop(store);
            for file in ["amp.db", "amp.db-wal", "amp.db-shm"] {
                let _ = fs::remove_file(stage.path(file));
            }
        }
    });
}

#[test]
fn a_database_that_may_only_be_read_is_refused() {
    play(async |stage: &Stage| {
        drop(Store::open(&stage.path("amp.db")).unwrap());
        // Whatever the permissions say, root may write. The number of a later file format, which may be read only, binds everybody.
        let mut bytes = fs::read(stage.path("amp.db")).unwrap();
        bytes[18] = 3;
        fs::write(stage.path("amp.db"), &bytes).unwrap();
        let error = Store::open(&stage.path("amp.db")).err().unwrap();
        assert!(
            error
                .to_string()
                .contains("cannot be opened: it may only be read"),
            "{error}"
        );
        assert_eq!(fs::read(stage.path("amp.db")).unwrap(), bytes);
    });
}

#[test]
fn a_damaged_database_is_told_with_what_to_do() {
    play(async |stage: &Stage| {
        stage.cloud("north", distinct(), &[]);
        stage.config(&[("north", "")]);
        stage.catch_up().await;
        let good = fs::read(stage.path("amp.db")).unwrap();
        // All but the first page, which says what the database is.
        let mut bytes = good.clone();
        bytes[4096..].fill(0xAA);
        fs::write(stage.path("amp.db"), bytes).unwrap();
        assert_eq!(stage.catch_up().await.behind, ["north"]);
        let said = "the database is damaged (database disk image is malformed), so nothing was stored; end the collector and put a copy";
        stage.logged(1, said);
        // Cut off.
        fs::write(stage.path("amp.db"), &good[..good.len() / 2]).unwrap();
        let error = Store::open(&stage.path("amp.db")).err().unwrap();
        assert!(matches!(error, StoreError::Damaged(_)), "{error}");
        // As the advice says.
        fs::write(stage.path("amp.db"), &good).unwrap();
        assert!(stage.catch_up().await.behind.is_empty());
    });
}

#[test]
fn a_config_that_is_mended_is_told_too() {
    play(async |stage: &Stage| {
        stage.cloud("north", distinct(), &[]);
        stage.config(&[("north", "")]);
        let good = stage.read("collector.toml");
        meanwhile(stage, async {
            tokio::time::sleep(MINUTE).await;
            stage.write("collector.toml", &good.replace("database", "databse"));
            tokio::time::sleep(MINUTE).await;
            stage.write("collector.toml", &good);
            tokio::time::sleep(MINUTE).await;
        })
        .await;
        stage.logged(1, "the one before it stays in force");
        stage.logged(1, "the config can be used again");
    });
}

/// The program's folder with one connection that has caught up with `cloud`.
fn caught_up(cloud: &Cloud) -> Folder {
    let more = "api-key-file = \"key\"\ninterval = \"1s\"";
    let folder = Folder::new(&[loopback::connection("north", &cloud.url, more)]);
    folder.collect(&["--once"]).ends(0, &[]);
    folder
}

fn sql(folder: &Folder) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.0.path().join("amp.db")).unwrap()
}

#[test]
fn a_cursor_that_cannot_be_used_is_forgotten_by_order() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = caught_up(&cloud);
    let config = folder.config();
    for (damage, said) in [
        ("replace(cursor, 'se2.', 'se2.AAAA')", "it is corrupt"),
        (
            "replace(cursor, 'se2.', 'se7.')",
            "it was written by another version of this plugin",
        ),
        ("'Dear diary'", "not a cursor of this plugin"),
    ] {
        let changed = sql(&folder).execute(&format!("UPDATE cursors SET cursor = {damage}"), []);
        assert_eq!(changed.unwrap(), 1);
        cloud.simulator.add_event(cloud.simulator.now());
        let asked = cloud.simulator.counts().total;
        folder.collect(&["--once"]).ends(
            1,
            &[
                said,
                "`host-test collect --config FILE --reset NAME`",
                "not caught up: north",
            ],
        );
        assert_eq!(cloud.simulator.counts().total, asked);
        let status = program::run(&["status", "--config", &config]);
        status.ends(1, &[]).prints("--reset NAME").prints(said);

        let run = folder.collect(&["--reset", "north"]);
        run.ends(0, &[])
            .prints("The cursor of `north` is forgotten; what is stored stays.")
            .prints("A poll was last stored at 20");
        folder
            .collect(&["--once"])
            .ends(0, &["fetched 1 events", "were stored before"]);
        folder.holds_exactly("north", &cloud);
        program::run(&["status", "--config", &config]).ends(0, &[]);
    }
}

#[test]
fn no_cursor_is_forgotten_that_is_not_there_or_in_use() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = caught_up(&cloud);
    folder
        .collect(&["--reset", "norht"])
        .ends(2, &["has no cursor of a connection `norht`"]);
    let mut child = folder.start(&[]);
    let mut log = BufReader::new(child.stderr.take().unwrap());
    wait_for("fetched", &mut log);
    folder
        .collect(&["--reset", "north"])
        .ends(1, &["another collector works with the database"]);
    child.kill().unwrap();
    child.wait().unwrap();
    let cursors: i64 = sql(&folder)
        .query_row("SELECT count(*) FROM cursors", [], |row| row.get(0))
        .unwrap();
    assert_eq!(cursors, 1);
    fs::remove_file(folder.0.path().join("amp.db")).unwrap();
    folder
        .collect(&["--reset", "north"])
        .ends(2, &["there is no database"]);
    assert!(!folder.0.path().join("amp.db").exists());
}

#[test]
fn a_database_that_is_gone_is_no_good_status() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = caught_up(&cloud);
    let mut child = folder.start(&[]);
    let mut log = BufReader::new(child.stderr.take().unwrap());
    wait_for("fetched", &mut log);
    fs::remove_file(folder.0.path().join("amp.db")).unwrap();
    wait_for(
        "so nothing is stored; put it back, or start the collector anew",
        &mut log,
    );
    let status = program::run(&["status", "--config", &folder.config()]);
    status.ends(1, &["was moved, deleted, replaced or emptied"]);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_damaged_database_is_nothing_that_another_start_mends() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = caught_up(&cloud);
    let file = folder.0.path().join("amp.db");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let asked = cloud.simulator.counts().total;
    folder.collect(&[]).ends(
        2,
        &[
            "the database is damaged (",
            "put a copy of the database in its place",
        ],
    );
    assert_eq!(cloud.simulator.counts().total, asked);
}

#[test]
fn an_output_that_nobody_reads_is_told_and_read_later_lacks_nothing() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = Folder::new(&[loopback::connection(
        "north",
        &cloud.url,
        "api-key-file = \"key\"",
    )]);
    let config = fs::read_to_string(folder.config()).unwrap();
    folder.write("collector.toml", &format!("output = \"-\"\n{config}"));
    let mut child = folder.start(&[]);
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let told = wait_for(
        "standard output has not taken JSON lines for 10 seconds",
        &mut log,
    );
    assert!(told.contains("fetched 200 events"), "{told}");
    child.kill().unwrap();
    child.wait().unwrap();
    let mut lines = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut lines)
        .unwrap();
    let (taken, _) = lines.rsplit_once('\n').unwrap();
    assert!(taken.lines().count() < 200, "a pipe takes it all");
    // None of them was taken note of, so the next run writes all.
    let run = folder.collect(&["--once"]);
    run.ends(0, &[]);
    assert_eq!(run.out.lines().count(), 200);
}
