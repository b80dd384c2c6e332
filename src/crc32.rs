//! The checksum of gzip (RFC 1952, section 8) and of the intake's cursor, four bits at a time.

/// A checksum under way.
pub struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Crc32 {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            for _ in 0..2 {
                let entry = NIBBLES
                    .get(usize::try_from(self.0 & 15).unwrap_or(0))
                    .copied()
                    .unwrap_or(0);
                self.0 = (self.0 >> 4) ^ entry;
            }
        }
    }

    /// The checksum of all that came.
    pub fn value(&self) -> u32 {
        !self.0
    }
}

/// What four bits do to the checksum, by its polynomial 0xEDB88320.
const NIBBLES: [u32; 16] = [
    0x0000_0000,
    0x1DB7_1064,
    0x3B6E_20C8,
    0x26D9_30AC,
    0x76DC_4190,
    0x6B6B_51F4,
    0x4DB2_6158,
    0x5005_713C,
    0xEDB8_8320,
    0xF00F_9344,
    0xD6D6_A3E8,
    0xCB61_B38C,
    0x9B64_C2B0,
    0x86D3_D2D4,
    0xA00A_E278,
    0xBDBD_F21C,
];

#[cfg(test)]
mod tests {
    use super::Crc32;

    #[test]
    fn the_check_value_of_the_polynomial_comes_out() {
        let mut checksum = Crc32::default();
        checksum.update(b"1234");
        checksum.update(b"56789");
        assert_eq!(checksum.value(), 0xCBF4_3926);
    }
}
