//! Times as people read them, in UTC.

use kilroy_catalog::Language;
use kilroy_model::Timestamp;

/// To the second: `2024-05-14 09:00:01`.
pub(crate) fn seconds(time: Timestamp) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(11..19)) {
        (Some(date), Some(clock)) if text.as_bytes().get(10) == Some(&b'T') => format!("{date} {clock}"),
        // Outside of the calendar: as it is.
        _ => text,
    }
}

/// To the millisecond: `2024-05-14 09:00:01.123`.
pub(crate) fn millis(time: Timestamp) -> String {
    let text = time.to_string();
    match text.get(19..23) {
        Some(fraction) if text.as_bytes().get(10) == Some(&b'T') => format!("{}{fraction}", seconds(time)),
        _ => text,
    }
}

/// A time after another: without the date if it is the same day, without the year if it is the same year.
pub(crate) fn until(begin: Option<Timestamp>, time: Timestamp) -> String {
    let text = seconds(time);
    let begin = begin.map(seconds).unwrap_or_default();
    let same = |letters: usize| begin.get(..letters).is_some_and(|b| Some(b) == text.get(..letters));
    let from = match () {
        () if same("2024-05-14 ".len()) => "2024-05-14 ".len(),
        () if same("2024-".len()) => "2024-".len(),
        () => 0,
    };
    text.get(from..).unwrap_or_default().to_owned()
}

/// The day: `2024-05-14`.
pub(crate) fn day(time: Timestamp) -> String {
    seconds(time).split(' ').next().unwrap_or_default().to_owned()
}

/// The time of day to the millisecond: `09:00:01.123`.
pub(crate) fn clock(time: Timestamp) -> String {
    let text = millis(time);
    text.split_once(' ').map_or_else(|| text.clone(), |(_, clock)| clock.to_owned())
}

/// From the first to the last: `2024-05-14 09:00:01 to 10:30:00`.
pub(crate) fn span(first: Option<Timestamp>, last: Option<Timestamp>, language: Language) -> Option<String> {
    let (first, last) = (first?, last?);
    if seconds(first) == seconds(last) {
        return Some(seconds(first));
    }
    let (first, last) = (seconds(first), until(Some(first), last));
    Some(match language {
        Language::English => format!("{first} to {last}"),
        Language::Korean => format!("{first}~{last}"),
    })
}

/// How long: `412 ms`, `4.5 s`, `3 min 12 s`, `5 h 10 min`, `2 d 4 h`.
pub(crate) fn duration(ticks: u64, language: Language) -> String {
    let millis = ticks / 10_000;
    let seconds = millis / 1000;
    let (d, h, min, s) = match language {
        Language::English => (" d", " h", " min", " s"),
        Language::Korean => ("일", "시간", "분", "초"),
    };
    match seconds {
        0 if millis > 0 && language == Language::English => format!("{millis} ms"),
        0..10 => format!("{seconds}.{}{s}", millis % 1000 / 100),
        10..60 => format!("{seconds}{s}"),
        60..3600 => format!("{}{min} {}{s}", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}{h} {}{min}", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}{d} {}{h}", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// So many ticks as seconds, exact to the tick.
pub(crate) fn ticks_as_seconds(ticks: u64) -> f64 {
    // A span of a thousand years in ticks still fits into the 53 bits of a float but for its last digits.
    #[allow(clippy::cast_precision_loss, reason = "spans of a case are far shorter")]
    let ticks = ticks as f64;
    ticks / 10_000_000.0
}

/// A span that has passed: `+0.000`, `+2:03.250`, `+51:10:00`.
pub(crate) fn delta(ticks: u64) -> String {
    between(Timestamp::from_ticks(0), Timestamp::from_ticks(i64::try_from(ticks).unwrap_or(i64::MAX)))
}

/// The distance from one time to another with its sign: `+0.000`, `-1.5`, `+2:03.250`, `+5:10:00`.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> String {
    let sign = if to < from { '-' } else { '+' };
    let millis = from.distance(to) / 10_000;
    let (seconds, millis) = (millis / 1000, millis % 1000);
    match seconds {
        0..60 => format!("{sign}{seconds}.{millis:03}"),
        60..3600 => format!("{sign}{}:{:02}.{millis:03}", seconds / 60, seconds % 60),
        _ => format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn shortened_not_rounded() {
        let time = at("2024-05-14T09:00:01.9999999Z");
        assert_eq!(seconds(time), "2024-05-14 09:00:01");
        assert_eq!(millis(time), "2024-05-14 09:00:01.999");
        assert_eq!(seconds(Timestamp::from_ticks(i64::MAX)), "@922337203685.4775807");
    }

    #[test]
    fn the_same_day_once() {
        let begin = at("2024-05-14T09:00:01Z");
        assert_eq!(until(Some(begin), at("2024-05-14T10:30:00Z")), "10:30:00");
        assert_eq!(until(Some(begin), at("2024-05-15T10:30:00Z")), "05-15 10:30:00");
        assert_eq!(until(Some(begin), at("2025-05-14T10:30:00Z")), "2025-05-14 10:30:00");
        assert_eq!(until(None, begin), "2024-05-14 09:00:01");
        let span = |last| span(Some(begin), last, Language::Korean);
        assert_eq!(span(Some(begin)).unwrap(), "2024-05-14 09:00:01");
        assert_eq!(span(Some(at("2024-05-14T10:30:00Z"))).unwrap(), "2024-05-14 09:00:01~10:30:00");
        assert_eq!(span(None), None);
    }

    #[test]
    fn distances() {
        let from = at("2024-05-14T09:00:00Z");
        assert_eq!(between(from, from), "+0.000");
        assert_eq!(between(from, from.plus_millis(-1500)), "-1.500");
        assert_eq!(between(from, from.plus_millis(123_250)), "+2:03.250");
        assert_eq!(between(from, from.plus_millis(90_061_000)), "+25:01:01");
        let long = |millis: u64| duration(millis * 10_000, Language::English);
        assert_eq!(
            [0, 412, 4500, 192_000, 18_600_000].map(long),
            ["0.0 s", "412 ms", "4.5 s", "3 min 12 s", "5 h 10 min"]
        );
        assert_eq!(duration(187_200_000 * 10_000, Language::Korean), "2일 4시간");
        assert_eq!([0, 24_000_000, 1_872_000_000_000].map(delta), ["+0.000", "+2.400", "+52:00:00"]);
        assert_eq!(ticks_as_seconds(24_000_001).to_string(), "2.4000001");
    }
}
