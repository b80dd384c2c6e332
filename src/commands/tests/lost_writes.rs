//! Every error code of WASI, for each write: never a second write without a read in between, unless
//! the code by definition precedes the request, and no claim that nothing was sent unless it is
//! certain.

use super::write_cases::{
    Fate, GROUP_GUID, WRITE_CASES, WriteCase, attempts, fake, is_written_blindly, writes,
};
use super::*;
use crate::http::error_code::classify;
use crate::http::error_code::tests::{Sent, codes};

/// What a message may say only if nothing was sent.
const NOT_SENT: [&str; 4] = ["not sent", "did not send", "not reached", "No connection"];

fn open_codes() -> Vec<HttpError> {
    let codes = codes().into_iter();
    codes
        .filter(|(_, sent)| *sent == Sent::Perhaps)
        .map(|(code, _)| classify(&code))
        .collect()
}

fn every_open_code(check: impl Fn(WriteCase, &HttpError, &str)) {
    for case in WRITE_CASES {
        for error in open_codes() {
            let subject = format!("{} after {error:?}", case.command.title());
            check(case, &error, &subject);
        }
    }
}

/// Fails if the message of a failure says that nothing was sent.
fn claims_not_unsent(failure: &Failure, subject: &str) {
    for claim in NOT_SENT {
        assert!(
            !failure.message.contains(claim),
            "{subject}: {}",
            failure.message
        );
    }
}

#[test]
fn lost_response_is_read_back_if_the_write_took_effect() {
    every_open_code(|case, error, subject| {
        for most in [1, 4] {
            let lost = error.clone();
            let world = fake(case, move |_, is_write| match is_write {
                true => Fate::TakesEffect(Reply::error(lost.clone())),
                false => Fate::Served,
            });
            let told = (case.run)(&world, &attempts(most));
            assert_eq!(writes(&world), 1, "{subject}: {:?}", world.lines());
            if case.is_idempotent {
                let outcome = told.unwrap_or_else(|failure| panic!("{subject}: {failure:?}"));
                let row = outcome.result.rows[0].join(" ");
                assert!(row.contains("response lost, read back"), "{subject}: {row}");
            } else {
                let failure = &told.unwrap_err().failures[0];
                assert!(failure.may_have_happened, "{subject}");
                assert!(failure.message.contains(GROUP_GUID), "{}", failure.message);
            }
        }
    });
}

#[test]
fn lost_write_without_effect_is_sent_again_only_after_a_read() {
    every_open_code(|case, error, subject| {
        let lost = error.clone();
        let world = fake(case, move |number, is_write| {
            match is_write && number == 1 {
                true => Fate::Fails(Reply::error(lost.clone())),
                false => Fate::Served,
            }
        });
        let told = (case.run)(&world, &attempts(4));
        assert!(
            !is_written_blindly(&world),
            "{subject}: {:?}",
            world.lines()
        );
        if case.is_idempotent {
            assert!(told.is_ok(), "{subject}: {told:?}");
            assert_eq!(writes(&world), 2, "{subject}: {:?}", world.lines());
        } else {
            let failure = &told.unwrap_err().failures[0];
            assert_eq!(writes(&world), 1, "{subject}: {:?}", world.lines());
            assert!(
                failure.may_have_happened && failure.message.contains("No group was called"),
                "{subject}: {failure:?}"
            );
        }
    });
}

#[test]
fn lost_write_never_claims_that_nothing_was_sent() {
    every_open_code(|case, error, subject| {
        for most in [1, 2, 4] {
            let lost = error.clone();
            let world = fake(case, move |_, is_write| match is_write {
                true => Fate::Fails(Reply::error(lost.clone())),
                false => Fate::Served,
            });
            let failure = &(case.run)(&world, &attempts(most)).unwrap_err().failures[0];
            assert!(
                !is_written_blindly(&world),
                "{subject}: {:?}",
                world.lines()
            );
            let expected = if case.is_idempotent { most } else { 1 };
            assert_eq!(
                writes(&world),
                usize::try_from(expected).unwrap(),
                "{subject}"
            );
            // Reads have shown after each attempt that nothing came of it.
            assert_eq!(failure.may_have_happened, !case.is_idempotent, "{subject}");
            claims_not_unsent(failure, subject);
        }
    });
}

#[test]
fn lost_write_that_cannot_be_read_back_may_have_happened() {
    every_open_code(|case, error, subject| {
        let lost = error.clone();
        let world = fake(case, move |_, _| Fate::Fails(Reply::error(lost.clone())));
        let failure = &(case.run)(&world, &attempts(4)).unwrap_err().failures[0];
        assert_eq!(writes(&world), 1, "{subject}: {:?}", world.lines());
        assert!(failure.may_have_happened, "{subject}: {failure:?}");
        assert!(
            failure.message.contains("look before you repeat it"),
            "{subject}: {}",
            failure.message
        );
        claims_not_unsent(failure, subject);
    });
}

#[test]
fn unsent_write_is_retried_unless_the_host_rejects_it() {
    for case in WRITE_CASES {
        for (code, _) in codes().into_iter().filter(|(_, sent)| *sent == Sent::No) {
            let error = classify(&code);
            let unsent = error.clone();
            let world = fake(case, move |number, is_write| {
                match is_write && number == 1 {
                    true => Fate::Fails(Reply::error(unsent.clone())),
                    false => Fate::Served,
                }
            });
            let told = (case.run)(&world, &attempts(4));
            let subject = format!("{} after {code:?}", case.command.title());
            let kind = told.as_ref().err().map(|failure| &failure.failures[0].kind);
            match error {
                HttpError::Denied => {
                    assert!(
                        matches!(kind, Some(FailureKind::Denied)),
                        "{subject}: {told:?}"
                    );
                }
                HttpError::RejectedByHost(rejection) => assert!(
                    match rejection.is_too_large {
                        true => matches!(kind, Some(FailureKind::TooLarge)),
                        false => matches!(kind, Some(FailureKind::InvalidInput(_))),
                    },
                    "{subject}: {told:?}"
                ),
                // The certificate is the same a second later.
                HttpError::HostReported(..) => assert!(
                    matches!(kind, Some(FailureKind::Unreachable)),
                    "{subject}: {told:?}"
                ),
                _ => assert!(kind.is_none(), "{subject}: {told:?}"),
            }
            let retries = usize::from(kind.is_none());
            assert_eq!(
                world.lines().len(),
                1 + retries,
                "{subject}: {:?}",
                world.lines()
            );
            if let Err(failure) = told {
                assert!(!failure.failures[0].may_have_happened, "{subject}");
            }
        }
    }
}
