//! The client in a scripted world with a virtual clock: what it repeats, when it waits, and when it gives up.

use std::time::Duration;

use super::*;
use crate::connection::Connection;
use crate::connection::example::settings;
use crate::contract::exports::conductor::secure_endpoint::connection::Settings;
use crate::http::host_causes::HostCause;
use crate::http::scripted::{Reply, Scripted};
use crate::http::{HttpError, Method, Wait};

fn connection() -> Connection {
    let settings = Settings {
        max_body_bytes: Some(2048),
        ..settings()
    };
    Connection::from_settings(&settings)
        .map_err(|error| error.message)
        .unwrap()
}

fn send(world: &Scripted, request: &Request) -> Result<Answer, AmpError> {
    let connection = connection();
    world.block_on(Amp::new(world, &connection).send(request))
}

fn get() -> Request {
    Request::get("computer", &["computers"])
}

fn post() -> Request {
    Request::new(Method::Post, "group", &["groups"]).field("name", Some("x"))
}

fn fine() -> Reply {
    Reply::new(200, r#"{"data":[]}"#)
}

#[test]
fn a_rate_limit_of_40_seconds_is_waited_out_and_the_call_goes_on() {
    let world = Scripted::replies([
        Reply::new(429, "")
            .header("X-Rate-Limit-Reset", "40")
            .header("X-Rate-Limit-Remaining", "0"),
        fine(),
    ]);
    assert!(send(&world, &get()).is_ok());
    assert_eq!(world.elapsed(), Duration::from_secs(41));
}

#[test]
fn a_rate_limit_beyond_the_time_of_the_call_fails_at_once_with_the_seconds() {
    let world = Scripted::replies([Reply::new(429, "")
        .header("x-ratelimit-reset", "1742")
        .header("x-ratelimit-remaining", "0")]);
    let error = send(&world, &get()).unwrap_err();
    assert_eq!(
        (error.retry_after_seconds(), error.status),
        (Some(1743), Some(429))
    );
    assert_eq!(world.elapsed(), Duration::ZERO);
}

#[test]
fn retry_after_rules_where_it_is_given() {
    let world = Scripted::replies([
        Reply::new(429, "").header("Retry-After", "7"),
        Reply::new(503, "").header("Retry-After", "3"),
        fine(),
    ]);
    assert!(send(&world, &get()).is_ok());
    assert_eq!(world.elapsed(), Duration::from_secs(10));
}

#[test]
fn a_read_is_repeated_as_often_as_the_setting_says() {
    for reply in [
        || Reply::new(500, "<html>"),
        || Reply::error(HttpError::Broken("reset".to_owned())),
        || Reply::error(HttpError::NotConnected("refused".to_owned())),
    ] {
        let world = Scripted::new(move |_| reply());
        assert!(send(&world, &get()).is_err());
        assert_eq!(world.lines().len(), 4);
        assert!(
            world.elapsed() < Duration::from_secs(5),
            "{:?}",
            world.elapsed()
        );
    }
}

#[test]
fn what_a_repeat_cannot_mend_is_not_repeated() {
    for reply in [
        Reply::new(400, ""),
        Reply::new(401, ""),
        Reply::new(403, ""),
        Reply::new(404, ""),
        Reply::new(409, ""),
        Reply::new(302, "").header("Location", "https://elsewhere.example/"),
        Reply::new(200, "<html>"),
        Reply::error(HttpError::Denied),
    ] {
        let world = Scripted::replies([reply]);
        assert!(send(&world, &get()).is_err());
    }
}

#[test]
fn host_cause_is_retried_only_if_the_proxy_was_not_reached() {
    let causes = [
        (HostCause::ProxyAuthenticationRequired, 1, Some(900)),
        (HostCause::ProxyRefused, 1, Some(900)),
        (HostCause::ProxyFailed, 1, None),
        (HostCause::ProxyUnreachable, 4, None),
        (HostCause::CertificateExpired, 1, None),
        (HostCause::CertificateNotYetValid, 1, None),
        (HostCause::CertificateWrongName, 1, None),
        (HostCause::CertificateSelfSigned, 1, None),
        (HostCause::CertificateUnknownAuthority, 1, None),
        (HostCause::CertificateRejected, 1, None),
    ];
    for (cause, attempts, delay) in causes {
        for request in [get(), post()] {
            let reported = HttpError::HostReported(cause, cause.sentence().to_owned());
            let world = Scripted::new(move |_| Reply::error(reported.clone()));
            let error = send(&world, &request).unwrap_err();
            // Nothing was sent, so nothing is lost.
            assert_eq!(
                (
                    error.attempts,
                    error.retry_after_seconds(),
                    error.outcome_unknown
                ),
                (attempts, delay, false),
                "{cause:?}"
            );
        }
    }
}

#[test]
fn a_write_is_repeated_only_if_nothing_came_of_it() {
    let refused = || Reply::error(HttpError::NotConnected("refused".to_owned()));
    let world = Scripted::replies([
        refused(),
        Reply::new(429, ""),
        Reply::error(HttpError::Timeout(Wait::Lookup)),
        Reply::new(201, r#"{"data":{}}"#),
    ]);
    assert!(send(&world, &post()).is_ok());
    for reply in [
        Reply::new(500, ""),
        Reply::new(504, ""),
        Reply::error(HttpError::Broken("reset".to_owned())),
        Reply::error(HttpError::Timeout(Wait::FirstByte)),
        Reply::error(HttpError::Timeout(Wait::Connect)),
        Reply::new(201, "{\"data\":"),
    ] {
        let error = send(&Scripted::replies([reply]), &post()).unwrap_err();
        assert!(error.outcome_unknown, "{error:?}");
    }
    assert!(
        !send(&Scripted::replies([Reply::new(400, "")]), &post())
            .unwrap_err()
            .outcome_unknown
    );
}

#[test]
fn a_budget_that_is_known_to_be_empty_is_not_asked() {
    let world = Scripted::replies([fine()
        .header("X-RateLimit-Remaining", "0")
        .header("X-RateLimit-Reset", "900")]);
    let connection = connection();
    let amp = Amp::new(&world, &connection);
    assert!(world.block_on(amp.send(&get())).is_ok());
    let error = world.block_on(amp.send(&get())).unwrap_err();
    assert_eq!(error.retry_after_seconds(), Some(901));
    assert_eq!(amp.quota().map(|quota| quota.remaining), Some(0));
}

#[test]
fn one_that_is_rate_limited_holds_all_others_back() {
    let mut answers = 0;
    let world = Scripted::new(move |_| {
        answers += 1;
        match answers {
            1 => Reply::new(429, "")
                .header("Retry-After", "30")
                .after(Duration::from_secs(1)),
            _ => fine().after(Duration::from_secs(2)),
        }
    });
    let connection = connection();
    let amp = Amp::new(&world, &connection);
    let sends: Vec<crate::concurrency::Pending<'_, bool>> = (0..6)
        .map(|_| -> crate::concurrency::Pending<'_, bool> {
            Box::pin(async { amp.send(&get()).await.is_ok() })
        })
        .collect();
    assert_eq!(
        world.block_on(crate::concurrency::side_by_side(
            &|| 2,
            &mut sends.into_iter()
        )),
        [true; 6]
    );
    let early = world
        .sent()
        .iter()
        .filter(|sent| sent.at < Duration::from_secs(30))
        .count();
    assert_eq!(
        early, 2,
        "what was under way when the limit came, and nothing after it"
    );
}

#[test]
fn the_time_of_the_whole_call_is_kept_whatever_happens() {
    let world = Scripted::new(|_| fine().after(Duration::from_secs(3_600)));
    let error = send(&world, &get()).unwrap_err();
    assert!(
        matches!(error.cause, Cause::Http(HttpError::Timeout(_))),
        "{error:?}"
    );
    assert!(
        world.elapsed() <= Duration::from_secs(120),
        "{:?}",
        world.elapsed()
    );
}

#[test]
fn all_answers_of_a_command_together_keep_within_the_size_limit() {
    let body = format!(r#"{{"data":["{}"]}}"#, "x".repeat(1_000));
    let world = Scripted::replies((0..3).map(move |_| Reply::new(200, &body)));
    let connection = connection();
    let amp = Amp::new(&world, &connection);
    assert!(world.block_on(amp.send(&get())).is_ok());
    assert!(world.block_on(amp.send(&get())).is_ok());
    let error = world.block_on(amp.send(&get())).unwrap_err();
    assert!(
        matches!(error.cause, Cause::Http(HttpError::TooLarge(_))),
        "{error:?}"
    );
}

#[test]
fn rate_limit_without_a_usable_wait_backs_off() {
    for headers in [
        vec![],
        vec![("Retry-After", "0")],
        vec![("Retry-After", "Fri, 01 May 2020 10:00:00 GMT")],
        vec![("Retry-After", "-1")],
        vec![("X-RateLimit-Reset", "1718093402")],
    ] {
        let answers = headers.clone();
        let world = Scripted::new(move |_| {
            let reply = Reply::new(429, "");
            answers
                .iter()
                .fold(reply, |reply, (name, value)| reply.header(name, value))
        });
        assert!(send(&world, &get()).is_err());
        let sent = world.sent();
        let waits: Vec<Duration> = sent
            .windows(2)
            .map(|pair| pair[1].at.saturating_sub(pair[0].at))
            .collect();
        assert_eq!(waits.len(), 3, "{headers:?}");
        for (wait, floor) in waits.into_iter().zip([500, 1_000, 2_000]) {
            let floor = Duration::from_millis(floor);
            assert!(
                wait >= floor && wait <= floor * 3 / 2,
                "{wait:?} {headers:?}"
            );
        }
    }
}

#[test]
fn quota_of_concurrent_responses_is_the_lowest() {
    let list = |remaining: &str, millis| {
        fine()
            .header("X-RateLimit-Remaining", remaining)
            .header("X-RateLimit-Reset", "1433")
            .after(Duration::from_millis(millis))
    };
    let world = Scripted::replies([list("2571", 100), list("2572", 200), list("2580", 100)]);
    let connection = connection();
    let amp = Amp::new(&world, &connection);
    let mut sends = (0..2).map(|_| -> crate::concurrency::Pending<'_, bool> {
        Box::pin(async { amp.send(&get()).await.is_ok() })
    });
    let sent = crate::concurrency::side_by_side(&|| 2, &mut sends);
    assert_eq!(world.block_on(sent), [true; 2]);
    let remaining = || amp.quota().map(|quota| quota.remaining);
    assert_eq!(remaining(), Some(2571));
    assert!(world.block_on(amp.send(&get())).is_ok());
    assert_eq!(remaining(), Some(2580), "the later response counts");
}

#[test]
fn a_wrong_credential_has_a_budget_of_its_own() {
    let world = Scripted::replies([Reply::new(401, "").header("X-RateLimit-Remaining", "2999")]);
    let connection = connection();
    let amp = Amp::new(&world, &connection);
    assert!(world.block_on(amp.send(&get())).is_err());
    assert_eq!(amp.quota(), None);
}
