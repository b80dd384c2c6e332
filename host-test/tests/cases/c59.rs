//! What is wrong with a connection file: unknown names before missing ones, tables, and where the
//! key is.

use crate::harness::program::{self, CLIENT, KEY, Run};
use crate::harness::simulate::Simulate;

fn test_connection(text: &str, extension: &str) -> Run {
    let file = program::file(text, extension);
    program::run(&["test-connection", "--connection", file.to_str().unwrap()])
}

const SERVER: &str = "server-url = \"https://api.amp.cisco.com\"\n";

#[test]
fn an_unknown_name_is_reported_before_one_that_is_missing() {
    let client = format!("client-id = \"{CLIENT}\"\n");
    for (text, unknown, meant) in [
        (
            format!("{SERVER}{client}api_key = \"{KEY}\""),
            "api_key",
            "api-key",
        ),
        (
            format!("{SERVER}{client}apiKey = \"{KEY}\""),
            "apiKey",
            "api-key",
        ),
        (
            format!("{SERVER}{client}AMP_API_KEY = \"{KEY}\""),
            "AMP_API_KEY",
            "api-key",
        ),
        (
            format!("{SERVER}{client}api_key_file = \"a.key\""),
            "api_key_file",
            "api-key-file",
        ),
        (
            format!("{SERVER}clientId = \"{CLIENT}\"\napi-key = \"{KEY}\""),
            "clientId",
            "client-id",
        ),
        (
            format!("serverurl = \"x\"\n{client}api-key = \"{KEY}\""),
            "serverurl",
            "server-url",
        ),
    ] {
        let run = test_connection(&text, ".toml");
        run.ends(
            2,
            &[&format!(
                "unknown field `{unknown}`; did you mean `{meant}`?"
            )],
        );
        assert!(!run.err.contains("not set"), "{}", run.err);
    }
    test_connection(&format!("{{\"api_key\": \"{KEY}\"}}"), ".json")
        .ends(2, &["unknown field `api_key`; did you mean `api-key`?"]);
}

#[test]
fn a_name_that_may_be_a_key_is_not_shown() {
    test_connection(&format!("{SERVER}\"{KEY}\" = \"x\""), ".toml")
        .ends(2, &["a name that is no setting"]);
}

#[test]
fn a_table_around_the_settings_is_named() {
    let settings = format!("{SERVER}client-id = \"{CLIENT}\"\napi-key = \"{KEY}\"\n");
    for head in ["[amp]", "[[amp]]"] {
        test_connection(&format!("{head}\n{settings}"), ".toml")
            .ends(2, &["a table [amp]", "at the top level"]);
    }
    test_connection(&format!("{{\"amp\": {{\"api-key\": \"{KEY}\"}}}}"), ".json")
        .ends(2, &["a table [amp]", "at the top level"]);
}

#[test]
fn the_key_may_be_in_a_file_or_a_variable() {
    let cloud = Simulate::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let connection = |key: &str| {
        let file = folder.path().join("c.toml");
        let text = format!(
            "server-url = \"{}\"\nclient-id = \"{CLIENT}\"\n{key}\n",
            cloud.url
        );
        std::fs::write(&file, text).unwrap();
        let mut command =
            program::command(&["test-connection", "--connection", file.to_str().unwrap()]);
        command.env("THE_KEY", KEY).env("EMPTY_KEY", " ");
        program::finish(command.output().unwrap())
    };
    std::fs::write(folder.path().join("a.key"), format!("{KEY}\n")).unwrap();
    connection("api-key-file = \"a.key\"").ends(0, &[]);
    connection("api-key-env = \"THE_KEY\"").ends(0, &[]);

    for (key, parts) in [
        (
            "api-key-file = \"b.key\"",
            &["c.toml", "b.key", "cannot be read"][..],
        ),
        ("api-key-file = 5", &["`api-key-file` must be a text"]),
        ("api-key-env = \"NO_KEY\"", &["NO_KEY", "is not set"]),
        ("api-key-env = \"EMPTY_KEY\"", &["EMPTY_KEY", "is empty"]),
        ("api-key-env = \"\"", &["`api-key-env` must be a text"]),
        (
            "api-key-env = \"THE_KEY\"\napi-key-file = \"a.key\"",
            &["given more than once"],
        ),
    ] {
        connection(key).ends(2, parts);
    }
    connection(&format!("api-key-env = \"{KEY}\"")).ends(2, &["must be the name of a variable"]);
    connection("").ends(2, &["api-key is not set", "api-key-file", "api-key-env"]);
}
