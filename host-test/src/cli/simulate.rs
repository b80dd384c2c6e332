//! `simulate`: the stand-in for the AMP cloud on loopback HTTP, until it is told to end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, RangedU64ValueParser};
use serde_json::json;
use tokio::net::TcpListener;

use super::SUCCESSFUL;
use super::arguments::Format;
use super::console::Console;
use super::error::CliError;
use super::table::aligned;
use crate::simulator::{
    self, API_KEY, Burst, CLIENT_ID, EventIds, KINDS, Plan, Simulator, Spelling, Tally, World,
};

/// What the simulated organisation is like, and what befalls requests to it.
#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// What everything is made up from: the same seed makes the same organisation.
    #[arg(long, default_value_t = 1, help_heading = "Organisation")]
    seed: u64,
    /// How many computers there are.
    #[arg(long, default_value_t = 40, value_parser = sizes(), help_heading = "Organisation")]
    computers: u64,
    /// How many events happened before the start.
    #[arg(long, default_value_t = 200, value_parser = sizes(), help_heading = "Organisation")]
    events: u64,
    /// Over how much time before the start they are spread.
    #[arg(long, default_value = "24h", value_parser = humantime::parse_duration, help_heading = "Organisation")]
    events_over: Duration,
    /// How many more events happen each minute.
    #[arg(
        long,
        default_value_t = 0.0,
        value_parser = per_minute,
        value_name = "X",
        help_heading = "Organisation"
    )]
    events_per_minute: f64,
    /// How many percent of those arrive late, with a time before their arrival.
    #[arg(
        long,
        default_value_t = 0.0,
        value_parser = percent,
        value_name = "X",
        help_heading = "Organisation"
    )]
    late_percent: f64,
    /// The longest time by which they arrive late.
    #[arg(long, default_value = "15m", value_parser = humantime::parse_duration, help_heading = "Organisation")]
    late_by: Duration,
    /// The ids of events: recorded (the forms that AMP uses: some are shared or missing, and some events are listed
    /// twice) or distinct (one for each event).
    #[arg(
        long,
        default_value = "recorded",
        value_name = "FORM",
        help_heading = "Organisation"
    )]
    event_ids: EventIds,
    /// Many events in one second: 700@60s for 700 of them a minute after the start. May be repeated.
    #[arg(long, value_name = "COUNT@TIME", help_heading = "Organisation")]
    burst: Vec<Burst>,
    /// How many groups there are.
    #[arg(long, default_value_t = 12, value_parser = sizes(), help_heading = "Organisation")]
    groups: u64,
    /// How many policies there are.
    #[arg(long, default_value_t = 10, value_parser = sizes(), help_heading = "Organisation")]
    policies: u64,
    /// How many application blocking lists there are, and as many simple custom detection lists.
    #[arg(long, default_value_t = 3, value_parser = sizes(), help_heading = "Organisation")]
    lists: u64,
    /// How many files each list has.
    #[arg(long, default_value_t = 20, value_parser = sizes(), help_heading = "Organisation")]
    files: u64,
    /// How long an isolation or release is pending before the computer confirms it.
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration, help_heading = "Organisation")]
    pending: Duration,
    /// How long an answer takes.
    #[arg(long, default_value = "0ms", value_parser = humantime::parse_duration, help_heading = "Cloud")]
    latency: Duration,
    /// Requests in a window of an hour.
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Cloud")]
    quota: u32,
    /// How many of them are used when the first window begins.
    #[arg(long, default_value_t = 0, help_heading = "Cloud")]
    used: u32,
    /// How the rate limit headers are spelled: wire (X-RateLimit-Limit), prose (X-Rate-Limit-Limit) or none.
    #[arg(
        long,
        default_value = "wire",
        value_name = "SPELLING",
        help_heading = "Cloud"
    )]
    rate_headers: Spelling,
    /// The client ID that is known.
    #[arg(long, default_value = CLIENT_ID, value_parser = NonEmptyStringValueParser::new(), help_heading = "Cloud")]
    client_id: String,
    /// The API key that belongs to it.
    #[arg(long, default_value = API_KEY, value_parser = NonEmptyStringValueParser::new(), help_heading = "Cloud")]
    api_key: String,
    /// That credential may only read.
    #[arg(long, help_heading = "Cloud")]
    read_only: bool,
    /// What befalls requests, in TOML or JSON: [[fault]] with `on`, `is`, perhaps `which` and parameters.
    #[arg(long, value_name = "FILE", help_heading = "Faults")]
    faults: Option<PathBuf>,
    /// One fault more, such as 'GET /v1/events#2=429 reset=40'. May be repeated; these come first.
    #[arg(long, value_name = "RULE", help_heading = "Faults")]
    fault: Vec<String>,
    /// Lists the kinds of faults, and ends.
    #[arg(long, help_heading = "Faults")]
    list_faults: bool,
}

/// How many there may be of anything: what a small machine still holds.
const MOST: u64 = 1_000_000;

fn sizes() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(0..=MOST)
}

fn per_minute(text: &str) -> Result<f64, String> {
    up_to(1_000_000.0, text)
}

fn percent(text: &str) -> Result<f64, String> {
    up_to(100.0, text)
}

fn up_to(most: f64, text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (0.0..=most).contains(number))
        .ok_or_else(|| format!("it takes a number from 0 to {most}"))
}

/// Serves until SIGINT or SIGTERM comes, then tells what was served.
pub(super) async fn run(
    arguments: SimulateArguments,
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    if arguments.list_faults {
        console.print(&match format {
            Format::Json => kinds_for_machines(),
            Format::Text => kinds(),
        })?;
        return Ok(SUCCESSFUL);
    }
    let mut plan = Plan::default();
    for rule in &arguments.fault {
        plan.add(rule)?;
    }
    if let Some(file) = &arguments.faults {
        plan.extend(Plan::read(file)?);
    }
    let listener = TcpListener::bind(("127.0.0.1", arguments.port))
        .await
        .map_err(|error| {
            CliError::Usage(format!(
                "port {} cannot be listened on: {error}; choose another, or 0 for any",
                arguments.port
            ))
        })?;
    let address = listener.local_addr().map_err(CliError::Output)?;
    let simulator = Arc::new(Simulator::new(world(arguments)).with_faults(plan));
    let end = told_to_end();
    console.print(&format!("listening on http://{address}\n"))?;
    tokio::select! {
        served = simulator::serve(Arc::clone(&simulator), listener) => served.map_err(CliError::Output)?,
        () = end => {}
    }
    let tally = simulator.counts();
    match format {
        Format::Json => console.print(&format!(
            "{}\n",
            serde_json::to_string_pretty(&tally).unwrap_or_default()
        ))?,
        Format::Text => console.print(&in_words(&tally))?,
    }
    Ok(SUCCESSFUL)
}

fn world(arguments: SimulateArguments) -> World {
    World {
        seed: arguments.seed,
        now: SystemTime::now(),
        computers: arguments.computers,
        events: arguments.events,
        events_over: arguments.events_over,
        events_per_minute: arguments.events_per_minute,
        late_percent: arguments.late_percent,
        late_by: arguments.late_by,
        event_ids: arguments.event_ids,
        bursts: arguments.burst,
        groups: arguments.groups,
        policies: arguments.policies,
        lists: arguments.lists,
        files: arguments.files,
        latency: arguments.latency,
        quota: arguments.quota,
        used: arguments.used,
        spelling: arguments.rate_headers,
        pending: arguments.pending,
        client_id: arguments.client_id,
        api_key: arguments.api_key,
        read_only: arguments.read_only,
        ..World::default()
    }
}

/// Waits for SIGINT (Ctrl-C) or SIGTERM. Those that come before it is awaited count too.
pub(super) fn told_to_end() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let terminated = {
        use tokio::signal::unix::{SignalKind, signal};
        // From here on, a signal no longer ends the process by itself.
        let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
        async move {
            match signals {
                [Ok(mut terminate), Ok(mut interrupt)] => {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                    }
                }
                _ => drop(tokio::signal::ctrl_c().await),
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = async { drop(tokio::signal::ctrl_c().await) };
    terminated
}

fn kinds() -> String {
    let rows = KINDS.iter().map(|kind| {
        vec![
            kind.name.to_owned(),
            kind.help.to_owned(),
            kind.parameters.join(", "),
        ]
    });
    aligned(
        &["Fault", "What happens", "Parameters"],
        &rows.collect::<Vec<_>>(),
    )
}

fn kinds_for_machines() -> String {
    let kinds: Vec<_> = KINDS
        .iter()
        .map(|kind| json!({"name": kind.name, "help": kind.help, "parameters": kind.parameters}))
        .collect();
    format!("{:#}\n", json!(kinds))
}

fn in_words(tally: &Tally) -> String {
    let requests = tally
        .requests
        .iter()
        .map(|(endpoint, count)| vec![count.to_string(), endpoint.clone()]);
    let faults = tally
        .faults
        .iter()
        .map(|(fault, count)| vec![count.to_string(), format!("fault: {fault}")]);
    let rows: Vec<Vec<String>> = requests.chain(faults).collect();
    format!(
        "\nserved {} requests over {} connections, at most {} at once; {} writes, of which {} changed something\n\n{}",
        tally.total,
        tally.connections,
        tally.most_in_flight,
        tally.writes_sent,
        tally.writes_applied,
        aligned(&["Served", "What"], &rows)
    )
}
