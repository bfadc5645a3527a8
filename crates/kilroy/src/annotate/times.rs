//! Times as timelines write them.

use clap::ValueEnum;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use kilroy_catalog::Language;
use kilroy_model::Timestamp;
use kilroy_sessions::usage::Zone;

/// How times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum TimeFormat {
    /// By their looks: dates of any kind below, with the month first; numbers by their size
    #[default]
    Auto,
    /// 2024-05-14T09:00:01Z, 2024-05-14 09:00:01.123, 2024/05/14 09:00:01 +02:00, 20240514090001
    Iso,
    /// 05/14/2024 09:00:01, as Plaso and the United States write it
    Us,
    /// 14/05/2024 09:00:01, 14.05.2024 09:00:01
    DayFirst,
    /// Tue May 14 2024 09:00:01, as mactime writes it
    Mactime,
    /// Seconds since 1970
    Unix,
    /// Milliseconds since 1970
    UnixMs,
    /// Microseconds since 1970
    UnixUs,
    /// Nanoseconds since 1970
    UnixNs,
    /// Ticks of 100 ns since 1601, as Windows counts
    Filetime,
}

/// Reads times of one file.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub(crate) format: TimeFormat,
    /// Of times that do not say their zone.
    pub(crate) zone: Zone,
    /// Whether it was asked for: then a column with zones does not count.
    pub(crate) zone_is_given: bool,
}

/// What a cell says of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    At(Timestamp),
    /// Nothing, or what stands for nothing.
    Nothing,
    /// Not a time.
    Wrong,
    /// A time of a zone that is not known: it may be any of a day.
    ZoneUnknown,
}

const TICKS: i64 = 10_000_000;

impl Clock {
    /// The time that a text is.
    pub(super) fn read(&self, text: &str) -> Read {
        self.read_in(text, &self.zone)
    }

    /// The same, where another column says the zone.
    pub(super) fn read_with_zone(&self, text: &str, zone: Option<&str>) -> Read {
        let Some(name) = zone.filter(|name| !self.zone_is_given && !says_nothing(name)) else {
            return self.read(text);
        };
        if let Ok(zone) = Zone::named(name) {
            return self.read_in(text, &zone);
        }
        // What says its zone itself, or counts since a moment, is the same time in any zone.
        match [Zone::named("-12:00"), Zone::named("+14:00")]
            .map(|zone| zone.map(|zone| self.read_in(text, &zone)))
        {
            [Ok(one), Ok(other)] if one == other => one,
            _ => Read::ZoneUnknown,
        }
    }

    fn read_in(&self, text: &str, zone: &Zone) -> Read {
        let text = text.trim();
        if is_nothing(text) {
            return Read::Nothing;
        }
        let found = match self.format {
            TimeFormat::Auto => compact(text, zone)
                .or_else(|| number_by_size(text))
                .or_else(|| iso(text, zone))
                .or_else(|| dated(text, zone, [1, 0]))
                .or_else(|| mactime(text, zone)),
            TimeFormat::Iso => iso(text, zone).or_else(|| compact(text, zone)),
            TimeFormat::Us => dated(text, zone, [1, 0]),
            TimeFormat::DayFirst => dated(text, zone, [0, 1]),
            TimeFormat::Mactime => mactime(text, zone),
            TimeFormat::Unix => scaled(text, TICKS),
            TimeFormat::UnixMs => scaled(text, TICKS / 1_000),
            TimeFormat::UnixUs => scaled(text, TICKS / 1_000_000),
            TimeFormat::UnixNs => text.parse().ok().map(Timestamp::from_nanos),
            TimeFormat::Filetime => text.parse().ok().and_then(Timestamp::from_filetime),
        };
        found.map_or(Read::Wrong, Read::At)
    }

    /// What may help with a text that cannot be read.
    pub(super) fn hint(&self, text: &str) -> Option<Hint> {
        let text = text.trim();
        let by = |format| Self { format, ..self.clone() }.read(text) != Read::Wrong;
        if self.format != TimeFormat::Auto && by(TimeFormat::Auto) {
            return Some(Hint::Auto);
        }
        if self.format != TimeFormat::DayFirst && by(TimeFormat::DayFirst) {
            return Some(Hint::DayFirst);
        }
        // A date without a time of day, or with a word behind it that is no zone.
        let (before, zone) = text.rsplit_once(' ')?;
        let is_read = matches!(Self { format: TimeFormat::Auto, ..self.clone() }.read(before), Read::At(_));
        is_read.then(|| Hint::Zone(zone.chars().take(ZONE_LETTERS).collect()))
    }
}

/// Letters of a zone that a hint repeats.
const ZONE_LETTERS: usize = 20;

/// What may help with times that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hint {
    /// They are written in another way than was said.
    Auto,
    DayFirst,
    /// The name of the zone is not known.
    Zone(String),
}

impl Hint {
    pub(super) fn in_words(&self, language: Language) -> String {
        match (self, language) {
            (Self::Auto, Language::English) => "Without --time-format such a time can be read.".to_owned(),
            (Self::Auto, Language::Korean) => "--time-format 없이는 이런 시간을 읽을 수 있습니다.".to_owned(),
            (Self::DayFirst, Language::English) => {
                "--time-format day-first reads the day before the month.".to_owned()
            }
            (Self::DayFirst, Language::Korean) => {
                "--time-format day-first는 일을 월보다 앞에 두고 읽습니다.".to_owned()
            }
            (Self::Zone(zone), Language::English) => format!(
                "{zone:?} is no time zone that Kilroy knows: take it out, and say the zone with --timezone, like Asia/Seoul or +09:00."
            ),
            (Self::Zone(zone), Language::Korean) => format!(
                "{zone:?}은(는) 알 수 없는 표준 시간대입니다. 이를 빼고 --timezone으로 지정하십시오(예: Asia/Seoul, +09:00)."
            ),
        }
    }
}

/// What tools write where there is no zone.
fn says_nothing(zone: &str) -> bool {
    matches!(zone.trim(), "" | "-" | "N/A" | "n/a" | "None" | "null")
}

/// Tools write many things where there is no time.
fn is_nothing(text: &str) -> bool {
    // Zero of the calendar, of Unix and of Windows: nothing happened then.
    const ZEROES: [&str; 6] =
        ["0000-00-00", "0001-01-01", "1601-01-01", "00/00/0000", "Xxx Xxx 00 0000", "1970-01-01T00:00:00"];
    text.is_empty()
        || matches!(text, "-" | "0" | "N/A" | "n/a" | "None" | "null" | "Not a time")
        || ZEROES.iter().any(|zero| text.starts_with(zero))
}

/// `20240514130500`, `20240514T130500Z`, `20240514130500.123456`, and WMI's `20240514130500.000000+540`, whose zone is in minutes.
///
/// As milliseconds since 1970 fourteen digits are a time after the year 2286.
fn compact(text: &str, zone: &Zone) -> Option<Timestamp> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?;
    let (date, rest) = text.split_at_checked(8)?;
    let rest = rest.strip_prefix(['T', 't', ' ', '_']).unwrap_or(rest);
    let (clock, rest) = rest.split_at_checked(6)?;
    let date = [number(date.get(..4)?)?, number(date.get(4..6)?)?, number(date.get(6..)?)?];
    number(clock)?;
    let clock = format!("{}:{}:{}", clock.get(..2)?, clock.get(2..4)?, clock.get(4..)?);
    let is_digit = |c: char| c.is_ascii_digit();
    let end =
        rest.strip_prefix('.').map_or(0, |digits| rest.len() - digits.trim_start_matches(is_digit).len());
    let (fraction, after) = rest.split_at(end);
    if after.starts_with(is_digit) {
        return None;
    }
    let minutes = after.strip_prefix(['+', '-']).filter(|minutes| minutes.len() == 3).and_then(number);
    let after = match minutes {
        Some(minutes) => format!("{}{:02}:{:02}", &after[..1], minutes / 60, minutes % 60),
        None => after.to_owned(),
    };
    at(date, &format!("{clock}{fraction}{after}"), zone)
}

/// A number says by its size what it counts: seconds until the year 5138, and so on.
fn number_by_size(text: &str) -> Option<Timestamp> {
    let whole = text.split('.').next()?.trim_start_matches(['-', '+']);
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match whole.parse::<u64>().ok()? {
        0..100_000_000_000 => scaled(text, TICKS),
        100_000_000_000..100_000_000_000_000 => scaled(text, TICKS / 1_000),
        100_000_000_000_000..100_000_000_000_000_000 => scaled(text, TICKS / 1_000_000),
        filetime @ 100_000_000_000_000_000..1_000_000_000_000_000_000 => Timestamp::from_filetime(filetime),
        _ => text.parse().ok().map(Timestamp::from_nanos),
    }
}

/// A number of units of so many ticks, perhaps with a fraction.
fn scaled(text: &str, ticks: i64) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part: i64 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let part = i64::try_from(i128::from(part) * i128::from(ticks) / 1_000_000_000).ok()?;
    let part = if text.starts_with('-') { -part } else { part };
    whole.checked_mul(ticks)?.checked_add(part).map(Timestamp::from_ticks)
}

/// `2024-05-14T09:00:01.123Z` and its kin.
fn iso(text: &str, zone: &Zone) -> Option<Timestamp> {
    let [year, month, day] = numbers(text.get(..10)?, &['-', '/'])?;
    if text.as_bytes().get(4).is_none_or(u8::is_ascii_digit) {
        return None;
    }
    let rest = text.get(10..)?.strip_prefix(['T', 't', ' ', '_'])?;
    at([year, month, day], rest, zone)
}

/// `05/14/2024 09:00:01`: `order` says where month and day stand.
fn dated(text: &str, zone: &Zone, order: [usize; 2]) -> Option<Timestamp> {
    let (date, rest) = text.split_once([' ', 'T', ','])?;
    let parts: [i64; 3] = numbers(date, &['/', '.', '-'])?;
    let [day, month] = order.map(|place| parts[place]);
    at([parts[2], month, day], rest.trim_start(), zone).filter(|_| parts[2] >= 1000)
}

/// `Tue May 14 2024 09:00:01`.
fn mactime(text: &str, zone: &Zone) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let mut words = text.split_whitespace();
    let _weekday = words.next()?;
    let month = words.next()?.to_lowercase();
    let month = MONTHS.iter().position(|known| *known == month)?;
    let (day, year) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let rest: Vec<&str> = words.collect();
    at([year, i64::try_from(month).ok()? + 1, day], &rest.join(" "), zone)
}

/// A date and the text of its time of day, with or without a zone.
fn at([year, month, day]: [i64; 3], clock: &str, zone: &Zone) -> Option<Timestamp> {
    let clock = clock.trim();
    let end =
        clock.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ','))).unwrap_or(clock.len());
    let (clock, after) = clock.split_at(end);
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
    let parts: Vec<i64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [mut hour, minute, second] = match *parts.as_slice() {
        [hour, minute] => [hour, minute, 0],
        [hour, minute, second] => [hour, minute, second],
        _ => return None,
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut after = after.trim();
    if let Some(half) =
        after.get(..2).filter(|h| h.eq_ignore_ascii_case("am") || h.eq_ignore_ascii_case("pm"))
    {
        let noon = if half.eq_ignore_ascii_case("pm") { 12 } else { 0 };
        hour = (1..=12).contains(&hour).then_some(hour % 12 + noon)?;
        after = after.get(2..)?.trim();
    }
    let small = |number: i64| i8::try_from(number).ok();
    // A leap second is the last one of its minute.
    let second = if second == 60 { 59 } else { second };
    let civil = DateTime::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    )
    .ok()?;
    let local = civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    let seconds = match after {
        "" => utc(local, zone),
        named => utc(local, &Zone::named(named.trim_matches(['(', ')'])).ok()?),
    };
    let ticks: i64 = format!("{fraction:0<7}").get(..7)?.parse().ok()?;
    seconds.checked_mul(TICKS)?.checked_add(ticks).map(Timestamp::from_ticks)
}

/// Seconds in UTC of seconds on a clock of that zone.
fn utc(local: i64, zone: &Zone) -> i64 {
    let near = local - i64::from(zone.offset(local));
    local - i64::from(zone.offset(near))
}

/// Three numbers with one of these between them.
fn numbers(text: &str, between: &[char]) -> Option<[i64; 3]> {
    let parts: Vec<i64> = text.split(between).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(format: TimeFormat, zone: &str) -> Clock {
        Clock { format, zone: Zone::named(zone).unwrap(), zone_is_given: false }
    }

    fn read(text: &str) -> Option<String> {
        match clock(TimeFormat::Auto, "UTC").read(text) {
            Read::At(time) => Some(time.to_string()),
            _ => None,
        }
    }

    #[test]
    fn times_as_tools_write_them() {
        let want = "2024-05-14T09:00:01.0000000Z";
        for text in [
            "2024-05-14T09:00:01Z",
            "2024-05-14T09:00:01+00:00",
            "2024-05-14 09:00:01",
            "2024-05-14 09:00:01 +00:00",
            "2024-05-14 11:00:01 +02:00",
            "2024-05-14 09:00:01.000 Z",
            "2024-05-14 09:00:01 UTC",
            "2024/05/14 09:00:01",
            "05/14/2024 09:00:01",
            "5/14/2024 9:00:01 AM",
            "Tue May 14 2024 09:00:01",
            "1715677201",
            "1715677201.0",
            "1715677201000",
            "1715677201000000",
            "1715677201000000000",
            "133601508010000000",
            "20240514090001",
            "20240514T090001Z",
            "20240514 090001",
            "20240514090001.000000+000",
            "20240514180001.000000+540",
            "20240514070001.000000-120",
        ] {
            assert_eq!(read(text).as_deref(), Some(want), "{text}");
        }
        assert_eq!(read("20240514130500.123456").as_deref(), Some("2024-05-14T13:05:00.1234560Z"));
        // No date: milliseconds, whenever that is.
        assert_eq!(read("10000000000000").as_deref(), Some("2286-11-20T17:46:40.0000000Z"));
        assert_eq!(read("2024-05-14 09:00:01.1234567").as_deref(), Some("2024-05-14T09:00:01.1234567Z"));
        assert_eq!(read("1715677201.25").as_deref(), Some("2024-05-14T09:00:01.2500000Z"));
        assert_eq!(read("5/14/2024 12:30:00 PM").as_deref(), Some("2024-05-14T12:30:00.0000000Z"));
        assert_eq!(read("2024-05-14T09:00").as_deref(), Some("2024-05-14T09:00:00.0000000Z"));
    }

    #[test]
    fn what_is_no_time() {
        let read = |text| clock(TimeFormat::Auto, "UTC").read(text);
        for text in [
            "yesterday",
            "2024-05-14",
            "14/05/2024 09:00:01",
            "2024-13-14 09:00:01",
            "2024-05-14 25:00:00",
            "09:00:01",
            "2024-05-14 09:00:01 Mars",
            "1e9",
        ] {
            assert_eq!(read(text), Read::Wrong, "{text}");
        }
        for text in [
            "",
            "-",
            "0",
            "0000-00-00T00:00:00.000000+00:00",
            "00/00/0000 00:00:00",
            "Xxx Xxx 00 0000 00:00:00",
            "1601-01-01 00:00:00",
        ] {
            assert_eq!(read(text), Read::Nothing, "{text}");
        }
    }

    #[test]
    fn a_zone_of_another_column() {
        let free = clock(TimeFormat::Auto, "UTC");
        let read = |zone, text: &str| match free.read_with_zone(text, Some(zone)) {
            Read::At(time) => time.to_string(),
            other => format!("{other:?}"),
        };
        let want = "2024-05-14T09:00:01.0000000Z";
        for (zone, text) in [
            ("Asia/Seoul", "2024-05-14 18:00:01"),
            ("Korea Standard Time", "2024-05-14 18:00:01"),
            ("W. Europe Standard Time", "2024-05-14 11:00:01"),
            ("EST5EDT", "05/14/2024 05:00:01"),
            ("+09:00", "2024-05-14 18:00:01"),
            ("", "2024-05-14 09:00:01"),
            (" - ", "2024-05-14 09:00:01"),
            // Nobody asks for the zone of these.
            ("KST", "2024-05-14T09:00:01Z"),
            ("KST", "2024-05-14 18:00:01 +09:00"),
            ("KST", "1715677201"),
        ] {
            assert_eq!(read(zone, text), want, "{zone} {text}");
        }
        assert_eq!(read("KST", "2024-05-14 18:00:01"), "ZoneUnknown");
        assert_eq!([read("KST", "yesterday"), read("KST", "-")], ["Wrong", "Nothing"]);
    }

    #[test]
    fn what_may_help() {
        let hint = |format, text: &str| clock(format, "UTC").hint(text);
        assert_eq!(hint(TimeFormat::Auto, "14.05.2024 09:00:01"), Some(Hint::DayFirst));
        assert_eq!(hint(TimeFormat::Us, "2024-05-14 09:00:01"), Some(Hint::Auto));
        assert_eq!(hint(TimeFormat::Auto, "2024-05-14 09:00:01 Mars"), Some(Hint::Zone("Mars".to_owned())));
        assert_eq!(hint(TimeFormat::Auto, "yesterday"), None);
    }

    #[test]
    fn formats_and_zones_that_were_asked_for() {
        let read = |format, zone, text: &str| match clock(format, zone).read(text) {
            Read::At(time) => time.to_string(),
            other => format!("{other:?}"),
        };
        let want = "2024-05-14T09:00:01.0000000Z";
        assert_eq!(read(TimeFormat::DayFirst, "UTC", "14/05/2024 09:00:01"), want);
        assert_eq!(read(TimeFormat::DayFirst, "UTC", "14.05.2024 09:00:01"), want);
        assert_eq!(read(TimeFormat::UnixMs, "UTC", "1715677201000"), want);
        assert_eq!(read(TimeFormat::Filetime, "UTC", "133601508010000000"), want);
        assert_eq!(read(TimeFormat::Auto, "Asia/Seoul", "2024-05-14 18:00:01"), want);
        assert_eq!(read(TimeFormat::Auto, "Europe/Berlin", "2024-05-14 11:00:01"), want);
        assert_eq!(read(TimeFormat::Auto, "Asia/Seoul", "2024-05-14T09:00:01Z"), want);
        let given = Clock { zone_is_given: true, ..clock(TimeFormat::Auto, "UTC") };
        assert_eq!(given.read_with_zone("2024-05-14 09:00:01", Some("Asia/Seoul")), given.read(want));
        let free = clock(TimeFormat::Auto, "UTC");
        assert_eq!(free.read_with_zone("2024-05-14 18:00:01", Some("Asia/Seoul")), free.read(want));
    }
}
