//! A proxy that refuses: it is named with its status, and a password that it rejects is sent once.

use std::process::Command;

use rcgen::date_time_ymd;
use serde_json::Value;

use super::harness::certificates::{Authority, Identity, issued_for};
use super::harness::program::{self, CLIENT, KEY, Run};
use super::harness::proxy::{Proxy, ProxyBehavior};
use super::harness::server::{Server, healthy};

const PASSWORD: &str = "SESAME-opens-7";
const GUIDS: [&str; 3] = [
    "ba30b5e3-7bd1-4b8d-a0f7-97f61b3c774d",
    "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11",
    "beb55a32-cc7e-4871-a80a-befd30a1fce7",
];

fn command(proxy: &str, arguments: &[&str]) -> Command {
    let mut command = program::command(arguments);
    for variable in ["NO_PROXY", "no_proxy", "https_proxy", "REQUEST_METHOD"] {
        command.env_remove(variable);
    }
    command
        .env("AMP_SERVER_URL", "https://api.amp.example.com")
        .env("AMP_CLIENT_ID", CLIENT)
        .env("AMP_API_KEY", KEY)
        .env("HTTPS_PROXY", proxy);
    command
}

/// Runs the program through a proxy, and checks that its password is nowhere.
fn run(proxy: &str, arguments: &[&str]) -> Run {
    let run = program::finish(command(proxy, arguments).output().unwrap());
    for text in [&run.out, &run.err] {
        assert!(!text.contains(PASSWORD), "the password is shown:\n{text}");
    }
    run
}

/// The first error of Test Connection through a proxy.
fn error(proxy: &str) -> Value {
    let run = run(proxy, &["test-connection", "--format", "json"]);
    run.ends(1, &[]);
    run.json()["errors"][0].clone()
}

#[track_caller]
fn assert_message(error: &Value, part: &str) {
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains(part),
        "the message lacks `{part}`: {message}"
    );
    assert_eq!(error["kind"], "unreachable");
}

fn with_password(proxy: &Proxy) -> String {
    format!("http://svc:{PASSWORD}@127.0.0.1:{}", proxy.port)
}

fn basic() -> Proxy {
    Proxy::refusing(
        "407 Proxy Authentication Required",
        "proxy-authenticate: Basic realm=\"corp\"\r\n",
    )
}

#[test]
fn rejected_password_is_named_in_every_output_and_sent_once() {
    let proxy = basic();
    let named = format!(
        "the proxy 127.0.0.1:{} requires a user and a password (407)",
        proxy.port
    );
    let error = error(&with_password(&proxy));
    assert_message(&error, &named);
    assert_eq!(error["retryAfterSeconds"], 900);
    assert_eq!(proxy.requests().len(), 1);
    assert!(proxy.requests()[0].starts_with("CONNECT api.amp.example.com:443 HTTP/1.1\r\n"));

    let run = run(&with_password(&proxy), &["test-connection"]);
    run.ends(1, &[&named]);
    assert_eq!(proxy.requests().len(), 2);
}

#[test]
fn rejected_password_is_sent_once_for_many_items() {
    let proxy = basic();
    let guids = GUIDS.map(|guid| ["--policy-guids", guid]).concat();
    let arguments = [["run", "get-policy"].as_slice(), &guids].concat();
    run(&with_password(&proxy), &arguments).ends(1, &["(407)"]);
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn write_that_a_proxy_refuses_was_not_sent() {
    for (proxy, part) in [
        (basic(), "(407)"),
        (Proxy::refusing("403 Forbidden", ""), "(403)"),
        (Proxy::refusing("502 Bad Gateway", ""), "(502)"),
    ] {
        let arguments = ["run", "isolate-computer", "--connector-guids", GUIDS[0]];
        let arguments = [arguments.as_slice(), &["--format", "json"]].concat();
        let run = run(&with_password(&proxy), &arguments);
        let error = &run.ends(1, &[]).json()["errors"][0];
        assert_message(error, part);
        assert_ne!(error["mayHaveHappened"], true);
        assert_eq!(proxy.requests().len(), 1);
    }
}

#[test]
fn refused_tunnel_is_reported_with_its_status_and_not_retried() {
    for (status, part, delay) in [
        ("400 Bad Request", "refused the connection (400)", Some(900)),
        ("403 Forbidden", "refused the connection (403)", Some(900)),
        (
            "405 Method Not Allowed",
            "refused the connection (405)",
            Some(900),
        ),
        ("302 Found", "refused the connection (302)", Some(900)),
        (
            "511 Network Authentication Required",
            "refused the connection (511)",
            Some(900),
        ),
        ("500 Error", "could not make the connection (500)", None),
        (
            "502 Bad Gateway",
            "could not make the connection (502)",
            None,
        ),
        (
            "503 Service Unavailable",
            "could not make the connection (503)",
            None,
        ),
    ] {
        let proxy = Proxy::refusing(status, "location: https://login.example.com/\r\n");
        let address = format!("127.0.0.1:{}", proxy.port);
        let error = error(&address);
        assert_message(&error, &format!("the proxy {address} {part}"));
        assert_eq!(error["retryAfterSeconds"].as_u64(), delay, "{status}");
        assert_eq!(proxy.requests().len(), 1, "{status}");
    }
}

#[test]
fn proxy_without_basic_authentication_is_named_with_what_it_offers() {
    let proxy = Proxy::refusing(
        "407 Proxy Authentication Required",
        "proxy-authenticate: Negotiate\r\nproxy-authenticate: NTLM\r\n",
    );
    let error = error(&with_password(&proxy));
    assert_message(
        &error,
        "it offers Negotiate, NTLM, and this host supports Basic alone",
    );
}

#[test]
fn proxy_that_does_not_respond_as_one_is_named_and_not_retried() {
    for bytes in ["", "SSH-2.0-example\r\n\r\n", "HTTP/1.1 OK\r\n\r\n"] {
        let proxy = Proxy::start(ProxyBehavior::Respond(bytes.to_owned()));
        let error = error(&with_password(&proxy));
        assert_message(
            &error,
            &format!("the proxy 127.0.0.1:{} did not", proxy.port),
        );
        assert_eq!(proxy.requests().len(), 1, "{bytes}");
    }
}

#[test]
fn unreachable_proxy_is_named_as_the_proxy() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let named = format!("the proxy {address} refused the connection");
    assert_message(&error(&format!("http://svc:{PASSWORD}@{address}")), &named);
}

#[test]
fn silent_proxy_is_named_and_not_sent_the_password_again() {
    // It accepts connections and never reads from them.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let file = program::file("connect-timeout-ms = 1000\n", ".toml");
    let file = file.display().to_string();
    let run = run(
        &format!("http://svc:{PASSWORD}@{address}"),
        &["test-connection", "--format", "json", "--connection", &file],
    );
    let named = format!("the proxy {address} did not respond in time");
    assert_message(&run.json()["errors"][0], &named);
    listener.set_nonblocking(true).unwrap();
    let connections = std::iter::from_fn(|| listener.accept().ok());
    assert_eq!(connections.count(), 1);
}

#[test]
fn certificate_of_a_proxy_is_named_as_that_of_the_proxy() {
    let authority = Authority::new();
    let expired = authority.identity(|params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    let proxy = Proxy::start_tls(ProxyBehavior::Respond(String::new()), &expired);
    let address = format!("https://svc:{PASSWORD}@localhost:{}", proxy.port);
    let file = program::file(&authority.pem, ".pem");
    let file = file.display().to_string();
    let run = run(
        &address,
        &["test-connection", "--format", "json", "--ca-file", &file],
    );
    let part = format!(
        "the certificate of the proxy localhost:{} expired on 2021-01-01",
        proxy.port
    );
    assert_message(&run.json()["errors"][0], &part);
    assert!(proxy.requests().is_empty());
}

#[test]
fn accepted_tunnel_leads_to_the_server() {
    let server_identity =
        Identity::self_signed(|params| issued_for(params, &["api.amp.example.com"]));
    let proxy_identity = Identity::self_signed(|_| {});
    let pem = [server_identity.pem.as_str(), &proxy_identity.pem].concat();
    let file = program::file(&pem, ".pem");
    let file = file.display().to_string();
    for established in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\r\nproxy-agent: example\r\n\r\n",
    ] {
        let server = Server::start_tls(healthy(), &server_identity);
        let tunnel = ProxyBehavior::Tunnel(established.to_owned(), server.port());
        let plain = Proxy::start(tunnel.clone());
        let secure = Proxy::start_tls(tunnel, &proxy_identity);
        for (proxy, url) in [
            (&plain, with_password(&plain)),
            (
                &secure,
                format!("https://svc:{PASSWORD}@localhost:{}", secure.port),
            ),
        ] {
            let before = server.requests();
            run(&url, &["test-connection", "--ca-file", &file]).ends(0, &[]);
            assert!(server.requests() > before, "{established}");
            let [head] = proxy.requests().try_into().unwrap();
            assert!(head.contains("proxy-authorization: Basic "), "{head}");
            assert!(!head.contains("\r\nauthorization: "), "{head}");
        }
    }
}

#[test]
fn wrong_certificate_behind_a_tunnel_is_that_of_the_server() {
    let server = Server::start_tls(healthy(), &Identity::self_signed(|_| {}));
    let established = "HTTP/1.1 200 OK\r\n\r\n".to_owned();
    let proxy = Proxy::start(ProxyBehavior::Tunnel(established, server.port()));
    assert_message(
        &error(&with_password(&proxy)),
        "api.amp.example.com was not reached: its certificate is self-signed",
    );
    assert_eq!((proxy.requests().len(), server.requests()), (1, 0));
}

#[test]
fn rejected_password_is_sent_once_for_all_connections_of_a_collector() {
    let proxy = basic();
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("collector.toml");
    let connections = ["north", "south", "east"].map(|name| {
        format!(
            "[[connection]]\nname = \"{name}\"\nserver-url = \"https://{name}.example.com\"\n\
             client-id = \"{CLIENT}\"\napi-key-env = \"AMP_KEY\"\n"
        )
    });
    let text = format!("database = \"amp.db\"\n{}", connections.concat());
    std::fs::write(&config, text).unwrap();
    let config = config.display().to_string();
    let mut collect = command(
        &with_password(&proxy),
        &["collect", "--config", &config, "--once"],
    );
    let run = program::finish(collect.env("AMP_KEY", KEY).output().unwrap());
    run.ends(
        1,
        &["(north; unreachable)", "(south; unreachable)", "(407)"],
    );
    assert_eq!(proxy.requests().len(), 1);
    let status = program::run(&["status", "--config", &config]);
    let named = format!(
        "the proxy 127.0.0.1:{} requires a user and a password (407)",
        proxy.port
    );
    for text in [&status.out, &status.err, &run.err] {
        assert!(!text.contains(PASSWORD), "{text}");
    }
    assert_eq!(status.out.matches(&named).count(), 3, "{}", status.out);
}
