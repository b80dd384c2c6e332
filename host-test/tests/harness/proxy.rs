//! A proxy on loopback that counts, and that refuses every tunnel or opens it to one port of this machine.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::certificates::Identity;

/// How the proxy responds to every request.
#[derive(Clone)]
pub enum ProxyBehavior {
    /// With these bytes, and then the end of the connection.
    Respond(String),
    /// With a tunnel to this port, after these bytes.
    Tunnel(String, u16),
}

/// A running proxy; it ends with the test.
pub struct Proxy {
    pub port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    /// Ends its thread when dropped.
    _end: tokio::sync::oneshot::Sender<()>,
}

impl Proxy {
    /// A proxy that responds with this status and these headers, each of which ends with a line break.
    pub fn refusing(status: &str, headers: &str) -> Self {
        Self::start(ProxyBehavior::Respond(format!(
            "HTTP/1.1 {status}\r\ncontent-length: 0\r\n{headers}\r\n"
        )))
    }

    pub fn start(behavior: ProxyBehavior) -> Self {
        Self::start_with(behavior, None)
    }

    /// A proxy that is itself reached over TLS, at `https://localhost`.
    pub fn start_tls(behavior: ProxyBehavior, identity: &Identity) -> Self {
        Self::start_with(behavior, Some(identity.acceptor()))
    }

    fn start_with(behavior: ProxyBehavior, tls: Option<TlsAcceptor>) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (end, ended) = tokio::sync::oneshot::channel();
        let (started, port) = std::sync::mpsc::channel();
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let port = listener.local_addr().expect("an address").port();
                started.send(port).expect("the test waits");
                let serve = async {
                    loop {
                        let (stream, _) = listener.accept().await.expect("a connection");
                        let (behavior, seen, tls) =
                            (behavior.clone(), Arc::clone(&seen), tls.clone());
                        tokio::spawn(async move {
                            match tls {
                                None => connection(stream, &behavior, &seen).await,
                                Some(tls) => match tls.accept(stream).await {
                                    Ok(stream) => connection(stream, &behavior, &seen).await,
                                    Err(_) => None,
                                },
                            }
                        });
                    }
                };
                tokio::select! { () = serve => {}, _ = ended => {} }
            });
        });
        Self {
            port: port.recv().expect("the proxy starts"),
            requests,
            _end: end,
        }
    }

    /// The heads of the requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the requests").clone()
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    behavior: &ProxyBehavior,
    seen: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    seen.lock().expect("the requests").push(head);
    let (ProxyBehavior::Respond(response) | ProxyBehavior::Tunnel(response, _)) = behavior;
    stream.write_all(response.as_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    if let ProxyBehavior::Tunnel(_, port) = behavior {
        let mut server = TcpStream::connect(("127.0.0.1", *port)).await.ok()?;
        tokio::io::copy_bidirectional(&mut stream, &mut server)
            .await
            .ok()?;
    }
    stream.shutdown().await.ok()
}
