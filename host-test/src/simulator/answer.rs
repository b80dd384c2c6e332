//! An answer as it goes out: a status, headers, and a body in pieces, with pauses between them or a break in their midst.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream};

use super::counts::UnderWay;

/// What came of a request.
#[derive(Debug)]
pub enum Answer {
    /// A response, whose body may still break.
    Response(Response),
    /// None.
    Broken(Break),
}

/// A response.
#[derive(Debug)]
pub struct Response {
    /// HTTP status code.
    pub status: u16,
    /// Names, in the case they are to have on the wire, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// How an exchange breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The connection is reset.
    Reset,
    /// The connection is closed before the end.
    CutShort,
    /// No connection is made. On a socket, which is connected by then, a reset.
    Refused,
    /// The name has no address. On a socket a reset.
    NoSuchName,
    /// The certificate is not trusted. On a socket a reset.
    Untrusted,
    /// What comes is no HTTP.
    NoHttp,
}

/// A part of a body.
#[derive(Debug, Clone)]
pub enum Step {
    /// Some bytes.
    Piece(Bytes),
    /// Nothing for a while.
    Pause(Duration),
    /// The same bytes again and again, with a pause after each; for ever if no count is given.
    Repeat(Bytes, Option<u64>, Duration),
    /// Nothing, for ever.
    Stall,
    /// The end, before the end.
    Break(Break),
}

/// A body.
#[derive(Debug, Default)]
pub struct Body {
    steps: VecDeque<Step>,
    /// The request is under way as long as its body is.
    pub(super) under_way: Option<UnderWay>,
}

impl From<Vec<Step>> for Body {
    fn from(steps: Vec<Step>) -> Self {
        Self {
            steps: steps.into(),
            under_way: None,
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::from(if bytes.is_empty() {
            Vec::new()
        } else {
            vec![Step::Piece(bytes)]
        })
    }
}

impl Body {
    /// The next piece; none at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, Break>> {
        loop {
            match self.steps.pop_front()? {
                Step::Piece(bytes) => return Some(Ok(bytes)),
                Step::Pause(pause) => tokio::time::sleep(pause).await,
                Step::Repeat(_, Some(0), _) => {}
                Step::Repeat(bytes, left, pause) => {
                    let left = left.map(|left| left.saturating_sub(1));
                    self.steps
                        .push_front(Step::Repeat(bytes.clone(), left, pause));
                    if !pause.is_zero() {
                        self.steps.push_front(Step::Pause(pause));
                    }
                    return Some(Ok(bytes));
                }
                Step::Stall => std::future::pending().await,
                Step::Break(how) => return Some(Err(how)),
            }
        }
    }

    /// The pieces as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Break>> + Send + 'static {
        stream::unfold(self, |mut body| async move {
            body.next().await.map(|piece| (piece, body))
        })
    }
}

impl std::fmt::Display for Break {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Reset => "the simulator reset the connection",
            Self::CutShort => "the simulator closed the connection before the end",
            Self::Refused => "the simulator refused the connection",
            Self::NoSuchName => "the simulator says that the name has no address",
            Self::Untrusted => "the simulator's certificate is not to be trusted",
            Self::NoHttp => "the simulator answered with what is no HTTP",
        })
    }
}

impl std::error::Error for Break {}
