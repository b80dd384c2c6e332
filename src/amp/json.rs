//! JSON texts as they came: checked once by serde_json, then cut at their seams and never written anew. So ids of 64 bits, unknown
//! fields, the order of fields and every digit survive whatever happens to them.
//!
//! The cuts are made by hand because they can be so simple on a text that is known to be sound, and because serde's own raw
//! values bring its type errors with them, and those the printing of floating point numbers: 35 kB for something that no answer
//! of AMP's needs.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Whether a text is JSON that can be read: half a surrogate pair or a number beyond all measure is none, though its grammar allows them.
///
/// # Errors
///
/// Where it is not.
pub fn check(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<Sound>(text).map(|_| ())
}

/// Any value, looked at and dropped.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Self;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

/// How deep objects and lists are nested, whether or not the text is JSON.
pub fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The value of a member of an object; none if the text is no object or has no such member. Of sound JSON only. A name that is
/// written with escapes is not found; AMP writes none so.
pub fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = object.trim_ascii().strip_prefix('{')?;
    loop {
        let (key, after) = value(rest.trim_ascii_start().strip_prefix(',').unwrap_or(rest))?;
        let (value, after) = value(after.trim_ascii_start().strip_prefix(':')?)?;
        if key.strip_prefix('"').and_then(|key| key.strip_suffix('"')) == Some(name) {
            return Some(value);
        }
        rest = after;
    }
}

/// The elements of a list; none if the text is no list. Of sound JSON only.
pub fn elements(list: &str) -> Option<Vec<&str>> {
    let mut rest = list.trim_ascii().strip_prefix('[')?;
    let mut elements = Vec::new();
    while let Some((element, after)) =
        value(rest.trim_ascii_start().strip_prefix(',').unwrap_or(rest))
    {
        elements.push(element);
        rest = after;
    }
    Some(elements)
}

/// The value that a text begins with, and what comes after it; none at the end of a list or an object.
fn value(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_ascii_start();
    let mut depth = 0_usize;
    let (mut in_string, mut escaped) = (false, false);
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth = depth.saturating_add(1),
            // What ends a value also ends one that has no end of its own, such as a number.
            b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => {
                return text
                    .split_at_checked(place)
                    .filter(|(value, _)| !value.is_empty());
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends_here = match byte {
            b'"' => !in_string && depth == 0,
            b'}' | b']' => !in_string && depth == 0,
            _ => false,
        };
        if ends_here {
            return text.split_at_checked(place.saturating_add(1));
        }
    }
    Some((text, "")).filter(|(value, _)| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_member_is_cut_out_to_the_letter() {
        let text = r#" { "id" : 7634860738703523857 ,"x":1.10, "a\"b":[1,{"data":2}], "s":"},]\"", "data" : [ {"y": 1e5} ] , "z":null}"#;
        for (name, expected) in [
            ("id", Some("7634860738703523857")),
            ("x", Some("1.10")),
            ("s", Some(r#""},]\"""#)),
            ("data", Some(r#"[ {"y": 1e5} ]"#)),
            ("z", Some("null")),
            ("y", None),
        ] {
            assert_eq!(member(text, name), expected, "{name}");
        }
        assert_eq!(member("{}", "data"), None);
        assert_eq!(member("[1]", "data"), None);
    }

    #[test]
    fn elements_are_cut_out_to_the_letter() {
        assert_eq!(
            elements(r#" [ 1.10 , "a,b",[2, 3],{"c" : [ ] },null] "#),
            Some(vec![
                "1.10",
                r#""a,b""#,
                "[2, 3]",
                r#"{"c" : [ ] }"#,
                "null"
            ])
        );
        assert_eq!(elements("[ ]"), Some(Vec::new()));
        assert_eq!(elements("{}"), None);
    }

    #[test]
    fn what_no_reader_could_make_a_value_of_is_no_json() {
        for text in ["\"\\ud83d\"", "1e999", "[01]", "{\"a\":}", ""] {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check(r#"{"a":[1,-2,1.5e3,"\ud83d\ude00",null,true]}"#).is_ok());
    }

    #[test]
    fn brackets_within_texts_are_no_nesting() {
        assert_eq!(depth(br#"{"a":["[[[\"[[", {}]}"#), 3);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,3}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_document_is_cut_where_its_parser_would(value in json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            match &value {
                Value::Array(expected) => {
                    let cut: Vec<Value> = elements(&text).unwrap().into_iter().map(read).collect();
                    prop_assert_eq!(&cut, expected);
                }
                Value::Object(expected) => {
                    for (name, expected) in expected {
                        prop_assert_eq!(&read(member(&text, name).unwrap()), expected);
                    }
                }
                _ => prop_assert_eq!(elements(&text), None),
            }
        }

        #[test]
        fn a_text_that_is_no_json_is_cut_without_harm(text in any::<String>()) {
            let _ = (elements(&text), member(&text, "data"), depth(text.as_bytes()));
        }
    }
}
