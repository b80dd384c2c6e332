//! What only the component can tell of a connection's settings: it is asked for a poll, with no network, and a field that it refuses is a
//! problem of the config. Anything else that comes of it means that the settings are sound.

use std::sync::Arc;
use std::time::SystemTime;

use super::{Config, ConfigError, Connection, Problem};
use crate::catalog::Intake;
use crate::egress::Nowhere;
use crate::intake::Poll;
use crate::plugin::Plugin;

impl Config {
    /// Has the component check each connection that is not one of `known` as it stands.
    ///
    /// # Errors
    ///
    /// When it refuses a field of one: all of them, each with its line.
    pub async fn check(
        &self,
        plugin: &Plugin,
        intake: &Intake,
        known: &[Connection],
    ) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        for connection in &self.connections {
            if known.contains(connection) {
                continue;
            }
            let Ok(poll) = Poll::new(intake, &connection.settings, connection.request.clone())
            else {
                continue;
            };
            let polled = poll.make(plugin, Arc::new(Nowhere), Some(SystemTime::now()));
            let Ok(Err(refused)) = polled.await.map(|polled| polled.answer) else {
                continue;
            };
            for error in refused.errors {
                if error.kind == "invalid-input"
                    && let Some(field) = &error.field
                {
                    let message = connection.settings.without_secrets(error.message);
                    problems.push(Problem {
                        line: self.line(&connection.name, field),
                        what: format!("connection `{}`: {message}", connection.name),
                    });
                }
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort();
        Err(ConfigError {
            file: self.outline.file.clone(),
            problems,
        })
    }

    /// Where a connection has a field, or else where it begins.
    fn line(&self, connection: &str, field: &str) -> Option<usize> {
        let mut all = self.outline.connections.iter();
        let outline = all.find(|outline| outline.name == connection)?;
        let mut rest = outline.rest.iter();
        let own = rest.find(|(name, ..)| name == field);
        Some(own.map_or(outline.line, |(_, line, _)| *line))
    }
}
