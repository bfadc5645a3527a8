//! How logs write values: one reader per kind of value, none per event.
//!
//! Each gives nothing for what it cannot read. The text as logged stays in the event's fields, so nothing is lost by that.
//! Most values are typed in the log; then the text need not be read again, and the result is the same.

use std::net::IpAddr;

use kilroy_evtx::{RecordRef, ValueRef};
use kilroy_model::{Guid, Luid, SourceAddress, Timestamp, parse_source};

/// A value of a log, and the same as text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logged<'a> {
    /// The record and the number of its field. Most values are taken as texts: only the others are looked up.
    field: Option<(&'a RecordRef<'a>, usize)>,
    pub(crate) text: &'a str,
}

impl<'a> Logged<'a> {
    /// The value of a field of a record.
    pub(crate) fn field(record: &'a RecordRef<'a>, number: usize, text: &'a str) -> Self {
        Self { field: Some((record, number)), text }
    }

    fn value(self) -> ValueRef<'a> {
        self.field.and_then(|(record, number)| record.value(number)).unwrap_or(ValueRef::Text(self.text))
    }

    /// A logon ID.
    pub(crate) fn luid(self) -> Option<Luid> {
        match self.value() {
            ValueRef::Hex(number) | ValueRef::UInt(number) => Some(Luid(number)).filter(|luid| luid.0 != 0),
            _ => luid(self.text),
        }
    }

    /// A GUID.
    pub(crate) fn guid(self) -> Option<Guid> {
        any_guid(self.value(), self.text).filter(|guid| !guid.is_nil())
    }

    /// A number.
    pub(crate) fn number<T: TryFrom<u64>>(self) -> Option<T> {
        match self.value() {
            ValueRef::Hex(number) | ValueRef::UInt(number) => number.try_into().ok(),
            _ => number(self.text),
        }
    }

    /// A port. 0 is none.
    pub(crate) fn port(self) -> Option<u16> {
        self.number().filter(|port| *port != 0)
    }
}

#[cfg(test)]
impl<'a> Logged<'a> {
    /// A value that is a text.
    pub(crate) fn text(text: &'a str) -> Self {
        Self { field: None, text }
    }
}

/// A GUID, all zeros too.
pub(crate) fn any_guid(value: ValueRef<'_>, text: &str) -> Option<Guid> {
    match value {
        ValueRef::Guid(bytes) => {
            let mut bytes = *bytes;
            // The first three groups are stored with their low byte first.
            bytes[..4].reverse();
            bytes[4..6].reverse();
            bytes[6..8].reverse();
            Some(Guid(u128::from_be_bytes(bytes)))
        }
        _ => text.parse().ok(),
    }
}

/// A text that says something: blanks alone and `-` are the ways in which logs write "nothing".
pub(crate) fn text(value: &str) -> Option<&str> {
    // Most have no blanks at their ends; to find that out letter by letter takes longer.
    let is_dark = |byte: Option<&u8>| byte.is_some_and(|byte| (b'!'..=b'~').contains(byte));
    let bytes = value.as_bytes();
    let value = if is_dark(bytes.first()) && is_dark(bytes.last()) { value } else { value.trim() };
    (!value.is_empty() && value != "-").then_some(value)
}

/// A text of which every blank counts, such as a command line.
pub(crate) fn verbatim(value: &str) -> Option<&str> {
    text(value).map(|_| value)
}

/// A logon ID. `0x0` names no logon: what has it must not meet others that have it too.
pub(crate) fn luid(value: &str) -> Option<Luid> {
    value.parse().ok().filter(|luid: &Luid| luid.0 != 0)
}

/// Yes or no: as Windows numbers its own words, or in English.
pub(crate) fn boolean(value: &str) -> Option<bool> {
    match value.trim() {
        "%%1842" => Some(true),
        "%%1843" => Some(false),
        word if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("yes") => Some(true),
        word if word.eq_ignore_ascii_case("false") || word.eq_ignore_ascii_case("no") => Some(false),
        _ => None,
    }
}

/// A number, decimal or with `0x` in front, if it fits.
pub(crate) fn number<T: TryFrom<u64>>(value: &str) -> Option<T> {
    let value = value.trim();
    let hex = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"));
    // A sign is no digit, though Rust's parser takes one.
    let digits = hex.unwrap_or(value);
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, if hex.is_some() { 16 } else { 10 }).ok()?.try_into().ok()
}

/// An address field, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Address {
    /// The address.
    pub(crate) ip: Option<IpAddr>,
    /// The port that stood behind it.
    pub(crate) port: Option<u16>,
    /// The log says `LOCAL`.
    pub(crate) local: bool,
}

/// An address, perhaps with its port, or `LOCAL`.
pub(crate) fn address(value: &str) -> Option<Address> {
    match parse_source(value) {
        SourceAddress::Ip(ip, port) => Some(Address { ip: Some(ip), port, local: false }),
        SourceAddress::Local => Some(Address { local: true, ..Address::default() }),
        SourceAddress::None => None,
    }
}

/// The last time that can be shown with a four-digit year in every zone. Later ones are garbage.
pub(crate) const LAST_FILETIME: u64 = 2_650_466_807_999_999_999;

/// The time of a record header. 0 is no time.
pub(crate) fn filetime(value: u64) -> Option<Timestamp> {
    (1..=LAST_FILETIME).contains(&value).then(|| Timestamp::from_filetime(value)).flatten()
}

/// The time of an event. Windows' zero, the start of 1601, is no time.
pub(crate) fn time(value: ValueRef<'_>, text: &str) -> Option<Timestamp> {
    if let ValueRef::FileTime(ticks @ 1..=LAST_FILETIME) = value {
        return Timestamp::from_filetime(ticks);
    }
    text.parse().ok().filter(|time| Timestamp::from_filetime(0).is_none_or(|zero| *time > zero))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guid(value: &str) -> Option<Guid> {
        Logged::text(value).guid()
    }

    fn port(value: &str) -> Option<u16> {
        Logged::text(value).port()
    }

    fn time(text: &str) -> Option<Timestamp> {
        super::time(ValueRef::Text(text), text)
    }

    #[test]
    fn nothing_is_written_in_several_ways() {
        for nothing in ["", " ", "-", " - ", "\t"] {
            assert_eq!(text(nothing), None, "{nothing:?}");
            assert_eq!(verbatim(nothing), None, "{nothing:?}");
        }
        assert_eq!(text(" KALI "), Some("KALI"));
        assert_eq!(verbatim("cmd.exe /c  x "), Some("cmd.exe /c  x "));
    }

    #[test]
    fn identities_of_nothing_are_none() {
        assert_eq!(luid("0x00000000000513DA"), Some(Luid(0x513da)));
        assert_eq!(luid("(0x0,0x3E7)"), Some(Luid(0x3e7)));
        assert_eq!(luid("0x0"), None);
        assert_eq!(luid("-"), None);
        assert_eq!(guid("{00000000-0000-0000-0000-000000000000}"), None);
        assert_eq!(
            guid("{F4205BAC-1B01-40FC-AEEF-3C971C730000}").map(Guid::is_connection_activity),
            Some(true)
        );
        assert_eq!(guid("{F420}"), None);
    }

    #[test]
    fn yes_and_no() {
        for (value, want) in [
            ("%%1842", Some(true)),
            ("%%1843", Some(false)),
            ("true", Some(true)),
            ("False", Some(false)),
            ("%%1844", None),
        ] {
            assert_eq!(boolean(value), want, "{value}");
        }
    }

    #[test]
    fn numbers_in_both_spellings_and_only_if_they_fit() {
        assert_eq!(number::<u8>("10"), Some(10));
        assert_eq!(number::<u8>("256"), None);
        assert_eq!(number::<u64>("0xFfffFFFFffffFFFF"), Some(u64::MAX));
        assert_eq!(number::<u32>("4294967295"), Some(u32::MAX));
        for wrong in ["", "-", "-1", "+1", "0x", "0x+1", "a", "1.5", "99999999999999999999"] {
            assert_eq!(number::<u64>(wrong), None, "{wrong:?}");
        }
        assert_eq!(port("0"), None);
        assert_eq!(port("0x0"), None);
        assert_eq!(port("50123"), Some(50123));
        assert_eq!(port("65536"), None);
    }

    #[test]
    fn addresses() {
        let ip = |text: &str| Some(text.parse().unwrap());
        assert_eq!(
            address("10.0.0.1:50123"),
            Some(Address { ip: ip("10.0.0.1"), port: Some(50123), local: false })
        );
        assert_eq!(address("LOCAL"), Some(Address { ip: None, port: None, local: true }));
        assert_eq!(address("::1"), Some(Address { ip: ip("::1"), port: None, local: false }));
        assert_eq!(address("-"), None);
        assert_eq!(address("KALI"), None);
    }

    #[test]
    fn times_that_are_none() {
        assert_eq!(time("1601-01-01T00:00:00.0000000Z"), None);
        assert_eq!(time("yesterday"), None);
        assert_eq!(time("2024-05-14T09:00:01.1234567Z").unwrap().to_string(), "2024-05-14T09:00:01.1234567Z");
        assert_eq!(filetime(0), None);
        assert_eq!(filetime(u64::MAX), None);
        assert_eq!(filetime(LAST_FILETIME).unwrap().to_string(), "9999-12-30T21:59:59.9999999Z");
        assert_eq!(filetime(LAST_FILETIME + 1), None);
    }
}
