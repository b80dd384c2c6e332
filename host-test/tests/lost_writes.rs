//! Lost responses to writes, on the built component: the simulated cloud receives each write, and the
//! host then reports one of WASI's error codes in place of the response.
//!
//! A code that by definition precedes the request lets the component send the write again. After any
//! other, it must read the state first, and must not claim that nothing was sent.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::use_debug,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "under_fire/commands.rs"]
mod commands;
mod harness;
#[path = "under_fire/trial.rs"]
mod trial;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use commands::{Nature, SUBJECTS, Subject};
use futures_util::future::BoxFuture;
use host_test::egress::{Egress, Notes, Simulated};
use host_test::outcome::ReturnData;
use http::{Method, Request, Response};
use trial::{Setting, Stage};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

/// Which writes fail, and whether the cloud carries them out.
#[derive(Clone, Copy)]
struct Loss {
    /// The code, by its place in [`codes`].
    code: usize,
    is_applied: bool,
}

/// The simulated cloud behind a path that loses the response to every write.
struct LossyPath {
    cloud: Arc<dyn Egress>,
    loss: Loss,
    /// Method and path of each request that the component sent.
    sent: Arc<Mutex<Vec<String>>>,
}

impl Egress for LossyPath {
    fn send(
        &self,
        request: Request<Bytes>,
        limits: RequestOptions,
        notes: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        let Loss { code, is_applied } = self.loss;
        let line = format!("{} {}", request.method(), request.uri().path());
        self.sent.lock().unwrap().push(line);
        if request.method() == Method::GET {
            return self.cloud.send(request, limits, notes);
        }
        let sent = is_applied.then(|| self.cloud.send(request, limits, notes));
        Box::pin(async move {
            if let Some(sent) = sent {
                sent.await?;
            }
            Err(codes().swap_remove(code).0)
        })
    }
}

/// Every code of `wasi:http`, and whether it precedes the request by definition.
fn codes() -> Vec<(Error, bool)> {
    vec![
        (Error::DnsTimeout, true),
        (
            Error::DnsError {
                rcode: None,
                info_code: None,
            },
            true,
        ),
        (Error::DestinationNotFound, true),
        (Error::DestinationUnavailable, false),
        (Error::DestinationIpProhibited, true),
        (Error::DestinationIpUnroutable, true),
        (Error::ConnectionRefused, true),
        (Error::ConnectionTerminated, false),
        (Error::ConnectionTimeout, false),
        (Error::ConnectionReadTimeout, false),
        (Error::ConnectionWriteTimeout, false),
        (Error::ConnectionLimitReached, false),
        (Error::TlsProtocolError, false),
        (Error::TlsCertificateError, true),
        (
            Error::TlsAlertReceived {
                alert_id: Some(40),
                alert_message: None,
            },
            false,
        ),
        (Error::HttpRequestDenied, true),
        (Error::HttpRequestLengthRequired, true),
        (Error::HttpRequestBodySize(None), true),
        (Error::HttpRequestMethodInvalid, true),
        (Error::HttpRequestUriInvalid, true),
        (Error::HttpRequestUriTooLong, true),
        (Error::HttpRequestHeaderSectionSize(None), true),
        (
            Error::HttpRequestHeaderSize {
                field_name: None,
                field_size: None,
            },
            true,
        ),
        (Error::HttpRequestTrailerSectionSize(None), true),
        (
            Error::HttpRequestTrailerSize {
                field_name: None,
                field_size: None,
            },
            true,
        ),
        (Error::HttpResponseIncomplete, false),
        (Error::HttpResponseHeaderSectionSize(None), false),
        (
            Error::HttpResponseHeaderSize {
                field_name: None,
                field_size: None,
            },
            false,
        ),
        (Error::HttpResponseBodySize(None), false),
        (Error::HttpResponseTrailerSectionSize(None), false),
        (
            Error::HttpResponseTrailerSize {
                field_name: None,
                field_size: None,
            },
            false,
        ),
        (Error::HttpResponseTransferCoding(None), false),
        (Error::HttpResponseContentCoding(None), false),
        (Error::HttpResponseTimeout, false),
        (Error::HttpUpgradeFailed, false),
        (Error::HttpProtocolError, false),
        (Error::LoopDetected, false),
        (Error::ConfigurationError, false),
        (Error::InternalError(None), false),
    ]
}

/// The items of a command that writes, each with its requests in order.
fn by_item(sent: &[String]) -> Vec<Vec<&str>> {
    let mut items: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in sent {
        let (method, path) = line.split_once(' ').unwrap();
        // All other requests of a command are about its one item.
        let item = if path.ends_with("/isolation") {
            path
        } else {
            ""
        };
        match items.iter_mut().find(|(known, _)| *known == item) {
            Some((_, methods)) => methods.push(method),
            None => items.push((item, vec![method])),
        }
    }
    items.into_iter().map(|(_, methods)| methods).collect()
}

/// What is wrong with a call whose writes are all lost.
fn problems(subject: &Subject, loss: Loss, max_attempts: u32) -> Vec<String> {
    let (code, precedes_request) = codes().swap_remove(loss.code);
    let setting = Setting::default().with("max-attempts", max_attempts);
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let (report, here) = setting.play(async |stage: &Stage| {
        let path = LossyPath {
            cloud: Arc::new(Simulated::new(Arc::clone(&stage.simulator))),
            loss,
            sent: Arc::clone(&sent),
        };
        let report = stage
            .through(Arc::new(path))
            .call(subject.command, (subject.input)(&stage.here))
            .await;
        (report, stage.simulator.counts())
    });
    let sent = sent.lock().unwrap().clone();
    let mut problems = Vec::new();
    let is_lost = !precedes_request;
    let is_created = subject.nature == Nature::Creates;
    let expected = match is_lost && loss.is_applied && !is_created {
        true => ReturnData::Successful,
        false => ReturnData::Failed,
    };
    if report.return_data != expected {
        problems.push(format!("it should be {}", expected.as_str()));
    }
    for methods in by_item(&sent) {
        let writes = methods.iter().filter(|method| **method != "GET").count();
        let is_blind = methods
            .windows(2)
            .any(|pair| pair.iter().all(|method| *method != "GET"));
        if is_lost && is_blind {
            problems.push(format!("written without a read: {methods:?}"));
        }
        let most = match is_lost && (loss.is_applied || is_created) {
            true => 1,
            false => usize::try_from(max_attempts).unwrap(),
        };
        if writes > most {
            problems.push(format!("written {writes} times: {methods:?}"));
        }
    }
    for error in &report.errors {
        let claims = ["not sent", "did not send", "not reached", "No connection"];
        if is_lost && claims.iter().any(|claim| error.message.contains(claim)) {
            problems.push(format!("claims that nothing was sent: {}", error.message));
        }
        if error.may_have_happened != (is_lost && is_created) {
            problems.push(format!("may-have-happened is {}", error.may_have_happened));
        }
    }
    // A code that precedes the request is never reported for one that was carried out.
    let items = u64::try_from(subject.items).unwrap();
    if is_lost && here.writes_applied != items * u64::from(loss.is_applied) {
        problems.push(format!("{} writes took effect", here.writes_applied));
    }
    problems
        .into_iter()
        .map(|problem| {
            let subject = subject.command;
            format!("{subject} after {code:?}, {max_attempts} attempts: {problem}; {sent:?}")
        })
        .collect()
}

#[test]
fn no_code_leads_to_a_second_write_without_a_read() {
    let mut problems_found = Vec::new();
    let (mut calls, mut lost) = (0, 0);
    for subject in SUBJECTS
        .iter()
        .filter(|subject| subject.nature != Nature::Reads)
    {
        for (code, (_, precedes_request)) in codes().into_iter().enumerate() {
            for is_applied in [false, true] {
                if precedes_request && is_applied {
                    continue;
                }
                for max_attempts in [1, 4] {
                    let loss = Loss { code, is_applied };
                    problems_found.extend(problems(subject, loss, max_attempts));
                    calls += 1;
                    lost += usize::from(!precedes_request);
                }
            }
        }
    }
    assert!(problems_found.is_empty(), "{}", problems_found.join("\n"));
    assert!(
        calls > lost && lost > 300,
        "{calls} calls, {lost} of them lost"
    );
}
