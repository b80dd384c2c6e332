//! What faults make of answers.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};
use serde_json::{Value, json};

use super::super::answer::{Body, Response, Step};
use super::super::asked::Asked;
use super::super::reply::{self, Reply};
use super::super::wire::{self, JSON, Letter, Postmark};
use super::kinds::{Other, OtherBody, Spoilt};

/// What a block of the bomb comes to.
const BLOCK: usize = 256 * 1024;

/// 256 KiB of spaces, compressed so that it can be repeated.
static BLOCK_OF_SPACES: LazyLock<Bytes> = LazyLock::new(|| {
    let mut block = Vec::with_capacity(BLOCK);
    let mut compress = Compress::new(Compression::best(), false);
    // A full flush ends on a byte and forgets what came before. Compressing into memory does not fail.
    let _ = compress.compress_vec(&[b' '; BLOCK], &mut block, FlushCompress::Full);
    Bytes::from(block)
});

/// The beginning of a gzip stream without any optional part (RFC 1952, section 2.3).
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Another answer than the cloud's.
pub(in crate::simulator) fn answer(other: &Other, asked: &Asked, mark: &Postmark) -> Response {
    let words = reply::reason(other.status);
    let (kind, text) = match other.body {
        OtherBody::Nothing => ("", String::new()),
        OtherBody::Text => ("text/plain", "Retry later\n".to_owned()),
        OtherBody::Html => {
            let title = format!("{} {words}", other.status);
            (
                "text/html",
                format!(
                    "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
                ),
            )
        }
        OtherBody::BareErrors => (
            JSON,
            json!({"version": "v1.2.0", "data": {}, "errors": "Request could not be processed"})
                .to_string(),
        ),
        OtherBody::Gateway => (
            JSON,
            json!({"error": {"message": "The gateway does not let this through"}}).to_string(),
        ),
        OtherBody::ErrorsWithoutData(code) => (JSON, without_data(code, asked).to_string()),
        OtherBody::Envelope => {
            let detail = match other.status {
                401 => "Unknown API key or Client ID",
                403 => "The API credential does not have write access",
                429 => "API rate limit exceeded",
                _ => "The simulator was told to say so",
            };
            let refusal = reply::Refusal::new(other.status, detail).reply(asked);
            (JSON, String::from_utf8_lossy(&refusal.text()).into_owned())
        }
    };
    let mut headers = wire::headers(other.status, kind, mark);
    headers.extend(
        other
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    Response {
        status: other.status,
        headers,
        body: Bytes::from(text).into(),
    }
}

/// The right answer, spoilt.
pub(in crate::simulator) fn spoil(
    how: &Spoilt,
    mut reply: Reply,
    asked: &Asked,
    mark: &Postmark,
) -> Response {
    if let Some(body) = &mut reply.body {
        spoil_json(how, body, asked);
    }
    let mut letter = Letter::new(&reply, mark);
    let text = letter.bytes.clone();
    let (first, _) = text.split_at_checked(text.len() / 2).unwrap_or_default();
    let first = Bytes::copy_from_slice(first);
    let gzip = |letter: &mut Letter| {
        letter
            .headers
            .push(("Content-Encoding".to_owned(), "gzip".to_owned()))
    };
    let steps = match how {
        Spoilt::BreakInBody(how) => vec![Step::Piece(first), Step::Break(*how)],
        Spoilt::Truncated => vec![Step::Piece(first)],
        Spoilt::StalledBody => vec![Step::Piece(first), Step::Stall],
        Spoilt::Empty => Vec::new(),
        Spoilt::Slow(piece, every) => {
            let pieces = text.chunks((*piece).max(1)).map(Bytes::copy_from_slice);
            pieces
                .flat_map(|piece| [Step::Pause(*every), Step::Piece(piece)])
                .collect()
        }
        Spoilt::BadUtf8 => {
            // Right behind the brace that opens the envelope, where no item can be saved.
            let (brace, rest) = text.split_at_checked(1).unwrap_or_default();
            let broken = [brace, &[0xff, 0xfe], rest].concat();
            vec![Step::Piece(broken.into())]
        }
        Spoilt::Deep(levels) => {
            let text = format!(
                "{{\"version\":\"v1.2.0\",\"data\":{}{}}}",
                "[".repeat(*levels),
                "]".repeat(*levels)
            );
            vec![Step::Piece(text.into())]
        }
        Spoilt::Endless => {
            let item = Bytes::from_static(b"{\"connector_guid\":\"00000000-0000-4000-8000-000000000000\",\"hostname\":\"AGAIN\"},\n").repeat(200);
            let begin = Bytes::from_static(b"{\"version\":\"v1.2.0\",\"data\":[");
            // A millisecond, so that a reader without a limit does not take all of a machine before anybody notices.
            vec![
                Step::Piece(begin),
                Step::Repeat(item.into(), None, Duration::from_millis(1)),
            ]
        }
        Spoilt::GzipBomb(mib) => {
            gzip(&mut letter);
            let blocks = mib.saturating_mul(4);
            vec![
                Step::Piece(Bytes::from_static(&GZIP_HEADER)),
                Step::Repeat(BLOCK_OF_SPACES.clone(), Some(blocks), Duration::ZERO),
            ]
        }
        Spoilt::DamagedGzip => {
            gzip(&mut letter);
            let mut bytes = reply::gzip(&text).to_vec();
            for byte in bytes.iter_mut().skip(GZIP_HEADER.len()).step_by(7) {
                *byte ^= 0x55;
            }
            vec![Step::Piece(bytes.into())]
        }
        Spoilt::CutGzip => {
            gzip(&mut letter);
            let bytes = reply::gzip(&text);
            let end = bytes.len().saturating_sub(9);
            vec![Step::Piece(bytes.slice(..end))]
        }
        Spoilt::FalseGzip => {
            gzip(&mut letter);
            vec![Step::Piece(text.into())]
        }
        Spoilt::UnknownEncoding => {
            letter
                .headers
                .push(("Content-Encoding".to_owned(), "br".to_owned()));
            vec![Step::Piece(text.into())]
        }
        Spoilt::BadItem(bad) => bad.steps(&text),
        _ => vec![Step::Piece(text.into())],
    };
    spoil_headers(how, &mut letter.headers);
    Response {
        status: letter.status,
        headers: letter.headers,
        body: Body::from(steps),
    }
}

fn spoil_json(how: &Spoilt, body: &mut Value, asked: &Asked) {
    if *how == Spoilt::ListAtTop {
        *body = json!([body.get("data"), null]);
        return;
    }
    let Some(fields) = body.as_object_mut() else {
        return;
    };
    match how {
        Spoilt::NoMetadata => drop(fields.remove("metadata")),
        Spoilt::NullMetadata => drop(fields.insert("metadata".to_owned(), Value::Null)),
        Spoilt::NoData => drop(fields.remove("data")),
        Spoilt::NullData => drop(fields.insert("data".to_owned(), Value::Null)),
        Spoilt::WrongData => {
            let wrong = if fields.get("data").is_some_and(Value::is_array) {
                json!({"0": "no list"})
            } else {
                json!("no object")
            };
            fields.insert("data".to_owned(), wrong);
        }
        Spoilt::NextElsewhere | Spoilt::NextLoop => {
            let next = if *how == Spoilt::NextLoop {
                asked.address()
            } else {
                format!("https://elsewhere.example{}", asked.path_and_query)
            };
            if let Some(links) = body
                .pointer_mut("/metadata/links")
                .and_then(Value::as_object_mut)
            {
                links.insert("next".to_owned(), next.into());
            }
        }
        Spoilt::ErrorsWithData(code) => {
            // An answer that is an error already stays as it is.
            fields.entry("errors").or_insert_with(|| errors(*code));
        }
        Spoilt::BadItem(bad) => {
            if let Some(data) = fields.get_mut("data") {
                bad.mark(data);
            }
        }
        _ => {}
    }
}

/// AMP's list of errors with one of a code.
fn errors(code: u16) -> Value {
    json!([{"error_code": code, "description": reply::reason(code), "details": ["search backend timed out"]}])
}

/// AMP's envelope with nothing in it but an error: an empty list where a list was asked for.
fn without_data(code: u16, asked: &Asked) -> Value {
    let metadata = json!({"links": {"self": asked.address()}});
    let mut body =
        json!({"version": "v1.2.0", "metadata": metadata, "data": {}, "errors": errors(code)});
    if let (true, Some(fields)) = (asked.is_for_list(), body.as_object_mut()) {
        let results =
            json!({"total": 0, "current_item_count": 0, "index": 0, "items_per_page": 500});
        fields.insert(
            "metadata".to_owned(),
            json!({"links": {"self": asked.address()}, "results": results}),
        );
        fields.insert("data".to_owned(), json!([]));
    }
    body
}

fn spoil_headers(how: &Spoilt, headers: &mut Vec<(String, String)>) {
    let is_quota = |name: &str| {
        name.to_ascii_lowercase()
            .replace('-', "")
            .starts_with("xratelimit")
    };
    match how {
        Spoilt::NoQuota => headers.retain(|(name, _)| !is_quota(name)),
        Spoilt::OddQuota => {
            for (_, value) in headers.iter_mut().filter(|(name, _)| is_quota(name)) {
                *value = "many, -1".to_owned();
            }
        }
        Spoilt::WrongContentType => {
            for (_, value) in headers
                .iter_mut()
                .filter(|(name, _)| name == wire::CONTENT_TYPE)
            {
                *value = "text/html".to_owned();
            }
        }
        Spoilt::OddHeaders => {
            for (name, _) in headers {
                *name = name.to_ascii_uppercase();
            }
        }
        _ => {}
    }
}
