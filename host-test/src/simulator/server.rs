//! The simulator on loopback HTTP. A reset is a real one there: the connection's end is a TCP RST, not a polite close.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderName, HeaderValue, Request};
use http_body::Frame;
use http_body_util::{BodyExt as _, Limited, StreamBody};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::service::service_fn;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::{Answer, Break, Simulator};

/// How much is read at once.
const READ: usize = 16 * 1024;
/// Largest body of a request that is taken. The largest that the plugin makes are a few kilobytes.
const LARGEST_REQUEST: usize = 1024 * 1024;

/// Answers requests on `listener`, for ever. Run it beside what is to end it.
///
/// # Errors
///
/// When no more connections can be taken.
pub async fn serve(simulator: Arc<Simulator>, listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        // Without this, small pieces of a body would wait for each other.
        stream.set_nodelay(true)?;
        simulator.counts.connection();
        tokio::spawn(connection(Arc::clone(&simulator), stream));
    }
}

async fn connection(simulator: Arc<Simulator>, stream: TcpStream) {
    let orders = Arc::new(Orders::default());
    let line = Line {
        stream,
        orders: Arc::clone(&orders),
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let (simulator, orders) = (Arc::clone(&simulator), Arc::clone(&orders));
        async move { respond(&simulator, &orders, request).await }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    // Title case is nearest to what was recorded; capitals are an order to the line.
    http.header_read_timeout(None).title_case_headers(true);
    // A client that goes away, and a break that was ordered, end up here alike: there is nobody to tell.
    let _ = http.serve_connection(line, service).await;
}

type Sent = http_body_util::combinators::UnsyncBoxBody<Bytes, Break>;

async fn respond(
    simulator: &Simulator,
    orders: &Arc<Orders>,
    request: Request<Incoming>,
) -> Result<http::Response<Sent>, Break> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST_REQUEST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Err(Break::CutShort),
    };
    let response = match simulator.answer(Request::from_parts(parts, body)).await {
        Answer::Response(response) => response,
        Answer::Broken(how) => {
            orders.break_off(how);
            return Err(how);
        }
    };
    let capitals = response
        .headers
        .iter()
        .all(|(name, _)| !name.contains(|letter: char| letter.is_ascii_lowercase()));
    orders.capitals.store(capitals, Ordering::Relaxed);
    let orders = Arc::clone(orders);
    let frames = response.body.into_stream().map(move |piece| {
        piece
            .map(Frame::data)
            .inspect_err(|how| orders.break_off(*how))
    });
    let mut answer = http::Response::new(StreamBody::new(frames).boxed_unsync());
    *answer.status_mut() = http::StatusCode::from_u16(response.status).unwrap_or_default();
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    Ok(answer)
}

/// What the line is to do besides carrying bytes.
#[derive(Debug, Default)]
struct Orders {
    reset: AtomicBool,
    no_http: AtomicBool,
    capitals: AtomicBool,
}

impl Orders {
    fn break_off(&self, how: Break) {
        match how {
            Break::CutShort => {}
            Break::NoHttp => self.no_http.store(true, Ordering::Relaxed),
            Break::Reset | Break::Refused | Break::NoSuchName | Break::Untrusted => {
                self.reset.store(true, Ordering::Relaxed)
            }
        }
    }
}

/// A connection that ends as it is ordered to.
struct Line {
    stream: TcpStream,
    orders: Arc<Orders>,
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.orders.no_http.load(Ordering::Relaxed) {
            let _ = self.stream.try_write(b"SSH-2.0-OpenSSH_9.6\r\n");
        }
        if self.orders.reset.load(Ordering::Relaxed) {
            // Closing then sends an RST. If it cannot be had, an ordinary close has to do.
            let _ = self.stream.set_zero_linger();
        }
    }
}

/// A head, and what comes after it, with the names of its headers in capitals: hyper knows no way to write them so.
fn in_capitals(bytes: &[u8]) -> Vec<u8> {
    let (mut head, mut name, mut last) = (true, false, 0_u8);
    let mut written = Vec::with_capacity(bytes.len());
    for byte in bytes.iter().copied() {
        match byte {
            // An empty line ends the head.
            b'\r' if last == b'\n' => head = false,
            b'\n' => name = head,
            b':' => name = false,
            _ => {}
        }
        written.push(if head && name {
            byte.to_ascii_uppercase()
        } else {
            byte
        });
        last = byte;
    }
    written
}

impl Read for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut bytes = [0; READ];
        let room = cursor.remaining().min(READ);
        let mut buffer = ReadBuf::new(bytes.get_mut(..room).unwrap_or_default());
        let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
        cursor.put_slice(buffer.filled());
        read
    }
}

impl Write for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // Hyper writes a head as a whole, at the beginning of what it writes; no answer's head comes near the size of a socket's buffer.
        if self.orders.capitals.load(Ordering::Relaxed) && bytes.starts_with(b"HTTP/") {
            let bytes = in_capitals(bytes);
            return Pin::new(&mut self.stream).poll_write(context, &bytes);
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.orders.reset.load(Ordering::Relaxed) || self.orders.no_http.load(Ordering::Relaxed)
        {
            // A shutdown would be the polite end that a reset is not.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
