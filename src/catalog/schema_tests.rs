//! The JSON Schema of the settings, which the build script makes, held against what the plugin checks.

use serde_json::{Value, json};

use super::settings_schema;
use crate::connection::limits::{CREDENTIAL_CHARACTERS, LIMITS, SERVER_URL_CHARACTERS};

fn schema() -> Value {
    serde_json::from_str(&settings_schema()).unwrap()
}

#[test]
fn every_setting_but_the_credential_has_a_default_or_an_example() {
    let schema = schema();
    for (name, property) in schema["properties"].as_object().unwrap() {
        assert!(
            property["title"].is_string() && property["description"].is_string(),
            "{name}"
        );
        assert!(
            name == "api-key" || property["examples"].is_array(),
            "{name} has no example"
        );
    }
    assert_eq!(
        schema["required"],
        json!(["server-url", "client-id", "api-key"])
    );
}

#[test]
fn the_key_alone_is_write_only() {
    let schema = schema();
    let secret: Vec<&str> = schema["properties"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, property)| property["writeOnly"] == true)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(secret, ["api-key"]);
}

#[test]
fn every_limit_stands_with_its_range() {
    let schema = schema();
    for limit in LIMITS {
        let property = &schema["properties"][limit.setting];
        assert_eq!(property["type"], "integer", "{}", limit.setting);
        assert_eq!(
            (
                property["minimum"].as_u64(),
                property["maximum"].as_u64(),
                property["default"].as_u64()
            ),
            (
                Some(limit.minimum),
                Some(limit.maximum),
                Some(limit.default)
            ),
            "{}",
            limit.setting
        );
    }
}

#[test]
fn what_identifies_an_organisation_stands_with_its_bound() {
    let schema = schema();
    for (setting, most) in [
        ("server-url", SERVER_URL_CHARACTERS),
        ("client-id", CREDENTIAL_CHARACTERS),
        ("api-key", CREDENTIAL_CHARACTERS),
    ] {
        assert_eq!(
            schema["properties"][setting]["maxLength"], most,
            "{setting}"
        );
    }
}
