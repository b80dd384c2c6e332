//! The contract's types and exports in Rust, generated from `wit/`. Nothing is written by hand here.

#![allow(
    missing_docs,
    reason = "generated; the contract's comments are in wit/"
)]
#![allow(clippy::all, clippy::use_debug, reason = "generated")]

wit_bindgen::generate!({
    path: "wit",
    world: "integration",
    pub_export_macro: true,
    generate_all,
});
