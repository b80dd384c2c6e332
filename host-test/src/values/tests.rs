//! Round trips and error messages, with the types of a tiny component written as text.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use serde_json::{Value, json};
use wasmtime::Engine;
use wasmtime::component::{Component, Type, types::ComponentItem};

use super::{cases, from_json, from_text, in_words, to_json};

/// The type of the one parameter of a component that exports nothing but a function.
fn record() -> Type {
    let text = r#"
        (component
          (type $kind (enum "windows" "mac-os"))
          (import "kind" (type $kind-i (eq $kind)))
          (type $why (variant (case "gone") (case "later" (option u32)) (case "field" string)))
          (import "why" (type $why-i (eq $why)))
          (type $record (record
            (field "connector-guids" (list string))
            (field "limit" (option u32))
            (field "big" u64)
            (field "low" s64)
            (field "all-pages" (option bool))
            (field "kind" (option $kind-i))
            (field "why" $why-i)
            (field "pair" (tuple u8 string))
            (field "done" (result string (error $why-i)))))
          (import "record" (type $record-i (eq $record)))
          (import "f" (func (param "input" $record-i))))"#;
    let engine = Engine::default();
    let component = Component::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let mut found = None;
    for (name, item) in component.component_type().imports(&engine) {
        if let (true, ComponentItem::ComponentFunc(function)) = (name == "f", item.ty) {
            found = function.params().map(|(_, of)| of).next();
        }
    }
    found.expect("the function of the component")
}

fn example() -> Value {
    json!({"connector-guids": ["a", "b"], "big": u64::MAX, "low": i64::MIN, "why": "gone", "pair": [7, "x"], "done": {"ok": "y"}})
}

/// The error that comes when one field of the example is another value.
fn error_with(field: &str, value: Value) -> String {
    let mut json = example();
    json.as_object_mut()
        .unwrap()
        .insert(field.to_owned(), value);
    from_json(&record(), &json).unwrap_err().to_string()
}

#[test]
fn whole_numbers_stay_exact_to_the_last_digit() {
    let back = to_json(&from_json(&record(), &example()).unwrap()).unwrap();
    assert_eq!(back["big"], json!(u64::MAX));
    assert_eq!(back["low"], json!(i64::MIN));
}

#[test]
fn an_option_may_be_absent_or_null() {
    let mut with_null = example();
    with_null["limit"] = Value::Null;
    assert_eq!(
        from_json(&record(), &with_null).unwrap(),
        from_json(&record(), &example()).unwrap()
    );
}

#[test]
fn an_error_names_the_place_and_what_came() {
    assert_eq!(
        error_with("connector-guids", json!(["a", "b", 5])),
        "$.connector-guids[2]: expected a string, got number 5"
    );
    assert_eq!(
        error_with("limit", json!(-1)),
        "$.limit: expected a whole number from 0 to 4294967295, got number -1"
    );
    assert_eq!(
        error_with("limit", json!(4_294_967_296_u64)),
        "$.limit: expected a whole number from 0 to 4294967295, got number 4294967296"
    );
    assert_eq!(
        error_with("all-pages", json!("yes")),
        "$.all-pages: expected true or false, got string \"yes\""
    );
    assert_eq!(
        error_with("pair", json!([1])),
        "$.pair: expected 2 items, got 1"
    );
    assert_eq!(
        error_with("why", json!({"gone": 1})),
        "$.why.gone: this case takes no payload"
    );
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest_and_with_all() {
    assert_eq!(
        error_with("connector_guids", json!([])),
        "$: unknown field `connector_guids`; did you mean `connector-guids`? (known: `connector-guids`, `limit`, `big`, `low`, \
         `all-pages`, `kind`, `why`, `pair`, `done`)"
    );
    assert_eq!(
        error_with("kind", json!("Window")),
        "$.kind: unknown value `Window`; did you mean `windows`? (known: `windows`, `mac-os`)"
    );
}

#[test]
fn a_case_is_known_in_upper_and_lower_case() {
    let mut example = example();
    example["kind"] = json!("Windows");
    let read = to_json(&from_json(&record(), &example).unwrap()).unwrap();
    assert_eq!(read["kind"], json!("windows"));
    let Type::Record(record) = record() else {
        panic!("it is a record");
    };
    let kind = record.fields().find(|field| field.name == "kind").unwrap();
    assert_eq!(from_text(&kind.ty, "WINDOWS"), Ok(json!("windows")));
    assert_eq!(from_text(&kind.ty, "mac-OS"), Ok(json!("mac-os")));
    assert!(from_text(&kind.ty, "mac").is_err());
}

#[test]
fn a_required_field_that_is_missing_is_named() {
    let error = from_json(&record(), &json!({"connector-guids": []})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "$.big: this field is required and missing"
    );
}

#[test]
fn typed_text_is_read_by_the_type_of_its_field() {
    let Type::Record(record) = record() else {
        panic!("not a record")
    };
    let read = |name: &str, text: &str| {
        let field = record.fields().find(|field| field.name == name).unwrap();
        from_text(&field.ty, text)
    };
    assert_eq!(read("limit", "12"), Ok(json!(12)));
    assert_eq!(read("big", "18446744073709551615"), Ok(json!(u64::MAX)));
    assert_eq!(
        read("limit", "abc"),
        Err("expected a whole number from 0 to 4294967295".to_owned())
    );
    assert_eq!(read("kind", "mac-os"), Ok(json!("mac-os")));
    assert_eq!(
        read("kind", "beos"),
        Err("expected one of windows, mac-os".to_owned())
    );
    assert_eq!(read("connector-guids", "[\"a\"]"), Ok(json!(["a"])));
}

#[test]
fn types_are_named_as_in_the_contract() {
    let Type::Record(record) = record() else {
        panic!("not a record")
    };
    let words: Vec<String> = record.fields().map(|field| in_words(&field.ty)).collect();
    assert_eq!(
        words,
        [
            "list<string>",
            "option<u32>",
            "u64",
            "s64",
            "option<bool>",
            "option<enum>",
            "variant",
            "tuple<u8, string>",
            "result"
        ]
    );
    let kind = record.fields().find(|field| field.name == "kind").unwrap();
    assert_eq!(cases(&kind.ty), ["windows", "mac-os"]);
}

proptest! {
    #[test]
    fn json_that_became_a_value_comes_back_as_it_was(
        guids in proptest::collection::vec(".*", 0..4),
        limit in proptest::option::of(any::<u32>()),
        big in any::<u64>(),
        low in any::<i64>(),
        all in proptest::option::of(any::<bool>()),
        kind in proptest::option::of(prop_oneof![Just("windows"), Just("mac-os")]),
        why in prop_oneof![Just(json!("gone")), any::<Option<u32>>().prop_map(|n| json!({"later": n})), ".*".prop_map(|s| json!({"field": s}))],
        pair in (any::<u8>(), ".*"),
        done in prop_oneof![".*".prop_map(|s| json!({"ok": s})), Just(json!({"err": "gone"}))],
    ) {
        let json = json!({"connector-guids": guids, "limit": limit, "big": big, "low": low, "all-pages": all, "kind": kind,
            "why": why, "pair": pair, "done": done});
        let value = from_json(&record(), &json).unwrap();
        prop_assert_eq!(to_json(&value).unwrap(), json);
    }
}
