//! Checking what comes in, before any request goes out. A failure names the field and what would be right.

use crate::amp::ids::{Guid, Sha256};
use crate::amp::timestamp;
use crate::catalog::ranges::range_of;
use crate::quoting::quoted;

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

/// A GUID.
///
/// # Errors
///
/// What a GUID looks like, and where to get one (`source`), if the text is none.
pub fn guid(field: &'static str, text: &str, source: &str) -> Result<Guid, InputError> {
    Guid::parse(text).ok_or_else(|| {
        let what = if text.trim().is_empty() { "it is empty".to_owned() } else { format!("{} is no GUID", quoted(text)) };
        InputError::new(
            field,
            format!("{what}; a GUID looks like 6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11 and comes from {source}"),
        )
    })
}

/// A list of GUIDs, each once, and how many were there twice.
///
/// # Errors
///
/// As [`guid`], for the first that is none, and if there is not one.
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

/// A SHA-256.
///
/// # Errors
///
/// What a SHA-256 looks like, if the text is none; other hashes are called by their names.
pub fn sha256(field: &'static str, text: &str) -> Result<Sha256, InputError> {
    Sha256::parse(text).ok_or_else(|| {
        let text = text.trim();
        let what = match (text.len(), crate::amp::ids::is_hex(text)) {
            (0, _) => "it is empty".to_owned(),
            (32, true) => format!("{} is an MD5", quoted(text)),
            (40, true) => format!("{} is a SHA-1", quoted(text)),
            _ => format!("{} is no SHA-256", quoted(text)),
        };
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
/// If it is.
pub fn required<'a>(field: &'static str, text: &'a str, what: &str) -> Result<&'a str, InputError> {
    filled(Some(text)).ok_or_else(|| InputError::new(field, format!("it is empty; give {what}")))
}

/// An optional text without the spaces around it; forms send an empty one for nothing.
pub fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_at_the_edge_of_its_range_is_taken_and_one_beyond_is_not() {
        assert_eq!(number("limit", None), Ok(500));
        assert_eq!(number("limit", Some(1)), Ok(1));
        assert_eq!(number("limit", Some(500)), Ok(500));
        for value in [0, 501] {
            let error = number("limit", Some(value)).unwrap_err();
            assert_eq!(
                (error.field, error.message),
                (
                    "limit",
                    format!("{value} is out of range; it takes 1 to 500")
                )
            );
        }
        assert_eq!(number("offset", Some(u32::MAX)), Ok(u32::MAX.into()));
    }

    #[test]
    fn a_bad_guid_in_a_list_is_named_by_its_place() {
        let good = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11".to_owned();
        let error = guids(
            "connector-guids",
            &[good.clone(), "FIN-WS-0142".to_owned()],
            "Get Computers",
        )
        .unwrap_err();
        assert!(
            error
                .message
                .starts_with("number 2 of 2: \"FIN-WS-0142\" is no GUID"),
            "{}",
            error.message
        );
        assert_eq!(
            guids("connector-guids", &[good.clone(), good.to_uppercase()], "")
                .unwrap()
                .1,
            1
        );
        assert!(
            guids("connector-guids", &[], "Get Computers")
                .unwrap_err()
                .message
                .contains("at least one")
        );
    }

    #[test]
    fn other_hashes_than_sha256_are_called_by_their_names() {
        for (text, part) in [
            ("", "empty"),
            (&*"a".repeat(32), "is an MD5"),
            (&*"a".repeat(40), "is a SHA-1"),
            ("x", "is no SHA-256"),
        ] {
            let error = sha256("hash", text).unwrap_err();
            assert!(error.message.contains(part), "{}", error.message);
        }
    }

    #[test]
    fn an_empty_time_is_none_and_a_wrong_one_is_told_its_form() {
        assert_eq!(time("start-time", Some(" ")), Ok(None));
        assert!(
            time("start-time", Some("01/05/2026"))
                .unwrap_err()
                .message
                .contains("2026-05-01 08:00")
        );
    }
}
