//! `docs/signals.md`: for each type of event its category, action and stream; for each shape of an event the fields that a
//! signal fills. Both tables are results of the built component, from fixtures with dummy values.

use std::collections::BTreeSet;

use host_test::manifest::{self, Platform, Signal};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::polled::poll;
use crate::{described, top, update};

/// The time at which fixtures are polled.
const NOW: &str = "2024-06-12T00:00:00Z";
/// Fields that every signal has. The others are listed for each fixture.
const ALWAYS: [&str; 8] = [
    "uniqueEventKey",
    "startTime",
    "timestamp",
    "timestampNanoseconds",
    "eventType",
    "eventTypeId",
    "category",
    "raw",
];

/// A type of events.
#[derive(Deserialize)]
struct EventType {
    id: u64,
    name: String,
    /// The fixture that has the shape of this type; none if no source states it.
    shape: Option<String>,
}

/// An event with dummy values.
#[derive(Deserialize)]
struct Fixture {
    name: String,
    /// Where the shape is known from: `recorded` or `captured`.
    shape: String,
    event: Value,
}

fn types() -> Vec<EventType> {
    serde_json::from_str(include_str!("types.json")).unwrap()
}

fn fixtures() -> Vec<Fixture> {
    serde_json::from_str(include_str!("fixtures.json")).unwrap()
}

/// The signals of events, in the order of the events, which is the newest first.
fn signals_of(events: impl Iterator<Item = Value>) -> Vec<Value> {
    let events: Vec<String> = events.map(|event| event.to_string()).collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let lines = poll(&events, NOW).into_iter().rev();
    lines
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect()
}

fn artifact(signal: &Value) -> Value {
    let mapping = manifest::mapping(Platform::Conductor).unwrap();
    let line = signal.to_string();
    let records = mapping.map(&Signal::parse(&line).unwrap());
    serde_json::from_str(&records[0].line()).unwrap()
}

/// The table of types.
fn table_of_types() -> String {
    let types = types();
    let events = types.iter().zip(0_u32..).map(|(of, index)| {
        json!({"id": u64::from(index) + 1, "timestamp": 1_718_093_402 - index, "event_type": of.name, "event_type_id": of.id})
    });
    let mut table = "| Number | Name | `category` | `action` | Conductor's stream | Conductor's action | Shape |\n| --- | --- | --- | --- | --- | --- | --- |\n".to_owned();
    for (of, signal) in types.iter().zip(signals_of(events)) {
        assert_eq!(signal["eventTypeId"], of.id);
        let text = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("{}", of.name))
                .to_owned()
        };
        let artifact = artifact(&signal);
        let shape = of.shape.as_deref().unwrap_or("not stated");
        table.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {shape} |\n",
            of.id,
            of.name,
            text(&signal["category"]),
            text(&signal["action"]),
            text(&artifact["streamName"]),
            text(&artifact["action"]),
        ));
    }
    table
}

/// The names of the fields that hold something, with those of records in them.
fn filled(signal: &Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in signal {
        match value {
            Value::Object(fields) if name != "raw" => {
                names.extend(filled(fields).iter().map(|inner| format!("{name}.{inner}")));
            }
            Value::Array(items) if items.is_empty() => {}
            _ => names.push(name.clone()),
        }
    }
    names
}

/// The table of fields.
fn table_of_fields() -> String {
    let fixtures = fixtures();
    let signals = signals_of(fixtures.iter().map(|fixture| fixture.event.clone()));
    let mut table = "| Shape | Example of | Known from | `detection` | Fields |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for (fixture, signal) in fixtures.iter().zip(&signals) {
        let fields = filled(signal.as_object().unwrap()).into_iter();
        let fields: Vec<String> = fields
            .filter(|field| !ALWAYS.contains(&field.as_str()))
            .map(|field| format!("`{field}`"))
            .collect();
        let detection = signal["detection"].as_str();
        let detection = detection
            .map(|text| format!("`{text}`"))
            .unwrap_or_default();
        table.push_str(&format!(
            "| {} | {} | {} | {detection} | {} |\n",
            fixture.name,
            signal["eventType"].as_str().unwrap(),
            fixture.shape,
            fields.join(", ")
        ));
    }
    table
}

/// The page with a table in its place, between two comments.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (
        format!("<!-- begin {name} -->\n"),
        format!("<!-- end {name} -->"),
    );
    let (before, rest) = page.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}{table}{end}{after}")
}

#[test]
fn signals_page_has_what_the_component_makes_of_types_and_fixtures() {
    let file = top().join("docs/signals.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let fresh = with_table(&page, "types", &table_of_types());
    let fresh = with_table(&fresh, "fields", &table_of_fields());
    if update() {
        std::fs::write(&file, &fresh).unwrap();
    } else if page != fresh {
        let difference = similar::TextDiff::from_lines(&page, &fresh);
        panic!(
            "docs/signals.md is out of date; UPDATE_GOLDENS=1 writes its tables:\n{}",
            difference.unified_diff().context_radius(1)
        );
    }
}

#[test]
fn fixtures_fill_every_field_of_a_signal() {
    let signals = signals_of(fixtures().into_iter().map(|fixture| fixture.event));
    let filled: BTreeSet<String> = signals
        .iter()
        .flat_map(|signal| filled(signal.as_object().unwrap()))
        .collect();
    for field in &described().intake.signal_fields {
        let nested = format!("{}.", field.json_name);
        let is_filled = |name: &String| *name == field.json_name || name.starts_with(&nested);
        assert!(
            filled.iter().any(is_filled),
            "no fixture fills {}",
            field.json_name
        );
    }
}

#[test]
fn every_shape_of_a_type_is_a_fixture() {
    let fixtures = fixtures();
    for of in types() {
        let Some(shape) = of.shape else { continue };
        assert!(
            fixtures.iter().any(|fixture| fixture.name == shape),
            "{}: no fixture {shape}",
            of.name
        );
    }
}
