//! Finds the texts in an address (host, segments of the path, values of the query), and puts others in their place. What
//! is not replaced stays as it was written.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::form_urlencoded;

/// A part of an address, decoded.
pub(super) enum Part<'a> {
    /// The host, without port.
    Host(&'a str),
    /// A segment of the path.
    Segment(&'a str),
    /// A value of the query, with its name.
    Value(&'a str, &'a str),
}

/// Whether a text is an absolute address.
pub(super) fn is_url(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    }) && !text.contains(char::is_whitespace)
}

/// The address with what `visit` puts in the place of its parts; a user and password are hidden.
pub(super) fn replace(url: &str, visit: &mut dyn FnMut(Part<'_>) -> Option<String>) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (user, authority) = match authority.rsplit_once('@') {
        Some((_, host)) => ("hidden@", host),
        None => ("", authority),
    };
    let after_address = authority.rfind(']').map_or(0, |at| at.saturating_add(1));
    let port = authority
        .get(after_address..)
        .and_then(|rest| rest.find(':'))
        .map_or(authority.len(), |at| after_address.saturating_add(at));
    let (host, port) = authority.split_at(port);

    let mut out = String::with_capacity(url.len());
    if !scheme.is_empty() {
        out.push_str(scheme);
        out.push_str("://");
    }
    out.push_str(user);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match visit(Part::Host(bare)) {
        Some(new) if new.contains(':') => out.push_str(&format!("[{new}]")),
        Some(new) => out.push_str(&new),
        None => out.push_str(host),
    }
    out.push_str(port);
    let (rest, fragment) = rest.split_at(rest.find('#').unwrap_or(rest.len()));
    let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        let decoded = percent_decode_str(segment).decode_utf8_lossy();
        match visit(Part::Segment(&decoded)) {
            Some(new) => out.extend(utf8_percent_encode(&new, NON_ALPHANUMERIC)),
            None => out.push_str(segment),
        }
    }
    for (index, pair) in query
        .strip_prefix('?')
        .into_iter()
        .flat_map(|query| query.split('&'))
        .enumerate()
    {
        out.push(if index == 0 { '?' } else { '&' });
        let mut decoded = form_urlencoded::parse(pair.as_bytes());
        let (name, value): (Cow<'_, str>, Cow<'_, str>) = decoded.next().unwrap_or_default();
        match visit(Part::Value(&name, &value)) {
            Some(new) => {
                let name = pair.split('=').next().unwrap_or_default();
                out.push_str(name);
                out.push('=');
                out.extend(form_urlencoded::byte_serialize(new.as_bytes()));
            }
            None => out.push_str(pair),
        }
    }
    if let Some(fragment) = fragment.strip_prefix('#') {
        out.push('#');
        match visit(Part::Segment(fragment)) {
            Some(new) => out.extend(utf8_percent_encode(&new, NON_ALPHANUMERIC)),
            None => out.push_str(fragment),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_which_nothing_is_replaced_stays_as_it_was() {
        for url in [
            "https://a.example",
            "https://[2001:db8::1]:8443/v1/x?a%5B%5D=1&b=two+words&c#top",
            "https://a.example/%2e/x//y/?&=&a",
        ] {
            assert_eq!(replace(url, &mut |_| None), url);
        }
    }

    #[test]
    fn each_part_is_seen_decoded_and_replaced_encoded() {
        let mut seen = Vec::new();
        let out = replace(
            "https://u:p@h.example:1/a%20b/c?x%5B%5D=d+e&y=f",
            &mut |part| {
                let (text, new) = match part {
                    Part::Host(host) => (host.to_owned(), "n.example"),
                    Part::Segment(segment) => (segment.to_owned(), ""),
                    Part::Value(name, value) => (format!("{name}={value}"), "g/h"),
                };
                seen.push(text);
                (!new.is_empty()).then(|| new.to_owned())
            },
        );
        assert_eq!(seen, ["h.example", "", "a b", "c", "x[]=d e", "y=f"]);
        assert_eq!(
            out,
            "https://hidden@n.example:1/a%20b/c?x%5B%5D=g%2Fh&y=g%2Fh"
        );
    }
}
