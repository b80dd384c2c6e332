//! The typed fields of a signal, from events with dummy values in the shapes that AMP's events have.

use serde_json::{Value, json};

use super::super::new_event::NewEvent;
use super::*;
use crate::contract::exports::conductor::secure_endpoint::intake::{EventAction, EventCategory};

fn signal_of(event: &Value) -> Signal {
    let origin = Origin {
        tls: true,
        authority: "api.amp.cisco.com".to_owned(),
    };
    signal(NewEvent::read(&event.to_string(), 0, None, false), &origin)
}

#[test]
fn detection_falls_back_in_the_documented_order() {
    let mut event = json!({
        "detection": "W32.Example.Test",
        "cloud_ioc": {"short_description": "W32.Example.ioc", "description": "A shell was started."},
        "threat_hunting": {"incident_title": "Example Incident"},
        "file": {"attack_details": {"indicators": [
            {"short_description": "Hollowing"}, {"description": "Injection"}, {"short_description": "Hollowing"}]}},
        "bp_data": {"indicators": [{"short_description": "Persistence"}]},
        "vulnerabilities": [{"cve": "cve-2024-0001"}, {"cve": "CVE-2024-0002"}],
        "fault_event_title": "Driver not loaded",
        "error": {"description": "Object name not found"},
        "scan": {"description": "Flash Scan"},
    });
    let in_order = [
        ("detection", "W32.Example.Test"),
        ("cloud_ioc", "W32.Example.ioc"),
        ("threat_hunting", "Example Incident"),
        ("file", "Hollowing, Injection, Persistence"),
        ("bp_data", "Persistence"),
        ("vulnerabilities", "CVE-2024-0001, CVE-2024-0002"),
        ("fault_event_title", "Driver not loaded"),
        ("error", "Object name not found"),
        ("scan", "Flash Scan"),
    ];
    for (field, expected) in in_order {
        assert_eq!(signal_of(&event).detection.as_deref(), Some(expected));
        // An empty string counts as absent, and so does a field of another type.
        let empty = if event[field].is_string() {
            json!(" ")
        } else {
            json!(7)
        };
        event[field] = empty;
    }
    assert_eq!(signal_of(&event).detection, None);
}

#[test]
fn connection_has_direction_protocol_and_program() {
    let mut event = json!({"network_info": {
        "dirty_url": "http://bad.example/a", "remote_ip": " 198.51.100.7", "remote_port": 443, "local_ip": "10.20.30.42", "local_port": "49152",
        "nfm": {"direction": "Outgoing connection from", "protocol": "TCP"},
        "parent": {"process_id": 4020, "disposition": "Unknown", "file_name": "curl.exe", "identity": {"sha256": "AB".repeat(32), "md5": "x"}},
    }});
    let signal = signal_of(&event);
    assert!(matches!(
        signal.direction,
        Some(ConnectionDirection::Outgoing)
    ));
    assert_eq!(signal.protocol.as_deref(), Some("TCP"));
    assert_eq!(signal.remote_ip.as_deref(), Some("198.51.100.7"));
    assert_eq!(
        (signal.remote_port, signal.local_port),
        (Some(443), Some(49_152))
    );
    let program = signal
        .network_process
        .unwrap_or_else(|| panic!("no program"));
    assert_eq!(
        (program.pid, program.name.as_deref()),
        (Some(4020), Some("curl.exe"))
    );
    assert_eq!((program.sha256, program.md5), (Some("ab".repeat(32)), None));
    assert!(signal.parent_process.is_none());
    event["network_info"] = json!({"direction": "Incoming connection from", "protocol": "UDP"});
    let signal = signal_of(&event);
    assert!(matches!(
        signal.direction,
        Some(ConnectionDirection::Incoming)
    ));
    assert_eq!(signal.protocol.as_deref(), Some("UDP"));
    event["network_info"] = json!({"nfm": {"direction": "Sideways"}});
    assert!(signal_of(&event).direction.is_none());
}

#[test]
fn attack_references_come_from_event_indicators_and_incident() {
    let signal = signal_of(&json!({
        "tactics": ["TA0005"], "techniques": [{"external_id": "T1005", "name": "Data from Local System", "mitre_name": "technique"}],
        "file": {"attack_details": {"indicators": [{"short_description": "Macro", "tactics": [{"external_id": "TA0002", "name": "Execution", "mitre_name": "tactic"}, "TA0005"], "techniques": ["T1059"]}]}},
        "threat_hunting": {"severity": "critical", "incident_start_time": 1_700_000_000,
            "tactics": [{"external_id": "TA0005", "name": "Defense Evasion"}], "techniques": [{"external_id": "T1053", "name": "Scheduled Task/Job"}]},
    }));
    assert_eq!(signal.indicators, ["Macro"]);
    assert_eq!(signal.tactics, ["TA0005", "TA0002"]);
    assert_eq!(signal.techniques, ["T1005", "T1059", "T1053"]);
    let names: Vec<(&str, &str)> = signal
        .attack_names
        .iter()
        .map(|attack| (attack.id.as_str(), attack.name.as_str()))
        .collect();
    let expected = [
        ("TA0002", "Execution"),
        ("TA0005", "Defense Evasion"),
        ("T1005", "Data from Local System"),
        ("T1053", "Scheduled Task/Job"),
    ];
    assert_eq!(names, expected);
    assert_eq!(signal.severity.as_deref(), Some("Critical"));
    assert_eq!(signal.start_timestamp, Some(1_700_000_000));
}

#[test]
fn user_is_split_into_name_and_domain() {
    for (user, name, domain) in [
        ("alice@ACME", Some("alice"), Some("ACME")),
        (
            "alice@acme.example@ACME",
            Some("alice@acme.example"),
            Some("ACME"),
        ),
        (r"ACME\alice", Some("alice"), Some("ACME")),
        ("alice", Some("alice"), None),
        ("@ACME", None, Some("ACME")),
        ("Not Available", None, None),
        (" ", None, None),
    ] {
        let signal = signal_of(&json!({"computer": {"user": user}}));
        let split = (signal.user_name.as_deref(), signal.user_domain.as_deref());
        assert_eq!(split, (name, domain), "{user}");
    }
}

#[test]
fn category_of_a_type_that_is_not_listed_follows_its_fields() {
    let cases = [
        (json!({"severity": "High"}), EventCategory::Threat),
        (json!({"detection_id": "1"}), EventCategory::Threat),
        (
            json!({"cloud_ioc": {"short_description": "x"}}),
            EventCategory::Threat,
        ),
        (
            json!({"bp_data": {"indicators": [{"short_description": "x"}]}}),
            EventCategory::Threat,
        ),
        (
            json!({"fault_event_title": "x", "severity": "High"}),
            EventCategory::Fault,
        ),
        (
            json!({"vulnerabilities": [{"cve": "x"}], "severity": "High"}),
            EventCategory::Vulnerability,
        ),
        (
            json!({"error": {"description": "x"}}),
            EventCategory::Operation,
        ),
        (json!({}), EventCategory::Operation),
    ];
    for (event, expected) in cases {
        let signal = signal_of(&event);
        assert_eq!(signal.category, expected, "{event}");
        assert!(signal.action.is_none());
    }
    let listed = signal_of(&json!({"event_type_id": 553_648_143, "fault_event_title": "x"}));
    assert_eq!(listed.category, EventCategory::Threat);
    assert_eq!(listed.action, Some(EventAction::Quarantined));
}

#[test]
fn remaining_details_are_typed() {
    let signal = signal_of(&json!({
        "start_timestamp": 1_717_999_000, "start_date": "2024-06-10T05:56:40+00:00",
        "command_line": {"arguments": ["powershell.exe", "-enc", "AAAA"]},
        "error": {"error_code": 3_221_225_524_u32, "description": "Object name not found"},
        "scan": {"malicious_detections": 3}, "isolation": {"user": "bob@ACME", "duration": 46},
        "intervention_required": "yes",
        "vulnerabilities": [{"name": "Example Reader", "version": "21.1", "cve": "cve-2024-0001"}],
        "file": {"archived_file": {"identity": {"sha256": "CD".repeat(32)}}, "attack_details": {"application": "winword.exe", "attacked_module": "ntdll.dll", "suspicious_files": ["C:\\a"]}},
    }));
    assert_eq!(signal.start_timestamp, Some(1_717_999_000));
    assert_eq!(
        signal.command_line.as_deref(),
        Some("powershell.exe -enc AAAA")
    );
    assert_eq!(signal.error_code, Some(3_221_225_524));
    assert_eq!(signal.malicious_detections, Some(3));
    assert_eq!(signal.isolation_user.as_deref(), Some("bob@ACME"));
    assert_eq!(signal.isolation_seconds, Some(46));
    assert_eq!(signal.intervention_required, Some(true));
    assert_eq!(signal.vulnerable_applications, ["Example Reader 21.1"]);
    assert_eq!(signal.cves, ["CVE-2024-0001"]);
    assert_eq!(signal.archived_sha256, Some("cd".repeat(32)));
    assert_eq!(signal.attacked_application.as_deref(), Some("winword.exe"));
    assert_eq!(signal.attacked_module.as_deref(), Some("ntdll.dll"));
    assert_eq!(signal.suspicious_files, ["C:\\a"]);
}
