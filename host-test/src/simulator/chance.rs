//! Chance that comes out the same for the same seed: everything the simulator makes up is drawn from here.

/// A sequence of numbers that look random (SplitMix64, by Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// The sequence that belongs to a seed, a subject and a number: `(7, "computer", 12)` is always the same computer.
    pub(super) fn of(seed: u64, subject: &str, number: u64) -> Self {
        // FNV-1a over the subject, so that two subjects of one number have nothing in common.
        let subject = subject
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        let mut chance = Self(seed ^ subject.rotate_left(17));
        chance.0 = chance.next() ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        chance.next();
        chance
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// Whether it happens, with a likelihood in percent.
    pub(super) fn happens(&mut self, percent: f64) -> bool {
        // A million steps are finer than anybody gives a percentage.
        let drawn = u32::try_from(self.below(1_000_000)).unwrap_or(0);
        f64::from(drawn) < percent * 10_000.0
    }

    /// One of several; the first of none is the default.
    pub(super) fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let place = usize::try_from(self.below(u64::try_from(of.len()).unwrap_or(1))).unwrap_or(0);
        of.get(place).copied().unwrap_or_default()
    }

    /// A GUID in lower case, as AMP writes them.
    pub(super) fn guid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    /// A number of hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits.saturating_add(16));
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(digits);
        text
    }
}
