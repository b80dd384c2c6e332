//! Quotation marks, byte order marks and zero-width characters around keys and ids, and keys that
//! have another form.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::harness::program::{self, CLIENT, KEY, Run};
use crate::harness::server::Server;
use crate::harness::simulate::Simulate;

const GUID: &str = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11";

/// What a copy, an environment file or a word processor leaves around a value.
const AROUND: [(&str, &str); 7] = [
    ("\"", "\""),
    ("'", "'"),
    ("\u{200b}", ""),
    ("\u{feff}", ""),
    ("\u{201c}", "\u{201d}"),
    ("\u{feff}\"", "\"\u{2060}"),
    ("\u{ad}", "\u{200e}\r\n"),
];

fn run_as(url: &str, client: &str, key: &str, arguments: &[&str]) -> Run {
    let mut command = program::command(arguments);
    command
        .env("AMP_SERVER_URL", url)
        .env("AMP_CLIENT_ID", client)
        .env("AMP_API_KEY", key);
    program::finish(command.output().unwrap())
}

/// A server that knows no credential.
fn refusing() -> Server {
    let body = r#"{"version":"v1.2.0","data":{},"errors":[{"error_code":401,"description":"Unauthorized","details":["Unknown API key or Client ID"]}]}"#;
    Server::respond(|_, _| (401, String::new(), body.as_bytes().to_vec()))
}

#[test]
fn what_is_left_around_a_credential_is_not_sent() {
    let cloud = Simulate::start(&[]);
    for (before, after) in AROUND {
        let around = |text: &str| format!("{before}{text}{after}");
        run_as(
            &around(&cloud.url),
            &around(CLIENT),
            &around(KEY),
            &["test-connection"],
        )
        .ends(0, &[]);
    }
}

#[test]
fn what_is_left_around_an_id_is_not_sent() {
    let recording = program::recording("get-computer-by-connector/found");
    for (before, after) in AROUND {
        let guid = format!("{before}{GUID}{after}");
        program::run(&[
            "run",
            "get-computer-by-connector",
            "--connector-guid",
            &guid,
            "--replay",
            &recording,
        ])
        .ends(0, &[]);
    }
}

#[test]
fn an_invisible_character_within_a_value_is_named() {
    let server = refusing();
    let split = |text: &str| format!("{}\u{200b}{}", &text[..6], &text[6..]);
    for (url, client, key) in [
        (split(&server.url), CLIENT.to_owned(), KEY.to_owned()),
        (server.url.clone(), split(CLIENT), KEY.to_owned()),
        (server.url.clone(), CLIENT.to_owned(), split(KEY)),
    ] {
        run_as(&url, &client, &key, &["test-connection"])
            .ends(1, &["an invisible character (U+200B)"]);
    }
    run_as(
        &server.url,
        CLIENT,
        KEY,
        &[
            "run",
            "get-computer-by-connector",
            "--connector-guid",
            &split(GUID),
        ],
    )
    .ends(1, &["connector-guid", "an invisible character (U+200B)"]);
    assert_eq!(server.requests(), 0);
}

#[test]
fn an_unusual_form_is_named_when_amp_knows_no_such_credential() {
    let server = refusing();
    let run = |client: &str, key: &str| {
        let run = run_as(&server.url, client, key, &["test-connection"]);
        for text in [&run.out, &run.err] {
            assert!(
                !text.contains("01234567") && !text.contains("5e5a3e00"),
                "a value is shown: {text}"
            );
        }
        run
    };
    run(KEY, CLIENT).ends(1, &["unauthorized", "appear to be swapped"]);
    let usual = "The API key does not have the usual format (36 characters, a GUID)";
    let pair = format!("{CLIENT}:{KEY}");
    for (key, part) in [
        (pair.clone(), "hold client ID and API key"),
        (STANDARD.encode(&pair), "hold client ID and API key"),
        (KEY.repeat(2), "there twice"),
        ("5e5a*****89ab".to_owned(), "masked"),
        (format!("AMP_API_KEY={KEY}"), "without its name"),
        (format!("AMP_API_KEY=\"{KEY}\""), "without its name"),
        (KEY.replace('-', ""), "remove any quotes around it"),
        (format!("<{KEY}>"), "remove any quotes around it"),
    ] {
        run(CLIENT, &key).ends(1, &[usual, part]);
    }
    run("amp-reader", KEY).ends(1, &["The client ID does not have the usual format"]);
    let usual = run(CLIENT, KEY);
    usual.ends(1, &["Check both"]);
    assert!(!usual.err.contains("usual format"), "{}", usual.err);
}

/// Text as Windows' Notepad and PowerShell save it.
fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// Each kind of file that holds text, with its arguments.
fn files(folder: &Path, url: &str, save: impl Fn(&Path, &str)) -> Vec<(String, Vec<String>)> {
    let at = |name: &str| folder.join(name).display().to_string();
    let connection =
        |key: &str| format!("server-url = \"{url}\"\nclient-id = \"{CLIENT}\"\n{key}\n");
    save(
        &folder.join("c.toml"),
        &connection(&format!("api-key = \"{KEY}\"")),
    );
    save(&folder.join("the.key"), &format!("{KEY}\n"));
    save(&folder.join("in.json"), "{\"limit\": 1}");
    save(
        &folder.join("collect.toml"),
        &format!(
            "database = \"amp.db\"\n[[connection]]\nname = \"a\"\n{}",
            connection("api-key-file = \"the.key\"")
        ),
    );
    save(&folder.join("x.cursor"), "");
    std::fs::write(
        folder.join("k.toml"),
        connection("api-key-file = \"the.key\""),
    )
    .unwrap();
    let call = |arguments: &[&str]| arguments.iter().map(|text| (*text).to_owned()).collect();
    vec![
        (
            at("c.toml"),
            call(&["test-connection", "--connection", &at("c.toml")]),
        ),
        (
            at("the.key"),
            call(&["test-connection", "--connection", &at("k.toml")]),
        ),
        (
            at("in.json"),
            call(&[
                "run",
                "get-groups",
                "--input",
                &format!("@{}", at("in.json")),
            ]),
        ),
        (at("x.cursor"), call(&["poll", "--cursor", &at("x.cursor")])),
        (
            at("collect.toml"),
            call(&["collect", "--once", "--config", &at("collect.toml")]),
        ),
    ]
}

#[test]
fn a_byte_order_mark_at_the_beginning_of_a_file_is_skipped() {
    let cloud = Simulate::start(&["--events", "3"]);
    let folder = tempfile::tempdir().unwrap();
    let save = |file: &Path, text: &str| std::fs::write(file, format!("\u{feff}{text}")).unwrap();
    for (_, arguments) in files(folder.path(), &cloud.url, save) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run_as(&cloud.url, CLIENT, KEY, &arguments).ends(0, &[]);
    }
}

#[test]
fn a_file_in_utf_16_is_to_be_saved_as_utf_8() {
    let cloud = Simulate::start(&["--events", "3"]);
    let folder = tempfile::tempdir().unwrap();
    let save = |file: &Path, text: &str| std::fs::write(file, utf16(text)).unwrap();
    for (file, arguments) in files(folder.path(), &cloud.url, save) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run_as(&cloud.url, CLIENT, KEY, &arguments)
            .ends(2, &[&file, "it is in UTF-16; save it as UTF-8"]);
    }
}
