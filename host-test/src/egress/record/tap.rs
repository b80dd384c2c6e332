//! A body on its way to the component, written down piece by piece as it passes.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::{Error, WasiBody};

use super::super::failure_names;
use super::{End, Seen, lock};

/// A body that is written down.
pub(super) struct Tap {
    body: WasiBody,
    seen: Seen,
    /// Which exchange it belongs to.
    place: usize,
}

impl Tap {
    pub(super) fn new(body: WasiBody, seen: Seen, place: usize) -> Self {
        Self { body, seen, place }
    }
}

impl Body for Tap {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            return Poll::Pending;
        };
        if let Some(exchange) = lock(&self.seen).get_mut(self.place) {
            exchange.took = exchange.began.elapsed();
            match &frame {
                Some(Ok(frame)) => {
                    if let (Some(answer), Some(piece)) =
                        (exchange.answer.as_mut(), frame.data_ref())
                    {
                        answer.body.extend_from_slice(piece);
                    }
                    if self.body.is_end_stream() {
                        exchange.end = End::Whole;
                    }
                }
                Some(Err(error)) => exchange.end = End::Failed(failure_names::name(error)),
                None => exchange.end = End::Whole,
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
