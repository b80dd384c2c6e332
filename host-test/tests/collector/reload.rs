//! A config that changes while the collector runs.

use std::time::Duration;

use host_test::collector::Until;
use host_test::simulator::{API_KEY, Simulator, World};

use crate::stage::{Stage, asked_at, connection, play};

const MINUTE: Duration = Duration::from_secs(60);
/// How soon a change is in force.
const SOON: Duration = Duration::from_secs(10);

const EACH_MINUTE: &str = "interval = \"1m\"";

fn quiet() -> World {
    World {
        events: 10,
        ..World::default()
    }
}

/// Runs a collector while somebody does something, then ends it.
async fn meanwhile(stage: &Stage, work: impl Future<Output = ()>) {
    stage.collector(Until::ToldToEnd).run(work).await;
}

/// The requests since some time, as seconds after it.
fn asked_since(cloud: &Simulator, since: Duration) -> Vec<u64> {
    let times = asked_at(cloud).into_iter();
    times
        .filter_map(|at| Some(at.checked_sub(since)?.as_secs()))
        .collect()
}

#[test]
fn connections_come_change_and_go_and_the_others_notice_nothing() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &[]);
        let south = stage.cloud("south", quiet(), &[]);
        stage.config(&[("north", EACH_MINUTE)]);
        meanwhile(stage, async {
            tokio::time::sleep(10 * MINUTE + SOON * 2).await;
            stage.config(&[("north", EACH_MINUTE), ("south", EACH_MINUTE)]);
            tokio::time::sleep(10 * MINUTE).await;
            // Another interval for one of them.
            stage.config(&[("north", EACH_MINUTE), ("south", "interval = \"5m\"")]);
            tokio::time::sleep(20 * MINUTE).await;
            stage.config(&[
                ("south", "interval = \"5m\"\nenabled = false"),
                ("north", EACH_MINUTE),
            ]);
            tokio::time::sleep(10 * MINUTE).await;
            stage.config(&[("north", EACH_MINUTE), ("south", EACH_MINUTE)]);
            tokio::time::sleep(10 * MINUTE).await;
        })
        .await;

        let south = asked_at(&south);
        let within = |from: u64, to: u64| {
            let times = south.iter().map(Duration::as_secs);
            times
                .filter(|at| (620 + from * 60..620 + to * 60).contains(at))
                .count()
        };
        assert!(
            south[0] >= 10 * MINUTE + SOON * 2 && south[0] < 10 * MINUTE + SOON * 3,
            "{south:?}"
        );
        assert!((9..=11).contains(&within(0, 10)), "{south:?}");
        assert!((4..=6).contains(&within(10, 30)), "{south:?}");
        assert_eq!(within(31, 40), 0, "{south:?}");
        assert!((9..=11).contains(&within(40, 50)), "{south:?}");
        // Never a beat too many, never one too few.
        for pair in asked_at(&north).windows(2) {
            assert!(
                (58..63).contains(&(pair[1] - pair[0]).as_secs()),
                "{pair:?}"
            );
        }
    });
}

#[test]
fn a_config_that_cannot_be_used_is_told_once_and_changes_nothing() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &[]);
        stage.config(&[("north", EACH_MINUTE)]);
        let good = stage.read("collector.toml");
        meanwhile(stage, async {
            tokio::time::sleep(10 * MINUTE).await;
            stage.write("collector.toml", "database = ");
            tokio::time::sleep(10 * MINUTE).await;
            stage.write("collector.toml", &format!("{good}intervall = \"9m\"\n"));
            tokio::time::sleep(10 * MINUTE).await;
            std::fs::remove_file(stage.path("collector.toml")).unwrap();
            tokio::time::sleep(10 * MINUTE).await;
            stage.write("collector.toml", &good);
            tokio::time::sleep(10 * MINUTE).await;
        })
        .await;
        assert!((48..=52).contains(&asked_at(&north).len()));
        stage.logged(1, "this is no TOML");
        stage.logged(1, "unknown field `intervall`; did you mean `interval`?");
        stage.logged(1, "there is no such file");
        stage.logged(3, "the one before it stays in force");
    });
}

#[test]
fn a_file_that_is_being_written_is_left_alone() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &[]);
        let south = stage.cloud("south", quiet(), &[]);
        let both = [("north", EACH_MINUTE), ("south", EACH_MINUTE)];
        stage.config(&both);
        meanwhile(stage, async {
            for _ in 0..60 {
                tokio::time::sleep(MINUTE).await;
                // For a moment the file is cut off, at a place where it can be read.
                stage.config(&both[..1]);
                tokio::time::sleep(Duration::from_millis(1_900)).await;
                stage.config(&both);
            }
        })
        .await;
        for cloud in [&north, &south] {
            assert!(
                (60..=66).contains(&asked_at(cloud).len()),
                "{:?}",
                asked_at(cloud)
            );
        }
        stage.logged(0, "the config has changed");
    });
}

#[test]
fn a_key_file_that_changes_is_taken_up() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &[]);
        let other = "99999999-8888-4777-8666-555555555555";
        stage.config(&[("north", "interval = \"30m\"")]);
        stage.write("key", other);
        let mended = 42 * MINUTE;
        meanwhile(stage, async {
            tokio::time::sleep(mended).await;
            stage.write("key", &format!("  {API_KEY}\n"));
            tokio::time::sleep(MINUTE).await;
        })
        .await;
        let soon = asked_since(&north, mended);
        assert!(soon[0] < SOON.as_secs(), "{soon:?}");
        stage.holds_exactly("north", &north);
        assert!(stage.log().contains("ERROR"), "{}", stage.log());
        assert!(
            stage
                .log()
                .contains("poll failed (north; unauthorized, 401)")
        );
        for key in [other, API_KEY] {
            assert!(!stage.log().contains(key), "{}", stage.log());
        }
    });
}

#[test]
fn a_changed_connection_still_waits_for_amps_limit() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &["GET /v1/events#1=429 reset=1800"]);
        stage.config(&[("north", EACH_MINUTE)]);
        meanwhile(stage, async {
            tokio::time::sleep(5 * MINUTE).await;
            stage.config(&[("north", "interval = \"2m\"")]);
            tokio::time::sleep(30 * MINUTE).await;
        })
        .await;
        let times = asked_at(&north);
        assert!(
            times[1] >= 30 * MINUTE && times[1] < 31 * MINUTE,
            "{times:?}"
        );
    });
}

#[test]
fn a_poll_under_way_is_finished_before_a_change_counts() {
    play(async |stage: &Stage| {
        let slow = World {
            latency: Duration::from_secs(25),
            events: 400,
            ..World::default()
        };
        let north = stage.cloud("north", slow, &[]);
        stage.config(&[("north", "interval = \"1h\"")]);
        meanwhile(stage, async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            // Removed in the midst of its first poll.
            stage.config(&[]);
            tokio::time::sleep(MINUTE).await;
        })
        .await;
        stage.holds_exactly("north", &north);
        assert_eq!(asked_at(&north).len(), 1);
    });
}

#[test]
fn what_takes_a_new_start_is_said() {
    play(async |stage: &Stage| {
        stage.cloud("north", quiet(), &[]);
        stage.config(&[("north", EACH_MINUTE)]);
        meanwhile(stage, async {
            tokio::time::sleep(MINUTE).await;
            let text = format!(
                "database = \"b.db\"\noutput = \"-\"\n{}",
                connection("north", EACH_MINUTE)
            );
            stage.write("collector.toml", &text);
            tokio::time::sleep(MINUTE).await;
        })
        .await;
        stage.logged(
            1,
            "`database` has changed in the config; this takes effect with the next start",
        );
        stage.logged(1, "`output` has changed in the config");
        assert!(!stage.path("b.db").exists());
    });
}

#[test]
fn a_comment_or_another_order_is_no_change() {
    play(async |stage: &Stage| {
        stage.cloud("north", quiet(), &[]);
        stage.cloud("south", quiet(), &[]);
        let (north, south) = (
            connection("north", EACH_MINUTE),
            connection("south", EACH_MINUTE),
        );
        let write = |first: &str, second: &str, first_line: &str| {
            let text = format!("{first_line}database = \"amp.db\"\n{first}{second}");
            stage.write("collector.toml", &text);
        };
        write(&north, &south, "");
        meanwhile(stage, async {
            tokio::time::sleep(MINUTE).await;
            write(&north, &south, "# a comment\n\n");
            tokio::time::sleep(MINUTE).await;
            write(&south, &north, "");
            tokio::time::sleep(MINUTE).await;
            stage.logged(0, "the config has changed");
            write(&south.replace("\"1m\"", "\"2m\""), &north, "");
            tokio::time::sleep(MINUTE).await;
            stage.logged(1, "the config has changed");
        })
        .await;
    });
}

#[test]
fn what_only_the_component_knows_to_be_wrong_replaces_no_good_connection() {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", quiet(), &[]);
        stage.config(&[("north", EACH_MINUTE)]);
        let good = stage.read("collector.toml");
        let server = "https://north.example";
        let wrong = [
            "ftp://north.example",
            "htps:/north.example",
            "http://north.example",
        ];
        meanwhile(stage, async {
            for (count, wrong) in (1..).zip(wrong) {
                tokio::time::sleep(5 * MINUTE).await;
                stage.write("collector.toml", &good.replace(server, wrong));
                tokio::time::sleep(5 * MINUTE).await;
                stage.logged(count, "line 5: connection `north`: ");
                stage.logged(count, "the one before it stays in force");
            }
        })
        .await;
        assert!((28..=32).contains(&asked_at(&north).len()));
        stage.logged(0, "poll failed");
        stage.logged(0, "the config has changed");
    });
}
