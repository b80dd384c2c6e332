//! Causes of a failed connection that WASI has no code for.
//!
//! A host can report one as `internal-error` whose text has the form `TOKEN: SENTENCE`
//! (`docs/egress.md` lists the tokens). The token alone decides; the sentence, with names and
//! dates, is shown. Each cause precedes the request, so nothing was sent to the server.

use std::time::Duration;

/// Most characters of a sentence that are shown.
const MAX_SENTENCE: usize = 400;
/// The least time between two requests that may carry a rejected user and password to a proxy:
/// directories commonly lock an account for a while after a few of them.
const PROXY_REJECTION_DELAY: Duration = Duration::from_secs(15 * 60);

/// A cause of a failed connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostCause {
    /// A proxy requires a user and a password (407).
    ProxyAuthenticationRequired,
    /// A proxy refused the connection.
    ProxyRefused,
    /// A proxy could not make the connection.
    ProxyFailed,
    /// A proxy was not reached.
    ProxyUnreachable,
    /// The certificate is past its last day.
    CertificateExpired,
    /// The certificate is before its first day.
    CertificateNotYetValid,
    /// The certificate is issued for other names.
    CertificateWrongName,
    /// The certificate is signed by itself and is not trusted.
    CertificateSelfSigned,
    /// The certificate comes from an authority that is not trusted.
    CertificateUnknownAuthority,
    /// The certificate was rejected for a reason that the host does not report: WASI's own code,
    /// which has no token.
    CertificateRejected,
}

impl HostCause {
    /// Returns the cause and the sentence of an `internal-error`, or `None` if its text has no
    /// known token.
    pub fn parse(text: &str) -> Option<(Self, String)> {
        let (token, sentence) = text.split_once(':')?;
        let cause = match token {
            "proxy-authentication-required" => Self::ProxyAuthenticationRequired,
            "proxy-refused" => Self::ProxyRefused,
            "proxy-failed" => Self::ProxyFailed,
            "proxy-unreachable" => Self::ProxyUnreachable,
            "certificate-expired" => Self::CertificateExpired,
            "certificate-not-yet-valid" => Self::CertificateNotYetValid,
            "certificate-wrong-name" => Self::CertificateWrongName,
            "certificate-self-signed" => Self::CertificateSelfSigned,
            "certificate-unknown-authority" => Self::CertificateUnknownAuthority,
            _ => return None,
        };
        let sentence: String = sentence
            .trim()
            .trim_end_matches('.')
            .chars()
            .filter(|character| !character.is_control())
            .take(MAX_SENTENCE)
            .collect();
        Some((
            cause,
            match sentence.is_empty() {
                true => cause.sentence().to_owned(),
                false => sentence,
            },
        ))
    }

    /// What happened, for a host that does not say it in more detail.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ProxyAuthenticationRequired => "a proxy requires a user and a password (407)",
            Self::ProxyRefused => "a proxy refused the connection",
            Self::ProxyFailed => "a proxy could not make the connection",
            Self::ProxyUnreachable => "a proxy was not reached",
            Self::CertificateExpired => "its TLS certificate expired",
            Self::CertificateNotYetValid => "its TLS certificate is not valid yet",
            Self::CertificateWrongName => "its TLS certificate is issued for other names",
            Self::CertificateSelfSigned => "its TLS certificate is self-signed and not trusted",
            Self::CertificateUnknownAuthority => {
                "its TLS certificate is issued by an authority that is not trusted"
            }
            Self::CertificateRejected => {
                "its TLS certificate is not trusted (a private certificate authority must be made known to the host)"
            }
        }
    }

    /// What to do about it, as a full sentence.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::ProxyAuthenticationRequired => {
                "Correct the user and the password in the proxy setting of the host (HTTPS_PROXY). The request is not retried, since wrong passwords can lock the account."
            }
            Self::ProxyRefused => {
                "Allow this destination on the proxy, or correct the proxy setting of the host (HTTPS_PROXY, NO_PROXY)."
            }
            Self::ProxyFailed => "Check that the proxy can reach this destination.",
            Self::ProxyUnreachable => {
                "Check the proxy setting of the host (HTTPS_PROXY, NO_PROXY) and that the proxy is running."
            }
            Self::CertificateExpired => {
                "Renew the certificate; if it is still valid, correct the clock of this machine."
            }
            Self::CertificateNotYetValid => "Check this machine's clock.",
            Self::CertificateWrongName => {
                "Use a server URL with a name that the certificate is issued for."
            }
            Self::CertificateSelfSigned => {
                "Make exactly this certificate known to the host (--ca-file, or ca-file in the collector's config)."
            }
            Self::CertificateUnknownAuthority => {
                "Make the certificate of this authority known to the host (--ca-file, or ca-file in the collector's config)."
            }
            Self::CertificateRejected => "Check the server URL, the network and the proxy.",
        }
    }

    /// Whether the next attempt may have another result, and can do no harm. A certificate is the
    /// same a second later, and a proxy that has seen a wrong password counts it.
    pub fn is_retryable(self) -> bool {
        self == Self::ProxyUnreachable
    }

    /// The least delay before the next request, if there is one.
    pub fn min_delay(self) -> Option<Duration> {
        match self {
            Self::ProxyAuthenticationRequired | Self::ProxyRefused => Some(PROXY_REJECTION_DELAY),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tokens_are_parsed_with_their_sentences() {
        for (token, cause) in [
            (
                "proxy-authentication-required",
                HostCause::ProxyAuthenticationRequired,
            ),
            ("proxy-refused", HostCause::ProxyRefused),
            ("proxy-failed", HostCause::ProxyFailed),
            ("proxy-unreachable", HostCause::ProxyUnreachable),
            ("certificate-expired", HostCause::CertificateExpired),
            (
                "certificate-not-yet-valid",
                HostCause::CertificateNotYetValid,
            ),
            ("certificate-wrong-name", HostCause::CertificateWrongName),
            ("certificate-self-signed", HostCause::CertificateSelfSigned),
            (
                "certificate-unknown-authority",
                HostCause::CertificateUnknownAuthority,
            ),
        ] {
            let parsed = HostCause::parse(&format!("{token}: the proxy a:1 said so."));
            assert_eq!(parsed, Some((cause, "the proxy a:1 said so".to_owned())));
            let parsed = HostCause::parse(&format!("{token}:"));
            assert_eq!(parsed, Some((cause, cause.sentence().to_owned())));
        }
    }

    #[test]
    fn other_texts_have_no_cause() {
        for text in [
            "",
            "certificate-expired",
            "a certificate-expired: x",
            "Certificate-Expired: x",
            "certificate-expired-long-ago: x",
            "error: certificate-expired: x",
            "the proxy requires a password (407)",
        ] {
            assert_eq!(HostCause::parse(text), None, "{text}");
        }
    }

    #[test]
    fn sentences_are_shown_on_one_line_and_not_without_end() {
        let long = format!("proxy-refused: a\r\nb{}", "x".repeat(1_000));
        let Some((_, sentence)) = HostCause::parse(&long) else {
            panic!("the token is known");
        };
        assert_eq!(sentence.chars().count(), MAX_SENTENCE);
        assert!(sentence.starts_with("abx"), "{sentence}");
    }
}
