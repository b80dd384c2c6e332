//! What was counted, in Prometheus' text format: for each metric its help, its type, and a line a connection.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write as _};

use crate::collector::tally::Counts;

/// A metric that is a number of each connection. None where there is nothing to say yet.
struct Metric {
    name: &'static str,
    of: &'static str,
    help: &'static str,
    value: fn(&Counts) -> Option<i64>,
}

const COUNTER: &str = "counter";
const GAUGE: &str = "gauge";

/// Those with a line for each connection.
const METRICS: [Metric; 15] = [
    Metric {
        name: "signal_client_events_fetched_total",
        of: COUNTER,
        help: "Events that AMP sent.",
        value: |counts| whole(counts.fetched),
    },
    Metric {
        name: "signal_client_signals_stored_total",
        of: COUNTER,
        help: "Signals that were stored.",
        value: |counts| whole(counts.signals),
    },
    Metric {
        name: "signal_client_events_known_total",
        of: COUNTER,
        help: "Events passed over because they were stored before.",
        value: |counts| whole(counts.known),
    },
    Metric {
        name: "signal_client_events_filtered_total",
        of: COUNTER,
        help: "Events passed over by the lowest severity.",
        value: |counts| whole(counts.filtered),
    },
    Metric {
        name: "signal_client_events_skipped_total",
        of: COUNTER,
        help: "Events that could not be read and were skipped.",
        value: |counts| whole(counts.skipped),
    },
    Metric {
        name: "signal_client_events_unchecked_total",
        of: COUNTER,
        help: "Events from before the window that AMP listed and that were not delivered.",
        value: |counts| whole(counts.unchecked),
    },
    Metric {
        name: "signal_client_duplicates_total",
        of: COUNTER,
        help: "Signals that came although they were stored already, and were left as they were. There should be none.",
        value: |counts| whole(counts.doubled),
    },
    Metric {
        name: "signal_client_unmapped_total",
        of: COUNTER,
        help: "Signals of which no record in the config's format could be made. There should be none.",
        value: |counts| whole(counts.unmapped),
    },
    Metric {
        name: "signal_client_requests_total",
        of: COUNTER,
        help: "Requests to AMP, repeats included.",
        value: |counts| whole(counts.requests),
    },
    Metric {
        name: "signal_client_backlog_events",
        of: GAUGE,
        help: "Events that wait in AMP, as the last poll that succeeded saw it.",
        value: |counts| counts.succeeded_at.and_then(|_| whole(counts.backlog)),
    },
    Metric {
        name: "signal_client_lag_seconds",
        of: GAUGE,
        help: "How far the signals were behind the present at the last poll that succeeded; 0 if it caught up.",
        value: |counts| {
            counts
                .succeeded_at
                .and_then(|_| whole(counts.lag_seconds.unwrap_or(0)))
        },
    },
    Metric {
        name: "signal_client_quota_limit",
        of: GAUGE,
        help: "Requests that AMP allows in an hour.",
        value: |counts| counts.quota_limit.map(i64::from),
    },
    Metric {
        name: "signal_client_quota_remaining",
        of: GAUGE,
        help: "Requests left of them, as AMP last said.",
        value: |counts| counts.quota_remaining.map(i64::from),
    },
    Metric {
        name: "signal_client_last_success_timestamp_seconds",
        of: GAUGE,
        help: "When a poll last succeeded, in seconds since 1970.",
        value: |counts| counts.succeeded_at,
    },
    Metric {
        name: "signal_client_polling",
        of: GAUGE,
        help: "1 while a poll is under way, else 0.",
        value: |counts| Some(i64::from(counts.polling)),
    },
];

fn whole(count: u64) -> Option<i64> {
    Some(i64::try_from(count).unwrap_or(i64::MAX))
}

/// All that is counted, of each connection by its name.
#[must_use]
pub fn text(all: &BTreeMap<String, Counts>) -> String {
    let mut text = String::new();
    // A text takes whatever is written.
    let _ = write(&mut text, all);
    text
}

fn write(text: &mut String, all: &BTreeMap<String, Counts>) -> fmt::Result {
    for metric in &METRICS {
        head(text, metric.name, metric.of, metric.help)?;
        for (connection, counts) in all {
            if let Some(value) = (metric.value)(counts) {
                line(text, metric.name, connection, None, value)?;
            }
        }
    }
    let name = "signal_client_polls_total";
    let help = "Polls that ended, by their result: success, or the kind of failure.";
    head(text, name, COUNTER, help)?;
    for (connection, counts) in all {
        let failed = counts.failures.values().sum();
        let succeeded = counts.polls.saturating_sub(failed);
        line(text, name, connection, Some("success"), succeeded)?;
        for (kind, count) in &counts.failures {
            line(text, name, connection, Some(kind), count)?;
        }
    }
    let name = "signal_client_poll_duration_seconds";
    let help = "How long polls took, from the cursor to the commit.";
    head(text, name, "summary", help)?;
    for (connection, counts) in all {
        let seconds = counts.poll_time.as_secs_f64();
        line(text, &format!("{name}_sum"), connection, None, seconds)?;
        line(
            text,
            &format!("{name}_count"),
            connection,
            None,
            counts.polls,
        )?;
    }
    Ok(())
}

fn head(text: &mut String, name: &str, of: &str, help: &str) -> fmt::Result {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {of}")
}

fn line(
    text: &mut String,
    name: &str,
    connection: &str,
    result: Option<&str>,
    value: impl Display,
) -> fmt::Result {
    write!(text, "{name}{{connection=\"{}\"", Escaped(connection))?;
    if let Some(result) = result {
        write!(text, ",result=\"{}\"", Escaped(result))?;
    }
    writeln!(text, "}} {value}")
}

/// A label's value, as the format wants it.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::text;
    use crate::collector::tally::Counts;

    #[test]
    fn a_name_cannot_break_out_of_its_label() {
        let name = "a\"} 1\n\\b".to_owned();
        let text = text(&BTreeMap::from([(name, Counts::default())]));
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            assert!(line.contains("{connection=\"a\\\"} 1\\n\\\\b\""), "{line}");
        }
    }

    #[test]
    fn polls_are_told_by_their_result_and_with_the_time_they_took() {
        let counts = Counts {
            polls: 7,
            poll_time: Duration::from_millis(1_250),
            failures: BTreeMap::from([("rate-limited".to_owned(), 2), ("server".to_owned(), 1)]),
            ..Counts::default()
        };
        let text = text(&BTreeMap::from([("north".to_owned(), counts)]));
        let (_, polls) = text
            .split_once("# TYPE signal_client_polls_total ")
            .unwrap_or_default();
        assert_eq!(
            polls,
            "counter\n\
             signal_client_polls_total{connection=\"north\",result=\"success\"} 4\n\
             signal_client_polls_total{connection=\"north\",result=\"rate-limited\"} 2\n\
             signal_client_polls_total{connection=\"north\",result=\"server\"} 1\n\
             # HELP signal_client_poll_duration_seconds How long polls took, from the cursor to the commit.\n\
             # TYPE signal_client_poll_duration_seconds summary\n\
             signal_client_poll_duration_seconds_sum{connection=\"north\"} 1.25\n\
             signal_client_poll_duration_seconds_count{connection=\"north\"} 7\n"
        );
    }

    #[test]
    fn what_is_not_known_yet_has_no_line() {
        let text = text(&BTreeMap::from([("north".to_owned(), Counts::default())]));
        for gauge in [
            "backlog_events",
            "lag_seconds",
            "quota_limit",
            "quota_remaining",
            "last_success_timestamp_seconds",
        ] {
            assert!(text.contains(&format!("# TYPE signal_client_{gauge} gauge")));
            assert!(
                !text.contains(&format!("\nsignal_client_{gauge}{{")),
                "{text}"
            );
        }
    }
}
