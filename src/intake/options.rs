//! A poll request, validated.

use crate::amp::event::{self, Filter};
use crate::amp::ids::Guid;
use crate::amp::request::Request;
use crate::commands::input::{self, InputError, number};
use crate::contract::exports::conductor::secure_endpoint::intake::{PollRequest, Severity};
use crate::crc32::Crc32;

use super::cursor::Cursor;
use super::signal::severity;

/// How long AMP certainly keeps events, in seconds: the console shows 30 days.
const CERTAINLY_KEPT: i64 = 28 * 86_400;

/// A poll request, validated.
pub struct PollOptions {
    /// Where the previous poll ended; `None` for the first one.
    pub cursor: Option<Cursor>,
    /// The most signals to return.
    pub max_signals: usize,
    /// Length of the first window, in seconds.
    pub first_window: i64,
    /// How late an event may arrive, in seconds.
    pub late_window: i64,
    /// How long AMP certainly keeps an event, in seconds.
    pub retention: i64,
    types: Vec<u64>,
    groups: Vec<Guid>,
    connectors: Vec<Guid>,
    lowest: Option<Severity>,
    without_severity: bool,
}

impl PollOptions {
    /// Validates a poll request. `server` is the address that its cursor must belong to.
    ///
    /// # Errors
    ///
    /// Returns an error about the first invalid field.
    pub fn check(request: &PollRequest, server: &str) -> Result<Self, InputError> {
        let guids = |field, texts: &Option<Vec<String>>, source| match texts.as_deref() {
            None | Some([]) => Ok(Vec::new()),
            Some(texts) => input::guids(field, texts, source).map(|(guids, _)| guids),
        };
        Ok(Self {
            cursor: request
                .cursor
                .as_deref()
                .map(|text| Cursor::decode(text, server))
                .transpose()?,
            max_signals: usize::try_from(number("max-signals", request.max_signals)?).unwrap_or(1),
            first_window: seconds(
                number("first-window-hours", request.first_window_hours)?,
                3_600,
            ),
            retention: CERTAINLY_KEPT,
            late_window: seconds(
                number("late-window-minutes", request.late_window_minutes)?,
                60,
            ),
            types: request.event_types.clone().unwrap_or_default(),
            groups: guids("group-guids", &request.group_guids, "Get Groups")?,
            connectors: guids("connector-guids", &request.connector_guids, "Get Computers")?,
            lowest: request.min_severity,
            without_severity: request.include_without_severity.unwrap_or(true),
        })
    }

    /// The request for the events since a second, that second included.
    pub fn events_since(&self, start: i64) -> Request {
        let Self {
            types,
            groups,
            connectors,
            ..
        } = self;
        event::since(
            start,
            &Filter {
                types,
                connectors,
                groups,
                file: None,
            },
        )
    }

    /// A checksum of the filters that AMP applies, in the order given.
    pub fn filters(&self) -> u32 {
        let mut checksum = Crc32::default();
        for id in &self.types {
            checksum.update(&id.to_be_bytes());
        }
        for (mark, guids) in [(b"g", &self.groups), (b"c", &self.connectors)] {
            for guid in guids {
                checksum.update(mark);
                checksum.update(guid.as_str().as_bytes());
            }
        }
        checksum.value()
    }

    /// Whether an event of that severity is delivered. AMP does not filter by it.
    pub fn wants(&self, text: Option<&str>) -> bool {
        match (self.lowest, severity(text)) {
            (None, _) => true,
            (Some(_), None) => self.without_severity,
            (Some(lowest), Some(severity)) => severity as u8 >= lowest as u8,
        }
    }
}

fn seconds(number: u64, unit: i64) -> i64 {
    i64::try_from(number).unwrap_or(0).saturating_mul(unit)
}
