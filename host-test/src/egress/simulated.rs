//! Answers from the simulated cloud, without a socket: under tokio's paused clock, a day of it passes in no time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::{Egress, Notes};
use crate::simulator::{Answer, Break, Simulator};

/// What holds where the component sets no limit, as on the network.
const DEFAULT_LIMIT: Duration = Duration::from_secs(60);

/// The simulated cloud as who answers.
pub struct Simulated(Arc<Simulator>);

impl Simulated {
    /// Lets `simulator` answer.
    #[must_use]
    pub fn new(simulator: Arc<Simulator>) -> Self {
        Self(simulator)
    }
}

impl Egress for Simulated {
    fn send(
        &self,
        request: Request<Bytes>,
        limits: RequestOptions,
        notes: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        let simulator = Arc::clone(&self.0);
        let first_byte = limits.first_byte_timeout.unwrap_or(DEFAULT_LIMIT);
        Box::pin(async move {
            let answer = tokio::time::timeout(first_byte, simulator.answer(request)).await;
            match answer {
                Err(_) => Err(Error::ConnectionReadTimeout),
                Ok(Answer::Response(response)) => Ok(respond(response, notes)),
                Ok(Answer::Broken(how)) => {
                    notes.add(format!("no answer: {how}"));
                    Err(failure(how))
                }
            }
        })
    }
}

fn respond(response: crate::simulator::Response, notes: Arc<Notes>) -> Response<WasiBody> {
    let frames = response.body.into_stream().map(move |piece| {
        piece.map(Frame::data).map_err(|how| {
            notes.add(format!("half an answer: {how}"));
            failure(how)
        })
    });
    let mut answer = Response::new(StreamBody::new(frames).boxed_unsync());
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or_default();
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

/// What the network would call it.
fn failure(how: Break) -> Error {
    match how {
        Break::Reset => Error::ConnectionTerminated,
        Break::CutShort => Error::HttpResponseIncomplete,
        Break::Refused => Error::ConnectionRefused,
        Break::NoSuchName => Error::DnsError {
            rcode: Some("name not resolved".to_owned()),
            info_code: None,
        },
        Break::Untrusted => Error::TlsCertificateError,
        Break::NoHttp => Error::HttpProtocolError,
    }
}
