//! The columns of the table `signals`: the typed fields of a signal, by one list.

use rusqlite::types::Value;
use wasmtime::component::Val;

use crate::intake::Signal;
use crate::values;

/// A column that holds a field of a signal.
struct Column {
    name: &'static str,
    /// The field's path, by the contract's names.
    field: &'static [&'static str],
    kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    /// Text; a list is a JSON array.
    Text,
    /// A whole number.
    Integer,
}

const fn text(name: &'static str, field: &'static [&'static str]) -> Column {
    Column {
        name,
        field,
        kind: Kind::Text,
    }
}

const fn integer(name: &'static str, field: &'static [&'static str]) -> Column {
    Column {
        name,
        field,
        kind: Kind::Integer,
    }
}

/// Every column that an event can lack, in the table's order. Lists and their parts are in `raw` too.
static COLUMNS: [Column; 61] = [
    text("event_id", &["event-id"]),
    text("event_type", &["event-type"]),
    integer("event_type_id", &["event-type-id"]),
    text("category", &["category"]),
    text("action", &["action"]),
    integer("start_timestamp", &["start-timestamp"]),
    text("severity", &["severity"]),
    text("hostname", &["hostname"]),
    text("connector_guid", &["connector-guid"]),
    text("group_guids", &["group-guids"]),
    text("external_ip", &["external-ip"]),
    text("user", &["user"]),
    text("user_name", &["user-name"]),
    text("user_domain", &["user-domain"]),
    text("detection", &["detection"]),
    text("detection_id", &["detection-id"]),
    text("disposition", &["disposition"]),
    text("file_name", &["file-name"]),
    text("file_path", &["file-path"]),
    text("sha256", &["sha256"]),
    text("sha1", &["sha1"]),
    text("md5", &["md5"]),
    text("archived_sha256", &["archived-sha256"]),
    text("parent_name", &["parent-process", "name"]),
    integer("parent_pid", &["parent-process", "pid"]),
    text("parent_disposition", &["parent-process", "disposition"]),
    text("parent_sha256", &["parent-process", "sha256"]),
    text("parent_sha1", &["parent-process", "sha1"]),
    text("parent_md5", &["parent-process", "md5"]),
    text("command_line", &["command-line"]),
    text("ioc_name", &["ioc-name"]),
    text("ioc_description", &["ioc-description"]),
    text("tactics", &["tactics"]),
    text("techniques", &["techniques"]),
    text("indicators", &["indicators"]),
    text("attacked_application", &["attacked-application"]),
    text("attacked_module", &["attacked-module"]),
    text("suspicious_files", &["suspicious-files"]),
    text("vulnerable_applications", &["vulnerable-applications"]),
    text("cves", &["cves"]),
    text("direction", &["direction"]),
    text("protocol", &["protocol"]),
    text("local_ip", &["local-ip"]),
    integer("local_port", &["local-port"]),
    text("remote_ip", &["remote-ip"]),
    integer("remote_port", &["remote-port"]),
    text("url", &["url"]),
    text("network_process_name", &["network-process", "name"]),
    integer("network_process_pid", &["network-process", "pid"]),
    text(
        "network_process_disposition",
        &["network-process", "disposition"],
    ),
    text("network_process_sha256", &["network-process", "sha256"]),
    text("network_process_sha1", &["network-process", "sha1"]),
    text("network_process_md5", &["network-process", "md5"]),
    integer("error_code", &["error-code"]),
    text("error_description", &["error-description"]),
    integer("malicious_detections", &["malicious-detections"]),
    integer("intervention_required", &["intervention-required"]),
    text("isolation_user", &["isolation-user"]),
    integer("isolation_seconds", &["isolation-seconds"]),
    text("attack_names", &["attack-names"]),
    text("console_link", &["console-link"]),
];

/// The columns that every signal has, before the others: the caller gives their values in this order.
pub(super) const FIRST: [&str; 4] = ["connection", "unique_event_key", "start_time", "timestamp"];
/// Those after the others.
pub(super) const LAST: [&str; 2] = ["raw", "stored_at"];

/// The statement that creates the table.
pub(super) fn table() -> String {
    let mut columns = String::new();
    for column in &COLUMNS {
        let kind = match column.kind {
            Kind::Text => "TEXT",
            Kind::Integer => "INTEGER",
        };
        columns.push_str(&format!("    {} {kind},\n", column.name));
    }
    format!(
        "-- Every signal, once. Lists are JSON arrays; intervention_required is 0 or 1.
CREATE TABLE signals (
    connection TEXT NOT NULL,
    unique_event_key TEXT NOT NULL,
    start_time TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
{columns}    raw TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (connection, unique_event_key)
) STRICT;
"
    )
}

/// The statement that inserts a signal, unless it is there.
pub(super) fn insert() -> String {
    let named = COLUMNS.iter().map(|column| column.name);
    let names: Vec<&str> = FIRST.into_iter().chain(named).chain(LAST).collect();
    let values = vec!["?"; names.len()].join(", ");
    let names = names.join(", ");
    format!(
        "INSERT INTO signals ({names}) VALUES ({values}) ON CONFLICT (connection, unique_event_key) DO NOTHING"
    )
}

/// The values of the columns between the first and the last ones.
pub(super) fn values(signal: &Signal) -> impl Iterator<Item = Value> {
    COLUMNS.iter().map(|column| {
        let value = signal.value(column.field);
        value.map_or(Value::Null, |value| stored(value, column.kind))
    })
}

/// A value of the component as one of the database. What does not fit a column is null.
fn stored(value: &Val, kind: Kind) -> Value {
    let Ok(json) = values::to_json(value) else {
        return Value::Null;
    };
    match (kind, json) {
        (_, serde_json::Value::Null) => Value::Null,
        (Kind::Integer, serde_json::Value::Bool(is_so)) => i64::from(is_so).into(),
        (Kind::Integer, number) => number.as_i64().map_or(Value::Null, Value::Integer),
        (Kind::Text, serde_json::Value::String(text)) => text.into(),
        // An empty list is nothing.
        (Kind::Text, serde_json::Value::Array(items)) if items.is_empty() => Value::Null,
        (Kind::Text, other) => other.to_string().into(),
    }
}
