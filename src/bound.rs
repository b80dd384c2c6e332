//! The largest size of a text or list, and the way in which messages and help state it.

use std::fmt;

/// The largest size of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The largest size that is accepted.
    pub most: u32,
    /// The unit that the size is counted in.
    pub unit: Unit,
}

/// The unit that the size of an input is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Characters of a text.
    Characters,
    /// GUIDs of a list.
    Guids,
    /// Event types of a list.
    EventTypes,
}

impl Bound {
    /// A number of characters.
    pub const fn characters(most: u32) -> Self {
        Self {
            most,
            unit: Unit::Characters,
        }
    }

    /// Whether a size is accepted.
    pub fn accepts(self, size: usize) -> bool {
        u32::try_from(size).is_ok_and(|size| size <= self.most)
    }
}

impl fmt::Display for Bound {
    /// `up to 2,000 characters`: as the help in `wit/` says it too.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Characters => "characters",
            Unit::Guids => "GUIDs",
            Unit::EventTypes => "event types",
        };
        match (self.most / 1_000, self.most % 1_000) {
            (0, most) => write!(out, "up to {most} {unit}"),
            (thousands, rest) => write!(out, "up to {thousands},{rest:03} {unit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_states_its_number_as_the_help_does() {
        assert_eq!(Bound::characters(24).to_string(), "up to 24 characters");
        assert_eq!(
            Bound::characters(2_000).to_string(),
            "up to 2,000 characters"
        );
        assert!(Bound::characters(24).accepts(24) && !Bound::characters(24).accepts(25));
    }
}
