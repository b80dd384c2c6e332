//! Which connections are polled: as the config says, which is looked at again and again while the collector runs.
//!
//! A changed file is taken up when it has looked the same twice in a row, so that one which is being written is left alone until it is whole.
//! One that cannot be used is told of and changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::config::{Config, ConfigError, Connection, Source};
use super::form::{Form, FormError};
use super::lines::{Lines, LinesError};
use super::tally::Tally;
use super::{Parts, Shared, worker};

/// How often the config is looked at. A change takes two looks, so it is in force well within 10 seconds.
const LOOK: Duration = Duration::from_secs(2);
/// How long the config and the key files may take to be read until that is told.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long polls under way may take to finish when the collector is to end. They are dropped then, which loses nothing.
const GRACE: Duration = Duration::from_secs(5);

/// A collector, ready to run.
pub struct Collector {
    shared: Arc<Shared>,
    source: Arc<Source>,
    config: Config,
}

/// How a collector ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// Connections that failed, or had not caught up when they were to. Only where each was to catch up once.
    pub behind: Vec<String>,
    /// Why JSON lines are left that could not be written.
    pub lines: Option<LinesError>,
}

/// How long a collector polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until it is told to end; it follows the config meanwhile.
    ToldToEnd,
    /// Until each connection has caught up, or has failed.
    CaughtUp,
}

/// A worker that runs.
struct Running {
    orders: watch::Sender<Option<Arc<Connection>>>,
    task: JoinHandle<()>,
}

/// What becomes of a look at the config.
type Look = Result<Config, ConfigError>;

impl Collector {
    /// A collector of what `config` says, which was read from `source`.
    ///
    /// # Errors
    ///
    /// When its `format` cannot be made here.
    pub fn new(
        parts: Parts,
        source: Arc<Source>,
        config: Config,
        until: Until,
    ) -> Result<Self, FormError> {
        let outline = &config.outline;
        let lines = outline.output.as_ref().map(|_| Form::of(outline.format));
        let shared = Shared {
            plugin: parts.plugin,
            intake: parts.intake,
            network: parts.network,
            store: parts.store,
            wall_clock: parts.wall_clock,
            tally: Arc::new(Tally::default()),
            once: until == Until::CaughtUp,
            lines: lines.transpose()?.map(Arc::new),
            more_lines: Arc::new(Notify::new()),
        };
        Ok(Self {
            shared: Arc::new(shared),
            source,
            config,
        })
    }

    /// What it has done so far, while it runs.
    #[must_use]
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.shared.tally)
    }

    /// Polls until all is done or `end` comes.
    pub async fn run(self, end: impl Future<Output = ()>) -> Ended {
        let outline = &self.config.outline;
        tracing::info!(
            "cisco-amp: collecting from {} into {}",
            connections(&self.config),
            outline.database.display()
        );
        warn(&self.config);
        let lines = self.write_lines();
        let behind = if self.shared.once {
            self.catch_up(end).await
        } else {
            self.keep_polling(end).await;
            Vec::new()
        };
        Ended {
            behind,
            lines: finish(lines, Instant::now() + GRACE).await,
        }
    }

    /// Polls, and follows the config, until `end`. Polls under way are then given a few seconds.
    async fn keep_polling(self, end: impl Future<Output = ()>) {
        let mut workers = BTreeMap::new();
        let mut in_force = self.config;
        tokio::select! {
            () = end => {}
            () = follow(&self.shared, &self.source, &mut in_force, &mut workers) => {}
        }
        tracing::info!("cisco-amp: ending");
        let until = Instant::now() + GRACE;
        for running in workers.values() {
            running.orders.send_replace(None);
        }
        for mut running in workers.into_values() {
            if tokio::time::timeout_at(until, &mut running.task)
                .await
                .is_err()
            {
                running.task.abort();
                // What it was in the midst of is let go before the end.
                let _ = running.task.await;
            }
        }
    }

    /// Polls each connection until it has caught up, or until `end`. Gives those that have not.
    async fn catch_up(self, end: impl Future<Output = ()>) -> Vec<String> {
        let mut behind: Vec<String> = Vec::new();
        let mut polls = JoinSet::new();
        for connection in self.config.connections {
            behind.push(connection.name.clone());
            let shared = Arc::clone(&self.shared);
            polls.spawn(async move {
                let name = connection.name.clone();
                worker::catch_up(shared, Arc::new(connection))
                    .await
                    .then_some(name)
            });
        }
        let all = async {
            while let Some(done) = polls.join_next().await {
                if let Ok(Some(name)) = done {
                    behind.retain(|other| *other != name);
                }
            }
        };
        tokio::select! {
            () = end => {}
            () = all => {}
        }
        polls.shutdown().await;
        behind
    }

    /// Starts to write JSON lines, if they are wanted.
    fn write_lines(&self) -> Option<Writing> {
        let output = self.config.outline.output.clone()?;
        let (stop, stopped) = watch::channel(false);
        let store = self.shared.store.clone();
        let lines = Lines::new(output, store, Arc::clone(&self.shared.more_lines));
        let task = tokio::spawn(lines.write(stopped));
        Some((stop, task))
    }
}

/// The task that writes JSON lines, and how it is told to end.
type Writing = (watch::Sender<bool>, JoinHandle<Result<(), LinesError>>);

/// Has the lines that wait written. Gives why they are not, if they are not.
async fn finish(lines: Option<Writing>, until: Instant) -> Option<LinesError> {
    let (stop, task) = lines?;
    stop.send_replace(true);
    match tokio::time::timeout_at(until, task).await {
        Ok(Ok(written)) => written.err(),
        // Too slow, or gone: they wait in the database.
        _ => Some(LinesError::Late),
    }
}

/// Starts what the config says and follows it, for ever.
async fn follow(
    shared: &Arc<Shared>,
    source: &Arc<Source>,
    in_force: &mut Config,
    workers: &mut BTreeMap<String, Running>,
) {
    let mut last: Look = Ok(in_force.clone());
    let mut told: Option<ConfigError> = None;
    loop {
        align(shared, in_force, workers);
        tokio::time::sleep(LOOK).await;
        let reader = Arc::clone(source);
        let reading = tokio::task::spawn_blocking(move || reader.read());
        let mut reading = std::pin::pin!(patiently(reading));
        let found = loop {
            tokio::select! {
                found = &mut reading => break found,
                // What is in force is kept up meanwhile.
                () = tokio::time::sleep(LOOK) => align(shared, in_force, workers),
            }
        };
        let Ok(mut found) = found else {
            continue;
        };
        if let Ok(config) = &found
            && !config.says_the_same(in_force)
        {
            let known = &in_force.connections;
            let checked = config.check(&shared.plugin, &shared.intake, known).await;
            found = checked.and(found);
        }
        if found == last {
            match &found {
                Ok(config) => {
                    let was_refused = told.take().is_some();
                    if !config.says_the_same(in_force) {
                        take_up(config, in_force);
                    } else if was_refused {
                        tracing::info!(
                            "cisco-amp: the config can be used again, and says what is in force"
                        );
                    }
                }
                Err(error) if told.as_ref() != Some(error) => {
                    refuse(error);
                    told = Some(error.clone());
                }
                Err(_) => {}
            }
        }
        last = found;
    }
}

/// Waits for what is read, and tells once if that is slow. It is not tried beside that: what hangs would hang again.
async fn patiently<T>(reading: impl Future<Output = T>) -> T {
    let mut reading = std::pin::pin!(reading);
    if let Ok(read) = tokio::time::timeout(PATIENCE, &mut reading).await {
        return read;
    }
    tracing::error!(
        "cisco-amp: the config, or a key file, cannot be read to its end: its disk or server does not answer. What is in force stays so; a change is taken up when it answers, or with the next start"
    );
    let read = reading.await;
    tracing::info!("cisco-amp: the config and the key files are read again");
    read
}

/// Puts another config in force, as far as that goes without a new start.
fn take_up(config: &Config, in_force: &mut Config) {
    tracing::info!(
        "cisco-amp: the config has changed: collecting from {}",
        connections(config)
    );
    warn(config);
    let (old, new) = (&in_force.outline, &config.outline);
    for (name, changed) in [
        ("database", old.database != new.database),
        ("output", old.output != new.output),
        ("format", old.format != new.format),
        ("metrics", old.metrics != new.metrics),
        ("ca-file", old.ca_file != new.ca_file),
    ] {
        if changed {
            tracing::warn!(
                "cisco-amp: `{name}` has changed in the config; this takes effect with the next start"
            );
        }
    }
    *in_force = config.clone();
}

/// How many connections are polled, in words.
fn connections(config: &Config) -> String {
    match config.connections.len() {
        1 => "1 connection".to_owned(),
        count => format!("{count} connections"),
    }
}

fn warn(config: &Config) {
    for warning in &config.warnings {
        tracing::warn!("cisco-amp: {warning}");
    }
}

/// Tells what is wrong with a config that changes nothing.
fn refuse(error: &ConfigError) {
    for problem in &error.problems {
        tracing::error!("cisco-amp: {}: {problem}", error.file.display());
    }
    tracing::error!(
        "cisco-amp: the changed config cannot be used, so the one before it stays in force"
    );
}

/// Has exactly the connections of the config polled, each as it says now. Those that have not changed notice nothing.
fn align(shared: &Arc<Shared>, config: &Config, workers: &mut BTreeMap<String, Running>) {
    for connection in &config.connections {
        let running = workers.get(&connection.name);
        match running.filter(|running| !running.task.is_finished()) {
            Some(running) => {
                running.orders.send_if_modified(|order| {
                    let changed = order.as_deref() != Some(connection);
                    if changed {
                        *order = Some(Arc::new(connection.clone()));
                    }
                    changed
                });
            }
            None => {
                let (orders, received) = watch::channel(Some(Arc::new(connection.clone())));
                let task = tokio::spawn(worker::work(Arc::clone(shared), received));
                workers.insert(connection.name.clone(), Running { orders, task });
            }
        }
    }
    workers.retain(|name, running| {
        let wanted = config
            .connections
            .iter()
            .any(|connection| connection.name == *name);
        if !wanted {
            running
                .orders
                .send_if_modified(|order| order.take().is_some());
        }
        let gone = !wanted && running.task.is_finished();
        if gone {
            shared.tally.forget(name);
        }
        !gone
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::patiently;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is told while a config takes so long to be read.
    async fn told(takes: Duration) -> Vec<String> {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let _guard = tracing::subscriber::set_default(subscriber.finish());
        let read = patiently(async {
            tokio::time::sleep(takes).await;
            7
        });
        assert_eq!(read.await, 7);
        let told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        told.lines().map(str::to_owned).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_config_that_is_not_read_to_its_end_is_told_of_once_and_waited_for() {
        assert_eq!(told(Duration::from_secs(9)).await, [""; 0]);
        let told = told(Duration::from_secs(24 * 3600)).await;
        assert_eq!(told.len(), 2, "{told:?}");
        let said = ["cannot be read to its end", "are read again"];
        for (line, said) in told.iter().zip(said) {
            assert!(line.contains(said), "{told:?}");
        }
    }
}
