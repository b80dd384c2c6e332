//! Where a connection's API key comes from: a file, a variable of the environment, or the config itself.

use std::path::{Path, PathBuf};

use super::Environment;
use crate::regular_file::{self, NO_FILE, Unread};
use crate::settings::Secret;

/// The largest file that is taken for a key's, in bytes. A key has 36 characters.
const LARGEST_FILE: u64 = 4096;

/// Where the key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeySource {
    /// In this file, alone.
    File(PathBuf),
    /// In this variable of the environment.
    Environment(String),
    /// In the config.
    Config(Secret),
}

impl KeySource {
    /// The key. The error says what is wrong and repeats nothing of it.
    pub(super) fn key(&self, environment: &Environment) -> Result<Secret, String> {
        let (text, at) = match self {
            Self::Config(key) => return Ok(key.clone()),
            Self::File(file) => {
                let named = match looks_like_a_key(file) {
                    true => "the key file, whose name looks like an API key and is not told here (`api-key` is for the key itself),".to_owned(),
                    false => format!("the key file {}", file.display()),
                };
                let text = read(file).map_err(|why| format!("{named} {why}"))?;
                (text, named)
            }
            Self::Environment(name) => {
                let text = environment(name).ok_or_else(|| {
                    format!(
                        "the environment variable {name}, which should hold the API key, is not set"
                    )
                })?;
                (text, format!("the environment variable {name}"))
            }
        };
        let key = text.trim_start_matches('\u{feff}').trim();
        if key.is_empty() {
            return Err(format!("{at} is empty; it should hold the API key"));
        }
        if key.lines().count() > 1 {
            return Err(format!(
                "{at} has several lines; it should hold the API key and nothing else"
            ));
        }
        Ok(Secret::new(key.to_owned()))
    }
}

/// Whether the file's name has the form of a key: hexadecimal digits and hyphens, at least as many as half a key has.
fn looks_like_a_key(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim();
    name.len() >= 16 && name.chars().all(|at| at.is_ascii_hexdigit() || at == '-')
}

fn read(file: &Path) -> Result<String, String> {
    regular_file::text(file, LARGEST_FILE).map_err(|unread| match unread {
        Unread::Io(error) => format!("cannot be read: {error}"),
        Unread::NoFile => format!("cannot be read: {NO_FILE}"),
        Unread::TooLarge => {
            "is too large for one; it should hold the API key and nothing else".to_owned()
        }
        Unread::NoText => "is no text".to_owned(),
    })
}

/// Reading, for the group and for everybody.
const OTHERS_READ: u32 = 0o044;
/// Writing, for the group and for everybody.
const OTHERS_WRITE: u32 = 0o022;

/// A warning, if others on this machine may read the file.
pub(super) fn others_may_read(file: &Path) -> Option<String> {
    others_may(OTHERS_READ, file).then(|| {
        format!(
            "{} holds an API key, and others on this machine may read it; `chmod 600` keeps it from them",
            file.display()
        )
    })
}

/// A warning, if others on this machine may change the file: a config says where keys are sent.
pub(super) fn others_may_write(file: &Path) -> Option<String> {
    others_may(OTHERS_WRITE, file).then(|| {
        format!(
            "others on this machine may change {}, and so to which server an API key is sent, or which; `chmod go-w` keeps them from it",
            file.display()
        )
    })
}

/// Whether the file's mode has any of these bits.
#[cfg(unix)]
fn others_may(what: u32, file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & what != 0)
}

/// Only Unix tells.
#[cfg(not(unix))]
fn others_may(_: u32, _: &Path) -> bool {
    false
}
