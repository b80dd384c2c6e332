//! What the HTTP client's errors are called in `wasi:http`, found by walking the chain of their
//! causes.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::legacy;
use wasmtime_wasi_http::Error;

use super::certificate_rejection::CertificateRejection;
use super::connector::ConnectError;
use super::host_causes::HostCause;
use super::resolver::Forbidden;
use super::tunnel::ProxyError;

/// An error with the part of the exchange that failed.
#[derive(Clone, Copy)]
pub(super) enum ExchangeError<'a> {
    /// The address is not one that the client can use.
    Address(&'a (dyn StdError + 'static)),
    /// No response: there was no connection, or it ended before.
    Response(&'a legacy::Error),
    /// The response has begun, and its body failed.
    Body(&'a hyper::Error),
}

impl<'a> ExchangeError<'a> {
    fn as_error(self) -> &'a (dyn StdError + 'static) {
        match self {
            Self::Address(error) => error,
            Self::Response(error) => error,
            Self::Body(error) => error,
        }
    }

    fn causes(self) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
        causes(self.as_error())
    }

    fn find<T: StdError + 'static>(self) -> Option<&'a T> {
        self.causes().find_map(|cause| cause.downcast_ref())
    }

    /// The `wasi:http` error.
    pub(super) fn to_wasi(self) -> Error {
        match self {
            Self::Address(_) => Error::HttpRequestUriInvalid,
            Self::Response(error) if error.is_connect() => {
                if self.find::<Forbidden>().is_some() {
                    return Error::HttpRequestDenied;
                }
                if let Some((cause, sentence)) = self.host_cause() {
                    return cause.error(&sentence);
                }
                found(error, true).unwrap_or(Error::DestinationUnavailable)
            }
            Self::Response(error) => found(error, false).unwrap_or(Error::HttpProtocolError),
            Self::Body(error) => found(error, false).unwrap_or(Error::HttpResponseIncomplete),
        }
    }

    /// The cause that has a token of its own, and the sentence for it.
    fn host_cause(self) -> Option<(HostCause, String)> {
        let rejection = self.causes().find_map(CertificateRejection::in_error);
        if let Some(proxy) = self.find::<ProxyError>() {
            return Some(self.proxy_cause(proxy, rejection));
        }
        let rejection = rejection?;
        Some((rejection.cause()?, format!("its certificate {rejection}")))
    }

    fn proxy_cause(
        self,
        error: &ProxyError,
        rejection: Option<&CertificateRejection>,
    ) -> (HostCause, String) {
        match error {
            ProxyError::AuthenticationRequired(_) => {
                (HostCause::ProxyAuthenticationRequired, error.to_string())
            }
            ProxyError::Refused { .. } => (HostCause::ProxyRefused, error.to_string()),
            // Once the proxy may have seen its credentials, this is no failure to reach it: that
            // would be retried.
            ProxyError::Failed { .. } | ProxyError::Response { .. } | ProxyError::TimedOut(_) => {
                (HostCause::ProxyFailed, error.to_string())
            }
            ProxyError::Tls { proxy, source } => match rejection {
                Some(rejection) => (
                    rejection.cause().unwrap_or(HostCause::ProxyUnreachable),
                    format!("the certificate of the proxy {proxy} {rejection}"),
                ),
                None => (HostCause::ProxyUnreachable, format!("{error}: {source}")),
            },
            ProxyError::Unreachable { proxy, .. } => {
                let sentence = match found(self.as_error(), true) {
                    Some(Error::ConnectionRefused) => {
                        format!("the proxy {proxy} refused the connection")
                    }
                    Some(Error::DnsError { .. }) => {
                        format!("the name of the proxy {proxy} has no address (DNS)")
                    }
                    Some(Error::ConnectionTimeout) => {
                        format!("no connection to the proxy {proxy} in time")
                    }
                    _ => format!("{error}: {}", self.innermost()),
                };
                (HostCause::ProxyUnreachable, sentence)
            }
        }
    }

    fn innermost(self) -> String {
        self.causes()
            .last()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    /// The chain of causes in one sentence, for a person.
    pub(super) fn in_words(self) -> String {
        if let Some(forbidden) = self.find::<Forbidden>() {
            return forbidden.to_string();
        }
        let error = self.to_wasi();
        let sentence = match self.host_cause() {
            Some((_, sentence)) => sentence,
            None => self.chain(),
        };
        let hint = match (&error, HostCause::of(&error)) {
            (_, Some(HostCause::CertificateSelfSigned)) => {
                "; to trust it, pass exactly this certificate with --ca-file"
            }
            (_, Some(HostCause::CertificateUnknownAuthority)) | (Error::TlsCertificateError, _) => {
                "; if the server has a certificate of a private authority, name that authority with --ca-file"
            }
            (Error::DnsError { .. }, _) => {
                "; check the server URL, and the proxy if there must be one"
            }
            _ => "",
        };
        format!("no answer from the network: {sentence}{hint}")
    }

    fn chain(self) -> String {
        let mut words: Vec<String> = Vec::new();
        for cause in self.causes() {
            let text = match CertificateRejection::in_error(cause) {
                Some(rejection) => format!("its certificate {rejection}"),
                None => cause.to_string(),
            };
            // Wrappers repeat what they wrap.
            if !words.iter().any(|earlier| earlier.contains(&text)) {
                words.push(text);
            }
        }
        words.join(": ")
    }
}

/// The `wasi:http` error that the chain of causes settles, if any.
fn found(error: &(dyn StdError + 'static), is_connect: bool) -> Option<Error> {
    let found = causes(error).find_map(known)?;
    Some(match is_connect {
        true => found,
        false => after_connecting(found),
    })
}

/// The error of a connection that was made and failed later. The operating system reports a path
/// that dies after the request was sent in the words of a failed connect (`ETIMEDOUT`,
/// `EHOSTUNREACH`). The component reads those as "not sent" and would send a write again.
fn after_connecting(error: Error) -> Error {
    match error {
        Error::ConnectionTimeout
        | Error::ConnectionRefused
        | Error::DestinationIpUnroutable
        | Error::DestinationUnavailable
        | Error::DnsError { .. } => Error::ConnectionTerminated,
        Error::TlsCertificateError => Error::TlsProtocolError,
        error => error,
    }
}

/// An error and what it wraps.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| next(*error))
}

/// What an error wraps. `io::Error` hides what it wraps from `source`.
fn next<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    if let Some(inner) = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        return Some(inner);
    }
    error.source()
}

/// The `wasi:http` error, if this link of the chain settles it.
fn known(error: &(dyn StdError + 'static)) -> Option<Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                Error::TlsCertificateError
            }
            rustls::Error::AlertReceived(alert) => Error::TlsAlertReceived {
                alert_id: Some(u8::from(*alert)),
                alert_message: alert.as_str().map(str::to_owned),
            },
            _ => Error::TlsProtocolError,
        });
    }
    if let Some(http) = error.downcast_ref::<hyper::Error>() {
        // Before any byte of an answer, or in the midst of its body.
        return match http {
            http if http.is_incomplete_message() => Some(Error::ConnectionTerminated),
            http if http.is_parse() => Some(Error::HttpProtocolError),
            _ => None,
        };
    }
    if let Some(ConnectError::TimedOut) = error.downcast_ref() {
        return Some(Error::ConnectionTimeout);
    }
    // The connector's own error type for this is private; its text is not.
    if error.to_string() == "dns error" {
        let rcode = error.source().map(ToString::to_string);
        return Some(Error::DnsError {
            rcode,
            info_code: None,
        });
    }
    let io = error.downcast_ref::<io::Error>()?;
    match io.kind() {
        io::ErrorKind::ConnectionRefused => Some(Error::ConnectionRefused),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some(Error::ConnectionTerminated),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            Some(Error::DestinationIpUnroutable)
        }
        io::ErrorKind::TimedOut => Some(Error::ConnectionTimeout),
        // A TLS error is wrapped in this one, and comes next.
        io::ErrorKind::UnexpectedEof if io.get_ref().is_none() => Some(Error::ConnectionTerminated),
        _ => None,
    }
}

#[cfg(test)]
#[path = "lost_response_tests.rs"]
mod tests;
