//! What is mistaken in the forms, the commands and the event source of a manifest is told with its line. Nothing is changed on disk.

use host_test::manifest::{Platform, check};

use crate::changes::{at, tells};
use crate::mistakes::mistake;
use crate::{Manifest, described};

#[test]
fn values_from_a_place_where_they_are_not_are_told() {
    let from = format!("{}/inputs/0/valuesFrom/0/path", at("get-policy"));
    mistake(
        Platform::D3,
        "\"path\": \"$.data[*].guid\"",
        "\"path\": \"$.data[*].guidd\"",
        &[(&from, "guidd")],
    );
    let list = format!(
        "{}/inputs/0/valuesFrom/1/path",
        at("delete-file-from-file-list-by-hash")
    );
    mistake(
        Platform::D3,
        "$[*].file_lists[*].guid",
        "$[*].ip_lists[*].guid",
        &[(&list, "ip_lists")],
    );
    mistake(
        Platform::D3,
        "$[*].file_lists[*].guid",
        "$[*].guid",
        &[(&list, "$[*].guid")],
    );
}

#[test]
fn an_event_source_that_finds_no_events_or_does_not_tell_them_apart_is_told() {
    mistake(
        Platform::D3,
        "\"root\": \"$\"",
        "\"root\": \"$.events\"",
        &[("/eventSource/root", "$.events")],
    );
    mistake(
        Platform::D3,
        "\"uniqueEventKey\": \".id\"",
        "\"uniqueEventKey\": \".computer.hostname\"",
        &[("/eventSource/uniqueEventKey", ".computer.hostname")],
    );
    mistake(
        Platform::D3,
        "\"name\": \"Hostname\"",
        "\"name\": \"Severity\"",
        &[("/eventSource/fields/6/name", "\"Severity\"")],
    );
}

#[test]
fn names_for_people_that_stand_twice_are_told() {
    mistake(
        Platform::D3,
        "\"displayName\": \"List Policies\"",
        "\"displayName\": \"Get Policy\"",
        &[(
            &format!("{}/displayName", at("list-policies")),
            "Get Policy",
        )],
    );
    mistake(
        Platform::D3,
        "\"displayName\": \"Client ID\"",
        "\"displayName\": \"Server URL\"",
        &[("/connection/fields/1/displayName", "Server URL")],
    );
}

#[test]
fn key_fields_and_outputs_that_are_left_out_or_too_many_are_told() {
    let sample = format!(
        "{}/outputs/sample/keyFields/group-names",
        at("create-group")
    );
    mistake(
        Platform::D3,
        "\"keyFields\": [\"group-guids\", \"group-names\"]",
        "\"keyFields\": [\"group-guids\"]",
        &[(&sample, "group-names")],
    );
    mistake(
        Platform::D3,
        "    \"event-ids\": {",
        "    \"event-keys\": { \"displayName\": \"Event Keys\", \"description\": \"None.\" },\n    \"event-ids\": {",
        &[("/keyFields/event-keys", "event-keys")],
    );
    mistake(
        Platform::D3,
        "\"name\": \"rawData\"",
        "\"name\": \"rawdata\"",
        &[("/outputs/1/name", "rawdata")],
    );
    mistake(
        Platform::D3,
        "\"name\": \"rawData\"",
        "\"name\": \"returnData\"",
        &[("/outputs/1/name", "returnData")],
    );
}

#[test]
fn a_setting_of_the_platforms_form_that_is_left_out_is_told() {
    let d3 = Manifest::of(Platform::D3);
    let begins = ",\n      {\n        \"displayName\": \"API Version\"";
    let (before, field) = d3.text.split_once(begins).unwrap();
    let (_, after) = field.split_once("\n      }").unwrap();
    let text = format!("{before}{after}");
    let problems = check(&text, described());
    tells(&text, &problems, &[("/connection/fields", "\"fields\": [")]);
}

#[test]
fn a_secret_that_is_shown_is_told() {
    let code = format!("{}/inputs/2", at("isolate-computer"));
    let named = "\"field\": \"unlock-code\",\n          \"type\": \"Text\",\n          \"required\": false,\n";
    mistake(
        Platform::D3,
        &format!("{named}          \"secret\": true,\n"),
        named,
        &[(&format!("{code}/secret"), "{")],
    );
}

#[test]
fn a_region_with_the_name_of_another_is_told() {
    for (platform, pointer) in [
        (Platform::D3, "/connection/fields/0/choices/1/title"),
        (Platform::Conductor, "/settings/0/choices/1/title"),
    ] {
        mistake(
            platform,
            "\"title\": \"Europe\"",
            "\"title\": \"Africa\"",
            &[(pointer, "Africa")],
        );
    }
}
