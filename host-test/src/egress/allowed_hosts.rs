//! Which hosts the operator lets requests go to besides the connection's own server (`--allow`).
//!
//! Accepted forms, each with an optional `:PORT`:
//!
//! - an exact host, by name or address: `amp.example.com`, `10.0.0.5`, `[2001:db8::5]:8443`;
//! - `*.example.com`: every name below that domain, at any depth, and not the domain itself.
//!
//! Without a port it is the scheme's own (443). Names are compared without regard to case. An empty list means that only
//! the connection's own server may be reached. No entry lifts what `forbidden_addresses` forbids.

use std::fmt;
use std::str::FromStr;

use url::Host;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    Exactly(Host),
    /// Every name below this domain.
    Below(String),
}

/// Why a text is no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; write HOST, HOST:PORT or *.DOMAIN, such as amp.example.com, 10.0.0.5:8443 or *.example.com"
)]
pub struct NoSuchForm(String);

impl FromStr for AllowedHost {
    type Err = NoSuchForm;

    fn from_str(text: &str) -> Result<Self, NoSuchForm> {
        let text = text.trim();
        if text.contains("://") || text.contains(['/', '@', '?', '#']) {
            return Err(NoSuchForm(format!(
                "`{text}` is more than a host and a port"
            )));
        }
        // The colons within brackets belong to an IPv6 address.
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let port = port.parse().ok().filter(|port| *port != 0);
                let port =
                    port.ok_or_else(|| NoSuchForm(format!("the port of `{text}` is no port")))?;
                (host, Some(port))
            }
            _ => (text, None),
        };
        let no_host = || NoSuchForm(format!("`{text}` names no host"));
        let hosts = match host.strip_prefix("*.") {
            Some(domain) => match Host::parse(domain) {
                Ok(Host::Domain(domain)) if domain.contains('.') => {
                    Hosts::Below(without_dot(&domain).to_owned())
                }
                _ => {
                    return Err(NoSuchForm(format!(
                        "`{text}` is too wide: the domain after `*.` needs two parts at least"
                    )));
                }
            },
            None if host.contains('*') => return Err(no_host()),
            None => Hosts::Exactly(match Host::parse(host).map_err(|_| no_host())? {
                Host::Domain(name) => Host::Domain(without_dot(&name).to_owned()),
                address => address,
            }),
        };
        Ok(Self { hosts, port })
    }
}

impl AllowedHost {
    /// Whether the entry lets a request go to `host` at `port`; `own` is the scheme's own port.
    pub(super) fn lets_through(&self, host: &Host, port: Option<u16>, own: Option<u16>) -> bool {
        let named = match (&self.hosts, host) {
            (Hosts::Exactly(Host::Domain(allowed)), Host::Domain(name)) => {
                allowed == without_dot(name)
            }
            (Hosts::Exactly(allowed), host) => allowed == host,
            (Hosts::Below(domain), Host::Domain(name)) => without_dot(name)
                .strip_suffix(domain.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|rest| !rest.is_empty()),
            (Hosts::Below(_), _) => false,
        };
        named && port == self.port.or(own)
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hosts {
            Hosts::Exactly(host) => write!(f, "{host}")?,
            Hosts::Below(domain) => write!(f, "*.{domain}")?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// A name without the dot that may end it: `example.com.` is `example.com`.
pub(super) fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::AllowedHost;
    use url::Url;

    fn lets_through(entry: &str, url: &str) -> bool {
        let url = Url::parse(url).unwrap();
        let own = if url.scheme() == "https" { 443 } else { 80 };
        entry.parse::<AllowedHost>().unwrap().lets_through(
            &url.host().unwrap().to_owned(),
            url.port_or_known_default(),
            Some(own),
        )
    }

    #[test]
    fn an_exact_host_is_that_host_at_the_own_port() {
        assert!(lets_through("amp.example.com", "https://amp.example.com/x"));
        assert!(lets_through("AMP.Example.com.", "https://amp.example.com"));
        assert!(lets_through("amp.example.com", "https://amp.example.com."));
        for other in [
            "https://amp.example.com:8443",
            "https://x.amp.example.com",
            "https://example.com",
            "https://amp.example.com.evil.test",
        ] {
            assert!(!lets_through("amp.example.com", other), "{other}");
        }
    }

    #[test]
    fn a_port_is_that_port_alone() {
        assert!(lets_through("10.0.0.5:8443", "https://10.0.0.5:8443"));
        assert!(!lets_through("10.0.0.5:8443", "https://10.0.0.5"));
        assert!(lets_through(
            "[2001:DB8::5]:8443",
            "https://[2001:db8:0::5]:8443"
        ));
        assert!(lets_through("[2001:db8::5]", "https://[2001:db8::5]"));
    }

    #[test]
    fn a_star_stands_for_every_name_below_a_domain_and_not_for_the_domain() {
        assert!(lets_through("*.example.com", "https://a.example.com"));
        assert!(lets_through("*.example.com", "https://a.b.example.com"));
        for other in [
            "https://example.com",
            "https://badexample.com",
            "https://example.com.evil.test",
        ] {
            assert!(!lets_through("*.example.com", other), "{other}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_with_the_forms() {
        for text in [
            "",
            "*",
            "*.com",
            "a*.example.com",
            "https://a.example.com",
            "a.example.com/x",
            "a.example.com:0",
            "a.example.com:http",
            "*.10.0.0.1",
            "10.0.0.0/8",
        ] {
            let error = text.parse::<AllowedHost>().unwrap_err().to_string();
            assert!(
                error.contains("write HOST, HOST:PORT or *.DOMAIN"),
                "{text}: {error}"
            );
        }
    }
}
