//! Ranges of addresses: what stays the same where an address changes from day to day.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use kilroy_model::Scope;
use serde::{Serialize, Serializer};

/// Leading bits that tell one subnet of a house from another.
const INTERNAL_V4: u8 = 24;
/// Leading bits of an address out in the world: a provider hands out addresses from blocks of about this size, and the
/// same person has another one tomorrow.
const EXTERNAL_V4: u8 = 16;
/// Leading bits that a provider gives to one site.
const V6: u8 = 48;

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    first: IpAddr,
    bits: u8,
}

impl Range {
    /// The range that an address lies in. Only addresses inside and outside have one: the machine itself is no range.
    pub fn of(ip: IpAddr, scope: Scope) -> Option<Self> {
        let v4 = match scope {
            Scope::Internal => INTERNAL_V4,
            Scope::External => EXTERNAL_V4,
            Scope::Loopback | Scope::Local | Scope::Unknown => return None,
        };
        Some(match ip {
            IpAddr::V4(ip) => {
                let mask = u32::MAX << (32 - u32::from(v4));
                Self { first: Ipv4Addr::from(u32::from(ip) & mask).into(), bits: v4 }
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX << (128 - u32::from(V6));
                Self { first: Ipv6Addr::from(u128::from(ip) & mask).into(), bits: V6 }
            }
        })
    }
}

/// `203.0.0.0/16`, `2001:db8:1::/48`.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_addresses() {
        for (ip, scope, want) in [
            ("10.20.30.41", Scope::Internal, Some("10.20.30.0/24")),
            ("203.0.113.77", Scope::External, Some("203.0.0.0/16")),
            ("203.0.113.77", Scope::Internal, Some("203.0.113.0/24")),
            ("2001:db8:1:2::3", Scope::External, Some("2001:db8:1::/48")),
            ("127.0.0.1", Scope::Loopback, None),
        ] {
            let range = Range::of(ip.parse().unwrap(), scope).map(|range| range.to_string());
            assert_eq!(range.as_deref(), want, "{ip}");
        }
    }
}
