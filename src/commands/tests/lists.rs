//! Lists: limits, pages, totals.

use super::*;

// Lesson 11.
#[test]
fn a_limit_is_met_exactly_with_the_fewest_requests() {
    for (limit, requests) in [(5, 1), (150, 1), (500, 1)] {
        let world = cloud_with_computers(2_600);
        let outcome = computers(
            &world,
            &settings(),
            &GetComputersInput {
                limit: Some(limit),
                ..no_computers_input()
            },
        )
        .unwrap();
        assert_eq!(
            (outcome.result.rows.len(), world.lines().len()),
            (limit as usize, requests),
            "{limit}"
        );
    }
}

// Lesson 11.
#[test]
fn a_limit_above_the_page_size_takes_just_the_pages_it_needs() {
    let world = cloud_with_computers(2_600);
    let small = Settings {
        page_size: Some(100),
        ..settings()
    };
    let outcome = computers(
        &world,
        &small,
        &GetComputersInput {
            limit: Some(250),
            offset: Some(7),
            ..no_computers_input()
        },
    )
    .unwrap();
    assert_eq!(outcome.result.rows.len(), 250);
    assert_eq!(
        world.lines(),
        [
            "GET /v1/computers?limit=100&offset=7",
            "GET /v1/computers?limit=100&offset=107",
            "GET /v1/computers?limit=50&offset=207"
        ]
    );
}

// Lesson 12.
#[test]
fn all_pages_lists_1400_and_2600_computers_completely_and_side_by_side() {
    for (count, requests) in [(0, 1), (1, 1), (500, 1), (501, 2), (1_400, 3), (2_600, 6)] {
        let world = cloud_with_computers(count);
        let outcome = computers(
            &world,
            &settings(),
            &GetComputersInput {
                all_pages: Some(true),
                ..no_computers_input()
            },
        )
        .unwrap();
        assert_eq!(values(&outcome, "connector-guids").len() as u64, count);
        assert_eq!(world.lines().len(), requests, "{count}");
        // The first page, then all others at once.
        assert!(
            world.elapsed() <= Duration::from_millis(400),
            "{:?}",
            world.elapsed()
        );
    }
}

#[test]
fn no_more_pages_are_under_way_than_the_setting_allows() {
    let world = cloud_with_computers(2_600);
    let narrow = Settings {
        max_in_flight: Some(2),
        page_size: Some(100),
        ..settings()
    };
    computers(
        &world,
        &narrow,
        &GetComputersInput {
            all_pages: Some(true),
            ..no_computers_input()
        },
    )
    .unwrap();
    assert_eq!(world.most_in_flight(), 2);
}

#[test]
fn a_page_that_fails_leaves_the_others_and_is_named() {
    let world = Scripted::new(|sent| match parameter(&sent.line, "offset") {
        Some(2) => Reply::new(404, "").after(Duration::from_secs(1)),
        offset => Reply::new(
            200,
            &format!(
                r#"{{"metadata":{{"results":{{"total":5}}}},"data":[{{"hostname":"{offset:?}-a"}},{{"hostname":"{offset:?}-b"}}]}}"#
            ),
        ),
    });
    let small = Settings {
        page_size: Some(2),
        ..settings()
    };
    let outcome = computers(
        &world,
        &small,
        &GetComputersInput {
            all_pages: Some(true),
            ..no_computers_input()
        },
    )
    .unwrap();
    assert_eq!(outcome.return_data, ReturnData::PartiallySuccessful);
    assert_eq!(
        outcome.failures[0].item.as_deref(),
        Some("page at offset 2")
    );
    assert_eq!(outcome.result.rows.len(), 4);
}

#[test]
fn impossible_total_costs_a_bounded_number_of_requests() {
    let page = r#"{"metadata":{"results":{"total":1000000000000}},"data":[{"hostname":"A"}]}"#;
    let empty = r#"{"metadata":{"results":{"total":1000000000000}},"data":[]}"#;
    for (first, requests, rows) in [(page, 17, Some(1)), (empty, 16, None)] {
        let mut count = 0;
        let world = Scripted::new(move |_| {
            count += 1;
            Reply::new(200, if count == 1 { first } else { empty })
                .after(Duration::from_millis(100))
        });
        let all = GetComputersInput {
            all_pages: Some(true),
            ..no_computers_input()
        };
        let outcome = computers(&world, &settings(), &all).ok();
        assert_eq!(world.lines().len(), requests);
        assert_eq!(
            outcome.as_ref().map(|outcome| outcome.result.rows.len()),
            rows
        );
        if let Some(outcome) = outcome {
            assert_eq!(outcome.return_data, ReturnData::PartiallySuccessful);
            let last = outcome.failures.last().unwrap();
            assert!(
                last.item
                    .as_deref()
                    .unwrap()
                    .starts_with("everything from offset")
            );
        }
    }
}

/// A list of seven computers in pages of three, whose second page is as given.
fn with_second_page(second: &'static str) -> (Result<Outcome, CommandFailure>, Vec<String>) {
    let page = |first: u32, count: u32| {
        let items: Vec<String> = (first..first + count)
            .map(|number| format!(r#"{{"connector_guid":"{number}","hostname":"H{number}"}}"#))
            .collect();
        format!(
            r#"{{"metadata":{{"results":{{"total":7}}}},"data":[{}]}}"#,
            items.join(",")
        )
    };
    let world = Scripted::new(move |sent| {
        let body = match sent.line.split_once("offset=") {
            None => page(1, 3),
            Some((_, "3")) if second == "repeat" => page(1, 3),
            Some((_, "3")) => second.to_owned(),
            Some((_, "6")) => page(7, 1),
            Some((_, other)) => panic!("offset {other}"),
        };
        Reply::new(200, &body)
    });
    let small = Settings {
        page_size: Some(3),
        ..settings()
    };
    let all = GetComputersInput {
        all_pages: Some(true),
        ..no_computers_input()
    };
    let outcome = computers(&world, &small, &all);
    (outcome, world.lines())
}

#[test]
fn missing_page_is_requested_once_more_and_then_reported() {
    for second in [
        r#"{"metadata":{"results":{"total":7}},"data":[]}"#,
        "repeat",
    ] {
        let (outcome, lines) = with_second_page(second);
        let outcome = outcome.unwrap();
        assert_eq!(
            outcome.return_data,
            ReturnData::PartiallySuccessful,
            "{second}"
        );
        assert_eq!(outcome.failures.len(), 1);
        assert_eq!(
            outcome.failures[0].item.as_deref(),
            Some("page at offset 3")
        );
        assert!(
            outcome.failures[0]
                .message
                .contains("numbers 4 to 6 are missing")
        );
        assert_eq!(outcome.result.rows.len(), 4);
        assert_eq!(outcome.remarks, Vec::<String>::new());
        assert_eq!(
            lines
                .iter()
                .filter(|line| line.ends_with("offset=3"))
                .count(),
            2
        );
        assert_eq!(lines.len(), 4);
    }
}

#[test]
fn page_that_is_too_large_is_read_in_halves_and_an_oversized_item_skipped() {
    // Eight computers of 200 bytes and one of 2,000 in a limit of 1,000.
    let size = |number: usize| if number == 5 { 2_000 } else { 200 };
    let world = Scripted::new(move |sent| {
        let number = |name: &str| {
            let query = sent.line.split_once('?').unwrap().1;
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(name));
            pair.map_or(0, |value| value.parse::<usize>().unwrap())
        };
        let items: Vec<String> = (0..9)
            .skip(number("offset="))
            .take(number("limit="))
            .map(|index| {
                format!(
                    r#"{{"connector_guid":"{index}","hostname":"{}"}}"#,
                    "x".repeat(size(index))
                )
            })
            .collect();
        Reply::new(
            200,
            &format!(
                r#"{{"metadata":{{"results":{{"total":9}}}},"data":[{}]}}"#,
                items.join(",")
            ),
        )
    });
    let small = Settings {
        max_body_bytes: Some(65_536),
        ..settings()
    };
    let mut connection = Connection::from_settings(&small).unwrap();
    connection.max_body_bytes = 2_000;
    let amp = Amp::new(&world, &connection);
    let request = crate::amp::computer::list(None);
    let mut pager = crate::amp::pagination::Pager::new(&amp, request, 0);
    let (mut read, mut oversized) = (0, Vec::new());
    while let Ok(Some(page)) = world.block_on(pager.next(u64::MAX)) {
        match page.oversized {
            Some(name) => oversized.push((name, page.answer.text.clone())),
            None => read += page.count,
        }
        amp.drop_answer(page.answer);
    }
    assert_eq!(
        (read, oversized),
        (
            8,
            vec![(
                "computer \"5\"".to_owned(),
                r#"{"metadata":{"results":{"total":9}},"data":[{"connector_guid":"5"}]}"#
                    .to_owned()
            )]
        )
    );
}
