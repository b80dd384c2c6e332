//! Names of failures on the way, as recordings have them in `_error`: those that Chrome writes (`net::ERR_...`).
//!
//! What a recorder writes here a replay reads back as the same failure; what others wrote is understood as far as it goes.
//! A cause that has a token of its own is written with it, after Chrome's name: that has fewer cases. The sentence that
//! follows the token is left out, since it can name machines.

use wasmtime_wasi_http::Error;

use super::host_causes::HostCause;

/// The name of a request, or of a body, that the component stopped waiting for.
pub(super) const ABORTED: &str = "net::ERR_ABORTED";

/// What a recorded failure does to a replay.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection fails in this way.
    Broken(Error),
    /// Nothing more comes: whoever waits gives up by a clock of its own.
    Stalled,
}

/// The name of a failure.
pub(super) fn name(error: &Error) -> &'static str {
    if let Some(cause) = HostCause::of(error) {
        return name_of_cause(cause);
    }
    match error {
        Error::DnsError { .. } | Error::DnsTimeout | Error::DestinationNotFound => {
            "net::ERR_NAME_NOT_RESOLVED"
        }
        Error::ConnectionRefused => "net::ERR_CONNECTION_REFUSED",
        Error::ConnectionTimeout => "net::ERR_CONNECTION_TIMED_OUT",
        Error::ConnectionReadTimeout
        | Error::ConnectionWriteTimeout
        | Error::HttpResponseTimeout => "net::ERR_TIMED_OUT",
        Error::TlsCertificateError => "net::ERR_CERT_INVALID",
        Error::TlsProtocolError | Error::TlsAlertReceived { .. } => "net::ERR_SSL_PROTOCOL_ERROR",
        Error::DestinationIpUnroutable => "net::ERR_ADDRESS_UNREACHABLE",
        Error::DestinationUnavailable => "net::ERR_CONNECTION_FAILED",
        Error::HttpResponseIncomplete => "net::ERR_CONTENT_LENGTH_MISMATCH",
        Error::HttpProtocolError => "net::ERR_INVALID_HTTP_RESPONSE",
        Error::HttpRequestDenied | Error::DestinationIpProhibited => "net::ERR_BLOCKED_BY_CLIENT",
        Error::HttpRequestUriInvalid => "net::ERR_INVALID_URL",
        Error::ConnectionTerminated => "net::ERR_CONNECTION_CLOSED",
        _ => "net::ERR_FAILED",
    }
}

fn name_of_cause(cause: HostCause) -> &'static str {
    match cause {
        HostCause::ProxyAuthenticationRequired => {
            "net::ERR_PROXY_AUTH_REQUESTED proxy-authentication-required"
        }
        HostCause::ProxyRefused => "net::ERR_TUNNEL_CONNECTION_FAILED proxy-refused",
        HostCause::ProxyFailed => "net::ERR_TUNNEL_CONNECTION_FAILED proxy-failed",
        HostCause::ProxyUnreachable => "net::ERR_PROXY_CONNECTION_FAILED proxy-unreachable",
        HostCause::CertificateExpired => "net::ERR_CERT_DATE_INVALID certificate-expired",
        HostCause::CertificateNotYetValid => "net::ERR_CERT_DATE_INVALID certificate-not-yet-valid",
        HostCause::CertificateWrongName => {
            "net::ERR_CERT_COMMON_NAME_INVALID certificate-wrong-name"
        }
        HostCause::CertificateSelfSigned => {
            "net::ERR_CERT_AUTHORITY_INVALID certificate-self-signed"
        }
        HostCause::CertificateUnknownAuthority => {
            "net::ERR_CERT_AUTHORITY_INVALID certificate-unknown-authority"
        }
    }
}

/// The sentence of a replayed cause: what its token says, without names.
fn sentence(cause: HostCause) -> &'static str {
    match cause {
        HostCause::ProxyAuthenticationRequired => "the proxy requires a user and a password (407)",
        HostCause::ProxyRefused => "the proxy refused the connection",
        HostCause::ProxyFailed => "the proxy could not make the connection",
        HostCause::ProxyUnreachable => "the proxy was not reached",
        HostCause::CertificateExpired => "its certificate expired",
        HostCause::CertificateNotYetValid => "its certificate is not valid yet",
        HostCause::CertificateWrongName => "its certificate is issued for other names",
        HostCause::CertificateSelfSigned => "its certificate is self-signed and not trusted",
        HostCause::CertificateUnknownAuthority => {
            "its certificate is issued by an authority that is not trusted"
        }
    }
}

/// The failure that a name stands for: Chrome's, or plain English.
pub(super) fn failure(words: &str) -> Failure {
    let mut causes = HostCause::ALL.into_iter();
    if let Some(cause) = causes.find(|cause| words.ends_with(cause.token())) {
        return Failure::Broken(cause.error(sentence(cause)));
    }
    let words = words.to_ascii_uppercase().replace([' ', '-'], "_");
    let has = |part: &str| words.contains(part);
    Failure::Broken(match () {
        () if has("ERR_ABORTED") => return Failure::Stalled,
        () if has("NAME_NOT_RESOLVED") || has("DNS") => Error::DnsError {
            rcode: Some("name not resolved".to_owned()),
            info_code: None,
        },
        () if has("REFUSED") => Error::ConnectionRefused,
        () if has("CONNECTION_TIMED_OUT") || has("CONNECT_TIMEOUT") => Error::ConnectionTimeout,
        () if has("TIMED_OUT") || has("TIMEOUT") => Error::ConnectionReadTimeout,
        () if has("CERT") => Error::TlsCertificateError,
        () if has("SSL") || has("TLS") => Error::TlsProtocolError,
        () if has("UNREACHABLE") => Error::DestinationIpUnroutable,
        () if has("CONNECTION_FAILED") => Error::DestinationUnavailable,
        () if has("CONTENT_LENGTH_MISMATCH") || has("INCOMPLETE") => Error::HttpResponseIncomplete,
        () if has("INVALID_HTTP_RESPONSE") => Error::HttpProtocolError,
        () if has("BLOCKED_BY_CLIENT") => Error::HttpRequestDenied,
        () if has("INVALID_URL") => Error::HttpRequestUriInvalid,
        () if has("ERR_FAILED") => Error::InternalError(None),
        () => Error::ConnectionTerminated,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::use_debug, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn what_is_written_is_read_back_as_the_same_failure() {
        for error in [
            Error::DnsError {
                rcode: None,
                info_code: None,
            },
            Error::ConnectionRefused,
            Error::ConnectionTimeout,
            Error::ConnectionReadTimeout,
            Error::TlsCertificateError,
            Error::TlsProtocolError,
            Error::DestinationIpUnroutable,
            Error::DestinationUnavailable,
            Error::HttpResponseIncomplete,
            Error::HttpProtocolError,
            Error::HttpRequestDenied,
            Error::HttpRequestUriInvalid,
            Error::ConnectionTerminated,
            Error::InternalError(None),
        ] {
            let Failure::Broken(read) = failure(name(&error)) else {
                panic!("{error} stalls");
            };
            assert_eq!(
                std::mem::discriminant(&read),
                std::mem::discriminant(&error),
                "{error} became {read}"
            );
        }
    }

    #[test]
    fn recorded_cause_keeps_its_token() {
        for cause in HostCause::ALL {
            let Failure::Broken(read) = failure(name(&cause.error("x"))) else {
                panic!("{cause:?} stalls");
            };
            assert_eq!(HostCause::of(&read), Some(cause));
        }
    }

    #[test]
    fn what_nobody_waited_for_comes_never() {
        assert!(matches!(failure(ABORTED), Failure::Stalled));
    }
}
