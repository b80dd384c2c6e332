//! Fetch Event.

use std::collections::BTreeSet;

use crate::amp::decode::decode;
use crate::amp::envelope::Answer;
use crate::amp::error::AmpError;
use crate::amp::event::{self, Event, EventType, FileRole, Filter};
use crate::amp::event_details::{Identity, filled};
use crate::amp::event_identity::EventIdentity;
use crate::amp::ids::Sha256;
use crate::amp::pagination::{Missing, Pager};
use crate::amp::request::Request;
use crate::amp::{Amp, timestamp};
use crate::concurrency::Pending;
use crate::concurrency::side_by_side;
use crate::contract::exports::conductor::secure_endpoint::commands::FetchEventInput;
use crate::outcome::Findings;
use crate::quoting::quoted;

use super::input::{self, InputError};
use super::{Answered, CommandError, ItemError};

mod artifact;
mod path_form;

use artifact::Artifact;

const HOUR: i64 = 3_600;
/// The platform's default of the time range.
const DEFAULT_RANGE: i64 = 24 * HOUR;
/// How long AMP keeps events, about (reference, section 6.1).
const RETENTION: i64 = 30 * 24 * HOUR;

/// What is looked for.
struct Search<'a> {
    /// First second of the range, which AMP filters by.
    start: i64,
    /// Last second of the range, which only we can filter by: AMP has no end date.
    end: i64,
    /// How many events are wanted.
    wanted: u64,
    artifact: Option<&'a Artifact>,
    /// Whether events must be filtered here, so that a page may hold fewer that count than it has.
    filters: bool,
}

/// The result of one walk through AMP's list.
#[derive(Default)]
struct Walk {
    /// The responses in which events were found; the last one if there were none.
    answers: Vec<Answer>,
    found: Vec<Found>,
    /// Why it ended early.
    failed: Option<(u64, AmpError)>,
    /// Ranges that AMP did not return.
    missing: Vec<Missing>,
    /// Names of events that alone exceed the limit of a response.
    oversized: Vec<String>,
    /// There was more to look at.
    more: bool,
}

/// An event that counts.
struct Found {
    event: Event,
    identity: EventIdentity,
    raw: String,
}

/// Fetch Event.
///
/// # Errors
///
/// Times, numbers and event types that cannot be right; whatever keeps AMP from answering.
pub async fn fetch_event(amp: &Amp<'_>, input: &FetchEventInput) -> Result<Answered, CommandError> {
    let now = amp.unix_seconds();
    let given_end = input::time("end-time", input.end_time.as_deref())?;
    let end = given_end.unwrap_or(now);
    let start =
        input::time("start-time", input.start_time.as_deref())?.unwrap_or(end - DEFAULT_RANGE);
    if start > end {
        let (start, end) = (timestamp::rfc3339(start), timestamp::rfc3339(end));
        return Err(InputError::new(
            "start-time",
            format!("{start} is after the end of the range, {end}; give a start before the end"),
        )
        .into());
    }
    let wanted = input::number("number-of-events-fetched", input.number_of_events_fetched)?;
    let artifact = input::observable("artifact", input.artifact.as_deref())?.map(Artifact::read);
    let types = match input::optional("search-condition", input.search_condition.as_deref())? {
        Some(condition) => event_types(amp, condition).await?,
        None => Vec::new(),
    };

    let filters = given_end.is_some() || artifact.as_ref().is_some_and(Artifact::is_matched_here);
    let search = Search {
        start,
        // Without an end of one's own there is none: the newest event counts, whatever the clocks say.
        end: given_end.unwrap_or(i64::MAX),
        wanted,
        artifact: artifact.as_ref(),
        filters,
    };
    let since = |connectors, file| {
        event::since(
            start,
            &Filter {
                types: &types,
                connectors,
                groups: &[],
                file,
            },
        )
    };
    let requests = match &artifact {
        Some(Artifact::Sha256(hash)) => vec![
            (
                "events with it as the detected file",
                since(&[], Some(FileRole::Detected(hash))),
            ),
            (
                "events with it as the acting file",
                since(&[], Some(FileRole::Acting(hash))),
            ),
        ],
        Some(Artifact::Connector(guid)) => {
            vec![("events", since(std::slice::from_ref(guid), None))]
        }
        _ => vec![("events", since(&[], None))],
    };
    let mut walks = requests
        .iter()
        .map(|(_, request)| -> Pending<'_, Walk> { Box::pin(walk(amp, request, &search)) });
    let walks = side_by_side(&|| amp.in_flight(), &mut walks).await;
    let mut answered = merge(requests.iter().map(|(name, _)| *name).zip(walks), wanted)?;
    if start < now - RETENTION {
        answered.findings.remark(
            "AMP keeps events for about 30 days, so the older part of the range may be empty.",
        );
    }
    Ok(answered)
}

/// Walks through AMP's list, the newest first, until enough is found or it ends. What was found before a failure is kept.
async fn walk(amp: &Amp<'_>, request: &Request, search: &Search<'_>) -> Walk {
    let mut pager = Pager::new(amp, request.clone(), 0);
    let mut walk = Walk::default();
    let mut seen = BTreeSet::new();
    loop {
        let missing = search
            .wanted
            .saturating_sub(u64::try_from(walk.found.len()).unwrap_or(u64::MAX));
        walk.missing.extend(pager.take_missing());
        if missing == 0 {
            walk.more |= !pager.is_done();
            return walk;
        }
        let page = match pager
            .next(if search.filters { u64::MAX } else { missing })
            .await
        {
            Ok(Some(page)) => page,
            Ok(None) => {
                walk.missing.extend(pager.take_missing());
                return walk;
            }
            Err(error) => {
                walk.missing.extend(pager.take_missing());
                walk.failed = Some((pager.offset(), error));
                return walk;
            }
        };
        if let Some(name) = page.oversized {
            walk.oversized.push(name);
            continue;
        }
        let before = walk.found.len();
        let items = page.answer.items(request).unwrap_or_default();
        for (index, raw) in items.into_iter().enumerate() {
            if page.answer.is_unreadable(index) {
                continue;
            }
            let event: Event = decode(raw);
            let identity = EventIdentity::of(&event, raw);
            if !seen.insert(identity) || !search.counts(&event) {
                continue;
            }
            if u64::try_from(walk.found.len()).unwrap_or(u64::MAX) < search.wanted {
                walk.found.push(Found {
                    event,
                    identity,
                    raw: raw.to_owned(),
                });
            } else {
                walk.more = true;
            }
        }
        // A search may pass over many pages; those without a hit are not worth their room.
        let hit = walk.found.len() > before;
        if hit || before == 0 {
            if before == 0 {
                walk.answers
                    .drain(..)
                    .for_each(|answer| amp.drop_answer(answer));
            }
            walk.answers.push(page.answer);
        } else {
            amp.drop_answer(page.answer);
        }
    }
}

impl Search<'_> {
    /// Whether an event counts. One without a time is AMP's choice, and taken.
    fn counts(&self, event: &Event) -> bool {
        event
            .seconds()
            .is_none_or(|seconds| (self.start..=self.end).contains(&seconds))
            && self.artifact.is_none_or(|artifact| artifact.matches(event))
    }
}

/// Joins the walks: the newest events first, each once, as many as are wanted.
fn merge<'a>(
    walks: impl IntoIterator<Item = (&'a str, Walk)>,
    wanted: u64,
) -> Result<Answered, CommandError> {
    let mut findings = Findings::with_columns(&[
        "Date",
        "Event type",
        "Severity",
        "Hostname",
        "User",
        "Detection",
        "File name",
        "Event ID",
    ]);
    let mut found: Vec<Found> = Vec::new();
    let mut failed = Vec::new();
    let (mut came, mut more) = (false, false);
    for (name, walk) in walks {
        came |= !walk.answers.is_empty();
        more |= walk.more;
        for answer in walk.answers {
            findings.raw(answer.text);
        }
        found = join(found, walk.found);
        findings.remark_oversized(&walk.oversized);
        failed.extend(walk.missing.into_iter().map(|Missing { range, error }| {
            ItemError::about(&format_args!("{name}, {range}"), error)
        }));
        if let Some((offset, error)) = walk.failed {
            failed.push(ItemError::about(
                &format_args!("{name} from offset {offset} on"),
                error,
            ));
        }
    }
    if !came && !failed.is_empty() {
        return Err(CommandError::Failed(failed));
    }
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    more |= found.len() > wanted;
    found.truncate(wanted);
    for found in &found {
        let key = found.identity.key(found.event.id.as_deref());
        findings.key("unique-event-keys", Some(&key));
        show(&mut findings, &found.event);
    }
    findings.context_list(found.iter().map(|found| found.raw.as_str()));
    if more {
        findings.remark(format!(
            "These are the newest {}; there may be more in the range, which a higher number-of-events-fetched or an earlier end-time returns.",
            found.len()
        ));
    }
    Ok(Answered { findings, failed })
}

/// Joins two lists that have the newest first into one. What is in both comes once.
fn join(left: Vec<Found>, right: Vec<Found>) -> Vec<Found> {
    let mut joined: Vec<Found> = Vec::with_capacity(left.len() + right.len());
    let mut seen = BTreeSet::new();
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if a.event.moment() < b.event.moment() => right.next(),
            (Some(_), _) => left.next(),
            (None, _) => right.next(),
        };
        let Some(next) = next else { return joined };
        if seen.insert(next.identity) {
            joined.push(next);
        }
    }
}

/// The ids of an event type: the number itself, or those that AMP's own list has under the name.
async fn event_types(amp: &Amp<'_>, condition: &str) -> Result<Vec<u64>, CommandError> {
    if condition.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(id) = condition.parse()
    {
        return Ok(vec![id]);
    }
    let request = event::types();
    let answer = amp.send(&request).await?;
    let known: Vec<EventType> = answer.items(&request)?.into_iter().map(decode).collect();
    let wanted = condition.to_ascii_lowercase();
    let named = |event_type: &&EventType| {
        event_type
            .name
            .as_ref()
            .is_some_and(|name| name.trim().to_ascii_lowercase() == wanted)
    };
    let ids: Vec<u64> = known
        .iter()
        .filter(named)
        .filter_map(|event_type| event_type.id)
        .collect();
    if !ids.is_empty() {
        return Ok(ids);
    }
    let similar = similar(
        &wanted,
        known
            .iter()
            .filter_map(|event_type| event_type.name.as_deref()),
    );
    let hint = if similar.is_empty() {
        "give a name from AMP's list of event types, or the number of one".to_owned()
    } else {
        format!("similar ones are {}", similar.join(", "))
    };
    Err(InputError::new(
        "search-condition",
        format!("AMP has no event type called {}; {hint}", quoted(condition)),
    )
    .into())
}

/// Up to five names that share the most words with a text.
fn similar<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let words: Vec<&str> = wanted
        .split_whitespace()
        .filter(|word| word.len() > 2)
        .collect();
    let shared = |name: &str| {
        let name = name.to_ascii_lowercase();
        words.iter().filter(|word| name.contains(**word)).count()
    };
    let names: Vec<(usize, &str)> = names.map(|name| (shared(name), name)).collect();
    let mut best: Vec<String> = Vec::new();
    for count in (1..=words.len()).rev() {
        for (_, name) in names.iter().filter(|(shared, _)| *shared == count) {
            let name = quoted(name);
            if best.len() < 5 && !best.contains(&name) {
                best.push(name);
            }
        }
    }
    best
}

/// An event in the table and the key fields.
fn show(findings: &mut Findings, event: &Event) {
    findings.row([
        event.date.as_deref(),
        event.event_type.as_deref(),
        event.severity(),
        event.host(),
        event.user(),
        event.finding().as_deref(),
        event.file.file_name.as_deref(),
        event.id.as_deref(),
    ]);
    findings.key("event-ids", event.id.as_deref());
    findings.key("connector-guids", event.connector());
    findings.key("hostnames", event.host());
    for address in event.computer.own_addresses() {
        findings.key("internal-ips", Some(address));
    }
    findings.key("external-ips", event.computer.external_ip.as_deref());
    findings.key("remote-ips", event.network_info.remote_ip.as_deref());
    for mac in event.computer.macs() {
        findings.key("mac-addresses", Some(&mac.to_ascii_lowercase()));
    }
    findings.key("users", event.user());
    let hash = sha256(&event.file.identity);
    findings.key("hashes", hash.as_ref().map(Sha256::as_str));
    for process in event.processes() {
        findings.key(
            "parent-hashes",
            sha256(&process.identity).as_ref().map(Sha256::as_str),
        );
    }
    findings.key("file-names", filled(event.file.file_name.as_deref()));
    findings.key("detections", event.finding().as_deref());
    findings.key("detection-ids", event.detection_id.as_deref());
    findings.key("urls", filled(event.network_info.dirty_url.as_deref()));
    for cve in event.cves() {
        findings.key("cves", Some(&cve));
    }
    for technique in event.techniques() {
        findings.key("techniques", filled(technique.id.as_deref()));
    }
}

fn sha256(identity: &Identity) -> Option<Sha256> {
    Sha256::parse(filled(identity.sha256.as_deref())?)
}
