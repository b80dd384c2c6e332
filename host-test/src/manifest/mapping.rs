//! The mapping engine: a manifest's field mapping applied to a signal gives a platform's record.
//!
//! A field has sources, and the first one that gives anything counts. A source is a JSONPath (RFC 9535), and what may be done
//! with the values found: looked up in a table, taken as a condition for a fixed value, given a prefix, or read as a moment. A source without
//! a path is a default, and one with `if` counts only where that path finds anything. That is all; `manifests/schema/mapping.schema.json` says the same to whoever writes a manifest.
//!
//! Null, an empty text and what is not there count as nothing: a field without a value is left out, and nothing is an error.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::signal::Signal;

/// A field mapping.
#[derive(Debug, Deserialize)]
pub struct Mapping {
    document: Document,
    root: Path,
    fields: Vec<Field>,
}

/// What the paths of a mapping look into.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Document {
    /// The signal: its typed fields in camelCase, and `raw`.
    Signal,
    /// The event as AMP sent it.
    RawEvent,
}

/// A field of the record.
#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    /// The first path, in the manner of D3's page.
    source: Option<Path>,
    /// Several sources.
    #[serde(default)]
    from: Vec<Source>,
    /// Whether all the values count, or the first.
    #[serde(default)]
    list: bool,
    #[serde(rename = "as")]
    form: Option<Form>,
}

/// The form that values are given.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Form {
    /// Numbers and truth values as text, so that 64-bit ids stay exact wherever they go.
    Text,
    /// The value as JSON text; the raw event as AMP wrote it, to the last digit.
    Json,
}

/// Where values come from.
#[derive(Debug, Deserialize)]
struct Source {
    /// The source counts only if this finds anything.
    #[serde(rename = "if")]
    condition: Option<Path>,
    path: Option<Path>,
    /// Only values that contain this count, in upper or lower case.
    contains: Option<String>,
    /// What stands for each value, found in upper or lower case; a value that is not here counts as nothing.
    table: Option<BTreeMap<String, Value>>,
    /// Whether the path finds a moment in seconds since 1970; its value is then in milliseconds.
    #[serde(default)]
    seconds: bool,
    /// A path to the nanoseconds within that second.
    nanoseconds: Option<Path>,
    /// Stands before the text of each value.
    prefix: Option<String>,
    /// Given if the path found anything, or if there is no path.
    value: Option<Value>,
}

/// A JSONPath. D3 begins its paths with the event (`.id` for `$.id`) and writes `.[*]` for `[*]`.
#[derive(Debug)]
pub struct Path {
    path: JsonPath,
    /// In the manner of RFC 9535.
    text: String,
}

impl Path {
    /// Reads a path in either manner.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let absolute = if text.starts_with('.') {
            absolute(text)
        } else {
            text.to_owned()
        };
        match JsonPath::parse(&absolute) {
            Ok(path) => Ok(Self {
                path,
                text: absolute,
            }),
            Err(error) => Err(format!(
                "`{text}` is no JSONPath (RFC 9535): {}",
                error.message()
            )),
        }
    }

    /// Whether it begins with this member of the document: `$.raw`, `$.raw.id` and `$['raw'].id` with `raw`.
    pub(super) fn begins_with(&self, member: &str) -> bool {
        let quoted = ['\'', '"'].map(|quote| format!("$[{quote}{member}{quote}]"));
        let rest = self.text.strip_prefix(&format!("$.{member}"));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            || quoted.iter().any(|quoted| self.text.starts_with(quoted))
    }

    /// Whether it finds something only in some signals, although they have all fields: `$[?@ == 7]`, `$[?!$.url]`.
    pub(super) fn is_conditional(&self) -> bool {
        ["==", "!$", "!@"]
            .iter()
            .any(|operator| self.text.contains(operator))
    }

    /// The values that it finds; those that are nothing left out.
    pub fn find<'a>(&self, document: &'a Value) -> impl Iterator<Item = &'a Value> + use<'a> {
        let found = self.path.query(document).all().into_iter();
        found.filter(|value| !value.is_null() && value.as_str() != Some(""))
    }
}

/// D3's manner made that of RFC 9535: `$` stands before it, and `[` for `.[` wherever that is not in quotes.
fn absolute(text: &str) -> String {
    let mut path = String::from("$");
    let mut quote = None;
    let mut characters = text.chars().peekable();
    while let Some(one) = characters.next() {
        match (quote, one) {
            (None, '.') if characters.peek() == Some(&'[') => continue,
            (None, '\'' | '"') => quote = Some(one),
            (Some(_), '\\') => {
                path.push(one);
                path.extend(characters.next());
                continue;
            }
            (Some(open), _) if open == one => quote = None,
            _ => {}
        }
        path.push(one);
    }
    path
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A record of a platform: the fields that have a value, in the order of the manifest.
#[derive(Debug, PartialEq)]
pub struct Record<'m>(Vec<(&'m str, Value)>);

impl Record<'_> {
    /// The value of a field; none if the signal has nothing for it.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(name, _)| *name == field);
        found.map(|(_, value)| value)
    }

    /// The record as one JSON object in one line, without a line feed.
    #[must_use]
    pub fn line(&self) -> String {
        // Keys are texts, so there is always a line.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Mapping {
    /// The record of a signal. More than one only if the mapping's root leads to several events.
    #[must_use]
    pub fn map(&self, signal: &Signal<'_>) -> Vec<Record<'_>> {
        let document = match self.document {
            Document::Signal => signal.value(),
            Document::RawEvent => signal.event(),
        };
        let record = |event| {
            let fields = self.fields.iter();
            Record(
                fields
                    .filter_map(|field| Some((field.name.as_str(), field.of(event, signal)?)))
                    .collect(),
            )
        };
        self.events(document).map(record).collect()
    }

    /// The events of a document. The root leads to them, or to an array of them.
    pub(super) fn events<'a>(&self, document: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.root.find(document).flat_map(|value| match value {
            Value::Array(events) => events.as_slice(),
            event => std::slice::from_ref(event),
        })
    }

    /// The path to the events.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Every path but the root, with its JSON pointer below the mapping.
    pub(super) fn paths(&self) -> impl Iterator<Item = (String, &Path)> {
        self.fields.iter().enumerate().flat_map(|(index, field)| {
            let at = format!("/fields/{index}");
            let own = field
                .source
                .iter()
                .map(|path| (format!("{at}/source"), path));
            let mut found: Vec<_> = own.collect();
            for (index, source) in field.from.iter().enumerate() {
                let at = format!("{at}/from/{index}");
                let condition = source.condition.iter();
                found.extend(condition.map(|path| (format!("{at}/if"), path)));
                found.extend(source.path.iter().map(|path| (format!("{at}/path"), path)));
                let nanoseconds = source.nanoseconds.iter();
                found.extend(nanoseconds.map(|path| (format!("{at}/nanoseconds"), path)));
            }
            found
        })
    }
}

impl Field {
    fn of(&self, event: &Value, signal: &Signal<'_>) -> Option<Value> {
        let own = self.source.iter().map(|path| found(path, event));
        let mut sources = own.chain(self.from.iter().map(|source| source.values(event)));
        let values = sources.find(|values| !values.is_empty())?;
        let mut values = values.into_iter().map(|value| match self.form {
            None => value.into_owned(),
            Some(Form::Text) => text(&value).into_owned().into(),
            Some(Form::Json) if std::ptr::eq(value.as_ref(), signal.event()) => {
                signal.event_text().into()
            }
            Some(Form::Json) => value.to_string().into(),
        });
        if self.list {
            Some(values.collect())
        } else {
            values.next()
        }
    }
}

impl Source {
    fn values<'a>(&'a self, event: &'a Value) -> Vec<Cow<'a, Value>> {
        let mut conditions = self.condition.iter();
        if conditions.any(|path| path.find(event).next().is_none()) {
            return Vec::new();
        }
        let given = self.value.as_ref().map(Cow::Borrowed);
        let Some(path) = &self.path else {
            return given.into_iter().collect();
        };
        let mut values = found(path, event);
        if let Some(part) = &self.contains {
            let part = part.to_lowercase();
            values.retain(|value| text(value).to_lowercase().contains(&part));
        }
        if let Some(table) = &self.table {
            let look_up = |value: Cow<'a, Value>| {
                let mut entries = table.iter();
                let entry = entries.find(|(name, _)| name.eq_ignore_ascii_case(&text(&value)));
                entry.map(|(_, value)| Cow::Borrowed(value))
            };
            values = values.into_iter().filter_map(look_up).collect();
        }
        if self.seconds {
            let fraction = self.nanoseconds.as_ref();
            let fraction = fraction.and_then(|path| path.find(event).next());
            let moment = |value: Cow<'a, Value>| Some(Cow::Owned(milliseconds(&value, fraction)?));
            values = values.into_iter().filter_map(moment).collect();
        }
        if let Some(prefix) = &self.prefix {
            for value in &mut values {
                *value = Cow::Owned(format!("{prefix}{}", text(value)).into());
            }
        }
        match given {
            Some(_) if values.is_empty() => values,
            Some(given) => vec![given],
            None => values,
        }
    }
}

fn found<'a>(path: &Path, event: &'a Value) -> Vec<Cow<'a, Value>> {
    path.find(event).map(Cow::Borrowed).collect()
}

/// A value as text: a text is itself, a number its digits, anything else its JSON.
fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Milliseconds since 1970 of seconds and the nanoseconds that belong to them; none beyond the range of either.
fn milliseconds(seconds: &Value, nanoseconds: Option<&Value>) -> Option<Value> {
    let whole = seconds.as_i64()?.checked_mul(1_000)?;
    let fraction = nanoseconds.and_then(Value::as_i64).unwrap_or(0);
    Some(whole.checked_add(fraction.checked_div(1_000_000)?)?.into())
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
