//! How a value is stored: its type and its bytes.

use super::{Refused, Value};

/// Type codes of binary XML.
pub(super) mod kind {
    pub(in super::super) const NULL: u8 = 0x00;
    pub(in super::super) const STRING: u8 = 0x01;
    pub(in super::super) const U8: u8 = 0x04;
    pub(in super::super) const U16: u8 = 0x06;
    pub(in super::super) const I32: u8 = 0x07;
    pub(in super::super) const U32: u8 = 0x08;
    pub(in super::super) const I64: u8 = 0x09;
    pub(in super::super) const U64: u8 = 0x0a;
    pub(in super::super) const BOOL: u8 = 0x0d;
    pub(in super::super) const BINARY: u8 = 0x0e;
    pub(in super::super) const GUID: u8 = 0x0f;
    pub(in super::super) const FILETIME: u8 = 0x11;
    pub(in super::super) const SID: u8 = 0x13;
    pub(in super::super) const HEX_U32: u8 = 0x14;
    pub(in super::super) const HEX_U64: u8 = 0x15;
    pub(in super::super) const BINXML: u8 = 0x21;
}

/// A value as it is stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) kind: u8,
    pub(super) bytes: Vec<u8>,
}

impl Stored {
    pub(super) fn new(kind: u8, bytes: impl Into<Vec<u8>>) -> Self {
        Self { kind, bytes: bytes.into() }
    }

    pub(super) fn null() -> Self {
        Self::new(kind::NULL, [])
    }

    pub(super) fn text(text: &str) -> Self {
        Self::new(kind::STRING, utf16(text))
    }

    pub(super) fn guid(guid: u128) -> Self {
        let mut bytes = guid.to_be_bytes();
        // The first three groups are numbers, stored with the low byte first.
        for group in [0..4, 4..6, 6..8] {
            bytes[group].reverse();
        }
        Self::new(kind::GUID, bytes)
    }

    pub(super) fn sid(text: &str) -> Result<Self, Refused> {
        let bytes = sid(text).ok_or_else(|| Refused::Sid(text.to_owned()))?;
        Ok(Self::new(kind::SID, bytes))
    }

    pub(super) fn of(value: &Value) -> Result<Self, Refused> {
        Ok(match value {
            Value::Str(text) => Self::text(text),
            Value::U8(n) => Self::new(kind::U8, n.to_le_bytes()),
            Value::U16(n) => Self::new(kind::U16, n.to_le_bytes()),
            Value::U32(n) => Self::new(kind::U32, n.to_le_bytes()),
            Value::U64(n) => Self::new(kind::U64, n.to_le_bytes()),
            Value::I32(n) => Self::new(kind::I32, n.to_le_bytes()),
            Value::I64(n) => Self::new(kind::I64, n.to_le_bytes()),
            Value::HexU32(n) => Self::new(kind::HEX_U32, n.to_le_bytes()),
            Value::HexU64(n) => Self::new(kind::HEX_U64, n.to_le_bytes()),
            Value::Bool(b) => Self::new(kind::BOOL, u32::from(*b).to_le_bytes()),
            Value::Guid(guid) => Self::guid(*guid),
            Value::Sid(text) => Self::sid(text)?,
            Value::FileTime(ticks) => Self::new(kind::FILETIME, ticks.to_le_bytes()),
            Value::Binary(bytes) => Self::new(kind::BINARY, bytes.as_slice()),
            Value::Null => Self::null(),
        })
    }
}

/// Text as UTF-16, low byte first, without an end mark.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The bytes of a SID in the form `S-1-5-21-…`.
fn sid(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.strip_prefix("S-")?.split('-');
    let revision: u8 = parts.next()?.parse().ok()?;
    let authority: u64 = parts.next()?.parse().ok().filter(|a| *a < 1 << 48)?;
    let numbers: Vec<u32> = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
    // Windows allows no more than 15.
    let count = u8::try_from(numbers.len()).ok().filter(|n| *n <= 15)?;
    let mut bytes = vec![revision, count];
    bytes.extend(&authority.to_be_bytes()[2..]);
    bytes.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sids() {
        let system = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
        assert_eq!(sid("S-1-5-18"), Some(system.to_vec()));
        for wrong in ["", "S-1", "S-1-5-x", "S-1-5-4294967296", "1-5-18", "S-1-281474976710656", "S-1-5-"] {
            assert_eq!(sid(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_guid_has_its_first_groups_turned_round() {
        let stored = Stored::guid(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        let bytes =
            [0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
        assert_eq!(stored.bytes, bytes);
    }
}
