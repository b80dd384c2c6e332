//! A connection as the HTTP client uses it: some stream of bytes, and what the client must know of
//! it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// A stream of bytes: TCP, TLS, or a tunnel.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection to a server or, for plain HTTP, to a proxy.
pub(super) struct Link {
    stream: TokioIo<Box<dyn Stream>>,
    is_http2: bool,
    is_proxy: bool,
}

impl Link {
    /// A connection without TLS.
    pub(super) fn plain(stream: impl Stream + 'static) -> Self {
        Self::new(Box::new(stream))
    }

    /// A connection with TLS, for HTTP/2 or HTTP/1.1.
    pub(super) fn secure(stream: impl Stream + 'static, is_http2: bool) -> Self {
        Self {
            is_http2,
            ..Self::plain(stream)
        }
    }

    /// A connection to a proxy that is sent plain requests with the whole address in each.
    pub(super) fn to_proxy(stream: Box<dyn Stream>) -> Self {
        Self {
            is_proxy: true,
            ..Self::new(stream)
        }
    }

    fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream: TokioIo::new(stream),
            is_http2: false,
            is_proxy: false,
        }
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TokioIo<Box<dyn Stream>>> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        let connected = Connected::new().proxy(self.is_proxy);
        match self.is_http2 {
            true => connected.negotiated_h2(),
            false => connected,
        }
    }
}

impl Read for Link {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(context, buffer)
    }
}

impl Write for Link {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(context, buffers)
    }
}
