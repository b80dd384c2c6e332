//! What Conductor's artifact says of an event: its stream, what became of it, its protocol and its severity; and which events stay apart.

use host_test::manifest::{self, Platform, Signal};
use serde_json::{Value, json};

use crate::Manifest;
use crate::mapping::{record_of, records};

/// The artifact of a signal with these fields.
fn artifact(mut signal: Value) -> Value {
    if signal.get("raw").is_none() {
        signal["raw"] = json!({});
    }
    let mapping = manifest::mapping(Platform::Conductor).unwrap();
    let line = signal.to_string();
    let records = mapping.map(&Signal::parse(&line).unwrap());
    serde_json::from_str(&records[0].line()).unwrap()
}

/// What the Artifact Filter compares of an artifact.
fn compared(artifact: &Value) -> Vec<Value> {
    let conductor = Manifest::of(Platform::Conductor);
    let fields = &conductor.located.value()["artifact"]["deduplication"]["fields"];
    let fields = fields.as_array().unwrap().iter();
    fields
        .map(|field| artifact[field.as_str().unwrap()].clone())
        .collect()
}

/// An event of a computer, with what every event has.
fn event(key: u64, more: &Value) -> Value {
    let mut signal = json!({"uniqueEventKey": key.to_string(), "eventType": "Threat Detected", "hostname": "FIN-WS-0142", "timestamp": 1,
        "raw": {"network_info": {"nfm": {"protocol": "TCP"}}}});
    let fields = signal.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    signal
}

/// What makes an event a detection, each alone and together.
fn detections() -> Vec<Value> {
    let marks = [
        ("detectionId", json!("7483429079613726349")),
        ("detection", json!("W32.Example.Test")),
        ("severity", json!("Low")),
    ];
    let subsets = (1_u32..8).map(|subset| {
        let chosen = marks.iter().enumerate();
        let chosen = chosen.filter(|(bit, _)| subset & (1 << bit) != 0);
        chosen
            .map(|(_, (name, value))| ((*name).to_owned(), value.clone()))
            .collect()
    });
    let mut detections: Vec<Value> = subsets.map(Value::Object).collect();
    detections.extend(RANSOMWARE.map(|number| json!({"eventTypeId": number})));
    detections
}

/// Potential Ransomware, Malicious Activity Detection and Malicious Activity Block.
const RANSOMWARE: [u32; 3] = [1_107_296_284, 1_090_519_105, 553_648_199];

#[test]
fn two_detections_on_one_host_never_become_one_artifact() {
    for detection in detections() {
        let one = artifact(event(u64::MAX - 1, &detection));
        let other = artifact(event(u64::MAX, &detection));
        assert_ne!(compared(&one), compared(&other), "{detection}");
        assert_eq!(one["protocol"], "amp-event 18446744073709551614");
        assert_eq!(one["networkProtocol"], "TCP");
        assert_ne!(one["streamName"], "AMP Event", "{detection}");
    }
    // And the recorded ones.
    let mut seen = Vec::new();
    for artifact in records(&Manifest::of(Platform::Conductor).text) {
        let is_detection = artifact["streamName"] != "AMP Event";
        let protocol = artifact["protocol"].as_str().unwrap_or_default();
        assert_eq!(
            is_detection,
            protocol.starts_with("amp-event "),
            "{artifact}"
        );
        if is_detection {
            let key = compared(&artifact);
            assert!(!seen.contains(&key), "{artifact} is like another");
            seen.push(key);
        }
    }
    assert!(
        seen.len() > 10,
        "only {} detections are recorded",
        seen.len()
    );
}

#[test]
fn events_that_are_no_detections_become_one_artifact_if_they_are_alike() {
    let update = json!({"eventType": "Policy Update", "eventTypeId": 553_648_130});
    let (one, other) = (artifact(event(1, &update)), artifact(event(2, &update)));
    assert_eq!(compared(&one), compared(&other));
    assert_ne!(one["eventID"], other["eventID"]);
}

#[test]
fn the_protocol_of_a_connection_is_kept() {
    let artifact = record_of(Platform::Conductor, "7476650657330678711");
    assert_eq!(artifact["networkProtocol"], "TCP");
    assert_eq!(artifact["protocol"], "amp-event 7476650657330678711");
    let event = self::artifact(event(1, &json!({})));
    assert_eq!(event["protocol"], "TCP");
}

#[test]
fn each_stream_has_its_events() {
    let stream = |signal: Value| artifact(signal)["streamName"].clone();
    for number in RANSOMWARE {
        assert_eq!(stream(json!({"eventTypeId": number})), "AMP Ransomware");
    }
    assert_eq!(
        stream(json!({"detection": "Win.Ransomware.Test"})),
        "AMP Ransomware"
    );
    assert_eq!(
        stream(json!({"detection": "W32.Example.Test"})),
        "AMP Detection"
    );
    assert_eq!(stream(json!({"severity": "Low"})), "AMP Detection");
    assert_eq!(stream(json!({"detectionId": "1"})), "AMP Detection");
    assert_eq!(stream(json!({"eventTypeId": 554_696_714})), "AMP Event");
}

#[test]
fn each_type_of_event_has_its_action() {
    // Numbers and names as the reference of event types has them.
    let actions = [
        (553_648_143_u32, "Threat Quarantined", "block"),
        (553_648_155, "Cloud Recall Quarantine Successful", "block"),
        (553_648_168, "Execution Blocked", "block"),
        (553_648_199, "Malicious Activity Block", "block"),
        (553_648_145, "Threat Detected in Exclusion", "permit"),
        (
            553_648_146,
            "Cloud Recall Restore of False Positive",
            "permit",
        ),
        (553_648_149, "Quarantined Item Restored", "permit"),
        (
            553_648_154,
            "Cloud Recall Restore from Quarantine",
            "permit",
        ),
        (570_425_394, "Quarantine Restore Requested", "permit"),
        (2_164_260_880, "Quarantine Failure", "fail"),
        (
            2_164_260_893,
            "Cloud Recall Quarantine Attempt Failed",
            "fail",
        ),
        (
            2_181_038_130,
            "Quarantine Request Failed to be Delivered",
            "fail",
        ),
        (553_648_202, "Endpoint Isolation Start Success", "isolate"),
        (553_648_204, "Endpoint Isolation Stop Success", "release"),
    ];
    let action = |signal: Value| artifact(signal)["action"].clone();
    for (number, name, expected) in actions {
        let signal = json!({"eventTypeId": number, "eventType": name, "detectionId": "1"});
        assert_eq!(action(signal), expected, "{name}");
    }
    let conductor = Manifest::of(Platform::Conductor);
    let fields = conductor.located.value()["artifact"]["fields"].as_array();
    let mut fields = fields.unwrap().iter();
    let field = fields.find(|field| field["name"] == "action").unwrap();
    let table = field["from"][0]["table"].as_object().unwrap();
    assert_eq!(table.len(), actions.len(), "an action is not held here");
    for mark in detections() {
        if mark.get("eventTypeId").is_none() {
            assert_eq!(action(mark), "detect");
        }
    }
    assert_eq!(action(json!({"eventTypeId": 553_648_130})), "log");
}

#[test]
fn each_severity_has_its_label_and_code() {
    let of = |severity: Value| {
        let artifact = artifact(json!({"severity": severity}));
        (
            artifact["severityLabel"].clone(),
            artifact["severityCode"].clone(),
        )
    };
    assert_eq!(of(json!("Critical")), (json!("critical"), json!(2)));
    assert_eq!(of(json!("High")), (json!("high"), json!(3)));
    assert_eq!(of(json!("Medium")), (json!("medium"), json!(4)));
    assert_eq!(of(json!("Low")), (json!("low"), json!(5)));
    assert_eq!(of(Value::Null), (json!("informational"), json!(6)));
    // What AMP may yet think of.
    assert_eq!(of(json!("Dire")), (json!("Dire"), json!(6)));
}

#[test]
fn the_mac_is_that_of_the_address() {
    let artifact = artifact(json!({"networkAddresses": [
        {"ip": "", "mac": "00:00:00:00:00:01"}, {"mac": "00:00:00:00:00:02"}, {"ip": "10.0.0.3", "mac": "00:00:00:00:00:03"}]}));
    assert_eq!(artifact["clientIP"], "10.0.0.3");
    assert_eq!(artifact["clientMAC"], "00:00:00:00:00:03");
    let artifact =
        self::artifact(json!({"networkAddresses": [{"ip": "", "mac": "00:00:00:00:00:01"}]}));
    assert_eq!(artifact["clientMAC"], "00:00:00:00:00:01");
}
