//! A server on loopback that speaks HTTP/1.1 as far as a test needs it, with or without TLS, and counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rcgen::IsCa;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::certificates::Identity;

/// How the server answers every request.
#[derive(Clone)]
pub enum Answer {
    /// With a status, more headers (each ends with a line break) and a body.
    With(u16, String, String),
    /// Not at all: the request is read, and then nothing.
    Silence,
    /// With the beginning of a body, and then nothing.
    HalfABody,
    /// With the beginning of a body, and then the end of the connection.
    BrokenBody,
    /// With the end of the connection.
    HangUp,
    /// Computed from the request: its number, counted from 1, and its first line.
    Computed(Respond),
}

/// A response to a request: its number, counted from 1, and its first line. Status, more headers (each ends with a line break), body.
pub type Respond = Arc<dyn Fn(usize, &str) -> (u16, String, Vec<u8>) + Send + Sync>;

/// A response to each request of Test Connection, as AMP sends them.
pub fn healthy() -> Answer {
    let body =
        serde_json::json!({"version": "v1.2.0", "metadata": {"links": {"self": "x"}}, "data": []});
    Answer::With(
        200,
        "content-type: application/json\r\n".to_owned(),
        body.to_string(),
    )
}

/// A running server; it ends with the test.
pub struct Server {
    pub url: String,
    pub connections: Arc<AtomicUsize>,
    pub requests: Arc<AtomicUsize>,
    /// Ends its thread when dropped.
    _end: tokio::sync::oneshot::Sender<()>,
}

impl Server {
    /// A server on a free port, in a thread of its own.
    pub fn start(answer: Answer) -> Self {
        Self::start_with(answer, None)
    }

    /// A server whose responses are computed from the request's number, counted from 1, and its first line.
    pub fn respond(
        respond: impl Fn(usize, &str) -> (u16, String, Vec<u8>) + Send + Sync + 'static,
    ) -> Self {
        Self::start(Answer::Computed(Arc::new(respond)))
    }

    /// The same with TLS, and its certificate, which nobody trusts unless told to, in PEM form.
    pub fn start_private(answer: Answer) -> (Self, String) {
        let identity = Identity::self_signed(|params| params.is_ca = IsCa::NoCa);
        (Self::start_tls(answer, &identity), identity.pem)
    }

    /// The same with TLS and this certificate, at `https://localhost`.
    pub fn start_tls(answer: Answer, identity: &Identity) -> Self {
        let mut server = Self::start_with(answer, Some(identity.acceptor()));
        server.url = server.url.replace("http://127.0.0.1", "https://localhost");
        server
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        let port = self.url.rsplit_once(':').expect("a port").1;
        port.parse().expect("a port")
    }

    fn start_with(answer: Answer, tls: Option<TlsAcceptor>) -> Self {
        let (connections, requests) =
            (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (end, ended) = tokio::sync::oneshot::channel();
        let (told, port) = std::sync::mpsc::channel();
        let (counted, asked) = (Arc::clone(&connections), Arc::clone(&requests));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                told.send(listener.local_addr().expect("an address").port())
                    .expect("somebody waits");
                let serve = async {
                    loop {
                        let (stream, _) = listener.accept().await.expect("a connection");
                        counted.fetch_add(1, Ordering::SeqCst);
                        let (answer, asked, tls) =
                            (answer.clone(), Arc::clone(&asked), tls.clone());
                        tokio::spawn(async move {
                            match tls {
                                None => connection(stream, answer, asked).await,
                                Some(tls) => {
                                    if let Ok(stream) = tls.accept(stream).await {
                                        connection(stream, answer, asked).await;
                                    }
                                }
                            }
                        });
                    }
                };
                tokio::select! { () = serve => {}, _ = ended => {} }
            });
        });
        let port = port.recv().expect("the server starts");
        Self {
            url: format!("http://127.0.0.1:{port}"),
            connections,
            requests,
            _end: end,
        }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: Answer,
    asked: Arc<AtomicUsize>,
) {
    let mut stream = BufReader::new(stream);
    while let Some((line, length)) = head(&mut stream).await {
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
        let response = match &answer {
            Answer::With(status, headers, body) => response(*status, headers, body.as_bytes()),
            Answer::Computed(respond) => {
                let (status, headers, body) = respond(number, &line);
                response(status, &headers, &body)
            }
            Answer::HalfABody | Answer::BrokenBody => {
                b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"half\":".to_vec()
            }
            Answer::Silence | Answer::HangUp => Vec::new(),
        };
        if stream.write_all(&response).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        match answer {
            Answer::Silence | Answer::HalfABody => {
                tokio::time::sleep(Duration::from_secs(600)).await
            }
            Answer::HangUp | Answer::BrokenBody => return,
            Answer::With(..) | Answer::Computed(_) => {}
        }
    }
}

fn response(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Reads the head of a request; returns its first line and the length of its body.
async fn head(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<(String, usize)> {
    let (mut first, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let first = first.get_or_insert_with(|| line.trim().to_owned());
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            return Some((std::mem::take(first), length));
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
}
