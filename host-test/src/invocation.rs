//! One command, called: settings and input in, a report out. The same for the network and for a recording.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value};
use wasmtime::component::Val;

use crate::catalog::Command;
use crate::egress::{Egress, Policy};
use crate::outcome::Report;
use crate::plugin::{CallError, Plugin, Surroundings};
use crate::settings::{Settings, SettingsError};
use crate::values::{self, ValueError};

/// A call that is about to be made. Everything in it has the right types.
pub struct Invocation<'a> {
    command: &'a Command,
    arguments: Vec<Val>,
    server_url: String,
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
        let mut input = Some(input);
        let mut arguments = Vec::new();
        for (name, of) in &command.function.parameters {
            arguments.push(match name.as_str() {
                "settings" => settings.to_value(of)?,
                "input" => values::from_json(of, &Value::Object(input.take().unwrap_or_default()))
                    .map_err(InvocationError::Input)?,
                other => return Err(InvocationError::Parameter(other.to_owned())),
            });
        }
        Ok(Self {
            command,
            arguments,
            server_url: settings.server_url().to_owned(),
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
        let with = Surroundings {
            egress,
            policy: Policy::only(&self.server_url),
            now,
        };
        let answer = plugin
            .call(&self.command.function, &self.arguments, &with)
            .await?;
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
