//! The collector: polls many connections, each in its own time, and stores what they give in one database.
//!
//! [`config`] says which connections there are, [`store`] keeps signals, cursors and states, [`schedule`] says when a connection is
//! polled next. A `worker` a connection polls it; the `supervisor` starts and ends workers as the config changes. `lines` writes JSON lines
//! beside the database. [`tally`] counts what was done, for whoever shows it.
//!
//! What holds, whatever happens: a batch and its cursor are stored in one transaction, so every event is stored exactly once; what one
//! connection does delays no other; and waits run on the monotonic clock, so a wall clock that jumps neither stops nor floods polling.

pub mod config;
mod failure;
pub mod form;
mod lines;
pub mod metrics;
mod poller;
pub mod schedule;
pub mod status;
pub mod store;
mod supervisor;
pub mod tally;
mod worker;

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::Notify;

pub use failure::STORAGE;
pub use lines::LinesError;
pub(crate) use poller::unix_seconds;
pub use supervisor::{Collector, Ended, Until};

use crate::catalog::Intake;
use crate::egress::Egress;
use crate::plugin::Plugin;
use form::Form;
use store::Store;
use tally::Tally;

/// What a collector works with.
pub struct Parts {
    /// The component.
    pub plugin: Arc<Plugin>,
    /// What its intake takes and gives.
    pub intake: Intake,
    /// The network, shared by all connections.
    pub network: Arc<dyn Egress>,
    /// The database.
    pub store: Store,
    /// The wall clock. It dates what is stored; no wait depends on it while the collector runs.
    pub wall_clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
}

/// What all workers share.
struct Shared {
    plugin: Arc<Plugin>,
    intake: Intake,
    network: Arc<dyn Egress>,
    store: Store,
    wall_clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
    tally: Arc<Tally>,
    /// Whether each connection is to catch up once, and no poll follows a failure.
    once: bool,
    /// What JSON lines look like, if any are written.
    lines: Option<Arc<Form>>,
    /// Says that there are more of them.
    more_lines: Arc<Notify>,
}

impl Shared {
    fn now(&self) -> SystemTime {
        (self.wall_clock)()
    }

    fn unix_seconds(&self) -> i64 {
        poller::unix_seconds(self.now())
    }
}
