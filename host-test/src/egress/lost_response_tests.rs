//! A connector whose streams fail after the request was written, as a network path that dies does:
//! no error of theirs may be called one of connecting.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::Full;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::TokioExecutor;
use tower_service::Service;
use wasmtime_wasi_http::Error;

use super::found;

/// Connects, or fails to, and counts what is written.
#[derive(Clone)]
struct FakeConnector {
    /// The error of connecting, if it fails.
    connecting: Option<io::ErrorKind>,
    /// The error of the first read.
    reading: io::ErrorKind,
    written: Arc<AtomicUsize>,
}

/// A connection that takes what is written and fails when a response is awaited.
struct FakeStream {
    reading: io::ErrorKind,
    written: Arc<AtomicUsize>,
}

impl Service<Uri> for FakeConnector {
    type Response = FakeStream;
    type Error = io::Error;
    type Future = Ready<io::Result<FakeStream>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(match self.connecting {
            Some(kind) => Err(kind.into()),
            None => Ok(FakeStream {
                reading: self.reading,
                written: Arc::clone(&self.written),
            }),
        })
    }
}

impl Connection for FakeStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for FakeStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.written.load(Ordering::SeqCst) == 0 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Err(self.reading.into()))
    }
}

impl Write for FakeStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.written.fetch_add(bytes.len(), Ordering::SeqCst);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The client's error for a write, and how many bytes it sent.
fn post(connecting: Option<io::ErrorKind>, reading: io::ErrorKind) -> (legacy::Error, usize) {
    let connector = FakeConnector {
        connecting,
        reading,
        written: Arc::default(),
    };
    let written = Arc::clone(&connector.written);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let request = Request::post("http://192.0.2.7/v1/groups")
        .body(Full::new(Bytes::from_static(
            b"{\"name\":\"Field Office\"}",
        )))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let error = runtime.block_on(client.request(request)).unwrap_err();
    (error, written.load(Ordering::SeqCst))
}

const OF_CONNECTING: [(io::ErrorKind, Error); 4] = [
    (io::ErrorKind::TimedOut, Error::ConnectionTimeout),
    (io::ErrorKind::ConnectionRefused, Error::ConnectionRefused),
    (
        io::ErrorKind::HostUnreachable,
        Error::DestinationIpUnroutable,
    ),
    (
        io::ErrorKind::NetworkUnreachable,
        Error::DestinationIpUnroutable,
    ),
];

fn is_same(left: &Error, right: &Error) -> bool {
    std::mem::discriminant(left) == std::mem::discriminant(right)
}

#[test]
fn error_after_the_request_is_a_terminated_connection() {
    for (kind, of_connecting) in OF_CONNECTING {
        let (error, written) = post(None, kind);
        assert!(written > 0, "{kind}: the request was written first");
        let error = found(&error, error.is_connect())
            .unwrap_or_else(|| panic!("{kind}: no code for {error:?}"));
        assert!(
            is_same(&error, &Error::ConnectionTerminated),
            "{kind} became {error}"
        );
        // The same error of a connect says so.
        let (error, written) = post(Some(kind), kind);
        assert_eq!(written, 0, "{kind}");
        let error = found(&error, error.is_connect()).unwrap();
        assert!(is_same(&error, &of_connecting), "{kind} became {error}");
    }
}
