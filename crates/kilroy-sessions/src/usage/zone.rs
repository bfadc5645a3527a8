//! Time zones by their names.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use kilroy_model::Timestamp;

use super::windows_zones::iana;

/// A time zone. Rules come with the program and not from the system, so that every machine gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A name that is no time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownZone(pub String);

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no time zone: give a name like Europe/Berlin or Asia/Seoul, or UTC, or an offset like +02:00",
            self.0
        )
    }
}

impl std::error::Error for UnknownZone {}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// `Europe/Berlin`, `UTC`, `+02:00`; also Windows' own names, `Korea Standard Time`.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("z") {
            return Ok(Self::UTC);
        }
        if let Some(minutes) = offset_minutes(name) {
            return Self::fixed(minutes).ok_or_else(|| UnknownZone(name.to_owned()));
        }
        let known = TimeZoneDatabase::bundled();
        let found = known.get(name).ok().or_else(|| known.get(iana(name)?).ok());
        found.map(Self).ok_or_else(|| UnknownZone(name.to_owned()))
    }

    /// So many minutes ahead of UTC, all year round.
    pub(crate) fn fixed(minutes_east: i32) -> Option<Self> {
        let offset = Offset::from_seconds(minutes_east.checked_mul(60)?).ok()?;
        Some(if minutes_east == 0 { Self::UTC } else { Self(TimeZone::fixed(offset)) })
    }

    /// Has it a name, and with it rules of daylight saving time?
    pub(crate) fn is_named(&self) -> bool {
        self.0.iana_name().is_some()
    }

    /// Seconds ahead of UTC at a moment.
    pub fn offset(&self, second: i64) -> i32 {
        self.0.to_offset(moment(second)).seconds()
    }

    /// The next moment at which the offset may change.
    pub(crate) fn next_change(&self, second: i64) -> Option<i64> {
        self.0.following(moment(second)).next().map(|change| change.timestamp().as_second())
    }
}

/// `Europe/Berlin`, `+02:00`, `UTC`.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.iana_name() {
            Some(name) => f.write_str(name),
            None => f.write_str(&offset_text(self.offset(0))),
        }
    }
}

/// An offset as RFC 3339 writes it: `+02:00`. No zone of today has seconds in it.
pub fn offset_text(seconds: i32) -> String {
    let minutes = seconds.abs() / 60;
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `+02:00`, `-0330`, `+9` in minutes.
fn offset_minutes(text: &str) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let rest = text.get(1..)?;
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    if digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = if digits.len() > 2 { digits.split_at(digits.len() - 2) } else { (&*digits, "0") };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// The moment, or the nearest one that a calendar has.
fn moment(second: i64) -> jiff::Timestamp {
    let all = jiff::Timestamp::MIN.as_second() + 1..jiff::Timestamp::MAX.as_second();
    jiff::Timestamp::from_second(second.clamp(all.start, all.end - 1)).unwrap_or_default()
}

/// Whole seconds since 1970.
pub(crate) fn second(time: Timestamp) -> i64 {
    time.ticks().div_euclid(10_000_000)
}

/// What a clock shows that is so many seconds ahead of UTC.
pub(crate) fn local(second: i64, offset: i32) -> DateTime {
    Offset::UTC.to_datetime(moment(second.saturating_add(i64::from(offset))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_zones() {
        let named = |name: &str| Zone::named(name).map(|zone| zone.to_string());
        for (name, want) in [
            ("Europe/Berlin", "Europe/Berlin"),
            (" asia/seoul ", "Asia/Seoul"),
            ("Korea Standard Time", "Asia/Seoul"),
            ("utc", "UTC"),
            ("+02:00", "+02:00"),
            ("-0330", "-03:30"),
            ("+9", "+09:00"),
            ("+00:00", "UTC"),
        ] {
            assert_eq!(named(name).as_deref(), Ok(want), "{name}");
        }
        for wrong in ["", "Berlin", "CEST?", "+25:00", "+1:75", "02:00"] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
        // Ends of time are no trap.
        let zone = Zone::named("Europe/Berlin").unwrap();
        assert_eq!((zone.offset(i64::MIN), zone.offset(i64::MAX)), (zone.offset(-99_999_999_999), 3600));
    }
}
