//! The part of a config that belongs to the collector itself, read without the component: where everything is stored, which
//! connections there are and how often each is polled. The fields that the component knows are kept for later.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::error::{ConfigError, Problem};
use super::taken::taken;
use super::toml_lines::{self, Entry, Table};
use crate::egress::AllowedHost;
use crate::key_source::{self, KEY_FILE, KEY_VARIABLE, KeySource};
use crate::manifest::Platform;
use crate::regular_file::{self, NO_FILE, Unread};
use crate::values;

/// The array of the connections.
const CONNECTION: &str = "connection";
/// Everything that the file itself may hold.
const OWN: [&str; 6] = [
    "database", "output", "format", "metrics", "ca-file", CONNECTION,
];
/// What a connection may hold besides the component's fields.
pub(super) const OF_CONNECTION: [&str; 6] = [
    "name",
    "interval",
    "enabled",
    "allow",
    KEY_FILE,
    KEY_VARIABLE,
];
/// The largest file that is taken for a config, in bytes: room for thousands of connections.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;
/// How often a connection is polled unless it says otherwise.
const INTERVAL: Duration = Duration::from_secs(5 * 60);
/// The shortest interval.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// The longest interval.
const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 3600);
/// The longest name of a connection, in characters: it stands in every log line.
const LONGEST_NAME: usize = 100;

/// Where JSON lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// To a file, at its end.
    File(PathBuf),
    /// To standard output.
    Standard,
}

/// What a config says about the collector itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// The file it was read from.
    pub file: PathBuf,
    /// The SQLite database.
    pub database: PathBuf,
    /// Where JSON lines go besides, if anywhere.
    pub output: Option<Output>,
    /// The platform whose records the JSON lines are; none if they are signals.
    pub format: Option<Platform>,
    /// The loopback address on which metrics are served, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// Certificate authorities to trust besides those of this machine, in PEM form.
    pub ca_file: Option<PathBuf>,
    /// The connections, in the order of the file, with those that are not enabled.
    pub connections: Vec<ConnectionOutline>,
}

/// What a config says about a connection, as far as the collector itself knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionOutline {
    /// Its name, by which everything of it is stored.
    pub name: String,
    /// How often it is polled: 1 second to 1 day.
    pub interval: Duration,
    /// Whether it is polled at all.
    pub enabled: bool,
    /// Hosts that it may reach besides its own server.
    pub allow: Vec<AllowedHost>,
    /// The line where it begins.
    pub(super) line: usize,
    pub(super) key: Option<KeySource>,
    /// What the component has to know.
    pub(super) rest: Vec<(String, usize, Value)>,
}

impl Outline {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is wrong in what the collector itself knows: everything of that at once.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let (outline, problems) = Self::read_all(file)?;
        if problems.is_empty() {
            return Ok(outline);
        }
        Err(ConfigError {
            file: file.to_owned(),
            problems,
        })
    }

    /// Reads the file, whatever is wrong in it but its form.
    pub(super) fn read_all(file: &Path) -> Result<(Self, Vec<Problem>), ConfigError> {
        let text = text_of(file).map_err(|error| ConfigError::unreadable(file, &error))?;
        let (mut own, tables) =
            toml_lines::read(&text, CONNECTION).map_err(|problems| ConfigError {
                file: file.to_owned(),
                problems,
            })?;
        let mut check = Check::new(file);
        let output = own.take("output");
        let output_line = output.as_ref().map(|entry| entry.line);
        let output = check.text(output).map(|text| match text.as_str() {
            "-" => Output::Standard,
            file => Output::File(check.folder.join(file)),
        });
        let format = own.take("format");
        if let Some(entry) = format.as_ref().filter(|_| output.is_none()) {
            let what =
                "`format` says what the lines of `output` look like, and there is no `output`";
            check.problem(Some(entry.line), what.to_owned());
        }
        let database = own.take("database");
        if database.is_none() {
            check.problem(
                None,
                "`database` is missing: the file to store in, such as database = \"amp.db\""
                    .to_owned(),
            );
        }
        let database = check.path(database).unwrap_or_default();
        let outline = Self {
            file: file.to_owned(),
            database,
            output,
            format: check.format(format),
            metrics: check.metrics(own.take("metrics")),
            ca_file: check.path(own.take("ca-file")),
            connections: check.connections(tables),
        };
        if let Some(Output::File(file)) = &outline.output
            && let Some(what) = taken(&outline, file)
        {
            check.problem(output_line, format!("{what}; name one of its own"));
        }
        for entry in own.entries {
            check.unknown("the top level", &entry.name, Some(entry.line), OWN);
        }
        Ok((outline, check.problems))
    }
}

fn text_of(file: &Path) -> io::Result<String> {
    regular_file::text(file, LARGEST_FILE).map_err(|unread| match unread {
        Unread::Io(error) => error,
        Unread::NoFile => io::Error::other(NO_FILE),
        Unread::TooLarge => io::Error::other("it is too large for a config"),
        Unread::NoText(why) => io::Error::other(why),
    })
}

/// Reads entries and gathers what is wrong with them.
struct Check<'a> {
    folder: &'a Path,
    /// Before each problem: which connection it belongs to.
    label: String,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn new(file: &'a Path) -> Self {
        Self {
            folder: file.parent().unwrap_or(Path::new("")),
            label: String::new(),
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, line: Option<usize>, what: String) {
        let what = format!("{}{what}", self.label);
        self.problems.push(Problem { line, what });
    }

    fn unknown<'n>(
        &mut self,
        place: &str,
        name: &str,
        line: Option<usize>,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let what = values::unknown(place, "field", name, &known).discreet();
        self.problem(line, what.to_string());
    }

    /// A text that is not empty.
    fn text(&mut self, entry: Option<Entry>) -> Option<String> {
        let Entry { name, line, value } = entry?;
        match value {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            Value::String(_) => {
                self.problem(Some(line), format!("`{name}` is empty"));
                None
            }
            _ => {
                self.problem(Some(line), format!("`{name}` must be a text in quotes"));
                None
            }
        }
    }

    /// A path; a relative one begins in the config's folder.
    fn path(&mut self, entry: Option<Entry>) -> Option<PathBuf> {
        let text = self.text(entry)?;
        Some(self.folder.join(text))
    }

    fn format(&mut self, entry: Option<Entry>) -> Option<Platform> {
        let line = entry.as_ref()?.line;
        let name = self.text(entry)?;
        let mut platforms = Platform::ALL.into_iter();
        let platform = platforms.find(|platform| platform.name() == name);
        if platform.is_none() {
            let names = Platform::ALL.map(|platform| format!("\"{}\"", platform.name()));
            let what = format!(
                "`format` must be {}; without it the lines are signals",
                names.join(" or ")
            );
            self.problem(Some(line), what);
        }
        platform
    }

    fn metrics(&mut self, entry: Option<Entry>) -> Option<SocketAddr> {
        let line = entry.as_ref()?.line;
        let address: Option<SocketAddr> = self.text(entry)?.parse().ok();
        let loopback = address.filter(|address| address.ip().is_loopback());
        if loopback.is_none() {
            let what =
                "`metrics` must be a loopback address with a port, such as \"127.0.0.1:9464\"";
            self.problem(Some(line), what.to_owned());
        }
        loopback
    }

    fn connections(&mut self, tables: Vec<Table>) -> Vec<ConnectionOutline> {
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        let mut connections = Vec::new();
        for (index, table) in tables.into_iter().enumerate() {
            let begins = table.line;
            let name_line = table
                .entries
                .iter()
                .find(|entry| entry.name == "name")
                .map(|entry| entry.line);
            let connection = self.connection(index.saturating_add(1), table);
            let line = name_line.unwrap_or(begins);
            if let Some(earlier) = lines.get(&connection.name) {
                self.problem(Some(line), format!("a connection of this name is in line {earlier} already; events are stored by it, so it must be one of its own"));
            } else if !connection.name.is_empty() {
                lines.insert(connection.name.clone(), line);
            }
            self.label.clear();
            connections.push(connection);
        }
        connections
    }

    /// One connection, the `number`th; the label is left as its own.
    fn connection(&mut self, number: usize, mut table: Table) -> ConnectionOutline {
        self.label = format!("connection {number}: ");
        let name = self.name(&mut table).unwrap_or_default();
        if !name.is_empty() {
            self.label = format!("connection `{name}`: ");
        }
        let enabled = self.flag(table.take("enabled"));
        ConnectionOutline {
            name,
            interval: self.interval(table.take("interval")),
            enabled,
            allow: self.allow(table.take("allow")),
            line: table.line,
            key: self.key(&mut table, enabled),
            rest: table
                .entries
                .into_iter()
                .map(|entry| (entry.name, entry.line, entry.value))
                .collect(),
        }
    }

    fn name(&mut self, table: &mut Table) -> Option<String> {
        let Some(entry) = table.take("name") else {
            self.problem(Some(table.line), "it has no `name`".to_owned());
            return None;
        };
        let line = entry.line;
        let name = self.text(Some(entry))?;
        let wrong = name.trim() != name
            || name.chars().count() > LONGEST_NAME
            || name.chars().any(char::is_control);
        if wrong {
            let what = format!(
                "`name` must be one line of up to {LONGEST_NAME} characters, without spaces around it"
            );
            self.problem(Some(line), what);
        }
        (!wrong).then_some(name)
    }

    fn interval(&mut self, entry: Option<Entry>) -> Duration {
        let Some(Entry { line, value, .. }) = entry else {
            return INTERVAL;
        };
        let read = value
            .as_str()
            .and_then(|text| humantime::parse_duration(text).ok());
        match read {
            Some(read) if (SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(&read) => return read,
            Some(_) => self.problem(Some(line), "`interval` must be from 1s to 1day".to_owned()),
            None => {
                let what = "`interval` must be a time in quotes, such as \"30s\", \"5m\" or \"1h\"";
                self.problem(Some(line), what.to_owned());
            }
        }
        INTERVAL
    }

    /// Whether the connection is enabled.
    fn flag(&mut self, entry: Option<Entry>) -> bool {
        let Some(Entry { name, line, value }) = entry else {
            return true;
        };
        value.as_bool().unwrap_or_else(|| {
            self.problem(Some(line), format!("`{name}` must be true or false"));
            true
        })
    }

    fn allow(&mut self, entry: Option<Entry>) -> Vec<AllowedHost> {
        let Some(Entry { line, value, .. }) = entry else {
            return Vec::new();
        };
        let hosts: Option<Vec<AllowedHost>> = value.as_array().and_then(|items| {
            let hosts = items.iter().map(|item| item.as_str()?.parse().ok());
            hosts.collect()
        });
        hosts.unwrap_or_else(|| {
            let what =
                "`allow` must be a list of hosts: HOST, HOST:PORT or *.DOMAIN, each in quotes";
            self.problem(Some(line), what.to_owned());
            Vec::new()
        })
    }

    /// Where the key is. None if that is not said rightly; then there is a problem, unless nobody needs it.
    fn key(&mut self, table: &mut Table, enabled: bool) -> Option<KeySource> {
        let entries = key_source::FIELDS.map(|name| table.take(name));
        let mut given = entries.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(entry), None) => {
                let (name, line) = (entry.name.clone(), entry.line);
                let text = self.text(Some(entry))?;
                KeySource::new(&name, text, self.folder)
                    .map_err(|what| self.problem(Some(line), what.to_owned()))
                    .ok()
            }
            (None, _) if !enabled => None,
            (None, _) => {
                let what = "the API key is missing: name its file with `api-key-file`, or a variable of the environment that holds it with `api-key-env`";
                self.problem(Some(table.line), what.to_owned());
                None
            }
            (Some(_), Some(second)) => {
                self.problem(Some(second.line), key_source::SEVERAL.to_owned());
                None
            }
        }
    }
}
