//! The JSON Schema of the settings, for a form. Its words are the contract's, its ranges those of [`super::limits`].

use serde_json::{Map, Value, json};

use super::limits::{API_VERSION, LIMITS};
use super::server_url::REGIONS;
use crate::catalog::words::SETTINGS;

/// The schema as JSON text (draft 2020-12).
pub fn settings_schema() -> String {
    let mut properties = Map::new();
    for setting in SETTINGS {
        let mut property = json!({
            "title": setting.title,
            "description": setting.help,
            "type": "string",
        });
        if let (Value::Object(property), Value::Object(facts)) =
            (&mut property, facts(setting.name))
        {
            property.extend(facts);
        }
        properties.insert(setting.name.to_owned(), property);
    }
    let required: Vec<&str> = SETTINGS
        .iter()
        .filter(|setting| setting.required)
        .map(|setting| setting.name)
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Connection to Cisco Secure Endpoint",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
    .to_string()
}

/// What the schema knows of a setting beyond its words.
fn facts(setting: &str) -> Value {
    let regions: Vec<&str> = REGIONS.iter().map(|(url, _)| *url).collect();
    match setting {
        "server-url" => json!({
            "default": REGIONS[0].0,
            "examples": regions,
            "anyOf": [
                { "oneOf": REGIONS.map(|(url, region)| json!({ "const": url, "title": region })) },
                { "title": "Private Cloud appliance, or a host name without https://", "minLength": 1 },
            ],
        }),
        "client-id" => json!({ "minLength": 1, "examples": ["0123456789abcdef0123"] }),
        "api-key" => json!({ "minLength": 1, "writeOnly": true, "format": "password" }),
        "api-version" => {
            json!({ "enum": [API_VERSION], "default": API_VERSION, "examples": [API_VERSION] })
        }
        number => match LIMITS.iter().find(|limit| limit.setting == number) {
            Some(limit) => json!({
                "type": "integer",
                "minimum": limit.minimum,
                "maximum": limit.maximum,
                "default": limit.default,
                "examples": [limit.default],
            }),
            None => Value::Null,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
