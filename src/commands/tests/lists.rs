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
fn a_total_that_no_list_could_have_costs_no_more_than_the_list() {
    let page = r#"{"metadata":{"results":{"total":1000000000000}},"data":[{"hostname":"A"}]}"#;
    let empty = r#"{"metadata":{"results":{"total":1000000000000}},"data":[]}"#;
    for (first, requests) in [(page, 9), (empty, 1)] {
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
        computers(&world, &settings(), &all).unwrap();
        assert_eq!(world.lines().len(), requests);
    }
}
