//! A list with one bad item of each kind, and a server that returns it in pages.

use std::time::SystemTime;

use crate::harness::server::Server;

/// Largest response that the connection accepts, in bytes.
pub const MAX_BODY: usize = 1_048_576;

/// An item that is hard to read.
pub struct Kind {
    /// Content of the string that is its name.
    pub name: &'static [u8],
    /// JSON value of another member.
    pub extra: Vec<u8>,
    /// Its name in typed fields; `None` if the item is skipped.
    pub typed_name: Option<&'static str>,
    /// Part of the raw item.
    pub raw: String,
    /// Part of the remark about it.
    pub remark: &'static str,
    /// Part of the note that `map` prints about it.
    pub note: Option<&'static str>,
}

pub fn kinds() -> Vec<Kind> {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let kind = |name: &'static [u8], extra: String, remark: &'static str| Kind {
        name,
        extra: extra.clone().into_bytes(),
        typed_name: Some("plain"),
        raw: extra,
        remark,
        note: None,
    };
    vec![
        Kind {
            typed_name: Some("a\u{fffd}b"),
            raw: r"a\ud83db".to_owned(),
            note: Some("half a surrogate pair was replaced by U+FFFD"),
            ..kind(br"a\ud83db", "1".to_owned(), "half a surrogate pair")
        },
        Kind {
            typed_name: Some("a\u{fffd}b"),
            raw: "a\u{fffd}b".to_owned(),
            ..kind(b"a\xffb", "1".to_owned(), "not UTF-8")
        },
        Kind {
            typed_name: Some("a\u{1}b"),
            raw: r"a\u0001b".to_owned(),
            ..kind(b"a\x01b", "1".to_owned(), "control characters")
        },
        Kind {
            note: Some("a number beyond the range of a double was left out"),
            ..kind(b"plain", "1e999".to_owned(), "a number out of range")
        },
        Kind {
            note: Some("a value nested deeper than 127 levels was left out"),
            ..kind(b"plain", deep(300), "nesting deeper")
        },
        Kind {
            note: Some("a value nested deeper than 127 levels was left out"),
            ..kind(b"plain", deep(100_000), "nesting deeper")
        },
        Kind {
            typed_name: None,
            ..kind(b"plain", "tru".to_owned(), "skipped")
        },
        Kind {
            typed_name: None,
            ..kind(
                b"plain",
                format!("\"{}\"", "A".repeat(MAX_BODY)),
                "max-body-bytes",
            )
        },
    ]
}

/// A list, newest first: a plain item before and behind each bad one. An item's number is its index from the end.
pub fn items(of_item: impl Fn(usize, &[u8], &[u8]) -> Vec<u8>) -> Vec<Vec<u8>> {
    let plain = || (b"plain".to_vec(), b"1".to_vec());
    let mut items = vec![plain()];
    for kind in kinds().into_iter().rev() {
        items.push((kind.name.to_vec(), kind.extra));
        items.push(plain());
    }
    let count = items.len();
    let numbered = (1..=count).rev().zip(items);
    numbered
        .map(|(number, (name, extra))| of_item(number, &name, &extra))
        .collect()
}

/// The number of the bad item of the kind with this index.
pub fn number(kind: usize) -> usize {
    2 * kind + 2
}

pub fn event_id(number: usize) -> String {
    format!("73800011122230{number:05}")
}

pub fn connector_guid(number: usize) -> String {
    format!("6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c{number:04}")
}

fn event(now: u64, number: usize, name: &[u8], extra: &[u8]) -> Vec<u8> {
    let (id, guid) = (event_id(number), connector_guid(number));
    let second = now - 3_600 + u64::try_from(number).unwrap();
    let date = humantime::format_rfc3339_seconds(
        SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(second),
    );
    let head = format!(
        r#"{{"id":{id},"timestamp":{second},"timestamp_nanoseconds":0,"date":"{date}","event_type":"Threat Detected","event_type_id":1090519054,"#
    );
    let middle = format!(
        r#""severity":"High","connector_guid":"{guid}","computer":{{"connector_guid":"{guid}","hostname":"ACME-LT-1","active":true}},"file":{{"file_name":""#
    );
    [
        head.as_bytes(),
        middle.as_bytes(),
        name,
        br#""},"extra":"#,
        extra,
        b"}",
    ]
    .concat()
}

pub fn computer(number: usize, name: &[u8], extra: &[u8]) -> Vec<u8> {
    let head = format!(
        r#"{{"connector_guid":"{}","active":true,"hostname":""#,
        connector_guid(number)
    );
    [head.as_bytes(), name, br#"","extra":"#, extra, b"}"].concat()
}
/// The numbers of the items that are not skipped, the oldest first.
pub fn kept() -> Vec<usize> {
    let kinds = kinds();
    let skipped = kinds
        .iter()
        .enumerate()
        .filter(|(_, kind)| kind.typed_name.is_none());
    let skipped: Vec<usize> = skipped.map(|(index, _)| number(index)).collect();
    (1..=2 * kinds.len() + 1)
        .filter(|number| !skipped.contains(number))
        .collect()
}
/// A server that lists these items, the newest first: `limit` from `offset` on.
pub fn server(items: Vec<Vec<u8>>) -> Server {
    Server::respond(move |_, line| {
        let target = line.split(' ').nth(1).unwrap_or_default();
        let url = url::Url::parse(&format!("http://localhost{target}")).unwrap();
        let number = |name: &str, default: usize| {
            let mut pairs = url.query_pairs();
            let value = pairs.find(|(key, _)| key == name);
            value.map_or(default, |(_, value)| value.parse().unwrap())
        };
        let (offset, limit) = (number("offset", 0), number("limit", 500));
        let page: Vec<&[u8]> = items
            .iter()
            .skip(offset)
            .take(limit)
            .map(Vec::as_slice)
            .collect();
        let head = format!(
            r#"{{"version":"v1.2.0","metadata":{{"links":{{"self":"x"}},"results":{{"total":{},"current_item_count":{},"index":{offset},"items_per_page":{limit}}}}},"data":["#,
            items.len(),
            page.len()
        );
        let body = [head.as_bytes(), &page.join(&b','), b"]}"].concat();
        let headers = "content-type: application/json\r\n".to_owned();
        (200, headers, body)
    })
}
pub fn event_server() -> Server {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap().as_secs();
    server(items(|number, name, extra| event(now, number, name, extra)))
}
