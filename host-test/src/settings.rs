//! The connection: settings from a file, the environment or a recording. The API key among them is shown to nobody.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};
use wasmtime::component::{Type, Val};

use crate::key_source::{self, KEY, KeySource};
use crate::regular_file;
use crate::values::{self, ValueError};

/// The shortest key that is looked for in what is printed.
const SHORTEST_SECRET: usize = 8;
/// Where each setting that a connection needs is found in the environment.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("server-url", "AMP_SERVER_URL"),
    ("client-id", "AMP_CLIENT_ID"),
    (KEY, "AMP_API_KEY"),
];
/// What stands in for a credential where a recording answers: the form is right, the values are nobody's.
const MADE_UP: [(&str, &str); 2] = [
    ("client-id", "00000000000000000000"),
    (KEY, "00000000-0000-4000-8000-000000000000"),
];

/// A text that is printed nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the component alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Settings by the names of the contract. Which names there are, the component's own type says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    open: Map<String, Value>,
    key: Option<Secret>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("the connection file {} cannot be read: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is neither TOML nor JSON.
    #[error("the connection file {} is damaged: {problem}; it holds the settings' names and values, in TOML or JSON", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What and where, without the text that stands there.
        problem: String,
    },
    /// The API key is not where the file says. No part of it is told.
    #[error("the connection file {}: {problem}", .file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The settings are within a table, or there are tables that are no settings.
    #[error(
        "the connection is not right: there is a table{name}, and a connection has none; put its settings at the top level of the file"
    )]
    Table {
        /// Its name in brackets, if it can be shown.
        name: String,
    },
    /// The API key is no text. The value is not told.
    #[error("the setting `api-key` must be a text in quotes")]
    KeyIsNoText,
    /// Nothing says which connection to use.
    #[error(
        "there is no connection: {missing} not set. Give one with --connection FILE (TOML or JSON with server-url, client-id and \
         one of api-key-file, api-key-env and api-key), with the \
         environment variables AMP_SERVER_URL, AMP_CLIENT_ID and AMP_API_KEY, or answer from a recording with --replay FILE.har"
    )]
    Missing {
        /// The settings that are missing, with their verb.
        missing: String,
    },
    /// A setting has an unknown name or a wrong type.
    #[error("the connection is not right: {0}")]
    Wrong(#[from] ValueError),
}

impl Settings {
    /// Settings from JSON.
    ///
    /// # Errors
    ///
    /// When the API key is no text.
    pub fn from_json(mut open: Map<String, Value>) -> Result<Self, SettingsError> {
        let key = match open.remove(KEY) {
            None | Some(Value::Null) => None,
            Some(Value::String(key)) => Some(Secret::new(key)),
            Some(_) => return Err(SettingsError::KeyIsNoText),
        };
        Ok(Self { open, key })
    }

    /// Whether both ask the same server with the same client ID, so that AMP counts their requests together.
    #[must_use]
    pub fn is_same_client(&self, other: &Self) -> bool {
        ["server-url", "client-id"]
            .iter()
            .all(|name| bare(self.text(name)) == bare(other.text(name)))
    }

    /// Settings from a file in TOML or JSON, and the key from where the file says. `variable` looks
    /// up a variable of the environment.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is neither, or the key is not there. The message repeats nothing
    /// of the file, whose every line may be the key.
    pub fn read(
        file: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let mut open = Self::parse(file)?;
        let wrong = |problem: &str| SettingsError::Key {
            file: file.to_owned(),
            problem: problem.to_owned(),
        };
        let named = key_source::FIELDS.map(|field| (field, open.remove(field)));
        let mut given = named
            .into_iter()
            .filter_map(|(field, value)| Some((field, value.filter(|value| !value.is_null())?)));
        let key = match (given.next(), given.next()) {
            (None, _) => None,
            (Some((KEY, value)), None) => Some((KEY.to_owned(), value)),
            (Some((field, value)), None) => {
                let text = value.as_str().filter(|text| !text.trim().is_empty());
                let text = text.ok_or_else(|| {
                    wrong(&format!(
                        "`{field}` must be a text in quotes, and not empty"
                    ))
                })?;
                let folder = file.parent().unwrap_or(Path::new(""));
                let source = KeySource::new(field, text.to_owned(), folder).map_err(&wrong)?;
                let key = source.key(&variable).map_err(|why| wrong(&why))?;
                Some((KEY.to_owned(), key.reveal().into()))
            }
            (Some(_), Some(_)) => return Err(wrong(key_source::SEVERAL)),
        };
        open.extend(key);
        Self::from_json(open)
    }

    /// The entries of a file in TOML or JSON.
    fn parse(file: &Path) -> Result<Map<String, Value>, SettingsError> {
        let unreadable = |error| SettingsError::Unreadable {
            file: file.to_owned(),
            error,
        };
        // A pipe will do: some tools hand secrets over in one.
        let bytes = std::fs::read(file).map_err(unreadable)?;
        let text =
            regular_file::decode(bytes).map_err(|why| unreadable(std::io::Error::other(why)))?;
        let damaged = |problem: String| SettingsError::Damaged {
            file: file.to_owned(),
            problem,
        };
        let json = file
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
            || text.trim_start().starts_with('{');
        if json {
            return serde_json::from_str(&text).map_err(|error| {
                let what = if error.is_data() {
                    "it is no object"
                } else {
                    "it is no JSON"
                };
                damaged(format!(
                    "line {}, column {}: {what}",
                    error.line(),
                    error.column()
                ))
            });
        }
        let table: toml::Table = toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.matches('\n').count().saturating_add(1));
            damaged(format!("line {line} is no TOML"))
        })?;
        match serde_json::to_value(table) {
            Ok(Value::Object(settings)) => Ok(settings),
            _ => Err(damaged("it is no table".to_owned())),
        }
    }

    /// Fills in what is missing from the environment (`variable` looks a name up).
    #[must_use]
    pub fn or_environment(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        for (setting, name) in ENVIRONMENT {
            if let Some(value) = variable(name).filter(|value| !value.trim().is_empty()) {
                self.fill(setting, &value);
            }
        }
        self
    }

    /// Fills in what is missing for a replay: the server that was recorded, and a made-up credential.
    #[must_use]
    pub fn or_made_up(mut self, server_url: &str) -> Self {
        self.fill("server-url", server_url);
        for (setting, value) in MADE_UP {
            self.fill(setting, value);
        }
        self
    }

    /// Fills in what is missing from other settings.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        for (setting, value) in other.open {
            self.open.entry(setting).or_insert(value);
        }
        Self {
            key: self.key.or(other.key),
            ..self
        }
    }

    fn fill(&mut self, setting: &str, value: &str) {
        if setting == KEY {
            self.key
                .get_or_insert_with(|| Secret::new(value.to_owned()));
        } else if !self.open.contains_key(setting) {
            self.open
                .insert(setting.to_owned(), Value::String(value.to_owned()));
        }
    }

    /// The server URL, as far as it is known.
    #[must_use]
    pub fn server_url(&self) -> &str {
        self.text("server-url")
    }

    /// A setting that is a text; empty if there is none.
    fn text(&self, setting: &str) -> &str {
        let value = self.open.get(setting).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    /// The settings as the component takes them; `of` is its own type for them.
    ///
    /// # Errors
    ///
    /// When one that is needed is missing, or one has an unknown name or a wrong type.
    pub fn to_value(&self, of: &Type) -> Result<Val, SettingsError> {
        // First: a setting that is missing may be there under another name.
        self.check_names(of)?;
        let missing = ENVIRONMENT
            .map(|(setting, _)| setting)
            .into_iter()
            .filter(|setting| match *setting {
                KEY => self.key.is_none(),
                setting => !self.open.contains_key(setting),
            });
        let missing: Vec<&str> = missing.collect();
        if !missing.is_empty() {
            let verb = if missing.len() == 1 { "is" } else { "are" };
            return Err(SettingsError::Missing {
                missing: format!("{} {verb}", missing.join(", ")),
            });
        }
        let mut all = self.open.clone();
        if let Some(key) = &self.key {
            all.insert(KEY.to_owned(), Value::String(key.reveal().to_owned()));
        }
        // Any value may be the key that came into the wrong place.
        Ok(values::from_json(of, &Value::Object(all)).map_err(ValueError::discreet)?)
    }

    /// Checks that every setting has a name that the component knows.
    fn check_names(&self, of: &Type) -> Result<(), SettingsError> {
        let Type::Record(record) = of else {
            return Ok(());
        };
        let mut known: Vec<String> = record.fields().map(|field| field.name.to_owned()).collect();
        let Some((name, value)) = self.open.iter().find(|(name, _)| !known.contains(name)) else {
            return Ok(());
        };
        let is_table = |value: &Value| value.is_object();
        if is_table(value)
            || value
                .as_array()
                .is_some_and(|items| items.iter().any(is_table))
        {
            return Err(SettingsError::Table {
                name: if values::looks_like_a_name(name) {
                    format!(" [{name}]")
                } else {
                    String::new()
                },
            });
        }
        known.extend([key_source::KEY_FILE, key_source::KEY_VARIABLE].map(str::to_owned));
        Err(values::unknown("$", "field", name, &known)
            .discreet()
            .into())
    }

    /// A text without the API key, and without what the credential becomes in a header, however either is capitalised.
    #[must_use]
    pub fn without_secrets(&self, text: String) -> String {
        let Some(key) = &self.key else {
            return text;
        };
        let client = self.text("client-id");
        // As they are, and as the component sends them.
        [
            (key.reveal().trim(), client.trim()),
            (bare(key.reveal()), bare(client)),
        ]
        .into_iter()
        .fold(text, |text, (key, client)| {
            let packed = BASE64.encode(format!("{client}:{key}"));
            [packed.as_str(), packed.trim_end_matches('='), key]
                .into_iter()
                .fold(text, without)
        })
    }
}

/// A server URL, client ID or key without what copying leaves around it: the component sends it
/// without spaces, quotation marks and characters that show nothing.
pub(crate) fn bare(text: &str) -> &str {
    text.trim_matches(|at: char| !at.is_ascii() || at.is_whitespace() || "\"'`".contains(at))
}

/// `text` with a mark in place of `secret`, whatever its case.
fn without(text: String, secret: &str) -> String {
    // A key of AMP has 36 characters; a few would be found in every word.
    if secret.len() < SHORTEST_SECRET {
        return text;
    }
    let (low, secret) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut hidden = String::new();
    let mut end = 0;
    for (at, found) in low.match_indices(&secret) {
        hidden.push_str(text.get(end..at).unwrap_or_default());
        hidden.push_str("[secret]");
        end = at.saturating_add(found.len());
    }
    if end == 0 {
        return text;
    }
    hidden.push_str(text.get(end..).unwrap_or_default());
    hidden
}

#[cfg(test)]
mod tests;
