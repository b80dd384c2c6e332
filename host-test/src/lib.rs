//! The test host of the Cisco Secure Endpoint plugin.
//!
//! It loads the component the way a security platform would, gives it a network or a recording to talk to, and calls its
//! commands by the component's own types: a new command needs no line of this crate.
//!
//! [`component`] finds or builds the file, [`plugin`] loads and calls it, [`catalog`] is what it offers, [`settings`] the
//! connection, [`values`] turns JSON into its values and back, [`invocation`] makes one call, [`outcome`] is what came of
//! it, [`intake`] makes one poll and has its signals, [`collector`] polls many connections into a database, [`egress`] answers
//! requests (from the network, from a [`har`] recording, or from the [`simulator`], which stands in for the cloud),
//! [`recording`] drives a whole recording, [`manifest`] holds platforms' manifests
//! and maps signals to their records, [`lenient_json`] reads JSON that strict parsers reject, and [`cli`] is the command line.

pub mod catalog;
pub mod cli;
pub mod collector;
pub mod component;
pub mod egress;
mod file_lock;
pub mod har;
pub mod intake;
pub mod invocation;
mod json_strings;
mod json_text;
mod key_source;
pub mod lenient_json;
pub mod manifest;
pub mod outcome;
pub mod plugin;
pub mod recording;
mod regular_file;
pub mod settings;
pub mod simulator;
pub mod values;
mod whole_file;
