//! What counts as a response of AMP, and how much of a bad one can be read.

use super::*;
use crate::amp::error::Cause;

fn read(status: u16, body: &str) -> Result<Answer, AmpError> {
    let response = Response {
        status,
        body: body.as_bytes().to_vec(),
        ..Response::default()
    };
    check(response, &Request::get("computer", &["computers"]), 0)
}

fn malformed(body: &str) -> String {
    match read(200, body).unwrap_err().cause {
        Cause::Malformed(what) => what,
        other => panic!("{other:?}"),
    }
}

// Lesson 18.
#[test]
fn an_id_of_64_bits_stays_exact() {
    let answer = read(
        200,
        r#"{"data": [ {"id":7634860738703523857 , "x":1.10} ]}"#,
    )
    .unwrap();
    let request = Request::get("event", &[]);
    let items: Vec<&str> = answer.items(&request).unwrap();
    assert_eq!(items, [r#"{"id":7634860738703523857 , "x":1.10}"#]);
}

#[test]
fn metadata_of_any_shape_is_no_obstacle() {
    for metadata in [
        "null",
        "[]",
        "7",
        "{}",
        r#"{"links":null,"results":[]}"#,
        r#"{"results":{"total":"7"}}"#,
    ] {
        let answer = read(200, &format!(r#"{{"metadata":{metadata},"data":[]}}"#)).unwrap();
        assert_eq!((answer.total, answer.has_next), (None, false), "{metadata}");
    }
    let answer = read(
        200,
        r#"{"metadata":{"links":{"next":"x"},"results":{"total":7}},"data":[]}"#,
    )
    .unwrap();
    assert_eq!((answer.total, answer.has_next), (Some(7), true));
}

#[test]
fn what_is_no_answer_of_amp_is_called_by_its_name() {
    assert_eq!(malformed(""), "it is empty");
    assert_eq!(
        malformed("<html>Sign in</html>"),
        "it is a web page, not JSON; perhaps this is not the address of the API server"
    );
    assert_eq!(malformed(r#"{"data":[{"hostname":"FIN"#), "it is truncated");
    assert_eq!(
        malformed("{'data':[]}"),
        "it is not JSON (line 1, column 2)"
    );
    assert_eq!(malformed("[[],null]"), "it is not a JSON object");
}

#[test]
fn a_success_without_a_body_is_enough_for_a_write_alone() {
    let response = || Response {
        status: 204,
        ..Response::default()
    };
    let write = Request::new(crate::http::Method::Delete, "file", &[]);
    assert_eq!(check(response(), &write, 0).unwrap().text, "null");
    assert!(check(response(), &Request::get("file", &[]), 0).is_err());
}
#[test]
fn errors_without_data_are_a_failure_of_their_kind() {
    for (code, cause) in [
        (401, Cause::Unauthorized),
        (404, Cause::NotFound),
        (429, Cause::RateLimited { wait: None }),
        (500, Cause::Server),
    ] {
        for data in ["[]", "{}", "null", " [ ] "] {
            let body = format!(
                r#"{{"version":"v1.2.0","data":{data},"errors":[{{"error_code":{code},"details":["timed out"]}}]}}"#
            );
            let error = read(200, &body).unwrap_err();
            assert_eq!(
                (error.cause.clone(), error.status),
                (cause.clone(), Some(200)),
                "{body}"
            );
            assert_eq!(error.said(), Some("timed out"));
        }
    }
    assert_eq!(
        read(200, r#"{"data":[],"errors":"search backend timed out"}"#)
            .unwrap_err()
            .cause,
        Cause::Server
    );
}

#[test]
fn errors_next_to_data_are_kept_with_it() {
    let answer = read(
        200,
        r#"{"data":[{"id":1}],"errors":[{"error_code":500,"details":["one shard failed"]}]}"#,
    )
    .unwrap();
    let error = answer.errors.unwrap();
    assert_eq!(
        (error.cause.clone(), error.said()),
        (Cause::Server, Some("one shard failed"))
    );
    for errors in ["null", "[]", "{}", "\"\"", "[ ]"] {
        let answer = read(200, &format!(r#"{{"data":[1],"errors":{errors}}}"#)).unwrap();
        assert!(answer.errors.is_none(), "{errors}");
    }
}

#[test]
fn byte_order_mark_is_skipped() {
    assert!(read(200, "\u{feff}{\"data\":[]}").is_ok());
    assert!(malformed("\u{feff}<html>").contains("web page"));
}

/// The flaws of a list whose second item is `item`, as index, whether it is unreadable, and reason; and the list as text.
fn flaws(item: &[u8]) -> (Vec<Flaw>, String) {
    let body = [
        br#"{"metadata":{"results":{"total":3}},"data":[{"id":1},"#,
        item,
        br#",{"id":3}]}"#,
    ]
    .concat();
    let response = Response {
        status: 200,
        body,
        ..Response::default()
    };
    let request = Request::get("event", &[]);
    let answer = check(response, &request, 0).unwrap();
    assert_eq!(answer.total, Some(3));
    let items = answer.items(&request).unwrap();
    assert_eq!(
        (items[0], items[2], items.len()),
        (r#"{"id":1}"#, r#"{"id":3}"#, 3)
    );
    (answer.flaws.clone(), items[1].to_owned())
}

#[test]
fn bad_item_costs_only_itself() {
    let deep = format!(r#"{{"id":2,"x":{}{}}}"#, "[".repeat(300), "]".repeat(300));
    for (item, reason, kept) in [
        (
            &br#"{"id":2,"name":"a\ud83d"}"#[..],
            "half a surrogate pair",
            r#"{"id":2,"name":"a\ud83d"}"#,
        ),
        (
            b"{\"id\":2,\"name\":\"a\xff\xfeb\"}",
            "not UTF-8",
            "{\"id\":2,\"name\":\"a\u{fffd}\u{fffd}b\"}",
        ),
        (
            br#"{"id":2,"score":1e999}"#,
            "out of range",
            r#"{"id":2,"score":1e999}"#,
        ),
        (
            b"{\"id\":2,\"name\":\"a\tb\"}",
            "control characters",
            r#"{"id":2,"name":"a\u0009b"}"#,
        ),
        (deep.as_bytes(), "nesting deeper", &deep),
    ] {
        let (flaws, text) = flaws(item);
        assert_eq!(text, kept);
        assert_eq!(
            (flaws.len(), flaws[0].index, flaws[0].is_unreadable),
            (1, Some(1), false),
            "{kept}"
        );
        assert!(flaws[0].reason.contains(reason), "{:?}", flaws[0]);
    }
    let (flaws, text) = flaws(br#"{"id":2,"name":tru}"#);
    assert!(flaws[0].is_unreadable);
    assert_eq!(text, r#""{\"id\":2,\"name\":tru}""#);
}

#[test]
fn bad_text_outside_a_list_is_repaired_too() {
    let response = Response {
        status: 200,
        body: b"{\"data\":{\"hostname\":\"a\xff\"}}".to_vec(),
        ..Response::default()
    };
    let answer = check(response, &Request::get("computer", &[]), 0).unwrap();
    assert_eq!(answer.data(), Some("{\"hostname\":\"a\u{fffd}\"}"));
    assert_eq!(answer.flaws[0].index, None);
}
