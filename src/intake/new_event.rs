//! An event that was fetched and not delivered yet: the fields that the plugin reads, its text, and its identity.

use crate::amp::decode::{self, decode};
use crate::amp::event::Event;
use crate::amp::event_identity::EventIdentity;
use crate::amp::flaw::Flaw;
use crate::amp::salvage::readable_members;

/// An entry of AMP's list.
pub struct NewEvent {
    /// The fields that the plugin reads.
    pub event: Event,
    /// The event as AMP sent it.
    pub raw: String,
    /// What identifies it.
    pub identity: EventIdentity,
    /// Its time in seconds since 1970; that of its neighbor in the list if it has none.
    pub second: i64,
    /// Why strict JSON parsers reject it.
    pub flaw: Option<String>,
    /// It cannot be delivered: it is not JSON, or exceeds `max-body-bytes` alone. Its fields are those that could be read.
    pub is_unreadable: bool,
}

impl NewEvent {
    /// Reads an entry. One without a time counts as of `newer`, the second of the entry before it in the list.
    pub fn read(raw: &str, newer: i64, flaw: Option<&Flaw>, is_oversized: bool) -> Self {
        let is_unreadable = is_oversized || !raw.starts_with('{');
        let readable = match decode::string(raw) {
            // In place of an entry that is not JSON is a string of its text.
            Some(text) => readable_members(&text),
            None => raw.to_owned(),
        };
        let event: Event = decode(&readable);
        Self {
            identity: EventIdentity::of(&event, &readable),
            second: event.seconds().unwrap_or(newer),
            event,
            raw: raw.to_owned(),
            flaw: match flaw {
                Some(flaw) => Some(flaw.reason.clone()),
                None if is_unreadable && !is_oversized => Some("it is not an object".to_owned()),
                None => None,
            },
            is_unreadable,
        }
    }

    /// Its order among others: by time, then by identity.
    pub fn order(&self) -> (i64, u32, u64) {
        let nanoseconds = self.event.timestamp_nanoseconds.unwrap_or(0);
        (self.second, nanoseconds, self.identity.short())
    }

    /// A name for messages: its id, else its key.
    pub fn name(&self) -> String {
        self.event
            .id
            .clone()
            .unwrap_or_else(|| self.identity.key(None))
    }
}
