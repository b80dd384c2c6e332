//! Takes from the WIT files what a built component does not carry, its comments: so the contract is their one source.
//!
//! Writes `catalog_words.rs` (every command and its words) and `settings.schema.json` (the form of a connection).

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
    write("catalog_words.rs", &words::generate(&contract)?)?;
    write("settings.schema.json", &schema::generate(&contract)?)
}

fn write(name: &str, text: &str) -> Result<(), String> {
    let folder = env::var("OUT_DIR").map_err(|_| "cargo gave no OUT_DIR")?;
    fs::write(Path::new(&folder).join(name), text)
        .map_err(|error| format!("cannot write {name}: {error}"))
}
