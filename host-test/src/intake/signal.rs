//! One signal: the few fields that a host needs, and the JSON line that all of them make, by the component's own types.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use wasmtime::component::Val;

use crate::values;

/// The field that holds the event as AMP sent it.
const RAW: &str = "raw";

/// An endpoint event, as the component gave it.
#[derive(Debug, Clone)]
pub struct Signal {
    unique_event_key: String,
    start_time: String,
    timestamp: i64,
    raw: Box<RawValue>,
    /// The whole record without `raw`, in its order, by the contract's names.
    fields: Vec<(String, Val)>,
}

impl Signal {
    /// Reads a `signal`. The error says what is wrong with it.
    pub(super) fn new(signal: Val) -> Result<Self, String> {
        let Val::Record(mut fields) = signal else {
            return Err("a signal is a record".to_owned());
        };
        let lacks = |name: &str| format!("a signal has no `{name}` of its type");
        let raw = fields.iter().position(|(name, _)| name == RAW);
        let Some((_, Val::String(raw))) = raw.map(|place| fields.remove(place)) else {
            return Err(lacks(RAW));
        };
        // Line breaks in valid JSON stand between its tokens, where a space will do.
        let raw = RawValue::from_string(raw.replace(['\n', '\r'], " "))
            .map_err(|error| format!("the raw event is no JSON: {error}"))?;
        let needed = |name: &str| {
            text_in(&fields, name)
                .map(str::to_owned)
                .ok_or_else(|| lacks(name))
        };
        Ok(Self {
            unique_event_key: needed("unique-event-key")?,
            start_time: needed("start-time")?,
            timestamp: match value_in(&fields, "timestamp") {
                Some(Val::S64(seconds)) => *seconds,
                _ => return Err(lacks("timestamp")),
            },
            raw,
            fields,
        })
    }

    /// The key by which an event is told from all others of its organisation: AMP's event id.
    #[must_use]
    pub fn unique_event_key(&self) -> &str {
        &self.unique_event_key
    }

    /// When it happened, as AMP writes it: `2024-06-11T08:10:02+00:00`.
    #[must_use]
    pub fn start_time(&self) -> &str {
        &self.start_time
    }

    /// When it happened, in seconds since 1970.
    #[must_use]
    pub fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// Name of the event's type.
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        self.text("event-type")
    }

    /// Severity as AMP writes it: `Low`, `Medium`, `High`, `Critical`.
    #[must_use]
    pub fn severity(&self) -> Option<&str> {
        self.text("severity")
    }

    /// Host name of the computer.
    #[must_use]
    pub fn hostname(&self) -> Option<&str> {
        self.text("hostname")
    }

    /// Connector GUID of the computer.
    #[must_use]
    pub fn connector_guid(&self) -> Option<&str> {
        self.text("connector-guid")
    }

    /// Name of the detection.
    #[must_use]
    pub fn detection(&self) -> Option<&str> {
        self.text("detection")
    }

    /// Any field that holds a string or a case, by the contract's name; `None` if the event lacks it, or there is no such
    /// field.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        text_in(&self.fields, field)
    }

    /// The value of a field, or of a field of a record in it, by the contract's names: `["parent-process", "pid"]`. `None` if
    /// the event lacks it, or there is no such field.
    #[must_use]
    pub fn value(&self, path: &[&str]) -> Option<&Val> {
        let (last, records) = path.split_last()?;
        let mut fields = self.fields.as_slice();
        for name in records {
            let Val::Record(inside) = inner(value_in(fields, name)?)? else {
                return None;
            };
            fields = inside;
        }
        inner(value_in(fields, last)?)
    }

    /// The event as AMP sent it, to the last digit, in one line.
    #[must_use]
    pub fn raw(&self) -> &RawValue {
        &self.raw
    }

    /// The signal as one JSON object in one line, without a line feed: the typed fields in camelCase and in the order of the
    /// record, those that are absent left out, then `raw` as nested JSON.
    #[must_use]
    pub fn line(&self) -> String {
        // Keys are texts and nothing fails to be written, so there is always a line.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The line with the name of the signal's connection as its first field, `connection`.
    #[must_use]
    pub fn line_of(&self, connection: &str) -> String {
        let mut line = Vec::new();
        let mut output = serde_json::Serializer::new(&mut line);
        // As above.
        let _ = self.write(Some(connection), &mut output);
        String::from_utf8(line).unwrap_or_default()
    }

    fn write<S: Serializer>(&self, connection: Option<&str>, output: S) -> Result<S::Ok, S::Error> {
        let mut map = output.serialize_map(None)?;
        if let Some(connection) = connection {
            map.serialize_entry("connection", connection)?;
        }
        for (name, value) in present(&self.fields) {
            map.serialize_entry(&camel_case(name), &InOrder(value))?;
        }
        map.serialize_entry(RAW, &self.raw)?;
        map.end()
    }
}

impl Serialize for Signal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(None, serializer)
    }
}

/// A value as JSON: records in their own order, in camelCase, without what is absent.
struct InOrder<'a>(&'a Val);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Val::Record(fields) => serializer.collect_map(
                present(fields).map(|(name, value)| (camel_case(name), InOrder(value))),
            ),
            Val::List(items) => serializer.collect_seq(items.iter().map(InOrder)),
            Val::Option(Some(value)) => InOrder(value).serialize(serializer),
            // What has no form in JSON is null, as it is for a number that is not finite.
            other => values::to_json(other)
                .unwrap_or(Value::Null)
                .serialize(serializer),
        }
    }
}

/// The fields of a record that are not absent.
fn present(fields: &[(String, Val)]) -> impl Iterator<Item = (&str, &Val)> {
    fields
        .iter()
        .filter(|(_, value)| !matches!(value, Val::Option(None)))
        .map(|(name, value)| (name.as_str(), value))
}

fn value_in<'a>(fields: &'a [(String, Val)], name: &str) -> Option<&'a Val> {
    fields
        .iter()
        .find(|(field, _)| field == name)
        .map(|(_, value)| value)
}

/// The value of an option; any other value itself.
fn inner(value: &Val) -> Option<&Val> {
    match value {
        Val::Option(value) => value.as_deref(),
        value => Some(value),
    }
}

fn text_in<'a>(fields: &'a [(String, Val)], name: &str) -> Option<&'a str> {
    match inner(value_in(fields, name)?)? {
        Val::String(text) | Val::Enum(text) => Some(text),
        _ => None,
    }
}

/// `unique-event-key` as `uniqueEventKey`.
pub(crate) fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for (index, word) in name.split('-').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => camel.push(first.to_ascii_uppercase()),
            first => camel.extend(first),
        }
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use wasmtime::component::Val;

    use super::Signal;

    fn text(text: &str) -> Val {
        Val::String(text.to_owned())
    }

    fn some(value: Val) -> Val {
        Val::Option(Some(Box::new(value)))
    }

    fn record(fields: Vec<(&str, Val)>) -> Val {
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Val::Record(fields.collect())
    }

    fn signal(raw: &str) -> Val {
        record(vec![
            ("unique-event-key", text("6180352115244794887")),
            ("start-time", text("2026-05-01T10:00:00+00:00")),
            ("timestamp", Val::S64(1_777_629_600)),
            ("severity", Val::Option(None)),
            ("event-type-id", some(Val::U64(1_090_519_054))),
            (
                "network-addresses",
                Val::List(vec![record(vec![
                    ("mac-address", some(text("52:54"))),
                    ("ip", Val::Option(None)),
                ])]),
            ),
            ("raw", text(raw)),
            ("a-field-of-tomorrow", some(text("x"))),
        ])
    }

    #[test]
    fn a_line_has_the_fields_in_the_order_of_the_record_and_the_event_to_the_last_digit() {
        let raw = "{\"z\":61803521152447948871,\n \"a\":1.10,\r\n\"a\":\"\\n\"}";
        let line = Signal::new(signal(raw)).unwrap().line();
        assert_eq!(
            line,
            "{\"uniqueEventKey\":\"6180352115244794887\",\"startTime\":\"2026-05-01T10:00:00+00:00\",\"timestamp\":1777629600,\
             \"eventTypeId\":1090519054,\"networkAddresses\":[{\"macAddress\":\"52:54\"}],\"aFieldOfTomorrow\":\"x\",\
             \"raw\":{\"z\":61803521152447948871,  \"a\":1.10,  \"a\":\"\\n\"}}"
        );
    }

    #[test]
    fn a_signal_without_what_a_host_needs_is_a_fault_of_the_component() {
        assert!(
            Signal::new(signal("<html>"))
                .unwrap_err()
                .contains("no JSON")
        );
        let without = record(vec![("raw", text("{}"))]);
        assert!(
            Signal::new(without)
                .unwrap_err()
                .contains("unique-event-key")
        );
    }
}
