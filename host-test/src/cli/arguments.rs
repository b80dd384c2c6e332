//! The part of the command line that does not depend on the component.

use std::ffi::OsString;
use std::path::PathBuf;

use super::collect::CollectArguments;
use super::simulate::SimulateArguments;
use super::status::StatusArguments;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::egress::AllowedHost;

/// Cisco Secure Endpoint for any security platform: the test host of the plugin.
///
/// Without a command: the tour on recordings (`demo`), which needs no account and no network.
#[derive(Debug, Parser)]
#[command(name = "host-test", version, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    /// The component to load, instead of the one beside this program or the one built from its workspace.
    ///
    /// The environment variable SECURE_ENDPOINT_COMPONENT does the same.
    #[arg(long, value_name = "FILE", global = true, help_heading = "Host")]
    pub(super) component: Option<PathBuf>,
    /// How to print: for people, or as one JSON value for machines.
    #[arg(long, value_enum, default_value_t = Format::Text, global = true, help_heading = "Host")]
    pub(super) format: Format,
    /// What to do.
    #[command(subcommand)]
    pub(super) action: Option<Action>,
}

const EXIT_CODES: &str =
    "Exit codes: 0 successful, 1 failed, 2 wrong usage, 3 partially successful.";

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For machines: one JSON value on standard output, all else on standard error.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// The whole tour on recordings: no account, no network.
    Demo,
    /// Lists the commands that the component offers.
    Commands,
    /// Says all there is to know about a command, or about every one.
    Describe {
        /// Name of the command.
        command: Option<String>,
    },
    /// Runs a command: `run COMMAND --help` shows its inputs.
    #[command(disable_help_flag = true)]
    Run {
        /// The command and its inputs, which the component itself knows.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "COMMAND"
        )]
        rest: Vec<OsString>,
    },
    /// Fetches the next batch of events as JSON lines: `poll --help` shows its inputs.
    #[command(disable_help_flag = true)]
    Poll {
        /// Inputs, which the component itself knows.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "INPUTS"
        )]
        rest: Vec<OsString>,
    },
    /// Polls many connections and stores their events in a database, until it is told to end: `collect --help` shows a config.
    Collect(CollectArguments),
    /// Tells what each connection of a collector is doing, and what to do about trouble.
    Status(StatusArguments),
    /// Prints all that the component says about itself, as JSON: settings, commands, intake.
    Manifest,
    /// Holds a platform's manifest against its JSON Schema and the component, and says what to mend, by line.
    CheckManifest {
        /// The manifest: `manifests/d3.json`, for example.
        file: PathBuf,
    },
    /// Makes a platform's records of signals: one JSON object a line, from one JSON object a line, as `poll` prints them.
    Map {
        /// The platform's manifest, which has the field mapping.
        #[arg(long, value_name = "FILE")]
        manifest: PathBuf,
        /// The signals; `-` is standard input.
        #[arg(long, value_name = "FILE", default_value = "-")]
        signals: PathBuf,
    },
    /// Stands in for the AMP cloud on loopback HTTP, good-natured or not, until it is told to end.
    ///
    /// Its first line, `listening on http://...`, is printed at once and in either format; what it served when it ends.
    Simulate(Box<SimulateArguments>),
    /// Checks the connection: is the server reached, does it know the credential, what is left of the request budget?
    TestConnection {
        #[command(flatten)]
        connection: ConnectionArguments,
    },
}

/// Which organisation to talk to, or which recording in its place.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectionArguments {
    /// The connection's settings, in TOML or JSON: server-url, client-id, api-key, and any other setting by its name.
    ///
    /// Instead of api-key: api-key-file, a file that holds the key alone (a relative path begins
    /// beside this file), or api-key-env, the name of a variable. What is missing there is taken
    /// from AMP_SERVER_URL, AMP_CLIENT_ID and AMP_API_KEY, except with --replay.
    #[arg(long, value_name = "FILE")]
    pub(super) connection: Option<PathBuf>,
    /// Answers from a recording (HAR) instead of the network; needs no connection.
    ///
    /// A request that the recording has no entry for fails, with exit code 1. Waits between attempts take no time then. Settings and the time that belong to the recording hold where none are given.
    #[arg(long, value_name = "FILE.har")]
    pub(super) replay: Option<PathBuf>,
    /// Certificate authorities to trust besides those of this machine, in PEM form.
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub(super) ca_file: Option<PathBuf>,
    /// Lets requests go to this host too, besides the connection's own server: HOST, HOST:PORT or *.DOMAIN. May be repeated.
    ///
    /// Addresses that are link-local or of a cloud's metadata service stay out of reach all the same.
    #[arg(long, value_name = "HOST")]
    pub(super) allow: Vec<AllowedHost>,
    /// Writes what goes over the network into a recording (HAR), which --replay then answers from.
    ///
    /// Without the credential, unlock codes and passwords. It is written when the command is over, also if it failed.
    #[arg(long, value_name = "FILE.har", conflicts_with = "replay")]
    pub(super) record: Option<PathBuf>,
    /// Leaves names of hosts and users and their addresses out of the recording too: each gets a stand-in.
    #[arg(long, requires = "record")]
    pub(super) redact: bool,
}
