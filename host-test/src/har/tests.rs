//! What others write is read; what cannot be replayed is refused, with its place.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use serde_json::{Value, json};

use super::{parse, response_body, response_headers};

fn recording(entry: Value) -> Vec<u8> {
    serde_json::to_vec(&json!({"log": {"version": "1.2", "entries": [entry]}})).unwrap()
}

fn with_response(response: Value) -> super::Response {
    let entry =
        json!({"request": {"method": "GET", "url": "https://a.example/"}, "response": response});
    parse(&recording(entry), "this")
        .unwrap()
        .log
        .entries
        .remove(0)
        .response
}

fn complaint(bytes: &[u8]) -> String {
    parse(bytes, "a.har").unwrap_err().to_string()
}

#[test]
fn fields_that_others_add_or_leave_out_do_no_harm() {
    let foreign = json!({
        "startedDateTime": "2026-05-01T10:00:00Z", "time": 12.5, "cache": {}, "timings": {"send": 0, "wait": 12, "receive": 0},
        "_resourceType": "xhr", "serverIPAddress": "192.0.2.1", "connection": null, "comment": null,
        "request": {"method": "GET", "url": "https://a.example/x?y=1", "httpVersion": "http/2.0", "cookies": [], "headers": [{"name": ":path", "value": "/x"}],
            "queryString": null, "postData": null, "headersSize": -1, "bodySize": 0},
        "response": {"status": 200, "statusText": "", "httpVersion": "h2", "cookies": [], "redirectURL": "", "headersSize": -1, "bodySize": -1, "_error": null,
            "headers": [{"name": ":status", "value": "200"}, {"name": "X-Request-Id", "value": "1", "comment": "kept"}],
            "content": {"size": 2, "mimeType": "application/json", "text": "{}", "comment": ""}}
    });
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(recording(foreign));
    let har = parse(&bytes, "this").unwrap();
    let response = &har.log.entries[0].response;
    let headers = response_headers(response, &response_body(response).unwrap());
    assert_eq!(headers.len(), 1);
    assert_eq!(headers["x-request-id"], "1");
}

#[test]
fn headers_that_are_no_longer_true_of_the_body_are_dropped() {
    let response = with_response(
        json!({"status": 200, "content": {"text": "{\"a\":1}"}, "headers": [
        {"name": "Content-Encoding", "value": "gzip"}, {"name": "Content-Length", "value": "999"}, {"name": "Transfer-Encoding", "value": "chunked"}]}),
    );
    assert!(response_headers(&response, &response_body(&response).unwrap()).is_empty());
}

#[test]
fn a_body_that_is_still_compressed_keeps_its_encoding() {
    let response = with_response(
        json!({"status": 200, "content": {"text": "H4sI AAAA", "encoding": "base64"},
        "headers": [{"name": "content-encoding", "value": "gzip"}, {"name": "content-length", "value": "6"}]}),
    );
    let body = response_body(&response).unwrap();
    assert_eq!(&body[..2], [0x1f, 0x8b]);
    assert_eq!(response_headers(&response, &body).len(), 2);
}

#[test]
fn a_damaged_file_is_refused_with_its_place() {
    let message = complaint(b"{\"log\": {\"entries\": [\n{\"request\": {\"method\": \"GET\"}}]}}");
    assert!(message.starts_with("a.har is no usable recording: at $.log.entries[0].request: missing field `url`. A recording is an HTTP Archive"), "{message}");
    assert!(complaint(b"<html>").contains("line 1, column 1: expected value"));
    assert!(complaint(b"{\"log\": {\"entries\": [").contains("line 1, column 21"));
    assert!(complaint(b"[]").contains("line 1"));
    assert!(complaint(b"{}").contains("missing field `log`"));
    assert!(complaint(b"").contains("line 1, column 0: EOF"));
}

#[test]
fn an_entry_that_cannot_be_replayed_is_refused_with_its_place() {
    let at = |entry| complaint(&recording(entry));
    let bad_url =
        json!({"request": {"method": "GET", "url": "/v1/x"}, "response": {"status": 200}});
    assert!(at(bad_url).contains("at $.log.entries[0].request.url: `/v1/x` is no URL"));
    let bad_status = json!({"request": {"method": "GET", "url": "https://a.example/"}, "response": {"status": 20}});
    assert!(at(bad_status).contains("response.status: 20 is no HTTP status"));
    let bad_body = json!({"request": {"method": "GET", "url": "https://a.example/"},
        "response": {"status": 200, "content": {"text": "%%", "encoding": "base64"}}});
    assert!(at(bad_body).contains("response.content.text: this is not base64"));
}

#[test]
fn an_entry_that_cannot_be_replayed_is_put_aside_and_the_others_are_kept() {
    let get = |url: Value, response: Value| json!({"request": {"method": "get", "url": url}, "response": response});
    let url = || json!("https://a.example/v1/groups");
    let entries = json!([
        get(json!("wss://a.example/"), json!({"status": 101})),
        get(json!(""), json!({"status": 200})),
        get(json!("/v1/x"), json!({"status": 200})),
        get(json!("data:text/plain,x"), json!({"status": 200})),
        get(json!(null), json!({"status": 200})),
        get(url(), json!({"status": -1})),
        get(url(), json!({"status": null})),
        get(url(), json!({"status": "200"})),
        get(url(), json!(null)),
        json!({"request": {"method": "GET", "url": url()}}),
        get(url(), json!({"status": 0, "_error": {"code": 1}})),
        get(
            url(),
            json!({"status": 200, "content": {"text": "x", "encoding": "utf-8"}})
        ),
        get(
            url(),
            json!({"status": 200, "content": {"text": "%", "encoding": "base64"}})
        ),
        json!({"request": {"method": "GET", "url": url(), "queryString": [{"name": "a", "value": 1}]}, "response": {"status": 200}}),
        json!("entry"),
        get(url(), json!({"status": 200})),
    ]);
    let har = json!({"log": {"comment": {"text": "x"}, "_call": [1], "entries": entries}});
    let har = parse(har.to_string().as_bytes(), "this").unwrap();
    assert_eq!(har.log.unusable.len(), 15, "{:#?}", har.log.unusable);
    assert_eq!(
        har.log.unusable[0],
        "entry 1: request.url: `wss` is neither http nor https"
    );
    assert_eq!(har.log.entries[0].request.method, "GET");
    assert!(har.log.call.is_none() && har.log.comment.is_none());
}

#[test]
fn a_misspelled_field_of_our_own_part_is_refused() {
    let bytes = br#"{"log": {"entries": [], "_call": {"command": "get-groups", "imput": {}}}}"#;
    assert!(
        complaint(bytes).contains("at $.log._call"),
        "{}",
        complaint(bytes)
    );
}
