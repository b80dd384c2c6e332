//! A manifest's text beside its values: where each of them stands, so that whoever must mend it is sent to a line.

use std::collections::HashMap;
use std::fmt;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Value;

/// Something to mend in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line that it stands in; the first is 1.
    pub line: usize,
    /// The column where it begins, in characters; the first is 1.
    pub column: usize,
    /// JSON pointer (RFC 6901) of the value; empty is the whole manifest.
    pub pointer: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            pointer,
            message,
        } = self;
        let pointer = if pointer.is_empty() { "/" } else { pointer };
        write!(f, "line {line}, column {column}, at {pointer}: {message}")
    }
}

/// Something to mend, by the JSON pointer of the value.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) pointer: String,
    pub(super) message: String,
}

/// A manifest: its values, and the place of each in its text.
#[derive(Debug)]
pub struct Located {
    value: Value,
    /// By JSON pointer, where in the text the value begins, in bytes.
    offsets: HashMap<String, usize>,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    text: String,
}

impl Located {
    /// The text of a manifest's bytes.
    ///
    /// # Errors
    ///
    /// When they are no UTF-8; says where.
    pub fn text_of(bytes: &[u8]) -> Result<&str, Problem> {
        std::str::from_utf8(bytes).map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let text = String::from_utf8_lossy(good);
            let (line, column) = place(&text, &line_starts(&text), good.len());
            Problem {
                line,
                column,
                pointer: String::new(),
                message: "this is no UTF-8; save the file as UTF-8".to_owned(),
            }
        })
    }

    /// Reads a manifest's text.
    ///
    /// # Errors
    ///
    /// When it is no JSON, or an object has a name twice; says where.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let value = serde_json::from_str(text).map_err(|error| Problem {
            line: error.line().max(1),
            column: error.column().max(1),
            pointer: String::new(),
            message: format!("this is no JSON: {}", without_place(&error)),
        })?;
        let mut located = Self {
            value,
            offsets: HashMap::new(),
            lines: line_starts(text),
            text: text.to_owned(),
        };
        // What is JSON to one parser is JSON to the other, which also says where everything stands.
        let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
        let root = parsed.ok().and_then(|parsed| parsed.value);
        match root.and_then(|root| located.note(&root, String::new())) {
            Some(twice) => Err(located.locate(twice)),
            None => Ok(located),
        }
    }

    /// Notes where a value and all in it begin. Gives a name that an object has twice.
    fn note(&mut self, value: &ast::Value<'_>, pointer: String) -> Option<Finding> {
        let mut twice = None;
        match value {
            ast::Value::Object(object) => {
                for property in &object.properties {
                    let name = property.name.as_str();
                    let inner = child(&pointer, name);
                    if self.offsets.contains_key(&inner) {
                        twice.get_or_insert(Finding {
                            pointer: inner.clone(),
                            message: format!("`{name}` stands here twice; leave one"),
                        });
                    }
                    let deeper = self.note(&property.value, inner);
                    twice = twice.or(deeper);
                }
            }
            ast::Value::Array(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    let deeper = self.note(element, format!("{pointer}/{index}"));
                    twice = twice.or(deeper);
                }
            }
            _ => {}
        }
        self.offsets.insert(pointer, value.range().start);
        twice
    }

    /// The values.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    pub(super) fn locate(&self, finding: Finding) -> Problem {
        self.problem(&finding.pointer, finding.message)
    }

    /// A problem with the value at a JSON pointer. What is not there is looked for where it is missing.
    #[must_use]
    pub fn problem(&self, pointer: &str, message: String) -> Problem {
        let mut nearest = pointer;
        let offset = loop {
            match (self.offsets.get(nearest), nearest.rsplit_once('/')) {
                (Some(offset), _) => break *offset,
                (None, Some((parent, _))) => nearest = parent,
                (None, None) => break 0,
            }
        };
        let (line, column) = place(&self.text, &self.lines, offset);
        Problem {
            line,
            column,
            pointer: pointer.to_owned(),
            message,
        }
    }
}

/// Where each line of a text begins, in bytes.
fn line_starts(text: &str) -> Vec<usize> {
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    let after = breaks.map(|(offset, _)| offset.saturating_add(1));
    std::iter::once(0).chain(after).collect()
}

/// Line and column of what begins at an offset in bytes.
fn place(text: &str, lines: &[usize], offset: usize) -> (usize, usize) {
    let line = lines.partition_point(|start| *start <= offset);
    let start = lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
    let before = text.get(start..offset).unwrap_or_default();
    (line, before.chars().count().saturating_add(1))
}

/// Serde's message without the place at its end, which is told already.
pub(super) fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(message, _)| message.to_owned())
}

/// The JSON pointer of a member.
pub(super) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A value of a manifest, and its pointer.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl<'a> Node<'a> {
    /// The whole manifest.
    pub(super) fn top(value: &'a Value) -> Self {
        Self {
            value,
            pointer: String::new(),
        }
    }

    /// A member; null if there is none, with the pointer that it would have.
    pub(super) fn at(&self, name: &str) -> Self {
        Self {
            value: self.value.get(name).unwrap_or(&Value::Null),
            pointer: child(&self.pointer, name),
        }
    }

    /// The elements of an array; of anything else, none.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'a> {
        let pointer = self.pointer.clone();
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(move |(index, value)| Self {
            value,
            pointer: format!("{pointer}/{index}"),
        })
    }

    /// The text; empty if it is none.
    pub(super) fn text(&self) -> &'a str {
        self.value.as_str().unwrap_or_default()
    }

    /// Something to mend here.
    pub(super) fn finding(&self, message: impl Into<String>) -> Finding {
        Finding {
            pointer: self.pointer.clone(),
            message: message.into(),
        }
    }
}

/// Complains of every text that an earlier one equals.
pub(super) fn hold_unique<'a>(texts: impl Iterator<Item = Node<'a>>, findings: &mut Vec<Finding>) {
    let mut seen: Vec<&str> = Vec::new();
    for node in texts {
        let text = node.text();
        if seen.contains(&text) {
            findings.push(node.finding(format!("`{text}` stands here twice; leave one")));
        }
        seen.push(text);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::Located;

    fn place(text: &str, pointer: &str) -> (usize, usize) {
        let problem = Located::read(text).unwrap().problem(pointer, String::new());
        (problem.line, problem.column)
    }

    #[test]
    fn every_value_has_its_line_and_column() {
        let text = "{\n  \"a\": [1, { \"b/~c\": \"é\", \"d\": true }],\n  \"e\": {}\n}";
        assert_eq!(place(text, ""), (1, 1));
        assert_eq!(place(text, "/a/0"), (2, 9));
        assert_eq!(place(text, "/a/1/b~1~0c"), (2, 22));
        // Columns count characters, not bytes.
        assert_eq!(place(text, "/a/1/d"), (2, 32));
        assert_eq!(place(text, "/e"), (3, 8));
    }

    #[test]
    fn what_is_missing_is_shown_where_it_is_missing() {
        assert_eq!(place("{\n \"a\": {} }", "/a/b/c"), (2, 7));
    }

    #[test]
    fn what_is_no_json_is_shown_too() {
        let problem = Located::read("{\n  \"a\": 1,\n}").unwrap_err();
        assert_eq!((problem.line, problem.column), (3, 1));
        assert!(problem.message.contains("no JSON"), "{problem}");
        // JSON with comments is none.
        assert!(Located::read("{ /* why */ }").is_err());
    }

    #[test]
    fn a_name_that_stands_twice_is_shown() {
        let problem = Located::read("{\n  \"a\": 1,\n  \"a\": 2\n}").unwrap_err();
        assert_eq!((problem.line, problem.pointer.as_str()), (3, "/a"));
    }
}
