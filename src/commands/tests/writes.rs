//! Writes: what is already so, what is lost, what is never sent twice.

use super::*;

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
        Reply::new(
            200,
            &format!(r#"{{"data":{{"sha256":"{HASH}","description":"old"}}}}"#),
        ),
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
    let not_found = || Reply::new(404, r#"{"errors":[{"error_code":404,"details":[]}]}"#);
    let world = Scripted::replies([
        not_found(),
        Reply::new(200, &format!(r#"{{"data":{{"guid":"{GUID_A}"}}}}"#)),
    ]);
    let outcome = call(&world, Command::DeleteFileFromFileListByHash, &input, work).unwrap();
    assert!(outcome.remarks[0].starts_with("Already so"));
    let world = Scripted::replies([not_found(), not_found()]);
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
fn a_guid_given_twice_is_asked_for_once() {
    let world = Scripted::replies([Reply::new(200, r#"{"data":{"status":"pending_start"}}"#)]);
    let outcome = isolate(&world, &[GUID_C, &GUID_C.to_uppercase()]).unwrap();
    assert!(
        outcome.remarks[0].contains("left out"),
        "{:?}",
        outcome.remarks
    );
}
