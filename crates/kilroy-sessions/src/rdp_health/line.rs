//! What an error of the network says about the line.

/// What an error of the network means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineError {
    /// No answer in time: packets are lost on the way.
    NoAnswer,
    /// There was no way to the other side.
    Unreachable,
    /// The connection was reset or aborted: by the client's system, or by a device on the way.
    Reset,
    /// The other side is gone: closed there, or broken.
    Gone,
}

impl LineError {
    /// The meaning of a Windows or socket error, or of one in an HRESULT.
    pub fn of(code: u32) -> Option<Self> {
        let code = match code {
            0x8007_0000..=0x8007_ffff => code & 0xffff,
            _ => code,
        };
        match code {
            121 | 258 | 1460 | 10052 | 10060 => Some(Self::NoAnswer),
            53 | 59 | 1231 | 1232 | 10050 | 10051 | 10064 | 10065 => Some(Self::Unreachable),
            1236 | 10053 | 10054 => Some(Self::Reset),
            55 | 64 | 109 | 1229 | 2250 | 10057 | 10058 => Some(Self::Gone),
            _ => None,
        }
    }

    /// Can nobody have meant to end the connection like this? A client that is closed gives [`Self::Gone`] as well, and
    /// some give [`Self::Reset`].
    pub const fn is_the_line(self) -> bool {
        matches!(self, Self::NoAnswer | Self::Unreachable)
    }

    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoAnswer => "no-answer",
            Self::Unreachable => "unreachable",
            Self::Reset => "reset",
            Self::Gone => "gone",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_and_in_an_hresult() {
        assert_eq!(LineError::of(121), Some(LineError::NoAnswer));
        assert_eq!(LineError::of(0x8007_0079), Some(LineError::NoAnswer));
        assert_eq!(LineError::of(0x8007_0040), Some(LineError::Gone));
        assert_eq!(LineError::of(0xc000_0001), None);
        assert!(!LineError::Gone.is_the_line());
    }
}
