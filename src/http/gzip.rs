//! The gzip format (RFC 1952) around a deflate stream, piece by piece.
//!
//! The decompressor is miniz_oxide's. What is around it are some bytes before and eight after, which a crate of its own would
//! make 20 kB of: it brings tables for a checksum faster than any network.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use crate::crc32::Crc32;

/// What one step of decompression may put out.
const STEP: usize = 32 * 1024;

/// The longest header that is waited for: its texts have no length of their own.
const LONGEST_HEADER: usize = 64 * 1024;

/// Bits of the header's flags (RFC 1952, section 2.3.1).
const HEADER_CHECKSUM: u8 = 2;
const EXTRA_FIELD: u8 = 4;
const FILE_NAME: u8 = 8;
const COMMENT: u8 = 16;

/// Why a stream cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub enum GzipError {
    /// It does not begin as gzip does.
    NoGzip,
    /// Its compressed part is damaged.
    Damaged,
    /// It ends before its end.
    CutShort,
    /// Its checksum or its length is not that of what came out.
    Checksum,
}

/// A stream under way.
pub struct Gzip {
    part: Part,
    /// What was not used yet: the beginning of a header or trailer that has not come whole.
    rest: Vec<u8>,
    inflate: Box<InflateState>,
    checksum: Crc32,
    length: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Header,
    Deflate,
    Trailer,
    End,
}

impl Gzip {
    /// A stream of which nothing came yet.
    pub fn new() -> Self {
        Self {
            part: Part::Header,
            rest: Vec::new(),
            inflate: InflateState::new_boxed(DataFormat::Raw),
            checksum: Crc32::default(),
            length: 0,
        }
    }

    /// Takes the next piece, and hands what it decompresses to `sink`, which may stop it.
    ///
    /// # Errors
    ///
    /// What is wrong with the stream, or what `sink` gave.
    pub fn push<E: From<GzipError>>(
        &mut self,
        piece: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.rest.extend_from_slice(piece);
        let bytes = std::mem::take(&mut self.rest);
        let mut bytes = bytes.as_slice();
        loop {
            match self.part {
                Part::Header => match header_length(bytes)? {
                    Some(length) => {
                        bytes = bytes.get(length..).unwrap_or_default();
                        self.part = Part::Deflate;
                    }
                    None if bytes.len() > LONGEST_HEADER => return Err(GzipError::Damaged.into()),
                    None => break,
                },
                Part::Deflate if bytes.is_empty() => break,
                Part::Deflate => bytes = self.decompress(bytes, sink)?,
                Part::Trailer => match bytes.split_first_chunk::<8>() {
                    Some((&[a, b, c, d, e, f, g, h], _)) => {
                        let sound = u32::from_le_bytes([a, b, c, d]) == self.checksum.value()
                            && u32::from_le_bytes([e, f, g, h]) == self.length;
                        if !sound {
                            return Err(GzipError::Checksum.into());
                        }
                        self.part = Part::End;
                    }
                    None => break,
                },
                // AMP sends one member; whatever might follow it is no part of the answer.
                Part::End => return Ok(()),
            }
        }
        bytes.clone_into(&mut self.rest);
        Ok(())
    }

    /// Whether the stream came to its end.
    ///
    /// # Errors
    ///
    /// [`GzipError::CutShort`] if not.
    pub fn finish(&self) -> Result<(), GzipError> {
        if self.part == Part::End {
            Ok(())
        } else {
            Err(GzipError::CutShort)
        }
    }

    /// Decompresses all of a piece, up to the end of the deflate stream; gives what comes after that.
    fn decompress<'a, E: From<GzipError>>(
        &mut self,
        mut bytes: &'a [u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<&'a [u8], E> {
        let mut output = vec![0; STEP];
        loop {
            let step = inflate(&mut self.inflate, bytes, &mut output, MZFlush::None);
            let written = output.get(..step.bytes_written).unwrap_or_default();
            self.checksum.update(written);
            self.length = self
                .length
                .wrapping_add(u32::try_from(written.len()).unwrap_or(0));
            sink(written)?;
            bytes = bytes.get(step.bytes_consumed..).unwrap_or_default();
            match step.status {
                Ok(MZStatus::StreamEnd) => {
                    self.part = Part::Trailer;
                    return Ok(bytes);
                }
                // An output that is full may have more behind it, even if all of the input is used.
                Ok(_) if !bytes.is_empty() || written.len() == STEP => {}
                Ok(_) => return Ok(bytes),
                Err(MZError::Buf) if bytes.is_empty() => return Ok(bytes),
                Err(_) => return Err(GzipError::Damaged.into()),
            }
        }
    }
}

/// How long the header is (RFC 1952, section 2.3); none while it has not come whole.
fn header_length(bytes: &[u8]) -> Result<Option<usize>, GzipError> {
    let Some((&[magic, gzip, method, flags, ..], mut rest)) = bytes.split_first_chunk::<10>()
    else {
        return if [0x1f, 0x8b].starts_with(bytes.get(..2).unwrap_or(bytes)) {
            Ok(None)
        } else {
            Err(GzipError::NoGzip)
        };
    };
    if [magic, gzip, method] != [0x1f, 0x8b, 8] {
        return Err(GzipError::NoGzip);
    }
    if flags & EXTRA_FIELD != 0 {
        let Some((&length, after)) = rest.split_first_chunk::<2>() else {
            return Ok(None);
        };
        let Some(after) = after.get(usize::from(u16::from_le_bytes(length))..) else {
            return Ok(None);
        };
        rest = after;
    }
    for text in [FILE_NAME, COMMENT] {
        if flags & text != 0 {
            let Some(end) = rest.iter().position(|byte| *byte == 0) else {
                return Ok(None);
            };
            rest = rest.get(end + 1..).unwrap_or_default();
        }
    }
    if flags & HEADER_CHECKSUM != 0 {
        let Some(after) = rest.get(2..) else {
            return Ok(None);
        };
        rest = after;
    }
    Ok(Some(bytes.len() - rest.len()))
}
