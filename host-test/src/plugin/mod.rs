//! The component, loaded: its functions by the component's own types, and calls under limits, each in a store of its own.
//!
//! Knows wasmtime and WASI, and that interfaces belong to `conductor:secure-endpoint`; no command by name.

mod clocks;
mod error;
mod exports;
mod state;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wasmtime::component::{Component, InstancePre, Linker, Val};
use wasmtime::{Cache, Config, Engine, Store, UpdateDeadline};

pub use error::{CallError, LoadError};
pub use exports::Function;
use state::State;

use crate::egress::{Egress, Policy};

/// How often a loop in the component is looked at: a fraction of what a person notices as delay.
const TICK: Duration = Duration::from_millis(50);

/// The limits of each call.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most memory that the component may use, in bytes.
    pub memory: usize,
    /// Longest time that a whole call may take.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Room for the largest answers that the default settings allow (64 MiB), as text, read, and written again.
            memory: 512 * 1024 * 1024,
            // The longest `call-timeout-ms` that the settings allow is 600,000; the rest is grace, so that the
            // component can say itself what took so long.
            time: Duration::from_secs(630),
        }
    }
}

/// What a call may reach: the network, and the time.
#[derive(Clone)]
pub struct Surroundings {
    /// Who answers its requests.
    pub egress: Arc<dyn Egress>,
    /// Which requests it may make.
    pub policy: Policy,
    /// A wall clock that begins at this time; none is the present time.
    pub now: Option<SystemTime>,
}

impl Surroundings {
    /// No network, and the present time: enough to ask the component what it offers.
    #[must_use]
    pub fn none() -> Self {
        Self {
            egress: Arc::new(crate::egress::Nowhere),
            policy: Policy::nothing(),
            now: None,
        }
    }
}

/// What came of a call.
#[derive(Debug)]
pub struct Answer {
    /// What the function returned.
    pub value: Val,
    /// Why the host refused requests, or why they failed on the way: a sentence each.
    pub notes: Vec<String>,
    /// What the component wrote on its standard output and error.
    pub said: String,
    /// The most linear memory that the component had, in bytes.
    pub memory: usize,
}

/// The component, compiled and linked, ready for calls.
pub struct Plugin {
    engine: Engine,
    component: Component,
    instance: InstancePre<State>,
    functions: Vec<Function>,
    limits: Limits,
}

impl Plugin {
    /// Loads the component from a file. Compiled code is kept in wasmtime's cache in the user's cache folder, if there is one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no component, or asks for what this host does not give.
    pub fn load(file: &Path) -> Result<Self, LoadError> {
        let bytes = std::fs::read(file).map_err(|error| LoadError::Unreadable {
            file: file.to_owned(),
            error,
        })?;
        Self::from_bytes(&bytes).map_err(|error| error.in_file(file))
    }

    /// Loads the component from its bytes.
    ///
    /// # Errors
    ///
    /// As for [`Plugin::load`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        let mut config = Config::new();
        config.epoch_interruption(true);
        // Without a folder for it (no home, read-only) everything works, only slower.
        config.cache(Cache::from_file(None).ok());
        let engine = Engine::new(&config).map_err(LoadError::engine)?;
        let component =
            Component::from_binary(&engine, bytes).map_err(LoadError::not_a_component)?;

        let mut linker = Linker::new(&engine);
        // Rust's standard library imports `wasi:cli`, so the whole set is linked; the context behind it is empty.
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(LoadError::engine)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)
            .map_err(LoadError::engine)?;
        let instance = linker
            .instantiate_pre(&component)
            .map_err(LoadError::imports)?;
        let functions = exports::functions(&engine, &component);
        tick(&engine)?;
        Ok(Self {
            engine,
            component,
            instance,
            functions,
            limits: Limits::default(),
        })
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Every function that the component exports in an interface of the contract.
    #[must_use]
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The function `name` of `interface`, whatever the version of the contract.
    ///
    /// # Errors
    ///
    /// When the component has none.
    pub fn function(&self, interface: &str, name: &str) -> Result<&Function, CallError> {
        let found = self
            .functions
            .iter()
            .find(|function| function.interface == interface && function.name == name);
        found.ok_or_else(|| CallError::NotThisContract {
            what: format!("{interface}.{name}"),
        })
    }

    /// Names of everything that the component imports.
    #[must_use]
    pub fn imports(&self) -> Vec<String> {
        self.component
            .component_type()
            .imports(&self.engine)
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    /// Calls a function in a fresh instance, which is gone afterwards with all that it knew.
    ///
    /// # Errors
    ///
    /// When the component traps, takes too long or too much memory, or is called with arguments that do not fit.
    pub async fn call(
        &self,
        function: &Function,
        arguments: &[Val],
        with: &Surroundings,
    ) -> Result<Answer, CallError> {
        let mut store = Store::new(&self.engine, State::new(with, self.limits.memory));
        store.limiter(|state| &mut state.memory);
        // Values that cross the border are bounded by the same figure as the memory they come from.
        store.set_hostcall_fuel(self.limits.memory);
        let began = std::time::Instant::now();
        let longest = self.limits.time;
        store.set_epoch_deadline(1);
        // A loop hands the thread back at every tick, so that the time limit below can strike. Real time is looked at
        // too: under a clock that stands still while somebody computes, the limit below never would.
        store.epoch_deadline_callback(move |_| {
            Ok(if began.elapsed() > longest {
                UpdateDeadline::Interrupt
            } else {
                UpdateDeadline::Yield(1)
            })
        });

        let mut results = vec![Val::Bool(false); usize::from(function.result.is_some())];
        let run = async {
            let instance = self.instance.instantiate_async(&mut store).await?;
            let export = instance.get_func(&mut store, function.index);
            let export =
                export.ok_or_else(|| wasmtime::format_err!("the export is no function"))?;
            export.call_async(&mut store, arguments, &mut results).await
        };
        let outcome = tokio::time::timeout(longest, run).await;
        let state = store.data();
        let error = match outcome {
            Ok(Ok(())) => match results.pop() {
                Some(value) => {
                    return Ok(Answer {
                        value,
                        notes: state.notes(),
                        said: state.said(),
                        memory: state.linear_memory(),
                    });
                }
                None => CallError::NotThisContract {
                    what: function.to_string(),
                },
            },
            Err(_) => CallError::TimedOut { limit: longest },
            Ok(Err(error)) => CallError::from_wasmtime(&error, state, self.limits),
        };
        Err(error.after(state.notes(), state.change_sent()))
    }
}

/// Moves the engine's epoch on, from a thread that ends with the engine.
fn tick(engine: &Engine) -> Result<(), LoadError> {
    let engine = engine.weak();
    let thread = std::thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        });
    thread
        .map(|_| ())
        .map_err(|error| LoadError::engine(error.into()))
}
