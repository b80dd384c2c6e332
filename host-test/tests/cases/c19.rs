//! A byte order mark before a body made valid JSON unreadable, and hid that a web page was one.

use super::case_file;
use super::harness::program::{self, run};
use super::harness::server::{Answer, Server};

#[test]
fn json_behind_a_byte_order_mark_is_read() {
    let har = case_file("19-byte-order-mark-before-json/get-computers.har");
    run(&["run", "get-computers", "--replay", &har])
        .ends(0, &[])
        .prints("ACME-LT-00001");
}

#[test]
fn web_page_behind_a_byte_order_mark_is_called_one() {
    let har = case_file("19-byte-order-mark-before-json/web-page.har");
    run(&["test-connection", "--replay", &har]).ends(1, &["a web page"]);
}

#[test]
fn white_space_around_a_byte_order_mark_changes_nothing() {
    let page = "\r\n\u{feff}\n <html><body>Sign in</body></html>";
    let computers = "\u{feff}\r\n{\"version\":\"v1.2.0\",\"metadata\":{\"results\":{\"total\":1}},\"data\":[{\"connector_guid\":\"6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11\",\"hostname\":\"ACME-LT-1\",\"active\":true}]}";
    for (body, code) in [(page, 1), (computers, 0)] {
        let server = Server::start(Answer::With(200, String::new(), body.to_owned()));
        let run = program::run_with(&server.url, &["run", "get-computers"]);
        match code {
            0 => run.ends(0, &[]).prints("ACME-LT-1"),
            _ => run.ends(1, &["a web page"]),
        };
    }
}
