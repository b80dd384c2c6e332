//! What is wrong with a response that can be read all the same, and the repairs that make it valid JSON.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::decode::{self, Members, decode};
use super::request::Request;
use super::salvage::{Salvaged, readable_members, salvage};
use super::strict_json;
use crate::quoting::quoted;

/// What is wrong with an item of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The item's index in the list at `data`; `None` if the fault is not in an item of it.
    pub index: Option<usize>,
    /// What identifies the item, quoted for messages, if it has an id of any kind.
    pub name: Option<String>,
    /// What is wrong, as the JSON parser reports it, or which bytes were replaced.
    pub reason: String,
    /// The item is not JSON at all: in its place is a string of its text.
    pub is_unreadable: bool,
}

/// What identifies an item of any of AMP's lists.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ItemId {
    #[serde(deserialize_with = "decode::text_or_number")]
    id: Option<String>,
    #[serde(deserialize_with = "decode::text")]
    connector_guid: Option<String>,
    #[serde(deserialize_with = "decode::text")]
    guid: Option<String>,
    #[serde(deserialize_with = "decode::text")]
    sha256: Option<String>,
}

/// The id, GUID or hash of an item, quoted for a message; `None` if it has none.
pub fn item_name(item: &str) -> Option<String> {
    let item: ItemId = decode(item);
    let name = item
        .id
        .or(item.connector_guid)
        .or(item.guid)
        .or(item.sha256);
    name.map(|name| quoted(&name))
}

impl Flaw {
    /// A sentence about the flaw for the user: which item, what is wrong, what became of it.
    pub fn remark(&self, request: &Request) -> String {
        let reason = &self.reason;
        let subject = request.subject;
        let Some(index) = self.index else {
            return format!(
                "AMP's response about this {subject} is not strictly valid JSON ({reason}); it is shown as far as JSON allows."
            );
        };
        let item = match &self.name {
            Some(name) => format!("{subject} {name}"),
            None => format!("{subject} number {} of its page", index.saturating_add(1)),
        };
        if self.is_unreadable {
            format!("AMP's {item} cannot be read ({reason}) and was skipped.")
        } else {
            format!(
                "AMP's {item} is not strictly valid JSON ({reason}); it is returned as far as JSON allows."
            )
        }
    }
}

/// A body as valid JSON, and what had to be replaced for that or is rejected by strict parsers.
///
/// # Errors
///
/// Returns what is wrong if the body cannot be read even so.
pub fn readable(body: &[u8]) -> Result<(String, Vec<Flaw>), String> {
    let (mut text, marker) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => marked(body),
    };
    let strict = strict_json::check(&text);
    if strict.is_ok() && marker.is_none() {
        return Ok((text, Vec::new()));
    }
    let mut repairs = BTreeMap::new();
    if let Err(error) = strict
        && serde_json::from_str::<&RawValue>(&text).is_err()
    {
        let Some(salvaged) = salvage(&text) else {
            return Err(why_not_json(&text, &error));
        };
        repairs = repairs_of(&salvaged);
        text = salvaged.text;
    }
    let flaws = find_flaws(&text, marker, &repairs);
    if let Some(marker) = marker {
        text = text.replace(marker, "\u{fffd}");
    }
    Ok((text, flaws))
}

/// What a repair did to an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repair {
    /// Its control characters are escaped.
    Escaped,
    /// It is not JSON: in its place is a string of its text.
    Replaced,
}

/// What a repair did, by the items' indexes.
fn repairs_of(salvaged: &Salvaged) -> BTreeMap<usize, Repair> {
    let escaped = salvaged
        .repaired
        .iter()
        .map(|index| (*index, Repair::Escaped));
    let replaced = salvaged
        .unreadable
        .iter()
        .map(|index| (*index, Repair::Replaced));
    escaped.chain(replaced).collect()
}

/// What was repaired, what strict parsers reject, and what contains bytes that were not UTF-8, in the order of the items.
fn find_flaws(text: &str, marker: Option<char>, repairs: &BTreeMap<usize, Repair>) -> Vec<Flaw> {
    let is_marked = |text: &str| marker.is_some_and(|marker| text.contains(marker));
    let strict_flaw = |text: &str| match strict_json::check(text) {
        Err(error) => Some(strict_reason(&error)),
        Ok(()) if is_marked(text) => Some("bytes that are not UTF-8".to_owned()),
        Ok(()) => None,
    };
    let reason = |index: usize, item: &str| match repairs.get(&index) {
        Some(Repair::Replaced) => Some("it is not JSON".to_owned()),
        Some(Repair::Escaped) => Some("control characters in a string".to_owned()),
        None => strict_flaw(item),
    };
    let envelope: Members<'_> = serde_json::from_str(text).unwrap_or_default();
    let items = envelope
        .last("data")
        .filter(|data| data.starts_with('['))
        .map(decode::elements)
        .unwrap_or_default();
    let mut flaws = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        if let Some(reason) = reason(index, item) {
            let replaced = decode::string(item).map(|text| readable_members(&text));
            flaws.push(Flaw {
                index: Some(index),
                name: item_name(replaced.as_deref().unwrap_or(item)),
                reason,
                is_unreadable: repairs.get(&index) == Some(&Repair::Replaced),
            });
        }
    }
    if flaws.is_empty() {
        // The fault is elsewhere: in an object, or in a list within one.
        let reason = match repairs.values().next() {
            Some(Repair::Replaced) => Some("an item is not JSON".to_owned()),
            Some(Repair::Escaped) => Some("control characters in a string".to_owned()),
            None => strict_flaw(text),
        };
        flaws.extend(reason.map(|reason| Flaw {
            index: None,
            name: None,
            reason,
            is_unreadable: false,
        }));
    }
    flaws
}

/// Why strict parsers reject a text that the grammar of JSON allows. serde_json has no codes for it, only descriptions.
fn strict_reason(error: &serde_json::Error) -> String {
    let description = error.to_string();
    [
        ("surrogate", "half a surrogate pair in a string"),
        ("hex escape", "half a surrogate pair in a string"),
        ("out of range", "a number out of range"),
        ("recursion limit", "nesting deeper than 128 levels"),
    ]
    .into_iter()
    .find(|(part, _)| description.contains(part))
    .map_or(description.clone(), |(_, reason)| reason.to_owned())
}

/// Bytes as a string with a marker for each run of bytes that are not UTF-8. The marker is one of Unicode's noncharacters, which
/// are for such internal use (Unicode Standard, section 23.7), that the text does not contain.
fn marked(body: &[u8]) -> (String, Option<char>) {
    let lossy = String::from_utf8_lossy(body);
    let marker = ('\u{fdd0}'..='\u{fdef}').find(|marker| !lossy.contains(*marker));
    let Some(marker) = marker else {
        return (lossy.into_owned(), None);
    };
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(marker);
        }
    }
    (text, Some(marker))
}

fn why_not_json(text: &str, error: &serde_json::Error) -> String {
    if text.starts_with('<') {
        "it is a web page, not JSON; perhaps this is not the address of the API server".to_owned()
    } else if error.is_eof() {
        "it is truncated".to_owned()
    } else {
        format!(
            "it is not JSON (line {}, column {})",
            error.line(),
            error.column()
        )
    }
}
