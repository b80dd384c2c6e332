//! What must not be told, found in a whole recording first and then replaced in every part of it: a secret that an answer
//! reveals may stand in the request before it.

use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::gzip::{self, Ending};
use super::json::{self, Place};
use super::names::FoundNames;
use super::secrets::{self, FoundSecrets, Secrets};
use super::stand_ins::Names;
use super::url::{self, Part};

/// What is being found.
#[derive(Default)]
pub(super) struct Finder {
    secrets: FoundSecrets,
    names: Option<FoundNames>,
}

impl Finder {
    /// Finds secrets, and names and addresses too if they are to be redacted.
    pub(super) fn new(client_id: &str, api_key: &str, redact: bool) -> Self {
        let mut finder = Self {
            secrets: FoundSecrets::default(),
            names: redact.then(FoundNames::default),
        };
        finder.secrets.credential(client_id, api_key);
        finder
    }

    /// Looks at a text; `asked` if it says what is looked for.
    fn text(&mut self, key: Option<&str>, text: &[u8], asked: bool) {
        for chunk in text.utf8_chunks() {
            let text = chunk.valid();
            if key.is_some_and(secrets::is_secret_key) {
                self.secrets.code(text);
                continue;
            }
            self.secrets.labelled(text);
            if let Some(names) = &mut self.names {
                names.text(key, text, asked);
            }
            if url::is_url(text) {
                self.url(text, false);
            }
        }
    }

    /// Looks at an address.
    pub(super) fn url(&mut self, url: &str, asked: bool) {
        url::replace(url, &mut |part| {
            match part {
                Part::Host(host) => {
                    if let Some(names) = &mut self.names {
                        names.text(Some("host"), host, false);
                    }
                }
                Part::Segment(segment) => self.secrets.labelled(segment),
                Part::Value(name, value) if secrets::is_secret_key(name) => {
                    self.secrets.code(value);
                }
                Part::Value(name, value) => {
                    if let Some(names) = &mut self.names {
                        names.text(Some(name), value, asked);
                    }
                }
            }
            None
        });
    }

    /// Looks at a body.
    pub(super) fn body(&mut self, body: &[u8]) {
        if !json::is_meant(body) {
            return self.text(None, body, false);
        }
        json::replace(body, &mut |key, place, text| {
            match place {
                Place::Key => {}
                Place::Text => self.text(key, text, false),
                Place::Bare if !matches!(text, b"true" | b"false" | b"null") => {
                    if key.is_some_and(secrets::is_secret_key) {
                        self.text(key, text, false);
                    }
                }
                Place::Bare => {}
            }
            None
        });
    }

    /// Looks at headers.
    pub(super) fn headers(&mut self, headers: &HeaderMap) {
        for (name, value) in headers {
            if !is_secret_header(name) {
                self.text(Some(name.as_str()), value.as_bytes(), false);
            }
        }
    }

    /// Looks at input or settings.
    pub(super) fn object(&mut self, object: &Map<String, Value>) {
        for (key, value) in object {
            self.value(key, value);
        }
    }

    fn value(&mut self, key: &str, value: &Value) {
        match value {
            Value::String(text) => self.text(Some(key), text.as_bytes(), true),
            Value::Array(all) => all.iter().for_each(|value| self.value(key, value)),
            Value::Object(object) => self.object(object),
            _ => {}
        }
    }

    /// What was found, ready to be replaced.
    pub(super) fn settle(self) -> Cleaner {
        Cleaner {
            secrets: self.secrets.settle(),
            names: self.names.map(FoundNames::settle),
        }
    }
}

/// Headers that are there to carry a secret.
fn is_secret_header(name: &header::HeaderName) -> bool {
    [
        header::AUTHORIZATION,
        header::PROXY_AUTHORIZATION,
        header::COOKIE,
        header::SET_COOKIE,
    ]
    .contains(name)
}

/// Replaces what was found.
pub(super) struct Cleaner {
    secrets: Secrets,
    names: Option<Names>,
}

impl Cleaner {
    /// A text without what must not be told; nothing if there was none of it.
    fn text(&self, key: Option<&str>, text: &[u8]) -> Option<Vec<u8>> {
        if key.is_some_and(secrets::is_secret_key) {
            return match std::str::from_utf8(text) {
                Ok("") => None,
                Ok(text) => Some(self.secrets.stand_in(text).into_bytes()),
                Err(_) => Some(b"hidden".to_vec()),
            };
        }
        let as_url = std::str::from_utf8(text)
            .ok()
            .filter(|text| url::is_url(text));
        if let Some(text) = as_url {
            let clean = self.address(text, false);
            return (clean != text).then(|| clean.into_bytes());
        }
        let open = self.secrets.replace(text);
        let Some(names) = &self.names else {
            return open;
        };
        let current = open.as_deref().unwrap_or(text);
        let mut named = Vec::with_capacity(current.len());
        for chunk in current.utf8_chunks() {
            let text = chunk.valid();
            match names.replace(key, text) {
                Some(new) => named.extend(new.into_bytes()),
                None => named.extend_from_slice(text.as_bytes()),
            }
            named.extend_from_slice(chunk.invalid());
        }
        (named != text).then_some(named)
    }

    /// A text of a header or the like.
    pub(super) fn words(&self, key: Option<&str>, text: &str) -> String {
        let clean = self.text(key, text.as_bytes());
        clean.map_or_else(|| text.to_owned(), lossy)
    }

    /// The address of a request.
    pub(super) fn url(&self, url: &str) -> String {
        self.address(url, true)
    }

    /// An address; in that of a request a word of AMP's own paths stays, whoever is called like it.
    fn address(&self, url: &str, request: bool) -> String {
        let clean = url::replace(url, &mut |part| match part {
            Part::Host(host) => self.text(Some("host"), host.as_bytes()).map(lossy),
            Part::Segment(segment) if request && is_word(segment) => {
                self.secrets.replace(segment.as_bytes()).map(lossy)
            }
            Part::Segment(segment) => self.text(None, segment.as_bytes()).map(lossy),
            Part::Value(name, value) => self.text(Some(name), value.as_bytes()).map(lossy),
        });
        // What begins in one part and ends in another.
        self.secrets.replace(clean.as_bytes()).map_or(clean, lossy)
    }

    /// A body that is not compressed.
    fn plain_body(&self, body: &[u8]) -> Vec<u8> {
        if !json::is_meant(body) {
            return self.text(None, body).unwrap_or_else(|| body.to_vec());
        }
        json::replace(body, &mut |key, place, text| match place {
            // A key that is a secret as a whole is the name of a field, and as such known to everybody.
            Place::Key => self.secrets.replace(text).filter(|_| {
                !text
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || *byte == b'_')
            }),
            Place::Text => self.text(key, text),
            Place::Bare if matches!(text, b"true" | b"false" | b"null") => None,
            Place::Bare if is_number(text) => {
                if key.is_some_and(secrets::is_secret_key) {
                    Some(vec![b'9'; text.len()])
                } else {
                    self.secrets.replace_digits(text)
                }
            }
            Place::Bare => self.text(key, text),
        })
    }

    /// A body of a request.
    pub(super) fn request_body(&self, body: &[u8]) -> String {
        lossy(self.plain_body(body))
    }

    /// A body of an answer as it is kept.
    pub(super) fn response_body(&self, body: &[u8], encoding: Option<&str>) -> Kept {
        match encoding.map(str::trim) {
            None | Some("") => Kept::plain(self.plain_body(body)),
            Some(name) if name.eq_ignore_ascii_case("identity") => {
                Kept::as_sent(self.plain_body(body))
            }
            Some(name)
                if ["gzip", "x-gzip"]
                    .iter()
                    .any(|gzip| name.eq_ignore_ascii_case(gzip)) =>
            {
                self.compressed_body(body)
            }
            // Neither the component nor this host can read it. That there was one is what the component goes by.
            Some(_) if body.is_empty() => Kept::as_sent(Vec::new()),
            Some(_) => Kept::as_sent(b"(not kept: its encoding is unknown)".to_vec()),
        }
    }

    fn compressed_body(&self, body: &[u8]) -> Kept {
        let Some((text, ending)) = gzip::open(body) else {
            return Kept::as_sent(self.plain_body(body));
        };
        let clean = self.plain_body(&text);
        // Decoded it can be read, unless it would be taken for compressed.
        if ending == Ending::Sound && !clean.starts_with(&[0x1f, 0x8b]) {
            return Kept::plain(clean);
        }
        if clean == text {
            return Kept::as_sent(body.to_vec());
        }
        Kept::as_sent(gzip::close(&clean, ending).unwrap_or_default())
    }

    /// The value of a header.
    pub(super) fn header(&self, name: &header::HeaderName, value: &[u8]) -> String {
        if is_secret_header(name) {
            return "hidden".to_owned();
        }
        self.words(Some(name.as_str()), &String::from_utf8_lossy(value))
    }

    /// Input or settings.
    pub(super) fn object(&self, object: &Map<String, Value>) -> Map<String, Value> {
        let clean = |(key, value): (&String, &Value)| (key.clone(), self.value(key, value));
        object.iter().map(clean).collect()
    }

    fn value(&self, key: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.words(Some(key), text)),
            Value::Array(all) => all.iter().map(|value| self.value(key, value)).collect(),
            Value::Object(object) => Value::Object(self.object(object)),
            other => other.clone(),
        }
    }
}

/// Whether a segment may be a word of AMP's: `v1`, `computers`, `file_lists`.
fn is_word(segment: &str) -> bool {
    segment.len() < 30
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_number(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E'))
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// A body as a recording keeps it.
pub(super) struct Kept {
    pub(super) bytes: Bytes,
    /// The bytes are those that the headers speak of, whatever they look like.
    pub(super) as_sent: bool,
}

impl Kept {
    fn plain(bytes: Vec<u8>) -> Self {
        Self {
            bytes: bytes.into(),
            as_sent: false,
        }
    }

    fn as_sent(bytes: Vec<u8>) -> Self {
        Self {
            bytes: bytes.into(),
            as_sent: true,
        }
    }
}
