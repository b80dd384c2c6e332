//! Where a poll ended, as a text that the host keeps: opaque, versioned, small, and checked when it comes back.
//!
//! A cursor is `se1.` and the base64 of: a checksum over all that follows and the server it belongs to, then numbers of variable length. The
//! ids of known events make up nearly all of it. They are kept as the distance of their second from the one before, and themselves with the
//! second taken out of their upper half, where AMP's ids of 64 bits carry it: about six bytes each, eleven at the most, for at most
//! [`MOST_KNOWN`] events, those of one second, and those whose time is still to come. So a cursor is some hundred bytes on a quiet day, 33 kB for the most events that
//! may be known if their ids are like AMP's, and 61 kB whatever they are.

use crate::base64;
use crate::commands::input::InputError;
use crate::crc32::Crc32;

/// The most events of the late window that are remembered. In a burst that has more, the window is shortened.
pub const MOST_KNOWN: usize = 4_096;

/// What cursors of this version begin with.
const VERSION: &str = "se1.";

/// Name of the field that a cursor comes in.
const FIELD: &str = "cursor";

/// An event that was returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// Its time, in seconds since 1970.
    pub second: i64,
    /// Its id, or what stands in for one.
    pub id: u64,
}

/// Where a poll ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The next poll asks for events since this second.
    pub start: i64,
    /// Every event up to this second was returned, as far as AMP listed it.
    pub position: i64,
    /// The newest event that was ever seen, in seconds since 1970.
    pub newest: Option<i64>,
    /// Events that still waited when the poll ended: where the oldest of them stand now.
    pub waiting: u64,
    /// After a change of filters, the position at that time: as long as the start is not behind it, events that the present filters leave out
    /// are among the known.
    pub mixed_until: Option<i64>,
    /// A checksum of the filters that AMP applies; others would list other events.
    pub filters: u32,
    /// The returned events since `start`, in order.
    pub known: Vec<Known>,
}

impl Known {
    /// Puts it into a list in order, most often at the end. (The standard library's sort would be 4 kB for each type.)
    pub fn put_into(self, list: &mut Vec<Self>) {
        let place = list.partition_point(|other| *other <= self);
        list.insert(place, self);
    }
}

impl Cursor {
    /// Whether known events may be missing from AMP's list because of filters that were changed.
    pub fn is_mixed(&self) -> bool {
        self.mixed_until.is_some_and(|until| until >= self.start)
    }

    /// The cursor as a text for the host. `server` is the address that it belongs to.
    pub fn write(&self, server: &str) -> String {
        let mut bytes = Vec::new();
        signed(&mut bytes, self.start);
        signed(&mut bytes, self.position.saturating_sub(self.start));
        signed(
            &mut bytes,
            self.newest
                .map_or(i64::MIN, |newest| newest.saturating_sub(self.start)),
        );
        signed(
            &mut bytes,
            self.mixed_until
                .map_or(i64::MIN, |second| second.saturating_sub(self.start)),
        );
        unsigned(&mut bytes, self.waiting);
        unsigned(&mut bytes, self.filters.into());
        let mut before = self.start;
        for known in &self.known {
            signed(&mut bytes, known.second.saturating_sub(before));
            unsigned(&mut bytes, known.id ^ second_in_id(known.second));
            before = known.second;
        }
        let mut checked = checksum(&bytes, server).to_be_bytes().to_vec();
        checked.append(&mut bytes);
        format!("{VERSION}{}", base64::encode(&checked))
    }

    /// Reads a cursor that came back.
    ///
    /// # Errors
    ///
    /// If it is damaged, is none of ours, or belongs to another server.
    pub fn read(text: &str, server: &str) -> Result<Self, InputError> {
        let wrong = |what: &str| {
            InputError::new(
                FIELD,
                format!(
                    "{what}. Without a cursor the first window begins again: what is older is passed over, and what was returned within it comes once more"
                ),
            )
        };
        let Some(encoded) = text.trim().strip_prefix(VERSION) else {
            let newer = text.trim().strip_prefix("se").is_some_and(|rest| {
                rest.split('.')
                    .next()
                    .is_some_and(|version| version.parse::<u32>().is_ok())
            });
            return Err(wrong(if newer {
                "it was written by another version of this plugin; go on with that version if you can"
            } else {
                "it is no cursor of this plugin; give the one that the last poll returned, unchanged"
            }));
        };
        let damaged = || wrong("it is damaged; go on with an unharmed copy of it if there is one");
        let bytes = base64::decode(encoded).ok_or_else(damaged)?;
        let (&sum, rest) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
        if u32::from_be_bytes(sum) != checksum(rest, server) {
            return Err(wrong(
                "it is damaged, or belongs to a connection to another server; give the one that the last poll of this connection returned",
            ));
        }
        Self::from_bytes(rest).ok_or_else(damaged)
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let start = take_signed(bytes)?;
        let position = start.saturating_add(take_signed(bytes)?);
        let newest = take_signed(bytes)?;
        let newest = (newest != i64::MIN).then(|| start.saturating_add(newest));
        let mixed_until = take_signed(bytes)?;
        let mixed_until = (mixed_until != i64::MIN).then(|| start.saturating_add(mixed_until));
        let waiting = take_unsigned(bytes)?;
        let filters = u32::try_from(take_unsigned(bytes)?).ok()?;
        let mut known = Vec::new();
        let mut second = start;
        while !bytes.is_empty() {
            second = second.saturating_add(take_signed(bytes)?);
            known.push(Known {
                second,
                id: take_unsigned(bytes)? ^ second_in_id(second),
            });
        }
        Some(Self {
            start,
            position,
            newest,
            mixed_until,
            waiting,
            filters,
            known,
        })
    }
}

/// AMP's ids of 64 bits carry the second in their upper half (inferred from recorded ones). Nothing relies on it but the length of a cursor.
fn second_in_id(second: i64) -> u64 {
    u64::from(u32::try_from(second).unwrap_or(0)) << 32
}

/// The checksum that a cursor carries.
fn checksum(bytes: &[u8], server: &str) -> u32 {
    let mut checksum = Crc32::default();
    checksum.update(server.as_bytes());
    checksum.update(bytes);
    checksum.value()
}

/// Writes a number with seven bits in each byte; the eighth says that more follow.
fn unsigned(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Writes a number that may be negative, near zero in few bytes.
fn signed(bytes: &mut Vec<u8>, number: i64) {
    unsigned(bytes, (number.wrapping_shl(1) ^ (number >> 63)) as u64);
}

fn take_unsigned(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(first & 0x7f);
        number |= bits.checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    let number = take_unsigned(bytes)?;
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SERVER: &str = "https://api.amp.cisco.com";

    fn cursor() -> impl Strategy<Value = Cursor> {
        let known = prop::collection::vec((any::<i32>(), any::<u64>()), 0..50);
        (
            any::<i32>(),
            any::<i32>(),
            any::<Option<i32>>(),
            any::<u64>(),
            any::<u32>(),
            known,
        )
            .prop_map(
                |(start, position, newest, waiting, filters, known)| Cursor {
                    start: start.into(),
                    position: position.into(),
                    newest: newest.map(i64::from),
                    mixed_until: newest.map(i64::from),
                    waiting,
                    filters,
                    known: known
                        .into_iter()
                        .map(|(second, id)| Known {
                            second: second.into(),
                            id,
                        })
                        .collect(),
                },
            )
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_went(cursor in cursor()) {
            prop_assert_eq!(Cursor::read(&cursor.write(SERVER), SERVER), Ok(cursor));
        }

        #[test]
        fn a_cursor_with_one_letter_changed_is_refused(cursor in cursor(), place in any::<prop::sample::Index>(), letter in "[A-Za-z0-9+/=.]") {
            let text = cursor.write(SERVER);
            let place = place.index(text.len());
            let (before, after) = text.split_at(place);
            let changed = format!("{before}{letter}{}", after.split_at(1).1);
            prop_assume!(changed != text);
            prop_assert!(Cursor::read(&changed, SERVER).is_err());
        }

        #[test]
        fn no_text_does_harm(text in any::<String>()) {
            let _ = Cursor::read(&text, SERVER);
            let _ = Cursor::read(&format!("se1.{text}"), SERVER);
        }
    }

    #[test]
    fn a_cursor_of_another_server_or_version_is_told_apart() {
        let text = Cursor::default().write(SERVER);
        assert!(
            Cursor::read(&text, "https://api.eu.amp.cisco.com")
                .unwrap_err()
                .message
                .contains("another server")
        );
        assert!(
            Cursor::read(&text.replacen("se1", "se2", 1), SERVER)
                .unwrap_err()
                .message
                .contains("another version")
        );
        assert!(
            Cursor::read("2026-05-01T08:00:00Z", SERVER)
                .unwrap_err()
                .message
                .contains("no cursor")
        );
        assert!(
            Cursor::read(text.split_at(text.len() - 4).0, SERVER)
                .unwrap_err()
                .message
                .contains("damaged")
        );
    }

    #[test]
    fn a_cursor_with_the_most_known_events_keeps_within_its_bound() {
        let known = |id: fn(u64) -> u64| {
            let known = (0..MOST_KNOWN as u64).map(|number| Known {
                second: 1_777_622_400 + number as i64 / 5,
                id: id(number),
            });
            Cursor {
                start: 1_777_622_400,
                known: known.collect(),
                ..Cursor::default()
            }
            .write(SERVER)
            .len()
        };
        let like_amp = known(|number| {
            (1_777_622_400 + number / 5) << 32 | number.wrapping_mul(2_654_435_761) & 0xffff_ffff
        });
        let random = known(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        assert!(like_amp < 34_000, "{like_amp}");
        assert!(random < 61_000, "{random}");
    }
}
