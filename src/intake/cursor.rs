//! Where a poll ended, as a string that the host keeps: opaque, versioned, small, and checked when it is passed back.
//!
//! A cursor is `se2.` and the base64 of a checksum over all that follows and the server that it belongs to, and of the encoding
//! that postcard makes of [`Stored`]. The delivered events make up nearly all of it: the second as the distance from the one
//! before, the hash in eight raw bytes, and the number of entries; grouped by when they were delivered. That is 10 or 11 bytes
//! each, so at most 62 kB for [`super::delivered::MAX_DELIVERED`] events, and some hundred bytes on a quiet day.

use serde::{Deserialize, Serialize};

use super::delivered::{DeliveredEvent, DeliveredEvents};
use crate::base64;
use crate::commands::input::InputError;
use crate::crc32::Crc32;

/// The prefix of cursors of this version.
const VERSION: &str = "se2.";
/// Name of the field in which a cursor is passed.
const FIELD: &str = "cursor";
/// A longer cursor is none of ours. It leaves room for events of one second, which are all kept.
const MAX_LENGTH: usize = 16 * 1024 * 1024;

/// Where a poll ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The next poll requests events since this second.
    pub window_start: i64,
    /// Every event up to this second was delivered, as far as AMP listed it.
    pub watermark: i64,
    /// The newest event that was ever seen, in seconds since 1970.
    pub newest: Option<i64>,
    /// Entries of AMP's list above the oldest undelivered event when the poll ended.
    pub backlog: u64,
    /// After a change of filters, the watermark at that time: until the window starts after it, events that the present filters
    /// leave out are among the delivered.
    pub mixed_until: Option<i64>,
    /// When the last event was delivered that had to be forgotten: until the window starts after that, entries older than its
    /// start cannot be checked.
    pub forgotten_until: Option<i64>,
    /// AMP listed events older than the start: its list is by arrival, not by time.
    pub is_by_arrival: bool,
    /// AMP listed more events older than the start than any late arrival explains: it ignores the start.
    pub ignores_start: bool,
    /// The largest offset that AMP accepted, if it rejected a larger one.
    pub offset_limit: Option<u64>,
    /// A checksum of the filters that AMP applies; others would list other events.
    pub filters: u32,
    /// The delivered events that AMP may still list.
    pub delivered: DeliveredEvents,
}

/// A cursor as it is encoded. The order of the fields is the format.
#[derive(Serialize, Deserialize)]
struct Stored {
    window_start: i64,
    watermark: i64,
    newest: Option<i64>,
    backlog: u64,
    mixed_until: Option<i64>,
    forgotten_until: Option<i64>,
    is_by_arrival: bool,
    ignores_start: bool,
    offset_limit: Option<u64>,
    filters: u32,
    groups: Vec<Group>,
}

/// Events that were delivered at the same time.
#[derive(Serialize, Deserialize)]
struct Group {
    delivered_at: i64,
    /// Distance of its second from the event before (from the start of the window for the first), hash, number of entries.
    events: Vec<(i64, [u8; 8], u32)>,
}

impl Cursor {
    /// Whether delivered events may be missing from AMP's list because of filters that were changed.
    pub fn is_mixed(&self) -> bool {
        self.mixed_until
            .is_some_and(|until| until >= self.window_start)
    }

    /// Whether an entry older than the start may have been delivered and forgotten.
    pub fn may_have_forgotten(&self) -> bool {
        self.forgotten_until
            .is_some_and(|until| until >= self.window_start)
    }

    /// Encodes the cursor for the host. `server` is the address that it belongs to.
    pub fn encode(&self, server: &str) -> String {
        let stored = Stored {
            window_start: self.window_start,
            watermark: self.watermark,
            newest: self.newest,
            backlog: self.backlog,
            mixed_until: self.mixed_until,
            forgotten_until: self.forgotten_until,
            is_by_arrival: self.is_by_arrival,
            ignores_start: self.ignores_start,
            offset_limit: self.offset_limit,
            filters: self.filters,
            groups: groups(&self.delivered, self.window_start),
        };
        // Encoding into memory cannot fail.
        let bytes = postcard::to_allocvec(&stored).unwrap_or_default();
        let checksum = checksum(&bytes, server).to_be_bytes();
        format!(
            "{VERSION}{}",
            base64::encode(&[&checksum[..], &bytes].concat())
        )
    }

    /// Decodes a cursor that a host passed back.
    ///
    /// # Errors
    ///
    /// Returns an error about the field `cursor` if it is corrupt, of another version, not a cursor, or belongs to another server.
    pub fn decode(text: &str, server: &str) -> Result<Self, InputError> {
        let invalid = |what: &str| {
            InputError::new(
                FIELD,
                format!(
                    "{what}. Without a cursor the first window begins again: older events are skipped, and those within it are delivered once more"
                ),
            )
        };
        let text = text.trim();
        let Some(encoded) = text.strip_prefix(VERSION) else {
            let version = text
                .strip_prefix("se")
                .and_then(|rest| rest.split_once('.'))
                .and_then(|(version, _)| version.parse::<u32>().ok());
            return Err(invalid(match version {
                Some(1) => {
                    "it was written by a version from before the first release, which identified events by their ids alone; begin without a cursor"
                }
                Some(_) => {
                    "it was written by another version of this plugin; continue with that version if you can"
                }
                None => "not a cursor of this plugin; pass the last returned cursor unchanged",
            }));
        };
        let corrupt =
            || invalid("it is corrupt; continue with an intact copy of it if there is one");
        if encoded.len() > MAX_LENGTH {
            return Err(corrupt());
        }
        let bytes = base64::decode(encoded).ok_or_else(corrupt)?;
        let (&sum, rest) = bytes.split_first_chunk::<4>().ok_or_else(corrupt)?;
        if u32::from_be_bytes(sum) != checksum(rest, server) {
            return Err(invalid(
                "it is corrupt, or belongs to a connection to another server; pass the one that the last poll of this connection returned",
            ));
        }
        match postcard::take_from_bytes::<Stored>(rest) {
            Ok((stored, [])) => Ok(stored.into()),
            _ => Err(corrupt()),
        }
    }
}

impl From<Stored> for Cursor {
    fn from(stored: Stored) -> Self {
        let mut delivered = DeliveredEvents::default();
        for Group {
            delivered_at,
            events,
        } in stored.groups
        {
            let mut second = stored.window_start;
            for (distance, hash, entries) in events {
                second = second.wrapping_add(distance);
                delivered.insert(DeliveredEvent {
                    hash: u64::from_be_bytes(hash),
                    second,
                    entries,
                    delivered_at,
                });
            }
        }
        Self {
            window_start: stored.window_start,
            watermark: stored.watermark,
            newest: stored.newest,
            backlog: stored.backlog,
            mixed_until: stored.mixed_until,
            forgotten_until: stored.forgotten_until,
            is_by_arrival: stored.is_by_arrival,
            ignores_start: stored.ignores_start,
            offset_limit: stored.offset_limit,
            filters: stored.filters,
            delivered,
        }
    }
}

/// The delivered events by when they were delivered, each group in the order of time.
fn groups(delivered: &DeliveredEvents, window_start: i64) -> Vec<Group> {
    let mut events: Vec<&DeliveredEvent> = delivered.iter().collect();
    events.sort_unstable_by_key(|event| (event.delivered_at, event.second, event.hash));
    events
        .chunk_by(|a, b| a.delivered_at == b.delivered_at)
        .map(|group| {
            let mut before = window_start;
            Group {
                delivered_at: group.first().map_or(0, |event| event.delivered_at),
                events: group
                    .iter()
                    .map(|event| {
                        let distance = event.second.wrapping_sub(before);
                        before = event.second;
                        (distance, event.hash.to_be_bytes(), event.entries)
                    })
                    .collect(),
            }
        })
        .collect()
}

/// The checksum that a cursor carries.
fn checksum(bytes: &[u8], server: &str) -> u32 {
    let mut checksum = Crc32::default();
    checksum.update(server.as_bytes());
    checksum.update(bytes);
    checksum.value()
}

#[cfg(test)]
mod tests;
