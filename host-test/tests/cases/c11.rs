//! The text of a 400 is quoted, whatever its form.

use super::case_file;
use super::harness::program;
use super::harness::server::{Answer, Server};

#[test]
fn recorded_texts_are_quoted() {
    for (file, quoted) in [
        ("message.har", "\"Bad request: limit is not allowed here\""),
        ("base.har", "\"hostname is too long\""),
    ] {
        let har = case_file(&format!("11-words-of-a-400-are-lost/{file}"));
        let run = program::run(&["run", "get-computers", "--replay", &har]);
        run.ends(1, &[quoted]);
    }
}

#[test]
fn every_form_of_text_is_quoted() {
    for (body, quoted) in [
        (
            r#"{"detail":"limit is too large"}"#,
            "\"limit is too large\"",
        ),
        (
            r#"{"title":"Bad Request","detail":"limit is too large"}"#,
            "limit is too large\"",
        ),
        (
            r#"{"error":"invalid_request","error_description":"limit is too large"}"#,
            "limit is too large\"",
        ),
        (
            r#"{"errors":{"limit":["is too large"]}}"#,
            "\"limit: is too large\"",
        ),
        (
            r#"{"errors":["limit is too large"]}"#,
            "\"limit is too large\"",
        ),
        ("Rate exceeded", "\"Rate exceeded\""),
    ] {
        let server = Server::start(Answer::With(400, String::new(), body.to_owned()));
        let run = program::run_with(&server.url, &["run", "get-computers"]);
        run.ends(1, &[quoted]);
    }
    let server = Server::start(Answer::With(400, String::new(), String::new()));
    let run = program::run_with(&server.url, &["run", "get-computers"]);
    run.ends(1, &[]);
    assert!(!run.err.contains("that it names"), "{}", run.err);
}
