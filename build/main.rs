//! Takes from the WIT files what a built component does not carry, its comments: so the contract is their one source.
//!
//! Writes `commands.rs` (an enum of every command) and `words.json.deflate` (what hosts are told in words: the catalogue, the fields of a
//! signal, the form of a connection). The words are packed because they would be a tenth of the component.

#![allow(
    clippy::print_stdout,
    reason = "cargo reads what a build script prints"
)]

use std::env;
use std::fs;
use std::path::Path;

mod contract;
#[path = "../src/connection/limits.rs"]
mod limits;
#[path = "../src/connection/regions.rs"]
mod regions;
mod schema;
mod words;

/// The level of compression that takes longest and packs best.
const BEST: u8 = 10;

fn main() {
    for input in [
        "wit",
        "build",
        "src/connection/limits.rs",
        "src/connection/regions.rs",
    ] {
        println!("cargo::rerun-if-changed={input}");
    }
    if is_shipped() {
        // Wasm's linker leaves five bytes for every address that it fills in; this takes back what is not needed, a twelfth of the component.
        println!("cargo::rustc-link-arg-cdylib=--compress-relocations");
        // It cannot at the same time keep up the places that debug information names.
        println!("cargo::rustc-link-arg-cdylib=--strip-debug");
    }
    if let Err(message) = write_all() {
        println!("cargo::error={message}");
    }
}

/// Whether this builds the component for use: for wasm, optimised and without debug information.
fn is_shipped() -> bool {
    let is = |name, value: &str| env::var(name).is_ok_and(|found| found == value);
    is("CARGO_CFG_TARGET_ARCH", "wasm32") && is("PROFILE", "release") && is("DEBUG", "false")
}

fn write_all() -> Result<(), String> {
    let contract = contract::Contract::read(Path::new("wit"))?;
    let words = words::words(&contract, &schema::generate(&contract)?)?;
    let packed = miniz_oxide::deflate::compress_to_vec(words.as_bytes(), BEST);
    write("words.json.deflate", &packed)?;
    write("commands.rs", words::commands(&contract)?.as_bytes())
}

fn write(name: &str, content: &[u8]) -> Result<(), String> {
    let folder = env::var("OUT_DIR").map_err(|_| "cargo gave no OUT_DIR")?;
    fs::write(Path::new(&folder).join(name), content)
        .map_err(|error| format!("cannot write {name}: {error}"))
}
