//! What is mistaken in a manifest is told with its line. Nothing is changed on disk.

use host_test::manifest::{Platform, check};

use crate::changes::{at, tells};
use crate::{Manifest, described};

/// Holds a manifest with a mistake in it against the component.
#[track_caller]
pub fn mistake(platform: Platform, right: &str, wrong: &str, expected: &[(&str, &str)]) {
    let manifest = Manifest::of(platform);
    assert!(manifest.text.contains(right), "the manifest has no {right}");
    let text = manifest.text.replacen(right, wrong, 1);
    tells(&text, &check(&text, described()), expected);
}

#[test]
fn a_mapping_that_finds_nothing_is_told() {
    mistake(
        Platform::D3,
        ".computer.hostname",
        ".computer.host_name",
        &[("/eventSource/fields/3/source", "\"Hostname\"")],
    );
    mistake(
        Platform::Conductor,
        "$.timestampNanoseconds",
        "$.timestampNanos",
        &[(
            "/artifact/fields/44/from/1/nanoseconds",
            "$.timestampNanos\"",
        )],
    );
}

#[test]
fn a_unique_event_key_that_no_field_has_is_told() {
    mistake(
        Platform::D3,
        "\"uniqueEventKey\": \".id\"",
        "\"uniqueEventKey\": \".event_id\"",
        &[
            ("/eventSource/uniqueEventKey", ".event_id"),
            ("/eventSource/uniqueEventKey", ".event_id"),
        ],
    );
}

#[test]
fn a_path_that_is_none_is_told() {
    let wrong = ".computer.network_addresses.[*.ip";
    let right = ".computer.network_addresses.[*].ip";
    mistake(
        Platform::D3,
        right,
        wrong,
        &[("/eventSource/fields/5/source", wrong)],
    );
    let from = format!("{}/inputs/0/valuesFrom/0/path", at("get-policy"));
    mistake(
        Platform::D3,
        "{ \"command\": \"list-policies\", \"output\": \"rawData\", \"path\": \"$.data[*].guid\"",
        "{ \"command\": \"list-policies\", \"output\": \"rawData\", \"path\": \"$.data[\"",
        &[(&from, "\"$.data[\"")],
    );
}

#[test]
fn what_does_not_obey_the_schema_is_told() {
    mistake(
        Platform::D3,
        "\"healthCheck\": true",
        "\"healthCheck\": \"yes\", \"colour\": \"red\"",
        &[
            ("/connection/test/healthCheck", "\"yes\""),
            ("/connection/test/colour", "\"red\""),
        ],
    );
    mistake(
        Platform::Conductor,
        "\"category\": \"Endpoint Security\",\n",
        "",
        &[("/integration", "\"integration\": {")],
    );
    mistake(
        Platform::Conductor,
        "{ \"path\": \"$.detection\" }",
        "{ \"prefix\": \"rule \" }",
        &[
            ("/artifact/fields/8/from/0", "\"prefix\""),
            ("/artifact/fields/8/from/0", "\"prefix\""),
        ],
    );
}

#[test]
fn what_is_no_manifest_is_told() {
    mistake(
        Platform::D3,
        "\"platform\": \"d3\"",
        "\"platform\": \"d4\"",
        &[("/platform", "d4")],
    );
    mistake(
        Platform::D3,
        "\"platform\": \"d3\",\n",
        "",
        &[("/platform", "{")],
    );
    mistake(
        Platform::D3,
        "\"platform\": \"d3\",",
        "\"platform\": \"d3\"",
        &[("", "\"integration\"")],
    );
    mistake(
        Platform::D3,
        "\"platform\": \"d3\",",
        "\"platform\": \"d3\", \"platform\": \"d3\",",
        &[("/platform", "d3")],
    );
}

#[test]
fn a_sample_that_its_schema_refuses_is_told() {
    let sample = format!("{}/outputs/sample/contextData", at("create-group"));
    mistake(
        Platform::D3,
        "\"contextData\": {\n            \"name\": \"",
        "\"contextData\": {\n            \"name\": 7, \"nickname\": \"",
        &[(&format!("{sample}/name"), "\"name\": 7")],
    );
    mistake(
        Platform::D3,
        "\"guid\": \"cfda50d5-6f81-4a6c-81bd-b16496545b66\",\n            \"source\"",
        "\"guid\": \"cfda50d5\",\n            \"source\"",
        &[(&format!("{sample}/guid"), "cfda50d5")],
    );
    let schema = format!("{}/outputs/contextData", at("create-group"));
    mistake(
        Platform::D3,
        "\"contextData\": { \"$ref\": \"#/$defs/group\" }",
        "\"contextData\": { \"$ref\": \"#/$defs/grup\" }",
        &[(&schema, "grup")],
    );
}

#[test]
fn what_a_manifest_invents_is_told() {
    let policies = format!("{}/inputs/0/valuesFrom/0", at("get-policy"));
    mistake(
        Platform::D3,
        "\"command\": \"list-policies\", \"output\"",
        "\"command\": \"list-all\", \"output\"",
        &[(&format!("{policies}/command"), "list-all")],
    );
    mistake(
        Platform::D3,
        "\"keyField\": \"policy-guids\"",
        "\"keyField\": \"policies\"",
        &[(&format!("{policies}/keyField"), "\"policies\"")],
    );
    let states = format!("{}/outputs/returnData", at("unisolate-computer"));
    let all = "\"returnData\": [\"Successful\", \"Partially Successful\", \"Failed\"]";
    let manifest = Manifest::of(Platform::D3);
    let (before, after) = manifest.text.rsplit_once(all).unwrap();
    let text = format!("{before}\"returnData\": [\"Successful\", \"Failed\"]{after}");
    let problems = check(&text, described());
    tells(&text, &problems, &[(&states, "\"returnData\"")]);
    let keys = format!("{}/outputs/keyFields/1", at("create-group"));
    let shown = format!(
        "{}/outputs/sample/keyFields/group-names",
        at("create-group")
    );
    mistake(
        Platform::D3,
        "\"keyFields\": [\"group-guids\", \"group-names\"]",
        "\"keyFields\": [\"group-guids\", \"groups\"]",
        &[(&keys, "\"groups\""), (&shown, "\"group-names\"")],
    );
    mistake(
        Platform::D3,
        "\"command\": \"create-group\"",
        "\"command\": \"get-groups\"",
        &[
            ("/commands", "\"commands\": ["),
            ("/commands/0/description", "Creates a group."),
            ("/commands/0/effect", "changes"),
            ("/commands/0/idempotent", "false"),
            ("/commands/0/scope", "read-and-write"),
            ("/commands/0/inputs", "\"inputs\": ["),
            ("/commands/0/inputs", "\"inputs\": ["),
            ("/commands/0/inputs/0/field", "\"name\""),
            ("/commands/0/inputs/1/field", "\"description\""),
            (&format!("{}/command", at("get-groups")), "get-groups"),
        ],
    );
    mistake(
        Platform::D3,
        "\"command\": \"test-connection\",\n      \"healthCheck\"",
        "\"command\": \"ping\",\n      \"healthCheck\"",
        &[("/connection/test/command", "ping")],
    );
    mistake(
        Platform::Conductor,
        "\"user\": \"client-id\"",
        "\"user\": \"api-key\"",
        &[("/authentication/user", "api-key")],
    );
    mistake(
        Platform::Conductor,
        "\"fields\": [\"eventID\", \"detectionID\"]",
        "\"fields\": [\"eventID\", \"detectionId\"]",
        &[("/artifact/identity/fields/1", "detectionId")],
    );
    mistake(
        Platform::Conductor,
        "{ \"statusCode\": 403 }",
        "{ \"statusCode\": 401 }",
        &[("/troubleshooting/1/condition", "401")],
    );
    mistake(
        Platform::Conductor,
        "\"field\": \"client-id\"",
        "\"field\": \"server-url\"",
        &[
            ("/authentication/user", "client-id"),
            ("/settings", "\"settings\": ["),
            ("/settings/1/field", "server-url"),
            ("/settings/1/default", "{"),
            ("/settings/1/description", "The 3rd Party API Client ID"),
            ("/settings/1/maxLength", "256"),
            ("/settings/1/example", "0123456789abcdef0123"),
            ("/settings/1/choices", "{"),
        ],
    );
}

#[test]
fn a_mapping_by_which_two_detections_become_one_artifact_is_told() {
    let compared = ("/artifact/deduplication/fields", "\"fields\": [");
    mistake(
        Platform::Conductor,
        "\"path\": \"$.uniqueEventKey\", \"prefix\"",
        "\"path\": \"$.hostname\", \"prefix\"",
        &[compared; 3],
    );
    // Vulnerabilities and faults stay apart too.
    mistake(
        Platform::Conductor,
        "$[?$.category != 'operation']",
        "$[?$.category == 'threat']",
        &[compared; 2],
    );
}

#[test]
fn what_the_event_itself_has_may_be_mapped() {
    mistake(
        Platform::Conductor,
        "\"$.protocol\"",
        "\"$['raw'].network_info.nfm.direction\"",
        &[],
    );
}

#[test]
fn a_root_that_leads_nowhere_is_told() {
    let manifest = Manifest::of(Platform::Conductor);
    let (right, wrong) = ("\"root\": \"$\"", "\"root\": \"$.events\"");
    let problems = check(&manifest.text.replacen(right, wrong, 1), described());
    assert!(
        problems
            .iter()
            .any(|problem| problem.pointer == "/artifact/root"),
        "{problems:?}"
    );
}

#[test]
fn what_stands_twice_or_is_no_field_of_the_artifact_is_told() {
    mistake(
        Platform::Conductor,
        "\"name\": \"filePath\"",
        "\"name\": \"fileName\"",
        &[("/artifact/fields/32/name", "fileName")],
    );
    mistake(
        Platform::Conductor,
        "        \"clientIP\",\n",
        "        \"clientIp\",\n",
        &[("/artifact/deduplication/fields/1", "clientIp")],
    );
    mistake(
        Platform::Conductor,
        "        \"clientIP\",\n",
        "        \"senderHost\",\n",
        &[("/artifact/deduplication/fields/1", "senderHost")],
    );
    mistake(
        Platform::Conductor,
        "\"fields\": [\"eventID\", \"detectionID\"]",
        "\"fields\": [\"streamName\"]",
        &[("/artifact/identity/fields", "streamName")],
    );
}

#[test]
fn the_help_of_a_field_for_a_host_name_speaks_of_host_names() {
    mistake(
        Platform::Conductor,
        "Address of the API server: `api.amp",
        "Address of the API server: `https://api.amp",
        &[("/settings/0/description", "`https://api.amp")],
    );
}

#[test]
fn a_list_of_numbers_is_no_list_of_texts() {
    mistake(
        Platform::Conductor,
        "[1090519054]",
        "[\"1090519054\"]",
        &[("/poll/inputs/3/example", "[\"1090519054\"]")],
    );
    mistake(
        Platform::Conductor,
        "Number Array",
        "Text Array",
        &[("/poll/inputs/3/type", "Text Array")],
    );
}

#[test]
fn a_document_that_the_platform_does_not_map_is_told() {
    mistake(
        Platform::D3,
        "\"document\": \"raw-event\"",
        "\"document\": \"signal\"",
        &[("/eventSource/document", "signal")],
    );
    mistake(
        Platform::Conductor,
        "\"document\": \"signal\"",
        "\"document\": \"raw-event\"",
        &[("/artifact/document", "raw-event")],
    );
}
