//! Certificates that TLS trusts: what this machine trusts, and the certificates of an extra file.
//!
//! A certificate of that file is an authority, and also trusted as itself: a server that presents
//! it, byte for byte, is accepted although it may be marked as that of an authority (`openssl req
//! -x509` makes such certificates). Its dates and names are checked all the same.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::certificate_rejection::{CertificateRejection, check_dates};

/// The UTF-8 byte order mark. Joining files that begin with one leaves it anywhere in the result.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads the certificates of a PEM file.
///
/// # Errors
///
/// Returns the reason if the file cannot be read, has no certificate, or has one that is malformed.
pub(super) fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let pem = without_byte_order_marks(&bytes);
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    if certificates.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    for (index, certificate) in certificates.iter().enumerate() {
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|error| {
                format!(
                    "certificate {} in it is malformed: {error}",
                    index.saturating_add(1)
                )
            })?;
    }
    Ok(certificates)
}

/// The text of a file in UTF-8 or, if its byte order mark says so, UTF-16; without such marks.
fn without_byte_order_marks(bytes: &[u8]) -> Vec<u8> {
    let utf16 = |read: fn([u8; 2]) -> u16, rest: &[u8]| {
        let (units, _) = rest.as_chunks::<2>();
        let units = units.iter().map(|unit| read(*unit));
        char::decode_utf16(units)
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
            .into_bytes()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => utf16(u16::from_be_bytes, rest),
        _ => {
            let mut text = Vec::with_capacity(bytes.len());
            let mut rest = bytes;
            while let Some((first, others)) = rest.split_first() {
                match rest.strip_prefix(BYTE_ORDER_MARK) {
                    Some(after) => rest = after,
                    None => {
                        text.push(*first);
                        rest = others;
                    }
                }
            }
            text
        }
    }
}

/// The configuration of TLS connections that trust this machine's authorities and `extra`, and
/// offer these protocols (ALPN).
///
/// # Errors
///
/// Returns an error if the cryptography has no usable protocol version.
pub(super) fn client_config(
    verifier: &Arc<Verifier>,
    protocols: &[&[u8]],
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(verifier) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(Arc::new(config))
}

/// Verifies the certificate of a server, and says why it is rejected.
#[derive(Debug)]
pub(super) struct Verifier {
    provider: Arc<CryptoProvider>,
    /// `None` if there is no authority at all.
    chain: Option<Arc<WebPkiServerVerifier>>,
    pinned: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// Returns a verifier that trusts this machine's authorities and the certificates in `extra`.
    pub(super) fn new(extra: Vec<CertificateDer<'static>>) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        // Certificates of this machine that cannot be read are none of the operator's doing, and
        // not needed.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(extra.iter().cloned());
        let chain =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .ok();
        Self {
            provider,
            chain,
            pinned: extra,
        }
    }

    /// Checks a certificate that is trusted as itself.
    fn check_pinned(
        certificate: &CertificateDer<'_>,
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        check_dates(certificate, now)?;
        verify_server_name(&ParsedCertificate::try_from(certificate)?, server_name)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut verified = match &self.chain {
            Some(chain) => chain
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
                .map(|_| ()),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        // `Other` is the certificate of an authority that is used as a server's own.
        let lacks_authority = matches!(
            verified,
            Err(rustls::Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::Other(_)
            ))
        );
        if lacks_authority && self.pinned.iter().any(|pinned| pinned == end_entity) {
            verified = Self::check_pinned(end_entity, server_name, now);
        }
        match verified {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(error) if CertificateRejection::in_error(&error).is_some() => Err(error),
            Err(rustls::Error::InvalidCertificate(error)) => {
                Err(CertificateRejection::new(end_entity, server_name, &error).into())
            }
            Err(error) => Err(error),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::without_byte_order_marks;

    #[test]
    fn byte_order_marks_are_removed_wherever_files_were_joined() {
        let plain = b"-----BEGIN\n-----END\n".as_slice();
        assert_eq!(without_byte_order_marks(plain), plain);
        let text = "\u{feff}-----BEGIN\n\u{feff}-----END\n";
        assert_eq!(without_byte_order_marks(text.as_bytes()), plain);
        let wide = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let text = "\u{feff}-----BEGIN\n-----END\n";
            text.encode_utf16().flat_map(bytes).collect()
        };
        assert_eq!(without_byte_order_marks(&wide(u16::to_le_bytes)), plain);
        assert_eq!(without_byte_order_marks(&wide(u16::to_be_bytes)), plain);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_kept() {
        assert_eq!(without_byte_order_marks(b"\xef\xbb\xe9"), b"\xef\xbb\xe9");
    }
}
