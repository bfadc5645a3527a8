//! Points in time, exact to the 100 ns that Windows writes.

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Ticks of 100 ns in one second.
const TICKS: i64 = 10_000_000;

/// A point in time in UTC, in ticks of 100 ns since 1970-01-01.
///
/// Years 1601 (Windows' zero) and before 1970 occur in real logs and are representable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From ticks of 100 ns since 1970-01-01 UTC.
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// Ticks of 100 ns since 1970-01-01 UTC.
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// From nanoseconds since 1970-01-01 UTC; what is below 100 ns is cut.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos.div_euclid(100))
    }

    /// Nanoseconds since 1970-01-01, if they fit (years 1677 to 2262).
    pub const fn nanos(self) -> Option<i64> {
        self.0.checked_mul(100)
    }

    /// From a Windows FILETIME (ticks since 1601-01-01).
    pub fn from_filetime(filetime: u64) -> Option<Self> {
        const TICKS_1601_TO_1970: i64 = 11_644_473_600 * TICKS;
        i64::try_from(filetime).ok().map(|t| Self(t - TICKS_1601_TO_1970))
    }

    /// This time moved by a number of milliseconds (negative: earlier).
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis.saturating_mul(TICKS / 1000)))
    }

    /// This time moved by a number of ticks of 100 ns.
    #[must_use]
    pub const fn plus_ticks(self, ticks: i64) -> Self {
        Self(self.0.saturating_add(ticks))
    }

    /// Distance to another time in ticks of 100 ns, never negative.
    pub const fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }

    /// Is the other time at most this many milliseconds away, before or after?
    pub const fn within_millis(self, other: Self, millis: u64) -> bool {
        self.distance(other) <= millis.saturating_mul(TICKS.unsigned_abs() / 1000)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with seven digits: `2024-05-14T09:00:01.1234567Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(TICKS);
        let fraction = self.0.rem_euclid(TICKS);
        match jiff::Timestamp::from_second(seconds) {
            Ok(t) => {
                let d = t.to_zoned(jiff::tz::TimeZone::UTC).datetime();
                write!(
                    f,
                    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{fraction:07}Z",
                    d.year(),
                    d.month(),
                    d.day(),
                    d.hour(),
                    d.minute(),
                    d.second()
                )
            }
            Err(_) => write!(f, "@{seconds}.{fraction:07}"),
        }
    }
}

/// A text that is no RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time: {0:?}; expected something like 2024-05-14T09:00:01Z")]
pub struct ParseTimeError(String);

impl FromStr for Timestamp {
    type Err = ParseTimeError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseTimeError(s.to_owned());
        let t: jiff::Timestamp = s.trim().parse().map_err(|_| wrong())?;
        i64::try_from(t.as_nanosecond().div_euclid(100)).map(Self).map_err(|_| wrong())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    /// From text or, where a format has times of its own, from nanoseconds.
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time in RFC 3339, or nanoseconds since 1970")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: serde::de::Error>(self, nanos: i64) -> Result<Timestamp, E> {
                Ok(Timestamp::from_nanos(nanos))
            }
        }

        d.deserialize_any(Either)
    }
}

/// Where an event's time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeBasis {
    /// The event's own time (`System/TimeCreated`), in UTC.
    #[default]
    Event,
    /// The log's record header, because the event itself has no usable time.
    Header,
    /// No usable time at all.
    None,
}

impl TimeBasis {
    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Header => "header",
            Self::None => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_digits_survive() {
        let text = "2024-05-14T09:00:01.1234567Z";
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
    }

    #[test]
    fn windows_zero_is_representable() {
        assert_eq!(Timestamp::from_filetime(0).unwrap().to_string(), "1601-01-01T00:00:00.0000000Z");
    }

    #[test]
    fn nine_digits_are_cut_not_rounded() {
        let t: Timestamp = "2024-05-14T09:00:01.123456789Z".parse().unwrap();
        assert_eq!(t.to_string(), "2024-05-14T09:00:01.1234567Z");
    }

    #[test]
    fn before_1970_fraction_counts_forward() {
        let text = "1969-12-31T23:59:59.9000000Z";
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
    }
}
