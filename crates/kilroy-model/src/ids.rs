//! Identities that must not be mixed up: logon IDs, GUIDs, event and evidence identities.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not the identity it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {what}: {text:?}")]
pub struct ParseIdError {
    what: &'static str,
    text: String,
}

fn wrong(what: &'static str, text: &str) -> ParseIdError {
    ParseIdError { what, text: text.to_owned() }
}

/// Serialises an identity as its text.
macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// A logon ID (locally unique identifier): unique within one boot of one host only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Luid(pub u64);

impl Luid {
    /// `SYSTEM`, `NETWORK SERVICE`, `LOCAL SERVICE` and `IUSR` keep one logon ID for ever.
    pub const fn is_fixed(self) -> bool {
        matches!(self.0, 0x3e7 | 0x3e5 | 0x3e4 | 0x3e3)
    }
}

impl fmt::Display for Luid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl FromStr for Luid {
    type Err = ParseIdError;

    /// `0x513da`, `(0x0,0x513DA)` as Windows XP writes it, or a decimal number.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let err = || wrong("a logon ID", s);
        let hex = |t: &str| {
            let t = t.trim();
            u64::from_str_radix(t.strip_prefix("0x").or(t.strip_prefix("0X")).ok_or_else(err)?, 16)
                .map_err(|_| err())
        };
        let text = s.trim();
        if let Some(pair) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            let (high, low) = pair.split_once(',').ok_or_else(err)?;
            let (high, low) = (hex(high)?, hex(low)?);
            if high > u64::from(u32::MAX) || low > u64::from(u32::MAX) {
                return Err(err());
            }
            return Ok(Self(high << 32 | low));
        }
        if text.starts_with("0x") || text.starts_with("0X") {
            return hex(text).map(Self);
        }
        text.parse().map(Self).map_err(|_| err())
    }
}
as_text!(Luid);

/// A GUID, compared without regard to braces and case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub u128);

impl Guid {
    /// All zeroes: Windows' way to say "none".
    pub const fn is_nil(self) -> bool {
        self.0 == 0
    }

    /// The activity that all console sessions share; never a key.
    pub const fn is_console_activity(self) -> bool {
        self.0 == 0x61A5_5000_55E5_1017_0000_0000_0000_0000
    }

    /// Does this name one connection to the remote desktop listener (`F420…`)?
    pub const fn is_connection_activity(self) -> bool {
        self.0 >> 112 == 0xF420
    }
}

impl Guid {
    /// As text, without braces.
    #[inline]
    pub(crate) fn letters(self) -> [u8; 36] {
        let digits = hex(self.0.to_be_bytes());
        let mut text = [b'-'; 36];
        let mut from = 0;
        for place in [0..8, 9..13, 14..18, 19..23, 24..36] {
            let to = from + place.len();
            text[place].copy_from_slice(&digits[from..to]);
            from = to;
        }
        text
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ascii(f, &self.letters())
    }
}

/// Small hexadecimal digits. Every event has several identities: the general formatting takes a tenth of all decoding.
#[inline]
pub(crate) fn hex(bytes: [u8; 16]) -> [u8; 32] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 32];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    }
    text
}

fn ascii(f: &mut fmt::Formatter<'_>, text: &[u8]) -> fmt::Result {
    f.write_str(std::str::from_utf8(text).map_err(|_| fmt::Error)?)
}

impl FromStr for Guid {
    type Err = ParseIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let bare = s.trim().trim_start_matches('{').trim_end_matches('}');
        let digits: String = bare.chars().filter(|c| *c != '-').collect();
        if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong("a GUID", s));
        }
        u128::from_str_radix(&digits, 16).map(Self).map_err(|_| wrong("a GUID", s))
    }
}
as_text!(Guid);

/// Identity of one record wherever it is found: live log, shadow copy, forwarded copy or export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventUid(pub u128);

impl fmt::Display for EventUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ascii(f, &hex(self.0.to_be_bytes()))
    }
}

impl FromStr for EventUid {
    type Err = ParseIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s.len() != 32 {
            return Err(wrong("an event uid (32 hexadecimal digits)", s));
        }
        u128::from_str_radix(s, 16).map(Self).map_err(|_| wrong("an event uid (32 hexadecimal digits)", s))
    }
}
as_text!(EventUid);

/// Identity of a session: made from its host and its anchor record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionUid(pub u64);

impl fmt::Display for SessionUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for SessionUid {
    type Err = ParseIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s.len() != 16 {
            return Err(wrong("a session uid (16 hexadecimal digits)", s));
        }
        u64::from_str_radix(s, 16).map(Self).map_err(|_| wrong("a session uid (16 hexadecimal digits)", s))
    }
}
as_text!(SessionUid);

/// Identity of a finding: made from its detector and the records that it stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingUid(pub u64);

impl fmt::Display for FindingUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for FindingUid {
    type Err = ParseIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s.len() != 16 {
            return Err(wrong("a finding uid (16 hexadecimal digits)", s));
        }
        u64::from_str_radix(s, 16).map(Self).map_err(|_| wrong("a finding uid (16 hexadecimal digits)", s))
    }
}
as_text!(FindingUid);

/// Identity of one evidence file: the first 64 bits of its content's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceId(pub u64);

impl fmt::Display for EvidenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for EvidenceId {
    type Err = ParseIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(s, 16).map(Self).map_err(|_| wrong("an evidence id (16 hexadecimal digits)", s))
    }
}
as_text!(EvidenceId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luids_in_every_spelling() {
        for text in ["0x513da", "0x00000000000513DA", "(0x0,0x513DA)", "332762"] {
            assert_eq!(text.parse::<Luid>().unwrap().to_string(), "0x513da", "{text}");
        }
        assert!("513da".parse::<Luid>().is_err());
        assert!("(0x1FFFFFFFFF,0x1)".parse::<Luid>().is_err());
    }

    #[test]
    fn guids_in_every_spelling() {
        let want: Guid = "F4205BAC-1B01-40FC-AEEF-3C971C730000".parse().unwrap();
        assert_eq!("{f4205bac-1b01-40fc-aeef-3c971c730000}".parse::<Guid>().unwrap(), want);
        assert!(want.is_connection_activity());
        assert!("61A55000-55E5-1017-0000-000000000000".parse::<Guid>().unwrap().is_console_activity());
        assert_eq!(want.to_string(), "f4205bac-1b01-40fc-aeef-3c971c730000");
    }
}
