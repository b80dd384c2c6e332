//! Manifests and samples held against JSON Schemas (draft 2020-12). Schemas are part of this program; none is fetched.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Registry, ValidationError, Validator};
use serde_json::Value;

use super::located::{Finding, child};

/// The schemas of `manifests/schema`, by the names under which they refer to each other.
pub const FILES: [(&str, &str); 4] = [
    (
        "d3.schema.json",
        include_str!("../../../manifests/schema/d3.schema.json"),
    ),
    (
        "conductor.schema.json",
        include_str!("../../../manifests/schema/conductor.schema.json"),
    ),
    (
        "field.schema.json",
        include_str!("../../../manifests/schema/field.schema.json"),
    ),
    (
        "mapping.schema.json",
        include_str!("../../../manifests/schema/mapping.schema.json"),
    ),
];

/// The longest message that repeats a value, in bytes.
const LONGEST_MESSAGE: usize = 300;

/// Holds a manifest against the schema of a name.
pub(super) fn hold(name: &str, manifest: &Value) -> Vec<Finding> {
    let broken = |why: String| {
        vec![Finding {
            pointer: "/$schema".to_owned(),
            message: format!("{name} cannot be used: {why}"),
        }]
    };
    let mut schemas = Vec::new();
    for (name, text) in FILES {
        match serde_json::from_str::<Value>(text) {
            Ok(schema) => schemas.push((name, schema)),
            Err(error) => return broken(format!("{name} is no JSON: {error}")),
        }
    }
    let Some((_, schema)) = schemas.iter().find(|(file, _)| *file == name) else {
        return broken("there is none of that name".to_owned());
    };
    let named = schemas
        .iter()
        .map(|(name, schema)| (format!("{BASE}{name}"), schema));
    let registry = Registry::new()
        .extend(named)
        .and_then(|registry| registry.prepare());
    let registry = match registry {
        Ok(registry) => registry,
        Err(error) => return broken(error.to_string()),
    };
    let validator = jsonschema::options()
        .offline()
        .with_registry(&registry)
        .with_base_uri(format!("{BASE}{name}"))
        .build(schema);
    match validator {
        Ok(validator) => findings(&validator, manifest, ""),
        Err(error) => broken(error.to_string()),
    }
}

/// Where the schemas are said to be, so that they find each other.
const BASE: &str = "json-schema:///";

/// Holds a sample against a schema that stands in a manifest beside its `$defs`. `pointer` is the sample's.
///
/// # Errors
///
/// When the schema is none.
pub(super) fn hold_sample(
    schema: &Value,
    definitions: &Value,
    sample: &Value,
    pointer: &str,
) -> Result<Vec<Finding>, String> {
    let whole = with_definitions(schema, definitions);
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .offline()
        .build(&whole)
        .map_err(|error| error.to_string())?;
    Ok(findings(&validator, sample, pointer))
}

/// A schema of a manifest, complete: with the manifest's `$defs`, which it refers to.
#[must_use]
pub fn with_definitions(schema: &Value, definitions: &Value) -> Value {
    let mut whole = schema.clone();
    if let Value::Object(whole) = &mut whole {
        whole.insert("$defs".to_owned(), definitions.clone());
    }
    whole
}

fn findings(validator: &Validator, value: &Value, pointer: &str) -> Vec<Finding> {
    validator
        .iter_errors(value)
        .flat_map(|error| finding(&error, pointer))
        .take(super::MOST_PROBLEMS)
        .collect()
}

fn finding(error: &ValidationError<'_>, pointer: &str) -> Vec<Finding> {
    let pointer = format!("{pointer}{}", error.instance_path());
    // What is too much is shown itself, and not what it stands in.
    if let ValidationErrorKind::AdditionalProperties { unexpected }
    | ValidationErrorKind::UnevaluatedProperties { unexpected } = error.kind()
    {
        let each = unexpected.iter().map(|name| Finding {
            pointer: child(&pointer, name),
            message: format!("`{name}` is not known here; see the schema for what is"),
        });
        return each.collect();
    }
    let full = error.to_string();
    let message = if full.len() > LONGEST_MESSAGE {
        error.masked().to_string()
    } else {
        full
    };
    vec![Finding { pointer, message }]
}
