//! The default and the range of each input that is a number: the one place that knows them.

/// The default and the range of a number.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// What holds if it is left out.
    pub default: u32,
    /// The smallest value taken.
    pub minimum: u32,
    /// The largest value taken.
    pub maximum: u32,
}

/// AMP's own default and maximum of a page (reference, section 2.2); the platform's page has the same.
const LIMIT: Range = Range {
    default: 500,
    minimum: 1,
    maximum: 500,
};
/// AMP states no highest offset (reference, section 2.2).
const OFFSET: Range = Range {
    default: 0,
    minimum: 0,
    maximum: u32::MAX,
};
/// A page by default; 20 pages at the most, which is seldom too few for a playbook and never too much for a call.
const EVENTS: Range = Range {
    default: 500,
    minimum: 1,
    maximum: 10_000,
};

/// A page of AMP's is about a megabyte; four of them keep the memory of a poll under 24 MiB.
const MAX_SIGNALS: Range = Range {
    default: 500,
    minimum: 1,
    maximum: 2_000,
};
/// AMP keeps events for about 30 days (reference, section 6.1).
const FIRST_WINDOW_HOURS: Range = Range {
    default: 24,
    minimum: 0,
    maximum: 720,
};
/// A longer window costs more known events in each cursor.
const LATE_WINDOW_MINUTES: Range = Range {
    default: 15,
    minimum: 0,
    maximum: 120,
};

/// The default and the range of an input that is a number; none for other inputs.
pub fn range_of(field: &str) -> Option<Range> {
    match field {
        "limit" => Some(LIMIT),
        "offset" => Some(OFFSET),
        "number-of-events-fetched" => Some(EVENTS),
        "max-signals" => Some(MAX_SIGNALS),
        "first-window-hours" => Some(FIRST_WINDOW_HOURS),
        "late-window-minutes" => Some(LATE_WINDOW_MINUTES),
        _ => None,
    }
}
