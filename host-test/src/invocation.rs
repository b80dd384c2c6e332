//! One command, called: settings and input in, a report out. The same for the network and for a recording.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value};
use wasmtime::component::Val;

use crate::catalog::Command;
use crate::egress::{Egress, Policy};
use crate::outcome::Report;
use crate::plugin::{Answer, CallError, Function, Plugin, Surroundings};
use crate::settings::{Settings, SettingsError};
use crate::values::{self, ValueError};

/// A call that is about to be made. Everything in it has the right types.
pub struct Invocation<'a> {
    command: &'a Command,
    prepared: Prepared,
}

/// Why a call cannot be made as it stands.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The connection is not right.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The input is not right.
    #[error("the input is not right: {0}")]
    Input(ValueError),
    /// The command takes a parameter that this host does not know.
    #[error(
        "the command takes `{0}`, which this host does not know; it is older than the component"
    )]
    Parameter(String),
    /// A recording names no call, or a time that is none.
    #[error("the recording cannot be driven: {0}")]
    Recording(String),
}

/// What came of a call.
#[derive(Debug)]
pub struct Reported {
    /// The report.
    pub report: Report,
    /// What the host noted about its requests.
    pub notes: Vec<String>,
    /// What the component wrote on its standard output and error.
    pub said: String,
}

/// Settings and input, turned into what a function of the component takes: a command, or the poll.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    function: Function,
    arguments: Vec<Val>,
    server_url: String,
}

impl Prepared {
    /// Makes arguments of settings and input, by the types of the function.
    pub(crate) fn new(
        command: &Command,
        settings: &Settings,
        input: Map<String, Value>,
    ) -> Result<Self, InvocationError> {
        let input = Value::Object(input);
        let argument = |(name, of): &(String, _)| match name.as_str() {
            "settings" => Ok(settings.to_value(of)?),
            "input" | "request" => values::from_json(of, &input).map_err(InvocationError::Input),
            other => Err(InvocationError::Parameter(other.to_owned())),
        };
        let parameters = command.function.parameters.iter();
        Ok(Self {
            function: command.function.clone(),
            arguments: parameters.map(argument).collect::<Result<_, _>>()?,
            server_url: settings.server_url().to_owned(),
        })
    }

    /// Makes the call. It may reach the connection's server and nothing else.
    pub(crate) async fn call(
        &self,
        plugin: &Plugin,
        egress: Arc<dyn Egress>,
        now: Option<SystemTime>,
    ) -> Result<Answer, CallError> {
        let with = Surroundings {
            egress,
            policy: Policy::only(&self.server_url),
            now,
        };
        plugin.call(&self.function, &self.arguments, &with).await
    }
}

impl<'a> Invocation<'a> {
    /// Makes arguments of settings and input, by the types of the command.
    ///
    /// # Errors
    ///
    /// When something is missing, unknown or of a wrong type.
    pub fn new(
        command: &'a Command,
        settings: &Settings,
        input: Map<String, Value>,
    ) -> Result<Self, InvocationError> {
        Ok(Self {
            command,
            prepared: Prepared::new(command, settings, input)?,
        })
    }

    /// Makes the call.
    ///
    /// # Errors
    ///
    /// When the component or the host breaks down. A failure that the component reports is a report.
    pub async fn make(
        &self,
        plugin: &Plugin,
        egress: Arc<dyn Egress>,
        now: Option<SystemTime>,
    ) -> Result<Reported, CallError> {
        let answer = self.prepared.call(plugin, egress, now).await?;
        let name = &self.command.words.name;
        let json = values::to_json(&answer.value).map_err(|error| CallError::NotThisContract {
            what: format!("{name} ({error})"),
        })?;
        Ok(Reported {
            report: Report::from_answer(name, json)?,
            notes: answer.notes,
            said: answer.said,
        })
    }
}
