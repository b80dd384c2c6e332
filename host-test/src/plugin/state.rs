//! What a store holds: an empty WASI context, the way out over HTTP, and what the host wrote down during the call.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::Surroundings;
use super::clocks::{MonotonicClock, WallClock};
use crate::egress::{Gate, Notes};

/// As much of what a component writes as is kept; a panic message takes a few hundred bytes.
const KEPT_OUTPUT: usize = 64 * 1024;

/// The data of one store, and so of one call.
pub struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    gate: Gate,
    notes: Arc<Notes>,
    output: MemoryOutputPipe,
    pub(super) memory: MemoryLimit,
}

impl State {
    pub(super) fn new(with: &Surroundings, memory: usize) -> Self {
        let output = MemoryOutputPipe::new(KEPT_OUTPUT);
        let mut wasi = WasiCtx::builder();
        wasi.stdout(output.clone())
            .stderr(output.clone())
            .monotonic_clock(MonotonicClock::new());
        if let Some(now) = with.now {
            wasi.wall_clock(WallClock::from(now));
        }
        let notes = Arc::new(Notes::default());
        Self {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            gate: Gate::new(
                with.policy.clone(),
                Arc::clone(&with.egress),
                Arc::clone(&notes),
            ),
            notes,
            output,
            memory: MemoryLimit {
                limits: StoreLimitsBuilder::new().memory_size(memory).build(),
                refused: false,
            },
        }
    }

    /// Why requests were refused or failed on the way.
    pub(super) fn notes(&self) -> Vec<String> {
        self.notes.take()
    }

    /// What the component wrote on its standard output and error.
    pub(super) fn said(&self) -> String {
        String::from_utf8_lossy(&self.output.contents()).into_owned()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.gate,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// Wasmtime's own limits, and whether they ever refused memory.
pub(super) struct MemoryLimit {
    limits: StoreLimits,
    pub(super) refused: bool,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = self.limits.memory_growing(current, desired, maximum)?;
        self.refused |= !allowed;
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.limits.table_growing(current, desired, maximum)
    }
}
