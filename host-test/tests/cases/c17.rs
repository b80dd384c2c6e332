//! Certificates that are rejected: each reason has its own message in every output, and none is
//! tried again.

use rcgen::{CertificateParams, date_time_ymd};

use super::harness::certificates::{AUTHORITY, Authority, issued_for};
use super::harness::program::{self, KEY};
use super::harness::server::{Server, healthy};

type Change = fn(&mut CertificateParams);

/// Changes to a certificate of the given authority, with the reason for which it is rejected.
const REASONS: [(Change, &str); 4] = [
    (
        |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        },
        "its certificate expired on 2021-01-01",
    ),
    (
        |params| {
            params.not_before = date_time_ymd(2049, 1, 1);
            params.not_after = date_time_ymd(2050, 1, 1);
        },
        "its certificate is not valid before 2049-01-01. Check this machine's clock",
    ),
    (
        |params| issued_for(params, &["amp.example.com"]),
        "its certificate is issued for amp.example.com, not for localhost",
    ),
    (
        |params| {
            issued_for(
                params,
                &["a.example", "b.example", "192.0.2.7", "2001:db8::7"],
            )
        },
        "its certificate is issued for a.example, b.example, 192.0.2.7 and 1 more, not for localhost",
    ),
];

/// The reason is in the JSON output, the text output and the status of the collector; nothing is
/// tried again.
#[track_caller]
fn assert_reported(server: &Server, pem: &str, reason: &str) {
    let file = program::file(pem, ".pem");
    let file = file.display().to_string();
    let run = |more: &[&str]| {
        let arguments = [["test-connection", "--ca-file", &file].as_slice(), more].concat();
        program::run_with(&server.url, &arguments)
    };
    let json = run(&["--format", "json"]);
    let error = &json.ends(1, &[]).json()["errors"][0];
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(reason), "lacks `{reason}`: {message}");
    assert_eq!(error["kind"], "unreachable");
    assert_eq!((server.connections(), server.requests()), (1, 0));

    run(&[]).ends(1, &[reason]);

    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("collector.toml");
    let text = format!(
        "database = \"amp.db\"\nca-file = {file:?}\n[[connection]]\nname = \"north\"\nserver-url = {:?}\n\
         client-id = \"0123456789abcdef0123\"\napi-key-env = \"AMP_KEY\"\n",
        server.url
    );
    std::fs::write(&config, text).unwrap();
    let config = config.display().to_string();
    let mut collect = program::command(&["collect", "--config", &config, "--once"]);
    let collected = collect.env("AMP_KEY", KEY).output().unwrap();
    program::finish(collected).ends(1, &[reason]);
    let status = program::run(&["status", "--config", &config]);
    assert!(
        [&status.out, &status.err]
            .iter()
            .any(|text| text.contains(reason)),
        "the status lacks `{reason}`: {}{}",
        status.out,
        status.err
    );
    assert_eq!((server.connections(), server.requests()), (3, 0));
}

#[test]
fn rejected_certificate_is_reported_with_its_reason() {
    let authority = Authority::new();
    for (change, reason) in REASONS {
        let server = Server::start_tls(healthy(), &authority.identity(change));
        assert_reported(&server, &authority.pem, reason);
    }
}

#[test]
fn certificate_of_an_unknown_authority_is_reported_with_its_issuer() {
    let server = Server::start_tls(healthy(), &Authority::new().identity(|_| {}));
    let another = rcgen::generate_simple_self_signed(vec!["another.example".to_owned()]).unwrap();
    let reason =
        format!("its certificate is issued by \"{AUTHORITY}\", an authority that is not trusted");
    assert_reported(&server, &another.cert.pem(), &reason);
}
