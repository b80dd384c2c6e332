//! `collect`: polls many connections into one database, until it is told to end or has caught up.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use clap::Args;
use tokio::task::JoinSet;

use super::console::{Console, plain};
use super::error::CliError;
use super::progress::Display;
use super::status::date;
use super::{FAILED, SUCCESSFUL, log};
use crate::catalog;
use crate::collector::config::{Fields, Outline, Output, Source};
use crate::collector::metrics::{self, Metrics};
use crate::collector::store::Store;
use crate::collector::{Collector, Parts, Until};
use crate::egress::{Egress, Live};
use crate::plugin::Plugin;

/// What a config may hold.
const CONFIG: &str = r#"The config, in TOML; relative paths begin in its folder:

  database = "amp.db"             # SQLite: signals, cursors, states
  output = "amp.jsonl"            # JSON lines besides; "-" is standard output
  format = "conductor"            # records of "conductor" or "d3"; without it, signals
  metrics = "127.0.0.1:9464"      # Prometheus metrics, on a loopback address
  ca-file = "authority.pem"       # certificate authorities to trust besides

  [[connection]]
  name = "north-america"          # its events are stored by this name
  server-url = "https://api.amp.cisco.com"
  client-id = "0123456789abcdef0123"
  api-key-file = "north-america.key"  # or api-key-env = "VARIABLE"
  interval = "5m"                 # the default; 1s to 1day
  enabled = true                  # the default
  min-severity = "medium"         # any input of `poll`, but no cursor

  [[connection]]
  name = "europe"
  server-url = "https://api.eu.amp.cisco.com"
  client-id = "fedcba98765432100123"
  api-key-env = "AMP_EUROPE_KEY"
  call-timeout-ms = 60000         # any setting of a connection
  allow = ["proxy.example.com"]   # as --allow

A changed config, or key file, is taken up within 10 seconds. SIGTERM and SIGINT end it with exit code 0; a kill loses and doubles nothing."#;

/// What to collect.
#[derive(Debug, Args)]
#[command(after_long_help = CONFIG)]
pub(super) struct CollectArguments {
    /// The config: the database, and the connections.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// Polls each connection until it has caught up, then ends: with 0, or with 1 if one has not.
    #[arg(long)]
    once: bool,
    /// Forgets the cursor of a connection, and ends: for one that is damaged. The next poll begins with the first window; what is stored stays.
    #[arg(long, value_name = "NAME", conflicts_with = "once")]
    reset: Option<String>,
}

impl CollectArguments {
    /// Looks whether there is a config at all, before the component is looked for or built.
    pub(super) fn check(&self) -> Result<(), CliError> {
        if !self.config.exists() {
            Outline::read(&self.config)?;
        }
        Ok(())
    }
}

/// Forgets the cursor of a connection, if that was asked for. None if it was not.
pub(super) async fn reset(
    arguments: &CollectArguments,
    console: &mut Console,
) -> Result<Option<u8>, CliError> {
    let Some(name) = &arguments.reset else {
        return Ok(None);
    };
    let database = Outline::read(&arguments.config)?.database;
    if !database.exists() {
        return Err(usage(format!(
            "there is no database {} yet, so there is no cursor to forget",
            database.display()
        )));
    }
    let store = Store::open(&database)?;
    if !store.forget_cursor(name).await? {
        return Err(usage(format!(
            "the database {} has no cursor of a connection `{}`",
            database.display(),
            plain(name)
        )));
    }
    let state = store.state(name).await?;
    let mut told = format!(
        "The cursor of `{}` is forgotten; what is stored stays. Its next poll begins with its first window.\n",
        plain(name)
    );
    if let Some(at) = state.and_then(|state| state.succeeded_at) {
        told.push_str(&format!(
            "A poll was last stored at {}: let `first-window-hours` reach back to that, or what came since is passed over.\n",
            date(at)
        ));
    }
    console.print(&told)?;
    Ok(Some(SUCCESSFUL))
}

/// What the config asks for and cannot be had here.
fn usage(error: impl std::fmt::Display) -> CliError {
    CliError::Usage(error.to_string())
}

/// Collects until `end`.
pub(super) async fn run(
    plugin: Plugin,
    arguments: CollectArguments,
    end: impl Future<Output = ()>,
) -> Result<u8, CliError> {
    let mut end = std::pin::pin!(end);
    let plugin = Arc::new(plugin);
    let intake = catalog::read_intake(&plugin).await?;
    let fields = Fields::read(&plugin, &intake).await?;
    let source = Source::new(&arguments.config, fields, |name| std::env::var(name).ok());
    let source = Arc::new(source);
    let reader = Arc::clone(&source);
    // A disk or server of files that does not answer is no reason not to end.
    let reading = tokio::task::spawn_blocking(move || {
        let config = reader.read()?;
        let network = Live::new(config.outline.ca_file.as_deref())?;
        Ok::<_, CliError>((config, network))
    });
    let (config, network) = tokio::select! {
        read = reading => read.map_err(usage)??,
        () = &mut end => return Ok(if arguments.once { FAILED } else { SUCCESSFUL }),
    };
    config.check(&plugin, &intake, &[]).await?;
    let metrics = match config.outline.metrics {
        Some(address) => Some(Metrics::bind(address).await.map_err(usage)?),
        None => None,
    };
    let network: Arc<dyn Egress> = Arc::new(network);
    let parts = Parts {
        plugin,
        intake,
        network,
        store: Store::open(&config.outline.database)?,
        wall_clock: Box::new(SystemTime::now),
    };
    // Lines of the output on the same terminal would tear it.
    let writes_to_terminal =
        config.outline.output == Some(Output::Standard) && io::stdout().is_terminal();
    let display = Display::new().filter(|_| !writes_to_terminal);
    let log = match &display {
        Some(display) => log::start(display.above()),
        None => log::start(io::stderr()),
    };
    let _log = log.map_err(usage)?;
    let until = match arguments.once {
        true => Until::CaughtUp,
        false => Until::ToldToEnd,
    };
    let collector = Collector::new(parts, source, config, until).map_err(usage)?;
    let mut beside = JoinSet::new();
    if let Some(metrics) = metrics {
        let (address, path) = (metrics.address(), metrics::PATH);
        tracing::info!("cisco-amp: metrics at http://{address}{path}");
        beside.spawn(metrics.serve(collector.tally()));
    }
    let following = display.map(|display| display.follow(collector.tally()));
    let following = following.transpose().map_err(usage)?;
    let ended = collector.run(end).await;
    beside.shutdown().await;
    if let Some(following) = following {
        following.end();
    }
    if let Some(error) = &ended.lines {
        tracing::error!("cisco-amp: {error}");
    }
    if !ended.behind.is_empty() {
        tracing::error!("cisco-amp: not caught up: {}", ended.behind.join(", "));
    }
    // What is left of the lines is written by the next run; only one that was to do everything has failed then.
    let failed = arguments.once && (ended.lines.is_some() || !ended.behind.is_empty());
    Ok(if failed { FAILED } else { SUCCESSFUL })
}
