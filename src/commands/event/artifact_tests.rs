//! Artifacts: their forms, and what of an event they match.

use super::*;

fn event(json: &str) -> Event {
    crate::amp::decode::decode(json)
}

#[test]
fn an_artifact_is_told_by_its_form() {
    assert!(matches!(
        Artifact::read(&"ab".repeat(32)),
        Artifact::Sha256(_)
    ));
    assert!(matches!(
        Artifact::read("6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11"),
        Artifact::Connector(_)
    ));
    assert!(matches!(
        Artifact::read("203.0.113.7"),
        Artifact::Address(_)
    ));
    assert!(matches!(
        Artifact::read("00-50-56-AA-BB-01"),
        Artifact::Mac(_)
    ));
    assert!(matches!(
        Artifact::read("44d88612fea8a8f36de82e1278abb02f"),
        Artifact::Hash(_)
    ));
    assert!(matches!(Artifact::read("invoice.exe"), Artifact::Text(_)));
}

// An address must not match another that merely begins like it.
#[test]
fn an_address_is_compared_as_a_whole() {
    let event = event(
        r#"{"computer":{"network_addresses":[{"ip":" 10.20.30.42","mac":"00:50:56:AA:BB:01"}]},
            "network_info":{"dirty_url":"http://198.51.100.7:8080/x","remote_ip":"2001:db8::7"},
            "command_line":{"arguments":"ping -n 1 192.0.2.25"}}"#,
    );
    for found in ["10.20.30.42", "198.51.100.7", "2001:DB8:0::7", "192.0.2.25"] {
        assert!(Artifact::read(found).matches(&event), "{found}");
    }
    for other in ["10.20.30.4", "198.51.100.70", "192.0.2.2"] {
        assert!(!Artifact::read(other).matches(&event), "{other}");
    }
    assert!(Artifact::read("00-50-56-aa-bb-01").matches(&event));
}

#[test]
fn a_path_matches_in_all_its_forms() {
    let event_with =
        |path: &str| event(&serde_json::json!({"file": {"file_path": path}}).to_string());
    let forms = [
        r"C:\Users\Jörg\My Files\x.exe",
        r"\\?\C:\Users\Jörg\My Files\x.exe",
        "file:///C%3A/Users/J%C3%B6rg/My%20Files/x.exe",
        "/C:/users/JÖRG/my files/X.EXE",
    ];
    for written in forms {
        for wanted in forms
            .into_iter()
            .chain([r"jörg\my files", "My Files/x.exe", r"C:\Users"])
        {
            assert!(
                Artifact::read(wanted).matches(&event_with(written)),
                "{wanted} in {written}"
            );
        }
        for other in [r"D:\Users\Jörg\My Files\x.exe", "/C:/users/jorg"] {
            assert!(
                !Artifact::read(other).matches(&event_with(written)),
                "{other} in {written}"
            );
        }
    }
    // Nothing is left of it as a path, which would be a part of every other.
    assert!(!Artifact::read("file:///").matches(&event_with(r"C:\x")));
}

#[test]
fn an_artifact_is_found_in_every_typed_field() {
    let event = event(
        r#"{"id":7380001112223334445,"detection_id":"7380001112223334400",
            "file":{"file_name":"a.dll","attack_details":{"application":"winword.exe","attacked_module":"C:\\Windows\\kernel32.dll",
              "suspicious_files":["C:\\Temp\\drop.bin"],"indicators":[{"short_description":"Process hollowing","tactics":["TA0002"]}]},
              "parent":{"process_id":4020,"disposition":"Clean","file_name":"explorer.exe","identity":{"md5":"0cc175b9c0f1b6a831c399e269772661"}}},
            "network_info":{"dirty_url":"http://bad.example/a","remote_port":8443,"nfm":{"direction":"Incoming connection from","protocol":"UDP"},
              "parent":{"file_name":"curl.exe","identity":{"sha1":"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"}}},
            "command_line":{"arguments":"curl.exe -o C:\\Temp\\drop.bin"},"cloud_ioc":{"short_description":"W32.Example.ioc","description":"A shell was started."},
            "error":{"error_code":3221225524,"description":"Object name not found"},
            "vulnerabilities":[{"name":"Example Reader","cve":"cve-2024-0001"}],
            "techniques":[{"external_id":"T1055.012","name":"Injection","mitre_name":"technique"}],
            "computer":{"user":"alice@ACME"}}"#,
    );
    for found in [
        "7380001112223334445",
        "7380001112223334400",
        "WINWORD",
        "kernel32",
        "file:///C%3A/temp/drop.bin",
        "process hollowing",
        "TA0002",
        "4020",
        "clean",
        "explorer.exe",
        "0cc175b9c0f1b6a831c399e269772661",
        "bad.example/A",
        "8443",
        "udp",
        "incoming",
        "curl",
        "86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8",
        "-o c:/temp",
        "w32.example.IOC",
        "shell was",
        "3221225524",
        "object name",
        "example reader",
        "CVE-2024-0001",
        "t1055.012",
        "injection",
        r"acme\alice",
    ] {
        assert!(Artifact::read(found).matches(&event), "{found}");
    }
    // A part of a number or of a word from a short list means nothing.
    for other in ["402", "443", "ud", "322122552", "T1055"] {
        assert!(!Artifact::read(other).matches(&event), "{other}");
    }
}

#[test]
fn a_text_is_looked_for_in_every_name_and_in_any_case() {
    let event = event(
        r#"{"detection":"W32.Example.Test","hostname":"ACME-LT-0042","computer":{"user":"alice@ACME"},
            "file":{"file_name":"Invoice.exe","file_path":"C:\\Users\\alice\\Downloads\\Invoice.exe"}}"#,
    );
    for text in [
        "acme-lt",
        "ALICE@",
        "invoice.EXE",
        "downloads",
        "w32.example",
    ] {
        assert!(Artifact::read(text).matches(&event), "{text}");
    }
    assert!(!Artifact::read("bob").matches(&event));
}

// Lesson 14.
#[test]
fn an_event_without_anything_matches_nothing_and_harms_nothing() {
    for text in [
        "x",
        "203.0.113.7",
        "00:50:56:aa:bb:01",
        "44d88612fea8a8f36de82e1278abb02f",
    ] {
        assert!(!Artifact::read(text).matches(&event("{}")), "{text}");
    }
}
