//! Clock changes of Windows 7 (4616, version 0): dates and times of day in the machine's own zone, written as its language
//! has it. Read only where just one reading can be meant.

use kilroy_model::Timestamp;

const SECOND: i64 = 10_000_000;

/// Zones differ by whole quarters of an hour, and lie between twelve hours behind and fourteen ahead.
const QUARTER: i64 = 15 * 60 * SECOND;
const ZONES: std::ops::RangeInclusive<i64> = -12 * 4 * QUARTER..=14 * 4 * QUARTER;

/// The record is written right after the change, and its times are whole seconds.
const WRITTEN_AFTER: i64 = 5 * SECOND;

/// In which order the parts of a date stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    YearMonthDay,
    MonthDayYear,
    DayMonthYear,
}

/// What the clock showed before and after, in UTC. The new time and that of the record are one moment, which tells the zone and,
/// mostly, the order of day and month; a change is exact whatever the zone is. None where nothing fits, or more than one reading.
pub(super) fn change(logged: Timestamp, old: &str, new: &str) -> Option<(Timestamp, Timestamp)> {
    let orders = [Order::YearMonthDay, Order::MonthDayYear, Order::DayMonthYear];
    let readings = orders.into_iter().filter_map(|order| {
        let (old, new) = (moment(old, order)?, moment(new, order)?);
        let zone = zone(logged, new)?;
        Some((old.plus_ticks(-zone), new.plus_ticks(-zone)))
    });
    let mut only = None;
    for reading in readings {
        if only.replace(reading).is_some_and(|other| other != reading) {
            return None;
        }
    }
    only
}

/// How far local time is ahead of UTC, if the two can be one moment.
fn zone(logged: Timestamp, local: Timestamp) -> Option<i64> {
    let ahead = local.ticks().checked_sub(logged.ticks())?;
    // Rounded up: the record is written after the moment that it names.
    let zone = ahead.checked_add(WRITTEN_AFTER)?.div_euclid(QUARTER).checked_mul(QUARTER)?;
    (zone - WRITTEN_AFTER <= ahead && ahead <= zone && ZONES.contains(&zone)).then_some(zone)
}

/// A local time, as if it were UTC: `8/23/2015 4:48:01 AM`, `23.08.2015 04:48:01`, `2015-08-23 오전 4:48:01`.
fn moment(text: &str, order: Order) -> Option<Timestamp> {
    // Windows puts marks of the writing direction between the parts of a date.
    let text: String = text.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}')).collect();
    let mut words = text.split_whitespace();
    let date = numbers(words.next()?, &['/', '-', '.'])?;
    let [a, b] = [words.next()?, words.next().unwrap_or_default()];
    if words.next().is_some() {
        return None;
    }
    // Koreans write the half of the day first.
    let (clock, half) = if a.starts_with(|c: char| c.is_ascii_digit()) { (a, b) } else { (b, a) };
    let [hour, minute, second] = numbers(clock, &[':'])?;
    let hour = match (half, hour) {
        ("", 0..=23) => hour,
        ("AM" | "오전", 1..=12) => hour % 12,
        ("PM" | "오후", 1..=12) => hour % 12 + 12,
        _ => return None,
    };
    let [year, month, day] = match order {
        Order::YearMonthDay => date,
        Order::MonthDayYear => [date[2], date[0], date[1]],
        Order::DayMonthYear => [date[2], date[1], date[0]],
    };
    if !(1601..=9999).contains(&year) {
        return None;
    }
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").parse().ok()
}

/// Three numbers with one sign between them.
fn numbers(text: &str, signs: &[char]) -> Option<[u32; 3]> {
    let sign = text.chars().find(|c| signs.contains(c))?;
    let mut parts = text.split(sign);
    let mut next = || {
        let digits = parts.next()?;
        let all = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|_| all)
    };
    let three = [next()?, next()?, next()?];
    parts.next().is_none().then_some(three)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(logged: &str, old: &str, new: &str) -> Option<[String; 2]> {
        let (old, new) = change(logged.parse().unwrap(), old, new)?;
        Some([old, new].map(|time| time.to_string()))
    }

    fn times(old: &str, new: &str) -> [String; 2] {
        [old, new].map(|time| format!("{time}.0000000Z"))
    }

    #[test]
    fn as_languages_write_it() {
        let set = Some(times("2015-08-23T11:48:01", "2015-09-02T05:58:47"));
        for (old, new) in [
            ("8/23/2015 4:48:01 AM", "9/1/2015 10:58:47 PM"),
            ("23/08/2015 04:48:01", "01/09/2015 22:58:47"),
            ("23.08.2015 04:48:01", "01.09.2015 22:58:47"),
            ("2015-08-23 오전 4:48:01", "2015-09-01 오후 10:58:47"),
            ("\u{200e}8/\u{200e}23/\u{200e}2015 4:48:01 AM", "\u{200e}9/\u{200e}1/\u{200e}2015 10:58:47 PM"),
        ] {
            assert_eq!(read("2015-09-02T05:58:47.780Z", old, new), set, "{old}");
        }
    }

    #[test]
    fn half_past_and_noon() {
        let india = read("2015-08-23T18:30:01Z", "8/24/2015 12:00:59 PM", "8/24/2015 12:00:00 AM");
        assert_eq!(india, Some(times("2015-08-24T06:30:59", "2015-08-23T18:30:00")));
    }

    #[test]
    fn what_can_mean_two_things_is_not_read() {
        // The new date is the same either way, the old one is not.
        assert_eq!(read("2015-08-08T10:00:00Z", "7/6/2015 10:00:00", "8/8/2015 10:00:00"), None);
        // No zone makes one moment of these two.
        assert_eq!(read("2015-08-08T10:00:00Z", "8/8/2015 9:00:00 AM", "8/8/2015 10:07:00 AM"), None);
        assert_eq!(read("2015-08-08T10:00:00Z", "8/8/2015 9:00:00 AM", "8/6/2015 10:00:00 AM"), None);
    }

    #[test]
    fn other_words_are_not_read() {
        for text in [
            "",
            "4:48:01 AM",
            "8/23/2015",
            "23 août 2015 04:48:01",
            "8/23/2015 13:48:01 PM",
            "8/23/15 4:48:01 AM",
        ] {
            assert_eq!(read("2015-08-23T11:48:01Z", text, text), None, "{text}");
        }
    }
}
