//! A request as the simulated cloud reads it.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;
use url::form_urlencoded;

use super::reply::Refusal;

/// AMP's largest page, and what holds if none is asked for (reference, section 2.2).
const PAGE: u64 = 500;

/// A request.
pub(super) struct Asked {
    pub(super) method: Method,
    /// Decoded, without a slash at its end: AMP tolerates one (reference, section 3).
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    /// Path and query as they came.
    pub(super) path_and_query: String,
    /// Scheme, host and port, which the links in the answer repeat.
    pub(super) origin: String,
    pub(super) authorization: Option<String>,
    pub(super) takes_gzip: bool,
    /// What is wrong with a list that this request asks for.
    pub(super) list: ListFault,
    body: Bytes,
    is_form: bool,
}

/// What is wrong with a list, as faults set it. The default is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ListFault {
    /// Events are sorted and filtered by the time at which they arrived.
    pub(super) by_arrival: bool,
    /// Offsets above this one are rejected.
    pub(super) largest_offset: Option<u64>,
    /// A page in the middle is missing.
    pub(super) missing_page: Option<MissingPage>,
}

/// A page that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MissingPage {
    /// Whether the items of the first page take its place, rather than none.
    pub(super) repeats_first: bool,
    /// Its offset; `None` for every page but the first and the last.
    pub(super) offset: Option<u64>,
}

impl MissingPage {
    /// Whether the page that a request asks for is the one that is missing.
    pub(super) fn is_at(&self, offset: u64, limit: u64, total: u64) -> bool {
        let is_in_the_middle = offset > 0 && offset.saturating_add(limit) < total;
        self.offset
            .map_or(is_in_the_middle, |missing| missing == offset)
    }
}

impl Asked {
    pub(super) fn new(request: &Request<Bytes>) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        let header =
            |name: http::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let host = uri
            .authority()
            .map(|authority| authority.as_str())
            .or_else(|| header(http::header::HOST))
            .unwrap_or("localhost");
        let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy();
        let path = match path.trim_end_matches('/') {
            "" => "/",
            path => path,
        };
        Self {
            method: request.method().clone(),
            path: path.to_owned(),
            query: form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
            path_and_query: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            origin: format!("{}://{host}", uri.scheme_str().unwrap_or("http")),
            authorization: header(http::header::AUTHORIZATION).map(str::to_owned),
            takes_gzip: header(http::header::ACCEPT_ENCODING).is_some_and(|encodings| {
                encodings
                    .split(',')
                    .any(|one| one.trim().starts_with("gzip"))
            }),
            list: ListFault::default(),
            body: request.body().clone(),
            is_form: header(http::header::CONTENT_TYPE)
                .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")),
        }
    }

    /// The address as it came, for `links.self`.
    pub(super) fn address(&self) -> String {
        format!("{}{}", self.origin, self.path_and_query)
    }

    /// Whether it could change something.
    pub(super) fn is_write(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// Whether a list is asked for, rather than one object.
    pub(super) fn is_for_list(&self) -> bool {
        let last = self.path.rsplit('/').next().unwrap_or_default();
        let is_object = is_guid(last) || is_sha256(last) || matches!(last, "isolation" | "version");
        self.method == Method::GET && !is_object
    }

    /// Refuses parameters that the endpoint does not know (400, reference, section 2.4). Where one is repeatable, its name is
    /// given without brackets.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let unknown = self
            .query
            .iter()
            .map(|(name, _)| bare(name))
            .find(|name| !known.contains(name));
        match unknown {
            Some(name) => Err(Refusal::bad_request(format!(
                "{name} is not a valid parameter"
            ))),
            None => Ok(()),
        }
    }

    /// The last value of a parameter.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.all(name).last().copied()
    }

    /// Every value of a parameter, whether or not its name has brackets.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let values = self.query.iter().filter(|(other, _)| bare(other) == name);
        values.map(|(_, value)| value.as_str()).collect()
    }

    /// Limit and offset. What AMP does with a limit over 500 is not known; here it is refused, so that nobody relies on more.
    pub(super) fn page(&self) -> Result<(u64, u64), Refusal> {
        let number =
            |name: &str, default: u64, range: std::ops::RangeInclusive<u64>| match self.one(name) {
                None => Ok(default),
                Some(text) => text
                    .parse()
                    .ok()
                    .filter(|number| range.contains(number))
                    .ok_or_else(|| Refusal::bad_request(format!("{name} is invalid"))),
            };
        let page = (
            number("limit", PAGE, 1..=PAGE)?,
            number("offset", 0, 0..=u64::MAX)?,
        );
        match self.list.largest_offset {
            Some(largest) if page.1 > largest => Err(Refusal::bad_request(format!(
                "invalid offset: should be integer between 0 and {largest} inclusive"
            ))),
            _ => Ok(page),
        }
    }

    /// GUIDs of a parameter, in lower case.
    pub(super) fn guids(&self, name: &str) -> Result<Vec<String>, Refusal> {
        let check = |value: &str| {
            if is_guid(value) {
                Ok(value.to_ascii_lowercase())
            } else {
                Err(Refusal::bad_request(format!("{name} is invalid: {value}")))
            }
        };
        self.all(name).into_iter().map(check).collect()
    }

    /// A text field of the body, which is JSON or a form.
    pub(super) fn field(&self, name: &str) -> Result<Option<String>, Refusal> {
        if self.body.is_empty() {
            return Ok(None);
        }
        if self.is_form {
            let mut fields = form_urlencoded::parse(&self.body);
            return Ok(fields
                .find(|(other, _)| other == name)
                .map(|(_, value)| value.into_owned()));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(fields)) => match fields.get(name) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(text)) => Ok(Some(text.clone())),
                Some(_) => Err(Refusal::bad_request(format!("{name} is invalid"))),
            },
            _ => Err(Refusal::bad_request(
                "The request body is not valid JSON".to_owned(),
            )),
        }
    }
}

/// A parameter's name without the brackets of a repeatable one.
fn bare(name: &str) -> &str {
    name.strip_suffix("[]").unwrap_or(name)
}

/// Whether a text has the form of a GUID.
pub(super) fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a text has the form of a SHA-256.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
