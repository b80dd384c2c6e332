//! The mapping engine, construct by construct.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use serde_json::{Value, json};

use super::{Mapping, Path, Signal};

/// The record of the only event of a signal, by a mapping with these fields.
fn mapped(fields: Value, signal: &str) -> Value {
    whole(
        json!({"document": "signal", "root": "$", "fields": fields}),
        signal,
    )
}

fn whole(mapping: Value, signal: &str) -> Value {
    let mapping: Mapping = serde_json::from_value(mapping).unwrap();
    let records = mapping.map(&Signal::parse(signal).unwrap());
    let lines = records.iter().map(|record| record.line());
    let records: Vec<Value> = lines
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect();
    match records.as_slice() {
        [one] => one.clone(),
        _ => records.into(),
    }
}

#[test]
fn the_first_source_that_gives_anything_counts() {
    let fields = json!([
        {"name": "hash", "from": [{"path": "$.sha256"}, {"path": "$.sha1"}, {"value": "none"}]},
        {"name": "host", "from": [{"path": "$.hostname"}, {"value": "unknown"}]},
    ]);
    let signal = r#"{"sha256": null, "sha1": "ab", "hostname": "", "raw": {}}"#;
    assert_eq!(
        mapped(fields, signal),
        json!({"hash": "ab", "host": "unknown"})
    );
}

#[test]
fn a_field_without_a_value_is_left_out() {
    let fields =
        json!([{"name": "a", "source": ".a"}, {"name": "b", "source": ".b", "list": true}]);
    assert_eq!(
        mapped(fields, r#"{"b": [], "raw": {}}"#),
        json!({"b": [[]]})
    );
    let fields = json!([{"name": "b", "source": ".b[*]", "list": true}]);
    assert_eq!(mapped(fields, r#"{"b": ["", null], "raw": {}}"#), json!({}));
}

#[test]
fn a_list_has_all_that_was_found_and_any_other_field_the_first() {
    let signal =
        r#"{"at": [{"ip": ""}, {"ip": "10.0.0.1"}, {"mac": "x"}, {"ip": "10.0.0.2"}], "raw": {}}"#;
    let fields = json!([
        {"name": "all", "source": ".at.[*].ip", "list": true},
        {"name": "first", "source": "$.at[*].ip"},
    ]);
    let expected = json!({"all": ["10.0.0.1", "10.0.0.2"], "first": "10.0.0.1"});
    assert_eq!(mapped(fields, signal), expected);
}

#[test]
fn a_table_gives_what_stands_for_a_value_in_any_case_and_nothing_for_others() {
    let table = json!([{"name": "code", "from": [
        {"path": "$.severity", "table": {"High": 3, "1107296284": 1}},
        {"value": 6},
    ]}]);
    let code = |severity: &str| {
        mapped(
            table.clone(),
            &format!(r#"{{"severity": {severity}, "raw": {{}}}}"#),
        )
    };
    assert_eq!(code("\"HIGH\""), json!({"code": 3}));
    assert_eq!(code("1107296284"), json!({"code": 1}));
    assert_eq!(code("\"Odd\""), json!({"code": 6}));
}

#[test]
fn a_condition_gives_its_value_only_if_it_holds() {
    let stream = json!([{"name": "stream", "from": [
        {"path": "$.detection", "contains": "ransom", "value": "R"},
        {"path": "$.detection", "value": "D"},
        {"value": "E"},
    ]}]);
    let stream = |signal: &str| mapped(stream.clone(), signal);
    assert_eq!(
        stream(r#"{"detection": "Win.RANSOMware.X", "raw": {}}"#),
        json!({"stream": "R"})
    );
    assert_eq!(
        stream(r#"{"detection": "Eicar", "raw": {}}"#),
        json!({"stream": "D"})
    );
    assert_eq!(stream(r#"{"raw": {}}"#), json!({"stream": "E"}));
}

#[test]
fn a_source_with_a_condition_counts_only_where_its_path_finds_anything() {
    let protocol = json!([{"name": "protocol", "from": [
        {"if": "$['detection', 'severity']", "path": "$.id", "prefix": "event "},
        {"if": "$[?@ == 7]", "value": "seven"},
        {"path": "$.protocol"},
    ]}]);
    let protocol = |signal: &str| mapped(protocol.clone(), signal);
    assert_eq!(
        protocol(r#"{"id": 1, "severity": "Low", "protocol": "TCP", "raw": {}}"#),
        json!({"protocol": "event 1"})
    );
    assert_eq!(
        protocol(r#"{"id": 1, "severity": "", "detection": null, "protocol": "TCP", "raw": {}}"#),
        json!({"protocol": "TCP"})
    );
    assert_eq!(
        protocol(r#"{"type": 7, "protocol": "TCP", "raw": {}}"#),
        json!({"protocol": "seven"})
    );
    assert_eq!(protocol(r#"{"id": 1, "raw": {}}"#), json!({}));
}

#[test]
fn further_sources_follow_the_first_path_of_a_field() {
    let fields =
        json!([{"name": "host", "source": ".computer.hostname", "from": [{"path": ".hostname"}]}]);
    let host = |signal: &str| mapped(fields.clone(), signal)["host"].clone();
    assert_eq!(
        host(r#"{"computer": {"hostname": "a"}, "hostname": "b", "raw": {}}"#),
        "a"
    );
    assert_eq!(host(r#"{"computer": {}, "hostname": "b", "raw": {}}"#), "b");
}

#[test]
fn a_moment_without_a_fraction_is_in_milliseconds() {
    let fields = json!([{"name": "at", "from": [{"path": "$.s", "seconds": true}]}]);
    let at = |signal: &str| mapped(fields.clone(), signal);
    assert_eq!(
        at(r#"{"s": 1777629002, "raw": {}}"#),
        json!({"at": 1777629002000_i64})
    );
    assert_eq!(at(r#"{"s": "x", "raw": {}}"#), json!({}));
}

#[test]
fn a_moment_is_in_milliseconds() {
    let fields =
        json!([{"name": "at", "from": [{"path": "$.s", "seconds": true, "nanoseconds": "$.n"}]}]);
    let at = |signal: &str| mapped(fields.clone(), signal);
    assert_eq!(
        at(r#"{"s": 1777629002, "n": 753999999, "raw": {}}"#),
        json!({"at": 1777629002753_i64})
    );
    assert_eq!(
        at(r#"{"s": 1777629002, "raw": {}}"#),
        json!({"at": 1777629002000_i64})
    );
    assert_eq!(
        at(r#"{"s": -1, "n": 5000000, "raw": {}}"#),
        json!({"at": -995})
    );
    // Beyond all time: nothing, and no error.
    assert_eq!(at(r#"{"s": 9223372036854775807, "raw": {}}"#), json!({}));
    assert_eq!(at(r#"{"s": "today", "raw": {}}"#), json!({}));
}

#[test]
fn an_id_of_64_bits_keeps_every_digit() {
    let fields = json!([
        {"name": "number", "source": "$.raw.id"},
        {"name": "text", "source": "$.raw.id", "as": "text"},
        {"name": "prefixed", "from": [{"path": "$.raw.id", "prefix": "event "}]},
    ]);
    let signal = r#"{"raw": {"id": 18446744073709551615}}"#;
    let id = u64::MAX;
    assert_eq!(
        mapped(fields, signal),
        json!({"number": id, "text": id.to_string(), "prefixed": format!("event {id}")})
    );
}

#[test]
fn the_event_as_text_is_what_amp_wrote() {
    let fields = json!([
        {"name": "event", "source": "$.raw", "as": "json"},
        {"name": "part", "source": "$.raw.b", "as": "json"},
    ]);
    let event = r#"{"b":[2.50], "a":"\u0026","id":61803521152447948871}"#;
    let record = mapped(fields, &format!(r#"{{"raw": {event}}}"#));
    assert_eq!(record, json!({"event": event, "part": "[2.5]"}));
}

#[test]
fn the_root_leads_to_an_event_or_to_an_array_of_them() {
    let mapping = |root: &str| json!({"document": "raw-event", "root": root, "fields": [{"name": "id", "source": ".id"}]});
    let one = r#"{"raw": {"id": 1, "events": [{"id": 2}, {"id": 3}]}}"#;
    assert_eq!(whole(mapping("$"), one), json!({"id": 1}));
    assert_eq!(
        whole(mapping("$.events"), one),
        json!([{"id": 2}, {"id": 3}])
    );
    assert_eq!(
        whole(mapping("$.events[*]"), one),
        json!([{"id": 2}, {"id": 3}])
    );
    assert_eq!(whole(mapping("$.none"), one), json!([]));
}

#[test]
fn the_fields_stand_in_the_order_of_the_manifest() {
    let fields =
        json!([{"name": "z", "from": [{"value": 1}]}, {"name": "a", "from": [{"value": 2}]}]);
    let mapping = json!({"document": "signal", "root": "$", "fields": fields});
    let mapping: Mapping = serde_json::from_value(mapping).unwrap();
    let records = mapping.map(&Signal::parse(r#"{"raw": {}}"#).unwrap());
    assert_eq!(records[0].line(), r#"{"z":1,"a":2}"#);
    assert_eq!(records[0].get("a"), Some(&json!(2)));
}

#[test]
fn a_path_is_a_jsonpath_or_begins_with_the_event_as_d3_writes_it() {
    for path in ["$", "$.a[?@.ip].mac", ".id", ".a.[*].ip", "$['a.[b']"] {
        assert!(Path::parse(path).is_ok(), "{path}");
    }
    let document = json!({"a": [{"x.[y": 1, "x[y": 2, "\".[": 3}]});
    let quoted = [
        (".a.[*]['x.[y']", 1),
        (".a.[0].[\"x[y\"]", 2),
        (".a[*].[\"\\\".[\"]", 3),
    ];
    for (path, expected) in quoted {
        let parsed = Path::parse(path).expect(path);
        let found: Vec<&Value> = parsed.find(&document).collect();
        assert_eq!(found, [&json!(expected)], "{path}");
    }
    for path in ["", "id", "$.a.[*]", "$.a[", ".a..", "$.a[?@.ip"] {
        let error = Path::parse(path).expect_err(path);
        assert!(
            error.contains(path) && error.contains("RFC 9535"),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_signal_is_an_error() {
    let lines = [
        "",
        "{}",
        "[]",
        "{\"raw\": }",
        "{\"raw\": {}} {}",
        "[{\"raw\": {}}]",
        "{\"raw\": null}",
        "{\"raw\": 5}",
        "{\"raw\": []}",
        "{\"raw\": \"{}\"}",
    ];
    for line in lines {
        let error = Signal::parse(line).expect_err(line).to_string();
        assert!(
            error.contains("no signal") && error.contains("poll"),
            "{error}"
        );
    }
}

#[test]
fn the_place_of_what_is_no_json_is_a_column_since_whoever_reads_lines_says_which() {
    let error = Signal::parse(r#"{"raw": {}"#).expect_err("cut").to_string();
    assert!(
        error.contains("(column 10: EOF while parsing an object)") && !error.contains("line 1"),
        "{error}"
    );
}

#[test]
fn a_path_begins_with_a_member_or_not() {
    for path in [
        "$.raw",
        ".raw",
        "$.raw.id",
        ".raw.[*]",
        "$['raw'].id",
        "$[\"raw\"]",
    ] {
        assert!(Path::parse(path).unwrap().begins_with("raw"), "{path}");
    }
    for path in ["$", "$.rawest", "$.a.raw", "$['raw', 'a']", "$['rawest']"] {
        assert!(!Path::parse(path).unwrap().begins_with("raw"), "{path}");
    }
}
