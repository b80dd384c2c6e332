//! What a poll asks for, checked.

use crate::amp::event::{self, Filter};
use crate::amp::ids::Guid;
use crate::amp::request::Request;
use crate::commands::input::{self, InputError};
use crate::contract::exports::conductor::secure_endpoint::intake::{PollRequest, Severity};
use crate::crc32::Crc32;

use super::cursor::Cursor;
use super::signal::severity;

/// The range of a number among the fields of a poll request.
struct Range {
    field: &'static str,
    default: u32,
    minimum: u32,
    maximum: u32,
}

impl Range {
    fn check(&self, value: Option<u32>) -> Result<u32, InputError> {
        let value = value.unwrap_or(self.default);
        if (self.minimum..=self.maximum).contains(&value) {
            return Ok(value);
        }
        Err(InputError::new(
            self.field,
            format!(
                "{value} is out of range; it takes {} to {}",
                self.minimum, self.maximum
            ),
        ))
    }
}

/// One page of AMP's is about a megabyte; four of them keep the memory of a poll under 24 MiB.
const MAX_SIGNALS: Range = Range {
    field: "max-signals",
    default: 500,
    minimum: 1,
    maximum: 2_000,
};
/// AMP keeps events for about 30 days (reference, section 6.1).
const FIRST_WINDOW_HOURS: Range = Range {
    field: "first-window-hours",
    default: 24,
    minimum: 0,
    maximum: 720,
};
/// A longer window costs more known events in each cursor.
const LATE_WINDOW_MINUTES: Range = Range {
    field: "late-window-minutes",
    default: 15,
    minimum: 0,
    maximum: 120,
};

/// A poll request, checked.
pub struct Ask {
    /// Where the last poll ended.
    pub cursor: Option<Cursor>,
    /// The most signals to return.
    pub max_signals: usize,
    /// Seconds that the first poll looks back.
    pub first_window: i64,
    /// Seconds that an event may be late.
    pub late_window: i64,
    types: Vec<u64>,
    groups: Vec<Guid>,
    connectors: Vec<Guid>,
    lowest: Option<Severity>,
    without_severity: bool,
}

impl Ask {
    /// Checks a poll request. `server` is the address that its cursor must belong to.
    ///
    /// # Errors
    ///
    /// The first field that cannot be right.
    pub fn check(request: &PollRequest, server: &str) -> Result<Self, InputError> {
        let guids = |field, texts: &[String], source| -> Result<Vec<Guid>, InputError> {
            let mut guids: Vec<Guid> = texts
                .iter()
                .map(|text| input::guid(field, text, source))
                .collect::<Result<_, _>>()?;
            guids.sort_unstable();
            guids.dedup();
            Ok(guids)
        };
        let mut types = request.event_types.clone();
        types.sort_unstable();
        types.dedup();
        Ok(Self {
            cursor: request
                .cursor
                .as_deref()
                .map(|text| Cursor::read(text, server))
                .transpose()?,
            max_signals: usize::try_from(MAX_SIGNALS.check(request.max_signals)?).unwrap_or(1),
            first_window: i64::from(FIRST_WINDOW_HOURS.check(request.first_window_hours)?) * 3_600,
            late_window: i64::from(LATE_WINDOW_MINUTES.check(request.late_window_minutes)?) * 60,
            types,
            groups: guids("group-guids", &request.group_guids, "Get Groups")?,
            connectors: guids("connector-guids", &request.connector_guids, "Get Computers")?,
            lowest: request.min_severity,
            without_severity: request.include_without_severity.unwrap_or(true),
        })
    }

    /// The request for the events since a second.
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

    /// A checksum of what AMP filters by.
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

    /// Whether an event of that severity is wanted. AMP does not filter by it.
    pub fn wants(&self, text: Option<&str>) -> bool {
        match (self.lowest, severity(text)) {
            (None, _) => true,
            (Some(_), None) => self.without_severity,
            (Some(lowest), Some(severity)) => severity as u8 >= lowest as u8,
        }
    }
}
