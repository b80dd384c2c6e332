//! Answers from recordings, our own and those of others.

use super::*;

#[test]
fn a_damaged_recording_is_wrong_usage_and_says_where_it_is_damaged() {
    let har = file("{\"log\": {\"entries\": [{\"request\": {}}]}}", ".har");
    run(&["run", "get-computers", "--replay", har.to_str().unwrap()])
        .ends(2, &["$.log.entries[0].request", "HTTP Archive"]);
    run(&["run", "get-computers", "--replay", "/nowhere/x.har"])
        .ends(2, &["/nowhere/x.har cannot be read"]);
}

#[test]
fn a_recording_answers_without_a_connection() {
    let run = run(&[
        "run",
        "get-computers",
        "--hostname",
        "FIN",
        "--limit",
        "5",
        "--replay",
        &recording("get-computers/by-hostname"),
    ]);
    run.ends(0, &[])
        .prints("Get Computers: Successful\n")
        .prints("FIN-WS-0142");
    assert_eq!(run.err, "");
}

#[test]
fn a_recording_answers_whatever_the_environment_says() {
    run_with(
        "http://192.0.2.1",
        &[
            "run",
            "get-computers",
            "--hostname",
            "FIN",
            "--limit",
            "5",
            "--replay",
            &recording("get-computers/by-hostname"),
        ],
    )
    .ends(0, &[]);
}

#[test]
fn json_is_one_object_on_standard_output_and_nothing_else() {
    let good = run(&[
        "run",
        "get-computers",
        "--hostname",
        "FIN",
        "--limit",
        "5",
        "--format",
        "json",
        "--replay",
        &recording("get-computers/by-hostname"),
    ]);
    good.ends(0, &[]);
    assert_eq!(
        (
            good.json()["command"].clone(),
            good.json()["returnData"].clone()
        ),
        (json!("get-computers"), json!("Successful"))
    );
    let bad = run(&[
        "--format",
        "json",
        "run",
        "get-groups",
        "--replay",
        &recording("get-computers/by-hostname"),
    ]);
    bad.ends(1, &["no entry of the recording answers GET /v1/groups"]);
    let message = bad.json()["errors"][0]["message"].clone();
    let message = message.as_str().unwrap();
    assert!(
        message.starts_with("no entry of the recording answers GET /v1/groups"),
        "{message}"
    );
    assert_eq!(
        (
            bad.json()["returnData"].clone(),
            bad.json()["rawData"].clone(),
            bad.json()["keyFields"].clone()
        ),
        (json!("Failed"), Value::Null, json!([]))
    );
    for arguments in [
        &["commands"][..],
        &["describe"],
        &["describe", "get-computers"],
        &["demo"],
    ] {
        run(&[arguments, &["--format", "json"]].concat())
            .ends(0, &[])
            .json();
    }
}

#[test]
fn a_partial_success_has_an_exit_code_of_its_own() {
    let run = run(&[
        "run",
        "get-policy",
        "--input",
        &recorded_input("get-policy/one-unknown"),
        "--replay",
        &recording("get-policy/one-unknown"),
    ]);
    run.ends(
        3,
        &["Failure indicator", "Status code        404", "not-found"],
    )
    .prints("Get Policy: Partially Successful");
}

/// The input of the call that a recording belongs to, as JSON.
fn recorded_input(name: &str) -> String {
    let har: Value = serde_json::from_slice(&std::fs::read(recording(name)).unwrap()).unwrap();
    har["log"]["_call"]["input"].to_string()
}

#[test]
fn entries_that_were_not_used_are_a_remark() {
    let entry =
        |url: &str| json!({"request": {"method": "GET", "url": url}, "response": {"status": 404}});
    let har = json!({"log": {"entries": [entry(&format!("https://a.example/v1/computers/{GUID}")), entry("https://a.example/favicon.ico")]}});
    let har = file(&har.to_string(), ".har");
    run(&[
        "run",
        "get-computer-by-connector",
        "--connector-guid",
        GUID,
        "--replay",
        har.to_str().unwrap(),
    ])
    .ends(
        1,
        &["remark: 1 of 2 entries of the recording were not used (entry 2: GET /favicon.ico)"],
    );
}

#[test]
fn a_request_that_no_entry_answers_is_named_with_the_nearest() {
    run(&[
        "run",
        "get-computers",
        "--hostname",
        "FIN",
        "--limit",
        "6",
        "--replay",
        &recording("get-computers/by-hostname"),
    ])
    .ends(
        1,
        &[
            "error: no entry of the recording answers GET /v1/computers?hostname[]=FIN&limit=6",
            "its query has `limit=5` where this has `limit=6`",
        ],
    );
}

#[test]
fn a_recording_that_somebody_else_made_answers_too() {
    let body = "eyJ2ZXJzaW9uIjoidjEuMi4wIiwibWV0YWRhdGEiOnt9LCJkYXRhIjpbXX0=";
    let har = json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "138.0"}, "browser": {}, "pages": [{"id": "page_1"}], "entries": [
        {"startedDateTime": "2026-05-01T10:00:00+02:00", "time": 3, "pageref": "page_1", "_priority": "High",
         "request": {"method": "GET", "url": "https://console.example/style.css", "headers": [], "cookies": [], "queryString": []},
         "response": {"status": 200, "headers": [], "content": {"mimeType": "text/css", "size": 0}}, "cache": {}, "timings": {"wait": 3}},
        {"startedDateTime": "2026-05-01T10:00:01+02:00", "time": 4.5, "serverIPAddress": "192.0.2.7", "connection": "443",
         "request": {"bodySize": 0, "method": "GET", "url": "https://api.amp.cisco.com/v1/groups?name=Audit&limit=500", "httpVersion": "HTTP/2", "headers": [{"name": ":authority", "value": "x"}]},
         "response": {"status": 200, "statusText": "", "httpVersion": "HTTP/2", "redirectURL": "", "headers": [{"name": "content-encoding", "value": "gzip"}, {"name": ":status", "value": "200"}],
            "content": {"mimeType": "application/json; charset=utf-8", "size": 46, "text": body, "encoding": "base64"}}, "timings": {}}]}});
    let har = file(&har.to_string(), ".har");
    let run = run(&[
        "run",
        "get-groups",
        "--group-name",
        "Audit",
        "--limit",
        "500",
        "--replay",
        har.to_str().unwrap(),
    ]);
    run.ends(0, &["1 of 2 entries"])
        .prints("Get Groups: Successful");
}

#[test]
fn entries_that_cannot_be_used_do_no_harm_and_are_a_remark() {
    let entry = |method: &str, url: &str, response: Value| json!({"request": {"method": method, "url": url}, "response": response});
    let har = json!({"log": {"_call": "mine", "comment": 5, "entries": [
        entry("GET", "wss://a.example/live", json!({"status": 101})),
        entry("GET", "http://169.254.169.254/latest", json!({"status": -1})),
        entry("GET", "http://169.254.169.254/latest", json!({"status": 404})),
        entry("get", &format!("https://a.example/v1/computers/{GUID}"), json!({"status": 404})),
    ]}});
    let har = file(&har.to_string(), ".har");
    let run = run(&[
        "run",
        "get-computer-by-connector",
        "--connector-guid",
        GUID,
        "--replay",
        har.to_str().unwrap(),
    ]);
    run.ends(
        1,
        &[
            "Status code        404",
            "remark: 2 entries of the recording cannot be used and are not counted (entry 1: request.url: `wss` is neither http nor https; entry 2: response.status: ",
            "remark: 1 of 2 entries of the recording were not used",
        ],
    );
}
