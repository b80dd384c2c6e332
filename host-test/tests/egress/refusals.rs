//! What may not leave: which rule refuses it, that it is never sent, and that component and user are told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;

use host_test::egress::{AllowedHost, Egress, Live, Lookup, Policy};
use host_test::invocation::Reported;
use host_test::plugin::Surroundings;
use serde_json::Value;

use super::harness::program::{self, CLIENT, KEY};
use super::harness::server::{Answer, Server};
use super::{commands, healthy, plugin, real_clock, settings, test_connection};

/// A network in which names lead to these addresses, one after the other, the last one for good.
fn leading_to(addresses: &[&str]) -> Arc<dyn Egress> {
    let addresses: Vec<SocketAddr> = addresses.iter().map(|one| one.parse().unwrap()).collect();
    let next = Mutex::new(addresses);
    let lookup: Arc<Lookup> = Arc::new(move |_| {
        let mut next = next.lock().unwrap();
        Ok(vec![if next.len() > 1 {
            next.remove(0)
        } else {
            next[0]
        }])
    });
    Arc::new(Live::new(None).unwrap().looking_up(lookup))
}

/// The request was refused, and the sentence for the user says which rule did it.
#[track_caller]
fn refused(reported: &Reported, rule: &str) {
    let error = reported.report.errors.first().expect("a failure");
    assert_eq!(
        error.kind, "denied",
        "{} {:?}",
        error.message, reported.notes
    );
    assert!(
        reported
            .notes
            .iter()
            .any(|note| note.starts_with("the host refused a request to ") && note.contains(rule)),
        "{:?} does not say `{rule}`",
        reported.notes
    );
}

#[test]
fn a_name_of_this_machine_that_leads_elsewhere_is_refused() {
    refused(
        &real_clock(test_connection(
            &leading_to(&["192.0.2.2:0"]),
            "http://amp.localhost:9",
        )),
        "the name leads to 192.0.2.2, no loopback address",
    );
}

#[test]
fn a_name_that_leads_to_a_forbidden_address_is_refused() {
    for (address, rule) in [
        (
            "169.254.169.254:0",
            "the name leads to 169.254.169.254, an address of a cloud's metadata service",
        ),
        ("[fd00:ec2::254]:0", "metadata service"),
        ("100.100.100.200:0", "metadata service"),
        ("169.254.7.7:0", "a link-local address"),
        ("[fe80::1]:0", "a link-local address"),
        ("[::ffff:169.254.169.254]:0", "metadata service"),
        ("0.0.0.0:0", "an unspecified address"),
        ("224.0.0.1:0", "a multicast address"),
    ] {
        let reported = real_clock(test_connection(
            &leading_to(&[address]),
            "https://amp.localhost",
        ));
        refused(&reported, rule);
    }
}

#[test]
fn a_name_that_leads_elsewhere_the_second_time_gains_nothing() {
    // The server ends every connection, so that the name is looked up anew.
    let close = "connection: close\r\n".to_owned();
    let Answer::With(status, headers, body) = healthy() else {
        panic!("a healthy answer has a body")
    };
    let server = Server::start(Answer::With(status, headers + &close, body));
    let port = server.url.rsplit_once(':').unwrap().1;
    let egress = leading_to(&["127.0.0.1:0", "127.0.0.1:0", "169.254.169.254:0"]);
    let url = format!("http://amp.localhost:{port}");
    real_clock(async {
        let first = test_connection(&egress, &url).await;
        assert!(
            first.report.errors.is_empty(),
            "{} {:?}",
            first.report.to_json(),
            first.notes
        );
        refused(&test_connection(&egress, &url).await, "metadata service");
    });
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_server_url_that_is_a_forbidden_address_is_refused() {
    for (url, rule) in [
        ("https://169.254.169.254", "metadata service"),
        ("https://[fe80::1]", "link-local"),
        ("https://metadata.google.internal", "metadata service"),
        ("https://0.0.0.0", "unspecified"),
    ] {
        let live: Arc<dyn Egress> = Arc::new(Live::new(None).unwrap());
        refused(&real_clock(test_connection(&live, url)), rule);
    }
}

/// What comes of a request to `other` by a connection to `own`, with these hosts allowed besides.
fn asked(own: &Server, other: &Server, allowed: &[&str]) -> (Value, Vec<String>) {
    let command = commands()
        .iter()
        .find(|command| command.words.name == "test-connection")
        .unwrap();
    let value = settings(&other.url)
        .to_value(command.function.parameter("settings").unwrap())
        .unwrap();
    let allowed: Vec<AllowedHost> = allowed.iter().map(|one| one.parse().unwrap()).collect();
    let with = Surroundings {
        egress: Arc::new(Live::new(None).unwrap().allowing(allowed)),
        policy: Policy::only(&own.url),
        now: None,
    };
    let answer = real_clock(plugin().call(&command.function, &[value], &with)).unwrap();
    (
        host_test::values::to_json(&answer.value).unwrap(),
        answer.notes,
    )
}

#[test]
fn a_host_that_the_operator_allows_is_reached_and_no_other() {
    let (own, other) = (Server::start(healthy()), Server::start(healthy()));
    let authority = other.url.strip_prefix("http://").unwrap();
    let (answer, notes) = asked(&own, &other, &["10.0.0.5", "*.example.com"]);
    assert_eq!(answer["err"]["failures"][0]["kind"], "denied");
    assert!(
        notes[0].contains("and what --allow names (10.0.0.5, *.example.com)"),
        "{notes:?}"
    );
    assert_eq!(other.requests(), 0);
    let (answer, notes) = asked(&own, &other, &[authority]);
    assert!(answer.get("ok").is_some(), "{answer} {notes:?}");
    assert_eq!((own.requests(), other.requests()), (0, 2));
}

#[test]
fn the_program_says_which_rule_refused_a_request_and_what_an_allowed_host_looks_like() {
    program::run_with(
        "https://169.254.169.254",
        &["test-connection", "--allow", "169.254.169.254"],
    )
    .ends(
        1,
        &[
            "denied",
            "the host refused a request to https://169.254.169.254:443",
            "metadata service",
        ],
    );
    program::run_with("https://127.0.0.1", &["test-connection", "--allow", "*"])
        .ends(2, &["write HOST, HOST:PORT or *.DOMAIN"]);
}

#[test]
fn a_proxy_that_is_not_understood_is_not_passed_by() {
    let mut command = program::command(&["test-connection"]);
    command
        .env("AMP_SERVER_URL", "https://api.amp.invalid")
        .env("AMP_CLIENT_ID", CLIENT)
        .env("AMP_API_KEY", KEY)
        .env("HTTPS_PROXY", "socks5://user:SESAME@127.0.0.1:9");
    let run = program::finish(command.output().unwrap());
    run.ends(2, &["HTTPS_PROXY names no proxy"]);
    assert!(!run.err.contains("SESAME"), "{}", run.err);
}

#[test]
fn a_forbidden_address_is_not_reached_through_a_proxy_either() {
    let proxy = Server::start(Answer::With(200, String::new(), String::new()));
    let test = |url: &str| {
        let mut command = program::command(&["test-connection"]);
        command
            .env("AMP_SERVER_URL", url)
            .env("AMP_CLIENT_ID", CLIENT)
            .env("AMP_API_KEY", KEY)
            .env("HTTPS_PROXY", &proxy.url)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy");
        program::finish(command.output().unwrap())
    };
    test("https://169.254.169.254").ends(1, &["metadata service"]);
    test("https://metadata.google.internal").ends(1, &["metadata service"]);
    assert_eq!(proxy.connections(), 0);
}
