//! Addresses in a text (IPv4, IPv6, MAC), and the addresses from ranges for documentation that stand in their place.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Address {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    Mac([u8; 6]),
}

/// The address at the beginning of `rest`, and how many bytes it takes; `before` is what stands before it.
pub(super) fn at_start(before: Option<char>, rest: &str) -> Option<(Address, usize)> {
    // Cheap and true for nearly every place: an address begins with a hex digit or a colon, not within a word.
    let first = rest.bytes().next()?;
    if !(first.is_ascii_hexdigit() || first == b':')
        || before.is_some_and(|before| before.is_alphanumeric() || matches!(before, '.' | ':'))
    {
        return None;
    }
    let length = rest
        .bytes()
        .position(|byte| !(byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'-')))
        .unwrap_or(rest.len())
        // The longest is an IPv6 address that ends in an IPv4 address.
        .min(45);
    let next = |end: usize| rest.get(end..).and_then(|rest| rest.chars().next());
    let ends = |end: usize| !next(end).is_some_and(char::is_alphanumeric);
    let mac = mac(rest).filter(|(_, end)| ends(*end) && !matches!(next(*end), Some(':' | '-')));
    if let Some((mac, end)) = mac {
        return Some((Address::Mac(mac), end));
    }
    let dotted = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let four = rest
        .bytes()
        .position(|byte| !dotted(byte))
        .unwrap_or(rest.len());
    let without_dot = |end: usize| {
        rest.get(..end)
            .map_or(0, |token| token.trim_end_matches(['.', ':', '-']).len())
    };
    let end = without_dot(four);
    // 1.2.3.4:80 is an address with a port.
    if ends(end)
        && let Some(Ok(address)) = rest.get(..end).map(str::parse)
    {
        return Some((Address::V4(address), end));
    }
    let six = rest
        .bytes()
        .position(|byte| !(byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')))
        .unwrap_or(rest.len())
        .min(length);
    for end in [six, without_dot(six)] {
        if ends(end)
            && let Some(Ok(address)) = rest.get(..end).map(str::parse)
        {
            return Some((Address::V6(address), end));
        }
    }
    None
}

/// A hardware address: six pairs with colons or hyphens, or three fours with dots.
fn mac(rest: &str) -> Option<([u8; 6], usize)> {
    let bytes = rest.as_bytes();
    let (separator, every) = match (bytes.get(2), bytes.get(4)) {
        (Some(b':' | b'-'), _) => (*bytes.get(2)?, 2),
        (_, Some(b'.')) => (b'.', 4),
        _ => return None,
    };
    let (mut digits, mut at) = (Vec::with_capacity(12), 0_usize);
    while digits.len() < 12 {
        if !digits.is_empty() && digits.len().is_multiple_of(every) {
            if *bytes.get(at)? != separator {
                return None;
            }
            at = at.saturating_add(1);
        }
        digits.push(char::from(*bytes.get(at)?).to_digit(16)?);
        if digits.len().is_multiple_of(every) || digits.len() < 12 {
            at = at.saturating_add(1);
        }
    }
    let mut mac = [0; 6];
    for (byte, pair) in mac.iter_mut().zip(digits.chunks(2)) {
        if let [high, low] = pair {
            *byte = u8::try_from(high << 4 | low).ok()?;
        }
    }
    Some((mac, at))
}

impl Address {
    /// Addresses that mean the same everywhere tell nothing, and a server on loopback must stay there.
    fn is_everybodys(self) -> bool {
        match self {
            Self::V4(address) => address.is_loopback() || address.is_unspecified(),
            Self::V6(address) => address.is_loopback() || address.is_unspecified(),
            Self::Mac(_) => false,
        }
    }
}

/// What stands for each address.
#[derive(Default)]
pub(super) struct StandIns {
    stand_ins: HashMap<Address, Address>,
}

impl StandIns {
    /// A stand-in for each of the addresses: of its kind, and none of them.
    pub(super) fn of(found: &BTreeSet<Address>) -> Self {
        let fresh = |address: &Address| !found.contains(address);
        let mut v4 = v4_range().map(Address::V4).filter(fresh);
        let mut v6 = (1..=u32::MAX)
            .map(|number| {
                let [high, low] = [number >> 16, number & 0xffff].map(|part| part as u16);
                Address::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, high, low))
            })
            .filter(fresh);
        let mut mac = mac_range().map(Address::Mac).filter(fresh);
        let stand_ins = found.iter().filter(|address| !address.is_everybodys());
        let stand_ins = stand_ins.filter_map(|address| {
            let stand_in = match address {
                Address::V4(_) => v4.next(),
                Address::V6(_) => v6.next(),
                Address::Mac(_) => mac.next(),
            };
            Some((*address, stand_in?))
        });
        Self {
            stand_ins: stand_ins.collect(),
        }
    }

    /// What stands for an address, written as `written` is; nothing if it stays.
    pub(super) fn get(&self, address: Address, written: &str) -> Option<String> {
        Some(match self.stand_ins.get(&address)? {
            Address::V4(address) => IpAddr::from(*address).to_string(),
            Address::V6(address) => IpAddr::from(*address).to_string(),
            Address::Mac(mac) => {
                let (separator, every) = match written {
                    written if written.contains('.') => (".", 2),
                    written if written.contains('-') => ("-", 1),
                    _ => (":", 1),
                };
                let parts = mac.chunks(every).map(|part| {
                    let digits = part.iter().map(|byte| format!("{byte:02x}"));
                    digits.collect::<String>()
                });
                let text = parts.collect::<Vec<_>>().join(separator);
                if written.contains(|letter: char| letter.is_ascii_uppercase()) {
                    text.to_ascii_uppercase()
                } else {
                    text
                }
            }
        })
    }
}

/// The ranges for documentation (RFC 5737), and when they are used up that for benchmarks (RFC 2544).
fn v4_range() -> impl Iterator<Item = Ipv4Addr> {
    let documentation = [[192, 0, 2], [198, 51, 100], [203, 0, 113]]
        .into_iter()
        .flat_map(|[a, b, c]| (1..=254).map(move |d| Ipv4Addr::new(a, b, c, d)));
    let benchmarks = (0xc612_0001_u32..0xc614_0000).map(Ipv4Addr::from);
    documentation.chain(benchmarks)
}

/// The range for documentation (RFC 7042), and when it is used up locally administered addresses.
fn mac_range() -> impl Iterator<Item = [u8; 6]> {
    let documentation = (0..=255).map(|last| [0, 0, 0x5e, 0, 0x53, last]);
    let local = (0..0x0100_0000_u32).map(|number| {
        let [_, a, b, c] = number.to_be_bytes();
        [2, 0, 0x5e, a, b, c]
    });
    documentation.chain(local)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let (mut before, mut at) = (None, 0);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            match at_start(before, rest) {
                Some((_, length)) => {
                    found.push(rest.get(..length).unwrap().to_owned());
                    at += length;
                }
                None => at += rest.chars().next().unwrap().len_utf8(),
            }
            before = text.get(..at).unwrap().chars().next_back();
        }
        found
    }

    #[test]
    fn addresses_are_found_in_a_text() {
        assert_eq!(
            found(
                "from 10.20.30.4:443, [fd12::a]:80 and  00:50:56:AB:cd:ef (00-50-56-ab-cd-ef, 0050.56ab.cdef) to ::ffff:10.0.0.1."
            ),
            [
                "10.20.30.4",
                "fd12::a",
                "00:50:56:AB:cd:ef",
                "00-50-56-ab-cd-ef",
                "0050.56ab.cdef",
                "::ffff:10.0.0.1"
            ]
        );
        assert_eq!(found("10.1.2.3/8"), ["10.1.2.3"]);
        assert_eq!(found("see 10.1.2.3. Then"), ["10.1.2.3"]);
    }

    #[test]
    fn what_only_looks_like_an_address_is_none() {
        for text in [
            "2026-05-01T10:00:00Z",
            "beb55a32-cc7e-4871-a80a-befd30a1fce7",
            "1.2.3",
            "1.2.3.4.5",
            "300.1.1.1",
            "v8.0.1.21",
            "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
            "10:00",
            "a::b::c",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn stand_ins_are_for_documentation_of_the_same_kind_and_none_of_the_originals() {
        let v4 = |text: &str| Address::V4(text.parse().unwrap());
        let all: BTreeSet<Address> = [
            v4("10.0.0.1"),
            v4("192.0.2.1"),
            v4("127.0.0.1"),
            Address::Mac([1; 6]),
        ]
        .into();
        let stand_ins = StandIns::of(&all);
        assert_eq!(stand_ins.get(v4("10.0.0.1"), "").unwrap(), "192.0.2.2");
        assert_eq!(stand_ins.get(v4("192.0.2.1"), "").unwrap(), "192.0.2.3");
        assert_eq!(stand_ins.get(v4("127.0.0.1"), ""), None);
        assert_eq!(
            stand_ins
                .get(Address::Mac([1; 6]), "01-01-01-01-01-0A")
                .unwrap(),
            "00-00-5E-00-53-00"
        );
        assert_eq!(
            stand_ins
                .get(Address::Mac([1; 6]), "0101.0101.0101")
                .unwrap(),
            "0000.5e00.5300"
        );
    }
}
