//! Every request has time limits, whatever the component asks for.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use host_test::egress::{
    Egress, LONGEST_BETWEEN_BYTES, LONGEST_CONNECT, LONGEST_FIRST_BYTE, Notes,
};
use http::{Request, Response};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::{real_clock, test_connection};

/// Writes down the limits of what it is asked, and answers nothing.
#[derive(Default)]
struct Limits(Mutex<Vec<RequestOptions>>);

impl Egress for Limits {
    fn send(
        &self,
        _: Request<Bytes>,
        limits: RequestOptions,
        _: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        self.0.lock().unwrap().push(limits);
        Box::pin(std::future::ready(Err(Error::ConnectionRefused)))
    }
}

#[test]
fn every_request_has_every_limit_and_none_is_above_the_hosts_own() {
    let limits = Arc::new(Limits::default());
    let egress: Arc<dyn Egress> = Arc::<Limits>::clone(&limits);
    real_clock(test_connection(&egress, "https://api.amp.cisco.com"));
    let seen = limits.0.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].connect_timeout.unwrap() <= LONGEST_CONNECT);
    assert!(seen[0].first_byte_timeout.unwrap() <= LONGEST_FIRST_BYTE);
    assert!(seen[0].between_bytes_timeout.unwrap() <= LONGEST_BETWEEN_BYTES);
}
