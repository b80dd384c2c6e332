//! HTTP/2 over TLS: one connection for many requests, and a request that the server has not processed is sent again.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use host_test::egress::{Egress, Live};
use http::{Request, Response, StatusCode, Version};
use tokio::net::TcpListener;
use wasmtime_wasi_http::RequestOptions;

use super::harness::certificates::Identity;
use super::harness::program;
use super::real_clock;

/// Serves one connection: refuses the first `refused` streams and responds to the others. Returns how many came.
async fn serve(listener: TcpListener, identity: &Identity, refused: usize) -> usize {
    let (stream, _) = listener.accept().await.unwrap();
    let stream = identity
        .acceptor_for(&[b"h2"])
        .accept(stream)
        .await
        .unwrap();
    let mut connection = h2::server::handshake(stream).await.unwrap();
    let mut streams = 0;
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        streams += 1;
        assert_eq!(request.version(), Version::HTTP_2);
        if streams <= refused {
            respond.send_reset(h2::Reason::REFUSED_STREAM);
        } else {
            respond.send_response(Response::new(()), true).unwrap();
        }
    }
    streams
}

/// Sends so many requests at a time, after a first one. Returns the statuses, and how many streams the server saw.
fn exchange(requests: usize, refused: usize) -> (Vec<StatusCode>, usize) {
    let identity = Identity::self_signed(|_| {});
    let live = Live::new(Some(&program::file(&identity.pem, ".pem"))).unwrap();
    real_clock(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://{}/v1/version", listener.local_addr().unwrap());
        let send = async |live: Arc<Live>| {
            let request = Request::get(&uri).body(Bytes::new()).unwrap();
            let response = live.send(request, RequestOptions::default(), Arc::default());
            response.await.unwrap().status()
        };
        let client = async {
            let live = Arc::new(live);
            let mut statuses = vec![send(Arc::clone(&live)).await];
            statuses.extend(join_all((1..requests).map(|_| send(Arc::clone(&live)))).await);
            statuses
        };
        tokio::join!(client, serve(listener, &identity, refused))
    })
}

#[test]
fn requests_over_http2_share_one_connection() {
    // The server accepts one connection alone.
    assert_eq!(exchange(6, 0), (vec![StatusCode::OK; 6], 6));
}

#[test]
fn request_that_the_server_has_not_processed_is_sent_again() {
    assert_eq!(exchange(1, 2), (vec![StatusCode::OK], 3));
}
