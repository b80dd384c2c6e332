//! A request to AMP as a value: built by the commands, sent by [`super::Amp`].

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::connection::Connection;
use crate::http::{self, Method};

/// What is encoded in a query or a path: everything but the unreserved characters (RFC 3986, section 2.3). So a `+` becomes
/// `%2B`, which AMP needs in dates, and `[]` becomes `%5B%5D`, which it takes as well (reference, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The product that requests come from (reference, section 1.4).
const USER_AGENT: &str = concat!("cisco-secure-endpoint/", env!("CARGO_PKG_VERSION"));

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// What it is about, for messages: `computer`, `policy`, ...
    pub subject: &'static str,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Vec<(&'static str, String)>,
}

impl Request {
    /// A request to `/v1` and the given segments; each is encoded.
    pub fn new(method: Method, subject: &'static str, segments: &[&str]) -> Self {
        let mut path = String::from("/v1");
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, ENCODED));
        }
        Self {
            method,
            subject,
            path,
            query: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A `GET`.
    pub fn get(subject: &'static str, segments: &[&str]) -> Self {
        Self::new(Method::Get, subject, segments)
    }

    /// The same with a query parameter; repeatable ones end in `[]`.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// The same with a query parameter, if there is a value.
    #[must_use]
    pub fn query_if(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// The same with a field of the JSON body, if there is a value. Without any field there is no body.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.body.push((name, value.to_owned()));
        }
        self
    }

    /// Values of its body that no message may repeat (reference, section 5).
    pub fn secrets(&self) -> Vec<&str> {
        self.body
            .iter()
            .filter(|(name, _)| *name == "unlock_code")
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Whether it may change something.
    pub fn is_write(&self) -> bool {
        self.method != Method::Get
    }

    /// The request as it travels, with the credential.
    pub fn to_http(&self, connection: &Connection) -> http::Request {
        let mut path_and_query = self.path.clone();
        for (place, (name, value)) in self.query.iter().enumerate() {
            path_and_query.push(if place == 0 { '?' } else { '&' });
            path_and_query.extend(utf8_percent_encode(name, ENCODED));
            path_and_query.push('=');
            path_and_query.extend(utf8_percent_encode(value, ENCODED));
        }
        let mut headers = vec![
            (
                "authorization",
                connection.authorization.reveal().to_owned(),
            ),
            ("accept", "application/json".to_owned()),
            ("accept-encoding", "gzip".to_owned()),
            ("user-agent", USER_AGENT.to_owned()),
        ];
        let body = if self.body.is_empty() {
            Vec::new()
        } else {
            headers.push(("content-type", "application/json".to_owned()));
            json_object(&self.body)
        };
        http::Request {
            method: self.method,
            origin: connection.origin.clone(),
            path_and_query,
            headers,
            body,
        }
    }
}

/// Texts as the fields of a JSON object.
fn json_object(fields: &[(&str, String)]) -> Vec<u8> {
    let mut object = vec![b'{'];
    for (place, (name, value)) in fields.iter().enumerate() {
        if place > 0 {
            object.push(b',');
        }
        object.extend_from_slice(json_text(name).as_bytes());
        object.push(b':');
        object.extend_from_slice(json_text(value).as_bytes());
    }
    object.push(b'}');
    object
}

/// A text in JSON. No text fails to be written.
fn json_text(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
