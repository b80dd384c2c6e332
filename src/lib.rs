//! Cisco Secure Endpoint as one WebAssembly component: the exports of `wit/`, and the rooms behind them.
//!
//! Data flows one way: from the door here to a command ([`commands`]), which asks AMP ([`amp`]) over HTTP ([`http`]), and back as an
//! outcome ([`outcome`]). [`intake`] turns events into signals. [`connection`] checks the settings, [`catalog`] says what there is. Only [`http::wasi`] touches WASI, so
//! all the rest builds and is tested natively.

pub mod amp;
pub mod base64;
pub mod bound;
pub mod catalog;
pub mod commands;
pub mod concurrency;
pub mod connection;
pub mod contract;
pub mod crc32;
pub mod distinct;
pub mod forms;
pub mod http;
pub mod intake;
pub mod invisible;
pub mod outcome;
pub mod quoting;

#[cfg(target_arch = "wasm32")]
mod exports;
