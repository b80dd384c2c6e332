//! The collector's config: TOML with the database and a `[[connection]]` for each organisation.
//!
//! Which settings and which fields of a poll a connection may have, and their types and ranges, is what the component says; there is
//! no list of them here. Everything that is wrong is told at once, with its line. Relative paths begin in the config's folder.

mod error;
mod fields;
mod outline;
mod sound;
mod taken;
mod toml_lines;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

pub use error::{ConfigError, EXAMPLE, Problem};
pub use fields::Fields;
pub use outline::{ConnectionOutline, Outline, Output};

use crate::egress::AllowedHost;
use crate::key_source::{self, KEY, KeySource};
use crate::settings::Settings;
use crate::values;
use fields::CURSOR;

/// A config that can be worked with.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// What it says about the collector itself.
    pub outline: Outline,
    /// The connections that are enabled, with all that it takes to poll them.
    pub connections: Vec<Connection>,
    /// What a person should know about it, a sentence each.
    pub warnings: Vec<String>,
}

impl Config {
    /// Whether both say the same, in whatever lines and order.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.in_order() == other.in_order()
    }

    /// The same as if it stood in one line, by name.
    fn in_order(&self) -> Self {
        let mut config = self.clone();
        let outlines = &mut config.outline.connections;
        for connection in outlines.iter_mut() {
            connection.line = 0;
            for (_, line, _) in &mut connection.rest {
                *line = 0;
            }
        }
        outlines.sort_by(|one, other| one.name.cmp(&other.name));
        let connections = &mut config.connections;
        connections.sort_by(|one, other| one.name.cmp(&other.name));
        config.warnings.sort();
        config
    }
}

/// A connection that is polled.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Its name, by which everything of it is stored.
    pub name: String,
    /// How often it is polled.
    pub interval: Duration,
    /// Hosts that it may reach besides its own server.
    pub allow: Vec<AllowedHost>,
    /// How to reach its organisation.
    pub settings: Settings,
    /// Which events to fetch: the fields of a poll's request, without its cursor.
    pub request: Map<String, Value>,
}

/// Looks up a variable of the environment.
type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where a config comes from, again and again.
pub struct Source {
    file: PathBuf,
    fields: Fields,
    environment: Box<Environment>,
}

impl Source {
    /// A config in `file`. `environment` looks up the variables that hold keys.
    pub fn new(
        file: &Path,
        fields: Fields,
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            file: file.to_owned(),
            fields,
            environment: Box::new(environment),
        }
    }

    /// Reads the file, and the keys that it names.
    ///
    /// # Errors
    ///
    /// When it cannot be used: everything that is wrong, at once.
    pub fn read(&self) -> Result<Config, ConfigError> {
        let (outline, mut problems) = Outline::read_all(&self.file)?;
        let mut connections = Vec::new();
        let mut warnings = Vec::from_iter(key_source::others_may_write(&self.file));
        for connection in &outline.connections {
            let mut found = Vec::new();
            let checked = self.connection(connection, &mut found);
            problems.extend(found);
            if !connection.enabled {
                continue;
            }
            let holds_a_key = match &connection.key {
                Some(KeySource::File(file)) => Some(file),
                Some(KeySource::Here(_)) => Some(&self.file),
                _ => None,
            };
            warnings.extend(holds_a_key.and_then(|file| key_source::others_may_read(file)));
            if let Some(KeySource::File(file)) = &connection.key {
                warnings.extend(key_source::others_may_write(file));
            }
            connections.extend(checked);
        }
        if !problems.is_empty() {
            problems.sort();
            problems.dedup();
            return Err(ConfigError {
                file: self.file.clone(),
                problems,
            });
        }
        if connections.is_empty() {
            warnings.push(format!(
                "{} has no enabled connection, so nothing is collected",
                self.file.display()
            ));
        }
        warnings.dedup();
        Ok(Config {
            outline,
            connections,
            warnings,
        })
    }

    /// The connection with what the component knows of it; none if something is wrong with it.
    fn connection(
        &self,
        outline: &ConnectionOutline,
        problems: &mut Vec<Problem>,
    ) -> Option<Connection> {
        let label = match outline.name.as_str() {
            "" => "a connection".to_owned(),
            name => format!("connection `{name}`"),
        };
        let mut wrong = |line: usize, what: String| {
            problems.push(Problem {
                line: Some(line),
                what,
            });
        };
        let (mut settings, mut request) = (Map::new(), Map::new());
        for (name, line, value) in &outline.rest {
            let named = |field: &&fields::Field| field.name == *name;
            let (field, of) = if let Some(field) = self.fields.settings.iter().find(named) {
                (field, &mut settings)
            } else if let Some(field) = self.fields.request.iter().find(named) {
                (field, &mut request)
            } else {
                wrong(*line, self.no_such_field(&label, name));
                continue;
            };
            match field.problem(value) {
                Some(problem) => wrong(*line, format!("{label}: {problem}")),
                None => {
                    of.insert(name.clone(), value.clone());
                }
            }
        }
        for field in &self.fields.settings {
            let given = outline.rest.iter().any(|(name, ..)| *name == field.name);
            if !given && !field.is_optional() && field.name != KEY {
                wrong(
                    outline.line,
                    format!("{label}: `{}` is missing", field.name),
                );
            }
        }
        // The key of a connection that is not enabled may be gone already.
        if outline.enabled {
            match outline.key.as_ref()?.key(&|name| (self.environment)(name)) {
                Ok(key) => {
                    settings.insert(KEY.to_owned(), key.reveal().into());
                }
                Err(problem) => wrong(outline.line, format!("{label}: {problem}")),
            }
        }
        Some(Connection {
            name: outline.name.clone(),
            interval: outline.interval,
            allow: outline.allow.clone(),
            settings: Settings::from_json(settings).ok()?,
            request,
        })
    }

    fn no_such_field(&self, label: &str, name: &str) -> String {
        if name == CURSOR {
            return format!(
                "{label}: `{CURSOR}` cannot be given; the collector keeps it in its database"
            );
        }
        let known = outline::OF_CONNECTION
            .into_iter()
            .chain(self.fields.names());
        let known: Vec<String> = known.map(str::to_owned).collect();
        let unknown = values::unknown(label, "field", name, &known).discreet();
        unknown.to_string()
    }
}
