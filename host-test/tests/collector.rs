//! The collector: what it stores, when it polls, how it follows its config, and what the program says. In virtual time against
//! the simulated cloud in process, and as a program on loopback.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::use_debug,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "collector/config.rs"]
mod config;
#[path = "collector/database.rs"]
mod database;
#[path = "collector/formats.rs"]
mod formats;
mod harness;
#[path = "collector/loopback.rs"]
mod loopback;
#[path = "collector/metrics.rs"]
mod metrics;
#[path = "collector/page.rs"]
mod page;
#[path = "collector/program.rs"]
mod program;
#[cfg(unix)]
#[path = "collector/progress.rs"]
mod progress;
#[path = "collector/reload.rs"]
mod reload;
#[path = "collector/stage.rs"]
mod stage;
#[path = "collector/status.rs"]
mod status;
#[path = "collector/storing.rs"]
mod storing;
#[path = "collector/trouble.rs"]
mod trouble;
#[path = "collector/waiting.rs"]
mod waiting;
