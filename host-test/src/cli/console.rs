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

    /// Writes a line to standard error. If that does not work, there is nobody to tell.
    pub(super) fn tell(&mut self, line: &str) {
        let _ = writeln!(self.err, "{line}");
    }
}

/// Text from elsewhere in one line of a terminal: what would move its cursor or change its colours becomes a space.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect()
}
