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
    if let Err(message) = write_all() {
        println!("cargo::error={message}");
    }
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
