//! Fetch Event: its window, its filters, its end.

use super::*;

#[test]
fn a_search_that_passes_over_hits_says_that_there_is_more() {
    let items: Vec<String> = (0..20)
        .map(|id| format!(r#"{{"id":{id},"timestamp":1777629000,"hostname":"FIN"}}"#))
        .collect();
    let body = format!(
        r#"{{"metadata":{{"results":{{"total":20}}}},"data":[{}]}}"#,
        items.join(",")
    );
    let input = FetchEventInput {
        number_of_events_fetched: Some(5),
        artifact: Some("fin".to_owned()),
        ..no_events_input()
    };
    let outcome = events(
        &Scripted::replies([Reply::new(200, &body)]),
        &settings(),
        &input,
    )
    .unwrap();
    assert_eq!(outcome.result.rows.len(), 5);
    assert!(
        outcome
            .remarks
            .iter()
            .any(|remark| remark.contains("newest 5")),
        "{:?}",
        outcome.remarks
    );
}

#[test]
fn a_window_of_events_has_both_its_ends_and_ends_on_our_side() {
    let body = r#"{"metadata":{"results":{"total":4}},"data":[
        {"id":4,"timestamp":1777629601},{"id":3,"timestamp":1777629600},{"id":2,"timestamp":1777622400},{"id":1}]}"#;
    let world = Scripted::replies([Reply::new(200, body)]);
    let input = FetchEventInput {
        start_time: Some("2026-05-01 08:00".to_owned()),
        end_time: Some("2026-05-01T12:00:00+02:00".to_owned()),
        ..no_events_input()
    };
    let outcome = events(&world, &settings(), &input).unwrap();
    assert_eq!(values(&outcome, "event-ids"), ["3", "2", "1"]);
    assert_eq!(
        world.lines(),
        ["GET /v1/events?start_date=2026-05-01T08%3A00%3A00Z&limit=500"]
    );
}

#[test]
fn the_default_window_is_the_day_before_now() {
    let world = Scripted::replies([Reply::new(200, r#"{"data":[]}"#)]);
    events(
        &world,
        &settings(),
        &FetchEventInput {
            number_of_events_fetched: Some(5),
            ..no_events_input()
        },
    )
    .unwrap();
    assert_eq!(
        world.lines(),
        ["GET /v1/events?start_date=2026-04-30T10%3A00%3A00Z&limit=5"]
    );
}

// Lesson 1, for a command.
#[test]
fn an_event_that_slides_to_the_next_page_comes_once() {
    let page = |total: usize, ids: &[u64]| {
        let items: Vec<String> = ids
            .iter()
            .map(|id| format!(r#"{{"id":{id},"timestamp":1777629000}}"#))
            .collect();
        Reply::new(
            200,
            &format!(
                r#"{{"metadata":{{"results":{{"total":{total}}}}},"data":[{}]}}"#,
                items.join(",")
            ),
        )
    };
    // Event 6 arrives after the first page.
    let world = Scripted::replies([page(5, &[5, 4, 3]), page(6, &[3, 2, 1])]);
    let small = Settings {
        page_size: Some(3),
        ..settings()
    };
    let input = FetchEventInput {
        number_of_events_fetched: Some(9),
        ..no_events_input()
    };
    let outcome = events(&world, &small, &input).unwrap();
    assert_eq!(values(&outcome, "event-ids"), ["5", "4", "3", "2", "1"]);
}

// Lesson 11.
#[test]
fn a_search_stops_as_soon_as_it_has_enough() {
    let world = Scripted::new(|sent| {
        let offset = parameter(&sent.line, "offset").unwrap_or(0);
        let items: Vec<String> = (offset..offset + 10)
            .map(|id| {
                format!(
                    r#"{{"id":{id},"timestamp":1777629000,"hostname":"H-{}"}}"#,
                    id % 4
                )
            })
            .collect();
        Reply::new(
            200,
            &format!(
                r#"{{"metadata":{{"results":{{"total":1000}}}},"data":[{}]}}"#,
                items.join(",")
            ),
        )
    });
    let small = Settings {
        page_size: Some(10),
        ..settings()
    };
    let input = FetchEventInput {
        number_of_events_fetched: Some(5),
        artifact: Some("h-3".to_owned()),
        ..no_events_input()
    };
    let outcome = events(&world, &small, &input).unwrap();
    assert_eq!(values(&outcome, "event-ids"), ["3", "7", "11", "15", "19"]);
    assert_eq!(world.lines().len(), 2);
}

#[test]
fn a_sha256_is_asked_for_as_detected_and_as_acting_file_at_once() {
    let world = Scripted::new(|sent| {
        let body = if sent.line.contains("detection_sha256") {
            r#"{"data":[{"id":9,"timestamp":1777629009},{"id":5,"timestamp":1777629005}]}"#
        } else {
            r#"{"data":[{"id":7,"timestamp":1777629007},{"id":5,"timestamp":1777629005}]}"#
        };
        Reply::new(200, body).after(Duration::from_secs(1))
    });
    let input = FetchEventInput {
        artifact: Some(HASH.to_owned()),
        ..no_events_input()
    };
    let outcome = events(&world, &settings(), &input).unwrap();
    assert_eq!(world.most_in_flight(), 2);
    assert_eq!(values(&outcome, "event-ids"), ["9", "7", "5"]);
}

#[test]
fn an_event_type_is_found_by_its_name_in_any_case_and_by_its_number() {
    let types = r#"{"data":[{"id":1,"name":"Threat Detected"},{"id":2,"name":"Threat Quarantined"},{"id":3,"name":"THREAT detected"}]}"#;
    let world = Scripted::replies([Reply::new(200, types), Reply::new(200, r#"{"data":[]}"#)]);
    let by_name = FetchEventInput {
        search_condition: Some("threat detected".to_owned()),
        ..no_events_input()
    };
    events(&world, &settings(), &by_name).unwrap();
    assert!(
        world.lines()[1].contains("event_type%5B%5D=1&event_type%5B%5D=3"),
        "{:?}",
        world.lines()
    );

    let world = Scripted::replies([Reply::new(200, r#"{"data":[]}"#)]);
    let by_number = FetchEventInput {
        search_condition: Some("1090519054".to_owned()),
        ..no_events_input()
    };
    events(&world, &settings(), &by_number).unwrap();

    let world = Scripted::replies([Reply::new(200, types)]);
    let unknown = FetchEventInput {
        search_condition: Some("threat found".to_owned()),
        ..no_events_input()
    };
    let failure = events(&world, &settings(), &unknown).unwrap_err();
    assert!(
        failure.failures[0]
            .message
            .contains("\"Threat Quarantined\""),
        "{}",
        failure.failures[0].message
    );
}

// Lesson 18.
#[test]
fn raw_and_context_data_are_what_amp_sent_to_the_letter() {
    let body = r#"{ "data": [ {"id":7634860738703523857,"b":1.10,"a":"\u0026"} ] }"#;
    let outcome = events(
        &Scripted::replies([Reply::new(200, body)]),
        &settings(),
        &no_events_input(),
    )
    .unwrap();
    assert_eq!(outcome.raw_data, body);
    assert_eq!(
        outcome.context_data,
        r#"[{"id":7634860738703523857,"b":1.10,"a":"\u0026"}]"#
    );
    assert_eq!(values(&outcome, "event-ids"), ["7634860738703523857"]);
}

#[test]
fn events_are_identified_by_more_than_their_ids() {
    let event = |id: &str, connector: &str| {
        format!(r#"{{{id}"timestamp":1777629000,"computer":{{"connector_guid":"{connector}"}}}}"#)
    };
    let shared = r#""id":7634863105230503937,"#;
    let items = [
        event(shared, "a"),
        event(shared, "b"),
        event("", "a"),
        event(shared, "b"),
    ];
    let body = format!(
        r#"{{"metadata":{{"results":{{"total":4}}}},"data":[{}]}}"#,
        items.join(",")
    );
    let world = Scripted::replies([Reply::new(200, &body)]);
    let outcome = events(&world, &settings(), &no_events_input()).unwrap();
    // The fourth is the second again.
    assert_eq!(outcome.result.rows.len(), 3);
    let keys = values(&outcome, "unique-event-keys");
    assert_eq!(keys.len(), 3);
    for (key, start) in keys
        .iter()
        .zip(["7634863105230503937-", "7634863105230503937-", "noid-"])
    {
        assert!(
            key.starts_with(start) && key.len() == start.len() + 32,
            "{key}"
        );
    }
    assert_eq!(outcome.context_data, format!("[{}]", items[..3].join(",")));
}

#[test]
fn event_that_is_not_json_is_skipped_with_a_remark() {
    let body = r#"{"metadata":{"results":{"total":3}},"data":[{"id":3,"timestamp":1777629003},{"id":2,"x":tru},{"id":1,"timestamp":1777629001}]}"#;
    let world = Scripted::replies([Reply::new(200, body)]);
    let outcome = events(&world, &settings(), &no_events_input()).unwrap();
    assert_eq!(values(&outcome, "event-ids"), ["3", "1"]);
    assert_eq!(outcome.remarks.len(), 1);
    assert!(
        outcome.remarks[0].contains("\"2\" cannot be read"),
        "{}",
        outcome.remarks[0]
    );
}
