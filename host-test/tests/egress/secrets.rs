//! The API key is printed nowhere, whoever sends it back and wherever in the settings it stands by mistake.

use super::harness::program::{self, KEY};
use super::harness::server::{Answer, Server};

#[test]
fn a_key_that_comes_back_or_stands_in_the_wrong_place_is_told_to_nobody() {
    // `program::finish` looks for the key in everything that is printed.
    let body = format!(
        "{{\"version\":\"v1 {KEY}\",\"metadata\":{{\"links\":{{\"self\":\"x\"}}}},\"data\":[{{\"{KEY}\":1}}]}}"
    );
    let echo = Server::start(Answer::With(200, String::new(), body));
    let run = program::run_with(&echo.url, &["test-connection", "--format", "json"]);
    run.prints("[secret]");
    run.json();
    for line in [
        format!("max-attempts = \"{KEY}\""),
        format!("{KEY} = 1"),
        format!("client-id = [\"{KEY}\"]"),
    ] {
        let file = program::file(&line, ".toml");
        program::run_with(
            &echo.url,
            &[
                "test-connection",
                "--connection",
                &file.display().to_string(),
            ],
        )
        .ends(2, &["the connection is not right"]);
    }
    let file = program::file("max-attemps = 1", ".toml");
    program::run_with(
        &echo.url,
        &[
            "test-connection",
            "--connection",
            &file.display().to_string(),
        ],
    )
    .ends(2, &["`max-attemps`; did you mean `max-attempts`?"]);
}
