//! Times, logon IDs and distances as text, several per session: written digit by digit, in a fraction of the time that
//! general formatting takes.

use kilroy_model::{Luid, Timestamp};

/// Ticks of 100 ns in one second.
const SECOND: i64 = 10_000_000;

/// What [`Timestamp`] prints: RFC 3339 in UTC with seven digits.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    let (seconds, fraction) = (time.ticks().div_euclid(SECOND), time.ticks().rem_euclid(SECOND));
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, date) = civil(day);
    if !(1..=9999).contains(&year) {
        return time.to_string();
    }
    let mut text = *b"0000-00-00T00:00:00.0000000Z";
    put(&mut text[..4], year);
    put(&mut text[5..7], month);
    put(&mut text[8..10], date);
    put(&mut text[11..13], second / 3600);
    put(&mut text[14..16], second / 60 % 60);
    put(&mut text[17..19], second % 60);
    put(&mut text[20..27], fraction);
    ascii(&text)
}

/// What was put together from digits and signs.
fn ascii(text: &[u8]) -> String {
    std::str::from_utf8(text).unwrap_or_default().to_owned()
}

/// Writes a number into all of these places, the last digit last.
fn put(places: &mut [u8], number: i64) {
    let mut rest = number.unsigned_abs();
    for place in places.iter_mut().rev() {
        *place = digit(rest % 10);
        rest /= 10;
    }
}

fn digit(value: u64) -> u8 {
    b"0123456789abcdef"[usize::try_from(value).unwrap_or(0) & 15]
}

/// What [`Luid`] prints: `0x3e7`.
pub(crate) fn hex(luid: Luid) -> String {
    let digits = (16 - luid.0.leading_zeros() as usize / 4).max(1);
    let mut text = [0; 18];
    text[..2].copy_from_slice(b"0x");
    let mut rest = luid.0;
    for place in text[2..2 + digits].iter_mut().rev() {
        *place = digit(rest % 16);
        rest /= 16;
    }
    ascii(&text[..2 + digits])
}

/// `1.250 s before`, `0.003 s after`.
pub(crate) fn distance(millis: i64) -> String {
    let side = if millis < 0 { " s before" } else { " s after" };
    let millis = millis.unsigned_abs();
    let mut text = String::with_capacity(16);
    if millis < 10_000 {
        text.push(char::from(digit(millis / 1000)));
    } else {
        text.push_str(&(millis / 1000).to_string());
    }
    text.push('.');
    for unit in [100, 10, 1] {
        text.push(char::from(digit(millis / unit % 10)));
    }
    text.push_str(side);
    text
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar (H. Hinnant's `civil_from_days`).
fn civil(day: i64) -> (i64, i64, i64) {
    // Days since 0000-03-01: leap days then come at the end of a year.
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_everywhere_else(ticks in prop_oneof![-700_000_000_000_000_000..2_600_000_000_000_000_000_i64, any::<i64>()]) {
            let time = Timestamp::from_ticks(ticks);
            prop_assert_eq!(rfc3339(time), time.to_string());
        }
    }

    proptest! {
        #[test]
        fn logon_ids_as_everywhere_else(shift in 0..64_u32, id in any::<u64>()) {
            prop_assert_eq!(hex(Luid(id >> shift)), Luid(id >> shift).to_string());
        }
    }

    #[test]
    fn distances() {
        for (millis, text) in [
            (1250, "1.250 s after"),
            (-3, "0.003 s before"),
            (0, "0.000 s after"),
            (-61_007, "61.007 s before"),
        ] {
            assert_eq!(distance(millis), text);
        }
        assert_eq!(hex(Luid(0)), "0x0");
    }

    #[test]
    fn leap_days() {
        for text in
            ["2000-02-29T23:59:59.9999999Z", "2024-03-01T00:00:00.0000000Z", "1900-02-28T12:00:00.0000001Z"]
        {
            assert_eq!(rfc3339(text.parse().unwrap()), text);
        }
    }
}
