//! Classification of WASI's HTTP error codes: whether the request can have reached the server, and
//! what a caller can do about the failure.
//!
//! The one question that matters to a write is whether it was sent. Only a code that by definition
//! precedes the request answers it: a name that does not resolve, a destination that is unknown,
//! unroutable, prohibited or refuses the connection, a certificate that is rejected, and a request
//! that the host itself rejects. Every other code leaves the outcome open. That includes
//! `connection-timeout`: hosts report it also if an established connection times out, and some for
//! every slow response.

use wasi::http::types::ErrorCode;

use super::host_causes::HostCause;
use super::{HostRejection, HttpError, RequestPart, Wait};

/// Longest text of a host that a message repeats, in characters.
const MAX_HOST_TEXT: usize = 200;

/// Returns the error for a code. Exhaustive on purpose: a code that a later version of WASI adds
/// must be classified before this compiles.
pub fn classify(code: &ErrorCode) -> HttpError {
    match code {
        // Before the request.
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => HttpError::Denied,
        ErrorCode::DnsTimeout => HttpError::Timeout(Wait::Lookup),
        ErrorCode::DnsError(_) => not_connected("its name has no address (DNS)"),
        ErrorCode::DestinationNotFound => not_connected("the destination was not found"),
        ErrorCode::DestinationIpUnroutable => not_connected("there is no route to its address"),
        ErrorCode::ConnectionRefused => not_connected("the connection was refused"),
        ErrorCode::TlsCertificateError => {
            let cause = HostCause::CertificateRejected;
            HttpError::HostReported(cause, cause.sentence().to_owned())
        }
        ErrorCode::HttpRequestUriTooLong => too_large(RequestPart::Address),
        ErrorCode::HttpRequestBodySize(_) => too_large(RequestPart::Body),
        ErrorCode::HttpRequestHeaderSectionSize(_)
        | ErrorCode::HttpRequestHeaderSize(_)
        | ErrorCode::HttpRequestTrailerSectionSize(_)
        | ErrorCode::HttpRequestTrailerSize(_) => too_large(RequestPart::Headers),
        ErrorCode::HttpRequestUriInvalid => invalid(RequestPart::Address),
        ErrorCode::HttpRequestMethodInvalid => invalid(RequestPart::Method),
        ErrorCode::HttpRequestLengthRequired => invalid(RequestPart::Headers),
        // Perhaps after it.
        ErrorCode::ConnectionTimeout => HttpError::Timeout(Wait::Connect),
        ErrorCode::HttpResponseTimeout | ErrorCode::ConnectionWriteTimeout => {
            HttpError::Timeout(Wait::FirstByte)
        }
        ErrorCode::ConnectionReadTimeout => HttpError::Timeout(Wait::NextBytes),
        ErrorCode::DestinationUnavailable => broken("the destination is unavailable"),
        ErrorCode::ConnectionLimitReached => broken("the host has too many connections"),
        // TLS 1.3 can alert after the request was sent.
        ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => {
            broken("TLS could not be agreed on")
        }
        ErrorCode::ConnectionTerminated => broken("the connection was reset"),
        ErrorCode::HttpResponseIncomplete => broken("the answer was cut short"),
        ErrorCode::HttpProtocolError => broken("the answer is no HTTP"),
        ErrorCode::LoopDetected => broken("a proxy forwards requests in a loop"),
        ErrorCode::ConfigurationError => broken("the host reports an error in its configuration"),
        ErrorCode::HttpUpgradeFailed => broken("the server wants another protocol"),
        ErrorCode::HttpResponseHeaderSectionSize(_)
        | ErrorCode::HttpResponseHeaderSize(_)
        | ErrorCode::HttpResponseBodySize(_)
        | ErrorCode::HttpResponseTrailerSectionSize(_)
        | ErrorCode::HttpResponseTrailerSize(_) => malformed("the host found it too large"),
        ErrorCode::HttpResponseTransferCoding(_) | ErrorCode::HttpResponseContentCoding(_) => {
            malformed("the host does not know its encoding")
        }
        ErrorCode::InternalError(text) => internal_error(text.as_deref()),
    }
}

/// Returns the error for `internal-error`. Unless its text begins with a token that a host documents, it says nothing about when
/// it happened: the outcome of a write is open.
fn internal_error(text: Option<&str>) -> HttpError {
    if let Some((cause, sentence)) = text.and_then(HostCause::parse) {
        return HttpError::HostReported(cause, sentence);
    }
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => HttpError::Broken(text.chars().take(MAX_HOST_TEXT).collect()),
        None => broken("the request failed"),
    }
}

fn not_connected(why: &str) -> HttpError {
    HttpError::NotConnected(why.to_owned())
}

fn broken(how: &str) -> HttpError {
    HttpError::Broken(how.to_owned())
}

fn malformed(what: &str) -> HttpError {
    HttpError::Malformed(what.to_owned())
}

fn too_large(part: RequestPart) -> HttpError {
    HttpError::RejectedByHost(HostRejection {
        part,
        is_too_large: true,
    })
}

/// Returns the error for a part of the request that the host calls invalid.
pub(super) fn invalid(part: RequestPart) -> HttpError {
    HttpError::RejectedByHost(HostRejection {
        part,
        is_too_large: false,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;
    use std::mem::discriminant;

    use wasi::http::types::{DnsErrorPayload, FieldSizePayload, TlsAlertReceivedPayload};

    use super::*;

    /// Whether a code by definition precedes the request.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Sent {
        /// The request was never sent.
        No,
        /// It may have reached the server.
        Perhaps,
    }

    fn size() -> FieldSizePayload {
        FieldSizePayload {
            field_name: None,
            field_size: Some(9_000),
        }
    }

    /// Every code of `wasi:http` 0.2, in the order of its WIT, and whether it precedes the request.
    pub fn codes() -> Vec<(ErrorCode, Sent)> {
        use ErrorCode as Code;
        use Sent::{No, Perhaps};
        vec![
            (Code::DnsTimeout, No),
            (
                Code::DnsError(DnsErrorPayload {
                    rcode: Some("NXDOMAIN".to_owned()),
                    info_code: None,
                }),
                No,
            ),
            (Code::DestinationNotFound, No),
            (Code::DestinationUnavailable, Perhaps),
            (Code::DestinationIpProhibited, No),
            (Code::DestinationIpUnroutable, No),
            (Code::ConnectionRefused, No),
            (Code::ConnectionTerminated, Perhaps),
            (Code::ConnectionTimeout, Perhaps),
            (Code::ConnectionReadTimeout, Perhaps),
            (Code::ConnectionWriteTimeout, Perhaps),
            (Code::ConnectionLimitReached, Perhaps),
            (Code::TlsProtocolError, Perhaps),
            (Code::TlsCertificateError, No),
            (
                Code::TlsAlertReceived(TlsAlertReceivedPayload {
                    alert_id: Some(40),
                    alert_message: None,
                }),
                Perhaps,
            ),
            (Code::HttpRequestDenied, No),
            (Code::HttpRequestLengthRequired, No),
            (Code::HttpRequestBodySize(Some(9_000)), No),
            (Code::HttpRequestMethodInvalid, No),
            (Code::HttpRequestUriInvalid, No),
            (Code::HttpRequestUriTooLong, No),
            (Code::HttpRequestHeaderSectionSize(None), No),
            (Code::HttpRequestHeaderSize(None), No),
            (Code::HttpRequestTrailerSectionSize(None), No),
            (Code::HttpRequestTrailerSize(size()), No),
            (Code::HttpResponseIncomplete, Perhaps),
            (Code::HttpResponseHeaderSectionSize(None), Perhaps),
            (Code::HttpResponseHeaderSize(size()), Perhaps),
            (Code::HttpResponseBodySize(None), Perhaps),
            (Code::HttpResponseTrailerSectionSize(None), Perhaps),
            (Code::HttpResponseTrailerSize(size()), Perhaps),
            (Code::HttpResponseTransferCoding(None), Perhaps),
            (Code::HttpResponseContentCoding(None), Perhaps),
            (Code::HttpResponseTimeout, Perhaps),
            (Code::HttpUpgradeFailed, Perhaps),
            (Code::HttpProtocolError, Perhaps),
            (Code::LoopDetected, Perhaps),
            (Code::ConfigurationError, Perhaps),
            (Code::InternalError(None), Perhaps),
            (Code::InternalError(Some("odd".to_owned())), Perhaps),
        ]
    }

    #[test]
    fn classify_knows_which_codes_precede_the_request() {
        let kinds: BTreeSet<String> = codes()
            .iter()
            .map(|(code, _)| format!("{:?}", discriminant(code)))
            .collect();
        assert_eq!(kinds.len(), 39, "every code of WASI is in the table once");
        for (code, sent) in codes() {
            let error = classify(&code);
            assert_eq!(
                error.may_have_been_sent(),
                sent == Sent::Perhaps,
                "{code:?} became {error:?}"
            );
        }
    }

    #[test]
    fn internal_error_text_is_kept_up_to_a_length() {
        let long = ErrorCode::InternalError(Some(format!(" {}", "x".repeat(500))));
        assert_eq!(
            classify(&long),
            HttpError::Broken("x".repeat(MAX_HOST_TEXT))
        );
        for empty in [None, Some(" ".to_owned())] {
            let error = classify(&ErrorCode::InternalError(empty));
            assert_eq!(error, HttpError::Broken("the request failed".to_owned()));
        }
    }

    #[test]
    fn host_rejection_is_too_large_or_invalid() {
        for (code, part, is_too_large) in [
            (
                ErrorCode::HttpRequestBodySize(None),
                RequestPart::Body,
                true,
            ),
            (ErrorCode::HttpRequestUriTooLong, RequestPart::Address, true),
            (
                ErrorCode::HttpRequestHeaderSize(None),
                RequestPart::Headers,
                true,
            ),
            (
                ErrorCode::HttpRequestUriInvalid,
                RequestPart::Address,
                false,
            ),
            (
                ErrorCode::HttpRequestMethodInvalid,
                RequestPart::Method,
                false,
            ),
        ] {
            let expected = HttpError::RejectedByHost(HostRejection { part, is_too_large });
            assert_eq!(classify(&code), expected, "{code:?}");
        }
    }
}
