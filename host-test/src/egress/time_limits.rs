//! How long a request may take: what the component asks for, but never longer than the host's own maximum, and never
//! without a limit.
//!
//! The maxima are those of the plugin's settings, so that no setting it takes is cut short without a word. A limit that
//! the component leaves out counts as a minute, far above any healthy answer and below what people wait for.

use std::time::Duration;

use wasmtime_wasi_http::RequestOptions;

/// What holds where the component sets no limit.
const UNASKED: Duration = Duration::from_secs(60);
/// Longest time for a connection: name, TCP and TLS. A connection that takes longer than two minutes is dead.
pub const LONGEST_CONNECT: Duration = Duration::from_secs(120);
/// Longest time to the first byte of an answer. Load balancers give up after one to five minutes.
pub const LONGEST_FIRST_BYTE: Duration = Duration::from_secs(300);
/// Longest time between two pieces of a body.
pub const LONGEST_BETWEEN_BYTES: Duration = Duration::from_secs(300);

/// The limits that hold for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeLimits {
    pub(super) connect: Duration,
    pub(super) first_byte: Duration,
    pub(super) between_bytes: Duration,
}

impl TimeLimits {
    /// The limits of a component that asks for these.
    pub(super) fn within(asked: RequestOptions) -> Self {
        let limit = |asked: Option<Duration>, longest| asked.unwrap_or(UNASKED).min(longest);
        Self {
            connect: limit(asked.connect_timeout, LONGEST_CONNECT),
            first_byte: limit(asked.first_byte_timeout, LONGEST_FIRST_BYTE),
            between_bytes: limit(asked.between_bytes_timeout, LONGEST_BETWEEN_BYTES),
        }
    }
}

impl From<TimeLimits> for RequestOptions {
    fn from(limits: TimeLimits) -> Self {
        Self {
            connect_timeout: Some(limits.connect),
            first_byte_timeout: Some(limits.first_byte),
            between_bytes_timeout: Some(limits.between_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(each: Option<Duration>) -> TimeLimits {
        TimeLimits::within(RequestOptions {
            connect_timeout: each,
            first_byte_timeout: each,
            between_bytes_timeout: each,
        })
    }

    #[test]
    fn a_component_gets_what_it_asks_for_up_to_the_maximum_of_the_host() {
        let day = asked(Some(Duration::from_secs(86_400)));
        assert_eq!(day.connect, LONGEST_CONNECT);
        assert_eq!(day.first_byte, LONGEST_FIRST_BYTE);
        assert_eq!(day.between_bytes, LONGEST_BETWEEN_BYTES);
        let second = Duration::from_secs(1);
        assert_eq!(asked(Some(second)).between_bytes, second);
    }

    #[test]
    fn no_request_goes_out_without_a_limit() {
        assert_eq!(asked(None).first_byte, UNASKED);
    }
}
