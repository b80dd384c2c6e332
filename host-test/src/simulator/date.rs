//! AMP's ways to write a time.

use std::time::{Duration, SystemTime};

/// `2026-05-01T10:00:00Z`. The time is counted from 1970.
pub(super) fn seconds_z(time: Duration) -> String {
    let time = SystemTime::UNIX_EPOCH
        .checked_add(time)
        .unwrap_or(SystemTime::UNIX_EPOCH);
    humantime::format_rfc3339_seconds(time).to_string()
}

/// `2026-05-01T10:00:00+00:00`.
pub(super) fn seconds_offset(seconds: i64) -> String {
    let time = seconds_z(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
    format!("{}+00:00", time.trim_end_matches('Z'))
}

/// Reads `2026-05-01T10:00:00Z`, the same with an offset, and a date alone; in seconds since 1970. A fraction is cut off.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = match text.split_once(['T', ' ']) {
        Some((date, rest)) => (date, rest),
        None => (text, "00:00:00Z"),
    };
    let place = rest.find(['Z', 'z', '+', '-']);
    let (clock, zone) = rest.split_at_checked(place.unwrap_or(rest.len()))?;
    let clock = clock.split('.').next()?;
    let clock = if clock.matches(':').count() == 1 {
        format!("{clock}:00")
    } else {
        clock.to_owned()
    };
    let local = humantime::parse_rfc3339(&format!("{date}T{clock}Z")).ok()?;
    let local = i64::try_from(local.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs()).ok()?;
    let sign = match zone.get(..1) {
        None | Some("" | "Z" | "z") => return Some(local),
        Some("+") => 1,
        _ => -1,
    };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes: i64 = if minutes.is_empty() {
        0
    } else {
        minutes.parse().ok()?
    };
    let offset = hours
        .parse::<i64>()
        .ok()?
        .checked_mul(60)?
        .checked_add(minutes)?
        .checked_mul(60)?;
    local.checked_sub(offset.checked_mul(sign)?)
}

#[cfg(test)]
mod tests {
    use super::{parse, seconds_offset};

    #[test]
    fn every_form_of_a_time_is_read() {
        for text in [
            "2026-05-01T10:00:00Z",
            "2026-05-01T10:00:00.712Z",
            "2026-05-01T12:00:00+02:00",
            "2026-05-01T04:30:00-0530",
            "2026-05-01 10:00",
        ] {
            assert_eq!(parse(text), Some(1_777_629_600), "{text}");
        }
        assert_eq!(parse("2026-05-01"), Some(1_777_593_600));
        assert_eq!(parse("yesterday"), None);
        assert_eq!(seconds_offset(1_777_629_600), "2026-05-01T10:00:00+00:00");
    }
}
