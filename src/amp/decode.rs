//! Lenient decoding of AMP's objects: almost any field may be absent, and a field of an unexpected type counts as absent,
//! so that one odd field never costs the rest of an item or of a list.
//!
//! Structs derive `Deserialize` with `#[serde(default)]`, and each field names one of the functions here in
//! `deserialize_with`. Strings with half a surrogate pair, which JSON allows and Rust's strings do not, are decoded with
//! U+FFFD in its place, as [`String::from_utf8_lossy`] does.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Decodes an object from its JSON text. Anything but an object is an object without fields. Of duplicate members the last
/// one counts, as in most JSON parsers.
pub fn decode<T: DeserializeOwned + Default>(text: &str) -> T {
    if !text.trim_ascii_start().starts_with('{') {
        return T::default();
    }
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&without_duplicates(text)))
        .unwrap_or_default()
}

/// Decodes a field that is a number or a boolean.
///
/// # Errors
///
/// Returns an error only if the text is not JSON.
pub fn value<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let raw = <&RawValue>::deserialize(input)?.get();
    Ok(serde_json::from_str(raw).unwrap_or_default())
}

/// Decodes a field that is an object.
///
/// # Errors
///
/// Returns an error only if the text is not JSON.
pub fn object<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(decode(<&RawValue>::deserialize(input)?.get()))
}

/// Decodes a field that is a list of objects. An element of another type is an object without fields.
///
/// # Errors
///
/// Returns an error only if the text is not JSON.
pub fn objects<'de, D, T>(input: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let raw = <&RawValue>::deserialize(input)?.get();
    Ok(elements(raw).into_iter().map(decode).collect())
}

/// Decodes a field that is a string.
///
/// # Errors
///
/// Returns an error only if the text is not JSON.
pub fn text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(string(<&RawValue>::deserialize(input)?.get()))
}

/// Decodes a field that is a string or a whole number, as a string: ids come as either. A number keeps all its digits.
///
/// # Errors
///
/// Returns an error only if the text is not JSON.
pub fn text_or_number<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let raw = <&RawValue>::deserialize(input)?.get();
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    Ok(if is_whole {
        Some(raw.to_owned())
    } else {
        string(raw)
    })
}

/// Decodes a field that is a whole number of up to 64 bits, or a string of its digits.
///
/// # Errors
///
/// Returns an error only if the text is not JSON.
pub fn number_or_text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u64>, D::Error> {
    Ok(text_or_number(input)?.and_then(|digits| digits.parse().ok()))
}

/// Decodes a field that is a list of strings. Elements of another type are left out.
///
/// # Errors
///
/// Returns an error only if the text is not JSON.
pub fn texts<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    let raw = <&RawValue>::deserialize(input)?.get();
    Ok(elements(raw).into_iter().filter_map(string).collect())
}

/// Returns the JSON texts of a list's elements; none if the text is not a list.
pub fn elements(text: &str) -> Vec<&str> {
    let list: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    list.into_iter().map(RawValue::get).collect()
}

/// Decodes a JSON text that is a string.
pub fn string(text: &str) -> Option<String> {
    serde_json::from_str(text)
        .map(|LossyString(string)| string)
        .ok()
        .filter(|_| text.trim_ascii_start().starts_with('"'))
}

/// A JSON object without the members that a later one of the same name replaces.
fn without_duplicates(text: &str) -> String {
    let members: Members<'_> = serde_json::from_str(text).unwrap_or_default();
    // The order of members means nothing.
    let last: BTreeMap<&str, &str> = members
        .0
        .iter()
        .map(|(name, value)| (name.as_str(), value.get()))
        .collect();
    let members: Vec<String> = last
        .into_iter()
        .map(|(name, value)| {
            format!(
                "{}:{value}",
                serde_json::to_string(name).unwrap_or_default()
            )
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

/// The members of an object in order, duplicates included: names decoded, values as their JSON texts.
#[derive(Default)]
pub struct Members<'a>(pub Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The JSON text of the last member of that name.
    pub fn last(&self, name: &str) -> Option<&'a str> {
        let member = self.0.iter().rev().find(|(other, _)| other == name);
        member.map(|(_, value)| value.get())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((LossyString(name), value)) = object.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        input.deserialize_map(Object)
    }
}

/// A string in which U+FFFD replaces half a surrogate pair. serde_json accepts such strings where bytes are requested.
struct LossyString(String);

impl<'de> Deserialize<'de> for LossyString {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = LossyString;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<LossyString, E> {
                Ok(LossyString(lossy(bytes)))
            }

            fn visit_str<E>(self, text: &str) -> Result<LossyString, E> {
                Ok(LossyString(text.to_owned()))
            }
        }
        input.deserialize_bytes(Bytes)
    }
}

/// Bytes as a string; each run of bytes that are not UTF-8 becomes one U+FFFD.
fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut is_in_run = false;
    for chunk in bytes.utf8_chunks() {
        is_in_run &= chunk.valid().is_empty();
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() && !is_in_run {
            text.push(char::REPLACEMENT_CHARACTER);
            is_in_run = true;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Item {
        #[serde(deserialize_with = "text_or_number")]
        id: Option<String>,
        #[serde(deserialize_with = "text")]
        name: Option<String>,
        #[serde(deserialize_with = "value")]
        count: Option<u32>,
        #[serde(deserialize_with = "texts")]
        tags: Vec<String>,
        #[serde(deserialize_with = "object")]
        child: Child,
        #[serde(deserialize_with = "objects")]
        children: Vec<Child>,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Child {
        #[serde(deserialize_with = "text")]
        name: Option<String>,
    }

    #[test]
    fn field_of_another_type_counts_as_absent() {
        let item: Item = decode(
            r#"{"id":[1],"name":7,"count":"7","tags":["a",1,"b"],"child":["x"],"children":[{"name":"c"},"x"],"more":{"x":[]}}"#,
        );
        let named = Child {
            name: Some("c".to_owned()),
        };
        let expected = Item {
            tags: vec!["a".to_owned(), "b".to_owned()],
            children: vec![named, Child::default()],
            ..Item::default()
        };
        assert_eq!(item, expected);
        for text in ["[]", "null", "7", "\"x\"", r#"["id","name"]"#] {
            assert_eq!(decode::<Item>(text), Item::default(), "{text}");
        }
    }

    #[test]
    fn numbers_keep_all_their_digits_as_text() {
        for id in ["7380001112223334445", "-7", "0", "123456789012345678901234"] {
            let item: Item = decode(&format!(r#"{{"id": {id} ,"count":1e999}}"#));
            assert_eq!((item.id.as_deref(), item.count), (Some(id), None));
        }
        assert_eq!(decode::<Item>(r#"{"id":1.5}"#).id, None);
        assert_eq!(decode::<Item>(r#"{"id":"7"}"#).id.as_deref(), Some("7"));
    }

    #[test]
    fn lone_surrogate_becomes_the_replacement_character() {
        let item: Item =
            decode(r#"{"\udc00x":1,"name":"a\ud83db","tags":["\ud83d\ude00","\ud83d"]}"#);
        assert_eq!(item.name.as_deref(), Some("a\u{fffd}b"));
        assert_eq!(item.tags, ["\u{1f600}", "\u{fffd}"]);
    }

    #[test]
    fn last_of_duplicate_members_counts() {
        let item: Item =
            decode(r#"{"name":"a","id":1,"name":"b","child":{"name":"c","name":"d"}}"#);
        assert_eq!(item.name.as_deref(), Some("b"));
        assert_eq!(item.id.as_deref(), Some("1"));
        assert_eq!(item.child.name.as_deref(), Some("d"));
    }

    #[test]
    fn deep_nesting_in_other_members_costs_nothing() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let item: Item = decode(&format!(r#"{{"deep":{deep},"name":"a","child":{deep}}}"#));
        assert_eq!(item.name.as_deref(), Some("a"));
    }
}
