//! Success of a write only if a response shows it, and what an earlier attempt may have done.

use super::write_cases::{
    Fate, GROUP_GUID, WRITE_CASES, amp_error, attempts, fake, is_write, status, writes,
};
use super::*;

/// A success that does not show the change.
fn unproven() -> [Reply; 6] {
    [
        Reply::new(204, ""),
        Reply::new(200, r#"{"data":null}"#),
        Reply::new(200, r#"{"data":[]}"#),
        Reply::new(
            200,
            r#"{"data":{"name":"Elsewhere","guid":"g","sha256":"00","status":""}}"#,
        ),
        Reply::new(200, r#"{"version":"v1.2.0"}"#),
        Reply::new(200, "<html>Sign in</html>"),
    ]
}

#[test]
fn success_that_shows_nothing_is_verified_by_a_read() {
    for case in WRITE_CASES {
        for (index, _) in unproven().iter().enumerate() {
            let subject = format!("{} with response {index}", case.command.title());
            let odd = move || unproven().into_iter().nth(index).unwrap();
            let world = fake(case, move |_, is_write| match is_write {
                true => Fate::TakesEffect(odd()),
                false => Fate::Served,
            });
            let told = (case.run)(&world, &attempts(4));
            assert_eq!(writes(&world), 1, "{subject}: {:?}", world.lines());
            assert_eq!(told.is_ok(), case.is_idempotent, "{subject}: {told:?}");
            if let Err(failure) = told {
                let failure = &failure.failures[0];
                assert!(
                    failure.may_have_happened && failure.message.contains(GROUP_GUID),
                    "{subject}: {failure:?}"
                );
            }
        }
    }
}

#[test]
fn success_without_effect_is_a_failure() {
    for case in WRITE_CASES {
        for (index, _) in unproven().iter().enumerate() {
            let subject = format!("{} with response {index}", case.command.title());
            let odd = move || unproven().into_iter().nth(index).unwrap();
            let world = fake(case, move |_, is_write| match is_write {
                true => Fate::Fails(odd()),
                false => Fate::Served,
            });
            let failure = &(case.run)(&world, &attempts(1)).unwrap_err().failures[0];
            assert_eq!(writes(&world), 1, "{subject}: {:?}", world.lines());
            assert_eq!(
                failure.may_have_happened, !case.is_idempotent,
                "{subject}: {failure:?}"
            );
        }
    }
}

#[test]
fn rejection_after_a_rate_limit_is_credited_to_the_earlier_attempt() {
    for case in WRITE_CASES {
        let world = fake(case, |number, is_write| match (is_write, number) {
            (true, 1) => Fate::TakesEffect(Reply::new(429, "").header("Retry-After", "1")),
            _ => Fate::Served,
        });
        let told = (case.run)(&world, &attempts(4));
        let subject = case.command.title();
        if case.is_idempotent {
            let outcome = told.unwrap_or_else(|failure| panic!("{subject}: {failure:?}"));
            let remarks = outcome.remarks.join(" ");
            assert!(!remarks.contains("Already so"), "{subject}: {remarks}");
        } else {
            let failure = &told.unwrap_err().failures[0];
            assert_eq!(writes(&world), 1, "{:?}", world.lines());
            assert!(
                failure.may_have_happened && failure.message.contains(GROUP_GUID),
                "{subject}: {failure:?}"
            );
        }
    }
}

#[test]
fn rate_limit_without_effect_is_retried() {
    for case in WRITE_CASES {
        let world = fake(case, |number, is_write| match (is_write, number) {
            (true, 1) => Fate::Fails(Reply::new(429, "")),
            _ => Fate::Served,
        });
        let told = (case.run)(&world, &attempts(4));
        assert!(told.is_ok(), "{told:?}");
        assert_eq!(writes(&world), 2, "{:?}", world.lines());
    }
}

#[test]
fn last_rate_limit_is_checked_by_a_read() {
    for case in WRITE_CASES {
        let world = fake(case, |_, is_write| match is_write {
            true => Fate::TakesEffect(Reply::new(429, "")),
            false => Fate::Served,
        });
        let told = (case.run)(&world, &attempts(1));
        assert_eq!(told.is_ok(), case.is_idempotent, "{told:?}");
        if let Err(failure) = told {
            let failure = &failure.failures[0];
            assert!(
                failure.may_have_happened && failure.message.contains(GROUP_GUID),
                "{failure:?}"
            );
        }
    }
}

#[test]
fn group_that_is_taken_after_an_earlier_attempt_may_be_ours() {
    let case = WRITE_CASES[0];
    for rejection in [
        || amp_error(409, "Conflict"),
        || amp_error(400, "Validation failed: Name has already been taken"),
        || amp_error(422, "Name is already taken"),
    ] {
        // The read after the 429 comes too early; the group shows a moment later.
        let world = fake(case, move |number, is_write| match (is_write, number) {
            (true, 1) => Fate::Fails(Reply::new(429, "").header("Retry-After", "1")),
            (true, _) => Fate::TakesEffect(rejection()),
            (false, _) => Fate::Served,
        });
        let failure = &(case.run)(&world, &attempts(4)).unwrap_err().failures[0];
        assert!(
            failure.may_have_happened && failure.message.contains(GROUP_GUID),
            "{failure:?}"
        );
        assert_eq!(writes(&world), 2, "{:?}", world.lines());
        // Without an earlier attempt, it is a conflict and nothing else.
        let world = fake(case, move |_, _| Fate::Fails(rejection()));
        let failure = &(case.run)(&world, &attempts(4)).unwrap_err().failures[0];
        assert!(!failure.may_have_happened, "{failure:?}");
        assert_eq!(world.lines().len(), 1, "{:?}", world.lines());
    }
}

#[test]
fn conflict_after_a_lost_attempt_may_be_its_doing() {
    for case in WRITE_CASES.into_iter().filter(|case| case.is_idempotent) {
        let world = fake(case, move |number, is_write| match (is_write, number) {
            (true, 1) => Fate::Fails(Reply::error(HttpError::Broken("reset".to_owned()))),
            (true, _) => Fate::Fails((case.rejected_as_done)()),
            (false, 1) => Fate::Served,
            (false, _) => Fate::Fails(Reply::new(403, "<html>Blocked</html>")),
        });
        let failure = &(case.run)(&world, &attempts(4)).unwrap_err().failures[0];
        assert!(
            failure.may_have_happened,
            "{}: {failure:?}",
            case.command.title()
        );
    }
}

#[test]
fn not_found_of_a_gateway_is_not_already_done() {
    let case = WRITE_CASES
        .into_iter()
        .find(|case| matches!(case.command, Command::DeleteFileFromFileListByHash))
        .unwrap();
    for body in [
        "",
        "<html>Not Found</html>",
        r#"{"error":{"message":"no route"}}"#,
    ] {
        let world = fake(case, move |_, is_write| match is_write {
            true => Fate::Fails(Reply::new(404, body)),
            false => Fate::Served,
        });
        let failure = &(case.run)(&world, &attempts(4)).unwrap_err().failures[0];
        assert!(matches!(failure.kind, FailureKind::NotFound), "{failure:?}");
        assert_eq!(world.lines().len(), 1, "{:?}", world.lines());
        // Nor does it show that a hash is absent when a lost response is read back.
        let world = fake(case, move |_, is_write| match is_write {
            true => Fate::Fails(Reply::new(503, "")),
            false => Fate::Fails(Reply::new(404, body)),
        });
        let failure = &(case.run)(&world, &attempts(4)).unwrap_err().failures[0];
        assert!(failure.may_have_happened, "{failure:?}");
        assert_eq!(writes(&world), 1, "{:?}", world.lines());
    }
}

#[test]
fn isolation_status_is_compared_whatever_its_case() {
    for (shown, result) in [("PENDING_START", "requested"), ("Isolated", "isolated")] {
        let outcome = isolate(&Scripted::replies([status(shown)]), &[GUID_A]).unwrap();
        assert_eq!(outcome.result.rows[0], [GUID_A, shown, result]);
    }
}

#[test]
fn isolation_that_is_not_started_fails_and_quotes_amp() {
    let unavailable = || {
        Reply::new(
            200,
            r#"{"data":{"available":false,"status":"not_isolated"}}"#,
        )
    };
    for (reply, quoted) in [
        (
            &unavailable as &dyn Fn() -> Reply,
            "its policy does not allow isolation",
        ),
        (&|| status("not_isolated"), "available true"),
        (&|| status("pending_stop"), "its release is in progress"),
    ] {
        let world = Scripted::replies([reply(), reply()]);
        let failure = &isolate(&world, &[GUID_A]).unwrap_err().failures[0];
        assert!(failure.message.contains(quoted), "{}", failure.message);
        assert!(!failure.may_have_happened, "{}", failure.message);
        assert_eq!(failure.item.as_deref(), Some(GUID_A));
        assert_eq!(writes(&world), 1);
        // If the state cannot be read again, the response's is quoted.
        let world = Scripted::replies([reply(), Reply::new(403, "")]);
        let failure = &isolate(&world, &[GUID_A]).unwrap_err().failures[0];
        assert!(failure.message.contains(quoted), "{}", failure.message);
        assert!(failure.may_have_happened, "{}", failure.message);
    }
}

#[test]
fn isolation_that_shows_at_the_second_look_is_requested() {
    let world = Scripted::replies([status("not_isolated"), status("pending_start")]);
    let outcome = isolate(&world, &[GUID_A]).unwrap();
    assert_eq!(
        outcome.result.rows[0],
        [GUID_A, "pending_start", "requested (read back)"]
    );
}

#[test]
fn unknown_isolation_status_is_quoted_and_may_have_happened() {
    let unknown = || status("pending_isolation");
    for replies in [
        vec![unknown(), unknown()],
        vec![Reply::new(409, ""), unknown()],
        vec![
            Reply::error(HttpError::Broken("reset".to_owned())),
            unknown(),
        ],
    ] {
        let is_conflict = matches!(replies.len(), 2) && replies[0].status() == Some(409);
        let world = Scripted::replies(replies);
        let failure = &isolate(&world, &[GUID_A]).unwrap_err().failures[0];
        assert!(
            failure.message.contains("\"pending_isolation\""),
            "{}",
            failure.message
        );
        assert_eq!(
            failure.may_have_happened, !is_conflict,
            "{}",
            failure.message
        );
        assert_eq!(
            world.lines().iter().filter(|line| is_write(line)).count(),
            1
        );
    }
    let world = Scripted::replies([unknown(), unknown()]);
    let failure = &isolate(&world, &[GUID_A]).unwrap_err().failures[0];
    assert!(!failure.message.contains("lost"), "{}", failure.message);
}
