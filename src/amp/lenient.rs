//! Reading AMP's objects without trusting their shape: almost any field may be absent (reference, section 2.6), and
//! one of an unexpected type counts as absent too, so that it never costs the rest of a list (lesson 14).

use serde_json::Value;

/// An object of AMP as far as the plugin looks into it.
pub trait View {
    /// Reads the object. What is not there, or is of another type, is left empty.
    fn view(value: &Value) -> Self;
}

impl View for Value {
    fn view(value: &Value) -> Self {
        value.clone()
    }
}

/// Reads an object from its text.
pub fn view<T: View>(text: &str) -> T {
    T::view(&serde_json::from_str(text).unwrap_or_default())
}

/// A field of an object; null if it is absent.
pub fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// A field that is a text.
pub fn text(value: &Value, name: &str) -> Option<String> {
    field(value, name).as_str().map(str::to_owned)
}

/// A field that is a text or a whole number, as a text: ids come as either.
pub fn text_or_number(value: &Value, name: &str) -> Option<String> {
    let value = field(value, name);
    match value.as_str() {
        Some(text) => Some(text.to_owned()),
        None => value
            .as_u64()
            .map(|number| number.to_string())
            .or_else(|| value.as_i64().map(|number| number.to_string())),
    }
}

/// A field that is a list of texts, without what is none.
pub fn texts(value: &Value, name: &str) -> Vec<String> {
    elements(value, name)
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// A field that is a list of objects.
pub fn views<T: View>(value: &Value, name: &str) -> Vec<T> {
    elements(value, name).map(T::view).collect()
}

fn elements<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    field(value, name).as_array().into_iter().flatten()
}
