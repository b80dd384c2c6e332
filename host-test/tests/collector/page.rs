//! The page on the collector, held against the program: its configs, its tables of keys and metrics, its SQL. What it shows of `status` is
//! held where that is written.

use std::collections::{BTreeMap, BTreeSet};

use host_test::collector::config::Source;
use host_test::collector::metrics;
use host_test::collector::tally::Counts;
use host_test::simulator::{API_KEY, CLIENT_ID};

use crate::stage::{component, play};

const PAGE: &str = include_str!("../../../docs/collector.md");

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    let blocks = PAGE.split(&begin).skip(1);
    blocks
        .map(|rest| rest.split("\n```").next().unwrap())
        .collect()
}

/// The rows of the tables with these headings.
fn rows(headings: &str) -> Vec<Vec<&'static str>> {
    let tables: Vec<&str> = PAGE.split(&format!("{headings}\n")).skip(1).collect();
    assert!(!tables.is_empty(), "there is no table {headings}");
    tables
        .into_iter()
        .flat_map(|table| {
            let rows = table
                .lines()
                .skip(1)
                .take_while(|line| line.starts_with('|'));
            rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
        })
        .collect()
}

/// Everything that is written as code in a text.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn each_config_can_be_used() {
    let blocks = blocks("toml");
    assert_eq!(blocks.len(), 2);
    for credential in [CLIENT_ID, API_KEY] {
        assert!(
            blocks[0].contains(credential),
            "the stand-in knows {credential}"
        );
    }
    for block in blocks {
        let folder = tempfile::tempdir().unwrap();
        for key in ["north-america.key", "appliance.key"] {
            std::fs::write(folder.path().join(key), "a-key").unwrap();
        }
        let file = folder.path().join("collector.toml");
        std::fs::write(&file, block).unwrap();
        let read = Source::new(&file, component().2, |name| {
            (name == "AMP_EUROPE_KEY").then(|| "another-key".to_owned())
        })
        .read();
        let config = read.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            config.outline.connections.len(),
            block.matches("[[connection]]").count()
        );
    }
}

#[test]
fn every_key_of_a_config_is_explained_and_no_other() {
    let own = rows("| Key | Needed | Default | What |");
    let own = own.iter().filter_map(|row| code(row[0]).next());
    let of_the_component = rows("| Settings | Poll |").concat();
    let of_the_component = of_the_component.into_iter().flat_map(code);
    let explained: BTreeSet<&str> = own.chain(of_the_component).collect();

    // All that there are, it says of one that is none.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    let unknown = "zzzzzzzz = 1\n[[connection]]\nname = \"a\"\nzzzzzzzz = 1\n";
    std::fs::write(&file, unknown).unwrap();
    let source = Source::new(&file, component().2, |_| None);
    let told = source.read().unwrap_err().to_string();
    let lists = told.lines().filter_map(|line| line.split_once("(known: "));
    let known: BTreeSet<&str> = lists
        .flat_map(|(_, list)| code(list))
        .filter(|name| *name != "connection")
        .collect();
    assert_eq!(explained, known);
}

#[test]
fn every_metric_is_explained() {
    let counts = BTreeMap::from([("north".to_owned(), Counts::default())]);
    let text = metrics::text(&counts);
    let served: BTreeSet<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .collect();
    let explained: BTreeSet<(&str, &str)> = rows("| Metric | Type | What |")
        .iter()
        .map(|row| (code(row[0]).next().unwrap(), row[1]))
        .collect();
    assert_eq!(explained, served);
}

#[test]
fn the_tables_of_the_database_and_what_is_done_with_them_are_as_it_says() {
    play(async |stage| {
        stage.cloud("north", Default::default(), &[]);
        stage.config(&[("north", "")]);
        stage.catch_up().await;
        let database = stage.sql();
        let mut tables = database
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            )
            .unwrap();
        let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let tables: BTreeSet<String> = tables.map(Result::unwrap).collect();
        let rows = rows("| Table | Holds |");
        let explained = rows
            .iter()
            .map(|row| code(row[0]).next().unwrap().to_owned());
        assert_eq!(explained.collect::<BTreeSet<_>>(), tables);
        for column in code(rows[0][1]) {
            let query = format!("SELECT {column} FROM signals");
            assert!(database.prepare(&query).is_ok(), "{column}");
        }
        // The stand-in's clock is in the past or not; nothing is lost that is newer than 90 days.
        let query =
            "UPDATE signals SET stored_at = unixepoch('now', '-91 days') WHERE severity = 'High'";
        let old = database.execute(query, []).unwrap();
        database
            .execute(
                "UPDATE signals SET stored_at = unixepoch('now') WHERE severity IS NOT 'High'",
                [],
            )
            .unwrap();
        let delete = blocks("sql")[0];
        assert!(delete.contains("LIMIT 5000") && delete.contains("'north-america'"));
        let delete = delete
            .replace("'north-america'", "'north'")
            .replace("LIMIT 5000", "LIMIT 3");
        let mut plan = database
            .prepare(&format!("EXPLAIN QUERY PLAN {delete}"))
            .unwrap();
        let plan = plan.query_map([], |row| row.get::<_, String>("detail"));
        let plan: Vec<String> = plan.unwrap().map(Result::unwrap).collect();
        assert!(
            plan.iter().any(|step| step.contains("signals_stored"))
                && !plan.iter().any(|step| step.contains("SCAN signals")),
            "{plan:?}"
        );
        let mut deleted = 0;
        loop {
            let part = database.execute(&delete, []).unwrap();
            assert!(part <= 3, "{part}");
            deleted += part;
            if part == 0 {
                break;
            }
        }
        assert!(old > 3 && deleted == old, "{deleted} of {old}");
    });
}
