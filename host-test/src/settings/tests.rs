//! Settings from files and the environment, and texts without their secrets.

#![allow(
    clippy::unwrap_used,
    clippy::use_debug,
    reason = "a test fails by panicking, and looks at what Debug tells"
)]

use std::io::Write as _;

use serde_json::json;

use super::Settings;

fn file(text: &str, extension: &str) -> tempfile::TempPath {
    let mut file = tempfile::Builder::new()
        .suffix(extension)
        .tempfile()
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.into_temp_path()
}

#[test]
fn a_file_may_be_toml_or_json() {
    for (text, extension) in [
        ("server-url = \"a.example\"\nmax-attempts = 3", ".toml"),
        (
            "{\"server-url\": \"a.example\", \"max-attempts\": 3}",
            ".json",
        ),
    ] {
        let settings = Settings::read(&file(text, extension), |_| None).unwrap();
        assert_eq!(settings.server_url(), "a.example");
        assert_eq!(settings.open.get("max-attempts"), Some(&json!(3)));
    }
}

#[test]
fn no_message_about_a_damaged_file_repeats_what_stands_in_it() {
    for (text, extension) in [
        ("server-url = \"x\"\napi-key = SESAME", ".toml"),
        ("{\"api-key\": SESAME}", ".json"),
        ("api-key = [\"SESAME\"]", ".toml"),
        ("[\"SESAME\"]", ".json"),
    ] {
        let message = Settings::read(&file(text, extension), |_| None)
            .unwrap_err()
            .to_string();
        assert!(!message.contains("SESAME"), "{message}");
    }
    let message = Settings::read(&file("a = 1\nb = SESAME", ".toml"), |_| None)
        .unwrap_err()
        .to_string();
    assert!(message.contains("line 2 is no TOML"), "{message}");
}

#[test]
fn the_environment_fills_in_what_a_file_leaves_out_and_nothing_else() {
    let settings =
        Settings::read(&file("server-url = \"file.example\"", ".toml"), |_| None).unwrap();
    let settings = settings.or_environment(|name| Some(format!("env.{name}")));
    assert_eq!(settings.server_url(), "file.example");
    assert_eq!(
        settings.open.get("client-id"),
        Some(&json!("env.AMP_CLIENT_ID"))
    );
    assert_eq!(settings.key.unwrap().reveal(), "env.AMP_API_KEY");
}

#[test]
fn the_key_is_hidden_however_it_is_written() {
    let settings = Settings::default().or_environment(|name| {
        Some(
            match name {
                "AMP_API_KEY" => "5e5a3e00-DEAD-4bee",
                _ => "0123",
            }
            .to_owned(),
        )
    });
    let told =
        "\u{e9} 5E5A3E00-dead-4bee, basic MDEyMzo1ZTVhM2UwMC1ERUFELTRiZWU=; 5e5a3e00-DEAD-4bee";
    assert_eq!(
        settings.without_secrets(told.to_owned()),
        "\u{e9} [secret], basic [secret]; [secret]"
    );
    assert_eq!(settings.without_secrets("0123".to_owned()), "0123");
}

#[test]
fn the_key_is_hidden_as_it_is_sent_and_as_it_was_given() {
    let settings = Settings::default().or_environment(|name| {
        Some(
            match name {
                "AMP_API_KEY" => "\u{200b}\"5e5a3e00-dead-4bee\" ",
                _ => "'0123'",
            }
            .to_owned(),
        )
    });
    let told = "5e5a3e00-dead-4bee and MDEyMzo1ZTVhM2UwMC1kZWFkLTRiZWU=";
    assert_eq!(
        settings.without_secrets(told.to_owned()),
        "[secret] and [secret]"
    );
}

#[test]
fn the_key_is_not_in_the_debug_text() {
    let settings = Settings::default().or_environment(|_| Some("SESAME".to_owned()));
    let settings = Settings {
        open: serde_json::Map::new(),
        ..settings
    };
    assert_eq!(
        format!("{settings:?}"),
        "Settings { open: {}, key: Some([secret]) }"
    );
}
