//! A call that ends without an answer: whether a change was sent before is told, and so is what the host noted.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use host_test::catalog;
use host_test::egress::{Egress, Notes};
use host_test::invocation::Invocation;
use host_test::outcome::Report;
use host_test::plugin::{CallError, Limits, Plugin};
use http::{Request, Response};
use serde_json::{Value, json};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::settings;
use crate::harness::{component, stopped_clock};

/// Takes every request and never answers.
struct Silence;

impl Egress for Silence {
    fn send(
        &self,
        request: Request<Bytes>,
        _: RequestOptions,
        notes: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        notes.add(format!("{} was taken", request.method()));
        Box::pin(std::future::pending())
    }
}

/// How a call ends whose host loses patience before the component does.
fn ended(command: &str, input: Value) -> (Report, CallError) {
    let plugin = Plugin::load(component()).unwrap().with_limits(Limits {
        time: Duration::from_secs(2),
        ..Limits::default()
    });
    let commands = stopped_clock(catalog::read(&plugin)).unwrap();
    let command = commands
        .iter()
        .find(|known| known.words.name == command)
        .unwrap();
    let settings = settings("https://api.amp.cisco.com");
    let input = input.as_object().unwrap().clone();
    let invocation = Invocation::new(command, &settings, input).unwrap();
    let error = stopped_clock(invocation.make(&plugin, Arc::new(Silence), None)).unwrap_err();
    (
        Report::from_breakdown(&command.words.name, &command.words.title, &error),
        error,
    )
}

#[test]
fn a_call_that_ends_after_a_change_was_sent_says_so() {
    let guid = "11111111-2222-4333-8444-555555555555";
    let (report, error) = ended("isolate-computer", json!({"connector-guids": [guid]}));
    let trouble = &report.errors[0];
    assert_eq!(trouble.kind, "timeout");
    assert!(trouble.may_have_happened, "{}", trouble.message);
    assert!(
        trouble.message.contains("look before you repeat it"),
        "{}",
        trouble.message
    );
    assert_eq!(error.notes(), ["PUT was taken"]);
}

#[test]
fn a_call_that_ends_after_reading_alone_may_be_repeated() {
    let (report, error) = ended("test-connection", json!({}));
    let trouble = &report.errors[0];
    assert_eq!(trouble.kind, "timeout");
    assert!(!trouble.may_have_happened, "{}", trouble.message);
    assert_eq!(error.notes(), ["GET was taken"]);
}
