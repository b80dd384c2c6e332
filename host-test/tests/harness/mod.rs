//! What the tests share: the component, built once; recordings driven through it; the program run; servers on loopback.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "each test file uses a part of it, and a test fails by panicking"
)]

pub mod certificates;
pub mod identities;
pub mod program;
pub mod proxy;
pub mod recordings;
pub mod server;
pub mod simulate;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use host_test::catalog::{self, Command, Intake};
use host_test::plugin::Plugin;

/// The file of the component, built from the present sources.
pub fn component() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| host_test::component::find(None).unwrap_or_else(|error| panic!("{error}")))
}

/// The component, loaded.
pub fn plugin() -> &'static Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN.get_or_init(|| Plugin::load(component()).unwrap_or_else(|error| panic!("{error}")))
}

/// What it offers.
pub fn commands() -> &'static [Command] {
    static COMMANDS: OnceLock<Vec<Command>> = OnceLock::new();
    COMMANDS.get_or_init(|| {
        stopped_clock(catalog::read(plugin())).unwrap_or_else(|error| panic!("{error}"))
    })
}

/// What its intake takes and gives.
pub fn intake() -> &'static Intake {
    static INTAKE: OnceLock<Intake> = OnceLock::new();
    INTAKE.get_or_init(|| {
        stopped_clock(catalog::read_intake(plugin())).unwrap_or_else(|error| panic!("{error}"))
    })
}

/// Runs a future under a clock that stands still while anything happens and jumps when everything waits.
pub fn stopped_clock<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    runtime.expect("a runtime").block_on(future)
}
