//! What happens, read from its line in a plan.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::answer::Break;
use super::super::asked::{ListFault, MissingPage};
use super::Fault;
use super::bad_item::BadItem;
use super::catalogue::KINDS;

/// What a fault does.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulator) enum Kind {
    /// No answer, since the exchange breaks.
    Break(Break),
    /// No answer, ever.
    Stall,
    /// The right answer, but late.
    Late(Duration),
    /// The right answer, whose `Date` is off by so many seconds.
    WrongDate(i64),
    /// A list that is not as it should be.
    List(ListFault),
    /// Another answer.
    Other(Other),
    /// The right answer, spoilt.
    Spoilt(Spoilt),
}

/// Another answer than the cloud's.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulator) struct Other {
    pub(super) status: u16,
    pub(super) body: OtherBody,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// What another answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherBody {
    /// AMP's own error envelope.
    Envelope,
    Html,
    Nothing,
    Text,
    /// `errors` is a text (seen in other people's fixtures).
    BareErrors,
    /// `{"error": {"message": ...}}`, as gateways have it.
    Gateway,
    /// AMP's envelope without data, with an error of this code next to them.
    ErrorsWithoutData(u16),
}

/// How the right answer is spoilt.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulator) enum Spoilt {
    BreakInBody(Break),
    Truncated,
    Slow(usize, Duration),
    StalledBody,
    Empty,
    WrongContentType,
    BadUtf8,
    Deep(usize),
    Endless,
    GzipBomb(u64),
    DamagedGzip,
    CutGzip,
    FalseGzip,
    UnknownEncoding,
    NextElsewhere,
    NextLoop,
    NoMetadata,
    NullMetadata,
    NullData,
    NoData,
    WrongData,
    ListAtTop,
    OddHeaders,
    NoQuota,
    OddQuota,
    /// An error of this code next to the data.
    ErrorsWithData(u16),
    BadItem(BadItem),
}

/// Reads what happens: a name and its parameters.
pub(super) fn parse(text: &str) -> Result<Fault, String> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    let Some(help) = KINDS.iter().find(|kind| kind.name == name) else {
        let near = KINDS
            .iter()
            .map(|kind| (strsim::jaro_winkler(name, kind.name), kind.name))
            // 0.8 is where command line parsers draw this line.
            .filter(|(score, _)| *score > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        return Err(match near {
            Some((_, near)) => format!("there is no fault `{name}`; did you mean `{near}`?"),
            None => format!("there is no fault `{name}`; `--list-faults` lists them"),
        });
    };
    let mut given: BTreeMap<&str, &str> = BTreeMap::new();
    for word in words {
        let (key, value) = word
            .split_once('=')
            .ok_or_else(|| format!("`{word}` is no parameter; write name=value"))?;
        if !help.parameters.contains(&key) {
            return Err(format!(
                "`{name}` does not take `{key}`; it takes: {}",
                help.parameters.join(", ")
            ));
        }
        given.insert(key, value);
    }
    let applied = match given.get("applied") {
        None => help.applied,
        Some(&"true") => true,
        Some(&"false") => false,
        Some(other) => return Err(format!("`applied` is true or false, not `{other}`")),
    };
    Ok(Fault {
        name: help.name,
        kind: build(help.name, &given)?,
        applied,
    })
}

fn build(name: &'static str, given: &BTreeMap<&str, &str>) -> Result<Kind, String> {
    let number = |key: &str, default: u64| match given.get(key) {
        None => Ok(default),
        Some(text) => text
            .parse::<u64>()
            .map_err(|_| format!("`{key}` takes a number, not `{text}`")),
    };
    let span = |key: &str, default: Duration| match given.get(key) {
        None => Ok(default),
        Some(text) => humantime::parse_duration(text)
            .map_err(|_| format!("`{key}` takes a time such as 200ms, not `{text}`")),
    };
    let size = |key: &str, default: u64| {
        number(key, default).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
    };
    let code = |key: &str, default: u64| {
        number(key, default).map(|code| u16::try_from(code).unwrap_or(500))
    };
    let status = |default: u64| code("status", default);
    let other = |status: u16, body: OtherBody| {
        Kind::Other(Other {
            status,
            body,
            headers: Vec::new(),
        })
    };
    Ok(match name {
        "refused" => Kind::Break(Break::Refused),
        "no-such-name" => Kind::Break(Break::NoSuchName),
        "untrusted" => Kind::Break(Break::Untrusted),
        "reset" | "lost-answer" => Kind::Break(Break::Reset),
        "not-http" => Kind::Break(Break::NoHttp),
        "stalled" | "stalled-after" => Kind::Stall,
        "wrong-date" => Kind::WrongDate(seconds_off(given.get("by").copied().unwrap_or("1day"))?),
        "list-by-arrival" => Kind::List(ListFault {
            by_arrival: true,
            ..ListFault::default()
        }),
        "rejected-offset" => Kind::List(ListFault {
            largest_offset: Some(number("above", 10_000)?),
            ..ListFault::default()
        }),
        "missing-page" => Kind::List(ListFault {
            missing_page: Some(missing_page(given)?),
            ..ListFault::default()
        }),
        "errors-in-200" => other(200, OtherBody::ErrorsWithoutData(code("code", 500)?)),
        "errors-with-data" => Kind::Spoilt(Spoilt::ErrorsWithData(code("code", 500)?)),
        "bad-item" => Kind::Spoilt(Spoilt::BadItem(BadItem::new(
            given.get("kind").copied().unwrap_or("surrogate"),
            size("levels", 10_000)?,
            size("bytes", 16 * 1024 * 1024)?,
        )?)),
        "late" => Kind::Late(span("by", Duration::from_secs(10))?),
        "redirect" => {
            let to = given
                .get("to")
                .copied()
                .unwrap_or("https://elsewhere.example/sign-in")
                .to_owned();
            Kind::Other(Other {
                status: status(302)?,
                body: OtherBody::Nothing,
                headers: vec![("Location", to)],
            })
        }
        "bare-errors" => other(status(400)?, OtherBody::BareErrors),
        "gateway-error" => other(status(403)?, OtherBody::Gateway),
        "html" => other(200, OtherBody::Html),
        "empty" => Kind::Spoilt(Spoilt::Empty),
        "reset-in-body" => Kind::Spoilt(Spoilt::BreakInBody(Break::Reset)),
        "cut-short" => Kind::Spoilt(Spoilt::BreakInBody(Break::CutShort)),
        "truncated" => Kind::Spoilt(Spoilt::Truncated),
        "slow" => Kind::Spoilt(Spoilt::Slow(
            size("piece", 256)?.max(1),
            span("every", Duration::from_millis(200))?,
        )),
        "stalled-body" => Kind::Spoilt(Spoilt::StalledBody),
        "wrong-content-type" => Kind::Spoilt(Spoilt::WrongContentType),
        "bad-utf8" => Kind::Spoilt(Spoilt::BadUtf8),
        "deep" => Kind::Spoilt(Spoilt::Deep(size("levels", 100_000)?)),
        "endless" => Kind::Spoilt(Spoilt::Endless),
        "gzip-bomb" => Kind::Spoilt(Spoilt::GzipBomb(number("mib", 4096)?)),
        "damaged-gzip" => Kind::Spoilt(Spoilt::DamagedGzip),
        "cut-gzip" => Kind::Spoilt(Spoilt::CutGzip),
        "false-gzip" => Kind::Spoilt(Spoilt::FalseGzip),
        "unknown-encoding" => Kind::Spoilt(Spoilt::UnknownEncoding),
        "next-elsewhere" => Kind::Spoilt(Spoilt::NextElsewhere),
        "next-loop" => Kind::Spoilt(Spoilt::NextLoop),
        "no-metadata" => Kind::Spoilt(Spoilt::NoMetadata),
        "null-metadata" => Kind::Spoilt(Spoilt::NullMetadata),
        "null-data" => Kind::Spoilt(Spoilt::NullData),
        "no-data" => Kind::Spoilt(Spoilt::NoData),
        "wrong-data" => Kind::Spoilt(Spoilt::WrongData),
        "list-at-top" => Kind::Spoilt(Spoilt::ListAtTop),
        "odd-headers" => Kind::Spoilt(Spoilt::OddHeaders),
        "no-quota-headers" => Kind::Spoilt(Spoilt::NoQuota),
        "odd-quota-headers" => Kind::Spoilt(Spoilt::OddQuota),
        code => Kind::Other(by_status(code, given)?),
    })
}

/// Reads a time that a clock is off by, in seconds: `3600`, `-1h`.
fn seconds_off(text: &str) -> Result<i64, String> {
    let wrong = || format!("`by` takes seconds or a time such as 1day or -1h, not `{text}`");
    let (is_behind, span) = text
        .strip_prefix('-')
        .map_or((false, text), |span| (true, span));
    let seconds = match span.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => humantime::parse_duration(span)
            .map_err(|_| wrong())?
            .as_secs(),
    };
    let seconds = i64::try_from(seconds).map_err(|_| wrong())?;
    Ok(if is_behind {
        seconds.saturating_neg()
    } else {
        seconds
    })
}

fn missing_page(given: &BTreeMap<&str, &str>) -> Result<MissingPage, String> {
    let repeats_first = match given.get("items").copied().unwrap_or("none") {
        "none" => false,
        "first-page" => true,
        other => {
            return Err(format!(
                "there are no items `{other}`; take none or first-page"
            ));
        }
    };
    let offset = given
        .get("offset")
        .map(|text| {
            text.parse()
                .map_err(|_| format!("`offset` takes a number, not `{text}`"))
        })
        .transpose()?;
    Ok(MissingPage {
        repeats_first,
        offset,
    })
}

/// A status for its own sake.
fn by_status(code: &str, given: &BTreeMap<&str, &str>) -> Result<Other, String> {
    let status: u16 = code.parse().map_err(|_| format!("`{code}` is no status"))?;
    let default = if status >= 500 { "html" } else { "json" };
    let body = match given.get("body").copied().unwrap_or(default) {
        "json" => OtherBody::Envelope,
        "html" => OtherBody::Html,
        "nothing" => OtherBody::Nothing,
        "text" => OtherBody::Text,
        "errors-text" => OtherBody::BareErrors,
        "gateway" => OtherBody::Gateway,
        other => {
            return Err(format!(
                "there is no body `{other}`; take json, html, nothing, text, errors-text or gateway"
            ));
        }
    };
    let mut headers = Vec::new();
    if let Some(wait) = given.get("retry-after") {
        headers.push(("Retry-After", wait.replace('_', " ")));
    }
    if let Some(reset) = given.get("reset") {
        let reset: u32 = reset
            .parse()
            .map_err(|_| format!("`reset` takes a number of seconds, not `{reset}`"))?;
        let (limit, remaining, until) = match given.get("spelling").copied().unwrap_or("wire") {
            "wire" => (
                "X-RateLimit-Limit",
                "X-RateLimit-Remaining",
                "X-RateLimit-Reset",
            ),
            "prose" => (
                "X-Rate-Limit-Limit",
                "X-Rate-Limit-Remaining",
                "X-Rate-Limit-Reset",
            ),
            other => {
                return Err(format!(
                    "there is no spelling `{other}`; take wire or prose"
                ));
            }
        };
        headers.extend([
            (limit, "3000".to_owned()),
            (remaining, "0".to_owned()),
            (until, reset.to_string()),
        ]);
    }
    Ok(Other {
        status,
        body,
        headers,
    })
}
