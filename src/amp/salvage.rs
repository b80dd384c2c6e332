//! Reading what can be read of a response that is not valid JSON, so that one bad item of a list costs at most itself.
//!
//! The list that contains the fault is split at its items. An item that becomes valid once its control characters are escaped
//! is kept; any other is replaced by a JSON string of its text, so that the response is valid JSON and keeps its entries.

use serde_json::value::RawValue;
use serde_json::{Deserializer, StreamDeserializer, de::StrRead};

/// Objects around the list that are searched for it: the envelope, and `data` where the list is a member of it.
const MAX_ENCLOSING_OBJECTS: usize = 3;

/// Brackets that are tried as the end of the list: each costs a parse of what is outside the list.
const MAX_BRACKETS: usize = 1_000;

/// A response after the repair.
pub struct Salvaged {
    /// Valid JSON.
    pub text: String,
    /// Positions in the list of items that were changed, from 0.
    pub repaired: Vec<usize>,
    /// Positions in the list of items that no longer are what they were: strings of their text.
    pub unreadable: Vec<usize>,
}

/// Repairs a response. `None` if it is truncated, or if its fault is not in an item of a list.
pub fn salvage(text: &str) -> Option<Salvaged> {
    let list = broken_list(text, 0, MAX_ENCLOSING_OBJECTS)?;
    let mut salvaged = Salvaged {
        text: text.get(..list)?.to_owned(),
        repaired: Vec::new(),
        unreadable: Vec::new(),
    };
    let first_name = first_name(text.get(list..)?);
    let (mut position, mut index) = (list, 0);
    loop {
        position = skip(text, position, ",");
        if text.get(position..)?.starts_with(']') {
            salvaged.text.push_str(text.get(position..)?);
            return serde_json::from_str::<&RawValue>(&salvaged.text)
                .is_ok()
                .then_some(salvaged);
        }
        if index > 0 {
            salvaged.text.push(',');
        }
        match value(text, position).filter(|(_, end)| ends_item(text, *end)) {
            Some((item, end)) => {
                salvaged.text.push_str(item);
                position = end;
            }
            None => {
                let end = broken_item_end(text, position, first_name)
                    .or_else(|| list_end(text, list, position))?;
                let item = text.get(position..end)?.trim_ascii();
                let escaped = escape_controls(item);
                if serde_json::from_str::<&RawValue>(&escaped).is_ok() {
                    salvaged.repaired.push(index);
                    salvaged.text.push_str(&escaped);
                } else {
                    salvaged.unreadable.push(index);
                    salvaged.text.push_str(&serde_json::to_string(item).ok()?);
                }
                position = end;
            }
        }
        index += 1;
    }
}

/// The beginning of a truncated response as valid JSON: what precedes its list, and of the list the first item with those
/// members that are complete. `None` if the text ends before the list, or
/// behind the item.
pub fn first_item(text: &str) -> Option<String> {
    let list = broken_list(text, 0, MAX_ENCLOSING_OBJECTS)?;
    // If that item is complete, it is not what makes the response so long.
    if value(text, list).is_some() {
        return None;
    }
    let item = readable_members(text.get(list..)?);
    let beginning = format!("{}{item}]", text.get(..list)?);
    (1..=MAX_ENCLOSING_OBJECTS)
        .map(|objects| format!("{beginning}{}", "}".repeat(objects)))
        .find(|closed| serde_json::from_str::<&RawValue>(closed).is_ok())
}

/// The members at the beginning of an object that can be read, as an object of their own.
pub fn readable_members(text: &str) -> String {
    let mut object = String::from("{");
    let mut position = skip(text, 0, "{");
    while let Some((name, value_start)) = name(text, position)
        && let Some((value, end)) = value(text, value_start)
    {
        if object.len() > 1 {
            object.push(',');
        }
        object.push_str(name);
        object.push(':');
        object.push_str(value);
        position = skip(text, end, ",");
    }
    object.push('}');
    object
}

/// Offset behind the `[` of the list that contains the fault. `position` is that of an object.
fn broken_list(text: &str, position: usize, depth: usize) -> Option<usize> {
    let mut position = skip(text, position, "");
    if !text.get(position..)?.starts_with('{') || depth == 0 {
        return None;
    }
    position = skip(text, position, "{");
    loop {
        let (_, start) = name(text, position)?;
        match value(text, start) {
            Some((_, end)) => position = skip(text, end, ","),
            None if text.get(start..)?.starts_with('[') => return Some(start.saturating_add(1)),
            None => return broken_list(text, start, depth - 1),
        }
    }
}

/// A member's name at an offset, and the offset of its value.
fn name(text: &str, position: usize) -> Option<(&str, usize)> {
    let (name, end) = value(text, position).filter(|(name, _)| name.starts_with('"'))?;
    let colon = skip(text, end, "");
    let after = text.get(colon..)?.strip_prefix(':')?;
    Some((name, skip(text, text.len() - after.len(), "")))
}

/// The valid JSON value at an offset, and the offset behind it.
fn value(text: &str, position: usize) -> Option<(&str, usize)> {
    let rest = text.get(position..)?;
    let mut values: StreamDeserializer<'_, StrRead<'_>, &RawValue> =
        Deserializer::from_str(rest).into_iter();
    let value = values.next()?.ok()?;
    Some((value.get(), position.saturating_add(values.byte_offset())))
}

/// The offset of what follows white space and one of the given characters.
fn skip(text: &str, position: usize, one_of: &str) -> usize {
    let rest = text.get(position..).unwrap_or_default().trim_ascii_start();
    let rest = rest
        .strip_prefix(|next| one_of.contains(next))
        .unwrap_or(rest);
    text.len() - rest.trim_ascii_start().len()
}

/// Whether an item may end at an offset.
fn ends_item(text: &str, position: usize) -> bool {
    let rest = text.get(position..).unwrap_or_default().trim_ascii_start();
    rest.starts_with([',', ']'])
}

/// The name of the first member of a list's first item, with its quotes: AMP's items all begin with the same one.
fn first_name(list: &str) -> Option<&str> {
    let position = skip(list, 0, "{");
    name(list, position).map(|(name, _)| name)
}

/// Offset behind an item that is not valid: where the next one begins as the first did, else where its brackets are closed.
fn broken_item_end(text: &str, position: usize, first_name: Option<&str>) -> Option<usize> {
    let rest = text.get(position..)?;
    let next = first_name.and_then(|first_name| {
        rest.match_indices(',')
            .map(|(comma, _)| position.saturating_add(comma))
            .find(|comma| {
                let start = skip(text, *comma, ",");
                let object = text.get(start..).unwrap_or_default();
                object.starts_with('{')
                    && name(text, skip(text, start, "{"))
                        .is_some_and(|(name, _)| name == first_name)
            })
    });
    next.or_else(|| closed_at(rest).map(|end| position.saturating_add(end)))
}

/// Offset of the `]` that ends the list, for a last item whose quotes do not match: what follows must continue the response.
fn list_end(text: &str, list: usize, position: usize) -> Option<usize> {
    let before = text.get(..list)?;
    let brackets = text.get(position..)?.match_indices(']');
    brackets
        .map(|(bracket, _)| position.saturating_add(bracket))
        .take(MAX_BRACKETS)
        .find(|bracket| {
            let after = text.get(*bracket..).unwrap_or_default();
            serde_json::from_str::<&RawValue>(&format!("{before}{after}")).is_ok()
        })
}

/// Offset behind the brackets that a text opens first, not counting those within strings.
fn closed_at(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let (mut is_in_string, mut is_escaped) = (false, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            _ if is_in_string => {}
            b',' | b']' if depth == 0 => return Some(index),
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// A JSON text whose strings have their control characters escaped.
fn escape_controls(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let (mut is_in_string, mut is_escaped) = (false, false);
    for character in text.chars() {
        match character {
            _ if is_in_string && character < ' ' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
                is_escaped = false;
                continue;
            }
            _ if is_escaped => is_escaped = false,
            '\\' if is_in_string => is_escaped = true,
            '"' => is_in_string = !is_in_string,
            _ => {}
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_item_becomes_a_string_of_its_text() {
        for bad in [
            r#"{"id":2,"name":tru}"#,
            r#"{"id":2,"name":"a"b","x":[1]}"#,
            r#"{"id":2,"list":[1,,2]}"#,
            r#"{"id":2,}"#,
            "{'id':2}",
            "nope",
        ] {
            for items in [
                format!(r#"{{"id":1}}, {bad} ,{{"id":3}}"#),
                format!(r#"{{ "id" : 1}},{bad}"#),
            ] {
                let salvaged = salvage(&format!(
                    r#"{{"version":"v1.2.0","data":[{items}],"x":{{"y":[]}}}}"#
                ))
                .unwrap_or_else(|| panic!("{items}"));
                assert_eq!(salvaged.unreadable, [1], "{items}");
                let value: serde_json::Value = serde_json::from_str(&salvaged.text).unwrap();
                assert_eq!(value["data"][1], bad);
                assert_eq!(value["data"][0]["id"], 1);
                assert_eq!(value["x"]["y"], serde_json::json!([]));
            }
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        let salvaged =
            salvage("{\"data\":{\"items\":[{\"id\":1,\"a\":\"x\ty\\\"\n\"},{\"id\":2}]}}").unwrap();
        assert_eq!((salvaged.repaired, salvaged.unreadable), (vec![0], vec![]));
        assert_eq!(
            salvaged.text,
            "{\"data\":{\"items\":[{\"id\":1,\"a\":\"x\\u0009y\\\"\\u000a\"},{\"id\":2}]}}"
        );
    }

    #[test]
    fn truncated_response_is_not_repaired() {
        for text in [
            "",
            "{",
            r#"{"data":[{"id":1},{"id":"#,
            r#"{"data":[{"id":1}"#,
            "<html>",
            r#"{"data":tru}"#,
        ] {
            assert!(salvage(text).is_none(), "{text}");
        }
    }

    #[test]
    fn first_item_of_a_truncated_response_keeps_its_complete_members() {
        let text = r#"{"metadata":{"results":{"total":7}},"data":[{"id":7,"timestamp":5,"command_line":{"arguments":"aaaa"#;
        assert_eq!(
            first_item(text).as_deref(),
            Some(r#"{"metadata":{"results":{"total":7}},"data":[{"id":7,"timestamp":5}]}"#)
        );
        assert_eq!(first_item(r#"{"metadata":{"#), None);
        assert_eq!(
            first_item(r#"{"data":[{"id":7},{"id":8,"name":"aaaa"#),
            None
        );
    }
}
