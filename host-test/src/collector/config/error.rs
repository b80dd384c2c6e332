//! What is wrong with a config, all of it at once, each with its line. No text that stands in the file is repeated but names: of
//! fields, connections, variables and files, and none of the latter two that cannot be one or looks like a key. Any value may be a key
//! in the wrong place.

use std::fmt;
use std::path::{Path, PathBuf};

/// What a config looks like, for somebody who has none.
pub const EXAMPLE: &str = r#"database = "amp.db"

[[connection]]
name = "north-america"
server-url = "https://api.amp.cisco.com"
client-id = "0123456789abcdef0123"
api-key-file = "north-america.key"
interval = "5m"
"#;

/// Why a config cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// Everything that is wrong, in the order of the file. At least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where, counted from 1; none if it is nowhere in particular.
    pub line: Option<usize>,
    /// What, and what to do.
    pub what: String,
}

impl ConfigError {
    /// The file cannot be read.
    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        let what = if error.kind() == std::io::ErrorKind::NotFound {
            format!("there is no such file; it could hold:\n\n{EXAMPLE}")
        } else {
            format!("it cannot be read: {error}")
        };
        Self {
            file: file.to_owned(),
            problems: vec![Problem { line: None, what }],
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the config {} is not right", self.file.display())?;
        match self.problems.as_slice() {
            [problem] => write!(f, ": {problem}"),
            problems => problems
                .iter()
                .try_for_each(|problem| write!(f, "\n  {problem}")),
        }
    }
}

impl std::error::Error for ConfigError {}
