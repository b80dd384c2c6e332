//! HTTP Archives (HAR 1.2): the form that recordings have, which every browser and HTTP recorder can write.
//!
//! Reading is tolerant of what others write (more fields, fewer fields, nulls) and strict about what cannot be
//! replayed; [`write`] writes what can. Knows the format; nothing of matching or of the component.

mod content;
mod file;
pub mod write;

pub use content::{Body, response_body, response_headers};
pub use file::{Call, Content, Entry, Har, Header, Log, PostData, Query, Request, Response};

use std::path::{Path, PathBuf};

/// What a HAR is, for people whose file is none.
const WHAT_IT_IS: &str = "A recording is an HTTP Archive (HAR 1.2): a JSON file with `log.entries`, each a `request` and its `response`, \
     as a browser's network tab saves it";

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HarError {
    /// The file cannot be read.
    #[error("the recording {} cannot be read: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file cannot be written.
    #[error("the recording {} cannot be written: {error}; name another file", .file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The text is no HAR.
    #[error("{name} is no usable recording: {place}: {problem}. {WHAT_IT_IS}")]
    Damaged {
        /// The file, or "this".
        name: String,
        /// Line, column, and path into the JSON.
        place: String,
        /// What is wrong there.
        problem: String,
    },
}

/// Reads a recording from a file.
///
/// # Errors
///
/// When it cannot be read or is no HAR; says where.
pub fn read(file: &Path) -> Result<Har, HarError> {
    let bytes = std::fs::read(file).map_err(|error| HarError::Unreadable {
        file: file.to_owned(),
        error,
    })?;
    parse(&bytes, &file.display().to_string())
}

/// Reads a recording from its bytes; `name` stands for it in errors.
///
/// # Errors
///
/// When it is no HAR; says where.
pub fn parse(bytes: &[u8], name: &str) -> Result<Har, HarError> {
    // Some tools of Windows write a byte order mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let damaged = |place: String, problem: String| HarError::Damaged {
        name: name.to_owned(),
        place,
        problem,
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let har: Har = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        let place = match path.as_str() {
            "." | "?" => format!("line {}, column {}", error.line(), error.column()),
            path => format!(
                "line {}, column {}, at $.{path}",
                error.line(),
                error.column()
            ),
        };
        damaged(place, without_place(&error))
    })?;
    json.end().map_err(|error| {
        damaged(
            format!("line {}, column {}", error.line(), error.column()),
            without_place(&error),
        )
    })?;
    for (index, entry) in har.log.entries.iter().enumerate() {
        check(entry).map_err(|(field, problem)| {
            damaged(format!("at $.log.entries[{index}].{field}"), problem)
        })?;
    }
    Ok(har)
}

/// Serde's message without the place at its end, which is told already.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(message, _)| message.to_owned())
}

/// What serde does not see: whether an entry can be replayed.
fn check(entry: &Entry) -> Result<(), (&'static str, String)> {
    if let Err(error) = url::Url::parse(&entry.request.url) {
        return Err((
            "request.url",
            format!("`{}` is no URL ({error})", entry.request.url),
        ));
    }
    if http::Method::from_bytes(entry.request.method.as_bytes()).is_err() {
        return Err((
            "request.method",
            format!("`{}` is no HTTP method", entry.request.method),
        ));
    }
    // 0 stands for a request that got no answer.
    if entry.response.status != 0 && http::StatusCode::from_u16(entry.response.status).is_err() {
        return Err((
            "response.status",
            format!("{} is no HTTP status", entry.response.status),
        ));
    }
    response_body(&entry.response).map_err(|error| ("response.content.text", error))?;
    Ok(())
}

#[cfg(test)]
mod tests;
