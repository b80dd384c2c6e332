//! Reading AMP's objects without trusting their shape: almost any field may be absent (reference, section 2.6), and
//! one of an unexpected type counts as absent too, so that it never costs the rest of a list (lesson 14).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// An object of AMP; its default if it is no such object.
pub fn view<T: DeserializeOwned + Default>(raw: &RawValue) -> T {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// For `deserialize_with`: a field that is its default if its type is another.
///
/// # Errors
///
/// Only those of JSON itself.
pub fn field<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    input: D,
) -> Result<T, D::Error> {
    Ok(T::deserialize(Value::deserialize(input)?).unwrap_or_default())
}

/// For `deserialize_with`: a list without the elements whose type is another; empty if it is no list.
///
/// # Errors
///
/// Only those of JSON itself.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(input: D) -> Result<Vec<T>, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::Array(elements) => elements
            .into_iter()
            .filter_map(|element| T::deserialize(element).ok())
            .collect(),
        _ => Vec::new(),
    })
}

/// For `deserialize_with`: a number or text as text; nothing else.
///
/// # Errors
///
/// Only those of JSON itself.
pub fn text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
