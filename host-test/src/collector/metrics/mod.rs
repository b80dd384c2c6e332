//! The collector's metrics for Prometheus, on a loopback address: `GET /metrics`, in its text format.
//!
//! They are read from the [`Tally`] alone, so nobody who asks holds a poll up. A client that does not go on is let go, and there are never
//! many at once: whatever happens here, the collector has its files and its time.

mod text;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::tally::Tally;
pub use text::text;

/// Where they are.
pub const PATH: &str = "/metrics";
/// The text format that Prometheus has read since 2014.
const FORMAT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
/// How many clients are served at once; more have to wait.
const AT_ONCE: usize = 8;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait when no client can be taken, for want of file handles, for example.
const PAUSE: Duration = Duration::from_secs(1);

/// A port that takes requests for metrics.
#[derive(Debug)]
pub struct Metrics {
    listener: TcpListener,
    address: SocketAddr,
}

/// The port cannot be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "metrics cannot be served on {address}, as the config says: {error}; give `metrics` another port, or leave it out"
)]
pub struct MetricsError {
    address: SocketAddr,
    error: std::io::Error,
}

impl Metrics {
    /// Takes the port.
    ///
    /// # Errors
    ///
    /// When another program has it, or it may not be had.
    pub async fn bind(address: SocketAddr) -> Result<Self, MetricsError> {
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        bound.await.map_err(|error| MetricsError { address, error })
    }

    /// The address, with the port that was had if any would do.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves what is counted, for ever. Nothing ends it.
    pub async fn serve(self, tally: Arc<Tally>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            // Nobody closes it, so there is always a place in the end.
            let place = Arc::clone(&places).acquire_owned().await;
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let tally = Arc::clone(&tally);
                    tokio::spawn(async move {
                        let _ = tokio::time::timeout(PATIENCE, client(stream, tally)).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!("cisco-amp: a request for metrics cannot be taken: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Answers one client. One that went away is nobody's trouble.
async fn client(stream: TcpStream, tally: Arc<Tally>) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(request.method(), request.uri().path(), &tally);
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let mut http = http1::Builder::new();
    http.keep_alive(false).header_read_timeout(None);
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

fn answer(method: &Method, path: &str, tally: &Tally) -> Response<Full<Bytes>> {
    let (status, text) = match (method, path) {
        (&Method::GET | &Method::HEAD, PATH) => (StatusCode::OK, text(&tally.read())),
        (_, PATH) => (
            StatusCode::METHOD_NOT_ALLOWED,
            "metrics can only be read\n".to_owned(),
        ),
        _ => (
            StatusCode::NOT_FOUND,
            format!("there is nothing here but {PATH}\n"),
        ),
    };
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, FORMAT);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let readers = HeaderValue::from_static("GET, HEAD");
        answer.headers_mut().insert(ALLOW, readers);
    }
    answer
}
