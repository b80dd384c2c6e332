//! What each connection is doing, as anybody may ask at any time: read from the config and the database, whether a collector runs or not.

use std::path::PathBuf;
use std::time::Duration;

use super::config::{ConnectionOutline, Outline};
use super::store::{self, ConnectionState, LastError, RATE_LIMITED, Reader, StoreError};
use crate::manifest::{self, Condition, Trouble};

/// A day, in seconds: how long nothing may come until that is told.
const DAY: i64 = 24 * 3600;
/// While a collector runs, a success counts for at least so long: with a short interval, a slow poll is no trouble yet.
const LEAST: Duration = Duration::from_secs(60);

/// All connections of a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// When it was looked at, in seconds since 1970, as are all times here.
    pub at: i64,
    /// The database.
    pub database: PathBuf,
    /// Whether a collector works with it.
    pub running: bool,
    /// The connections, in the order of the config.
    pub connections: Vec<ConnectionStatus>,
}

/// A connection at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// The last poll succeeded, within two intervals.
    Green,
    /// It failed, or was too long ago.
    Red,
    /// It is not polled.
    Disabled,
    /// It was never polled.
    Waiting,
}

/// What a connection is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionStatus {
    /// Its name.
    pub name: String,
    /// At a glance.
    pub light: Light,
    /// How often it is polled.
    pub interval: Duration,
    /// What is stored of its polls; none before the first.
    pub state: Option<ConnectionState>,
    /// What the platform's manifest says about its last error, if it knows that one.
    pub remedy: Option<Trouble>,
    /// What may be wrong although polls succeed: nothing has come for a day, or never.
    pub hint: Option<Trouble>,
    /// When a signal was last stored.
    pub last_signal: Option<i64>,
    /// Signals that were stored since midnight, UTC.
    pub signals_today: u64,
    /// Signals that are stored in all.
    pub signals: u64,
}

impl Light {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Red => "red",
            Self::Disabled => "disabled",
            Self::Waiting => "waiting",
        }
    }
}

impl ConnectionStatus {
    /// Its last error, if it is not over.
    #[must_use]
    pub fn error(&self) -> Option<&LastError> {
        let state = self.state.as_ref()?;
        state.failing_since?;
        state.last_error.as_ref()
    }
}

impl Overview {
    /// Looks at what a config's connections are doing at `now`, in seconds since 1970. Changes nothing.
    ///
    /// # Errors
    ///
    /// When the database is there and cannot be read, or is gone or emptied while a collector works with it.
    pub fn read(outline: &Outline, now: i64) -> Result<Self, StoreError> {
        let running = store::is_in_use(&outline.database)?;
        let reader = match outline.database.exists() {
            true => Reader::open(&outline.database)?,
            false => None,
        };
        // Before the first start, nothing was polled.
        if running && reader.is_none() {
            return Err(StoreError::Gone {
                file: outline.database.clone(),
            });
        }
        // Without its remedies a status is still one.
        let troubles = manifest::troubleshooting().unwrap_or_default();
        let connections = outline.connections.iter().map(|connection| {
            let mut status = ConnectionStatus::new(connection);
            if let Some(reader) = &reader {
                status.read(reader, now)?;
            }
            status.judge(connection.enabled, running, now, &troubles);
            Ok(status)
        });
        Ok(Self {
            at: now,
            database: outline.database.clone(),
            running,
            connections: connections.collect::<Result<_, StoreError>>()?,
        })
    }

    /// Whether nothing needs a person: no connection is red, and none waits for a collector that does not run.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.connections.iter().all(|status| match status.light {
            Light::Green | Light::Disabled => true,
            Light::Waiting => self.running,
            Light::Red => false,
        })
    }
}

impl ConnectionStatus {
    fn new(connection: &ConnectionOutline) -> Self {
        Self {
            name: connection.name.clone(),
            light: Light::Waiting,
            interval: connection.interval,
            state: None,
            remedy: None,
            hint: None,
            last_signal: None,
            signals_today: 0,
            signals: 0,
        }
    }

    fn read(&mut self, reader: &Reader, now: i64) -> Result<(), StoreError> {
        let midnight = now.saturating_sub(now.rem_euclid(DAY));
        self.state = reader.state(&self.name)?;
        self.last_signal = reader.last_signal(&self.name)?;
        self.signals_today = reader.signals_since(&self.name, midnight)?;
        self.signals = reader.signals_since(&self.name, i64::MIN)?;
        Ok(())
    }

    fn judge(&mut self, enabled: bool, running: bool, now: i64, troubles: &[Trouble]) {
        let known = |condition: Condition| {
            let mut troubles = troubles.iter();
            troubles
                .find(|trouble| trouble.condition == condition)
                .cloned()
        };
        let error = self
            .state
            .as_ref()
            .and_then(|state| state.last_error.as_ref());
        self.remedy = error
            .and_then(status_code)
            .and_then(|code| known(Condition::StatusCode(code)));
        self.light = match &self.state {
            _ if !enabled => Light::Disabled,
            None => Light::Waiting,
            Some(state) => match state.succeeded_at {
                Some(at) if state.failing_since.is_none() && self.is_recent(at, running, now) => {
                    Light::Green
                }
                _ => Light::Red,
            },
        };
        let is_quiet = self
            .last_signal
            .is_none_or(|at| now.saturating_sub(at) >= DAY);
        if self.light == Light::Green && is_quiet {
            self.hint = known(Condition::NoData);
        }
    }

    /// Whether a success at some time is no more than two intervals ago. One in the future, by a clock that was set back since, is.
    fn is_recent(&self, at: i64, running: bool, now: i64) -> bool {
        let least = if running { LEAST } else { Duration::ZERO };
        let longest = self.interval.saturating_mul(2).max(least).as_secs();
        now.saturating_sub(at) <= i64::try_from(longest).unwrap_or(i64::MAX)
    }
}

/// The status code of an error; that which AMP gives for its kind, if the component refused on its own account.
fn status_code(error: &LastError) -> Option<u16> {
    error.status_code.or(match error.kind.as_str() {
        "unauthorized" => Some(401),
        "forbidden" => Some(403),
        RATE_LIMITED => Some(429),
        _ => None,
    })
}
