//! What the simulated cloud says: the envelope, pages and errors, with the headers and the words that were recorded
//! (reference, sections 1.4 and 2).

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};

use super::asked::Asked;

/// The version in every envelope.
const VERSION: &str = "v1.2.0";

/// An answer before anything befalls it.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// JSON, or nothing.
    pub(super) body: Option<Value>,
    /// Whether it changed something.
    pub(super) applied: bool,
}

/// A request that is not granted.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: u16,
    details: Vec<String>,
}

impl Refusal {
    pub(super) fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            details: vec![detail.into()],
        }
    }

    pub(super) fn bad_request(detail: String) -> Self {
        Self::new(400, detail)
    }

    /// What is sent for it. A 401 has neither version nor metadata (recorded).
    pub(super) fn reply(self, asked: &Asked) -> Reply {
        let errors = json!([{"error_code": self.status, "description": reason(self.status), "details": self.details}]);
        let body = if self.status == 401 {
            json!({"version": null, "data": {}, "errors": errors})
        } else {
            json!({"version": VERSION, "metadata": {"links": {"self": asked.address()}}, "data": {}, "errors": errors})
        };
        Reply {
            body: Some(body),
            ..Reply::new(self.status)
        }
    }
}

impl Reply {
    fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
            applied: false,
        }
    }

    /// One thing.
    pub(super) fn one(asked: &Asked, data: Value) -> Self {
        let body = json!({"version": VERSION, "metadata": {"links": {"self": asked.address()}}, "data": data});
        Self {
            body: Some(body),
            ..Self::new(200)
        }
    }

    /// No body: for OPTIONS.
    pub(super) fn nothing(header: (&str, String)) -> Self {
        Self {
            headers: vec![(header.0.to_owned(), header.1)],
            ..Self::new(204)
        }
    }

    /// The same, after something changed.
    pub(super) fn applied(self, status: u16) -> Self {
        Self {
            status,
            applied: true,
            ..self
        }
    }

    /// A page of a list. `data` makes the answer's data of the page's items.
    pub(super) fn page(asked: &Asked, page: Page, data: Value) -> Self {
        let mut links = Map::new();
        links.insert("self".to_owned(), asked.address().into());
        if page.offset > 0 {
            let before = page.offset.saturating_sub(page.limit);
            links.insert("prev".to_owned(), link(asked, page.limit, before).into());
        }
        if let Some(next) = page.next {
            links.insert("next".to_owned(), link(asked, page.limit, next).into());
        }
        let results = json!({"total": page.total, "current_item_count": page.count, "index": page.offset, "items_per_page": page.limit});
        let body = json!({"version": VERSION, "metadata": {"links": links, "results": results}, "data": data});
        Self {
            body: Some(body),
            ..Self::new(200)
        }
    }

    /// A list that has a total and no pages.
    pub(super) fn whole_list(asked: &Asked, items: Vec<Value>) -> Self {
        let metadata =
            json!({"links": {"self": asked.address()}, "results": {"total": items.len()}});
        let body = json!({"version": VERSION, "metadata": metadata, "data": items});
        Self {
            body: Some(body),
            ..Self::new(200)
        }
    }

    /// The body as text.
    pub(super) fn text(&self) -> Vec<u8> {
        self.body
            .as_ref()
            .map(|body| body.to_string().into_bytes())
            .unwrap_or_default()
    }
}

/// Where a page lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) limit: u64,
    pub(super) offset: u64,
    pub(super) count: u64,
    pub(super) total: u64,
    /// The offset of the page after it; `None` for the last one.
    pub(super) next: Option<u64>,
}

/// Cuts a page out of all matches, and makes JSON of those in it alone.
pub(super) fn cut<T>(
    asked: &Asked,
    matches: Vec<T>,
    json: impl Fn(T) -> Value,
) -> Result<(Page, Vec<Value>), Refusal> {
    let (limit, offset) = asked.page()?;
    let total = u64::try_from(matches.len()).unwrap_or(u64::MAX);
    let missing = asked
        .list
        .missing_page
        .filter(|missing| missing.is_at(offset, limit, total));
    let (first, most) = match missing {
        None => (offset, limit),
        Some(missing) if missing.repeats_first => (0, limit),
        Some(_) => (offset, 0),
    };
    let items: Vec<Value> = matches
        .into_iter()
        .skip(usize::try_from(first).unwrap_or(usize::MAX))
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .map(json)
        .collect();
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    // A missing page does not know it: the page after it is where it would be.
    let end = offset.saturating_add(if missing.is_some() { limit } else { count });
    let page = Page {
        limit,
        offset,
        count,
        total,
        next: (end > offset && end < total).then_some(end),
    };
    Ok((page, items))
}

/// A list in pages whose data are its items.
pub(super) fn list<T>(
    asked: &Asked,
    matches: Vec<T>,
    json: impl Fn(T) -> Value,
) -> Result<Reply, Refusal> {
    let (page, items) = cut(asked, matches, json)?;
    Ok(Reply::page(asked, page, Value::Array(items)))
}

/// The address of another page: the filters as they came, percent-encoded, then limit and offset.
fn link(asked: &Asked, limit: u64, offset: u64) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &asked.query {
        if name != "limit" && name != "offset" {
            query.append_pair(name, value);
        }
    }
    query
        .append_pair("limit", &limit.to_string())
        .append_pair("offset", &offset.to_string());
    format!("{}{}?{}", asked.origin, asked.path, query.finish())
}

/// The reason phrase of a status.
pub(super) fn reason(status: u16) -> &'static str {
    http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown")
}

/// Compresses a body.
pub(super) fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    Bytes::from(written.unwrap_or_default())
}
