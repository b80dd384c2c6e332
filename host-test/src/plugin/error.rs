//! Why the component could not be loaded or called. One sentence each, with what to do.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wasmtime::Trap;

use super::Limits;
use super::state::State;

/// Why the component could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("the component {} cannot be read: {error}; name another file with --component", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The bytes are no WebAssembly component.
    #[error(
        "{name} is no WebAssembly component that this host can compile: {why}; build it for wasm32-wasip2"
    )]
    NotAComponent {
        /// The file, or "this".
        name: String,
        /// What the compiler says.
        why: String,
    },
    /// The component asks for something that this host does not give.
    #[error(
        "the component asks for what this host does not give: {0}; it may use wasi:http, wasi:io, wasi:clocks, wasi:random and wasi:cli"
    )]
    Imports(String),
    /// The WebAssembly engine does not start here.
    #[error("the WebAssembly engine does not start here: {0}")]
    Engine(String),
}

impl LoadError {
    pub(super) fn engine(error: wasmtime::Error) -> Self {
        Self::Engine(format!("{error:#}"))
    }

    pub(super) fn not_a_component(error: wasmtime::Error) -> Self {
        Self::NotAComponent {
            name: "this".to_owned(),
            why: format!("{error:#}"),
        }
    }

    pub(super) fn imports(error: wasmtime::Error) -> Self {
        Self::Imports(format!("{error:#}"))
    }

    pub(super) fn in_file(self, file: &Path) -> Self {
        match self {
            Self::NotAComponent { why, .. } => Self::NotAComponent {
                name: file.display().to_string(),
                why,
            },
            other => other,
        }
    }
}

/// Why a call gave no answer. Failures that the component itself reports are answers.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The component broke down.
    #[error("the component broke down ({what}); this is a fault in it: please report it{}", said_in_words(.said))]
    Trapped {
        /// What the engine says, without the trace.
        what: String,
        /// What the component wrote on its standard output and error before.
        said: String,
    },
    /// The whole-call limit of the host passed.
    #[error("the call was ended after {} seconds; ask for less, or set a shorter `call-timeout-ms` to learn what takes so long", .limit.as_secs_f64())]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The component wanted more memory than the host allows.
    #[error("the component needed more than {} MiB of memory and was ended; ask for less at once, or set a smaller `max-body-bytes`", .limit / (1024 * 1024))]
    OutOfMemory {
        /// The limit in bytes.
        limit: usize,
    },
    /// The component has no such export, or one of another shape.
    #[error(
        "the component has no export `{what}` as this host knows it; it was built for another version of the contract"
    )]
    NotThisContract {
        /// The export, and what is wrong with it.
        what: String,
    },
    /// Any of these, after requests that there is something to say about.
    #[error("{cause}")]
    AfterRequests {
        /// What ended the call.
        cause: Box<CallError>,
        /// Why the host refused requests, or why they failed on the way: a sentence each.
        notes: Vec<String>,
        /// Whether a request that can change something was let through.
        change_sent: bool,
    },
}

impl CallError {
    /// The same, with what was noted about the requests before.
    pub(super) fn after(self, notes: Vec<String>, change_sent: bool) -> Self {
        if notes.is_empty() && !change_sent {
            return self;
        }
        Self::AfterRequests {
            cause: Box::new(self),
            notes,
            change_sent,
        }
    }

    /// Whether a request that can change something was let through before, so that the change may have happened.
    #[must_use]
    pub fn change_sent(&self) -> bool {
        matches!(
            self,
            Self::AfterRequests {
                change_sent: true,
                ..
            }
        )
    }

    /// What the host noted about the requests before.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        match self {
            Self::AfterRequests { notes, .. } => notes,
            _ => &[],
        }
    }

    pub(super) fn from_wasmtime(error: &wasmtime::Error, state: &State, limits: Limits) -> Self {
        let trap = error.downcast_ref::<Trap>();
        if trap == Some(&Trap::Interrupt) {
            return Self::TimedOut { limit: limits.time };
        }
        // An allocation that is refused ends in the same trap as any other panic, so the limiter is asked.
        if state.memory.refused {
            return Self::OutOfMemory {
                limit: limits.memory,
            };
        }
        let what = trap.map_or_else(
            || format!("{:#}", error.root_cause()),
            |trap| format!("{trap}"),
        );
        Self::Trapped {
            what,
            said: state.said(),
        }
    }
}

/// What the component said, as the end of a message.
fn said_in_words(said: &str) -> String {
    let said = said.trim();
    if said.is_empty() {
        String::new()
    } else {
        format!("; its last words: {said}")
    }
}
