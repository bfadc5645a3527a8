//! A value as it stands in a record: typed, and not yet a text.
//!
//! Types and their bytes are those of [MS-EVEN6] 2.2.12 (BinXml value types); how each is written as text is what
//! Windows' own rendering gives, in the form that the `evtx` crate has.

use std::borrow::Cow;

use crate::text::{into_string, is_blank_utf16, push_utf16};

/// Type codes of binary XML.
pub(crate) mod kind {
    pub(crate) const NULL: u8 = 0x00;
    pub(crate) const STRING: u8 = 0x01;
    pub(crate) const ANSI: u8 = 0x02;
    pub(crate) const I8: u8 = 0x03;
    pub(crate) const U8: u8 = 0x04;
    pub(crate) const I16: u8 = 0x05;
    pub(crate) const U16: u8 = 0x06;
    pub(crate) const I32: u8 = 0x07;
    pub(crate) const U32: u8 = 0x08;
    pub(crate) const I64: u8 = 0x09;
    pub(crate) const U64: u8 = 0x0a;
    pub(crate) const F32: u8 = 0x0b;
    pub(crate) const F64: u8 = 0x0c;
    pub(crate) const BOOL: u8 = 0x0d;
    pub(crate) const BINARY: u8 = 0x0e;
    pub(crate) const GUID: u8 = 0x0f;
    pub(crate) const SIZE: u8 = 0x10;
    pub(crate) const FILETIME: u8 = 0x11;
    pub(crate) const SYSTEMTIME: u8 = 0x12;
    pub(crate) const SID: u8 = 0x13;
    pub(crate) const HEX_U32: u8 = 0x14;
    pub(crate) const HEX_U64: u8 = 0x15;
    pub(crate) const BINXML: u8 = 0x21;
    /// Added to a type: several values of it.
    pub(crate) const ARRAY: u8 = 0x80;
}

/// A value of a field, typed as it was logged.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// There is none: the field is empty.
    Empty,
    /// Text, decoded already.
    Text(&'a str),
    /// Text in UTF-16LE. It ends at its first NUL.
    Utf16(&'a [u8]),
    /// Text in the code page Windows-1252.
    Ansi(&'a [u8]),
    /// A number with a sign, of 8 to 64 bits.
    Int(i64),
    /// A number without a sign, of 8 to 64 bits.
    UInt(u64),
    /// A number that is written in hexadecimal digits: addresses, handles, masks, logon IDs.
    Hex(u64),
    /// A number with 32 bits and a fraction.
    F32(f32),
    /// A number with 64 bits and a fraction.
    F64(f64),
    /// Yes or no.
    Bool(bool),
    /// Bytes.
    Binary(&'a [u8]),
    /// A GUID as it is stored: the first three groups with their low byte first.
    Guid(&'a [u8; 16]),
    /// 100 ns since 1601 in UTC.
    FileTime(u64),
    /// A `SYSTEMTIME`: eight numbers of 16 bits.
    SystemTime(&'a [u8; 16]),
    /// A security identifier.
    Sid(&'a [u8]),
}

/// Appends the value of this type in these bytes as text, as [`ValueRef::push_to`] does: quicker for the types that are
/// in nearly all records. What is no value is nothing.
#[inline]
pub(crate) fn push_value(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    match (kind, bytes) {
        (kind::NULL, _) => {}
        (kind::U8, &[number]) => push_decimal(out, number.into()),
        (kind::U16, &[a, b]) => push_decimal(out, u16::from_le_bytes([a, b]).into()),
        (kind::U32, &[a, b, c, d]) => push_decimal(out, u32::from_le_bytes([a, b, c, d]).into()),
        (kind::HEX_U32, &[a, b, c, d]) => push_hex(out, u32::from_le_bytes([a, b, c, d]).into()),
        (kind::HEX_U64, &[a, b, c, d, e, f, g, h]) => {
            push_hex(out, u64::from_le_bytes([a, b, c, d, e, f, g, h]));
        }
        (kind::SID, sid) => push_sid(out, sid),
        _ => {
            if let Some(value) = ValueRef::read(kind, bytes) {
                value.push_to(out);
            }
        }
    }
}

impl<'a> ValueRef<'a> {
    /// The value of this type in these bytes. None if their number does not fit the type, or the type is no scalar.
    pub(crate) fn read(kind: u8, bytes: &'a [u8]) -> Option<Self> {
        Some(match kind {
            kind::NULL => Self::Empty,
            kind::STRING if bytes.len().is_multiple_of(2) => Self::Utf16(bytes),
            kind::ANSI => Self::Ansi(bytes),
            kind::I8 => Self::Int(i8::from_le_bytes(bytes.try_into().ok()?).into()),
            kind::U8 => Self::UInt(u8::from_le_bytes(bytes.try_into().ok()?).into()),
            kind::I16 => Self::Int(i16::from_le_bytes(bytes.try_into().ok()?).into()),
            kind::U16 => Self::UInt(u16::from_le_bytes(bytes.try_into().ok()?).into()),
            kind::I32 => Self::Int(i32::from_le_bytes(bytes.try_into().ok()?).into()),
            kind::U32 => Self::UInt(u32::from_le_bytes(bytes.try_into().ok()?).into()),
            kind::I64 => Self::Int(i64::from_le_bytes(bytes.try_into().ok()?)),
            kind::U64 => Self::UInt(u64::from_le_bytes(bytes.try_into().ok()?)),
            kind::F32 => Self::F32(f32::from_le_bytes(bytes.try_into().ok()?)),
            kind::F64 => Self::F64(f64::from_le_bytes(bytes.try_into().ok()?)),
            // Some providers put other numbers there. Windows shows them as such.
            kind::BOOL => match i32::from_le_bytes(bytes.try_into().ok()?) {
                0 => Self::Bool(false),
                1 => Self::Bool(true),
                other => Self::Int(other.into()),
            },
            kind::BINARY => Self::Binary(bytes),
            kind::GUID => Self::Guid(bytes.try_into().ok()?),
            kind::SIZE if bytes.len() == 4 => Self::Hex(u32::from_le_bytes(bytes.try_into().ok()?).into()),
            kind::FILETIME => Self::FileTime(u64::from_le_bytes(bytes.try_into().ok()?)),
            kind::SYSTEMTIME => Self::SystemTime(bytes.try_into().ok()?),
            kind::SID => {
                let count = usize::from(*bytes.get(1)?);
                (bytes.len() == 8 + 4 * count).then_some(Self::Sid(bytes))?
            }
            kind::HEX_U32 => Self::Hex(u32::from_le_bytes(bytes.try_into().ok()?).into()),
            kind::SIZE | kind::HEX_U64 => Self::Hex(u64::from_le_bytes(bytes.try_into().ok()?)),
            _ => return None,
        })
    }

    /// Whether it is written as nothing at all.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.is_empty(),
            Self::Utf16(bytes) => is_blank_utf16(bytes),
            Self::Ansi(bytes) => bytes.iter().all(|byte| *byte == 0),
            Self::Binary(bytes) => bytes.is_empty(),
            _ => false,
        }
    }

    /// The value as text, as Windows writes it.
    pub fn to_text(&self) -> Cow<'a, str> {
        if let Self::Text(text) = self {
            return Cow::Borrowed(text);
        }
        let mut out = Vec::new();
        self.push_to(&mut out);
        Cow::Owned(into_string(out))
    }

    /// The number, if it is one without a sign.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::UInt(number) | Self::Hex(number) => Some(*number),
            Self::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// Appends the value as text. What is appended is UTF-8.
    pub(crate) fn push_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Empty => {}
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Utf16(bytes) => push_utf16(out, bytes),
            Self::Ansi(bytes) => push_ansi(out, bytes),
            Self::Int(number) => {
                if *number < 0 {
                    out.push(b'-');
                }
                push_decimal(out, number.unsigned_abs());
            }
            Self::UInt(number) => push_decimal(out, *number),
            Self::Hex(number) => push_hex(out, *number),
            Self::F32(number) => out.extend_from_slice(zmij::Buffer::new().format(*number).as_bytes()),
            Self::F64(number) => out.extend_from_slice(zmij::Buffer::new().format(*number).as_bytes()),
            Self::Bool(yes) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
            Self::Binary(bytes) => push_bytes(out, bytes),
            Self::Guid(bytes) => push_guid(out, bytes),
            Self::FileTime(ticks) => push_time(out, *ticks),
            Self::SystemTime(bytes) => push_system_time(out, bytes),
            Self::Sid(bytes) => push_sid(out, bytes),
        }
    }
}

/// The code page of American and Western European Windows; the record does not say which one it was. NULs are padding.
/// Control characters become `_`, as in the slow way, which cannot keep them here.
fn push_ansi(out: &mut Vec<u8>, bytes: &[u8]) {
    let is_control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    let kept = bytes.iter().copied().filter(|byte| *byte != 0);
    let kept: Vec<u8> = kept.map(|byte| if is_control(byte) { b'_' } else { byte }).collect();
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&kept);
    out.extend_from_slice(text.as_bytes());
}

fn push_decimal(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn push_hex(out: &mut Vec<u8>, number: u64) {
    let mut text = [0; 16];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(number.to_be_bytes()) {
        *pair = [byte >> 4, byte & 15].map(|digit| hex_digit(digit, b'a'));
    }
    out.extend_from_slice(b"0x");
    let zeros = (number.leading_zeros() / 4).min(15) as usize;
    out.extend_from_slice(text.get(zeros..).unwrap_or_default());
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    /// So many at once: the compiler makes vector instructions of it.
    const BLOCK: usize = 16;
    let pair = |byte: u8| [byte >> 4, byte & 15].map(|digit| hex_digit(digit, b'A'));
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    out.reserve(bytes.len() * 2);
    for block in blocks {
        out.extend_from_slice(block.map(pair).as_flattened());
    }
    for byte in rest {
        out.extend_from_slice(&pair(*byte));
    }
}

/// A digit as a letter; `ten` is the one for 10. Without a table, so that many can be made at once.
#[inline]
fn hex_digit(digit: u8, ten: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { ten - 10 + digit }
}

fn push_guid(out: &mut Vec<u8>, bytes: &[u8; 16]) {
    let &[a, b, c, d, e, f, g, h, ..] = bytes;
    let mut ordered = *bytes;
    if let Some(first) = ordered.first_chunk_mut() {
        *first = [d, c, b, a, f, e, h, g];
    }
    let digits = ordered.map(|byte| [byte >> 4, byte & 15].map(|digit| hex_digit(digit, b'a')));
    let mut text = [b'-'; 38];
    text[0] = b'{';
    text[37] = b'}';
    for (place, digits_at) in
        [(1..9, 0..8), (10..14, 8..12), (15..19, 12..16), (20..24, 16..20), (25..37, 20..32)]
    {
        text[place].copy_from_slice(&digits.as_flattened()[digits_at]);
    }
    out.extend_from_slice(&text);
}

/// `S-revision-authority-…`. The authority is stored with its high byte first, the rest with the low one first.
fn push_sid(out: &mut Vec<u8>, bytes: &[u8]) {
    let Some((&[revision, count, a, b, c, d, e, f], parts)) = bytes.split_first_chunk() else {
        out.extend_from_slice(b"S-?");
        return;
    };
    out.extend_from_slice(b"S-");
    push_decimal(out, revision.into());
    out.push(b'-');
    push_decimal(out, u64::from_be_bytes([0, 0, a, b, c, d, e, f]));
    for part in parts.as_chunks::<4>().0.iter().take(count.into()) {
        out.push(b'-');
        push_decimal(out, u32::from_le_bytes(*part).into());
    }
}

/// 100 ns in a second and in a day.
const SECOND: u64 = 10_000_000;
const DAY: u64 = 86_400 * SECOND;

/// A date and a time of day.
#[derive(Default)]
struct Moment {
    year: u64,
    month: u64,
    day: u64,
    /// 100 ns since midnight.
    ticks: u64,
}

/// Windows writes a time with the sign bit set as zeros.
fn push_time(out: &mut Vec<u8>, ticks: u64) {
    if ticks > i64::MAX.unsigned_abs() {
        return push_moment(out, &Moment::default());
    }
    let (year, month, day) = date(ticks / DAY);
    push_moment(out, &Moment { year, month, day, ticks: ticks % DAY });
}

/// The date so many days after 1601-01-01, in the Gregorian calendar.
fn date(days: u64) -> (u64, u64, u64) {
    // Counted from 0000-03-01, so that a leap day is the last of its year: 584,694 days before 1601-01-01.
    let days = days + 584_694;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

/// Windows writes a `SYSTEMTIME` that is none as the begin of its calendar.
fn push_system_time(out: &mut Vec<u8>, bytes: &[u8; 16]) {
    let mut parts = [0; 8];
    for (part, pair) in parts.iter_mut().zip(bytes.as_chunks::<2>().0) {
        *part = u64::from(u16::from_le_bytes(*pair));
    }
    let [year, month, _weekday, day, hour, minute, second, millis] = parts;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let valid = (1601..=30_827).contains(&year)
        && (1..=12).contains(&month)
        && (1..=length).contains(&day)
        && (hour < 24 && minute < 60 && second < 60 && millis < 1000);
    let moment = if valid {
        Moment { year, month, day, ticks: ((hour * 60 + minute) * 60 + second) * SECOND + millis * 10_000 }
    } else {
        Moment { year: 1601, month: 1, day: 1, ticks: 0 }
    };
    push_moment(out, &moment);
}

/// Seven digits behind the second. Of years with five digits the last four.
fn push_moment(out: &mut Vec<u8>, moment: &Moment) {
    let mut text = *b"0000-00-00T00:00:00.0000000Z";
    let seconds = moment.ticks / SECOND;
    let parts = [
        (0..4, moment.year),
        (5..7, moment.month),
        (8..10, moment.day),
        (11..13, seconds / 3600),
        (14..16, seconds / 60 % 60),
        (17..19, seconds % 60),
        (20..27, moment.ticks % SECOND),
    ];
    for (place, mut number) in parts {
        for digit in text[place].iter_mut().rev() {
            let [low, ..] = (number % 10).to_le_bytes();
            *digit = b'0' + low;
            number /= 10;
        }
    }
    out.extend_from_slice(&text);
}

/// By type; 0 where there is none.
pub(crate) const WIDTHS: [u8; 32] = {
    let mut widths = [0; 32];
    widths[kind::I8 as usize] = 1;
    widths[kind::U8 as usize] = 1;
    widths[kind::I16 as usize] = 2;
    widths[kind::U16 as usize] = 2;
    widths[kind::I32 as usize] = 4;
    widths[kind::U32 as usize] = 4;
    widths[kind::I64 as usize] = 8;
    widths[kind::U64 as usize] = 8;
    widths[kind::F32 as usize] = 4;
    widths[kind::F64 as usize] = 8;
    widths[kind::BOOL as usize] = 4;
    widths[kind::GUID as usize] = 16;
    widths[kind::FILETIME as usize] = 8;
    widths[kind::SYSTEMTIME as usize] = 16;
    widths[kind::HEX_U32 as usize] = 4;
    widths[kind::HEX_U64 as usize] = 8;
    widths
};

/// Width of the values of a type, where all have the same.
#[inline]
pub(crate) fn width(kind: u8) -> Option<usize> {
    WIDTHS.get(usize::from(kind)).filter(|width| **width > 0).map(|width| usize::from(*width))
}

/// Bits of a value's length that contradict its type; 0 if it may be one. What else there is to check only its bytes can
/// say.
///
/// The slow way takes as many bytes as a type has. Where that is not the length, it finds the values behind elsewhere.
#[inline]
pub(crate) fn odd_bits(kind: u8, len: u16) -> u16 {
    /// By type: the length, and which of its bits are certain.
    const LENGTHS: [(u16, u16); 256] = {
        const ARRAY: usize = kind::ARRAY as usize;
        // What is not known must be empty.
        let mut lengths = [(0, 0xffff); 256];
        let mut kind = 0;
        while kind < WIDTHS.len() {
            let width = WIDTHS[kind] as u16;
            if width > 0 {
                lengths[kind] = (width, 0xffff);
                lengths[ARRAY | kind] = (0, width - 1);
            }
            kind += 1;
        }
        // Real logs leave room for values that are none.
        lengths[kind::NULL as usize] = (0, 0);
        lengths[kind::STRING as usize] = (0, 1);
        lengths[ARRAY | kind::STRING as usize] = (0, 1);
        lengths[kind::ANSI as usize] = (0, 0);
        lengths[kind::BINARY as usize] = (0, 0);
        lengths[kind::SIZE as usize] = (0, !12);
        lengths[kind::SID as usize] = (0, 3);
        lengths[kind::BINXML as usize] = (0, 0);
        lengths
    };
    let (length, certain) = LENGTHS[usize::from(kind)];
    (len ^ length) & certain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: ValueRef<'_>) -> String {
        value.to_text().into_owned()
    }

    #[test]
    fn numbers() {
        assert_eq!(text(ValueRef::Int(i64::MIN)), "-9223372036854775808");
        assert_eq!(text(ValueRef::UInt(u64::MAX)), "18446744073709551615");
        for (number, hex) in [(0, "0x0"), (0xf, "0xf"), (0x10, "0x10"), (u64::MAX, "0xffffffffffffffff")] {
            assert_eq!(text(ValueRef::Hex(number)), hex);
        }
        assert_eq!(text(ValueRef::F64(1.0)), "1.0");
    }

    #[test]
    fn times() {
        for (ticks, expected) in [
            (0, "1601-01-01T00:00:00.0000000Z"),
            (133_601_184_000_000_001, "2024-05-14T00:00:00.0000001Z"),
            (116_444_736_000_000_000, "1970-01-01T00:00:00.0000000Z"),
            (u64::MAX, "0000-00-00T00:00:00.0000000Z"),
        ] {
            assert_eq!(text(ValueRef::FileTime(ticks)), expected);
        }
        let parts: [u16; 8] = [2024, 2, 4, 29, 23, 59, 58, 7];
        let mut bytes = [0; 16];
        for (place, part) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(parts) {
            *place = part.to_le_bytes();
        }
        assert_eq!(text(ValueRef::SystemTime(&bytes)), "2024-02-29T23:59:58.0070000Z");
        bytes[0] = 0xe7;
        assert_eq!(
            text(ValueRef::SystemTime(&bytes)),
            "1601-01-01T00:00:00.0000000Z",
            "2023 had no such day"
        );
    }

    #[test]
    fn identities() {
        let guid: [u8; 16] = std::array::from_fn(|n| u8::try_from(n).unwrap_or(0) * 17);
        assert_eq!(text(ValueRef::Guid(&guid)), "{33221100-5544-7766-8899-aabbccddeeff}");
        let sid = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
        assert_eq!(text(ValueRef::Sid(&sid)), "S-1-5-32-544");
        assert_eq!(ValueRef::read(kind::SID, &sid[..12]), None, "it is shorter than it says");
    }

    #[test]
    fn texts() {
        assert_eq!(text(ValueRef::Ansi(b"caf\xe9\x01\0\0")), "café_");
        assert_eq!(text(ValueRef::Binary(&[0, 0xab])), "00AB");
        assert!(ValueRef::Utf16(&[0, 0, 65, 0]).is_empty());
    }
}
