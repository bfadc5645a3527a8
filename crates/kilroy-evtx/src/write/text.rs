//! Values as text: what Windows writes for them where no template has a place for them.

use super::value::{Array, Real, SysTime, Value};

/// The text of a value; none for no value and for an element.
pub(super) fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Str(text) | Value::StrNul(text) | Value::Sid(text) => text.clone(),
        Value::AnsiStr(bytes) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
        Value::I8(n) => n.to_string(),
        Value::U8(n) => n.to_string(),
        Value::I16(n) => n.to_string(),
        Value::U16(n) => n.to_string(),
        Value::I32(n) => n.to_string(),
        Value::U32(n) => n.to_string(),
        Value::I64(n) => n.to_string(),
        Value::U64(n) => n.to_string(),
        Value::F32(Real(n)) => n.to_string(),
        Value::F64(Real(n)) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Binary(bytes) => hex(bytes),
        Value::Guid(n) => guid(*n),
        Value::SizeT32(n) | Value::HexU32(n) => format!("{n:#x}"),
        Value::SizeT64(n) | Value::HexU64(n) => format!("{n:#x}"),
        Value::FileTime(ticks) => filetime(*ticks),
        Value::SysTime(time) => systime(*time),
        Value::Array(array) => joined(array),
        Value::Xml(_) | Value::Null => return None,
    })
}

fn joined(array: &Array) -> String {
    let texts: Vec<String> = array.items().iter().filter_map(text).collect();
    texts.join(",")
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Upper case and braces, as in the templates of Windows' own sources.
pub(super) fn guid(guid: u128) -> String {
    let (a, b, c) = (guid >> 96, guid >> 80 & 0xffff, guid >> 64 & 0xffff);
    let (d, e) = (guid >> 48 & 0xffff, guid & 0xffff_ffff_ffff);
    format!("{{{a:08X}-{b:04X}-{c:04X}-{d:04X}-{e:012X}}}")
}

/// With nine digits of a second, as in forwarded events.
fn filetime(ticks: u64) -> String {
    const SECOND: u64 = 10_000_000;
    let (days, rest) = (ticks / (86_400 * SECOND), ticks % (86_400 * SECOND));
    let (year, month, day) = date(days);
    let (seconds, nanos) = (rest / SECOND, rest % SECOND * 100);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z")
}

/// Year, month and day of a day since 1601-01-01 (Howard Hinnant's `civil_from_days`).
fn date(days: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that the leap day is the last one; days count from 0000-03-01.
    let days = days + 584_694;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

fn systime(time: SysTime) -> String {
    let SysTime { year, month, day, hour, minute, second, milliseconds, .. } = time;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

/// A character of the code page that most Western machines have.
fn windows_1252(byte: u8) -> char {
    const UPPER: [char; 32] = [
        '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}',
        '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}',
        '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}',
        '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
    ];
    let upper = byte.checked_sub(0x80).and_then(|index| UPPER.get(usize::from(index)));
    upper.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_windows() {
        let shown = |value: Value| text(&value).unwrap_or_default();
        assert_eq!(shown(Value::FileTime(0)), "1601-01-01T00:00:00.000000000Z");
        assert_eq!(shown(Value::FileTime(132_841_239_323_518_358)), "2021-12-16T10:25:32.351835800Z");
        assert_eq!(shown(Value::FileTime(125_963_423_999_999_999)), "2000-02-29T23:59:59.999999900Z");
        let guid = 0xc76b_aa63_ae81_421c_b425_340b_4b24_157f;
        assert_eq!(shown(Value::Guid(guid)), "{C76BAA63-AE81-421C-B425-340B4B24157F}");
        assert_eq!(shown(Value::HexU64(1 << 60)), "0x1000000000000000");
        assert_eq!(shown(Value::Binary(vec![0, 0xaf])), "00AF");
        assert_eq!(shown(Value::AnsiStr(b"a\x80\xe9".to_vec())), "a\u{20ac}\u{e9}");
        assert_eq!(shown(Value::Array(Array::I8(vec![1, -2]))), "1,-2");
    }
}
