//! `cargo fuzz run answers fuzz/corpus/answers fuzz/seeds` (make the first folder before): every command against whatever a cloud could answer.

#![no_main]

#[path = "../harness.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|script: &[u8]| harness::any_command_on_any_answers(script));
