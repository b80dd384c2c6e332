//! Where a connection's API key comes from: a file, a variable of the environment, or the file of
//! the connection itself.

use std::path::{Path, PathBuf};

use crate::regular_file::{self, NO_FILE, Unread};
use crate::settings::Secret;

/// The largest file that is taken for a key's, in bytes. A key has 36 characters.
const LARGEST_FILE: u64 = 4096;

/// The field that holds the key itself.
pub(crate) const KEY: &str = "api-key";
/// The field that names the file of the key.
pub(crate) const KEY_FILE: &str = "api-key-file";
/// The field that names the variable of the key.
pub(crate) const KEY_VARIABLE: &str = "api-key-env";
/// The fields of which a connection has one.
pub(crate) const FIELDS: [&str; 3] = [KEY, KEY_FILE, KEY_VARIABLE];
/// What is wrong if a connection has more than one of them.
pub(crate) const SEVERAL: &str =
    "the API key is given more than once; keep one of `api-key-file`, `api-key-env` and `api-key`";

/// Where the key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// In this file, alone.
    File(PathBuf),
    /// In this variable of the environment.
    Environment(String),
    /// In the connection's own file.
    Here(Secret),
}

impl KeySource {
    /// The source that one of [`FIELDS`] names. A relative path begins in `folder`.
    ///
    /// # Errors
    ///
    /// If the text is no name of a variable where there must be one.
    pub(crate) fn new(field: &str, text: String, folder: &Path) -> Result<Self, &'static str> {
        match field {
            KEY_FILE => Ok(Self::File(folder.join(text))),
            KEY_VARIABLE if is_variable(&text) => Ok(Self::Environment(text)),
            KEY_VARIABLE => Err(
                "`api-key-env` must be the name of a variable of the environment: letters, digits and _, and no digit first. The key itself stands in that variable",
            ),
            _ => Ok(Self::Here(Secret::new(text))),
        }
    }

    /// The key. The error says what is wrong and repeats nothing of it. `environment` looks up a
    /// variable.
    pub(crate) fn key(
        &self,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Secret, String> {
        let (text, at) = match self {
            Self::Here(key) => return Ok(key.clone()),
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

/// Whether a variable of the environment may have this name. What is none may be a key.
fn is_variable(name: &str) -> bool {
    let of_names = |at: char| at.is_ascii_alphanumeric() || at == '_';
    name.chars().all(of_names) && !name.starts_with(|first: char| first.is_ascii_digit())
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
        Unread::NoText(why) => format!("cannot be read: {why}"),
    })
}

/// Reading, for the group and for everybody.
const OTHERS_READ: u32 = 0o044;
/// Writing, for the group and for everybody.
const OTHERS_WRITE: u32 = 0o022;

/// A warning, if others on this machine may read the file.
pub(crate) fn others_may_read(file: &Path) -> Option<String> {
    others_may(OTHERS_READ, file).then(|| {
        format!(
            "{} holds an API key, and others on this machine may read it; `chmod 600` keeps it from them",
            file.display()
        )
    })
}

/// A warning, if others on this machine may change the file: a config says where keys are sent.
pub(crate) fn others_may_write(file: &Path) -> Option<String> {
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
