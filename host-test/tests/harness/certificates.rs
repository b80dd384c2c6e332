//! Certificates for servers on loopback, of an authority that nobody trusts unless told to, or
//! signed by themselves.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The name of [`Authority`].
pub const AUTHORITY: &str = "Example Private Authority";

/// An authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = named(AUTHORITY);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A certificate of this authority for `localhost` and 127.0.0.1, with these changes.
    pub fn identity(&self, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let (params, key) = parameters(change);
        let certificate = params.signed_by(&key, &self.issuer);
        Identity::new(&certificate.expect("a certificate"), &key)
    }
}

/// The certificate of a server, and its key.
pub struct Identity {
    pub pem: String,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Identity {
    /// A certificate as `openssl req -x509` makes it, for `localhost` and 127.0.0.1, with these
    /// changes: signed by itself, and marked as that of an authority.
    pub fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (params, key) = parameters(|params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            change(params);
        });
        Self::new(&params.self_signed(&key).expect("a certificate"), &key)
    }

    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            key: key.serialize_der(),
        }
    }

    /// TLS with this certificate, for HTTP/1.1.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor_for(&[])
    }

    /// TLS with this certificate, for these protocols (ALPN).
    pub fn acceptor_for(&self, protocols: &[&[u8]]) -> TlsAcceptor {
        let key = PrivateKeyDer::try_from(self.key.clone()).expect("a key");
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key);
        let mut config = config.expect("a configuration");
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

fn parameters(change: impl FnOnce(&mut CertificateParams)) -> (CertificateParams, KeyPair) {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(names).expect("parameters");
    params.distinguished_name = named("localhost");
    change(&mut params);
    (params, KeyPair::generate().expect("a key"))
}

/// The names that a certificate is issued for, in place of those of this machine.
pub fn issued_for(params: &mut CertificateParams, names: &[&str]) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    params.subject_alt_names = CertificateParams::new(names)
        .expect("parameters")
        .subject_alt_names;
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}
