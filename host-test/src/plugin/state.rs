//! What a store holds: an empty WASI context, the way out over HTTP, and what the host wrote down during the call.

use std::sync::Arc;

use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::Surroundings;
use super::clocks::{MonotonicClock, WallClock};
use crate::egress::{Gate, Notes};

/// As much of what a component writes as is kept; a panic message takes a few hundred bytes.
const KEPT_OUTPUT: usize = 64 * 1024;
/// What an element of a table takes, in bytes: a pointer.
const TABLE_ELEMENT: usize = 8;
/// Most instances of core modules. The plugin has about five: itself, the adapter and what ties them together.
const MOST_INSTANCES: usize = 32;
/// Most linear memories. The plugin has one.
const MOST_MEMORIES: usize = 8;
/// Most tables. The plugin has one or two for each module.
const MOST_TABLES: usize = 16;

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
                limit: memory,
                taken: 0,
                linear: 0,
                refused: false,
            },
        }
    }

    /// Why requests were refused or failed on the way.
    pub(super) fn notes(&self) -> Vec<String> {
        self.notes.take()
    }

    /// Whether a request that can change something was let through.
    pub(super) fn change_sent(&self) -> bool {
        self.notes.change_sent()
    }

    /// What its linear memories have grown to, in bytes. They never shrink, so it is also the most they ever had.
    pub(super) fn linear_memory(&self) -> usize {
        self.memory.linear
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

/// One limit for all that a component holds in linear memories and tables together, and whether it was ever refused more.
pub(super) struct MemoryLimit {
    limit: usize,
    taken: usize,
    /// The part of it in linear memories.
    linear: usize,
    pub(super) refused: bool,
}

impl MemoryLimit {
    /// Whether so many bytes more may be taken. What fails to grow afterwards stays counted: rare, and on the safe side.
    fn take(&mut self, bytes: usize) -> bool {
        let taken = self.taken.saturating_add(bytes);
        let allowed = taken <= self.limit;
        if allowed {
            self.taken = taken;
        }
        self.refused |= !allowed;
        allowed
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        // Beyond its own maximum nothing can grow, whatever this host allows.
        let allowed = maximum.is_none_or(|most| desired <= most) && self.take(more);
        if allowed {
            self.linear = self.linear.saturating_add(more);
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        Ok(maximum.is_none_or(|most| desired <= most)
            && self.take(more.saturating_mul(TABLE_ELEMENT)))
    }

    fn instances(&self) -> usize {
        MOST_INSTANCES
    }

    fn memories(&self) -> usize {
        MOST_MEMORIES
    }

    fn tables(&self) -> usize {
        MOST_TABLES
    }
}
