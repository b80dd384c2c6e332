//! Causes of a failed connection that `wasi:http` has no code for.
//!
//! They reach the component as `internal-error` with a text of the form `TOKEN: SENTENCE`. The
//! tokens are documented in `docs/egress.md` and never change; the sentences may. Each cause
//! precedes the request: nothing was sent to the server.

use wasmtime_wasi_http::Error;

/// A cause with a token of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostCause {
    /// The proxy responded 407.
    ProxyAuthenticationRequired,
    /// The proxy refused the tunnel with another status below 500.
    ProxyRefused,
    /// The proxy responded with a server error: it did not reach the server.
    ProxyFailed,
    /// The proxy itself was not reached.
    ProxyUnreachable,
    /// The certificate is past its last day.
    CertificateExpired,
    /// The certificate is before its first day.
    CertificateNotYetValid,
    /// The certificate is issued for other names.
    CertificateWrongName,
    /// The certificate is signed by itself and not one of the trusted ones.
    CertificateSelfSigned,
    /// The certificate comes from an authority that is not trusted.
    CertificateUnknownAuthority,
}

impl HostCause {
    /// All causes.
    pub(super) const ALL: [Self; 9] = [
        Self::ProxyAuthenticationRequired,
        Self::ProxyRefused,
        Self::ProxyFailed,
        Self::ProxyUnreachable,
        Self::CertificateExpired,
        Self::CertificateNotYetValid,
        Self::CertificateWrongName,
        Self::CertificateSelfSigned,
        Self::CertificateUnknownAuthority,
    ];

    /// The token that the text begins with.
    pub(super) fn token(self) -> &'static str {
        match self {
            Self::ProxyAuthenticationRequired => "proxy-authentication-required",
            Self::ProxyRefused => "proxy-refused",
            Self::ProxyFailed => "proxy-failed",
            Self::ProxyUnreachable => "proxy-unreachable",
            Self::CertificateExpired => "certificate-expired",
            Self::CertificateNotYetValid => "certificate-not-yet-valid",
            Self::CertificateWrongName => "certificate-wrong-name",
            Self::CertificateSelfSigned => "certificate-self-signed",
            Self::CertificateUnknownAuthority => "certificate-unknown-authority",
        }
    }

    /// The `wasi:http` error of this cause, with a sentence that says who or what it was.
    pub(super) fn error(self, sentence: &str) -> Error {
        Error::InternalError(Some(format!("{}: {sentence}", self.token())))
    }

    /// The cause of an error, if it has one of these.
    pub(super) fn of(error: &Error) -> Option<Self> {
        let Error::InternalError(Some(text)) = error else {
            return None;
        };
        let (token, _) = text.split_once(": ")?;
        Self::ALL.into_iter().find(|cause| cause.token() == token)
    }
}
