//! Looks names up, and gives no address that `forbidden_addresses` forbids.
//!
//! The connection is made to the very addresses that were looked at, so a name that answers otherwise the next time (DNS
//! rebinding) gains nothing. A host that stands as an address in the URL is no name; the policy has looked at it. Through
//! a proxy only the proxy's own name is looked up here: what lies behind it is the proxy's to judge. A name that counts as
//! this machine itself gets loopback addresses alone, since the credential may travel there without TLS.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;
use url::Host;

use super::forbidden_addresses;
use super::policy::is_loopback;

/// Finds the addresses of a name. May block: it is called on a thread for that.
pub type Lookup = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// A name leads to forbidden addresses alone.
#[derive(Debug, thiserror::Error)]
#[error(
    "the host refused a request to {name}: the name leads to {address}, {what}, and those may not be reached by {by}"
)]
pub(super) struct Forbidden {
    name: String,
    address: std::net::IpAddr,
    what: &'static str,
    by: &'static str,
}

/// What looks names up for the client.
#[derive(Clone)]
pub(super) struct Resolver {
    lookup: Arc<Lookup>,
}

impl Resolver {
    pub(super) fn new(lookup: Arc<Lookup>) -> Self {
        Self { lookup }
    }
}

/// The resolver of this machine.
pub(super) fn of_this_machine() -> Arc<Lookup> {
    Arc::new(|name| Ok((name, 0).to_socket_addrs()?.collect()))
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let lookup = Arc::clone(&self.lookup);
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || {
                let found = lookup(&name)?;
                allowed(name, found)
            });
            Ok(found.await??.into_iter())
        })
    }
}

/// The addresses that may be reached; an error if there are none but forbidden ones.
fn allowed(
    name: String,
    found: Vec<SocketAddr>,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let this_machine = is_loopback(&Host::Domain(name.to_ascii_lowercase()));
    let rule = |address: std::net::IpAddr| match forbidden_addresses::address(address) {
        Some(what) => Some((what, "any name")),
        None if this_machine && !address.to_canonical().is_loopback() => {
            Some(("no loopback address", "a name of this machine itself"))
        }
        None => None,
    };
    let mut refused = None;
    let mut addresses = found;
    addresses.retain(|address| match rule(address.ip()) {
        None => true,
        Some(rule) => {
            refused.get_or_insert((address.ip(), rule));
            false
        }
    });
    match refused {
        Some((address, (what, by))) if addresses.is_empty() => Err(Box::new(Forbidden {
            name,
            address,
            what,
            by,
        })),
        _ => Ok(addresses),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::net::SocketAddr;

    fn allowed(found: &[&str]) -> Result<Vec<SocketAddr>, String> {
        allowed_to("amp.example.com", found)
    }

    fn allowed_to(name: &str, found: &[&str]) -> Result<Vec<SocketAddr>, String> {
        let found = found.iter().map(|one| one.parse().unwrap()).collect();
        super::allowed(name.to_owned(), found).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_of_this_machine_keeps_its_loopback_addresses_alone() {
        for name in ["localhost", "amp.localhost", "AMP.localhost."] {
            let left = allowed_to(name, &["192.0.2.2:0", "127.0.0.1:0", "[::1]:0"]).unwrap();
            assert_eq!(
                left,
                ["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()],
                "{name}"
            );
        }
        assert_eq!(
            allowed_to("amp.localhost", &["192.0.2.2:0"]).unwrap_err(),
            "the host refused a request to amp.localhost: the name leads to 192.0.2.2, no loopback address, \
             and those may not be reached by a name of this machine itself"
        );
    }

    #[test]
    fn forbidden_addresses_of_a_name_are_left_out() {
        let left = allowed(&["[fe80::1]:0", "10.0.0.5:0", "169.254.169.254:0"]).unwrap();
        assert_eq!(left, ["10.0.0.5:0".parse().unwrap()]);
    }

    #[test]
    fn a_name_with_no_other_addresses_is_refused() {
        assert_eq!(
            allowed(&["169.254.169.254:0"]).unwrap_err(),
            "the host refused a request to amp.example.com: the name leads to 169.254.169.254, an address of a cloud's metadata service, \
             and those may not be reached by any name"
        );
    }

    #[test]
    fn a_name_without_any_address_is_not_refused_but_not_found() {
        assert!(allowed(&[]).unwrap().is_empty());
    }
}
