//! What a JSON line of the output looks like: the signal itself, or a platform's record of it, as the platform's manifest maps it.

use crate::manifest::{self, Mapping, Platform, Signal};

/// What lines look like.
#[derive(Debug)]
pub enum Form {
    /// Signals, as `poll` prints them.
    Signal,
    /// Records of a platform.
    Record(Box<Mapping>),
}

/// The manifest in this program has no mapping that can be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "this program has no usable manifest of {platform} ({why}); leave `format` out of the config until it is mended, and the lines are signals"
)]
pub struct FormError {
    platform: &'static str,
    why: String,
}

impl Form {
    /// The form of a platform's records; without a platform, that of signals.
    ///
    /// # Errors
    ///
    /// When the platform's manifest in this program is not right, which its test would have said.
    pub fn of(platform: Option<Platform>) -> Result<Self, FormError> {
        let Some(platform) = platform else {
            return Ok(Self::Signal);
        };
        let mapping = manifest::mapping(platform).map_err(|problems| FormError {
            platform: platform.name(),
            why: problems
                .into_iter()
                .map(|problem| problem.message)
                .collect::<Vec<_>>()
                .join("; "),
        })?;
        Ok(Self::Record(Box::new(mapping)))
    }

    /// The lines of a signal, of which `line` is the signal's own: that, or one for each of its records.
    ///
    /// # Errors
    ///
    /// When no record can be made of it: then its own line, so that whoever reads the output does not lose the event.
    pub fn lines(&self, line: String) -> Result<Vec<String>, String> {
        let Self::Record(mapping) = self else {
            return Ok(vec![line]);
        };
        let Ok(signal) = Signal::parse(&line) else {
            return Err(line);
        };
        let records = mapping.map(&signal);
        let lines: Vec<String> = records.iter().map(manifest::Record::line).collect();
        if lines.is_empty() {
            return Err(line);
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::Form;
    use crate::manifest::Platform;

    #[test]
    fn a_signal_of_which_no_record_can_be_made_stays_a_line() {
        // D3's record is of the raw event alone.
        for (platform, raw) in [(Platform::Conductor, "[]"), (Platform::D3, "null")] {
            let form = Form::of(Some(platform)).unwrap();
            let line = format!("{{\"uniqueEventKey\":\"1\",\"raw\":{raw}}}");
            assert_eq!(form.lines(line.clone()).unwrap_err(), line);
        }
    }

    #[test]
    fn signal_that_strict_parsers_reject_becomes_a_record() {
        let deep = ["[".repeat(100_000), "]".repeat(100_000)].join("1");
        for bad in [r#""\ud83d""#, "1e999", deep.as_str()] {
            for platform in Platform::ALL {
                let form = Form::of(Some(platform)).unwrap();
                let event = format!("{{\"id\":7,\"event_type\":\"Scan Started\",\"x\":{bad}}}");
                let line = format!("{{\"uniqueEventKey\":\"7-1\",\"raw\":{event}}}");
                let lines = form.lines(line.clone()).unwrap();
                assert_eq!(lines.len(), 1, "{}", platform.name());
                assert_ne!(lines, [line], "{}", platform.name());
            }
        }
    }

    #[test]
    fn without_a_platform_a_line_is_the_signal_whatever_it_holds() {
        let line = "{\"raw\":{\"id\":61803521152447948871}}".to_owned();
        let lines = Form::of(None).unwrap().lines(line.clone());
        assert_eq!(lines.unwrap(), [line]);
    }
}
