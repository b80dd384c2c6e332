//! Requests to the network, over one pooled client: connections are kept and shared, over HTTP/2
//! where the server speaks it.
//!
//! Follows no redirect and decompresses nothing: what comes back is for the component to judge.
//! Connections are made by `connector`, through a proxy of the environment (`proxies`) if there is
//! one. Names are looked up by `resolver`, which gives no forbidden address.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::PROXY_AUTHORIZATION;
use http::uri::Scheme;
use http::{Request, Response, StatusCode, Uri};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tokio::time::{Instant, Sleep};
use url::Url;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::connector::{Connector, SERVER_PROTOCOLS};
use super::host_causes::HostCause;
use super::live_errors::ExchangeError;
use super::proxies::{Proxies, Proxy};
use super::resolver::{self, Lookup, Resolver};
use super::time_limits::TimeLimits;
use super::trust::{self, Verifier};
use super::tunnel::{AuthenticationRequired, ProxyError};
use super::{AllowedHost, Egress, Notes};

/// How many clients are kept. The client's connect limit is fixed when it is made, so there is one
/// for each that connections ask for: one, unless somebody sets it.
const MOST_CLIENTS: usize = 16;
/// How often a request is sent again that the server refused unprocessed, over HTTP/2 (RFC 9113,
/// section 8.7).
const MAX_REFUSED_STREAMS: usize = 2;
/// How much longer the host waits between two pieces of a body than the component asked for.
/// wasmtime-wasi-http 48 does not carry the reason to the component when a body fails (its
/// `http-error-code` answers none), so a component that keeps the same limit by its own clock gets
/// to say that it was a timeout.
const GRACE: Duration = Duration::from_millis(250);
/// How long an unused connection is kept: shorter than load balancers do, which commonly close them
/// after 60 seconds.
const KEPT_IDLE: Duration = Duration::from_secs(50);

type Client = legacy::Client<Connector, Full<Bytes>>;

/// The network.
pub struct Live {
    server_tls: Arc<ClientConfig>,
    proxy_tls: Arc<ClientConfig>,
    proxies: Arc<Proxies>,
    allowed: Vec<AllowedHost>,
    lookup: Arc<Lookup>,
    /// By their connect timeout.
    clients: Mutex<HashMap<Duration, Client>>,
}

/// Why the network cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The file with extra certificate authorities cannot be read.
    #[error("the certificate authorities in {} cannot be read: {why}; the file holds one or more certificates in PEM form", .file.display())]
    Authorities {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// A variable names a proxy in a way that is not understood. Its value, which may hold a
    /// password, is not told.
    #[error(
        "{variable} names no proxy that this host can use; write http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host if it asks for them (no SOCKS), or unset it to do without a proxy"
    )]
    Proxy {
        /// The variable of the environment.
        variable: &'static str,
    },
    /// TLS cannot be configured.
    #[error("cannot configure TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl Live {
    /// The network, trusting what this machine trusts and the certificates of `ca_file` (PEM)
    /// besides: authorities, or a server's own certificate.
    ///
    /// # Errors
    ///
    /// When that file cannot be read or holds no certificate, or the environment names a proxy that
    /// is not understood: the client would do without.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, LiveError> {
        let proxies = Proxies::from_environment()?;
        let extra = ca_file.map(|file| {
            trust::read_certificates(file).map_err(|why| LiveError::Authorities {
                file: file.to_owned(),
                why,
            })
        });
        let verifier = Arc::new(Verifier::new(extra.transpose()?.unwrap_or_default()));
        Ok(Self {
            server_tls: trust::client_config(&verifier, &SERVER_PROTOCOLS)?,
            proxy_tls: trust::client_config(&verifier, &[])?,
            proxies: Arc::new(proxies),
            allowed: Vec::new(),
            lookup: resolver::of_this_machine(),
            clients: Mutex::new(HashMap::new()),
        })
    }

    /// The same, and requests may go to these hosts besides the connection's own server.
    #[must_use]
    pub fn allowing(self, allowed: Vec<AllowedHost>) -> Self {
        Self { allowed, ..self }
    }

    /// The same with names looked up in another way than this machine does. Forbidden addresses
    /// stay forbidden.
    #[must_use]
    pub fn looking_up(self, lookup: Arc<Lookup>) -> Self {
        Self { lookup, ..self }
    }

    fn client(&self, connect_timeout: Duration) -> Client {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&connect_timeout) {
            return client.clone();
        }
        let connector = Connector::new(
            Resolver::new(Arc::clone(&self.lookup)),
            Arc::clone(&self.proxies),
            Arc::clone(&self.server_tls),
            Arc::clone(&self.proxy_tls),
            connect_timeout,
        );
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT_IDLE)
            .build(connector);
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        clients.insert(connect_timeout, client.clone());
        client
    }

    /// The proxy that a request is sent to as it is. HTTPS goes through a tunnel instead, which the
    /// connector makes.
    fn plain_proxy(&self, uri: &Uri) -> Option<Proxy> {
        self.proxies
            .route(uri)
            .filter(|_| uri.scheme() != Some(&Scheme::HTTPS))
    }
}

impl Egress for Live {
    fn send(
        &self,
        request: Request<Bytes>,
        limits: RequestOptions,
        notes: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        let limits = TimeLimits::within(limits);
        let client = self.client(limits.connect);
        let request = normalized(request);
        let proxy = request
            .as_ref()
            .ok()
            .and_then(|request| self.plain_proxy(request.uri()));
        let between_bytes = limits.between_bytes.saturating_add(GRACE);
        Box::pin(async move {
            let request = request.map_err(|error| told(ExchangeError::Address(&*error), &notes))?;
            let exchange = async {
                match proxy {
                    None => exchange(&client, request, &notes).await,
                    Some(proxy) => through_proxy(&client, request, &proxy, &notes).await,
                }
            };
            let response = tokio::time::timeout(limits.first_byte, exchange)
                .await
                .map_err(|_| Error::ConnectionReadTimeout)??;
            Ok(response.map(|body| {
                Paced {
                    body,
                    limit: between_bytes,
                    waiting: None,
                    notes,
                }
                .boxed_unsync()
            }))
        })
    }

    fn allowed(&self) -> &[AllowedHost] {
        &self.allowed
    }
}

/// The request with its address as the policy has read it: `http://127.1` and the like in their
/// usual form.
fn normalized(
    mut request: Request<Bytes>,
) -> Result<Request<Full<Bytes>>, Box<dyn StdError + Send + Sync>> {
    let url = Url::parse(&request.uri().to_string())?;
    *request.uri_mut() = url.as_str().parse()?;
    Ok(request.map(Full::new))
}

/// Sends a request.
async fn exchange(
    client: &Client,
    request: Request<Full<Bytes>>,
    notes: &Notes,
) -> Result<Response<Incoming>, Error> {
    let mut refused = 0;
    loop {
        match client.request(request.clone()).await {
            Ok(response) => return Ok(response),
            Err(error) if refused < MAX_REFUSED_STREAMS && is_unprocessed(&error) => refused += 1,
            Err(error) => return Err(told(ExchangeError::Response(&error), notes)),
        }
    }
}

/// Whether the server says that it has not processed a request: it is closing the connection, or
/// takes no more on it.
fn is_unprocessed(error: &legacy::Error) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(http2) = current.downcast_ref::<h2::Error>() {
            let reason = http2.reason();
            return http2.is_remote()
                && (http2.is_go_away() && reason == Some(h2::Reason::NO_ERROR)
                    || http2.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM));
        }
        cause = current.source();
    }
    false
}

/// Sends a plain request to a proxy, whose own 407 is no response of the server.
async fn through_proxy(
    client: &Client,
    mut request: Request<Full<Bytes>>,
    proxy: &Proxy,
    notes: &Notes,
) -> Result<Response<Incoming>, Error> {
    if let Some(authorization) = proxy.authorization() {
        request
            .headers_mut()
            .insert(PROXY_AUTHORIZATION, authorization.clone());
    }
    let guarded = proxy.guarded(async {
        let response = exchange(client, request, notes).await;
        match &response {
            Ok(response) if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                Err(ProxyError::AuthenticationRequired(
                    AuthenticationRequired::from_response(proxy, response.headers()),
                ))
            }
            _ => Ok(response),
        }
    });
    guarded.await.unwrap_or_else(|error| {
        Err(HostCause::ProxyAuthenticationRequired.error(&error.to_string()))
    })
}

/// The error for the component; what a person should know goes into the notes.
fn told(error: ExchangeError<'_>, notes: &Notes) -> Error {
    notes.add(error.in_words());
    error.to_wasi()
}

/// A body that may not pause for longer than a limit.
struct Paced {
    body: Incoming,
    limit: Duration,
    /// Set while a piece is waited for; a component that takes its time to ask for one costs
    /// nothing.
    waiting: Option<Pin<Box<Sleep>>>,
    notes: Arc<Notes>,
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(frame) = frame {
            self.waiting = None;
            return Poll::Ready(frame.map(|frame| {
                frame.map_err(|error| told(ExchangeError::Body(&error), &self.notes))
            }));
        }
        let limit = self.limit;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + limit)));
        waiting
            .as_mut()
            .poll(context)
            .map(|()| Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::use_debug,
        reason = "a test fails by panicking"
    )]

    use std::io::{Read as _, Write as _};

    use hyper_util::client::proxy::matcher::Matcher;

    use super::*;

    /// Sends a request through a proxy. No name has an address.
    async fn send(live: &Live, uri: &str) -> Result<StatusCode, Error> {
        let request = Request::get(uri).body(Bytes::new()).unwrap();
        let response = live.send(request, RequestOptions::default(), Arc::default());
        response.await.map(|response| response.status())
    }

    fn through(proxy: &str) -> Live {
        Live {
            proxies: Arc::new(Proxies::new(Matcher::builder().all(proxy).build())),
            lookup: Arc::new(|_| Err(std::io::ErrorKind::NotFound.into())),
            ..Live::new(None).unwrap()
        }
    }

    #[track_caller]
    fn assert_reported(outcome: Result<StatusCode, Error>, begins: &str) {
        match outcome {
            Err(Error::InternalError(Some(text))) => assert!(text.starts_with(begins), "{text}"),
            other => panic!("expected `{begins}`, found {other:?}"),
        }
    }

    #[tokio::test]
    async fn proxy_without_an_address_is_named() {
        let live = through("http://proxy.example:3128");
        for uri in ["https://amp.example.com/", "http://amp.example.com/"] {
            assert_reported(
                send(&live, uri).await,
                "proxy-unreachable: the name of the proxy proxy.example:3128 has no address (DNS)",
            );
        }
    }

    #[tokio::test]
    async fn plain_request_that_a_proxy_responds_407_to_is_the_proxys_and_sent_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 2048];
            let length = stream.read(&mut head).unwrap();
            stream
                .write_all(b"HTTP/1.1 407 X\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
            String::from_utf8_lossy(head.get(..length).unwrap()).to_ascii_lowercase()
        });
        let live = through(&format!("http://user:SESAME@{address}"));
        let named = format!(
            "proxy-authentication-required: the proxy {address} requires a user and a password (407)"
        );
        assert_reported(send(&live, "http://amp.example.com/x").await, &named);
        let head = proxy.join().unwrap();
        assert!(
            head.starts_with("get http://amp.example.com/x http/1.1\r\n"),
            "{head}"
        );
        assert!(head.contains("proxy-authorization: basic "), "{head}");
        // Nothing listens any more, so this is what is remembered.
        assert_reported(send(&live, "http://amp.example.com/x").await, &named);
    }
}
