//! Gathering an answer's body piece by piece: decompressed if it is gzip (RFC 1952), and never beyond its limit.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use super::HttpError;

/// A body under way.
pub struct Body {
    decoder: Decoder,
    limit: usize,
    /// No piece came yet. An empty body is no damaged gzip stream: some servers name the encoding all the same.
    empty: bool,
}

enum Decoder {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
    /// An encoding that was not asked for.
    Unknown(String),
}

impl Body {
    /// A body with the answer's `Content-Encoding`, of at most `limit` bytes once decompressed.
    pub fn new(content_encoding: Option<&str>, limit: usize) -> Self {
        let sink = Capped {
            bytes: Vec::new(),
            limit,
            exceeded: false,
        };
        let decoder = match content_encoding.map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "identity") => Decoder::Plain(sink),
            Some("gzip" | "x-gzip") => Decoder::Gzip(Box::new(MultiGzDecoder::new(sink))),
            Some(other) => Decoder::Unknown(other.to_owned()),
        };
        Self {
            decoder,
            limit,
            empty: true,
        }
    }

    /// Takes the next piece as it came.
    ///
    /// # Errors
    ///
    /// [`HttpError::TooLarge`] beyond the limit, [`HttpError::Malformed`] for damaged or unknown compression.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), HttpError> {
        self.empty &= piece.is_empty();
        let (written, exceeded) = match &mut self.decoder {
            Decoder::Plain(sink) => (sink.write_all(piece), sink.exceeded),
            Decoder::Gzip(decoder) => {
                let written = decoder.write_all(piece);
                (written, decoder.get_ref().exceeded)
            }
            Decoder::Unknown(name) => {
                return Err(HttpError::Malformed(format!(
                    "its content encoding {name:.40} was not asked for"
                )));
            }
        };
        outcome(written, exceeded, self.limit)
    }

    /// The whole body.
    ///
    /// # Errors
    ///
    /// As [`Body::push`]; also if the compressed stream ends before its end.
    pub fn finish(self) -> Result<Vec<u8>, HttpError> {
        match self.decoder {
            _ if self.empty => Ok(Vec::new()),
            Decoder::Plain(sink) => Ok(sink.bytes),
            Decoder::Gzip(mut decoder) => {
                let finished = decoder.try_finish();
                let sink = decoder.get_mut();
                outcome(finished, sink.exceeded, self.limit)?;
                Ok(std::mem::take(&mut sink.bytes))
            }
            // No piece of it was taken.
            Decoder::Unknown(_) => Ok(Vec::new()),
        }
    }
}

/// What a write came to; `exceeded` if the sink refused it.
fn outcome(written: io::Result<()>, exceeded: bool, limit: usize) -> Result<(), HttpError> {
    if exceeded {
        return Err(HttpError::TooLarge(limit));
    }
    written.map_err(|error| HttpError::Malformed(format!("its gzip body is damaged: {error}")))
}

/// A buffer that refuses to grow beyond its limit.
#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
    limit: usize,
    exceeded: bool,
}

impl Write for Capped {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(piece.len()) > self.limit {
            self.exceeded = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder
            .write_all(text)
            .and_then(|()| encoder.finish())
            .unwrap()
    }

    fn read(encoding: Option<&str>, limit: usize, bytes: &[u8]) -> Result<Vec<u8>, HttpError> {
        let mut body = Body::new(encoding, limit);
        for piece in bytes.chunks(7) {
            body.push(piece)?;
        }
        body.finish()
    }

    #[test]
    fn a_gzip_body_in_small_pieces_comes_out_whole() {
        let text = b"{\"data\":[1,2,3]}".repeat(100);
        assert_eq!(read(Some("GZIP"), 10_000, &gzip(&text)), Ok(text));
    }

    #[test]
    fn a_gzip_bomb_stops_at_the_limit() {
        let bomb = gzip(&vec![b' '; 50_000_000]);
        assert!(bomb.len() < 100_000, "{} bytes", bomb.len());
        assert_eq!(
            read(Some("gzip"), 1_000_000, &bomb),
            Err(HttpError::TooLarge(1_000_000))
        );
    }

    #[test]
    fn a_body_of_just_the_limit_is_taken_and_one_byte_more_is_not() {
        assert_eq!(read(None, 16, &[b'x'; 16]), Ok(vec![b'x'; 16]));
        assert_eq!(read(None, 16, &[b'x'; 17]), Err(HttpError::TooLarge(16)));
        assert_eq!(
            read(Some("gzip"), 16, &gzip(&[b'x'; 16])),
            Ok(vec![b'x'; 16])
        );
    }

    #[test]
    fn a_gzip_body_cut_short_is_malformed() {
        let mut cut = gzip(&b"some text that is long enough".repeat(20));
        cut.truncate(cut.len() - 9);
        assert!(matches!(
            read(Some("gzip"), 10_000, &cut),
            Err(HttpError::Malformed(_))
        ));
    }

    #[test]
    fn an_empty_gzip_body_is_empty() {
        assert_eq!(read(Some("gzip"), 10, b""), Ok(Vec::new()));
    }

    #[test]
    fn an_encoding_that_was_not_asked_for_is_named() {
        assert_eq!(
            read(Some("br"), 10, b"x"),
            Err(HttpError::Malformed(
                "its content encoding br was not asked for".to_owned()
            ))
        );
    }
}
