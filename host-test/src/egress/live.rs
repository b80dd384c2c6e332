//! Requests to the network, over one pooled client: connections are kept and shared, over HTTP/2 where the server speaks it.
//!
//! Follows no redirect and decompresses nothing: what comes back is for the component to judge. The proxy is taken from
//! the environment (`HTTPS_PROXY`, `NO_PROXY`, ...), except for loopback addresses, which are reached directly. Names are
//! looked up by `resolver`, which gives no forbidden address.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use reqwest::{Certificate, Client, Url, redirect};
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::live_errors::{in_words, to_wasi};
use super::policy::is_loopback;
use super::resolver::{self, Lookup, Resolver};
use super::time_limits::TimeLimits;
use super::{AllowedHost, Egress, Notes};

/// How many clients are kept. The client's connect limit is fixed when it is made, so there is one for each that
/// connections ask for: one, unless somebody sets it.
const MOST_CLIENTS: usize = 16;
/// How much longer the host waits between two pieces of a body than the component asked for. wasmtime-wasi-http 48 does
/// not carry the reason to the component when a body fails (its `http-error-code` answers none), so a component that
/// keeps the same limit by its own clock gets to say that it was a timeout.
const GRACE: Duration = Duration::from_millis(250);
/// How long an unused connection is kept: shorter than load balancers do, which commonly close them after 60 seconds.
const KEPT_IDLE: Duration = Duration::from_secs(50);

/// The network.
pub struct Live {
    extra: Vec<Certificate>,
    allowed: Vec<AllowedHost>,
    lookup: Arc<Lookup>,
    clients: Mutex<HashMap<Kind, Client>>,
}

/// What a client is made for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    connect: Duration,
    loopback: bool,
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
    /// A variable names a proxy in a way that is not understood. Its value, which may hold a password, is not told.
    #[error(
        "{variable} names no proxy that this host can use; write http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host if it asks for them (no SOCKS), or unset it to do without a proxy"
    )]
    Proxy {
        /// The variable of the environment.
        variable: &'static str,
    },
}

/// Where the client looks for a proxy.
const PROXIES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

impl Live {
    /// The network, trusting what this machine trusts and the certificate authorities of `ca_file` (PEM) besides.
    ///
    /// # Errors
    ///
    /// When that file cannot be read or holds no certificate, or the environment names a proxy that is not understood:
    /// the client would do without.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, LiveError> {
        proxies(|variable| std::env::var_os(variable))?;
        let extra = ca_file.map(authorities).transpose()?.unwrap_or_default();
        Ok(Self {
            extra,
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

    /// The same with names looked up in another way than this machine does. Forbidden addresses stay forbidden.
    #[must_use]
    pub fn looking_up(self, lookup: Arc<Lookup>) -> Self {
        Self { lookup, ..self }
    }

    fn client(&self, kind: Kind) -> Result<Client, reqwest::Error> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .dns_resolver(Arc::new(Resolver::new(Arc::clone(&self.lookup))))
            .connect_timeout(kind.connect)
            .pool_idle_timeout(KEPT_IDLE)
            .tcp_keepalive(Duration::from_secs(30));
        if kind.loopback {
            builder = builder.no_proxy();
        }
        for certificate in &self.extra {
            builder = builder.add_root_certificate(certificate.clone());
        }
        let client = builder.build()?;
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        clients.insert(kind, client.clone());
        Ok(client)
    }

    fn prepare(
        &self,
        request: Request<Bytes>,
        connect: Duration,
    ) -> Result<(Client, reqwest::Request), reqwest::Error> {
        let request = reqwest::Request::try_from(request)?;
        let loopback = request
            .url()
            .host()
            .is_some_and(|host| is_loopback(&host.to_owned()));
        Ok((self.client(Kind { connect, loopback })?, request))
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
        let prepared = self.prepare(request, limits.connect);
        let between_bytes = limits.between_bytes.saturating_add(GRACE);
        Box::pin(async move {
            let (client, request) = prepared.map_err(|error| told(error, &notes))?;
            let response =
                match tokio::time::timeout(limits.first_byte, client.execute(request)).await {
                    Ok(Ok(response)) => response,
                    Ok(Err(error)) => return Err(told(error, &notes)),
                    Err(_) => return Err(Error::ConnectionReadTimeout),
                };
            let response = http::Response::<reqwest::Body>::from(response);
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

/// The error for the component; what a person should know goes into the notes.
fn told(error: reqwest::Error, notes: &Notes) -> Error {
    // Without the address: its query can hold names of people and machines.
    let error = error.without_url();
    notes.add(in_words(&error));
    to_wasi(&error)
}

/// Looks at every variable that may name a proxy.
fn proxies(value: impl Fn(&str) -> Option<OsString>) -> Result<(), LiveError> {
    for variable in PROXIES {
        let Some(value) = value(variable).filter(|value| !value.is_empty()) else {
            continue;
        };
        // Without a scheme it is http, as the client reads it too. The one parser is the client's own; the other looks at the port.
        let understood = value
            .to_str()
            .map(|value| {
                if value.contains('/') {
                    value.to_owned()
                } else {
                    format!("http://{value}")
                }
            })
            .and_then(|value| {
                value
                    .parse::<Uri>()
                    .ok()
                    .filter(|_| Url::parse(&value).is_ok())
            })
            .is_some_and(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https"))
                    && uri.host().is_some_and(|host| !host.is_empty())
            });
        if !understood {
            return Err(LiveError::Proxy { variable });
        }
    }
    Ok(())
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, LiveError> {
    let unreadable = |why: String| LiveError::Authorities {
        file: file.to_owned(),
        why,
    };
    let pem = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    let found =
        Certificate::from_pem_bundle(&pem).map_err(|error| unreadable(error.to_string()))?;
    if found.is_empty() {
        return Err(unreadable("there is no certificate in it".to_owned()));
    }
    Ok(found)
}

/// A body that may not pause for longer than a limit.
struct Paced {
    body: reqwest::Body,
    limit: Duration,
    /// Set while a piece is waited for; a component that takes its time to ask for one costs nothing.
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
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| told(error, &self.notes))));
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
    use super::proxies;

    #[test]
    fn a_proxy_that_is_not_understood_is_refused_by_the_name_of_its_variable_alone() {
        for variable in super::PROXIES {
            let set = |to: &'static str| proxies(|name| (name == variable).then(|| to.into()));
            for good in [
                "",
                "http://proxy.example",
                "proxy.example:3128",
                "http://user:SESAME@proxy.example:3128",
                "https://[2001:db8::5]:8443/",
            ] {
                assert!(set(good).is_ok(), "{good}");
            }
            for bad in [
                "socks5://user:SESAME@proxy.example:1080",
                "http://",
                "http://user:SESAME@",
                "http://user:SESA ME@proxy.example",
                "http:/proxy.example",
                "http://user:SESAME/x@proxy.example:port",
            ] {
                let told = set(bad).err().map(|error| error.to_string());
                let told = told.unwrap_or_default();
                assert!(told.starts_with(variable), "{bad}: {told}");
                assert!(!told.contains("SESA"), "{told}");
            }
        }
    }
}
