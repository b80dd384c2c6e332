//! A report for people: what was found on standard output, what went wrong on standard error.

use std::fmt::Write as _;

use super::console::plain;
use super::table::aligned;
use crate::intake::{Batch, Signal};
use crate::outcome::{Quota, Report, ReturnData, Trouble};

/// How many values of a key field are shown; `--format json` has them all.
const SHOWN_VALUES: usize = 4;

/// The heading, the table, key fields, remarks and the quota.
pub(super) fn found(title: &str, report: &Report) -> String {
    let mut text = format!("{}: {}\n", plain(title), report.return_data.as_str());
    if let Some(table) = report
        .result
        .as_ref()
        .filter(|table| !table.columns.is_empty())
    {
        let headings: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        if table.rows.is_empty() {
            text.push_str("\n(nothing)\n");
        } else {
            let _ = write!(text, "\n{}", aligned(&headings, &table.rows));
        }
    }
    if !report.key_fields.is_empty() {
        text.push('\n');
    }
    for field in &report.key_fields {
        let shown: Vec<String> = field
            .values
            .iter()
            .take(SHOWN_VALUES)
            .map(|value| plain(value))
            .collect();
        let more = match field.values.len().saturating_sub(SHOWN_VALUES) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let _ = writeln!(text, "{}: {}{more}", plain(&field.name), shown.join(", "));
    }
    if !report.remarks.is_empty() || report.quota.is_some() {
        text.push('\n');
    }
    for remark in &report.remarks {
        let _ = writeln!(text, "Remark: {}", plain(remark));
    }
    if let Some(quota) = report.quota {
        let _ = writeln!(text, "Request budget: {}", in_words(quota));
    }
    text
}

/// The heading of a poll, a table of its signals, and what it did.
pub(super) fn batch(title: &str, batch: &Batch) -> String {
    let mut text = format!("{}: {}\n", plain(title), ReturnData::Successful.as_str());
    let rows: Vec<Vec<String>> = batch.signals.iter().map(row).collect();
    if rows.is_empty() {
        text.push_str("\n(nothing new)\n");
    } else {
        let headings = ["Time", "Event Type", "Severity", "Computer", "Detection"];
        let _ = write!(text, "\n{}", aligned(&headings, &rows));
    }
    let report = &batch.report;
    let next = if batch.more {
        format!("{} more are waiting", report.backlog)
    } else {
        "caught up".to_owned()
    };
    let requests = match report.requests {
        1 => "1 request".to_owned(),
        many => format!("{many} requests"),
    };
    let _ = writeln!(
        text,
        "\nSignals: {} of {} fetched events, in {requests}; {next}\nCursor: {} characters, to be kept with the signals",
        report.delivered,
        report.fetched,
        batch.cursor.len()
    );
    for remark in &report.remarks {
        let _ = writeln!(text, "Remark: {}", plain(remark));
    }
    if let Some(quota) = report.quota {
        let _ = writeln!(text, "Request budget: {}", in_words(quota));
    }
    text
}

fn row(signal: &Signal) -> Vec<String> {
    [
        Some(signal.start_time()),
        signal.event_type(),
        signal.severity(),
        signal.hostname(),
        signal.detection(),
    ]
    .map(|cell| cell.unwrap_or_default().to_owned())
    .to_vec()
}

/// What went wrong, as the platforms' error tab has it, and what to do about it.
pub(super) fn wrong(trouble: &Trouble) -> String {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    row("Failure indicator", trouble.failure_indicator.clone());
    if let Some(item) = &trouble.item {
        row("Item", item.clone());
    }
    row(
        "Status code",
        trouble
            .status_code
            .map_or_else(|| "none (no answer)".to_owned(), |code| code.to_string()),
    );
    row("Message", trouble.message.clone());
    let kind = match &trouble.field {
        Some(field) => format!("{} ({field})", trouble.kind),
        None => trouble.kind.clone(),
    };
    row("Kind", kind);
    if let Some(seconds) = trouble.retry_after_seconds {
        row("Retry after", duration(seconds));
    }
    if trouble.may_have_happened {
        row(
            "Attention",
            "the change may have happened; look before you repeat it".to_owned(),
        );
    }
    if let Some(id) = &trouble.request_id {
        row("Request ID", id.clone());
    }
    rows.iter()
        .map(|(name, value)| format!("{name:<18} {}\n", plain(value)))
        .collect()
}

fn in_words(quota: Quota) -> String {
    let of = quota
        .limit
        .map(|limit| format!(" of {limit}"))
        .unwrap_or_default();
    let reset = quota
        .reset_seconds
        .map(|seconds| format!("; whole again in {}", duration(u64::from(seconds))))
        .unwrap_or_default();
    format!("{}{of} requests left{reset}", quota.remaining)
}

fn duration(seconds: u64) -> String {
    humantime::format_duration(std::time::Duration::from_secs(seconds)).to_string()
}
