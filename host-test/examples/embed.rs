//! Embeds the plugin in a program of one's own: a typed call, and a way out to one server.
//!
//! Run it with `cargo run -p host-test --example embed` and AMP_SERVER_URL, AMP_CLIENT_ID and AMP_API_KEY set.
#![allow(missing_docs, clippy::print_stdout, reason = "an example")]

use std::sync::Arc;

use host_test::egress::{Gate, Live, Notes, Policy};
use wasmtime::component::{Component, Linker, ResourceTable, bindgen};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

bindgen!({ path: "../wit", world: "integration", exports: { default: async } });
use exports::conductor::secure_endpoint::{commands::GetComputersInput, connection::Settings};

/// What a store holds: nothing of this machine, and a gate to one server.
struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    gate: Gate,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let (ctx, table) = (&mut self.wasi, &mut self.table);
        WasiCtxView { ctx, table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let (ctx, table, hooks) = (&mut self.http, &mut self.table, &mut self.gate);
        WasiHttpCtxView { ctx, table, hooks }
    }
}

#[tokio::main]
async fn main() -> wasmtime::Result<()> {
    // Once in the life of the host: the compiled component, what it may import, the pooled client.
    let engine = Engine::default();
    let component = Component::from_file(&engine, host_test::component::find(None)?)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    let network = Arc::new(Live::new(None)?);

    // For each call: the settings, a fresh store, a fresh instance.
    let variable =
        |name| std::env::var(name).map_err(|_| wasmtime::format_err!("{name} is not set"));
    #[rustfmt::skip]
    let settings = Settings {
        server_url: variable("AMP_SERVER_URL")?, client_id: variable("AMP_CLIENT_ID")?, api_key: variable("AMP_API_KEY")?,
        api_version: None, connect_timeout_ms: None, first_byte_timeout_ms: None, call_timeout_ms: Some(30_000),
        max_attempts: None, max_in_flight: None, page_size: None, max_body_bytes: None,
    };
    let policy = Policy::only(&settings.server_url);
    let state = State {
        table: ResourceTable::new(),
        wasi: WasiCtx::builder().build(),
        http: WasiHttpCtx::new(),
        gate: Gate::new(policy, network, Arc::new(Notes::default())),
    };
    let mut store = Store::new(&engine, state);
    let plugin = Integration::instantiate_async(&mut store, &component, &linker).await?;
    let commands = plugin.conductor_secure_endpoint_commands();
    #[rustfmt::skip]
    let input = GetComputersInput { hostname: Some("FIN".into()), limit: Some(5), offset: None, all_pages: None };
    let answer = commands.call_get_computers(&mut store, &settings, &input);
    match answer.await? {
        Ok(outcome) => println!("{}", outcome.context_data),
        Err(failed) => (failed.failures.iter()).for_each(|failure| println!("{}", failure.message)),
    }
    Ok(())
}
