//! A server's own certificate in the file of trusted ones: accepted byte for byte, with its dates
//! and names checked.

use rcgen::{CertificateParams, IsCa, date_time_ymd};

use super::harness::certificates::{Authority, Identity, issued_for};
use super::harness::program::{self, Run};
use super::harness::server::{Server, healthy};

/// Runs Test Connection with these bytes as the file of trusted certificates.
fn run(url: &str, pem: &[u8]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("trusted.pem");
    std::fs::write(&file, pem).unwrap();
    let file = file.display().to_string();
    program::run_with(url, &["test-connection", "--ca-file", &file])
}

/// A server with this certificate is not trusted although the certificate is given, for a reason.
#[track_caller]
fn assert_rejected(change: impl FnOnce(&mut CertificateParams), reason: &str) {
    let identity = Identity::self_signed(change);
    let server = Server::start_tls(healthy(), &identity);
    run(&server.url, identity.pem.as_bytes()).ends(1, &[reason]);
    assert_eq!((server.connections(), server.requests()), (1, 0));
}

#[test]
fn self_signed_certificate_of_the_server_is_trusted_if_given() {
    let identity = Identity::self_signed(|_| {});
    let server = Server::start_tls(healthy(), &identity);
    run(&server.url, identity.pem.as_bytes()).ends(0, &[]);
    let by_address = server.url.replace("localhost", "127.0.0.1");
    run(&by_address, identity.pem.as_bytes()).ends(0, &[]);
    assert!(server.requests() > 0);
}

#[test]
fn certificate_that_is_not_of_an_authority_is_trusted_if_given() {
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa] {
        let identity = Identity::self_signed(|params| params.is_ca = is_ca);
        let server = Server::start_tls(healthy(), &identity);
        run(&server.url, identity.pem.as_bytes()).ends(0, &[]);
    }
    // Nor does its authority matter, which is not given.
    let identity = Authority::new().identity(|_| {});
    let server = Server::start_tls(healthy(), &identity);
    run(&server.url, identity.pem.as_bytes()).ends(0, &[]);
}

#[test]
fn self_signed_certificate_that_is_not_given_is_rejected_as_such() {
    let server = Server::start_tls(healthy(), &Identity::self_signed(|_| {}));
    // It has the same names, but is not the same byte for byte.
    let another = Identity::self_signed(|_| {});
    let reason = "its certificate is self-signed and not trusted";
    run(&server.url, another.pem.as_bytes()).ends(1, &[reason, "--ca-file"]);
    program::run_with(&server.url, &["test-connection"]).ends(1, &[reason, "--ca-file"]);
    assert_eq!((server.connections(), server.requests()), (2, 0));
}

#[test]
fn dates_and_names_of_a_given_certificate_are_checked() {
    assert_rejected(
        |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        },
        "its certificate expired on 2021-01-01",
    );
    assert_rejected(
        |params| {
            params.not_before = date_time_ymd(2049, 1, 1);
            params.not_after = date_time_ymd(2050, 1, 1);
        },
        "its certificate is not valid before 2049-01-01",
    );
    assert_rejected(
        |params| issued_for(params, &["amp.example.com"]),
        "its certificate is issued for amp.example.com, not for localhost",
    );
}

#[test]
fn certificate_file_may_have_a_byte_order_mark() {
    let identity = Identity::self_signed(|_| {});
    let server = Server::start_tls(healthy(), &identity);
    let marked = format!("\u{feff}{}", identity.pem);
    let another = Authority::new().pem;
    let utf16 = |bytes: fn(u16) -> [u8; 2]| marked.encode_utf16().flat_map(bytes).collect();
    for file in [
        marked.clone().into_bytes(),
        marked.replace('\n', "\r\n").into_bytes(),
        format!("\u{feff}{another}{marked}").into_bytes(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ] {
        run(&server.url, &file).ends(0, &[]);
    }
    run(&server.url, "\u{feff}nothing".as_bytes()).ends(2, &["no certificate"]);
}
