//! What the platforms' own pages say, and the manifests must too: names, values and the field mapping.

use host_test::manifest::Platform;
use serde_json::{Value, json};

use crate::{Manifest, nothing_to_mend};

/// D3's commands and the inputs that its page shows for them, in its order.
const COMMANDS: [(&str, &[&str]); 14] = [
    ("Create Group", &["Name", "Description"]),
    (
        "Delete File From File List By Hash",
        &["File List ID", "Hash"],
    ),
    (
        "Fetch Event",
        &[
            "Start Time",
            "End Time",
            "Number of Event(s) Fetched",
            "Search Condition",
            "Artifact",
        ],
    ),
    ("Get Block List", &["Block List Name", "Limit", "Offset"]),
    ("Get Computer Activity", &["Query", "Limit", "Offset"]),
    ("Get Computer By Connector", &["Connector GUID"]),
    ("Get Computers", &["Limit", "Offset", "Hostname"]),
    ("Get Groups", &["Group Name", "Limit"]),
    ("Get Policy", &["Policy GUIDs"]),
    ("Isolate Computer", &["Connector GUIDs"]),
    (
        "List Policies",
        &["Policy Name", "Product Type", "Limit", "Offset"],
    ),
    ("Set File List By Hash", &["File List ID", "Hash"]),
    ("Unisolate Computer", &["Connector GUIDs"]),
    ("Test Connection", &[]),
];

/// D3's field mapping.
const MAPPING: [(&str, &str); 13] = [
    ("Unique Event Key", ".id"),
    ("Start Time", ".date"),
    ("Event Type", ".event_type"),
    ("Hostname", ".computer.hostname"),
    ("ExternalIPAddress", ".computer.external_ip"),
    ("NetworkAddresses", ".computer.network_addresses.[*].ip"),
    ("Severity", ".severity"),
    ("Disposition", ".file.disposition"),
    ("Filename", ".file.file_name"),
    ("Filepath", ".file.file_path"),
    ("File Hash SHA256", ".file.identity.sha256"),
    ("File Hash SHA1", ".file.identity.sha1"),
    ("File Hash MD5", ".file.identity.md5"),
];

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["displayName"].as_str().unwrap())
        .collect()
}

/// Holds values of a manifest, by pointer.
fn hold(platform: Platform, values: &[(&str, Value)]) {
    let manifest = Manifest::of(platform);
    let complaints = values.iter().filter_map(|(pointer, value)| {
        let here = manifest.located.value().pointer(pointer);
        (here != Some(value)).then(|| manifest.mend(pointer, format!("the page says {value}")))
    });
    nothing_to_mend(&complaints.collect::<Vec<_>>());
}

#[test]
fn d3_has_the_commands_and_inputs_of_its_page_and_what_is_more_says_so() {
    let d3 = Manifest::of(Platform::D3);
    let commands = &d3.located.value()["commands"];
    let expected: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names(commands), expected);
    for (index, (name, inputs)) in COMMANDS.iter().enumerate() {
        let all = commands[index]["inputs"].as_array().unwrap();
        let of_page = |input: &&Value| input["addition"] != true;
        let shown: Value = all.iter().filter(of_page).cloned().collect();
        let place = d3.mend(&format!("/commands/{index}/inputs"), *name);
        assert_eq!(names(&shown), *inputs, "{place}");
    }
}

#[test]
fn d3_has_the_connection_form_of_its_page() {
    let d3 = Manifest::of(Platform::D3);
    let fields = &d3.located.value()["connection"]["fields"];
    assert_eq!(
        names(fields),
        ["Server URL", "Client ID", "API Key", "API Version"]
    );
    hold(
        Platform::D3,
        &[
            (
                "/connection/fields/0/default",
                json!("https://api.amp.cisco.com"),
            ),
            ("/connection/fields/3/default", json!("v1")),
            ("/connection/credential/scope", json!("Read & Write")),
            ("/connection/test/displayName", json!("Test Connection")),
        ],
    );
}

#[test]
fn d3_has_the_integration_and_the_inputs_as_its_page_shows_them() {
    let command = |name: &str| {
        let mut commands = COMMANDS.iter();
        commands.position(|(known, _)| *known == name).unwrap()
    };
    let (fetch, list) = (command("Fetch Event"), command("List Policies"));
    let isolate = command("Isolate Computer");
    let input = |command: usize, input: usize, key: &str| {
        format!("/commands/{command}/inputs/{input}/{key}")
    };
    let products = ["Windows", "macOS", "Linux", "Android", "iOS", "Network"];
    let values = ["windows", "mac", "linux", "android", "ios", "network"];
    let choices: Value = values
        .iter()
        .zip(products)
        .map(|(value, title)| json!({"value": value, "title": title}))
        .collect();
    let of_inputs = [
        (input(fetch, 0, "type"), json!("Date Time")),
        (input(fetch, 0, "format"), json!("yyyy-MM-dd HH:mm, in UTC")),
        (input(fetch, 1, "type"), json!("Date Time")),
        (input(fetch, 1, "format"), json!("yyyy-MM-dd HH:mm, in UTC")),
        (input(list, 1, "type"), json!("Option")),
        (input(list, 1, "choices"), choices),
        (input(isolate, 2, "secret"), json!(true)),
    ];
    let mut values = vec![
        ("/integration/name", json!("Cisco Secure Endpoint")),
        ("/integration/formerName", json!("AMP for Endpoints")),
        ("/connection/fields/2/secret", json!(true)),
    ];
    values.extend(
        of_inputs
            .iter()
            .map(|(pointer, value)| (pointer.as_str(), value.clone())),
    );
    hold(Platform::D3, &values);
}

#[test]
fn d3_has_the_outputs_of_its_page_by_the_names_that_the_program_prints() {
    let outputs = [
        "Return Data",
        "Raw Data",
        "Context Data",
        "Key Fields",
        "Result",
        "Error",
    ];
    let names = [
        "returnData",
        "rawData",
        "contextData",
        "keyFields",
        "result",
        "errors",
    ];
    for (index, (title, name)) in outputs.into_iter().zip(names).enumerate() {
        let title_at = format!("/outputs/{index}/displayName");
        let name_at = format!("/outputs/{index}/name");
        hold(
            Platform::D3,
            &[(&title_at, json!(title)), (&name_at, json!(name))],
        );
    }
}

#[test]
fn the_title_of_a_key_field_is_its_name_in_words() {
    let d3 = Manifest::of(Platform::D3);
    let fields = d3.located.value()["keyFields"].as_object().unwrap();
    for (name, field) in fields {
        let title = field["displayName"].as_str().unwrap();
        let place = d3.mend(&format!("/keyFields/{name}/displayName"), title);
        assert_eq!(title.to_lowercase().replace(' ', "-"), *name, "{place}");
    }
}

#[test]
fn d3_has_the_event_source_of_its_page() {
    hold(
        Platform::D3,
        &[
            ("/eventSource/name", json!("Default Event Source")),
            ("/eventSource/command", json!("fetch-event")),
            ("/eventSource/root", json!("$")),
            ("/eventSource/uniqueEventKey", json!(".id")),
        ],
    );
    let d3 = Manifest::of(Platform::D3);
    let fields = d3.located.value()["eventSource"]["fields"].as_array();
    let fields: Vec<(&str, &str)> = fields
        .unwrap()
        .iter()
        .map(|field| {
            let text = |key: &str| field[key].as_str().unwrap();
            (text("name"), text("source"))
        })
        .collect();
    let place = d3.mend("/eventSource/fields", "the field mapping");
    assert_eq!(fields, MAPPING, "{place}");
}

#[test]
fn conductor_has_the_names_and_values_of_its_page() {
    hold(
        Platform::Conductor,
        &[
            ("/integration/name", json!("Cisco AMP")),
            ("/integration/connector", json!("signal-client.cisco-amp")),
            ("/integration/category", json!("Endpoint Security")),
            ("/integration/multiInstance", json!(true)),
            (
                "/integration/documentation",
                json!("https://api-docs.amp.cisco.com/"),
            ),
            (
                "/integration/log",
                json!("[INFO] cisco-amp: fetched <N> events"),
            ),
            (
                "/authentication/displayName",
                json!("Client ID + API Key (Basic Auth)"),
            ),
            ("/authentication/method", json!("basic")),
            ("/authentication/scope", json!("Read-only")),
            ("/settings/0/displayName", json!("FQDN")),
            ("/settings/0/field", json!("server-url")),
            ("/settings/0/default", json!("api.amp.cisco.com")),
            ("/settings/0/choices/1/value", json!("api.eu.amp.cisco.com")),
            (
                "/settings/0/choices/2/value",
                json!("api.apjc.amp.cisco.com"),
            ),
            ("/settings/1/displayName", json!("Client ID")),
            ("/settings/2/displayName", json!("Client Secret")),
            ("/settings/2/field", json!("api-key")),
            ("/poll/intervalMinutes/default", json!(5)),
            ("/poll/intervalMinutes/whenRateLimited", json!(10)),
            // Of the pages on its Artifact Filter.
            ("/artifact/deduplication/windowMinutes", json!(10)),
            (
                "/artifact/deduplication/fields",
                json!([
                    "senderHost",
                    "clientIP",
                    "serverIP",
                    "serverPort",
                    "protocol",
                    "userName",
                    "fileName",
                    "streamName",
                    "messageType",
                    "action",
                    "severityLabel"
                ]),
            ),
        ],
    );
}
