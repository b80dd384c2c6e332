//! The command line: what was asked for, done, and told as text or JSON, with an exit code that says how it went.
//!
//! Knows every other room, and no command of the component by name but `test-connection`, which is a health check.

mod arguments;
mod call;
mod collect;
mod console;
mod cursor_file;
mod demo;
mod error;
mod log;
mod manifest;
mod offer;
mod poll;
mod progress;
mod report;
mod run_arguments;
mod simulate;
mod status;
mod table;
mod way;

use std::ffi::OsString;
use std::path::Path;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::catalog::{self, Command};
use crate::component;
use crate::plugin::{LoadError, Plugin};
use arguments::{Action, Arguments};
use console::Console;
use error::CliError;

/// Everything was done.
pub const SUCCESSFUL: u8 = 0;
/// The command, the component or this host failed.
pub const FAILED: u8 = 1;
/// It was not asked for rightly; nothing was sent.
pub const WRONG_USAGE: u8 = 2;
/// Some of several items were done.
pub const PARTIALLY_SUCCESSFUL: u8 = 3;

/// Does what a command line asks for and gives the exit code. The first argument is the program's name.
///
/// Runs on tokio's single-threaded runtime: where a recording answers, it stops the runtime's clock, so that waits take no time.
pub async fn run(arguments: Vec<OsString>) -> u8 {
    let mut console = Console::new();
    match act(&arguments, &mut console).await {
        Ok(code) => code,
        Err(CliError::Clap(error)) => {
            // That nobody reads it is no reason to fail.
            let _ = error.print();
            u8::try_from(error.exit_code()).unwrap_or(WRONG_USAGE)
        }
        Err(error) => {
            console.tell(&format!("error: {error}"));
            error.exit_code()
        }
    }
}

async fn act(arguments: &[OsString], console: &mut Console) -> Result<u8, CliError> {
    let parsed =
        Arguments::from_arg_matches(&Arguments::command().try_get_matches_from(arguments)?)?;
    let format = parsed.format;
    match parsed.action {
        None | Some(Action::Demo) => {
            let (plugin, commands) = load(parsed.component.as_deref()).await?;
            demo::run(&plugin, &commands, format, console).await
        }
        Some(Action::Commands) => {
            let (_, commands) = load(parsed.component.as_deref()).await?;
            offer::commands(&commands, format, console)
        }
        Some(Action::Describe { command }) => {
            let (_, commands) = load(parsed.component.as_deref()).await?;
            offer::describe(&commands, command.as_deref(), format, console)
        }
        Some(Action::TestConnection { connection }) => {
            let (plugin, commands) = load(parsed.component.as_deref()).await?;
            let command = offer::find(&commands, "test-connection")?;
            call::run(
                &plugin,
                command,
                &connection,
                serde_json::Map::new(),
                format,
                console,
            )
            .await
        }
        Some(Action::Manifest) => {
            let plugin = load_plugin(parsed.component.as_deref())?;
            manifest::describe(&plugin, console).await
        }
        Some(Action::CheckManifest { file }) => {
            let plugin = load_plugin(parsed.component.as_deref())?;
            manifest::check(&plugin, &file, format, console).await
        }
        Some(Action::Map { manifest, signals }) => manifest::map(&manifest, &signals, console),
        Some(Action::Simulate(simulate)) => simulate::run(*simulate, format, console).await,
        Some(Action::Poll { rest }) => {
            let component = parsed
                .component
                .or_else(|| run_arguments::component_in(&rest));
            let plugin = load_plugin(component.as_deref())?;
            let intake = catalog::read_intake(&plugin).await?;
            let asked = run_arguments::parse_poll(arguments, &intake)?;
            poll::run(&plugin, &intake, asked, console).await
        }
        Some(Action::Collect(asked)) => {
            asked.check()?;
            if let Some(code) = collect::reset(&asked, console).await? {
                return Ok(code);
            }
            // A signal that comes while the component is compiled is one to end, too.
            let end = simulate::told_to_end();
            let plugin = load_plugin(parsed.component.as_deref())?;
            collect::run(plugin, asked, end).await
        }
        Some(Action::Status(asked)) => status::run(&asked, format, console),
        Some(Action::Run { rest }) => {
            let component = parsed
                .component
                .or_else(|| run_arguments::component_in(&rest));
            let (plugin, commands) = load(component.as_deref()).await?;
            let run = run_arguments::parse(arguments, &commands)?;
            call::run(
                &plugin,
                run.command,
                &run.connection,
                run.input,
                run.format,
                console,
            )
            .await
        }
    }
}

/// The component, and what it offers.
async fn load(named: Option<&Path>) -> Result<(Plugin, Vec<Command>), CliError> {
    let plugin = load_plugin(named)?;
    let commands = catalog::read(&plugin).await?;
    Ok((plugin, commands))
}

fn load_plugin(named: Option<&Path>) -> Result<Plugin, CliError> {
    Plugin::load(&component::find(named)?).map_err(|error| match error {
        LoadError::Unreadable { .. } | LoadError::NotAComponent { .. }
            if component::named(named).is_some() =>
        {
            CliError::Usage(error.to_string())
        }
        error => error.into(),
    })
}
