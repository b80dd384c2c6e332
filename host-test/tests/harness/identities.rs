//! Events by what identifies them, computed from the raw event and not from the component's keys.

use std::collections::BTreeSet;

use host_test::simulator::{EventIdentity, Simulator};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The identity of a raw event.
#[track_caller]
pub fn of(raw: &str) -> EventIdentity {
    EventIdentity::parse(raw).unwrap_or_else(|error| panic!("{error}: {raw}"))
}

/// The events of a simulator, each once however many entries it has.
pub fn listed(simulator: &Simulator) -> BTreeSet<EventIdentity> {
    simulator.event_identities().into_iter().collect()
}

/// Whether a unique event key belongs to an event: it begins with the event's id, or says that it has none.
pub fn has_key(event: &EventIdentity, key: &str) -> bool {
    let start = key.split('-').next().unwrap_or_default();
    event
        .id
        .map_or(start == "noid", |id| start == id.to_string())
}

/// The raw event of a JSON line of signals, after its key was checked.
#[track_caller]
pub fn raw_of_line(line: &str) -> (String, Box<RawValue>) {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Line {
        unique_event_key: String,
        raw: Box<RawValue>,
    }
    let read: Line =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("not whole ({error}): {line}"));
    let event = of(read.raw.get());
    assert!(has_key(&event, &read.unique_event_key), "{line}");
    (read.unique_event_key, read.raw)
}

/// The identities that JSON lines of signals have, in order.
#[track_caller]
pub fn of_lines(lines: &str) -> Vec<EventIdentity> {
    let mut events: Vec<EventIdentity> = lines
        .lines()
        .map(|line| of(raw_of_line(line).1.get()))
        .collect();
    events.sort_unstable();
    events
}
