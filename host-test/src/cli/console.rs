//! Standard output and standard error. A reader that has gone (`| head`) is no failure.

use std::io::{self, Write as _};

use super::error::CliError;

/// Where results go, and where everything else goes.
pub(super) struct Console {
    out: io::Stdout,
    err: io::Stderr,
}

impl Console {
    pub(super) fn new() -> Self {
        Self {
            out: io::stdout(),
            err: io::stderr(),
        }
    }

    /// Writes a result to standard output.
    pub(super) fn print(&mut self, text: &str) -> Result<(), CliError> {
        match self
            .out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush())
        {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Output(error)),
            _ => Ok(()),
        }
    }

    /// Writes results to standard output, and has them on the disk if that is a file. A reader that has gone is a failure here.
    pub(super) fn print_all(&mut self, texts: impl Iterator<Item = String>) -> io::Result<()> {
        let mut out = io::BufWriter::new(self.out.lock());
        for text in texts {
            out.write_all(text.as_bytes())?;
        }
        out.flush()?;
        // Only files can be synchronised; a pipe has its reader.
        #[cfg(unix)]
        {
            use std::os::fd::AsFd as _;
            let out = std::fs::File::from(self.out.as_fd().try_clone_to_owned()?);
            if out.metadata().is_ok_and(|about| about.is_file()) {
                out.sync_data()?;
            }
        }
        Ok(())
    }

    /// Writes lines to standard error. If that does not work, there is nobody to tell.
    pub(super) fn tell(&mut self, lines: &str) {
        for line in lines.split('\n') {
            let _ = writeln!(self.err, "{}", plain(line));
        }
    }
}

/// Text from elsewhere in one line of a terminal: what would move its cursor, change its colours or
/// the direction of the text, or cannot be seen becomes a space.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|character| {
            let is_odd = character.is_control()
                || matches!(
                    character,
                    '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
                );
            if is_odd { ' ' } else { character }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_would_deceive_an_eye_becomes_a_space() {
        assert_eq!(
            plain("a\u{1b}[2J\u{202e}b\u{2066}\u{200b}\u{200f}\u{2028}\u{61c}\nÉ"),
            "a [2J b      É"
        );
    }
}
