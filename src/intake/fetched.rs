//! An event as it was fetched: what the plugin looks into, its text, and what it is known by.

use crate::amp::event::Event;
use crate::amp::lenient;
use crate::crc32::Crc32;

use super::cursor::Known;

/// An event that was fetched and is not known.
pub struct Fetched {
    /// What the plugin looks into.
    pub event: Event,
    /// The event as it came.
    pub raw: String,
    /// What it will be known by.
    pub known: Known,
    /// The key by which hosts tell it from others.
    pub key: String,
}

impl Fetched {
    /// Reads an event. One without a time counts as of the second of the one before it in the list, which is `newer`.
    pub fn read(raw: &str, newer: i64) -> Self {
        let event: Event = lenient::view(raw);
        let (id, key) = identity(&event, raw);
        let second = event.seconds().unwrap_or(newer);
        Self {
            event,
            raw: raw.to_owned(),
            known: Known { second, id },
            key,
        }
    }

    /// Its place among others: by time, then by id.
    pub fn order(&self) -> (i64, u32, u64) {
        let nanoseconds = self.event.timestamp_nanoseconds.unwrap_or(0);
        (self.known.second, nanoseconds, self.known.id)
    }
}

/// What an event is known by, and its key for hosts: AMP's id. An event without one, which AMP does not send, is known by a checksum of its text.
fn identity(event: &Event, raw: &str) -> (u64, String) {
    let checksum = |text: &str| {
        let (mut forth, mut back) = (Crc32::default(), Crc32::default());
        forth.update(text.as_bytes());
        text.bytes().rev().for_each(|byte| back.update(&[byte]));
        u64::from(forth.value()) << 32 | u64::from(back.value())
    };
    match &event.id {
        Some(key) => (key.parse().unwrap_or_else(|_| checksum(key)), key.clone()),
        None => {
            let id = checksum(raw);
            (id, format!("without-id-{id:016x}"))
        }
    }
}
