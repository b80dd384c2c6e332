//! HTTPS to a server whose certificate comes from an authority of its own: what is trusted, and what is not.

use std::sync::Arc;

use host_test::egress::{Egress, Live};
use host_test::invocation::Reported;
use rcgen::date_time_ymd;

use super::harness::certificates::{Authority, Identity, issued_for};
use super::harness::program;
use super::harness::server::Server;
use super::{healthy, real_clock, test_connection};

/// The network, with the certificates of this PEM text trusted.
fn trusting(pem: &str) -> Arc<dyn Egress> {
    Arc::new(Live::new(Some(&program::file(pem, ".pem"))).unwrap())
}

fn server(identity: &Identity) -> Server {
    Server::start_tls(healthy(), identity)
}

fn check(server: &Server, egress: &Arc<dyn Egress>) -> Reported {
    real_clock(test_connection(egress, &server.url))
}

/// The request did not go out, and the component and the host say why.
#[track_caller]
fn not_trusted(server: &Server, reported: &Reported, why: &str) {
    let error = reported.report.errors.first().expect("a failure");
    assert_eq!(error.kind, "unreachable", "{}", error.message);
    assert!(error.message.contains("certificate"), "{}", error.message);
    let notes = reported.notes.join(" ");
    assert!(notes.contains(why), "{notes} does not say `{why}`");
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_certificate_of_a_named_authority_is_trusted() {
    let authority = Authority::new();
    let server = server(&authority.identity(|_| {}));
    let reported = check(&server, &trusting(&authority.pem));
    assert!(
        reported.report.errors.is_empty(),
        "{} {:?}",
        reported.report.to_json(),
        reported.notes
    );
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_certificate_of_an_unknown_authority_is_not() {
    let server = server(&Authority::new().identity(|_| {}));
    let another = trusting(&Authority::new().pem);
    for egress in [another, Arc::new(Live::new(None).unwrap())] {
        not_trusted(&server, &check(&server, &egress), "--ca-file");
    }
}

#[test]
fn a_certificate_for_another_name_is_not() {
    let authority = Authority::new();
    let server = server(&authority.identity(|params| issued_for(params, &["amp.example.com"])));
    not_trusted(
        &server,
        &check(&server, &trusting(&authority.pem)),
        "is issued for amp.example.com, not for localhost",
    );
}

#[test]
fn a_certificate_that_has_expired_is_not() {
    let authority = Authority::new();
    let server = server(&authority.identity(|params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    }));
    not_trusted(
        &server,
        &check(&server, &trusting(&authority.pem)),
        "expired on 2021-01-01",
    );
}
