//! The JSON Schema of the settings, for a form. The build script makes it, since nothing in it depends on a call: its words are the
//! contract's, its ranges those of [`super::limits`], its hosts those of [`super::regions`].

/// The schema as JSON text (draft 2020-12).
pub const SETTINGS_SCHEMA: &str = include_str!(concat!(env!("OUT_DIR"), "/settings.schema.json"));

#[cfg(test)]
mod tests {
    use super::super::limits::LIMITS;
    use super::*;
    use serde_json::{Value, json};

    fn schema() -> Value {
        serde_json::from_str(SETTINGS_SCHEMA).unwrap()
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
