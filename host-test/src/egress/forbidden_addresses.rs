//! Which addresses no request may reach, whatever name leads there and whoever allows that name.
//!
//! Forbidden, with the IPv6 forms that carry an IPv4 address counted as that address:
//!
//! - link-local: 169.254.0.0/16, fe80::/10. The services of a cloud's own machines live there;
//! - metadata services of clouds, which give credentials to whoever asks: 169.254.169.254, fd00:ec2::254 (AWS),
//!   fd20:ce::254 (Google), 100.100.100.200 (Alibaba), 168.63.129.16 (Azure), 192.0.0.192 (Oracle), and their names,
//!   such as `metadata.google.internal`;
//! - unspecified, multicast and broadcast: 0.0.0.0/8, ::, 224.0.0.0/4, ff00::/8, 255.255.255.255.
//!
//! The list cannot be emptied. Private addresses (10.0.0.0/8 and the like) are not on it: a Private Cloud appliance lives
//! there, and only a connection that names it, or the operator, leads there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

const METADATA: &str = "an address of a cloud's metadata service";
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];
/// Names that mean the metadata service to a cloud's own resolver. A short name is completed by the search list.
const METADATA_NAMES: [&str; 6] = [
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "instance-data",
    "instance-data.ec2.internal",
];

/// What is forbidden about a host as it stands in a URL; nothing, mostly. A name is looked at again once it is resolved.
pub(super) fn host(host: &Host) -> Option<&'static str> {
    match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            METADATA_NAMES
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
                .then_some("a name of a cloud's metadata service")
        }
        Host::Ipv4(found) => address(IpAddr::V4(*found)),
        Host::Ipv6(found) => address(IpAddr::V6(*found)),
    }
}

/// What is forbidden about an address; nothing, mostly.
pub(super) fn address(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

fn v4(address: Ipv4Addr) -> Option<&'static str> {
    match address {
        _ if METADATA_V4.contains(&address) => Some(METADATA),
        _ if address.is_link_local() => Some("a link-local address"),
        _ if address.is_multicast() => Some("a multicast address"),
        _ if address.is_broadcast() => Some("the broadcast address"),
        _ if address.octets()[0] == 0 => Some("an unspecified address"),
        _ => None,
    }
}

fn v6(address: Ipv6Addr) -> Option<&'static str> {
    match address {
        _ if address.is_unspecified() => Some("an unspecified address"),
        _ if address.is_loopback() => None,
        _ if METADATA_V6.contains(&address) => Some(METADATA),
        _ if address.is_unicast_link_local() => Some("a link-local address"),
        _ if address.is_multicast() => Some("a multicast address"),
        _ => carried(address).and_then(v4),
    }
}

/// The IPv4 address within an IPv6 address: mapped and compatible (RFC 4291), translated (RFC 6052, 8215), 6to4 (RFC 3056).
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let low = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, a, b]
        | [0, 0, 0, 0, 0xffff, 0, a, b]
        | [0x64, 0xff9b, 0, 0, 0, 0, a, b]
        | [0x64, 0xff9b, 1, _, _, _, a, b]
        | [0x2002, a, b, ..] => Some(low(a, b)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use url::Url;

    fn why(authority: &str) -> Option<&'static str> {
        let url = Url::parse(&format!("https://{authority}/")).unwrap();
        super::host(&url.host().unwrap().to_owned())
    }

    #[test]
    fn metadata_services_are_forbidden_however_they_are_written() {
        for authority in [
            "169.254.169.254",
            "0xA9FEA9FE",
            "2852039166",
            "0251.0376.0251.0376",
            "[::ffff:169.254.169.254]",
            "[::169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:a9fe:a9fe::1]",
            "[fd00:ec2::254]",
            "100.100.100.200",
            "metadata.google.internal",
            "METADATA.google.internal.",
        ] {
            assert!(why(authority).unwrap().contains("metadata"), "{authority}");
        }
    }

    #[test]
    fn link_local_multicast_and_unspecified_addresses_are_forbidden() {
        for (authority, what) in [
            ("169.254.0.1", "link-local"),
            ("[fe80::1]", "link-local"),
            ("[febf::1]", "link-local"),
            ("224.0.0.1", "multicast"),
            ("[ff02::1]", "multicast"),
            ("255.255.255.255", "broadcast"),
            ("0.0.0.0", "unspecified"),
            ("[::]", "unspecified"),
            ("[::ffff:0.0.0.0]", "unspecified"),
        ] {
            assert!(why(authority).unwrap().contains(what), "{authority}");
        }
    }

    #[test]
    fn public_private_and_loopback_addresses_are_not() {
        for authority in [
            "api.amp.cisco.com",
            "metadata.example.com",
            "8.8.8.8",
            "10.1.2.3",
            "192.168.1.1",
            "172.16.0.1",
            "[fd12::1]",
            "[2001:db8::1]",
            "127.0.0.1",
            "[::1]",
        ] {
            assert_eq!(why(authority), None, "{authority}");
        }
    }
}
