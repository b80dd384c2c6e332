//! HTTPS to a server whose certificate comes from an authority of its own: what is trusted, and what is not.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use host_test::egress::{Egress, Live};
use host_test::invocation::Reported;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{real_clock, test_connection};

/// An authority that nobody trusts unless told to.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "An authority of one's own");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// The network, with this authority trusted.
    fn trusted(&self) -> Arc<dyn Egress> {
        let mut file = tempfile::NamedTempFile::with_suffix(".pem").unwrap();
        file.write_all(self.pem.as_bytes()).unwrap();
        Arc::new(Live::new(Some(file.path())).unwrap())
    }

    /// A server with a certificate for `name`; tells its address.
    fn server(&self, name: &str, expired: bool) -> TlsServer {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsServer::start(TlsAcceptor::from(Arc::new(config)))
    }
}

/// A server that answers test-connection over TLS, until the test ends.
struct TlsServer {
    address: SocketAddr,
    answered: Arc<AtomicUsize>,
    _end: tokio::sync::oneshot::Sender<()>,
}

impl TlsServer {
    fn start(tls: TlsAcceptor) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let answered = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&answered);
        let (end, ended) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            real_clock(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let serve = async {
                    loop {
                        let (stream, _) = listener.accept().await.unwrap();
                        let (tls, counted) = (tls.clone(), Arc::clone(&counted));
                        tokio::spawn(async move {
                            let Ok(mut stream) = tls.accept(stream).await else {
                                return;
                            };
                            let mut request = [0; 4096];
                            if stream
                                .read(&mut request)
                                .await
                                .is_ok_and(|length| length > 0)
                            {
                                counted.fetch_add(1, Ordering::SeqCst);
                                let body = r#"{"version":"v1.2.0","metadata":{"links":{"self":"x"}},"data":[]}"#;
                                let answer = format!(
                                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                                    body.len()
                                );
                                stream.write_all(answer.as_bytes()).await.ok();
                                stream.shutdown().await.ok();
                            }
                        });
                    }
                };
                tokio::select! { () = serve => {}, _ = ended => {} }
            });
        });
        Self {
            address,
            answered,
            _end: end,
        }
    }

    fn asked_by(&self, egress: &Arc<dyn Egress>) -> Reported {
        let url = format!("https://localhost:{}", self.address.port());
        real_clock(test_connection(egress, &url))
    }

    fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }
}

/// The request did not go out, and the component and the host say why.
#[track_caller]
fn not_trusted(server: &TlsServer, reported: &Reported, why: &str) {
    let error = reported.report.errors.first().expect("a failure");
    assert_eq!(error.kind, "unreachable", "{}", error.message);
    assert!(error.message.contains("certificate"), "{}", error.message);
    let said = reported.notes.join(" ").to_lowercase();
    assert!(said.contains(why), "{said} does not say `{why}`");
    assert_eq!(server.answered(), 0);
}

#[test]
fn a_certificate_of_a_named_authority_is_trusted() {
    let authority = Authority::new();
    let server = authority.server("localhost", false);
    let reported = server.asked_by(&authority.trusted());
    assert!(
        reported.report.errors.is_empty(),
        "{} {:?}",
        reported.report.to_json(),
        reported.notes
    );
    assert_eq!(server.answered(), 2);
}

#[test]
fn a_certificate_of_an_unknown_authority_is_not() {
    let server = Authority::new().server("localhost", false);
    let another = Authority::new();
    for egress in [another.trusted(), Arc::new(Live::new(None).unwrap())] {
        not_trusted(&server, &server.asked_by(&egress), "--ca-file");
    }
}

#[test]
fn a_certificate_for_another_name_is_not() {
    let authority = Authority::new();
    let server = authority.server("amp.example.com", false);
    not_trusted(
        &server,
        &server.asked_by(&authority.trusted()),
        "not valid for name",
    );
}

#[test]
fn a_certificate_that_has_expired_is_not() {
    let authority = Authority::new();
    let server = authority.server("localhost", true);
    not_trusted(&server, &server.asked_by(&authority.trusted()), "expired");
}
