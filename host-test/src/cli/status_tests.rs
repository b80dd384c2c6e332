//! What the status tells, held against the page on the collector.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use super::{ConnectionStatus, LastError, Light, Overview, StoredQuota, json, text};
use crate::collector::store::ConnectionState;
use crate::manifest::{self, Condition, Trouble};

const PAGE: &str = include_str!("../../../docs/collector.md");
/// 2026-05-01T08:02:17Z.
const AT: i64 = 1_777_622_537;

fn trouble(condition: Condition) -> Option<Trouble> {
    let troubles = manifest::troubleshooting().unwrap();
    troubles
        .into_iter()
        .find(|trouble| trouble.condition == condition)
}

fn connection(name: &str, light: Light, state: Option<ConnectionState>) -> ConnectionStatus {
    ConnectionStatus {
        name: name.to_owned(),
        light,
        interval: Duration::from_secs(300),
        state,
        remedy: None,
        hint: None,
        last_signal: None,
        signals_today: 0,
        signals: 0,
    }
}

/// A connection whose last poll succeeded so long ago.
fn succeeded(ago: i64) -> ConnectionState {
    ConnectionState {
        polled_at: AT - ago,
        next_at: AT - ago + 296,
        succeeded_at: Some(AT - ago),
        failing_since: None,
        failures: 0,
        last_error: None,
        backlog: Some(0),
        lag_seconds: None,
        newest_event: Some(AT - 100),
        quota: Some(StoredQuota {
            limit: Some(3_000),
            remaining: 2_893,
            reset_at: Some(AT + 1_390),
        }),
    }
}

/// The connections that the page shows.
fn overview() -> Overview {
    let error = LastError {
        at: AT - 47,
        kind: "unauthorized".to_owned(),
        status_code: Some(401),
        message: "AMP does not know this client ID and API key (\"Unknown API key or Client ID\"). Check both, that the credential was \
                  not revoked, and that api.eu.amp.cisco.com is the server of the region where it was made."
            .to_owned(),
    };
    let failed = ConnectionState {
        polled_at: AT - 47,
        next_at: AT + 412,
        failing_since: Some(AT - 1_340),
        failures: 9,
        last_error: Some(error),
        quota: None,
        ..succeeded(1_640)
    };
    let behind = ConnectionState {
        backlog: Some(7_513),
        lag_seconds: Some(11_460),
        next_at: AT - 1,
        ..succeeded(1)
    };
    Overview {
        at: AT,
        database: "amp.db".into(),
        running: true,
        connections: vec![
            ConnectionStatus {
                last_signal: Some(AT - 130),
                signals_today: 412,
                signals: 48_211,
                ..connection("north-america", Light::Green, Some(succeeded(130)))
            },
            ConnectionStatus {
                last_signal: Some(AT - 1_640),
                signals_today: 96,
                signals: 10_430,
                remedy: trouble(Condition::StatusCode(401)),
                ..connection("europe", Light::Red, Some(failed))
            },
            ConnectionStatus {
                last_signal: Some(AT - 1),
                signals_today: 12_500,
                signals: 12_500,
                ..connection("asia-pacific", Light::Green, Some(behind))
            },
            ConnectionStatus {
                hint: trouble(Condition::NoData),
                ..connection("lab", Light::Green, Some(succeeded(21)))
            },
            connection("old-lab", Light::Disabled, None),
        ],
    }
}

#[test]
fn the_page_shows_what_people_are_told() {
    let shown = text(&overview(), "collector.toml");
    let typed = "$ host-test status --config collector.toml\n";
    let block = format!("```console\n{typed}{shown}```\n");
    assert!(PAGE.contains(&block), "docs/collector.md lacks\n\n{block}");
}

#[test]
fn the_page_names_everything_that_machines_are_told() {
    let told: serde_json::Value = serde_json::from_str(&json(&overview())).unwrap();
    let europe = &told["connections"][1];
    let (_, page) = PAGE.split_once("--format json").unwrap();
    for object in [
        &told,
        europe,
        &europe["lastError"],
        &told["connections"][0]["quota"],
    ] {
        for name in object.as_object().unwrap().keys() {
            assert!(
                page.contains(&format!("`{name}`")),
                "docs/collector.md lacks `{name}`"
            );
        }
    }
    assert_eq!(
        europe["lastError"]["remedy"]["title"],
        "Authentication failed (401)"
    );
    assert_eq!(europe["failingSince"], "2026-05-01T07:39:57Z");
}
