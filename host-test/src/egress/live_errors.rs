//! What the HTTP client's errors are called in `wasi:http`, found by walking the chain of their causes.

use std::error::Error as StdError;
use std::io;

use wasmtime_wasi_http::Error;

use super::resolver::Forbidden;

/// The `wasi:http` error for an error of the client.
pub(super) fn to_wasi(error: &reqwest::Error) -> Error {
    if forbidden(error).is_some() {
        return Error::HttpRequestDenied;
    }
    if let Some(found) = found(error, error.is_connect()) {
        return found;
    }
    match error {
        error if error.is_timeout() && error.is_connect() => Error::ConnectionTimeout,
        error if error.is_timeout() => Error::ConnectionReadTimeout,
        error if error.is_connect() => Error::DestinationUnavailable,
        error if error.is_builder() => Error::HttpRequestUriInvalid,
        error if error.is_body() || error.is_decode() => Error::HttpResponseIncomplete,
        _ => Error::HttpProtocolError,
    }
}

/// The `wasi:http` error that the chain of causes settles, if any.
fn found(error: &(dyn StdError + 'static), is_connect: bool) -> Option<Error> {
    let found = std::iter::successors(Some(error), |error| next(*error)).find_map(known)?;
    Some(match is_connect {
        true => found,
        false => after_connecting(found),
    })
}

/// The error of a connection that was made and failed later. The operating system reports a path that dies after the request was sent
/// in the words of a failed connect (`ETIMEDOUT`, `EHOSTUNREACH`). The component reads those as "not sent" and would send a write again.
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

/// The chain of causes in one sentence, for a person.
pub(super) fn in_words(error: &reqwest::Error) -> String {
    if let Some(forbidden) = forbidden(error) {
        return forbidden.to_string();
    }
    let mut words: Vec<String> = Vec::new();
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        let text = current.to_string();
        // Wrappers repeat what they wrap.
        if !words.iter().any(|earlier| earlier.contains(&text)) {
            words.push(text);
        }
        cause = next(current);
    }
    let hint = match to_wasi(error) {
        Error::TlsCertificateError => {
            "; if the server has a certificate of a private authority, name that authority with --ca-file"
        }
        Error::DnsError { .. } => "; check the server URL, and the proxy if there must be one",
        _ => "",
    };
    format!("no answer from the network: {}{hint}", words.join(": "))
}

/// The resolver's refusal, which the client wraps as a failure to look the name up.
fn forbidden(error: &reqwest::Error) -> Option<&Forbidden> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(found) = current.downcast_ref::<Forbidden>() {
            return Some(found);
        }
        cause = next(current);
    }
    None
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
