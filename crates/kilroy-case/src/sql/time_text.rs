//! Times as texts: `2024-05-14T09:00:00.1234567Z`.
//!
//! They are what [`Timestamp`] shows, made millions of times per second; all are of one length, so that they compare as the
//! times do.

use std::cell::Cell;

use kilroy_model::Timestamp;

/// Ticks of 100 ns in a second, and in a day.
const SECOND: i64 = 10_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Times in the table are nanoseconds: none lies outside of these.
const FIRST: i64 = i64::MIN.div_euclid(100);
const LAST: i64 = i64::MAX.div_euclid(100);

/// The first time whose text is not less than this one, or is greater than this one; none if no time's is.
pub(super) fn first_from(text: &str, greater: bool) -> Option<i64> {
    let is_there = |ticks: i64| {
        let shown = Timestamp::from_ticks(ticks).to_string();
        if greater { shown.as_str() > text } else { shown.as_str() >= text }
    };
    if !is_there(LAST) {
        return None;
    }
    let (mut not_yet, mut there) = (FIRST - 1, LAST);
    while there - not_yet > 1 {
        let middle = not_yet + (there - not_yet) / 2;
        if is_there(middle) { there = middle } else { not_yet = middle }
    }
    Some(there)
}

/// Writes times; knows the day of the last one.
#[derive(Default)]
pub(super) struct TimeText {
    day: Cell<Option<(i64, [u8; 10])>>,
}

impl TimeText {
    /// The text of a time.
    pub(super) fn of(&self, time: Timestamp) -> [u8; 28] {
        let (day, in_day) = (time.ticks().div_euclid(DAY), time.ticks().rem_euclid(DAY));
        let date = match self.day.get() {
            Some((known, date)) if known == day => date,
            _ => {
                let mut date = *b"0000-00-00";
                let shown = Timestamp::from_ticks(day.saturating_mul(DAY)).to_string();
                if let Some(shown) = shown.as_bytes().get(..10) {
                    date.copy_from_slice(shown);
                }
                self.day.set(Some((day, date)));
                date
            }
        };
        let mut text = *b"0000-00-00T00:00:00.0000000Z";
        text[..10].copy_from_slice(&date);
        let (seconds, fraction) = (in_day / SECOND, in_day % SECOND);
        digits(&mut text[11..13], seconds / 3600);
        digits(&mut text[14..16], seconds / 60 % 60);
        digits(&mut text[17..19], seconds % 60);
        digits(&mut text[20..27], fraction);
        text
    }
}

fn digits(place: &mut [u8], mut number: i64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_times_show_themselves(ticks in FIRST..=LAST, other in FIRST..=LAST) {
            let text = TimeText::default();
            for ticks in [ticks, other, other + 1] {
                let time = Timestamp::from_ticks(ticks.min(LAST));
                let written = text.of(time);
                prop_assert_eq!(std::str::from_utf8(&written).unwrap(), time.to_string());
            }
        }

        #[test]
        fn places_among_the_texts(ticks in FIRST..=LAST, length in 0_usize..30) {
            let whole = Timestamp::from_ticks(ticks).to_string();
            let text = &whole[..length.min(whole.len())];
            for greater in [false, true] {
                let is_there = |ticks: i64| {
                    let shown = Timestamp::from_ticks(ticks).to_string();
                    if greater { shown.as_str() > text } else { shown.as_str() >= text }
                };
                match first_from(text, greater) {
                    Some(first) => prop_assert!(is_there(first) && (first == FIRST || !is_there(first - 1))),
                    None => prop_assert!(!is_there(LAST)),
                }
            }
        }
    }

    #[test]
    fn texts_that_are_no_times() {
        assert_eq!(first_from("", false), Some(FIRST));
        assert_eq!(first_from("yesterday", false), None);
        let day = first_from("2024-05-14", false).map(Timestamp::from_ticks).unwrap();
        assert_eq!(day.to_string(), "2024-05-14T00:00:00.0000000Z");
    }
}
