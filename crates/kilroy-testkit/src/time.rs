//! Times of the stories: all of them happen in May 2024.

use kilroy_model::Timestamp;

const TICKS: i64 = 10_000_000;
/// 2024-05-01T00:00:00Z in seconds since 1970.
const MAY_2024: i64 = 1_714_521_600;
const SECONDS_1601_TO_1970: i64 = 11_644_473_600;

/// A moment of May 2024, UTC.
pub const fn may(day: u8, hour: u8, minute: u8, second: u8) -> Timestamp {
    let seconds = ((day as i64 - 1) * 24 + hour as i64) * 3600 + minute as i64 * 60 + second as i64;
    Timestamp::from_ticks((MAY_2024 + seconds) * TICKS)
}

/// Milliseconds in this many seconds.
pub const fn seconds(count: i64) -> i64 {
    count * 1000
}

/// A time as Windows stores it: ticks since 1601. Earlier ones become 1601.
pub fn filetime(time: Timestamp) -> u64 {
    u64::try_from(time.ticks() + SECONDS_1601_TO_1970 * TICKS).unwrap_or(0)
}

/// Year, month, weekday (Sunday is 0), day, hour, minute, second and millisecond: a SYSTEMTIME.
pub(crate) fn system_time(time: Timestamp) -> [u16; 8] {
    let millis = time.ticks().div_euclid(TICKS / 1000);
    let (days, in_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let part = |n: i64| u16::try_from(n).unwrap_or(0);
    // 1970-01-01 was a Thursday.
    let weekday = (days + 4).rem_euclid(7);
    [
        part(year),
        part(month),
        part(weekday),
        part(day),
        part(in_day / 3_600_000),
        part(in_day / 60_000 % 60),
        part(in_day / 1000 % 60),
        part(in_day % 1000),
    ]
}

/// The date that lies this many days after 1970-01-01 (the well-known algorithm with years that begin in March).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn may_2024() {
        assert_eq!(may(14, 9, 30, 5).to_string(), "2024-05-14T09:30:05.0000000Z");
    }

    #[test]
    fn parts_of_a_moment() {
        // 14 May 2024 was a Tuesday.
        let at = may(14, 9, 30, 5).plus_millis(796);
        assert_eq!(system_time(at), [2024, 5, 2, 14, 9, 30, 5, 796]);
        assert_eq!(system_time(Timestamp::from_ticks(0)), [1970, 1, 4, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn filetimes() {
        assert_eq!(Timestamp::from_filetime(filetime(may(1, 0, 0, 0))), Some(may(1, 0, 0, 0)));
        assert_eq!(filetime(Timestamp::from_ticks(i64::MIN / 2)), 0);
    }
}
