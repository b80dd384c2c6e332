//! Compressed bodies: opened, so that no secret hides in them, and closed again with the same fault if they had one.

use std::io::{Read as _, Write as _};

use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};

/// Most that is opened: what the component's largest `max-body-bytes` lets it read (128 MiB), and what it reads at once.
const LARGEST: u64 = 129 * 1024 * 1024;

/// How a compressed body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As it should, with nothing behind it.
    Sound,
    /// Before its end, or beyond what is opened.
    CutShort,
    /// With a checksum or length that is not its own.
    Checksum,
    /// With something that is no compressed data.
    Damaged,
}

/// What is in a compressed body, as far as it can be read; nothing if it is no gzip.
pub(super) fn open(body: &[u8]) -> Option<(Vec<u8>, Ending)> {
    let mut rest = body;
    let header = flate2::bufread::GzDecoder::new(&mut rest);
    header.header()?;
    drop(header);
    let start = header_length(body)?;
    let mut decoder = DeflateDecoder::new(body.get(start..)?);
    let mut text = Vec::new();
    let read = (&mut decoder).take(LARGEST).read_to_end(&mut text);
    let used = usize::try_from(decoder.total_in()).ok()?;
    let trailer = body.get(start.saturating_add(used)..).unwrap_or_default();
    let mut checksum = flate2::Crc::new();
    checksum.update(&text);
    let own = [
        checksum.sum().to_le_bytes(),
        checksum.amount().to_le_bytes(),
    ]
    .concat();
    let ending = match read {
        Ok(_) if u64::try_from(text.len()).is_ok_and(|length| length >= LARGEST) => {
            Ending::CutShort
        }
        Ok(_) if trailer == own => Ending::Sound,
        Ok(_) if trailer.len() < own.len() => Ending::CutShort,
        // What follows the trailer is nothing to the component; kept sound, and left out.
        Ok(_) if trailer.starts_with(&own) => Ending::Sound,
        Ok(_) => Ending::Checksum,
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ending::CutShort,
        Err(_) => {
            text = before_damage(body.get(start..)?);
            Ending::Damaged
        }
    };
    Some((text, ending))
}

/// All that can be read of damaged data. Byte by byte, since the decoder gives nothing of a piece in which it finds damage.
fn before_damage(data: &[u8]) -> Vec<u8> {
    let mut decoder = Decompress::new(false);
    let mut text = Vec::new();
    let mut room = vec![0; 64 * 1024];
    for byte in data.chunks(1) {
        let before = decoder.total_out();
        let step = decoder.decompress(byte, &mut room, FlushDecompress::None);
        let length = usize::try_from(decoder.total_out().saturating_sub(before)).unwrap_or(0);
        text.extend_from_slice(room.get(..length).unwrap_or_default());
        if !matches!(step, Ok(Status::Ok | Status::BufError)) {
            break;
        }
    }
    text
}

/// A compressed body of this text with this ending.
pub(super) fn close(text: &[u8], ending: Ending) -> std::io::Result<Vec<u8>> {
    let header = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut encoder = DeflateEncoder::new(header, Compression::default());
    encoder.write_all(text)?;
    let mut checksum = flate2::Crc::new();
    checksum.update(text);
    match ending {
        Ending::Sound | Ending::Checksum => {
            let mut body = encoder.finish()?;
            let wrong = u32::from(ending == Ending::Checksum);
            body.extend((checksum.sum() ^ wrong).to_le_bytes());
            body.extend(checksum.amount().to_le_bytes());
            Ok(body)
        }
        Ending::CutShort | Ending::Damaged => {
            encoder.flush()?;
            let mut body = encoder.get_ref().clone();
            if ending == Ending::Damaged {
                // The last block, of a kind that there is not (RFC 1951, section 3.2.3).
                body.extend([0b111, 0xff, 0xff]);
            }
            Ok(body)
        }
    }
}

/// How long the header is (RFC 1952, section 2.3).
fn header_length(body: &[u8]) -> Option<usize> {
    let flags = *body.get(3)?;
    let mut at: usize = 10;
    if flags & 4 != 0 {
        let extra = body.get(at..)?.first_chunk::<2>()?;
        at = at
            .saturating_add(2)
            .saturating_add(usize::from(u16::from_le_bytes(*extra)));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let end = body.get(at..)?.iter().position(|byte| *byte == 0)?;
            at = at.saturating_add(end).saturating_add(1);
        }
    }
    if flags & 2 != 0 {
        at = at.saturating_add(2);
    }
    (at <= body.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_body_is_closed_with_the_ending_that_it_was_opened_with() {
        let text = b"{\"data\": [1, 2, 3]}".repeat(50);
        for ending in [
            Ending::Sound,
            Ending::CutShort,
            Ending::Checksum,
            Ending::Damaged,
        ] {
            let body = close(&text, ending).unwrap();
            assert_eq!(open(&body), Some((text.clone(), ending)));
        }
    }

    #[test]
    fn what_is_no_gzip_is_not_opened() {
        assert_eq!(open(b"{}"), None);
        assert_eq!(open(b""), None);
    }
}
