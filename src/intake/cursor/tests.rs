//! Cursors survive encoding, and nothing else is taken for one.

use proptest::prelude::*;

use super::super::delivered::MAX_DELIVERED;
use super::*;

const SERVER: &str = "https://api.amp.cisco.com";

fn cursor() -> impl Strategy<Value = Cursor> {
    let event = (any::<i32>(), any::<u64>(), 0..4_u32, 0..3_i64);
    let events = prop::collection::vec(event, 0..50);
    let numbers = any::<(i32, i32, Option<i32>, u64, u32)>();
    let flags = any::<(bool, bool, Option<u64>)>();
    (numbers, flags, events).prop_map(
        |((start, watermark, newest, backlog, filters), (by_arrival, ignores, limit), events)| {
            let mut delivered = DeliveredEvents::default();
            for (second, hash, entries, group) in events {
                delivered.insert(DeliveredEvent {
                    hash,
                    second: second.into(),
                    entries,
                    delivered_at: 1_777_629_600 + group,
                });
            }
            Cursor {
                window_start: start.into(),
                watermark: watermark.into(),
                newest: newest.map(i64::from),
                mixed_until: newest.map(i64::from),
                forgotten_until: newest.map(i64::from),
                backlog,
                is_by_arrival: by_arrival,
                ignores_start: ignores,
                offset_limit: limit,
                filters,
                delivered,
            }
        },
    )
}

proptest! {
    #[test]
    fn cursor_survives_encoding(cursor in cursor()) {
        prop_assert_eq!(Cursor::decode(&cursor.encode(SERVER), SERVER), Ok(cursor));
    }

    #[test]
    fn cursor_with_one_character_changed_is_rejected(cursor in cursor(), index in any::<prop::sample::Index>(), character in "[A-Za-z0-9+/=.]") {
        let text = cursor.encode(SERVER);
        let (before, after) = text.split_at(index.index(text.len()));
        let changed = format!("{before}{character}{}", after.split_at(1).1);
        prop_assume!(changed != text);
        prop_assert!(Cursor::decode(&changed, SERVER).is_err());
    }

    #[test]
    fn any_text_is_decoded_or_rejected(text in any::<String>()) {
        let _ = Cursor::decode(&text, SERVER);
        let _ = Cursor::decode(&format!("{VERSION}{text}"), SERVER);
    }
}

#[test]
fn rejected_cursor_says_what_it_is_and_what_to_do() {
    let text = Cursor::default().encode(SERVER);
    let other_server = "https://api.eu.amp.cisco.com";
    for (text, server, part) in [
        (text.clone(), other_server, "another server"),
        (text.replacen("se2", "se3", 1), SERVER, "another version"),
        (
            text.replacen("se2", "se1", 1),
            SERVER,
            "begin without a cursor",
        ),
        ("2026-05-01T08:00:00Z".to_owned(), SERVER, "not a cursor"),
        (
            text.split_at(text.len() - 4).0.to_owned(),
            SERVER,
            "corrupt",
        ),
    ] {
        let message = Cursor::decode(&text, server).unwrap_err().message;
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn cursor_with_the_most_events_keeps_within_its_bound() {
    let mut cursor = Cursor {
        window_start: 1_777_622_400,
        ..Cursor::default()
    };
    for number in 0..MAX_DELIVERED as u64 {
        cursor.delivered.insert(DeliveredEvent {
            hash: (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            second: 1_777_622_400 + number as i64 / 5,
            entries: 1,
            delivered_at: 1_777_629_600 + number as i64 / 500 * 300,
        });
    }
    let length = cursor.encode(SERVER).len();
    assert!(length < 62_000, "{length}");
}
