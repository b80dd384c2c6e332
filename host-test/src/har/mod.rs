//! HTTP Archives (HAR 1.2): the form that recordings have, which every browser and HTTP recorder can write.
//!
//! Reading is tolerant of what others write (more fields, fewer fields, nulls); an entry that cannot be replayed is put
//! aside with its complaint. [`write`] writes what can. Knows the format; nothing of matching or of the component.

mod content;
mod file;
pub mod write;

pub use content::{Body, response_body, response_headers};
pub use file::{Call, Content, Entry, Har, Header, Log, PostData, Query, Request, Response};

use std::path::{Path, PathBuf};

use serde_json::Value;

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
    let mut har: Har = serde_path_to_error::deserialize(&mut json).map_err(|error| {
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
    let mut first = None;
    for (index, raw) in std::mem::take(&mut har.log.raw).into_iter().enumerate() {
        match entry(raw) {
            Ok(entry) => har.log.entries.push(entry),
            Err((field, problem)) => {
                let number = index.saturating_add(1);
                har.log
                    .unusable
                    .push(format!("entry {number}: {field}: {problem}"));
                first.get_or_insert((format!("at $.log.entries[{index}].{field}"), problem));
            }
        }
    }
    // Nothing in it could ever answer: whoever made it wants to know why.
    match first {
        Some((place, problem)) if har.log.entries.is_empty() => Err(damaged(place, problem)),
        _ => Ok(har),
    }
}

/// An entry that can be replayed, or the field that is in the way and what is wrong with it.
fn entry(raw: Value) -> Result<Entry, (String, String)> {
    let mut entry: Entry = serde_path_to_error::deserialize(raw)
        .map_err(|error| (error.path().to_string(), error.into_inner().to_string()))?;
    entry.request.method.make_ascii_uppercase();
    check(&entry).map_err(|(field, problem)| (field.to_owned(), problem))?;
    Ok(entry)
}

/// Serde's message without the place at its end, which is told already.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(message, _)| message.to_owned())
}

/// What serde does not see: whether an entry can be replayed.
fn check(entry: &Entry) -> Result<(), (&'static str, String)> {
    let url = &entry.request.url;
    match url::Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => {}
        Ok(parsed) => {
            let problem = format!("`{}` is neither http nor https", parsed.scheme());
            return Err(("request.url", problem));
        }
        Err(error) => return Err(("request.url", format!("`{url}` is no URL ({error})"))),
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
