//! Embeds the plugin in a program of one's own: typed calls, and a way out to one server.
//!
//! `cargo run -p host-test --example embed -- https://api.amp.cisco.com CLIENT_ID API_KEY`
#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "an example prints, and its types come from the contract"
)]

use std::sync::Arc;

use host_test::egress::{Gate, Live, Notes, Policy};
use wasmtime::component::{Component, Linker, ResourceTable, bindgen};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

bindgen!({ path: "../wit", world: "integration", exports: { default: async } });
use exports::conductor::secure_endpoint::types::CommandFailure;
use exports::conductor::secure_endpoint::{commands::GetComputersInput, connection::Settings};

/// What a store holds: nothing of this machine, and a gate to one server.
struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    gate: Gate,
}

#[rustfmt::skip]
impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

#[rustfmt::skip]
impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.gate, table: &mut self.table, ctx: &mut self.http }
    }
}

#[rustfmt::skip]
fn settings(server_url: String, client_id: String, api_key: String) -> Settings {
    Settings {
        server_url, client_id, api_key, api_version: None,
        connect_timeout_ms: None, first_byte_timeout_ms: None, call_timeout_ms: Some(30_000),
        max_attempts: None, max_in_flight: None, page_size: None, max_body_bytes: None,
    }
}

/// Why a command failed: a sentence for each item.
fn words(failed: &CommandFailure) -> String {
    let messages = failed
        .failures
        .iter()
        .map(|failure| failure.message.as_str());
    messages.collect::<Vec<_>>().join(" ")
}

#[tokio::main]
async fn main() -> wasmtime::Result<()> {
    let [_, server_url, client_id, api_key] = std::env::args()
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| wasmtime::format_err!("usage: embed SERVER_URL CLIENT_ID API_KEY"))?;
    let (policy, network) = (Policy::only(&server_url), Arc::new(Live::new(None)?));

    let engine = Engine::default();
    let component = Component::from_file(&engine, host_test::component::find(None)?)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    let state = State {
        table: ResourceTable::new(),
        wasi: WasiCtx::builder().build(),
        http: WasiHttpCtx::new(),
        gate: Gate::new(policy, network, Arc::new(Notes::default())),
    };
    let mut store = Store::new(&engine, state);
    let plugin = Integration::instantiate_async(&mut store, &component, &linker).await?;

    let settings = settings(server_url, client_id, api_key);
    let connection = plugin.conductor_secure_endpoint_connection();
    match connection
        .call_test_connection(&mut store, &settings)
        .await?
    {
        Ok(_) => println!("connected"),
        Err(failed) => wasmtime::bail!("{}", words(&failed)),
    }
    #[rustfmt::skip]
    let input = GetComputersInput { hostname: None, limit: Some(5), offset: None, all_pages: None };
    let commands = plugin.conductor_secure_endpoint_commands();
    match commands
        .call_get_computers(&mut store, &settings, &input)
        .await?
    {
        Ok(outcome) => println!("{}", outcome.context_data),
        Err(failed) => println!("{}", words(&failed)),
    }
    Ok(())
}
