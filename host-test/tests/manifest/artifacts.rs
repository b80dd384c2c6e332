//! What Conductor's artifact says of an event: its stream, what became of it, its protocol and its severity; and which events stay apart.

use host_test::manifest::{self, Platform, Signal};
use serde_json::{Value, json};

use crate::Manifest;
use crate::mapping::{artifact_of, artifacts, key_of};

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
    let mut signal = json!({"uniqueEventKey": key.to_string(), "eventType": "Threat Detected", "hostname": "FIN-WS-0142", "timestamp": 1});
    let fields = signal.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    signal
}

/// Potential Ransomware, Malicious Activity Detection and Malicious Activity Block.
const RANSOMWARE: [u32; 3] = [1_107_296_284, 1_090_519_105, 553_648_199];

#[test]
fn two_detections_on_one_host_never_become_one_artifact() {
    for category in ["threat", "vulnerability", "fault"] {
        let about = json!({"category": category, "protocol": "TCP"});
        let one = artifact(event(u64::MAX - 1, &about));
        let other = artifact(event(u64::MAX, &about));
        assert_ne!(compared(&one), compared(&other), "{category}");
        assert_eq!(one["protocol"], "amp-event 18446744073709551614");
        assert_eq!(one["networkProtocol"], "TCP");
    }
    // And the recorded ones.
    let mut seen = Vec::new();
    for artifact in artifacts() {
        let protocol = artifact["protocol"].as_str().unwrap_or_default();
        if artifact["streamName"] != "AMP Event" {
            assert!(protocol.starts_with("amp-event "), "{artifact}");
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
    let update =
        json!({"eventType": "Policy Update", "eventTypeId": 553_648_130, "category": "operation"});
    let (one, other) = (artifact(event(1, &update)), artifact(event(2, &update)));
    assert_eq!(compared(&one), compared(&other));
    assert_ne!(one["eventID"], other["eventID"]);
}

#[test]
fn the_protocol_of_a_connection_is_kept() {
    let id = "7476650657330678711";
    let artifact = artifact_of(id);
    assert_eq!(artifact["networkProtocol"], "TCP");
    let key = key_of(id);
    let expected = format!("amp-event {}", key.as_str().unwrap());
    assert_eq!(artifact["protocol"], expected);
    let operation = json!({"category": "operation", "protocol": "TCP"});
    let event = self::artifact(event(1, &operation));
    assert_eq!(event["protocol"], "TCP");
}

#[test]
fn stream_follows_category_type_and_name() {
    let stream = |signal: Value| artifact(signal)["streamName"].clone();
    let threat = |more: Value| {
        let mut signal = json!({"category": "threat"});
        let fields = signal.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        stream(signal)
    };
    for number in RANSOMWARE {
        assert_eq!(threat(json!({"eventTypeId": number})), "AMP Ransomware");
    }
    for name in ["detection", "iocName"] {
        assert_eq!(
            threat(json!({name: "W32.RANSOMware.ioc"})),
            "AMP Ransomware"
        );
    }
    assert_eq!(threat(json!({})), "AMP Detection");
    assert_eq!(
        threat(json!({"detection": "W32.Example.Test"})),
        "AMP Detection"
    );
    // Product faults, vulnerable applications and operations are not detections, whatever they are called.
    for category in ["vulnerability", "fault", "operation"] {
        let signal = json!({"category": category, "detection": "Ransomware", "severity": "High", "detectionId": "1"});
        assert_eq!(stream(signal), "AMP Event", "{category}");
    }
}

#[test]
fn action_follows_that_of_the_signal() {
    let action = |signal: Value| artifact(signal)["action"].clone();
    for (of_signal, expected) in [
        ("detected", "detect"),
        ("blocked", "block"),
        ("quarantined", "block"),
        ("allowed", "permit"),
        ("restoring", "permit"),
        ("restored", "permit"),
        ("failed", "fail"),
        ("isolated", "isolate"),
        ("released", "release"),
        ("raised", "log"),
        ("cleared", "log"),
        ("started", "log"),
        ("completed", "log"),
        ("reported", "log"),
    ] {
        let signal = json!({"category": "operation", "action": of_signal});
        assert_eq!(action(signal), expected, "{of_signal}");
    }
    // Of a type that the plugin does not list.
    assert_eq!(action(json!({"category": "threat"})), "detect");
    assert_eq!(action(json!({"category": "fault"})), "log");
}

#[test]
fn each_severity_has_its_label_and_code() {
    let of = |category: &str, severity: Value| {
        let artifact = artifact(json!({"category": category, "severity": severity}));
        (
            artifact["severityLabel"].clone(),
            artifact["severityCode"].clone(),
        )
    };
    for category in ["threat", "operation"] {
        let of = |severity: &str| of(category, json!(severity));
        assert_eq!(of("Critical"), (json!("critical"), json!(2)));
        assert_eq!(of("High"), (json!("high"), json!(3)));
        assert_eq!(of("Medium"), (json!("medium"), json!(4)));
        assert_eq!(of("Low"), (json!("low"), json!(5)));
        // A word that AMP may add.
        assert_eq!(of("Dire").0, "Dire");
    }
    let informational = (json!("informational"), json!(6));
    for category in ["operation", "fault", "vulnerability"] {
        assert_eq!(of(category, Value::Null), informational);
    }
    // AMP did not rate it, which does not make it harmless.
    assert_eq!(of("threat", Value::Null), (Value::Null, Value::Null));
}

#[test]
fn client_and_server_follow_the_direction() {
    let connection = |direction: Option<&str>| {
        let mut signal = json!({"hostname": "FIN-WS-0142", "externalIp": "203.0.113.7",
            "networkAddresses": [{"ip": "10.0.0.3", "mac": "00:00:00:00:00:03"}, {"ip": "10.0.0.4", "mac": "00:00:00:00:00:04"}],
            "localIp": "10.0.0.4", "localPort": 49_152, "remoteIp": "198.51.100.7", "remotePort": 443});
        if let Some(direction) = direction {
            signal["direction"] = json!(direction);
        }
        artifact(signal)
    };
    let ends = ["IP", "Port", "Hostname", "MAC"];
    let end =
        |artifact: &Value, side: &str| ends.map(|field| artifact[format!("{side}{field}")].clone());
    let computer = [
        json!("10.0.0.4"),
        json!(49_152),
        json!("FIN-WS-0142"),
        json!("00:00:00:00:00:04"),
    ];
    let remote = [json!("198.51.100.7"), json!(443), Value::Null, Value::Null];
    for direction in [None, Some("outgoing")] {
        let artifact = connection(direction);
        assert_eq!(end(&artifact, "client"), computer);
        assert_eq!(end(&artifact, "server"), remote);
    }
    let artifact = connection(Some("incoming"));
    assert_eq!(end(&artifact, "client"), remote);
    assert_eq!(end(&artifact, "server"), computer);
    assert_eq!(artifact["senderHost"], "FIN-WS-0142");
    assert_eq!(artifact["externalIP"], "203.0.113.7");
    // Without its end of the connection, the computer has its first address, else the one that the cloud saw.
    let signal = json!({"direction": "incoming", "remoteIp": "198.51.100.7", "externalIp": "203.0.113.7", "networkAddresses": []});
    assert_eq!(self::artifact(signal)["serverIP"], "203.0.113.7");
}

#[test]
fn program_and_pid_are_of_one_process() {
    let of = |signal: Value| {
        let artifact = artifact(signal);
        ["program", "pid", "programHash"].map(|field| artifact[field].clone())
    };
    let network = json!({"name": "curl.exe", "pid": 7, "sha256": "ab"});
    let expected = [json!("curl.exe"), json!(7), json!("ab")];
    assert_eq!(of(json!({"networkProcess": network})), expected);
    let both =
        json!({"parentProcess": {"name": "explorer.exe", "sha1": "cd"}, "networkProcess": network});
    assert_eq!(of(both), [json!("explorer.exe"), Value::Null, json!("cd")]);
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
