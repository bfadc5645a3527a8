//! Times as people type them: each stands for all of the day, the hour, the minute or the second that it names.

use jiff::civil::{Date, DateTime, Time, date};
use kilroy_model::Timestamp;

/// 100 ns in a second.
const SECOND: i64 = 10_000_000;

/// From the first to the last moment of what is named, both included. UTC, unless a zone is named.
pub fn span(text: &str) -> Option<(Timestamp, Timestamp)> {
    let text = text.trim();
    if text.len() <= "2024-05-14".len() {
        let date: Date = text.parse().ok()?;
        return Some((in_utc(date.to_datetime(Time::midnight()))?, in_utc(date.to_datetime(Time::MAX))?));
    }
    let (date, clock) = (text.get(..10)?, text.get(11..)?);
    date.parse::<Date>().ok()?;
    let clock = clock.find(['Z', 'z', '+', '-', '[']).map_or(clock, |zone| &clock[..zone]).trim();
    let length = match clock.len() {
        2 => 3600 * SECOND,
        5 => 60 * SECOND,
        8 => SECOND,
        // Without the colons it would be nobody's guess what is meant.
        _ => clock.contains('.').then_some(1)?,
    };
    let begin = match text.parse() {
        Ok(time) => time,
        Err(_) => in_utc(text.parse::<DateTime>().ok()?)?,
    };
    Some((begin, Timestamp::from_ticks(begin.ticks().saturating_add(length - 1))))
}

/// People write the end of the year 9999 where there is to be no end: it stands for the largest time.
fn in_utc(civil: DateTime) -> Option<Timestamp> {
    let since = civil.duration_since(date(1970, 1, 1).at(0, 0, 0, 0)).as_nanos();
    let nanos = since.min(jiff::Timestamp::MAX.as_nanosecond());
    i64::try_from(nanos.div_euclid(100)).ok().map(Timestamp::from_ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_time_stands_for() {
        for (text, begin, end) in [
            ("2024-05-14", "2024-05-14T00:00:00.0000000Z", "2024-05-14T23:59:59.9999999Z"),
            ("9999-12-31", "9999-12-30T22:00:00.9999999Z", "9999-12-30T22:00:00.9999999Z"),
            ("2024-05-14T13", "2024-05-14T13:00:00.0000000Z", "2024-05-14T13:59:59.9999999Z"),
            ("2024-05-14 13Z", "2024-05-14T13:00:00.0000000Z", "2024-05-14T13:59:59.9999999Z"),
            ("2024-05-14 09:00", "2024-05-14T09:00:00.0000000Z", "2024-05-14T09:00:59.9999999Z"),
            ("2024-05-14T09:00:01", "2024-05-14T09:00:01.0000000Z", "2024-05-14T09:00:01.9999999Z"),
            ("2024-05-14T11:00:01+02:00", "2024-05-14T09:00:01.0000000Z", "2024-05-14T09:00:01.9999999Z"),
            ("2024-05-14T09:00:01Z", "2024-05-14T09:00:01.0000000Z", "2024-05-14T09:00:01.9999999Z"),
            ("2024-05-14T09:00:01.1234567Z", "2024-05-14T09:00:01.1234567Z", "2024-05-14T09:00:01.1234567Z"),
        ] {
            let (first, last) = span(text).expect(text);
            assert_eq!((first.to_string().as_str(), last.to_string().as_str()), (begin, end), "{text}");
        }
        for wrong in [
            "",
            "2024",
            "yesterday",
            "14.05.2024",
            "2024-13-01",
            "2024-05-14 25:00",
            "09:00",
            "20240514T130428",
            "2024-05-14T1304",
        ] {
            assert!(span(wrong).is_none(), "{wrong}");
        }
    }
}
