//! The JSON Schema of the settings, for a form: the contract's words, the plugin's own ranges and hosts.

use serde_json::{Map, Value, json};

use crate::contract::{Contract, title};
use crate::limits::{API_VERSION, CREDENTIAL_CHARACTERS, LIMITS, SERVER_URL_CHARACTERS};
use crate::regions::REGIONS;

/// Generates the schema (draft 2020-12) as JSON text.
pub fn generate(contract: &Contract) -> Result<String, String> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for setting in contract.record("connection", "settings")? {
        let mut property = Map::new();
        property.insert("title".to_owned(), title(&setting.name).into());
        property.insert("description".to_owned(), setting.help.into());
        property.extend(facts(&setting.name)?);
        properties.insert(setting.name.clone(), property.into());
        if setting.required {
            required.push(setting.name);
        }
    }
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Connection to Cisco Secure Endpoint",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    Ok(schema.to_string())
}

/// What the schema knows of a setting beyond its words.
fn facts(setting: &str) -> Result<Map<String, Value>, String> {
    let facts = match setting {
        "server-url" => json!({
            "type": "string",
            "maxLength": SERVER_URL_CHARACTERS,
            "default": REGIONS[0].0,
            "examples": REGIONS.map(|(url, _)| url),
            "anyOf": [
                { "oneOf": REGIONS.map(|(url, region)| json!({ "const": url, "title": region })) },
                { "title": "Private Cloud appliance, or a host name without https://", "minLength": 1 },
            ],
        }),
        "client-id" => {
            json!({ "type": "string", "minLength": 1, "maxLength": CREDENTIAL_CHARACTERS, "examples": ["0123456789abcdef0123"] })
        }
        "api-key" => {
            json!({ "type": "string", "minLength": 1, "maxLength": CREDENTIAL_CHARACTERS, "writeOnly": true, "format": "password" })
        }
        "api-version" => {
            json!({ "type": "string", "enum": [API_VERSION], "default": API_VERSION, "examples": [API_VERSION] })
        }
        number => {
            let limit = LIMITS
                .iter()
                .find(|limit| limit.setting == number)
                .ok_or_else(|| {
                    format!(
                        "the setting `{number}` stands in wit/ but not in src/connection/limits.rs"
                    )
                })?;
            json!({
                "type": "integer",
                "minimum": limit.minimum,
                "maximum": limit.maximum,
                "default": limit.default,
                "examples": [limit.default],
            })
        }
    };
    match facts {
        Value::Object(facts) => Ok(facts),
        _ => Ok(Map::new()),
    }
}
