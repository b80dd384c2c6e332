//! Bounds, and what is left around texts and ids.

use super::*;

#[test]
fn a_number_at_the_edge_of_its_range_is_taken_and_one_beyond_is_not() {
    assert_eq!(number("limit", None), Ok(500));
    assert_eq!(number("limit", Some(1)), Ok(1));
    assert_eq!(number("limit", Some(500)), Ok(500));
    for value in [0, 501] {
        let error = number("limit", Some(value)).unwrap_err();
        assert_eq!(
            (error.field, error.message),
            (
                "limit",
                format!("{value} is out of range; it takes 1 to 500")
            )
        );
    }
    assert_eq!(number("offset", Some(u32::MAX)), Ok(u32::MAX.into()));
}

#[test]
fn a_bad_guid_in_a_list_is_named_by_its_place() {
    let good = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11".to_owned();
    let error = guids(
        "connector-guids",
        &[good.clone(), "FIN-WS-0142".to_owned()],
        "Get Computers",
    )
    .unwrap_err();
    assert!(
        error
            .message
            .starts_with("number 2 of 2: \"FIN-WS-0142\" is no GUID"),
        "{}",
        error.message
    );
    assert_eq!(
        guids("connector-guids", &[good.clone(), good.to_uppercase()], "")
            .unwrap()
            .1,
        1
    );
    assert!(
        guids("connector-guids", &[], "Get Computers")
            .unwrap_err()
            .message
            .contains("at least one")
    );
}

#[test]
fn other_hashes_than_sha256_are_called_by_their_names() {
    for (text, part) in [
        ("", "empty"),
        (&*"a".repeat(32), "is an MD5"),
        (&*"a".repeat(40), "is a SHA-1"),
        ("x", "is no SHA-256"),
    ] {
        let error = sha256("hash", text).unwrap_err();
        assert!(error.message.contains(part), "{}", error.message);
    }
}

#[test]
fn an_empty_time_is_none_and_a_wrong_one_is_told_its_form() {
    assert_eq!(time("start-time", Some(" ")), Ok(None));
    assert!(
        time("start-time", Some("01/05/2026"))
            .unwrap_err()
            .message
            .contains("2026-05-01 08:00")
    );
}

const ID: &str = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11";

#[test]
fn what_copying_leaves_around_an_id_is_ignored() {
    let hash = "ab".repeat(32);
    for (before, after) in [
        ("\"", "\""),
        ("'", "' "),
        ("\u{201c}", "\u{201d}"),
        ("\u{feff}", ""),
        ("\u{200b}", "\u{2060}"),
        ("\u{feff}\"\u{200b}", "\"\r\n"),
    ] {
        let around = |id: &str| format!("{before}{id}{after}");
        assert_eq!(guid("g", &around(ID), "").unwrap().as_str(), ID);
        assert_eq!(sha256("hash", &around(&hash)).unwrap().as_str(), hash);
        for id in [ID, hash.as_str(), "203.0.113.7"] {
            assert_eq!(observable("query", Some(&around(id))), Ok(Some(id)));
        }
    }
    assert_eq!(
        observable("query", Some(" \"a name\" ")),
        Ok(Some("\"a name\""))
    );
    assert_eq!(
        optional("hostname", Some("\u{feff}FIN\u{200b} ")),
        Ok(Some("FIN"))
    );
    assert_eq!(optional("hostname", Some("\u{200b}")), Ok(None));
}

#[test]
fn an_invisible_character_within_an_id_is_named() {
    let split = ID.replacen('-', "\u{200b}-", 1);
    for error in [
        guid("connector-guid", &split, "Get Computers").unwrap_err(),
        sha256("hash", "ab\u{200b}cd").unwrap_err(),
    ] {
        assert!(
            error.message.contains("an invisible character (U+200B)"),
            "{}",
            error.message
        );
    }
}

#[test]
fn a_text_at_its_bound_is_taken_and_one_beyond_is_not() {
    for (field, most) in [
        ("name", 255),
        ("group-name", 255),
        ("policy-name", 255),
        ("block-list-name", 255),
        ("search-condition", 255),
        ("hostname", 253),
        ("query", 500),
        ("artifact", 2_000),
        ("comment", 2_000),
        ("description", 2_000),
    ] {
        let text = "\u{e9}".repeat(most);
        assert_eq!(optional(field, Some(&text)), Ok(Some(text.as_str())));
        let error = optional(field, Some(&format!("{text}x"))).unwrap_err();
        assert_eq!(error.field, field);
        assert!(
            error
                .message
                .starts_with(&format!("it has {} characters", most + 1)),
            "{}",
            error.message
        );
        assert!(required(field, &format!("{text}x"), "").is_err());
    }
}

fn many(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("6b0d6a5e-5f0e-4c7d-9a51-{number:012x}"))
        .collect()
}

#[test]
fn a_list_at_its_bound_is_taken_and_one_beyond_is_not() {
    assert_eq!(
        guids("connector-guids", &many(500), "").unwrap().0.len(),
        500
    );
    let error = guids("connector-guids", &many(501), "").unwrap_err();
    assert_eq!(
        error.message,
        "the list has 501 entries, and up to 500 GUIDs are accepted; split it into several calls"
    );
    assert!(filters(Some(&[1; 200]), None, None).is_ok());
    assert!(filters(None, Some(&many(100)), None).is_ok());
    assert!(filters(None, None, Some(&many(100))).is_ok());
    for (filters, field) in [
        (filters(Some(&[1; 201]), None, None), "event-types"),
        (filters(None, Some(&many(101)), None), "group-guids"),
        (filters(None, None, Some(&many(101))), "connector-guids"),
    ] {
        assert_eq!(filters.unwrap_err().field, field);
    }
}
