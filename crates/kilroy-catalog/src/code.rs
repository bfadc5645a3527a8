//! Codes that events carry, in words.

use std::ops::RangeInclusive;

use crate::Text;
use crate::tables::{DISCONNECT_REASONS, HRESULT, KERBEROS, LOGON_TYPES, NTSTATUS, TRANSPORT_REASONS, WIN32};

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

/// The reason of a disconnected terminal session, as in event 40 of the local session manager. Protocol errors that
/// nobody has named share the entry of their range. A component that gives up writes the error it met instead:
/// `3489660929` is an NTSTATUS.
pub fn disconnect_reason(reason: u32) -> Option<&'static Code> {
    let range = || PROTOCOL_ERRORS.contains(&reason).then_some(*PROTOCOL_ERRORS.start());
    let met = || (reason > *PROTOCOL_ERRORS.end()).then(|| error_value(reason)).flatten();
    find(DISCONNECT_REASONS, u64::from(reason))
        .or_else(|| find(DISCONNECT_REASONS, u64::from(range()?)))
        .or_else(met)
}

/// `exDiscReasonProtocolRangeStart` to `exDiscReasonProtocolRangeEnd`.
const PROTOCOL_ERRORS: RangeInclusive<u32> = 0x1000..=0x7fff;

/// The reason why a connection ended, as in event 103 of RdpCoreTS. Its codes are those of [`disconnect_reason`] and a
/// few of its own.
pub fn transport_reason(reason: u32) -> Option<&'static Code> {
    find(TRANSPORT_REASONS, u64::from(reason)).or_else(|| disconnect_reason(reason))
}

/// An error of a component of Remote Desktop, in any of its spellings: a Windows or socket error (`64`), an NTSTATUS, an
/// HRESULT, or one of the former in an HRESULT (`0x80070040`, `0xd0000001`).
pub fn error(code: &str) -> Option<&'static Code> {
    error_value(number(code)?)
}

fn error_value(value: u32) -> Option<&'static Code> {
    /// An NTSTATUS in an HRESULT has this bit set.
    const FROM_NTSTATUS: u32 = 0x1000_0000;
    match value {
        0..=0xffff => find(WIN32, u64::from(value)),
        0x8007_0000..=0x8007_ffff => find(WIN32, u64::from(value & 0xffff)),
        0xd000_0000..=0xdfff_ffff => find(NTSTATUS, u64::from(value & !FROM_NTSTATUS)),
        _ => find(NTSTATUS, u64::from(value)).or_else(|| find(HRESULT, u64::from(value))),
    }
}

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
        assert_eq!(name(disconnect_reason(0x10c9)), Some("ERRINFO_UNKNOWNPDUTYPE2"));
        assert_eq!(name(disconnect_reason(0x7fff)), Some("ProtocolRange"));
        assert_eq!(disconnect_reason(0x8000), None);
        // Small numbers are reasons, never Windows errors: 64 is none.
        assert_eq!(disconnect_reason(64), None);
        assert_eq!(name(disconnect_reason(3_489_660_929)), Some("STATUS_UNSUCCESSFUL"));
        assert_eq!(name(transport_reason(14)), Some("TransportLost"));
        assert_eq!(name(transport_reason(5)), Some("ReplacedByOtherConnection"));
    }

    #[test]
    fn errors_whatever_they_are_wrapped_in() {
        for text in ["64", "0x40", "0x80070040", "2147942464"] {
            assert_eq!(name(error(text)), Some("ERROR_NETNAME_DELETED"), "{text}");
        }
        for text in ["0xc0000001", "0xd0000001", "3489660929", "-805306367"] {
            assert_eq!(name(error(text)), Some("STATUS_UNSUCCESSFUL"), "{text}");
        }
        assert_eq!(name(error("2147500033")), Some("E_NOTIMPL"));
        assert_eq!(name(error("0x80090304")), Some("SEC_E_INTERNAL_ERROR"));
        assert_eq!(name(error("10054")), Some("WSAECONNRESET"));
        for text in ["", "-", "Keyset does not exist", "0x8007fffe", "0x80090399"] {
            assert_eq!(error(text), None, "{text}");
        }
    }

    #[test]
    fn tables_can_be_searched() {
        for table in [NTSTATUS, KERBEROS, LOGON_TYPES, DISCONNECT_REASONS, HRESULT, TRANSPORT_REASONS, WIN32]
        {
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
