//! Codes that events carry, in words.

use std::ops::RangeInclusive;

use crate::Text;
use crate::tables::{DISCONNECT_REASONS, KERBEROS, LOGON_TYPES, NTSTATUS};

/// One code and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The number.
    pub value: u64,
    /// Its name in Microsoft's headers or documents: `STATUS_WRONG_PASSWORD`, `RemoteInteractive`.
    pub name: &'static str,
    /// What it means.
    pub text: Text,
}

/// An NTSTATUS as events write it: `0xc000006a`, `0xC000006A`, `3221225578` or `-1073741718`.
pub fn status(code: &str) -> Option<&'static Code> {
    find(NTSTATUS, u64::from(number(code)?))
}

/// A logon type, as in 4624.
pub fn logon_type(logon_type: u8) -> Option<&'static Code> {
    find(LOGON_TYPES, u64::from(logon_type))
}

/// The reason of a disconnected terminal session, as in event 40 of the local session manager. All protocol errors
/// share one entry, that of the first code of their range.
pub fn disconnect_reason(reason: u32) -> Option<&'static Code> {
    let reason = if PROTOCOL_ERRORS.contains(&reason) { *PROTOCOL_ERRORS.start() } else { reason };
    find(DISCONNECT_REASONS, u64::from(reason))
}

/// `exDiscReasonProtocolRangeStart` to `exDiscReasonProtocolRangeEnd`; Microsoft names no single one of them.
const PROTOCOL_ERRORS: RangeInclusive<u32> = 0x1000..=0x7fff;

/// A result code of Kerberos as 4768, 4769 and 4771 write it: `0x18`, also `24`.
pub fn kerberos_status(code: &str) -> Option<&'static Code> {
    find(KERBEROS, u64::from(number(code)?))
}

fn find(table: &'static [Code], value: u64) -> Option<&'static Code> {
    table.binary_search_by_key(&value, |c| c.value).ok().and_then(|i| table.get(i))
}

/// A 32-bit code in any of its spellings. A negative number is the same bits, signed.
fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        // `from_str_radix` would take a sign here.
        return hex.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(hex, 16).ok())?;
    }
    text.parse::<u32>().ok().or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(code: Option<&Code>) -> Option<&str> {
        code.map(|c| c.name)
    }

    #[test]
    fn a_status_in_every_spelling() {
        for text in ["0xc000006a", "0xC000006A", "0XC000006A", "3221225578", "-1073741718", " 0xc000006a "] {
            assert_eq!(name(status(text)), Some("STATUS_WRONG_PASSWORD"), "{text}");
        }
        assert_eq!(name(status("0x0")), Some("STATUS_SUCCESS"));
    }

    #[test]
    fn one_code_of_each_table() {
        assert_eq!(name(logon_type(10)), Some("RemoteInteractive"));
        assert_eq!(logon_type(1), None);
        assert_eq!(name(kerberos_status("0x18")), Some("KDC_ERR_PREAUTH_FAILED"));
        assert_eq!(name(kerberos_status("24")), Some("KDC_ERR_PREAUTH_FAILED"));
        assert_eq!(name(disconnect_reason(11)), Some("RpcInitiatedDisconnectByUser"));
        assert_eq!(disconnect_reason(0xfff), None);
        assert_eq!(name(disconnect_reason(0x10c9)), Some("ProtocolRange"));
        assert_eq!(disconnect_reason(0x8000), None);
    }

    #[test]
    fn tables_can_be_searched() {
        for table in [NTSTATUS, KERBEROS, LOGON_TYPES, DISCONNECT_REASONS] {
            assert!(table.is_sorted_by(|a, b| a.value < b.value));
            assert!(table.iter().all(|code| find(table, code.value) == Some(code)));
        }
    }

    #[test]
    fn what_is_no_status() {
        for text in
            ["", "-", "0x", "0x-1", "0x+c000006a", "%%2313", "0xffffffffff", "99999999999", "0xdeadbeef"]
        {
            assert_eq!(status(text), None, "{text}");
        }
    }
}
