//! How a value is stored: its type and its bytes.

use super::error::Refused;
use super::value::{Array, SysTime, Value};

/// Type codes of binary XML (MS-EVEN6 2.2.12.1).
pub(super) mod kind {
    pub(in super::super) const NULL: u8 = 0x00;
    pub(in super::super) const STRING: u8 = 0x01;
    pub(in super::super) const ANSI: u8 = 0x02;
    pub(in super::super) const I8: u8 = 0x03;
    pub(in super::super) const U8: u8 = 0x04;
    pub(in super::super) const I16: u8 = 0x05;
    pub(in super::super) const U16: u8 = 0x06;
    pub(in super::super) const I32: u8 = 0x07;
    pub(in super::super) const U32: u8 = 0x08;
    pub(in super::super) const I64: u8 = 0x09;
    pub(in super::super) const U64: u8 = 0x0a;
    pub(in super::super) const F32: u8 = 0x0b;
    pub(in super::super) const F64: u8 = 0x0c;
    pub(in super::super) const BOOL: u8 = 0x0d;
    pub(in super::super) const BINARY: u8 = 0x0e;
    pub(in super::super) const GUID: u8 = 0x0f;
    pub(in super::super) const SIZE_T: u8 = 0x10;
    pub(in super::super) const FILETIME: u8 = 0x11;
    pub(in super::super) const SYSTIME: u8 = 0x12;
    pub(in super::super) const SID: u8 = 0x13;
    pub(in super::super) const HEX_U32: u8 = 0x14;
    pub(in super::super) const HEX_U64: u8 = 0x15;
    pub(in super::super) const BINXML: u8 = 0x21;
    /// Set in the type of an array.
    pub(in super::super) const ARRAY: u8 = 0x80;
}

/// The type under which a value is stored.
pub(super) fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Str(_) | Value::StrNul(_) => kind::STRING,
        Value::AnsiStr(_) => kind::ANSI,
        Value::I8(_) => kind::I8,
        Value::U8(_) => kind::U8,
        Value::I16(_) => kind::I16,
        Value::U16(_) => kind::U16,
        Value::I32(_) => kind::I32,
        Value::U32(_) => kind::U32,
        Value::I64(_) => kind::I64,
        Value::U64(_) => kind::U64,
        Value::F32(_) => kind::F32,
        Value::F64(_) => kind::F64,
        Value::Bool(_) => kind::BOOL,
        Value::Binary(_) => kind::BINARY,
        Value::Guid(_) => kind::GUID,
        Value::SizeT32(_) | Value::SizeT64(_) => kind::SIZE_T,
        Value::FileTime(_) => kind::FILETIME,
        Value::SysTime(_) => kind::SYSTIME,
        Value::Sid(_) => kind::SID,
        Value::HexU32(_) => kind::HEX_U32,
        Value::HexU64(_) => kind::HEX_U64,
        Value::Xml(_) => kind::BINXML,
        Value::Array(array) => kind::ARRAY | kind_of_items(array),
        Value::Null => kind::NULL,
    }
}

fn kind_of_items(array: &Array) -> u8 {
    match array {
        Array::Str(_) => kind::STRING,
        Array::AnsiStr(_) => kind::ANSI,
        Array::I8(_) => kind::I8,
        Array::U8(_) => kind::U8,
        Array::I16(_) => kind::I16,
        Array::U16(_) => kind::U16,
        Array::I32(_) => kind::I32,
        Array::U32(_) => kind::U32,
        Array::I64(_) => kind::I64,
        Array::U64(_) => kind::U64,
        Array::F32(_) => kind::F32,
        Array::F64(_) => kind::F64,
        Array::Bool(_) => kind::BOOL,
        Array::Guid(_) => kind::GUID,
        Array::SizeT32(_) | Array::SizeT64(_) => kind::SIZE_T,
        Array::FileTime(_) => kind::FILETIME,
        Array::SysTime(_) => kind::SYSTIME,
        Array::Sid(_) => kind::SID,
        Array::HexU32(_) => kind::HEX_U32,
        Array::HexU64(_) => kind::HEX_U64,
    }
}

/// Puts a value's bytes at the end of `out`. An element's are put elsewhere.
pub(super) fn value(value: &Value, out: &mut Vec<u8>) -> Result<(), Refused> {
    match value {
        Value::Str(text) => utf16(text, out),
        Value::StrNul(text) => {
            utf16(text, out);
            out.extend([0, 0]);
        }
        Value::AnsiStr(bytes) | Value::Binary(bytes) => out.extend_from_slice(bytes),
        Value::I8(n) => out.extend(n.to_le_bytes()),
        Value::U8(n) => out.push(*n),
        Value::I16(n) => out.extend(n.to_le_bytes()),
        Value::U16(n) => out.extend(n.to_le_bytes()),
        Value::I32(n) => out.extend(n.to_le_bytes()),
        Value::I64(n) => out.extend(n.to_le_bytes()),
        Value::F32(n) => out.extend(n.0.to_le_bytes()),
        Value::F64(n) => out.extend(n.0.to_le_bytes()),
        Value::Bool(b) => out.extend(u32::from(*b).to_le_bytes()),
        Value::Guid(n) => out.extend(guid(*n)),
        Value::U32(n) | Value::SizeT32(n) | Value::HexU32(n) => out.extend(n.to_le_bytes()),
        Value::U64(n) | Value::SizeT64(n) | Value::HexU64(n) | Value::FileTime(n) => {
            out.extend(n.to_le_bytes());
        }
        Value::SysTime(time) => out.extend(systime(*time)),
        Value::Sid(text) => sid(text, out)?,
        Value::Array(items) => array(items, out)?,
        Value::Xml(_) | Value::Null => {}
    }
    Ok(())
}

/// Items stand one behind the other. Texts end with a NUL each.
fn array(array: &Array, out: &mut Vec<u8>) -> Result<(), Refused> {
    fn each<T, const N: usize>(items: &[T], out: &mut Vec<u8>, stored: impl Fn(&T) -> [u8; N]) {
        out.extend(items.iter().flat_map(stored));
    }
    match array {
        Array::Str(items) => {
            for text in items {
                utf16(text, out);
                out.extend([0, 0]);
            }
        }
        Array::AnsiStr(items) => {
            for text in items {
                out.extend(text);
                out.push(0);
            }
        }
        Array::I8(items) => each(items, out, |n| n.to_le_bytes()),
        Array::U8(items) => out.extend_from_slice(items),
        Array::I16(items) => each(items, out, |n| n.to_le_bytes()),
        Array::U16(items) => each(items, out, |n| n.to_le_bytes()),
        Array::I32(items) => each(items, out, |n| n.to_le_bytes()),
        Array::I64(items) => each(items, out, |n| n.to_le_bytes()),
        Array::F32(items) => each(items, out, |n| n.0.to_le_bytes()),
        Array::F64(items) => each(items, out, |n| n.0.to_le_bytes()),
        Array::Bool(items) => each(items, out, |b| u32::from(*b).to_le_bytes()),
        Array::Guid(items) => each(items, out, |n| guid(*n)),
        Array::U32(items) | Array::SizeT32(items) | Array::HexU32(items) => {
            each(items, out, |n| n.to_le_bytes());
        }
        Array::U64(items) | Array::SizeT64(items) | Array::HexU64(items) | Array::FileTime(items) => {
            each(items, out, |n| n.to_le_bytes());
        }
        Array::SysTime(items) => each(items, out, |time| systime(*time)),
        Array::Sid(items) => items.iter().try_for_each(|text| sid(text, out))?,
    }
    Ok(())
}

/// Text as UTF-16, low byte first, without an end mark.
pub(super) fn utf16(text: &str, out: &mut Vec<u8>) {
    if text.is_ascii() {
        // Nearly all text is, and this is several times as fast.
        let start = out.len();
        out.resize(start + 2 * text.len(), 0);
        let pairs = out.get_mut(start..).unwrap_or_default().chunks_exact_mut(2);
        for (pair, byte) in pairs.zip(text.bytes()) {
            pair[0] = byte;
        }
    } else {
        out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    }
}

fn guid(guid: u128) -> [u8; 16] {
    let mut bytes = guid.to_be_bytes();
    // The first three groups are numbers, stored with the low byte first.
    for group in [0..4, 4..6, 6..8] {
        bytes[group].reverse();
    }
    bytes
}

fn systime(time: SysTime) -> [u8; 16] {
    let SysTime { year, month, day_of_week, day, hour, minute, second, milliseconds } = time;
    let parts = [year, month, day_of_week, day, hour, minute, second, milliseconds];
    let mut bytes = [0; 16];
    for (pair, part) in bytes.chunks_exact_mut(2).zip(parts) {
        pair.copy_from_slice(&part.to_le_bytes());
    }
    bytes
}

/// A SID in the form `S-1-5-21-…`.
pub(super) fn sid(text: &str, out: &mut Vec<u8>) -> Result<(), Refused> {
    let start = out.len();
    if put_sid(text, out).is_none() {
        out.truncate(start);
        return Err(Refused::Sid(text.to_owned()));
    }
    Ok(())
}

/// Revision, count, the authority with its high byte first, and the numbers.
fn put_sid(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut parts = text.strip_prefix("S-")?.split('-');
    let revision: u8 = parts.next()?.parse().ok()?;
    let authority: u64 = parts.next()?.parse().ok().filter(|a| *a < 1 << 48)?;
    let head = out.len();
    out.extend([revision, 0]);
    out.extend(&authority.to_be_bytes()[2..]);
    let mut count = 0;
    for part in parts {
        let number: u32 = part.parse().ok()?;
        out.extend(number.to_le_bytes());
        count += 1;
    }
    // Windows allows no more than 15.
    *out.get_mut(head + 1)? = u8::try_from(count).ok().filter(|n| *n <= 15)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(value: &Value) -> Option<(u8, Vec<u8>)> {
        let mut bytes = Vec::new();
        super::value(value, &mut bytes).ok()?;
        Some((kind_of(value), bytes))
    }

    #[test]
    fn sids() {
        let sid = |text: &str| stored(&Value::Sid(text.to_owned()));
        assert_eq!(sid("S-1-5-18"), Some((kind::SID, vec![1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0])));
        for wrong in ["", "S-1", "S-1-5-x", "S-1-5-4294967296", "1-5-18", "S-1-281474976710656", "S-1-5-"] {
            assert_eq!(sid(wrong), None, "{wrong}");
        }
        let long = |count| sid(&format!("S-1-5{}", "-1".repeat(count)));
        assert!(long(15).is_some() && long(16).is_none());
    }

    #[test]
    fn a_guid_has_its_first_groups_turned_round() {
        let stored = stored(&Value::Guid(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff));
        let bytes =
            vec![0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
        assert_eq!(stored, Some((kind::GUID, bytes)));
    }

    #[test]
    fn texts_are_utf_16_and_end_with_a_nul_only_where_they_must() {
        assert_eq!(stored(&Value::Str("a\u{d55c}".to_owned())), Some((1, vec![0x61, 0, 0x5c, 0xd5])));
        assert_eq!(stored(&Value::StrNul("a".to_owned())), Some((1, vec![0x61, 0, 0, 0])));
        let texts = Array::Str(vec![String::new(), "a".to_owned()]);
        assert_eq!(stored(&Value::Array(texts)), Some((0x81, vec![0, 0, 0x61, 0, 0, 0])));
        let texts = Array::AnsiStr(vec![b"ab".to_vec(), vec![]]);
        assert_eq!(stored(&Value::Array(texts)), Some((0x82, vec![0x61, 0x62, 0, 0])));
    }
}
