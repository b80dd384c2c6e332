//! Commands from their input to what they ask and what they answer, in a scripted world.

use std::time::Duration;

use super::*;
use crate::contract::exports::conductor::secure_endpoint::commands::{
    CreateGroupInput, DeleteFileFromFileListByHashInput, FetchEventInput, GetComputersInput,
    IsolateComputerInput, SetFileListByHashInput,
};
use crate::contract::exports::conductor::secure_endpoint::types::{FailureKind, ReturnData};
use crate::http::scripted::{Reply, Scripted};
use crate::http::{HttpError, Wait};

const GUID_A: &str = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11";
const GUID_B: &str = "37c36b61-fc28-4b9b-9407-c40bca7e1f12";
const GUID_C: &str = "beb55a32-cc7e-4871-a80a-befd30a1fce7";
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

type Told = Result<Outcome, CommandFailure>;

fn settings() -> Settings {
    Settings {
        server_url: "api.amp.cisco.com".to_owned(),
        client_id: "0123456789abcdef0123".to_owned(),
        api_key: "11111111-2222-4333-8444-555555555555".to_owned(),
        api_version: None,
        connect_timeout_ms: None,
        first_byte_timeout_ms: None,
        call_timeout_ms: None,
        max_attempts: None,
        max_in_flight: None,
        page_size: None,
        max_body_bytes: None,
    }
}

fn call<I>(world: &Scripted, command: Command, input: &I, work: Work<I>) -> Told {
    call_with(world, command, &settings(), input, work)
}

fn call_with<I>(
    world: &Scripted,
    command: Command,
    settings: &Settings,
    input: &I,
    work: Work<I>,
) -> Told {
    world.block_on(run(world, command, settings, input, work))
}

fn computers(world: &Scripted, settings: &Settings, input: &GetComputersInput) -> Told {
    call_with(
        world,
        Command::GetComputers,
        settings,
        input,
        |amp, input| Box::pin(computer::get_computers(amp, input)),
    )
}

fn isolate(world: &Scripted, guids: &[&str]) -> Told {
    let input = IsolateComputerInput {
        connector_guids: guids.iter().map(|guid| (*guid).to_owned()).collect(),
        comment: None,
        unlock_code: None,
    };
    call(world, Command::IsolateComputer, &input, |amp, input| {
        Box::pin(isolation::isolate_computer(amp, input))
    })
}

fn events(world: &Scripted, settings: &Settings, input: &FetchEventInput) -> Told {
    call_with(world, Command::FetchEvent, settings, input, |amp, input| {
        Box::pin(event::fetch_event(amp, input))
    })
}

fn no_computers_input() -> GetComputersInput {
    GetComputersInput {
        hostname: None,
        limit: None,
        offset: None,
        all_pages: None,
    }
}

fn no_events_input() -> FetchEventInput {
    FetchEventInput {
        start_time: None,
        end_time: None,
        number_of_events_fetched: None,
        search_condition: None,
        artifact: None,
    }
}

/// The value of a query parameter in a request line.
fn parameter(line: &str, name: &str) -> Option<u64> {
    let query = line.split_once('?')?.1;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?
        .parse()
        .ok()
}

/// A cloud with so many computers, that gives pages as AMP does.
fn cloud_with_computers(count: u64) -> Scripted {
    Scripted::new(move |sent| {
        let offset = parameter(&sent.line, "offset").unwrap_or(0);
        let end = count.min(offset + parameter(&sent.line, "limit").unwrap());
        let items: Vec<String> = (offset..end.max(offset))
            .map(|number| {
                format!(r#"{{"connector_guid":"guid-{number}","hostname":"H-{number}"}}"#)
            })
            .collect();
        let body = format!(
            r#"{{"metadata":{{"results":{{"total":{count}}}}},"data":[{}]}}"#,
            items.join(",")
        );
        Reply::new(200, &body).after(Duration::from_millis(200))
    })
}

fn values<'a>(outcome: &'a Outcome, name: &str) -> &'a [String] {
    outcome
        .key_fields
        .iter()
        .find(|key| key.name == name)
        .map_or(&[], |key| &key.values)
}

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

// Lesson 16.
#[test]
fn one_unknown_computer_among_ten_leaves_nine_isolated() {
    let world = Scripted::new(|sent| match sent.line.contains(GUID_B) {
        true => Reply::new(404, r#"{"errors":[{"details":["no such computer"]}]}"#),
        false => Reply::new(
            200,
            r#"{"data":{"available":true,"status":"pending_start"}}"#,
        ),
    });
    let mut guids: Vec<String> = (0..9)
        .map(|number| format!("6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d0{number}"))
        .collect();
    guids.insert(4, GUID_B.to_owned());
    let outcome = isolate(
        &world,
        &guids.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .unwrap();
    assert_eq!(
        (outcome.return_data, outcome.result.rows.len()),
        (ReturnData::PartiallySuccessful, 9)
    );
    let failure = &outcome.failures[0];
    assert_eq!(
        (failure.item.as_deref(), failure.status_code),
        (Some(GUID_B), Some(404))
    );
    assert!(
        matches!(failure.kind, FailureKind::NotFound)
            && failure.message.contains("no such computer")
    );
}

// Lesson 20.
#[test]
fn no_target_is_an_error_and_sends_nothing() {
    for guids in [&[][..], &[""], &["FIN-WS-0142"], &[GUID_A, "FIN-WS-0142"]] {
        let failure = isolate(&Scripted::silent(), guids).unwrap_err();
        assert!(
            matches!(&failure.failures[0].kind, FailureKind::InvalidInput(field) if field == "connector-guids")
        );
    }
}

// Lesson 15.
#[test]
fn isolating_what_is_isolated_already_is_a_success_that_says_so() {
    for status in ["isolated", "pending_start"] {
        let body = format!(r#"{{"data":{{"available":true,"status":"{status}"}}}}"#);
        let world = Scripted::replies([Reply::new(409, ""), Reply::new(200, &body)]);
        let outcome = isolate(&world, &[GUID_A]).unwrap();
        assert_eq!(outcome.return_data, ReturnData::Successful);
        assert!(
            outcome.remarks[0].starts_with("Already so") && outcome.remarks[0].contains(status),
            "{:?}",
            outcome.remarks
        );
    }
}

// Lesson 19.
#[test]
fn an_isolation_that_is_only_requested_is_not_called_isolated() {
    let world = Scripted::replies([Reply::new(200, r#"{"data":{"status":"pending_start"}}"#)]);
    let outcome = isolate(&world, &[GUID_A]).unwrap();
    assert_eq!(
        outcome.result.rows[0],
        [GUID_A, "pending_start", "requested"]
    );
    assert!(
        outcome.remarks[0].contains("requested, not yet done"),
        "{:?}",
        outcome.remarks
    );
}

#[test]
fn a_lost_answer_to_a_write_is_settled_by_reading_back_before_it_is_sent_again() {
    let world = Scripted::replies([
        Reply::error(HttpError::Broken("reset".to_owned())),
        Reply::new(200, r#"{"data":{"status":"not_isolated"}}"#),
        Reply::new(503, "<html>"),
        Reply::new(200, r#"{"data":{"status":"pending_start"}}"#),
    ]);
    let outcome = isolate(&world, &[GUID_A]).unwrap();
    let methods: Vec<String> = world
        .lines()
        .into_iter()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(methods, ["PUT", "GET", "PUT", "GET"]);
    assert!(
        outcome
            .remarks
            .iter()
            .any(|remark| remark.contains("read back")),
        "{:?}",
        outcome.remarks
    );
}

#[test]
fn a_write_whose_fate_nobody_knows_may_have_happened() {
    let world = Scripted::new(|_| Reply::error(HttpError::Timeout(Wait::FirstByte)));
    let failure = isolate(&world, &[GUID_A]).unwrap_err();
    assert!(
        failure.failures[0].may_have_happened
            && failure.failures[0]
                .message
                .contains("look before you repeat it")
    );
    assert_eq!(
        world
            .lines()
            .iter()
            .filter(|line| line.starts_with("PUT"))
            .count(),
        1,
        "{:?}",
        world.lines()
    );
}

#[test]
fn a_group_is_never_created_twice() {
    let input = CreateGroupInput {
        name: "Finance".to_owned(),
        description: None,
    };
    for (found, words) in [
        (r#"[{"name":"finance","guid":"g"}]"#, "is there now, g"),
        (
            r#"[{"name":"Finance 2","guid":"g"}]"#,
            "No group was called",
        ),
    ] {
        let list = format!(r#"{{"metadata":{{"results":{{"total":1}}}},"data":{found}}}"#);
        let world = Scripted::replies([Reply::new(502, ""), Reply::new(200, &list)]);
        let failure = call(&world, Command::CreateGroup, &input, |amp, input| {
            Box::pin(group::create_group(amp, input))
        })
        .unwrap_err();
        let failure = &failure.failures[0];
        assert!(
            failure.may_have_happened && failure.message.contains(words),
            "{}",
            failure.message
        );
        assert_eq!(
            world.lines(),
            ["POST /v1/groups", "GET /v1/groups?name=Finance&limit=500"]
        );
    }
}

#[test]
fn no_write_goes_out_once_the_time_of_the_call_is_over() {
    let world = Scripted::new(|_| {
        Reply::new(200, r#"{"data":{"status":"pending_start"}}"#).after(Duration::from_secs(900))
    });
    let input = IsolateComputerInput {
        connector_guids: [GUID_A, GUID_B, GUID_C].map(str::to_owned).to_vec(),
        comment: None,
        unlock_code: None,
    };
    let short = Settings {
        call_timeout_ms: Some(1_000),
        max_in_flight: Some(1),
        ..settings()
    };
    let work: Work<_> = |amp, input| Box::pin(isolation::isolate_computer(amp, input));
    let failure = call_with(&world, Command::IsolateComputer, &short, &input, work).unwrap_err();
    assert_eq!(world.lines().len(), 1, "{:?}", world.lines());
    assert_eq!(
        failure
            .failures
            .iter()
            .map(|failure| failure.may_have_happened)
            .collect::<Vec<_>>(),
        [true, false, false]
    );
}

#[test]
fn a_write_is_sent_no_more_often_than_the_setting_says_lost_answers_included() {
    let world = Scripted::new(|sent| match sent.line.starts_with("GET") {
        true => Reply::new(200, r#"{"data":{"status":"not_isolated"}}"#),
        false => Reply::new(503, ""),
    });
    let failure = isolate(&world, &[GUID_A]).unwrap_err();
    assert_eq!(
        world
            .lines()
            .iter()
            .filter(|line| line.starts_with("PUT"))
            .count(),
        4
    );
    assert!(
        !failure.failures[0].may_have_happened && failure.failures[0].message.contains("4 times")
    );
}

#[test]
fn what_an_earlier_attempt_did_is_not_called_already_so() {
    let world = Scripted::replies([
        Reply::new(503, ""),
        Reply::new(200, r#"{"data":{"status":"not_isolated"}}"#),
        Reply::new(409, ""),
        Reply::new(200, r#"{"data":{"status":"pending_start"}}"#),
    ]);
    let outcome = isolate(&world, &[GUID_A]).unwrap();
    assert!(
        outcome.remarks[0].contains("read back"),
        "{:?}",
        outcome.remarks
    );
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

// Lesson 15.
#[test]
fn a_hash_that_is_there_and_one_that_is_not_are_both_successes() {
    let input = SetFileListByHashInput {
        file_list_id: GUID_A.to_owned(),
        hash: HASH.to_uppercase(),
        description: None,
    };
    let world = Scripted::replies([
        Reply::new(409, ""),
        Reply::new(200, r#"{"data":{"sha256":"x","description":"old"}}"#),
    ]);
    let outcome = call(&world, Command::SetFileListByHash, &input, |amp, input| {
        Box::pin(file_list::set_file_list_by_hash(amp, input))
    })
    .unwrap();
    assert!(outcome.remarks[0].starts_with("Already so"));
    assert_eq!(
        world.lines()[0],
        format!("POST /v1/file_lists/{GUID_A}/files/{HASH}")
    );

    let input = DeleteFileFromFileListByHashInput {
        file_list_id: GUID_A.to_owned(),
        hash: HASH.to_owned(),
    };
    let work: Work<_> =
        |amp, input| Box::pin(file_list::delete_file_from_file_list_by_hash(amp, input));
    let world = Scripted::replies([
        Reply::new(404, ""),
        Reply::new(200, r#"{"data":{"guid":"x"}}"#),
    ]);
    let outcome = call(&world, Command::DeleteFileFromFileListByHash, &input, work).unwrap();
    assert!(outcome.remarks[0].starts_with("Already so"));
    let world = Scripted::replies([Reply::new(404, ""), Reply::new(404, "")]);
    let failure = call(&world, Command::DeleteFileFromFileListByHash, &input, work).unwrap_err();
    assert_eq!(
        (
            failure.failures[0].status_code,
            failure.failures[0].item.as_deref()
        ),
        (Some(404), Some(GUID_A))
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

// Lesson 14.
#[test]
fn odd_computers_are_listed_with_the_rest() {
    let body = r#"{"data":[{"hostname":"A","internal_ips":[" 10.20.30.1","",7]},{},null,{"hostname":7,"network_addresses":{}},{"connector_guid":"x"}]}"#;
    let outcome = computers(
        &Scripted::replies([Reply::new(200, body)]),
        &settings(),
        &no_computers_input(),
    )
    .unwrap();
    assert_eq!(outcome.result.rows.len(), 5);
    assert_eq!(values(&outcome, "internal-ips"), ["10.20.30.1"]);
}

// Lesson 18.
#[test]
fn raw_and_context_data_are_what_amp_sent_to_the_letter() {
    let body = r#"{ "data": [ {"id":6839681950832132113,"b":1.10,"a":"\u0026"} ] }"#;
    let outcome = events(
        &Scripted::replies([Reply::new(200, body)]),
        &settings(),
        &no_events_input(),
    )
    .unwrap();
    assert_eq!(outcome.raw_data, body);
    assert_eq!(
        outcome.context_data,
        r#"[{"id":6839681950832132113,"b":1.10,"a":"\u0026"}]"#
    );
    assert_eq!(values(&outcome, "event-ids"), ["6839681950832132113"]);
}

// Lesson 22.
#[test]
fn no_failure_tells_the_key_even_if_the_cloud_does() {
    let key = settings().api_key;
    let body = format!(
        r#"{{"errors":[{{"details":["no such key {key}, MDEyMzQ1Njc4OWFiY2RlZjAxMjM6MTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1NTU1"]}}]}}"#
    );
    let broken = HttpError::Broken(format!("at {key}"));
    for reply in [
        Reply::new(401, &body).header("X-Request-Id", &key),
        Reply::error(HttpError::Denied),
        Reply::error(broken),
    ] {
        let mut reply = Some(reply);
        let world = Scripted::new(move |_| reply.take().unwrap_or_else(|| Reply::new(400, "")));
        let failure = computers(&world, &settings(), &no_computers_input()).unwrap_err();
        let told = format!(
            "{} {}",
            failure.failures[0].message,
            failure.failures[0].request_id.clone().unwrap_or_default()
        );
        assert!(!told.contains("5555") && !told.contains("MDEy"), "{told}");
    }
}

#[test]
fn a_guid_given_twice_is_asked_for_once() {
    let world = Scripted::replies([Reply::new(200, r#"{"data":{"status":"pending_start"}}"#)]);
    let outcome = isolate(&world, &[GUID_C, &GUID_C.to_uppercase()]).unwrap();
    assert!(
        outcome.remarks[0].contains("left out"),
        "{:?}",
        outcome.remarks
    );
}
