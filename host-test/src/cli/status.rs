//! `status`: what each connection of a collector is doing, and what to do about trouble. For people as a table with what needs them below
//! it, for machines as one JSON object.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Args;
use serde_json::{Value, json};

use super::arguments::Format;
use super::console::{Console, plain};
use super::error::CliError;
use super::table::aligned;
use super::{FAILED, SUCCESSFUL};
use crate::collector::config::Outline;
use crate::collector::status::{ConnectionStatus, Light, Overview};
use crate::collector::store::{LastError, StoredQuota};
use crate::collector::unix_seconds;
use crate::manifest::Trouble;

/// What there is to say about the exit code, and the words of the table.
const HELP: &str = "\
Status: green (the last poll succeeded, within two intervals), red (it failed, or was too long ago), waiting (never polled yet), disabled.
Exit codes: 0 nothing is red, 1 something is, or waits while no collector runs, 2 wrong usage.";

/// Whose status.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct StatusArguments {
    /// The config of the collector, which may be running or not.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Tells the status.
pub(super) fn run(
    arguments: &StatusArguments,
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    let outline = Outline::read(&arguments.config)?;
    let overview = Overview::read(&outline, unix_seconds(SystemTime::now()))?;
    console.print(&match format {
        Format::Text => text(&overview, &arguments.config.display().to_string()),
        Format::Json => json(&overview),
    })?;
    Ok(if overview.is_well() {
        SUCCESSFUL
    } else {
        FAILED
    })
}

/// The status for people. `config` is the file as it was named.
fn text(overview: &Overview, config: &str) -> String {
    let mut text = String::new();
    // A text takes whatever is written.
    let _ = write_text(&mut text, overview, config);
    text
}

fn write_text(text: &mut String, overview: &Overview, config: &str) -> std::fmt::Result {
    match overview.running {
        true => writeln!(text, "A collector is running.\n")?,
        false => writeln!(
            text,
            "No collector is running: nothing is polled until `host-test collect --config {}` is.\n",
            plain(config)
        )?,
    }
    let headings = [
        "Connection",
        "Status",
        "Last poll",
        "Next poll",
        "Lag",
        "Backlog",
        "Budget left",
        "Today",
        "Signals",
    ];
    let rows: Vec<Vec<String>> = overview
        .connections
        .iter()
        .map(|status| row(status, overview))
        .collect();
    text.push_str(&aligned(&headings, &rows));
    for status in &overview.connections {
        write_remarks(text, status, overview.at)?;
    }
    Ok(())
}

fn row(status: &ConnectionStatus, overview: &Overview) -> Vec<String> {
    let at = overview.at;
    let mut row = vec![status.name.clone(), status.light.name().to_owned()];
    match &status.state {
        Some(state) => row.extend([
            ago(state.polled_at, at),
            match status.light {
                Light::Disabled => String::new(),
                _ if !overview.running => "when it runs".to_owned(),
                _ if state.next_at <= at => "now".to_owned(),
                _ => format!("in {}", span(state.next_at.saturating_sub(at))),
            },
            state.lag_seconds.map_or_else(
                || state.succeeded_at.map_or("", |_| "none").to_owned(),
                span,
            ),
            state
                .backlog
                .map(|count| count.to_string())
                .unwrap_or_default(),
            state
                .quota
                .map(|quota| budget(quota, at))
                .unwrap_or_default(),
        ]),
        None => row.extend(["never", "", "", "", ""].map(str::to_owned)),
    }
    row.extend([status.signals_today.to_string(), status.signals.to_string()]);
    row
}

/// What is left of the request budget.
fn budget(quota: StoredQuota, at: i64) -> String {
    let whole_in = quota.reset_at.map(|reset_at| reset_at.saturating_sub(at));
    let mut words = quota.remaining.to_string();
    if let Some(limit) = quota.limit {
        words.push_str(&format!(" of {limit}"));
    }
    match whole_in {
        Some(seconds) if seconds > 0 => words.push_str(&format!(", whole in {}", span(seconds))),
        // What was left then does not count any more.
        Some(_) => words.push_str(", whole again by now"),
        None => {}
    }
    words
}

/// What needs a person, and what did.
fn write_remarks(text: &mut String, status: &ConnectionStatus, at: i64) -> std::fmt::Result {
    let Some(state) = &status.state else {
        return Ok(());
    };
    let name = plain(&status.name);
    let is_red = status.light == Light::Red;
    let since = |then: i64| span(at.saturating_sub(then));
    match (state.failing_since, state.succeeded_at) {
        (Some(failing), _) => {
            let failing = since(failing);
            let polls = match state.failures {
                1 => format!("the last poll failed, {failing} ago"),
                many => format!("the last {many} polls failed, the first of them {failing} ago"),
            };
            writeln!(text, "\n{name}: {}; {polls}", status.light.name())?;
        }
        (None, Some(succeeded)) if is_red => writeln!(
            text,
            "\n{name}: red; no poll has succeeded for {}, and two intervals are {}",
            since(succeeded),
            humantime::format_duration(status.interval.saturating_mul(2))
        )?,
        _ => {}
    }
    if let Some(error) = &state.last_error {
        if status.error().is_none() {
            writeln!(text, "\n{name}: the last error, which is over")?;
        }
        writeln!(text, "  {}  {}", date(error.at), told(error))?;
        if let Some(trouble) = status.remedy.as_ref().filter(|_| status.error().is_some()) {
            write_steps(text, trouble)?;
        }
    }
    if let Some(hint) = &status.hint {
        match status.last_signal {
            Some(last) => writeln!(
                text,
                "\n{name}: polls succeed, and nothing has come for {}",
                since(last)
            )?,
            None => writeln!(text, "\n{name}: polls succeed, and nothing has ever come")?,
        }
        write_steps(text, hint)?;
    }
    Ok(())
}

fn write_steps(text: &mut String, trouble: &Trouble) -> std::fmt::Result {
    writeln!(text, "  {}", trouble.title)?;
    for step in &trouble.steps {
        writeln!(text, "  - {step}")?;
    }
    Ok(())
}

/// An error in one line.
fn told(error: &LastError) -> String {
    let code = error
        .status_code
        .map(|code| format!(", {code}"))
        .unwrap_or_default();
    plain(&format!("{}{code}: {}", error.kind, error.message))
}

/// How long before `at` something was.
fn ago(then: i64, at: i64) -> String {
    match at.saturating_sub(then) {
        ..=0 => "now".to_owned(),
        seconds => format!("{} ago", span(seconds)),
    }
}

/// A time span as people say it: its two largest units.
fn span(seconds: i64) -> String {
    let seconds = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let words = humantime::format_duration(seconds).to_string();
    words.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// A moment as RFC 3339 has it, in UTC.
pub(super) fn date(seconds: i64) -> String {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let time = SystemTime::UNIX_EPOCH.checked_add(since);
    humantime::format_rfc3339_seconds(time.unwrap_or(SystemTime::UNIX_EPOCH)).to_string()
}

/// The status for machines. What is not known is null.
fn json(overview: &Overview) -> String {
    let connections = overview.connections.iter().map(|status| {
        let state = status.state.as_ref();
        json!({
            "name": status.name,
            "status": status.light.name(),
            "intervalSeconds": status.interval.as_secs(),
            "lastPoll": state.map(|state| date(state.polled_at)),
            "lastSuccess": state.and_then(|state| state.succeeded_at).map(date),
            "nextPoll": state.map(|state| date(state.next_at)),
            "failingSince": state.and_then(|state| state.failing_since).map(date),
            "failures": state.map_or(0, |state| state.failures),
            "lastError": state.and_then(|state| state.last_error.as_ref()).map(|error| json!({
                "at": date(error.at),
                "over": status.error().is_none(),
                "kind": error.kind,
                "statusCode": error.status_code,
                "message": error.message,
                "remedy": status.remedy.as_ref().map(trouble),
            })),
            "hint": status.hint.as_ref().map(trouble),
            "lagSeconds": state.and_then(|state| state.lag_seconds),
            "backlog": state.and_then(|state| state.backlog),
            "newestEvent": state.and_then(|state| state.newest_event).map(date),
            "quota": state.and_then(|state| state.quota).map(|quota| json!({
                "limit": quota.limit,
                "remaining": quota.remaining,
                "wholeAt": quota.reset_at.map(date),
            })),
            "lastSignal": status.last_signal.map(date),
            "signalsToday": status.signals_today,
            "signals": status.signals,
        })
    });
    let status = json!({
        "at": date(overview.at),
        "database": overview.database.display().to_string(),
        "collectorRunning": overview.running,
        "connections": connections.collect::<Vec<_>>(),
    });
    format!("{status:#}\n")
}

fn trouble(trouble: &Trouble) -> Value {
    json!({"title": trouble.title, "steps": trouble.steps})
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
