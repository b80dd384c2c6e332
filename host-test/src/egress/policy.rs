//! Which addresses a connection may reach: the scheme, host and port of its own server URL, and nothing else.
//!
//! Plain HTTP is for loopback addresses alone. A policy made from a server URL that cannot be read allows nothing: the
//! component then says itself what is wrong with it.

use http::Uri;
use url::{Host, Url};

/// What may leave. Made from a connection's server URL.
#[derive(Debug, Clone)]
pub struct Policy {
    own: Option<Origin>,
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
        let host = url.host()?.to_owned();
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
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl Policy {
    /// Nothing may leave.
    #[must_use]
    pub fn nothing() -> Self {
        Self { own: None }
    }

    /// Only requests to this server may leave. A bare host name means HTTPS.
    #[must_use]
    pub fn only(server_url: &str) -> Self {
        let text = server_url.trim();
        let url = if text.contains("://") {
            Url::parse(text)
        } else {
            Url::parse(&format!("https://{text}"))
        };
        Self {
            own: url.ok().as_ref().and_then(Origin::of),
        }
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
        if asked != *own {
            return Err(format!(
                "the host refused a request to {asked}: this connection may reach its own server URL, {own}, and nothing else"
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
        ] {
            assert!(allows(own, "https://api.amp.cisco.com/v1/version"), "{own}");
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
    fn an_address_that_cannot_be_read_allows_nothing() {
        assert!(!allows("", "https://api.amp.cisco.com/"));
        assert!(!allows("https://", "https://api.amp.cisco.com/"));
    }
}
