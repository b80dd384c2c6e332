//! A signal that has a value in each of its fields, and the check that a mapping's paths find values in it.

use serde_json::{Map, Value, json};

use super::description::{Description, FieldDescription};
use super::located::{Finding, Node};
use super::mapping::Mapping;

/// The field that identifies a signal.
pub(super) const KEY: &str = "uniqueEventKey";

/// The field that holds the event as AMP sent it.
const EVENT: &str = "raw";

/// The field that the collector adds to a signal: the name of its connection.
const CONNECTION: &str = "connection";

/// A signal that has a value in each of its fields.
pub(super) fn complete_signal(described: &Description) -> Value {
    let mut signal = complete(&described.intake.signal_fields);
    signal.insert(CONNECTION.to_owned(), json!("x"));
    signal.into()
}

fn complete(fields: &[FieldDescription]) -> Map<String, Value> {
    let value = |field: &FieldDescription| {
        let of = field.of.trim_start_matches("option<");
        let one = match of.trim_start_matches("list<").trim_end_matches('>') {
            _ if !field.fields.is_empty() => complete(&field.fields).into(),
            _ if field.name == EVENT => json!({}),
            "string" => json!("x"),
            "bool" => json!(true),
            _ => json!(1),
        };
        if of.starts_with("list<") {
            json!([one])
        } else {
            one
        }
    };
    let fields = fields.iter();
    fields
        .map(|field| (field.json_name.clone(), value(field)))
        .collect()
}

/// Checks that the root of a mapping of signals finds the complete signal, and each of its paths a value in it.
pub(super) fn check_mapping(
    here: &Node<'_>,
    mapping: &Mapping,
    signal: &Value,
    findings: &mut Vec<Finding>,
) {
    if mapping.events(signal).next().is_none() {
        let root = here.at("root");
        findings.push(root.finding("this path leads to no signal; a signal is `$` itself"));
    }
    for (pointer, path) in mapping.paths() {
        // The fields of the event itself are AMP's and not listed. And the complete signal has no particular values.
        let of_event = path.begins_with(EVENT) || mapping.root().begins_with(EVENT);
        if of_event || path.is_conditional() {
            continue;
        }
        let mut signals = mapping.events(signal);
        if !signals.any(|signal| path.find(signal).next().is_some()) {
            findings.push(Finding {
                pointer: format!("{}{pointer}", here.pointer),
                message: "this path finds nothing in a signal, not even in one with every field; `host-test manifest` lists the fields, \
                          by their `jsonName`"
                    .to_owned(),
            });
        }
    }
}
