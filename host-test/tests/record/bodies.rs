//! Whatever an answer holds: no secret stays in its recording, and what has none in it comes out as it went in.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use host_test::egress::{Egress, Notes, Recorder, Recording};
use host_test::har;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::harness::program::{CLIENT, KEY};
use super::stopped_clock;

/// Answers every request with one body.
struct Always {
    body: Vec<u8>,
    encoding: Option<&'static str>,
}

impl Egress for Always {
    fn send(
        &self,
        _: Request<Bytes>,
        _: RequestOptions,
        _: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        let body = Full::new(Bytes::from(self.body.clone()))
            .map_err(|never| match never {})
            .boxed_unsync();
        let mut response = Response::builder().status(200);
        if let Some(encoding) = self.encoding {
            response = response.header("content-encoding", encoding);
        }
        Box::pin(std::future::ready(Ok(response.body(body).unwrap())))
    }
}

/// The recording of one exchange.
fn recorded(
    uri: &str,
    sent: &[u8],
    body: Vec<u8>,
    encoding: Option<&'static str>,
    redact: bool,
) -> String {
    let recorder = Recorder::new(Arc::new(Always { body, encoding }));
    let request = Request::put(uri)
        .body(Bytes::copy_from_slice(sent))
        .unwrap();
    stopped_clock(async {
        let answer = recorder
            .send(request, RequestOptions::default(), Arc::default())
            .await
            .unwrap();
        answer.into_body().collect().await.unwrap();
    });
    let settings =
        json!({"server-url": "https://api.amp.cisco.com", "client-id": CLIENT, "api-key": KEY});
    recorder.har(&Recording {
        command: "get-computers",
        input: &Map::new(),
        settings: settings.as_object().unwrap(),
        now: std::time::SystemTime::UNIX_EPOCH,
        redact,
    })
}

/// The body that a replay of the recording gives, and whether it says that it is gzip.
fn body_of(text: &str) -> (Bytes, bool) {
    let har = har::parse(text.as_bytes(), "it").unwrap();
    let response = &har.log.entries[0].response;
    let body = har::response_body(response).unwrap();
    let headers = har::response_headers(response, &body);
    (body, headers.contains_key("content-encoding"))
}

fn gzip(text: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A text with a secret somewhere in it.
fn around(secret: &'static str) -> impl Strategy<Value = String> {
    (".{0,12}", ".{0,12}").prop_map(move |(before, after)| format!("{before}{secret}{after}"))
}

/// JSON whose texts, keys and numbers hold secrets.
fn document(secret: &'static str) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        around(secret).prop_map(Value::from),
        around(KEY).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(prop_oneof![".{0,8}", around(secret)], inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The unlock code of the documents.
const CODE: &str = "Qz7/amber&\"5Fox";

fn tells(text: &str, secret: &str) -> bool {
    let text = text.to_lowercase();
    let escaped = serde_json::to_string(secret).unwrap().to_lowercase();
    let twice = serde_json::to_string(&escaped).unwrap();
    [
        secret.to_lowercase(),
        escaped.trim_matches('"').to_owned(),
        twice.trim_matches(['\\', '"']).to_owned(),
    ]
    .iter()
    .any(|secret| text.contains(secret.as_str()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_stays_in_json(document in document(CODE), cut in any::<prop::sample::Index>(), whole in any::<bool>(), packed in any::<bool>()) {
        let all = json!({"data": {"unlock_code": CODE}, "more": document}).to_string();
        // The code stands at the beginning, so that it is known even if the rest is cut off.
        let mut bytes = all.into_bytes();
        let known = bytes.iter().position(|byte| *byte == b'}').unwrap() + 1;
        if !whole {
            bytes.truncate(known.max(cut.index(bytes.len() + 1)));
        }
        let sent = if packed { gzip(&bytes) } else { bytes.clone() };
        let text = recorded("https://api.amp.cisco.com/v1/x", b"", sent, packed.then_some("gzip"), false);
        prop_assert!(!tells(&text, KEY) && !tells(&text, CODE), "{}", text);
        let (body, _) = body_of(&text);
        if whole {
            prop_assert!(serde_json::from_slice::<Value>(&body).is_ok());
        }
    }

    #[test]
    fn no_secret_stays_in_any_text_or_address(before in ".{0,40}", after in ".{0,40}", in_body in any::<bool>()) {
        let body = format!("<p>{before}{KEY}{after}</p>{before}");
        let encoded = percent_encoding::utf8_percent_encode(&before, percent_encoding::NON_ALPHANUMERIC);
        let uri = format!("https://api.amp.cisco.com/v1/{encoded}{KEY}?q={encoded}{KEY}&r={KEY}");
        let sent = if in_body { body.clone() } else { String::new() };
        let text = recorded(&uri, sent.as_bytes(), body.into_bytes(), None, false);
        prop_assert!(!tells(&text, KEY), "{}", text);
    }

    #[test]
    fn a_body_without_a_secret_is_replayed_as_it_came(body in prop::collection::vec(any::<u8>(), 0..200), claims in any::<bool>()) {
        let text = recorded("https://api.amp.cisco.com/v1/x", b"", body.clone(), claims.then_some("gzip"), false);
        let (kept, says_gzip) = body_of(&text);
        prop_assert_eq!(&kept[..], &body[..]);
        prop_assert_eq!(says_gzip, claims);
    }

    #[test]
    fn a_document_without_a_secret_is_replayed_to_the_letter(document in document("nothing"), packed in any::<bool>()) {
        let body = document.to_string().replace(KEY, "no key");
        let sent = if packed { gzip(body.as_bytes()) } else { body.clone().into_bytes() };
        let text = recorded("https://api.amp.cisco.com/v1/x", b"", sent, packed.then_some("gzip"), false);
        prop_assert_eq!(&body_of(&text).0[..], body.as_bytes());
    }

    #[test]
    fn redaction_keeps_no_original_value(
        host in "[A-Z]{3}-[A-Z]{2}-[0-9]{3}", user in "[a-z]{4,8}[0-9]{2}", domain in "[a-z]{5}\\.(test|corp)",
        v4 in (11_u8..120, any::<u8>(), any::<u8>(), 1_u8..255), mac in any::<[u8; 6]>(), v6 in any::<[u16; 4]>(),
    ) {
        let (a, b, c, d) = v4;
        let v4 = format!("{a}.{b}.{c}.{d}");
        let mac = mac.map(|byte| format!("{byte:02X}")).join(":");
        let v6 = std::net::Ipv6Addr::new(0xfd4a, 0x1f, 0, 0, v6[0] | 1, v6[1] | 1, v6[2] | 1, v6[3] | 1).to_string();
        let body = json!({"data": [{"hostname": format!("{host}.{domain}"), "internal_ips": [format!(" {v4}"), v6],
            "network_addresses": [{"mac": mac, "ip": v4}], "user": format!("{user}@{domain}"),
            "file_path": format!("\\\\?\\C:\\Users\\{user}\\x.exe"), "url": format!("http://{v4}:8080/{host}?h={host}"),
            "text": format!("{host}: {user} came from {v4} ({v6}, {mac}) by https://{host}.{domain}/")}]});
        let uri = format!("https://amp.{domain}/v1/computers?hostname%5B%5D={host}&q={v4}");
        let text = recorded(&uri, b"", body.to_string().into_bytes(), None, true);
        let lower = text.to_lowercase();
        for original in [&host, &user, &domain, &v4, &mac, &v6] {
            prop_assert!(!lower.contains(&original.to_lowercase()), "{} is in {}", original, text);
        }
    }
}
