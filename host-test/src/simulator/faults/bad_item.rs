//! One item of a response that is hard to read: not all that AMP sends is JSON that every reader accepts.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::answer::Step;

/// The text that takes the place of what JSON cannot be built of, until it is written.
const MARK: &str = "@@bad-item@@";
/// The size of the blocks of an oversized item.
const BLOCK: usize = 64 * 1024;

/// An item that is hard to read, the same one in each response that has it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulator) struct BadItem {
    kind: BadItemKind,
    /// The key of the item: that of the first list's middle.
    chosen: Arc<OnceLock<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BadItemKind {
    /// Half of a surrogate pair, in a name.
    Surrogate,
    /// A byte that is not UTF-8, in a name.
    Utf8,
    /// A field that is nested so deep.
    Deep(usize),
    /// A number that no double holds.
    Number,
    /// A field of so many bytes.
    Oversized(usize),
}

impl BadItem {
    /// Reads the kind; `levels` is for the deep one, `bytes` for the oversized one.
    pub(super) fn new(kind: &str, levels: usize, bytes: usize) -> Result<Self, String> {
        let kind = match kind {
            "surrogate" => BadItemKind::Surrogate,
            "utf8" => BadItemKind::Utf8,
            "deep" => BadItemKind::Deep(levels),
            "number" => BadItemKind::Number,
            "oversized" => BadItemKind::Oversized(bytes),
            other => {
                return Err(format!(
                    "there is no kind `{other}`; take surrogate, utf8, deep, number or oversized"
                ));
            }
        };
        Ok(Self {
            kind,
            chosen: Arc::default(),
        })
    }

    /// Marks the bad item in a response's data: one of a list, always the same, or the object that it is.
    pub(super) fn mark(&self, data: &mut Value) {
        let list = match data {
            Value::Array(list) => Some(list),
            Value::Object(fields) => match fields.get_mut("items") {
                Some(Value::Array(list)) => Some(list),
                _ => None,
            },
            _ => None,
        };
        let Some(list) = list else {
            return self.mark_item(data);
        };
        if let Some(middle) = list.get(list.len() / 2) {
            let chosen = self.chosen.get_or_init(|| key(middle));
            for item in list.iter_mut().filter(|item| key(item) == *chosen) {
                self.mark_item(item);
            }
        }
    }

    fn mark_item(&self, item: &mut Value) {
        if item.as_object().is_none_or(serde_json::Map::is_empty) {
            return;
        }
        let names = [
            "/file/file_name",
            "/hostname",
            "/computer/hostname",
            // Before the name, which the response to a write repeats.
            "/description",
            "/name",
            "/comment",
        ];
        let name = names
            .into_iter()
            .find(|name| item.pointer(name).is_some_and(Value::is_string));
        match (self.kind, name) {
            (BadItemKind::Surrogate | BadItemKind::Utf8, Some(name)) => {
                if let Some(Value::String(name)) = item.pointer_mut(name) {
                    name.push_str(MARK);
                }
            }
            (BadItemKind::Oversized(_), _) => {
                insert(item, "command_line", json!({"arguments": MARK}))
            }
            (BadItemKind::Number, _) => insert(item, "risk_score", MARK.into()),
            _ => insert(item, "bp_data", MARK.into()),
        }
    }

    /// The body, with what is bad in the place of the marks.
    pub(super) fn steps(&self, text: &[u8]) -> Vec<Step> {
        let text = String::from_utf8_lossy(text);
        let quoted = format!("\"{MARK}\"");
        let (mark, bad) = match self.kind {
            BadItemKind::Surrogate => (MARK, vec![piece(b"\\ud83d".to_vec())]),
            BadItemKind::Utf8 => (MARK, vec![piece(vec![0xff])]),
            BadItemKind::Deep(levels) => (
                quoted.as_str(),
                vec![piece(
                    ["[".repeat(levels), "]".repeat(levels)]
                        .concat()
                        .into_bytes(),
                )],
            ),
            BadItemKind::Number => (quoted.as_str(), vec![piece(b"1e999".to_vec())]),
            BadItemKind::Oversized(bytes) => (MARK, filler(bytes)),
        };
        let mut steps = Vec::new();
        for (number, part) in text.split(mark).enumerate() {
            if number > 0 {
                steps.extend(bad.iter().cloned());
            }
            steps.push(piece(part.as_bytes().to_vec()));
        }
        steps
    }
}

/// So many letters, rounded up to whole blocks.
fn filler(bytes: usize) -> Vec<Step> {
    let blocks = u64::try_from(bytes.div_ceil(BLOCK)).unwrap_or(u64::MAX);
    let block = Bytes::from("A".repeat(bytes.min(BLOCK)));
    vec![Step::Repeat(block, Some(blocks), Duration::ZERO)]
}

fn piece(bytes: Vec<u8>) -> Step {
    Step::Piece(bytes.into())
}

fn insert(item: &mut Value, field: &str, value: Value) {
    if let Some(fields) = item.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}

/// What tells an item from others of its list.
fn key(item: &Value) -> String {
    let fields = [
        "id",
        "guid",
        "connector_guid",
        "sha256",
        "timestamp",
        "timestamp_nanoseconds",
        "detection_id",
    ];
    let fields = fields.map(|field| item.get(field));
    format!("{fields:?}")
}
