//! Connections for the HTTP client: directly or through a proxy, with TLS for HTTPS, all within the
//! connect timeout.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use super::link::{Link, Stream};
use super::proxies::{Proxies, Proxy};
use super::resolver::Resolver;
use super::tunnel::{self, ProxyError};

/// The protocols that TLS offers to servers.
pub(super) const SERVER_PROTOCOLS: [&[u8]; 2] = [HTTP2, b"http/1.1"];
const HTTP2: &[u8] = b"h2";
/// How often an idle connection is probed, so that a firewall does not forget it.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

/// Why no connection was made. Nothing was sent to the server.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// The connect timeout passed.
    #[error("no connection within the connect timeout")]
    TimedOut,
    /// The address was not found or not reached.
    #[error("connect error")]
    Transport(#[source] Box<dyn StdError + Send + Sync>),
    /// TLS with the server failed.
    #[error("TLS error")]
    Tls(#[source] io::Error),
    /// The proxy made no connection.
    #[error("no connection through the proxy")]
    Proxy(#[source] ProxyError),
}

/// Makes connections.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector<Resolver>,
    proxies: Arc<Proxies>,
    server_tls: TlsConnector,
    proxy_tls: TlsConnector,
    timeout: Duration,
}

impl Connector {
    pub(super) fn new(
        resolver: Resolver,
        proxies: Arc<Proxies>,
        server_tls: Arc<ClientConfig>,
        proxy_tls: Arc<ClientConfig>,
        timeout: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        // TLS comes later, here.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(TCP_KEEPALIVE));
        // Divides the time among the addresses of a name, so that a dead one leaves some for the
        // next.
        tcp.set_connect_timeout(Some(timeout));
        Self {
            tcp,
            proxies,
            server_tls: server_tls.into(),
            proxy_tls: proxy_tls.into(),
            timeout,
        }
    }

    async fn connect(mut self, uri: Uri) -> Result<Link, ConnectError> {
        let deadline = Instant::now() + self.timeout;
        let is_tls = uri.scheme() == Some(&Scheme::HTTPS);
        let Some(proxy) = self.proxies.route(&uri) else {
            let tcp = timeout_at(deadline, self.dial(uri.clone()))
                .await
                .map_err(|_| ConnectError::TimedOut)?
                .map_err(ConnectError::Transport)?;
            return match is_tls {
                true => self.secure(tcp, &uri, deadline).await,
                false => Ok(Link::plain(tcp)),
            };
        };
        if !is_tls {
            let connection = self.reach(&proxy, deadline).await;
            return connection.map(Link::to_proxy).map_err(ConnectError::Proxy);
        }
        let tunnel = proxy.guarded(async {
            let connection = self.reach(&proxy, deadline).await?;
            timeout_at(deadline, tunnel::open(&proxy, connection, &uri))
                .await
                .unwrap_or_else(|_| Err(ProxyError::TimedOut(proxy.name())))
        });
        let tunnel = tunnel.await.map_err(ConnectError::Proxy)?;
        self.secure(tunnel, &uri, deadline).await
    }

    async fn dial(&mut self, uri: Uri) -> Result<TcpStream, Box<dyn StdError + Send + Sync>> {
        let connection = self.tcp.call(uri).await?;
        Ok(connection.into_inner())
    }

    /// Connects to the proxy itself.
    async fn reach(
        &mut self,
        proxy: &Proxy,
        deadline: Instant,
    ) -> Result<Box<dyn Stream>, ProxyError> {
        let unreachable = |source| ProxyError::Unreachable {
            proxy: proxy.name(),
            source,
        };
        let late = || unreachable(Box::new(ConnectError::TimedOut));
        let tcp = timeout_at(deadline, self.dial(proxy.uri().clone()))
            .await
            .map_err(|_| late())?
            .map_err(unreachable)?;
        if proxy.uri().scheme() != Some(&Scheme::HTTPS) {
            return Ok(Box::new(tcp));
        }
        let tls = timeout_at(deadline, handshake(&self.proxy_tls, tcp, proxy.uri()))
            .await
            .map_err(|_| late())?;
        let tls = tls.map_err(|source| ProxyError::Tls {
            proxy: proxy.name(),
            source,
        })?;
        Ok(Box::new(tls))
    }

    /// Agrees on TLS with the server, and on HTTP/2 if it has it.
    async fn secure(
        &self,
        stream: impl Stream + 'static,
        uri: &Uri,
        deadline: Instant,
    ) -> Result<Link, ConnectError> {
        let tls = timeout_at(deadline, handshake(&self.server_tls, stream, uri))
            .await
            .map_err(|_| ConnectError::TimedOut)?
            .map_err(ConnectError::Tls)?;
        let is_http2 = tls.get_ref().1.alpn_protocol() == Some(HTTP2);
        Ok(Link::secure(tls, is_http2))
    }
}

impl Service<Uri> for Connector {
    type Response = Link;
    type Error = ConnectError;
    type Future = BoxFuture<'static, Result<Link, ConnectError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

async fn handshake<S: Stream>(
    tls: &TlsConnector,
    stream: S,
    uri: &Uri,
) -> io::Result<TlsStream<S>> {
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    tls.connect(name, stream).await
}
