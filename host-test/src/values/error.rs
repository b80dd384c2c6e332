//! What can be wrong with a JSON value that should become a value of the component, and where.

use serde_json::Value;

/// A JSON value that does not fit its type. Says where in words of JSON path: `$.connector-guids[2]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ValueError {
    path: String,
    problem: String,
    /// The problem without anything that was given, where that differs.
    discreet: Option<String>,
}

impl ValueError {
    /// `problem` at `path`, in words.
    pub fn new(path: &str, problem: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            problem: problem.into(),
            discreet: None,
        }
    }

    /// The same without what was given: any of it may be a secret in the wrong place.
    #[must_use]
    pub(crate) fn discreet(self) -> Self {
        Self {
            problem: self.discreet.unwrap_or(self.problem),
            discreet: None,
            ..self
        }
    }

    /// Another kind of JSON value was expected than the one that came.
    pub(super) fn expected(path: &str, what: &str, got: &Value) -> Self {
        Self {
            discreet: Some(format!("expected {what}, got {}", kind(got))),
            ..Self::new(path, format!("expected {what}, got {}", shortly(got)))
        }
    }

    /// Where the value stands: `$` is the whole of it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// `name` is none of `known`; says which they are, and the nearest.
pub(crate) fn unknown(path: &str, what: &str, name: &str, known: &[String]) -> ValueError {
    let nearest = nearest(name, known)
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    let known = known
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let known = if known.is_empty() {
        "there are none".to_owned()
    } else {
        format!("known: {known}")
    };
    // The name of a field shows what was mistyped; a value, and what does not look like a name, may be anything.
    let discreet = match what {
        "field" if looks_like_a_name(name) => None,
        "field" => Some(format!(
            "unknown field, a name that is no setting ({known})"
        )),
        _ => Some(format!("unknown {what} ({known})")),
    };
    ValueError {
        discreet,
        ..ValueError::new(path, format!("unknown {what} `{name}`{nearest} ({known})"))
    }
}

/// Whether a text could be the name of a field: letters, hyphens and underscores, and no more than
/// any field has. Keys and ids have digits.
pub(crate) fn looks_like_a_name(text: &str) -> bool {
    text.len() <= 30
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'))
}

/// The kind of a value, without the value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The one of `known` that was probably meant.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let plain = name.replace('_', "-").to_lowercase();
    // Variables of the environment begin so.
    let plain = plain.strip_prefix("amp-").unwrap_or(&plain);
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(plain, candidate), candidate))
        // 0.8 is where command line parsers draw this line.
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A value as an error message shows it: its kind, and the value itself where it is short.
fn shortly(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Number(number) => format!("number {number}"),
        // The longest that still reads well in a sentence.
        Value::String(text) if text.chars().count() <= 40 => format!("string \"{text}\""),
        Value::String(_) => "a string".to_owned(),
        Value::Array(items) => format!("an array of {} items", items.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}
