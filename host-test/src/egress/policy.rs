//! Whether a request may leave: to the connection's own server, or to a host that the operator allows, and never to a
//! forbidden address.
//!
//! The own server is the scheme, host and port of the connection's server URL: a bare host, `https://HOST[:PORT]`, or
//! `http://` with a loopback address. An empty or unreadable one allows nothing: the component then says itself what is
//! wrong with it. What the operator allows is empty unless given (`allowed_hosts` has the forms), and then the own server
//! is all there is. Plain HTTP is for loopback addresses alone, whoever allows it.

use http::Uri;
use url::{Host, Url};

use super::allowed_hosts::{AllowedHost, without_dot};
use super::forbidden_addresses;
use crate::settings::bare;

/// What may leave. Made from a connection's server URL.
#[derive(Debug, Clone)]
pub struct Policy {
    own: Option<Origin>,
    allowed: Vec<AllowedHost>,
}

/// Scheme, host and port, as two addresses must share them to be the same server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: Host,
    port: Option<u16>,
}

impl Origin {
    fn of(url: &Url) -> Option<Self> {
        let host = match url.host()?.to_owned() {
            Host::Domain(name) => Host::Domain(without_dot(&name).to_owned()),
            address => address,
        };
        Some(Self {
            scheme: url.scheme().to_owned(),
            host,
            port: url.port_or_known_default(),
        })
    }

    fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// Whether a host is this machine itself, by its name or address.
#[must_use]
pub fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => {
            let name = without_dot(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl Policy {
    /// Nothing may leave.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            own: None,
            allowed: Vec::new(),
        }
    }

    /// Only requests to this server may leave. A bare host name means HTTPS.
    #[must_use]
    pub fn only(server_url: &str) -> Self {
        let text = bare(server_url);
        let url = if text.contains("://") {
            Url::parse(text)
        } else {
            Url::parse(&format!("https://{text}"))
        };
        Self {
            own: url.ok().as_ref().and_then(Origin::of),
            allowed: Vec::new(),
        }
    }

    /// The same, and requests to these hosts may leave too. Nothing may still leave without a server URL.
    #[must_use]
    pub fn allowing(mut self, hosts: &[AllowedHost]) -> Self {
        self.allowed.extend_from_slice(hosts);
        self
    }

    /// Whether a request may go to `uri`.
    ///
    /// # Errors
    ///
    /// When it may not: a sentence that names the rule.
    pub fn check(&self, uri: &Uri) -> Result<(), String> {
        let asked = Url::parse(&uri.to_string())
            .ok()
            .as_ref()
            .and_then(Origin::of);
        let Some(asked) = asked else {
            return Err("the host refused a request to an address that is no URL".to_owned());
        };
        let Some(own) = &self.own else {
            return Err(format!(
                "the host refused a request to {asked}: without a server URL nothing may leave"
            ));
        };
        if let Some(what) = forbidden_addresses::host(&asked.host) {
            return Err(format!(
                "the host refused a request to {asked}: that is {what}, and those may not be reached by any connection"
            ));
        }
        if asked != *own && !self.allows(&asked) {
            let besides = match self.allowed.as_slice() {
                [] => "and nothing else".to_owned(),
                hosts => {
                    let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
                    format!("and what --allow names ({})", hosts.join(", "))
                }
            };
            return Err(format!(
                "the host refused a request to {asked}: this connection may reach its own server URL, {own}, {besides}"
            ));
        }
        match asked.scheme.as_str() {
            "https" => Ok(()),
            "http" if asked.is_loopback() => Ok(()),
            _ => Err(format!(
                "the host refused a request to {asked}: only HTTPS may leave, and HTTP to a loopback address"
            )),
        }
    }

    fn allows(&self, asked: &Origin) -> bool {
        let own = match asked.scheme.as_str() {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        };
        self.allowed
            .iter()
            .any(|host| host.lets_through(&asked.host, asked.port, own))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::Policy;

    fn allows(server_url: &str, uri: &str) -> bool {
        Policy::only(server_url)
            .check(&uri.parse().unwrap())
            .is_ok()
    }

    #[test]
    fn the_own_server_may_be_reached_however_its_address_is_written() {
        for own in [
            "https://api.amp.cisco.com",
            "https://API.amp.cisco.com/",
            "api.amp.cisco.com",
            " https://api.amp.cisco.com:443 ",
            "https://api.amp.cisco.com.",
        ] {
            assert!(allows(own, "https://api.amp.cisco.com/v1/version"), "{own}");
            assert!(
                allows(own, "https://api.amp.cisco.com./v1/version"),
                "{own}"
            );
        }
    }

    #[test]
    fn another_host_port_or_scheme_may_not() {
        for other in [
            "https://api.eu.amp.cisco.com/",
            "https://api.amp.cisco.com:8443/",
            "http://api.amp.cisco.com/",
            "https://api.amp.cisco.com.evil.example/",
        ] {
            assert!(!allows("https://api.amp.cisco.com", other), "{other}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        assert!(allows(
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/v1/version"
        ));
        assert!(allows(
            "http://localhost:8080",
            "http://localhost:8080/v1/version"
        ));
        assert!(allows("http://[::1]:8080", "http://[::1]:8080/v1/version"));
        assert!(!allows(
            "http://10.0.0.1:8080",
            "http://10.0.0.1:8080/v1/version"
        ));
        assert!(!allows(
            "http://localhost.evil.example",
            "http://localhost.evil.example/"
        ));
    }

    #[test]
    fn a_refusal_names_the_rule() {
        let refusal = Policy::only("https://api.amp.cisco.com")
            .check(&"https://example.com/x?key=1".parse().unwrap());
        assert_eq!(
            refusal.unwrap_err(),
            "the host refused a request to https://example.com:443: this connection may reach its own server URL, https://api.amp.cisco.com:443, and nothing else"
        );
    }

    #[test]
    fn what_the_operator_allows_may_be_reached_besides_and_nothing_else() {
        let policy = Policy::only("https://api.amp.cisco.com").allowing(&[
            "*.example.com".parse().unwrap(),
            "127.0.0.1:8080".parse().unwrap(),
        ]);
        let check = |uri: &str| policy.check(&uri.parse().unwrap());
        assert!(check("https://api.amp.cisco.com/").is_ok());
        assert!(check("https://a.example.com/").is_ok());
        assert!(check("http://127.0.0.1:8080/").is_ok());
        assert!(check("http://a.example.com:443/").is_err());
        assert_eq!(
            check("https://a.example.net/").unwrap_err(),
            "the host refused a request to https://a.example.net:443: this connection may reach its own server URL, \
             https://api.amp.cisco.com:443, and what --allow names (*.example.com, 127.0.0.1:8080)"
        );
    }

    #[test]
    fn a_forbidden_address_may_not_be_reached_even_if_it_is_the_own_server_or_allowed() {
        let own = "https://169.254.169.254";
        let policy = Policy::only(own).allowing(&["169.254.169.254".parse().unwrap()]);
        assert_eq!(
            policy
                .check(&format!("{own}/latest").parse().unwrap())
                .unwrap_err(),
            "the host refused a request to https://169.254.169.254:443: that is an address of a cloud's metadata service, \
             and those may not be reached by any connection"
        );
    }

    #[test]
    fn a_private_address_may_be_reached_by_the_connection_that_names_it() {
        assert!(allows("https://10.1.2.3", "https://10.1.2.3/v1/version"));
        assert!(!allows("https://api.amp.cisco.com", "https://10.1.2.3/"));
    }

    #[test]
    fn an_address_that_cannot_be_read_allows_nothing() {
        assert!(!allows("", "https://api.amp.cisco.com/"));
        assert!(!allows("https://", "https://api.amp.cisco.com/"));
    }
}
