//! Points in time as seconds since 1970-01-01T00:00:00Z, and the ways in which people, AMP and HTTP write them.
//!
//! All of them are UTC or carry their offset, so a calendar without time zones is enough: the proleptic Gregorian one, with the days
//! counted as in Howard Hinnant's "chrono-compatible low-level date algorithms".

use std::time::Duration;

const DAY: i64 = 86_400;

/// Days from 1970-01-01 to a date.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // The year begins in March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date so many days after 1970-01-01, as year, month and day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * march_month + 2) / 5 + 1)
}

/// A time as AMP takes it in `start_date`: `2026-05-01T08:00:00Z`.
pub fn rfc3339(seconds: i64) -> String {
    let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Reads `yyyy-MM-dd HH:mm` (seconds may follow) as UTC, and RFC 3339 (`2026-05-01T10:00:00+02:00`). Fractions of a second are dropped.
/// None for anything else, also for a date that no calendar has.
pub fn parse(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let year = digits(&mut rest, 4)?;
    let month = after(&mut rest, "-").and_then(|()| digits(&mut rest, 2))?;
    let day = after(&mut rest, "-").and_then(|()| digits(&mut rest, 2))?;
    after(&mut rest, "T")
        .or_else(|| after(&mut rest, "t"))
        .or_else(|| after(&mut rest, " "))?;
    let hour = digits(&mut rest, 2)?;
    let minute = after(&mut rest, ":").and_then(|()| digits(&mut rest, 2))?;
    let second = match after(&mut rest, ":") {
        Some(()) => digits(&mut rest, 2)?,
        None => 0,
    };
    if after(&mut rest, ".").is_some() {
        let fraction = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest = rest.split_at_checked(fraction).filter(|_| fraction > 0)?.1;
    }
    // Years of four digits only, with their offset too: 1970-01-01 to 9999-12-31.
    Some(seconds(year, month, day, hour, minute, second)? - offset(rest)?)
        .filter(|seconds| (0..=253_402_300_799).contains(seconds))
}

/// The offset from UTC at the end of a time, in seconds: nothing or `Z` for none, or `+hh:mm`.
fn offset(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.split_at_checked(1) {
        None if text.is_empty() => return Some(0),
        Some(("Z" | "z", "")) => return Some(0),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return None,
    };
    let hours = digits(&mut rest, 2)?;
    let minutes = after(&mut rest, ":").and_then(|()| digits(&mut rest, 2))?;
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Reads a `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3). `now` is in seconds since 1970.
pub fn retry_after(text: &str, now: i64) -> Option<Duration> {
    let seconds = match text.trim().parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => u64::try_from(http_date(text.trim())?.saturating_sub(now)).unwrap_or(0),
    };
    Some(Duration::from_secs(seconds))
}

/// Reads the one date form that HTTP still sends (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut rest = text.split_once(", ")?.1;
    let day = digits(&mut rest, 2)?;
    after(&mut rest, " ")?;
    let (name, after_name) = rest.split_at_checked(3)?;
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    rest = after_name;
    let year = after(&mut rest, " ").and_then(|()| digits(&mut rest, 4))?;
    let hour = after(&mut rest, " ").and_then(|()| digits(&mut rest, 2))?;
    let minute = after(&mut rest, ":").and_then(|()| digits(&mut rest, 2))?;
    let second = after(&mut rest, ":").and_then(|()| digits(&mut rest, 2))?;
    (rest == " GMT")
        .then(|| seconds(year, month, day, hour, minute, second))
        .flatten()
}

fn seconds(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let days = days_from_civil(year, month, day);
    // A day that the month has not got comes back as one of the next month. RFC 3339 knows the leap second 60.
    let real = civil_from_days(days) == (year, month, day) && (1..=12).contains(&month);
    (real && hour < 24 && minute < 60 && second <= 60)
        .then_some(days * DAY + hour * 3600 + minute * 60 + second)
}

/// Takes just `count` digits off the front.
fn digits(rest: &mut &str, count: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    head.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| head.parse().ok())
        .flatten()
}

/// Takes a text off the front.
fn after(rest: &mut &str, text: &str) -> Option<()> {
    *rest = rest.strip_prefix(text)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_time_gives_the_same_second() {
        for text in [
            "2026-05-01 08:00",
            " 2026-05-01 08:00:00 ",
            "2026-05-01T08:00",
            "2026-05-01T08:00:00Z",
            "2026-05-01t08:00:00.123456789z",
            "2026-05-01T10:00:00+02:00",
            "2026-05-01T03:30:00-04:30",
        ] {
            assert_eq!(parse(text), Some(1_777_622_400), "{text}");
        }
        assert_eq!(rfc3339(1_777_622_400), "2026-05-01T08:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "2026-05-01",
            "01.05.2026 08:00",
            "2026-13-01 08:00",
            "2026-00-01 08:00",
            "2026-02-29 08:00",
            "2026-04-31 08:00",
            "2026-05-00 08:00",
            "2026-05-01 24:00",
            "2026-05-01 08:60",
            "2026-05-01 8:00",
            "2026-05-01T08:00:00.Z",
            "2026-05-01T08:00:00+0200",
            "2026-05-01T08:00:00+02:00x",
            "2026-05-01T08:00:00ÄZ",
            "+026-05-01 08:00",
            "0000-01-01 00:00",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_comes_back_as_it_went() {
        let mut expected = (1600, 1, 1);
        for days in days_from_civil(1600, 1, 1)..days_from_civil(2400, 1, 1) {
            assert_eq!(civil_from_days(days), expected);
            assert_eq!(days_from_civil(expected.0, expected.1, expected.2), days);
            let (year, month, day) = expected;
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + i64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, day) if day == length => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
        assert_eq!(days_from_civil(1970, 1, 1), 0);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after("40", 0), Some(Duration::from_secs(40)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_700),
            Some(Duration::from_secs(77))
        );
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_800),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon", 0), None);
    }
}
