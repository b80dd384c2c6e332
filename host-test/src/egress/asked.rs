//! What makes two requests the same for a replay: method, path, query and body. And, where they are not, how they differ.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::har;

/// A request as a replay compares it. The query is decoded and sorted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Body,
}

/// A body: JSON wherever it can be read as such.
#[derive(Debug, Clone, PartialEq)]
enum Body {
    Json(Value),
    Bytes(Bytes),
}

impl Body {
    fn of(bytes: Bytes) -> Self {
        match serde_json::from_slice(&bytes) {
            Ok(json) => Self::Json(json),
            Err(_) => Self::Bytes(bytes),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Bytes(bytes) if bytes.is_empty())
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As much as reads well in a sentence.
        let text = match self {
            Self::Json(json) => json.to_string(),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        };
        let short: String = text.chars().take(200).collect();
        f.write_str(&short)?;
        if short.len() < text.len() {
            f.write_str("...")
        } else {
            Ok(())
        }
    }
}

impl Asked {
    /// A request that somebody makes now.
    pub(super) fn live(request: &Request<Bytes>) -> Self {
        let uri = request.uri();
        Self::new(
            request.method().as_str(),
            uri.path(),
            pairs(uri.query().unwrap_or_default()),
            request.body().clone(),
        )
    }

    /// A request that was recorded.
    pub(super) fn recorded(request: &har::Request) -> Self {
        // The address was checked when the recording was read.
        let url = Url::parse(&request.url).ok();
        let query = url.as_ref().and_then(Url::query).unwrap_or_default();
        let mut query = pairs(query);
        if query.is_empty() {
            query = request
                .query_string
                .iter()
                .map(|part| (part.name.clone(), part.value.clone()))
                .collect();
        }
        let body = request.post_data.as_ref().map(|body| match body {
            body if body.text.is_empty() && !body.params.is_empty() => {
                let fields = body.params.iter().map(|part| (&part.name, &part.value));
                form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish()
            }
            body => body.text.clone(),
        });
        Self::new(
            &request.method,
            url.as_ref().map_or("/", Url::path),
            query,
            Bytes::from(body.unwrap_or_default()),
        )
    }

    fn new(method: &str, path: &str, mut query: Vec<(String, String)>, body: Bytes) -> Self {
        query.sort();
        let path = if path.is_empty() { "/" } else { path };
        Self {
            method: method.to_owned(),
            path: decoded(path),
            query,
            body: Body::of(body),
        }
    }

    /// How far another request is from this one: the path counts most, then the method, the query, the body.
    pub(super) fn distance(&self, other: &Self) -> usize {
        let path = strsim::levenshtein(&self.path, &other.path);
        let query = self
            .query
            .iter()
            .filter(|part| !other.query.contains(part))
            .count()
            + other
                .query
                .iter()
                .filter(|part| !self.query.contains(part))
                .count();
        path.saturating_mul(100)
            .saturating_add(usize::from(self.method != other.method).saturating_mul(50))
            .saturating_add(query.saturating_mul(2))
            .saturating_add(usize::from(self.body != other.body))
    }

    /// In words, how this recorded request differs from the one that was `made`.
    pub(super) fn differences(&self, made: &Self) -> String {
        let mut words = Vec::new();
        if self.method != made.method {
            words.push(format!("its method is {}", self.method));
        }
        if self.path != made.path {
            words.push(format!("its path is {}", self.path));
        }
        let (here, there) = (by_name(&self.query), by_name(&made.query));
        let mut names: Vec<&str> = here.keys().chain(there.keys()).copied().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            match (here.get(name), there.get(name)) {
                (Some(ours), Some(theirs)) if ours != theirs => {
                    words.push(format!(
                        "its query has `{}` where this has `{}`",
                        written(name, ours),
                        written(name, theirs)
                    ));
                }
                (Some(ours), None) => {
                    words.push(format!("its query has `{}` besides", written(name, ours)))
                }
                (None, Some(theirs)) => {
                    words.push(format!("`{}` is not in its query", written(name, theirs)))
                }
                _ => {}
            }
        }
        if self.body != made.body {
            words.push(if self.body.is_empty() {
                "it has no body".to_owned()
            } else {
                format!("its body is {}", self.body)
            });
        }
        words.join(", ")
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (index, (name, value)) in self.query.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        if self.body.is_empty() {
            Ok(())
        } else {
            write!(f, " with the body {}", self.body)
        }
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn by_name(query: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in query {
        names.entry(name).or_default().push(value);
    }
    names
}

fn written(name: &str, values: &[&str]) -> String {
    values
        .iter()
        .map(|value| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

/// A path with its percent signs decoded, so that two spellings of one path are the same.
fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}
