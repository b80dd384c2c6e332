//! The lines of the output as a platform's records.

use std::time::Duration;

use host_test::manifest::{self, Platform, Signal};
use host_test::simulator::World;
use serde_json::Value;

use crate::harness::identities;
use crate::stage::{Stage, play};

/// What the output has of a cloud where much is listed, with this entry in the config.
fn output(format: &str) -> (Vec<String>, usize) {
    play(async |stage: &Stage| {
        let north = stage.cloud("north", World::default(), &[]);
        stage.config(&[("north", "")]);
        let config = stage.read("collector.toml");
        let head = format!("output = \"lines\"\n{format}\n");
        stage.write("collector.toml", &format!("{head}{config}"));
        stage.catch_up().await;
        stage.holds_exactly("north", &north);
        stage.logged(0, "the signals themselves");
        let lines = stage.read("lines").lines().map(str::to_owned).collect();
        (lines, identities::listed(&north).len())
    })
}

#[test]
fn lines_are_the_records_that_the_platforms_manifest_makes_of_the_signals() {
    let (signals, count) = output("");
    for platform in Platform::ALL {
        let (records, _) = output(&format!("format = \"{}\"", platform.name()));
        assert_eq!(records.len(), count);
        let mapping = manifest::mapping(platform).unwrap();
        for (signal, record) in signals.iter().zip(&records) {
            let line: Value = serde_json::from_str(signal).unwrap();
            let signal = Signal::parse(signal).unwrap();
            let mapped: Vec<String> = mapping
                .map(&signal)
                .iter()
                .map(manifest::Record::line)
                .collect();
            assert_eq!(mapped, std::slice::from_ref(record));
            // The fields by which the page tells records apart.
            let id = match platform {
                Platform::D3 => "Unique Event Key",
                Platform::Conductor => "eventID",
            };
            let record: Value = serde_json::from_str(record).unwrap();
            assert_eq!(record[id], line["uniqueEventKey"]);
            assert_eq!(record["connection"], "north");
            assert_eq!(line["connection"], "north");
        }
    }
}

#[test]
fn a_format_that_is_none_or_has_no_output_is_told() {
    play(async |stage: &Stage| {
        let problems = |text: &str| {
            stage.write(
                "collector.toml",
                &format!("database = \"amp.db\"\n{text}\n"),
            );
            stage.read_config().unwrap_err().to_string()
        };
        let told = problems("output = \"lines\"\nformat = \"splunk\"");
        assert!(
            told.ends_with(
                "line 3: `format` must be \"d3\" or \"conductor\"; without it the lines are signals"
            ),
            "{told}"
        );
        let told = problems("format = \"d3\"");
        assert!(
            told.contains("line 2: `format`") && told.ends_with("there is no `output`"),
            "{told}"
        );
        let told = problems("output = \"lines\"\nformat = 3");
        assert!(
            told.ends_with("line 3: `format` must be a text in quotes"),
            "{told}"
        );
    });
}

#[test]
fn a_changed_format_takes_a_new_start() {
    play(async |stage: &Stage| {
        stage.cloud("north", World::default(), &[]);
        stage.config(&[("north", "interval = \"1m\"")]);
        let config = stage.read("collector.toml");
        stage.write("collector.toml", &format!("output = \"lines\"\n{config}"));
        let collector = stage.collector(host_test::collector::Until::ToldToEnd);
        let change = async {
            tokio::time::sleep(Duration::from_secs(90)).await;
            let head = "output = \"lines\"\nformat = \"d3\"\n";
            stage.write("collector.toml", &format!("{head}{config}"));
            tokio::time::sleep(Duration::from_secs(90)).await;
        };
        collector.run(change).await;
        stage.logged(
            1,
            "`format` has changed in the config; this takes effect with the next start",
        );
    });
}
