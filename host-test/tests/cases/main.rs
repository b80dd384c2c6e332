//! Inputs that once failed, each a regression test on the built component or program: module `cNN` is case NN.
//!
//! A case stands for a class of fault. Its recordings are in the directory of its number and name; where a recording has requests
//! that a corrected client does not send, or lacks some, the copy here is changed and the recorded responses stay.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::use_debug,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod bad_items;
mod c01;
mod c03;
mod c04;
mod c05;
mod c06;
mod c07;
mod c08;
mod c09;
mod c10;
mod c11;
mod c12;
mod c13;
mod c16;
mod c17;
mod c18;
mod c19;
mod c21;
mod c50;
mod c51;
mod c53;
mod c54;
mod c56;
mod c57;
mod c59;
mod c61;
mod c69;
#[path = "../harness/mod.rs"]
mod harness;
#[path = "../collector/stage.rs"]
mod stage;

use std::path::Path;

use harness::program::{Run, run};

/// The path of a case's file, for an argument: `NN-name/file.har`.
fn case_file(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(name);
    assert!(file.is_file(), "{} is missing", file.display());
    file.display().to_string()
}

/// Polls with a case's recording in place of AMP, and with a cursor file.
fn replay_poll(recording: &str, cursor: &Path, more: &[&str]) -> Run {
    let file = case_file(recording);
    let cursor = cursor.to_str().unwrap();
    let poll = ["poll", "--replay", &file, "--cursor", cursor];
    run(&[&poll, more].concat())
}
