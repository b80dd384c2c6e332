//! A tunnel through an HTTP proxy (`CONNECT`, RFC 9110, section 9.3.6), and the status with which a
//! proxy refuses one.
//!
//! The credentials of the proxy are sent once, with the one `CONNECT`; its response is read, never
//! provoked again.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderMap, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION};
use http::{Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use super::proxies::Proxy;

/// Most bytes of the head of a proxy's response.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Most characters of the authentication schemes that a message lists.
const MAX_SCHEME_CHARACTERS: usize = 60;

/// Why a proxy made no connection. Nothing was sent to the server.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProxyError {
    /// It responded 407.
    #[error(transparent)]
    AuthenticationRequired(AuthenticationRequired),
    /// It responded with another status below 500.
    #[error("the proxy {proxy} refused the connection ({})", .status.as_u16())]
    Refused {
        /// Host and port.
        proxy: String,
        /// The response's status.
        status: StatusCode,
    },
    /// It responded with a server error.
    #[error("the proxy {proxy} could not make the connection ({})", .status.as_u16())]
    Failed {
        /// Host and port.
        proxy: String,
        /// The response's status.
        status: StatusCode,
    },
    /// It was not reached.
    #[error("the proxy {proxy} was not reached")]
    Unreachable {
        /// Host and port.
        proxy: String,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// It was reached, but TLS with it failed.
    #[error("TLS with the proxy {proxy} failed")]
    Tls {
        /// Host and port.
        proxy: String,
        /// Why.
        source: std::io::Error,
    },
    /// It closed the connection, or its response is not HTTP.
    #[error("the proxy {proxy} did not respond as an HTTP proxy does")]
    Response {
        /// Host and port.
        proxy: String,
        /// Why.
        source: hyper::Error,
    },
    /// It did not respond within the connect timeout.
    #[error("the proxy {0} did not respond in time")]
    TimedOut(String),
}

/// A 407 of a proxy.
#[derive(Debug, Clone)]
pub(super) struct AuthenticationRequired {
    proxy: String,
    credentials_sent: bool,
    /// What the proxy offers, if the one scheme that this host has, Basic, is not among it.
    other_schemes: Option<String>,
    /// Time since the response, if credentials are not sent again because of it.
    ago: Option<Duration>,
}

impl AuthenticationRequired {
    /// The 407 of a proxy, with the schemes that its response offers.
    pub(super) fn new(
        proxy: String,
        credentials_sent: bool,
        other_schemes: Option<String>,
    ) -> Self {
        Self {
            proxy,
            credentials_sent,
            other_schemes,
            ago: None,
        }
    }

    /// The 407 of a response to a request that went through `proxy`.
    pub(super) fn from_response(proxy: &Proxy, headers: &HeaderMap) -> Self {
        let sent = proxy.authorization().is_some();
        Self::new(proxy.name(), sent, other_schemes(headers))
    }

    /// Returns self as the reason why credentials are not sent again.
    #[must_use]
    pub(super) fn remembered(self, ago: Duration) -> Self {
        Self {
            ago: Some(ago),
            ..self
        }
    }
}

impl StdError for AuthenticationRequired {}

impl std::fmt::Display for AuthenticationRequired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the proxy {} requires a user and a password (407)",
            self.proxy
        )?;
        if self.credentials_sent {
            f.write_str(" and rejected those that it was sent")?;
        }
        if let Some(schemes) = &self.other_schemes {
            write!(
                f,
                "; it offers {schemes}, and this host supports Basic alone"
            )?;
        }
        match self.ago {
            Some(ago) => write!(
                f,
                "; that was {} min ago, and they are not sent again within {} min",
                ago.as_secs() / 60,
                super::proxies::REJECTION_MEMORY.as_secs() / 60
            ),
            None => Ok(()),
        }
    }
}

/// Opens a tunnel to `destination` over a connection to the proxy.
///
/// # Errors
///
/// Returns the proxy's refusal, or the lack of a response.
pub(super) async fn open(
    proxy: &Proxy,
    connection: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    destination: &Uri,
) -> Result<TokioIo<Upgraded>, ProxyError> {
    let failed = |source| ProxyError::Response {
        proxy: proxy.name(),
        source,
    };
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake(TokioIo::new(connection))
        .await
        .map_err(failed)?;
    // Ends with this future, whatever becomes of it.
    let mut driver = JoinSet::new();
    driver.spawn(connection.with_upgrades());
    let response = sender
        .send_request(connect_request(proxy, destination))
        .await
        .map_err(failed)?;
    let status = response.status();
    if status.is_success() {
        let upgraded = hyper::upgrade::on(response).await.map_err(failed)?;
        return Ok(TokioIo::new(upgraded));
    }
    let proxy_name = proxy.name();
    Err(match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => ProxyError::AuthenticationRequired(
            AuthenticationRequired::from_response(proxy, response.headers()),
        ),
        // 511 is a network that wants a login (RFC 6585, section 6).
        status
            if status.is_server_error()
                && status != StatusCode::NETWORK_AUTHENTICATION_REQUIRED =>
        {
            ProxyError::Failed {
                proxy: proxy_name,
                status,
            }
        }
        status => ProxyError::Refused {
            proxy: proxy_name,
            status,
        },
    })
}

fn connect_request(proxy: &Proxy, destination: &Uri) -> Request<Empty<Bytes>> {
    let host = destination.host().unwrap_or_default();
    let authority = format!("{host}:{}", destination.port_u16().unwrap_or(443));
    let mut request = Request::new(Empty::new());
    *request.method_mut() = http::Method::CONNECT;
    if let Ok(host) = authority.parse() {
        request.headers_mut().insert(HOST, host);
    }
    if let Ok(uri) = authority.parse() {
        *request.uri_mut() = uri;
    }
    if let Some(authorization) = proxy.authorization() {
        request
            .headers_mut()
            .insert(PROXY_AUTHORIZATION, authorization.clone());
    }
    request
}

/// The schemes that a 407 offers, if Basic is not among them.
fn other_schemes(headers: &HeaderMap) -> Option<String> {
    let schemes: Vec<&str> = headers
        .get_all(PROXY_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter_map(|value| value.split_whitespace().next())
        .collect();
    let has_basic = schemes
        .iter()
        .any(|scheme| scheme.eq_ignore_ascii_case("basic"));
    if schemes.is_empty() || has_basic {
        return None;
    }
    let list = schemes.join(", ");
    Some(list.chars().take(MAX_SCHEME_CHARACTERS).collect())
}
