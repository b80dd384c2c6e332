//! JSON that every parser accepts. The grammar of RFC 8259 also allows half a surrogate pair in a string, numbers beyond the
//! range of a double, and nesting of any depth; many parsers reject those, and with them the whole document.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Checks that strict parsers accept a text.
///
/// # Errors
///
/// Returns the parser's error if they do not.
pub fn check(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<JsonValidator>(text).map(|_| ())
}

/// Accepts any value and keeps nothing of it.
struct JsonValidator;

impl<'de> Deserialize<'de> for JsonValidator {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for JsonValidator {
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

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_many_parsers_reject_is_rejected() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for text in [r#"{"a":"\ud800"}"#, "[1e999]", "{'a':1}", "", &deep] {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check(r#"{"a":[1,-2,1.5e3,"\ud83d\ude00",null,true]}"#).is_ok());
    }
}
