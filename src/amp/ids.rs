//! Identifiers as AMP writes them: GUIDs and SHA-256, always in lower case here (reference, section 2.6).

use std::fmt;

use crate::forms::is_guid;
pub use crate::forms::is_hex;

/// A GUID: 8-4-4-4-12 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(String);

impl Guid {
    /// Reads a GUID in any case, with spaces around it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        is_guid(&text).then_some(Self(text))
    }

    /// The GUID in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A SHA-256: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sha256(String);

impl Sha256 {
    /// Reads a SHA-256 in any case, with spaces around it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        (text.len() == 64 && is_hex(&text)).then_some(Self(text))
    }

    /// The hash in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_in_any_case_is_read_in_lower_case() {
        let guid = Guid::parse(" 6B0D6A5E-5F0E-4C7D-9A51-3F6F0F6C2D11\n").unwrap();
        assert_eq!(guid.as_str(), "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11");
    }

    #[test]
    fn what_is_no_guid_is_none() {
        for text in [
            "",
            "FIN-WS-0142",
            "6b0d6a5e5f0e4c7d9a513f6f0f6c2d11",
            "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d1",
            "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d1g",
            "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11-",
            "{6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11}",
        ] {
            assert_eq!(Guid::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_sha256_has_64_digits() {
        assert!(Sha256::parse(&"aB".repeat(32)).is_some());
        assert_eq!(Sha256::parse(&"ab".repeat(31)), None);
        assert_eq!(Sha256::parse(&"zz".repeat(32)), None);
    }
}
