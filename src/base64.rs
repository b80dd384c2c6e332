//! Base64 (RFC 4648, section 4), which HTTP Basic and the intake's cursor are written in. Two dozen lines in place of a crate of
//! 4 kB and more.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes bytes, with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut bits = [0; 3];
        for (bit, byte) in bits.iter_mut().zip(group) {
            *bit = *byte;
        }
        let [a, b, c] = bits;
        let places = [
            a >> 2,
            (a & 3) << 4 | b >> 4,
            (b & 15) << 2 | c >> 6,
            c & 63,
        ];
        for (place, letter) in places.into_iter().enumerate() {
            let letter = LETTERS.get(usize::from(letter)).copied().unwrap_or(b'=');
            text.push(char::from(if place > group.len() { b'=' } else { letter }));
        }
    }
    text
}

/// Decodes a text with padding; none if it is not what [`encode`] writes.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(4) {
        let padding = group
            .iter()
            .rev()
            .take_while(|letter| **letter == b'=')
            .count();
        let mut bits = 0_u32;
        for letter in group {
            let value = match letter {
                b'=' => 0,
                letter => u32::try_from(LETTERS.iter().position(|known| known == letter)?).ok()?,
            };
            bits = bits << 6 | value;
        }
        let [_, three @ ..] = bits.to_be_bytes();
        bytes.extend(three.get(..3_usize.checked_sub(padding)?)?);
    }
    // What was written otherwise, such as with bits set that mean nothing, does not come out the same.
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_was_encoded_is_decoded_and_nothing_else() {
        for length in 0..50 {
            let bytes: Vec<u8> = (0..length)
                .map(|place: u8| place.wrapping_mul(37))
                .collect();
            assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
        for wrong in [
            "Zg",
            "Zg=",
            "Zh==",
            "Z===",
            "====",
            "Zm9v!",
            "=m9v",
            "Zm9vZg==Zg==",
        ] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_examples_of_the_rfc_are_encoded_as_it_says() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        assert_eq!(encode(&[0xfb, 0xff, 0xbf]), "+/+/");
    }
}
