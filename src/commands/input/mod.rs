//! Checking what comes in, before any request goes out. A failure names the field and what would be right.

mod filters;

use crate::amp::ids::{Guid, Sha256};
use crate::amp::timestamp;
use crate::bound::Bound;
use crate::catalog::bounds::{self, bound_of_text};
use crate::catalog::ranges::range_of;
use crate::invisible;
use crate::quoting::quoted;

pub use filters::{Filters, filters};

/// An input that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// Name of the field, as in the contract.
    pub field: &'static str,
    /// What is wrong and what would be right, in a sentence.
    pub message: String,
}

impl InputError {
    /// An error about a field.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}

/// A number or its default, if it is in the range of its field.
///
/// # Errors
///
/// The range, if the number is out of it.
pub fn number(field: &'static str, value: Option<u32>) -> Result<u64, InputError> {
    let Some(range) = range_of(field) else {
        return Ok(value.unwrap_or(0).into());
    };
    let value = value.unwrap_or(range.default);
    if (range.minimum..=range.maximum).contains(&value) {
        return Ok(value.into());
    }
    Err(InputError::new(
        field,
        format!(
            "{value} is out of range; it takes {} to {}",
            range.minimum, range.maximum
        ),
    ))
}

/// A GUID. Spaces, quotation marks and invisible characters around it are ignored.
///
/// # Errors
///
/// What a GUID looks like, and where to get one (`source`), if the text is none.
pub fn guid(field: &'static str, text: &str, source: &str) -> Result<Guid, InputError> {
    let id = invisible::trim_quotes(text);
    Guid::parse(id).ok_or_else(|| {
        let what = not_an_id(id).unwrap_or_else(|| format!("{} is no GUID", quoted(id)));
        InputError::new(
            field,
            format!("{what}; a GUID looks like 6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11 and comes from {source}"),
        )
    })
}

/// The reason why an id cannot be one, if it is not its form.
fn not_an_id(id: &str) -> Option<String> {
    if id.is_empty() {
        return Some("it is empty".to_owned());
    }
    invisible::name_of_first(id).map(|name| {
        format!(
            "{} has an invisible character ({name}) within it",
            quoted(id)
        )
    })
}

/// A list of GUIDs, each once, and how many were there twice.
///
/// # Errors
///
/// As [`guid`], for the first that is none; if there is not one, or too many of them.
pub fn guids(
    field: &'static str,
    texts: &[String],
    source: &str,
) -> Result<(Vec<Guid>, usize), InputError> {
    if texts.is_empty() {
        return Err(InputError::new(
            field,
            format!("the list is empty; give at least one GUID, which comes from {source}"),
        ));
    }
    guids_within(field, texts, source, bounds::GUIDS)
}

/// The same for a list that may be empty and has a bound of its own.
fn guids_within(
    field: &'static str,
    texts: &[String],
    source: &str,
    bound: Bound,
) -> Result<(Vec<Guid>, usize), InputError> {
    check_items(field, texts.len(), bound)?;
    let mut guids: Vec<Guid> = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let guid = guid(field, text, source).map_err(|error| match texts.len() {
            1 => error,
            count => InputError::new(
                field,
                format!("number {} of {count}: {}", place + 1, error.message),
            ),
        })?;
        if !guids.contains(&guid) {
            guids.push(guid);
        }
    }
    let repeated = texts.len() - guids.len();
    Ok((guids, repeated))
}

/// Checks the length of a list.
fn check_items(field: &'static str, count: usize, bound: Bound) -> Result<(), InputError> {
    if bound.accepts(count) {
        return Ok(());
    }
    Err(InputError::new(
        field,
        format!(
            "the list has {count} entries, and {bound} are accepted; split it into several calls"
        ),
    ))
}

/// A SHA-256. Spaces, quotation marks and invisible characters around it are ignored.
///
/// # Errors
///
/// What a SHA-256 looks like, if the text is none; other hashes are called by their names.
pub fn sha256(field: &'static str, text: &str) -> Result<Sha256, InputError> {
    let text = invisible::trim_quotes(text);
    Sha256::parse(text).ok_or_else(|| {
        let what =
            not_an_id(text).unwrap_or_else(|| match (text.len(), crate::amp::ids::is_hex(text)) {
                (32, true) => format!("{} is an MD5", quoted(text)),
                (40, true) => format!("{} is a SHA-1", quoted(text)),
                _ => format!("{} is no SHA-256", quoted(text)),
            });
        InputError::new(
            field,
            format!("{what}; AMP's file lists take a SHA-256, 64 hexadecimal digits"),
        )
    })
}

/// A point in time, in seconds since 1970.
///
/// # Errors
///
/// The forms that are taken, if the text is none.
pub fn time(field: &'static str, text: Option<&str>) -> Result<Option<i64>, InputError> {
    let Some(text) = filled(text) else {
        return Ok(None);
    };
    match timestamp::parse(text) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(InputError::new(
            field,
            format!(
                "{} is no time; write it as 2026-05-01 08:00 (UTC) or as 2026-05-01T08:00:00Z",
                quoted(text)
            ),
        )),
    }
}

/// A text that must not be empty.
///
/// # Errors
///
/// If it is, or if it is too long.
pub fn required<'a>(field: &'static str, text: &'a str, what: &str) -> Result<&'a str, InputError> {
    optional(field, Some(text))?
        .ok_or_else(|| InputError::new(field, format!("it is empty; give {what}")))
}

/// An optional text without spaces and invisible characters around it; forms send an empty one for
/// nothing.
///
/// # Errors
///
/// If it is too long.
pub fn optional<'a>(
    field: &'static str,
    text: Option<&'a str>,
) -> Result<Option<&'a str>, InputError> {
    let text = filled(text);
    let Some((bound, length)) = bound_of_text(field).zip(text.map(|text| text.chars().count()))
    else {
        return Ok(text);
    };
    if bound.accepts(length) {
        return Ok(text);
    }
    Err(InputError::new(
        field,
        format!("it has {length} characters, and {bound} are accepted; shorten it"),
    ))
}

/// An optional text to search for. Quotation marks around an id, a hash or an address are ignored:
/// they belong to names only.
///
/// # Errors
///
/// If it is too long.
pub fn observable<'a>(
    field: &'static str,
    text: Option<&'a str>,
) -> Result<Option<&'a str>, InputError> {
    let is_bare = |text: &str| {
        let is_of_ids =
            |letter: char| letter.is_ascii_hexdigit() || matches!(letter, '-' | '.' | ':');
        !text.is_empty() && text.chars().all(is_of_ids)
    };
    let text = optional(field, text)?;
    Ok(text.map(|text| {
        let bare = invisible::trim_quotes(text);
        if is_bare(bare) { bare } else { text }
    }))
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(invisible::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
