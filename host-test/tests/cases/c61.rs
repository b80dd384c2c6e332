//! A redirect is not followed, and its target is named without path and user.

use super::case_file;
use super::harness::program;
use super::harness::server::{Answer, Server};

#[test]
fn target_of_a_redirect_is_named() {
    let har = case_file("61-where-a-redirect-leads/test-connection.har");
    let run = program::run(&["test-connection", "--replay", &har]);
    run.ends(1, &["redirects to https://api.eu.amp.cisco.com;"]);
    assert!(!run.err.contains("amp.cisco.com/"), "{}", run.err);
}

#[test]
fn user_and_query_of_a_target_are_not_repeated() {
    let location = "location: https://user:hidden@login.example.com/sso?token=hidden\r\n";
    let server = Server::start(Answer::With(302, location.to_owned(), String::new()));
    let run = program::run_with(&server.url, &["run", "get-computers"]);
    run.ends(1, &["redirects to https://login.example.com;"]);
    assert!(!run.err.contains("hidden"), "{}", run.err);
    assert_eq!(server.requests(), 1);
}

#[test]
fn not_modified_is_not_a_redirect() {
    let server = Server::start(Answer::With(304, String::new(), String::new()));
    let run = program::run_with(&server.url, &["run", "get-computers"]);
    run.ends(1, &["304"]);
    assert!(!run.err.contains("redirect"), "{}", run.err);
}
