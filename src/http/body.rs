//! Gathering an answer's body piece by piece: decompressed if it is gzip (RFC 1952), and never beyond its limit.

use super::HttpError;
use super::gzip::{Gzip, GzipError};

/// What compression may add to a body, in bytes: its header and a little for what cannot be compressed.
const OVERHEAD: usize = 128 * 1024;

/// A body under way.
pub struct Body {
    encoding: Encoding,
    bytes: Vec<u8>,
    limit: usize,
    /// Bytes that came, compressed as they were.
    came: usize,
    /// No piece came yet. An empty body is no damaged gzip stream: some servers name the encoding all the same.
    empty: bool,
}

enum Encoding {
    Plain,
    Gzip(Gzip),
    /// One that was not asked for.
    Unknown(String),
}

impl Body {
    /// A body with the answer's `Content-Encoding`, of at most `limit` bytes once decompressed.
    pub fn new(content_encoding: Option<&str>, limit: usize) -> Self {
        let encoding = match content_encoding.map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "identity") => Encoding::Plain,
            Some("gzip" | "x-gzip") => Encoding::Gzip(Gzip::new()),
            Some(other) => Encoding::Unknown(other.chars().take(40).collect()),
        };
        Self {
            encoding,
            bytes: Vec::new(),
            limit,
            came: 0,
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
        // A stream that goes on and on without anything coming out of it is too large as well.
        self.came = self.came.saturating_add(piece.len());
        if self.came > self.limit.saturating_add(OVERHEAD) {
            return Err(HttpError::TooLarge(self.limit));
        }
        let Self {
            encoding,
            bytes,
            limit,
            ..
        } = self;
        let mut gather = |piece: &[u8]| {
            if bytes.len().saturating_add(piece.len()) > *limit {
                return Err(HttpError::TooLarge(*limit));
            }
            bytes.extend_from_slice(piece);
            Ok(())
        };
        match encoding {
            Encoding::Plain => gather(piece),
            Encoding::Gzip(gzip) => gzip.push(piece, &mut gather),
            Encoding::Unknown(name) => Err(HttpError::Malformed(format!(
                "its content encoding {name} was not asked for"
            ))),
        }
    }

    /// The whole body.
    ///
    /// # Errors
    ///
    /// [`HttpError::Malformed`] if the compressed stream ends before its end.
    pub fn finish(self) -> Result<Vec<u8>, HttpError> {
        if let (Encoding::Gzip(gzip), false) = (&self.encoding, self.empty) {
            gzip.finish()?;
        }
        Ok(self.bytes)
    }
}

impl Body {
    /// What was received of a body that is too large.
    pub fn into_beginning(self) -> Vec<u8> {
        self.bytes
    }
}

impl From<GzipError> for HttpError {
    fn from(error: GzipError) -> Self {
        let what = match error {
            GzipError::NoGzip => "it is said to be gzip but is not",
            GzipError::Damaged => "its gzip body is damaged",
            GzipError::CutShort => "its gzip body is cut short",
            GzipError::Checksum => "its gzip body does not match its checksum",
        };
        Self::Malformed(what.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

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
    fn a_gzip_body_with_a_wrong_checksum_is_malformed() {
        let mut wrong = gzip(b"some text");
        let place = wrong.len() - 7;
        wrong[place] ^= 1;
        let error = HttpError::from(GzipError::Checksum);
        assert_eq!(read(Some("gzip"), 10_000, &wrong), Err(error));
    }

    #[test]
    fn a_gzip_header_with_every_optional_part_is_passed_over() {
        let mut encoder = flate2::GzBuilder::new()
            .filename("a name")
            .comment("a comment")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), Compression::best());
        encoder.write_all(b"{}").unwrap();
        assert_eq!(
            read(Some("gzip"), 10, &encoder.finish().unwrap()),
            Ok(b"{}".to_vec())
        );
    }

    #[test]
    fn what_is_called_gzip_and_is_not_is_malformed() {
        assert_eq!(
            read(Some("gzip"), 100, b"{\"data\":[]}"),
            Err(HttpError::from(GzipError::NoGzip))
        );
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
