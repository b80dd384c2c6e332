//! Reasons why a server's certificate was rejected, with what an operator needs to fix it: dates,
//! names, the issuer.

use std::error::Error as StdError;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, OtherError};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

use super::host_causes::HostCause;

/// Most names of a certificate that a message lists.
const MAX_NAMES: usize = 3;
/// Most characters of one name in a message. DNS allows 253; hardly any name is longer than this.
const MAX_NAME_CHARACTERS: usize = 100;

/// A rejected certificate. `Display` is the predicate of a sentence whose subject is the
/// certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CertificateRejection {
    /// Its own last day, or that of an authority's certificate that it was sent with, has passed.
    #[error("{}expired on {date}", if *.is_own { "" } else { "is issued by an authority whose certificate " })]
    Expired {
        /// The last day, in UTC: `2021-01-01`.
        date: String,
        /// Whether it is the certificate's own date.
        is_own: bool,
    },
    /// Its own first day, or that of an authority's certificate that it was sent with, has not
    /// come.
    #[error("{}is not valid before {date}", if *.is_own { "" } else { "is issued by an authority whose certificate " })]
    NotYetValid {
        /// The first day, in UTC.
        date: String,
        /// Whether it is the certificate's own date.
        is_own: bool,
    },
    /// It is issued for other names.
    #[error("is issued for {names}, not for {expected}")]
    WrongName {
        /// Its names.
        names: String,
        /// The name in the address.
        expected: String,
    },
    /// It is signed by itself, and not byte for byte one of the trusted ones.
    #[error("is self-signed and not trusted")]
    SelfSigned,
    /// Its issuer is not trusted.
    #[error("is issued by {issuer}, an authority that is not trusted")]
    UnknownAuthority {
        /// The issuer's name.
        issuer: String,
    },
    /// Another reason.
    #[error("is not valid: {0}")]
    Other(String),
}

impl CertificateRejection {
    /// The reason, from the error that the TLS library found.
    pub(super) fn new(
        certificate: &CertificateDer<'_>,
        server_name: &ServerName<'_>,
        error: &CertificateError,
    ) -> Self {
        let parsed = x509_parser::parse_x509_certificate(certificate)
            .ok()
            .map(|(_, parsed)| parsed);
        let validity = parsed.as_ref().map(|parsed| parsed.validity());
        match error {
            CertificateError::ExpiredContext { not_after, .. } => Self::Expired {
                date: date(timestamp(*not_after)),
                is_own: validity
                    .is_none_or(|own| own.not_after.timestamp() == timestamp(*not_after)),
            },
            CertificateError::NotValidYetContext { not_before, .. } => Self::NotYetValid {
                date: date(timestamp(*not_before)),
                is_own: validity
                    .is_none_or(|own| own.not_before.timestamp() == timestamp(*not_before)),
            },
            CertificateError::NotValidForNameContext { .. } | CertificateError::NotValidForName => {
                Self::WrongName {
                    names: parsed
                        .as_ref()
                        .map_or_else(|| "other names".to_owned(), names),
                    expected: printable(&server_name.to_str()),
                }
            }
            // The library has no name for the certificate of an authority that is used as a
            // server's own.
            CertificateError::UnknownIssuer | CertificateError::Other(_)
                if parsed.as_ref().is_some_and(is_self_signed) =>
            {
                Self::SelfSigned
            }
            CertificateError::UnknownIssuer => Self::UnknownAuthority {
                issuer: parsed.as_ref().map_or_else(
                    || "an unnamed issuer".to_owned(),
                    |parsed| name(parsed.issuer()),
                ),
            },
            other => Self::Other(other.to_string()),
        }
    }

    /// The cause for the component, if it has a token of its own.
    pub(super) fn cause(&self) -> Option<HostCause> {
        match self {
            Self::Expired { .. } => Some(HostCause::CertificateExpired),
            Self::NotYetValid { .. } => Some(HostCause::CertificateNotYetValid),
            Self::WrongName { .. } => Some(HostCause::CertificateWrongName),
            Self::SelfSigned => Some(HostCause::CertificateSelfSigned),
            Self::UnknownAuthority { .. } => Some(HostCause::CertificateUnknownAuthority),
            Self::Other(_) => None,
        }
    }

    /// Returns the rejection that a TLS error carries.
    pub(super) fn in_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        match error.downcast_ref::<rustls::Error>()? {
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
                inner.downcast_ref()
            }
            _ => None,
        }
    }
}

impl From<CertificateRejection> for rustls::Error {
    fn from(rejection: CertificateRejection) -> Self {
        Self::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(rejection))))
    }
}

/// Checks the dates of a certificate, which is what a chain would have been checked for.
///
/// # Errors
///
/// Returns the reason if `now` is outside of them, or if they cannot be read.
pub(super) fn check_dates(
    certificate: &CertificateDer<'_>,
    now: UnixTime,
) -> Result<(), CertificateRejection> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate)
        .map_err(|error| CertificateRejection::Other(error.to_string()))?;
    let (validity, now) = (parsed.validity(), timestamp(now));
    let (first, last) = (
        validity.not_before.timestamp(),
        validity.not_after.timestamp(),
    );
    if now < first {
        return Err(CertificateRejection::NotYetValid {
            date: date(first),
            is_own: true,
        });
    }
    if now > last {
        return Err(CertificateRejection::Expired {
            date: date(last),
            is_own: true,
        });
    }
    Ok(())
}

fn timestamp(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// The day of a time in seconds since 1970, in UTC: `2021-01-01`.
fn date(timestamp: i64) -> String {
    match ASN1Time::from_timestamp(timestamp) {
        Ok(time) => time.to_datetime().date().to_string(),
        Err(_) => "a date that cannot be represented".to_owned(),
    }
}

/// Issued by its own subject. The signature is not checked: this decides on the advice alone, never
/// on trust.
fn is_self_signed(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
}

/// The names that a certificate is issued for, in a list for a message.
fn names(certificate: &X509Certificate<'_>) -> String {
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let mut names: Vec<String> = alternatives
        .map(|extension| {
            extension
                .value
                .general_names
                .iter()
                .filter_map(alternative)
                .collect()
        })
        .unwrap_or_default();
    let more = names.len().saturating_sub(MAX_NAMES);
    names.truncate(MAX_NAMES);
    match (names.is_empty(), more) {
        (true, _) => "no host name".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}

fn alternative(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(printable(name)),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes)
                .ok()
                .map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
            _ => <[u8; 16]>::try_from(*bytes)
                .ok()
                .map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
        },
        _ => None,
    }
}

/// The common name of an issuer or, without one, all of its name.
fn name(name: &X509Name<'_>) -> String {
    let common = name
        .iter_common_name()
        .next()
        .and_then(|common| common.as_str().ok());
    match common.map_or_else(|| name.to_string(), str::to_owned) {
        empty if empty.trim().is_empty() => "an unnamed issuer".to_owned(),
        found => format!("\"{}\"", printable(&found)),
    }
}

/// Text that a server chose, fit for a message: without control characters, and not long.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(MAX_NAME_CHARACTERS)
        .collect()
}
