//! The setting `server-url` in all the forms in which people write it.
//!
//! Taken: `api.amp.cisco.com`, `https://api.amp.cisco.com/`, `amp.example.com:8443`, `https://[2001:db8::1]`, and plain HTTP for a
//! loopback address (`localhost`, 127.0.0.0/8, `::1`; RFC 6761 and RFC 1122) alone, since the API key travels with every request.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::credential::{is_client_id, is_key};
use super::limits;
use super::regions::REGIONS;
use crate::bound::Bound;
use crate::http::Origin;
use crate::invisible;
use crate::quoting::quoted;

/// The largest size of a server URL.
const BOUND: Bound = Bound::characters(limits::SERVER_URL_CHARACTERS);

/// Reads a server URL.
///
/// # Errors
///
/// What is wrong and what would be right, in a sentence.
pub fn parse(text: &str) -> Result<Origin, String> {
    let text = invisible::trim_quotes(text);
    if text.is_empty() {
        return Err(format!(
            "it is empty; give the address of your region's API server, such as {}",
            REGIONS[0].0
        ));
    }
    // No server is called so, and it must not be quoted, nor looked up.
    if is_key(text) {
        return Err("it has the form of an API key; give the address of the API server here, and the key as api-key".to_owned());
    }
    if is_client_id(text) {
        return Err("it has the form of a client ID; give the address of the API server here, and the client ID as client-id".to_owned());
    }
    if let Some(name) = invisible::name_of_first(text) {
        return Err(format!(
            "there is an invisible character ({name}) within it; type it anew, such as {}",
            REGIONS[0].0
        ));
    }
    let length = text.chars().count();
    if !BOUND.accepts(length) {
        return Err(format!(
            "it has {length} characters, and {BOUND} are accepted; give the address of the API server alone"
        ));
    }
    let (tls, rest) = match text.split_once("://") {
        None => (true, text),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
        Some((scheme, _)) => {
            return Err(format!(
                "{} is no scheme that can be used; it takes https",
                quoted(scheme)
            ));
        }
    };
    let authority = rest.trim_end_matches('/');
    if authority.contains('@') {
        return Err(
            "there is a user name or password in it; the credential has settings of its own"
                .to_owned(),
        );
    }
    if authority.contains(['/', '?', '#']) {
        return Err(format!(
            "{} has a path; give the host alone, such as {}",
            quoted(text),
            REGIONS[0].0
        ));
    }
    let origin = origin(tls, &authority.to_ascii_lowercase()).ok_or_else(|| no_host(text))?;
    let authority = &origin.authority;
    let (host, _) = split_port(authority).ok_or_else(|| no_host(text))?;
    if host.starts_with("console.") && host.ends_with(".amp.cisco.com") {
        return Err(format!(
            "{host} is the console; the API server of that region is {}",
            host.replacen("console.", "api.", 1)
        ));
    }
    if !tls && !is_loopback(host) {
        return Err(format!(
            "plain http would send the API key unprotected; use https://{authority} (http is taken for a loopback address alone)"
        ));
    }
    Ok(origin)
}

/// Scheme, host and port of a link that a response carries, without user name, path and query; `None` if it is not an absolute http or
/// https URL with a valid host.
pub fn origin_of_link(link: &str) -> Option<Origin> {
    let link = link.trim();
    let (scheme, rest) = match link.strip_prefix("//") {
        Some(rest) => ("https", rest),
        None => link.split_once("://")?,
    };
    let tls = scheme.eq_ignore_ascii_case("https");
    if !tls && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let (authority, _) = rest.split_once(['/', '?', '#', '\\']).unwrap_or((rest, ""));
    let (_, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
    origin(tls, &authority.to_ascii_lowercase())
}

/// The origin of an authority in lower case, without the port if it is the scheme's own; `None` if its host or port is invalid.
fn origin(tls: bool, authority: &str) -> Option<Origin> {
    let (host, port) = split_port(authority)?;
    let host = host.strip_suffix('.').unwrap_or(host);
    if !(is_name(host) || host.parse::<Ipv4Addr>().is_ok() || bracketed(host).is_some()) {
        return None;
    }
    let authority = match port {
        Some(port) if port != if tls { 443 } else { 80 } => format!("{host}:{port}"),
        _ => host.to_owned(),
    };
    Some(Origin { tls, authority })
}

fn no_host(text: &str) -> String {
    format!(
        "{} is no host name or address; it looks like {}",
        quoted(text),
        REGIONS[0].0
    )
}

/// Host and port of an authority; nothing if the port is none.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    // The colons within brackets belong to an IPv6 address.
    let after_address = authority.rfind(']').map_or(0, |end| end.saturating_add(1));
    match authority.split_at_checked(after_address)?.1.split_once(':') {
        None => Some((authority, None)),
        Some((_, port)) => {
            let host = authority.strip_suffix(port)?.strip_suffix(':')?;
            match port.parse() {
                Ok(port) if port != 0 => Some((host, Some(port))),
                _ => None,
            }
        }
    }
}

fn bracketed(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// A host name: labels of letters, digits, hyphens and underscores, of up to 63 (RFC 1123, section 2.1).
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits alone would be an address written wrongly.
    host.len() <= 253
        && host.split('.').all(label)
        && !host
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
        || bracketed(host).is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_host_gives_its_origin() {
        for (text, origin) in [
            ("api.amp.cisco.com", "https://api.amp.cisco.com"),
            (
                " https://API.eu.amp.cisco.com/ ",
                "https://api.eu.amp.cisco.com",
            ),
            (
                "https://api.apjc.amp.cisco.com:443",
                "https://api.apjc.amp.cisco.com",
            ),
            ("amp.example.com:8443/", "https://amp.example.com:8443"),
            ("192.0.2.7", "https://192.0.2.7"),
            ("api.amp.cisco.com.", "https://api.amp.cisco.com"),
            ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
            ("http://127.0.0.1:40123", "http://127.0.0.1:40123"),
            (
                "\u{feff}https://api.amp.cisco.com",
                "https://api.amp.cisco.com",
            ),
            ("\"api.amp.cisco.com\"", "https://api.amp.cisco.com"),
            (
                "\u{200b}'https://api.amp.cisco.com/'\u{200b}",
                "https://api.amp.cisco.com",
            ),
            ("http://localhost", "http://localhost"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(
                parse(text).map(|origin| origin.to_string()),
                Ok(origin.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn link_is_reduced_to_its_origin() {
        for (link, origin) in [
            (
                "https://api.eu.amp.cisco.com/v1/version?x=1#y",
                Some("https://api.eu.amp.cisco.com"),
            ),
            (
                "HTTPS://API.example.com:443",
                Some("https://api.example.com"),
            ),
            (
                "https://user:secret@login.example.com:8443\\x",
                Some("https://login.example.com:8443"),
            ),
            ("//login.example.com/x", Some("https://login.example.com")),
            ("http://[2001:db8::1]/", Some("http://[2001:db8::1]")),
            ("/v1/version", None),
            ("login", None),
            ("", None),
            ("javascript://x", None),
            ("https:///x", None),
            ("https://a b/", None),
            ("https://x:99999/", None),
        ] {
            let found = origin_of_link(link).map(|origin| origin.to_string());
            assert_eq!(found.as_deref(), origin, "{link}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_with_what_would_be_right() {
        for (text, part) in [
            ("", "it is empty"),
            (
                "6B0D6A5E-5F0E-4C7D-9A51-3F6F0F6C2D11",
                "has the form of an API key",
            ),
            ("0123456789abcdef0123", "has the form of a client ID"),
            (
                "https://api.\u{200b}amp.cisco.com",
                "an invisible character (U+200B)",
            ),
            (&*"a".repeat(70_000), "it has 70000 characters"),
            ("http://api.amp.cisco.com", "use https://api.amp.cisco.com"),
            ("http://10.20.30.40", "use https://10.20.30.40"),
            ("ftp://api.amp.cisco.com", "it takes https"),
            ("https://user:secret@api.amp.cisco.com", "user name"),
            ("https://api.amp.cisco.com/v1", "has a path"),
            ("https://api.amp.cisco.com?x=1", "has a path"),
            ("https://console.eu.amp.cisco.com", "api.eu.amp.cisco.com"),
            ("api amp cisco com", "no host name"),
            ("api.amp.cisco.com:99999", "no host name"),
            ("api.amp.cisco.com:", "no host name"),
            ("300.1.1.1", "no host name"),
            ("https://[2001:db8::1", "no host name"),
            ("https://", "no host name"),
            ("api..cisco.com", "no host name"),
            ("api.amp.cisco.com\r\nx: y", "no host name"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(!error.to_ascii_lowercase().contains("5f0e"), "{error}");
            assert!(error.contains(part), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
