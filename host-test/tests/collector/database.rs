//! The database as a file: what it must be, and who may have it.

use std::time::Duration;

use host_test::collector::Until;
use host_test::collector::store::{Reader, Store, StoreError};

use crate::loopback::distinct;
use crate::stage::{Stage, play};

/// Why the database of the stage cannot be opened.
fn refused(stage: &Stage) -> StoreError {
    match Store::open(&stage.path("amp.db")) {
        Ok(_) => panic!("the database is opened"),
        Err(error) => error,
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    play(async |stage: &Stage| {
        let text = "Dear diary, ".repeat(100);
        stage.write("amp.db", &text);
        let error = refused(stage);
        assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("is no database of a collector; it is left as it is"),
            "{error}"
        );
        assert_eq!(stage.read("amp.db"), text);
    });
}

#[test]
fn a_database_of_something_else_is_refused() {
    play(async |stage: &Stage| {
        stage
            .sql()
            .execute_batch("CREATE TABLE signals (x)")
            .unwrap();
        let error = refused(stage).to_string();
        assert!(error.contains("of something else"), "{error}");
        assert_eq!(stage.count("sqlite_schema"), 1);
    });
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    play(async |stage: &Stage| {
        drop(Store::open(&stage.path("amp.db")).unwrap());
        stage.sql().pragma_update(None, "user_version", 7).unwrap();
        let error = refused(stage).to_string();
        assert!(
            error.contains("its version is 7") && error.contains("up to 2"),
            "{error}"
        );
        assert!(Reader::open(&stage.path("amp.db")).is_err());
    });
}

#[test]
fn a_database_of_an_earlier_version_is_refused_and_left_as_it_is() {
    play(async |stage: &Stage| {
        drop(Store::open(&stage.path("amp.db")).unwrap());
        stage.sql().pragma_update(None, "user_version", 1).unwrap();
        let error = refused(stage).to_string();
        for part in [
            "an earlier version",
            "its version is 1, this program needs 2",
            "move it away or name another file in the config",
            "begins with its first window",
        ] {
            assert!(error.contains(part), "{error}");
        }
        assert!(Reader::open(&stage.path("amp.db")).is_err());
        let version = "PRAGMA user_version";
        let version = stage.sql().query_row(version, [], |row| row.get(0));
        assert_eq!(version, Ok(1));
    });
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    play(async |stage: &Stage| {
        let error = Store::open(&stage.path("nowhere/amp.db")).err().unwrap();
        assert!(
            error.to_string().contains("check that its folder is there"),
            "{error}"
        );
    });
}

#[test]
fn a_second_collector_is_refused_whatever_it_calls_the_database() {
    play(async |stage: &Stage| {
        let first = Store::open(&stage.path("amp.db")).unwrap();
        let second = first.clone();
        #[cfg(unix)]
        std::os::unix::fs::symlink(stage.path("amp.db"), stage.path("link.db")).unwrap();
        drop(first);
        for name in ["amp.db", "link.db", "../"] {
            let name = match name {
                "../" => format!(
                    "../{}/amp.db",
                    stage.folder.path().file_name().unwrap().display()
                ),
                name => name.to_owned(),
            };
            let error = Store::open(&stage.path(&name)).err().unwrap();
            assert!(matches!(error, StoreError::InUse { .. }), "{name}: {error}");
        }
        drop(second);
        Store::open(&stage.path("amp.db")).unwrap();
    });
}

#[cfg(unix)]
#[test]
fn what_is_new_may_be_read_by_its_owner_only_and_what_is_there_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    play(async |stage: &Stage| {
        stage.cloud("north", distinct(), &[]);
        stage.config(&[("north", "")]);
        let config = stage.read("collector.toml");
        stage.write(
            "collector.toml",
            &format!("output = \"amp.jsonl\"\n{config}"),
        );
        let modes = |stage: &Stage| {
            ["amp.db", "amp.db.lock", "amp.jsonl"].map(|file| {
                let about = std::fs::metadata(stage.path(file)).unwrap();
                about.permissions().mode() & 0o777
            })
        };
        let collector = stage.collector(Until::ToldToEnd);
        let look = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            for file in ["amp.db-wal", "amp.db-shm"] {
                let about = std::fs::metadata(stage.path(file)).unwrap();
                assert_eq!(about.permissions().mode() & 0o777, 0o600, "{file}");
            }
        };
        collector.run(look).await;
        assert_eq!(modes(stage), [0o600; 3]);
        for file in ["amp.db", "amp.db.lock", "amp.jsonl"] {
            let mode = std::fs::Permissions::from_mode(0o640);
            std::fs::set_permissions(stage.path(file), mode).unwrap();
        }
        stage.sql().execute("DELETE FROM signals", []).unwrap();
        stage.sql().execute("DELETE FROM cursors", []).unwrap();
        assert!(stage.catch_up().await.behind.is_empty());
        assert_eq!(stage.read("amp.jsonl").lines().count(), 400);
        assert_eq!(modes(stage), [0o640; 3]);
    });
}

#[cfg(unix)]
#[test]
fn a_link_to_a_database_that_is_not_there_yet_is_one_database() {
    play(async |stage: &Stage| {
        std::os::unix::fs::symlink("amp.db", stage.path("link.db")).unwrap();
        let _first = Store::open(&stage.path("link.db")).unwrap();
        assert!(stage.path("amp.db").is_file() && stage.path("link.db").is_symlink());
        let error = refused(stage);
        assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    });
}

#[test]
fn it_is_durable_and_may_be_read_while_it_is_written() {
    play(async |stage: &Stage| {
        stage.cloud("north", distinct(), &[]);
        stage.config(&[("north", "")]);
        stage.catch_up().await;
        let _collector = Store::open(&stage.path("amp.db")).unwrap();
        let mode: String = stage
            .sql()
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(stage.reader().signals_since("north", 0).unwrap(), 200);
    });
}

#[test]
fn a_reader_that_holds_the_database_up_is_a_failure_that_passes() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", distinct(), &[]);
        stage.config(&[("north", "interval = \"1m\"")]);
        stage.collect_for(Duration::ZERO).await;
        let other = stage.sql();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let ended = stage.catch_up().await;
        assert_eq!(ended.behind, ["north"]);
        stage.logged(1, "another program holds the database (database is locked)");
        stage.logged(1, "end it, or let it finish, and it goes on by itself");
        stage.logged(1, "WARN");
        stage.logged(0, "ERROR");
        other.execute_batch("ROLLBACK").unwrap();
        stage.catch_up().await;
        stage.holds_exactly("north", &north);
    });
}
