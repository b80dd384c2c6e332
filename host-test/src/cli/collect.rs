//! `collect`: polls many connections into one database, until it is told to end or has caught up.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use clap::Args;

use super::error::CliError;
use super::simulate::told_to_end;
use super::{FAILED, SUCCESSFUL, log};
use crate::catalog;
use crate::collector::config::{Fields, Outline, Source};
use crate::collector::store::Store;
use crate::collector::{Collector, Parts, Until};
use crate::egress::{Egress, Live};
use crate::plugin::Plugin;

/// What a config may hold.
const CONFIG: &str = r#"The config, in TOML; relative paths begin in its folder:

  database = "amp.db"             # SQLite: signals, cursors, states
  output = "amp.jsonl"            # JSON lines besides; "-" is standard output
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
    /// Polls each connection until it has caught up, then ends: with 0, or with 1 if one failed.
    #[arg(long)]
    once: bool,
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

/// Collects.
pub(super) async fn run(plugin: Plugin, arguments: CollectArguments) -> Result<u8, CliError> {
    let end = told_to_end();
    let plugin = Arc::new(plugin);
    let intake = catalog::read_intake(&plugin).await?;
    let fields = Fields::read(&plugin, &intake).await?;
    let source = Source::new(&arguments.config, fields, |name| std::env::var(name).ok());
    let config = source.read()?;
    let network: Arc<dyn Egress> = Arc::new(Live::new(config.outline.ca_file.as_deref())?);
    let parts = Parts {
        plugin,
        intake,
        network,
        store: Store::open(&config.outline.database)?,
        wall_clock: Box::new(SystemTime::now),
    };
    log::start();
    let until = match arguments.once {
        true => Until::CaughtUp,
        false => Until::ToldToEnd,
    };
    let collector = Collector::new(parts, Arc::new(source), config, until);
    let ended = collector.run(end).await;
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
