//! What the simulated organisation is like, and how its cloud behaves on a good day: everything that a flag can set.

use std::time::{Duration, SystemTime};

/// The settings of a simulator. The default is a small organisation on a quiet day.
#[derive(Debug, Clone)]
pub struct World {
    /// What everything is drawn from: the same seed makes the same organisation.
    pub seed: u64,
    /// What the wall clock shows at the start; it goes on with tokio's clock, so a paused one makes time virtual.
    pub now: SystemTime,
    /// How many computers there are.
    pub computers: u64,
    /// How many events happened before the start.
    pub events: u64,
    /// Over how much time before the start they are spread.
    pub events_over: Duration,
    /// How many more happen each minute.
    pub events_per_minute: f64,
    /// How many percent of those arrive late: with a time before their arrival.
    pub late_percent: f64,
    /// The longest time by which an event arrives late; at least a second.
    pub late_by: Duration,
    /// The form of the events' ids, and what comes with it.
    pub event_ids: EventIds,
    /// Many events at once, in one second.
    pub bursts: Vec<Burst>,
    /// How many groups there are.
    pub groups: u64,
    /// How many policies there are.
    pub policies: u64,
    /// How many application blocking lists there are, and as many simple custom detection lists.
    pub lists: u64,
    /// How many files each list has.
    pub files: u64,
    /// How long an answer takes.
    pub latency: Duration,
    /// Requests in a window of an hour.
    pub quota: u32,
    /// How many of them are used when the first window begins.
    pub used: u32,
    /// How the rate limit headers are spelled.
    pub spelling: Spelling,
    /// How long an isolation or a release is pending until the computer confirms it.
    pub pending: Duration,
    /// The credential that is known.
    pub client_id: String,
    /// Its key.
    pub api_key: String,
    /// Whether that credential may only read.
    pub read_only: bool,
    /// Answers of at least this size are compressed for those who can take it.
    pub gzip_from: usize,
}

/// Many events at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// How many.
    pub count: u64,
    /// When, counted from the start.
    pub after: Duration,
}

/// The form of the ids of simulated events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventIds {
    /// As recorded: three forms that depend on the connector's system and on the type. Different
    /// events share an id, some events have none, and some entries of the list agree in every field.
    #[default]
    Recorded,
    /// An id above 2^53 for each event, unique with near certainty, and no two equal entries.
    Distinct,
}

/// How the rate limit headers are spelled (reference, section 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spelling {
    /// `X-RateLimit-Limit`, as recorded.
    #[default]
    Wire,
    /// `X-Rate-Limit-Limit`, as Cisco's prose has it.
    Prose,
    /// There are none.
    None,
}

impl Default for World {
    fn default() -> Self {
        Self {
            seed: 1,
            now: SystemTime::UNIX_EPOCH
                .checked_add(START)
                .unwrap_or(SystemTime::UNIX_EPOCH),
            computers: 40,
            events: 200,
            events_over: Duration::from_secs(24 * 3600),
            events_per_minute: 0.0,
            late_percent: 0.0,
            late_by: Duration::from_secs(15 * 60),
            event_ids: EventIds::default(),
            bursts: Vec::new(),
            groups: 12,
            policies: 10,
            lists: 3,
            files: 20,
            latency: Duration::ZERO,
            quota: 3000,
            used: 0,
            spelling: Spelling::Wire,
            pending: Duration::from_secs(5),
            client_id: CLIENT_ID.to_owned(),
            api_key: API_KEY.to_owned(),
            read_only: false,
            gzip_from: 1024,
        }
    }
}

/// 2026-05-01T10:00:00Z, the time of the recordings.
const START: Duration = Duration::from_secs(1_777_629_600);
/// The client ID that is known unless another is given. It is nobody's.
pub const CLIENT_ID: &str = "0123456789abcdef0123";
/// The API key that belongs to it. It is nobody's either.
pub const API_KEY: &str = "11111111-2222-4333-8444-555555555555";

/// What a small machine still holds.
const LARGEST_BURST: u64 = 1_000_000;

impl std::str::FromStr for Burst {
    type Err = String;

    /// `700@60s`: 700 events, a minute after the start.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is no burst; write 700@60s for 700 events a minute after the start")
        };
        let (count, after) = text.split_once('@').ok_or_else(wrong)?;
        let count = count.trim().parse().map_err(|_| wrong())?;
        if count > LARGEST_BURST {
            return Err(format!("a burst has {LARGEST_BURST} events at most"));
        }
        Ok(Self {
            count,
            after: humantime::parse_duration(after.trim()).map_err(|_| wrong())?,
        })
    }
}

impl std::str::FromStr for EventIds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "recorded" => Ok(Self::Recorded),
            "distinct" => Ok(Self::Distinct),
            _ => Err(format!(
                "invalid form of ids `{text}`: expected recorded or distinct"
            )),
        }
    }
}

impl std::str::FromStr for Spelling {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "wire" => Ok(Self::Wire),
            "prose" => Ok(Self::Prose),
            "none" => Ok(Self::None),
            _ => Err(format!(
                "`{text}` is no spelling; take wire (X-RateLimit-Limit), prose (X-Rate-Limit-Limit) or none"
            )),
        }
    }
}
