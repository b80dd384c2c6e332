//! The parts of a HAR file that a replay needs, as they stand in the JSON.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A whole file.
#[derive(Debug, Clone, Deserialize)]
pub struct Har {
    /// Its only part.
    pub log: Log,
}

/// What was recorded.
#[derive(Debug, Clone, Deserialize)]
pub struct Log {
    /// Each request with its response that a replay can use, in the order in which they were made.
    #[serde(skip)]
    pub entries: Vec<Entry>,
    /// A sentence for each entry that a replay cannot use. Recorders write down all that a page asks for.
    #[serde(skip)]
    pub unusable: Vec<String>,
    /// The entries as they stand in the file: each is read by itself.
    #[serde(rename = "entries")]
    pub(super) raw: Vec<Value>,
    /// What the recording shows, in a sentence.
    #[serde(default, deserialize_with = "text_or_none")]
    pub comment: Option<String>,
    /// Our own: the call of the component that the recording belongs to.
    #[serde(default, rename = "_call", deserialize_with = "call_or_none")]
    pub call: Option<Call>,
}

/// The call that a recording belongs to: our own addition to the format, which allows fields that begin with `_`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Name of the command: `get-computers`.
    pub command: String,
    /// Its input, by the names of the fields.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// Settings that differ from those of a replay.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// What the wall clock shows, in RFC 3339; the present time if there is none.
    #[serde(default)]
    pub now: Option<String>,
    /// Whether it belongs to the tour that `host-test demo` makes.
    #[serde(default)]
    pub demo: bool,
}

/// A request and its response.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// The request.
    pub request: Request,
    /// The response.
    pub response: Response,
}

/// A request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The whole address, with its query.
    pub url: String,
    /// The query once more, taken apart. Looked at only if the address has none.
    #[serde(default, deserialize_with = "or_default")]
    pub query_string: Vec<Query>,
    /// The body.
    #[serde(default)]
    pub post_data: Option<PostData>,
}

/// A part of a query.
#[derive(Debug, Clone, Deserialize)]
pub struct Query {
    /// Its name, decoded.
    pub name: String,
    /// Its value, decoded.
    #[serde(default, deserialize_with = "or_default")]
    pub value: String,
}

/// The body of a request.
#[derive(Debug, Clone, Deserialize)]
pub struct PostData {
    /// The body as text.
    #[serde(default, deserialize_with = "or_default")]
    pub text: String,
    /// The fields of a form, which some tools write in place of the text.
    #[serde(default, deserialize_with = "or_default")]
    pub params: Vec<Query>,
}

/// A response.
#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    /// The HTTP status; 0 for a request that got no answer.
    pub status: u16,
    /// Its headers.
    #[serde(default, deserialize_with = "or_default")]
    pub headers: Vec<Header>,
    /// Its body.
    #[serde(default, deserialize_with = "or_default")]
    pub content: Content,
    /// What went wrong with the connection, as Chrome writes it: `net::ERR_CONNECTION_REFUSED`. With a status other
    /// than 0, the connection broke after that much of the body.
    #[serde(default, rename = "_error")]
    pub error: Option<String>,
}

/// A header.
#[derive(Debug, Clone, Deserialize)]
pub struct Header {
    /// Its name, in any case.
    pub name: String,
    /// Its value.
    #[serde(default, deserialize_with = "or_default")]
    pub value: String,
}

/// The body of a response.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Content {
    /// The body, as text or in base64.
    #[serde(default)]
    pub text: Option<String>,
    /// `base64` if the text is that.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Our own: the headers speak of these very bytes. Otherwise a recorder has decoded them and left the headers as they were.
    #[serde(default, rename = "_asSent")]
    pub as_sent: bool,
}

/// What others write in our place is not ours to judge.
fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// Ours names a command; then everything in it must be right.
fn call_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Call>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if value.get("command").is_none_or(|name| !name.is_string()) {
        return Ok(None);
    }
    Call::deserialize(value).map(Some).map_err(D::Error::custom)
}

/// What others write as `null` counts as left out.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
