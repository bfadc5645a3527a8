//! Countries and networks of addresses, as a database tells them.

use std::net::IpAddr;

use serde::Serialize;

/// What a database says of an address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Land {
    /// Country, as ISO 3166 has it: `KR`.
    pub country: Option<String>,
    /// Number of the autonomous system.
    pub asn: Option<u32>,
    /// Who runs it.
    pub organization: Option<String>,
}

impl Land {
    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Tells where an address is.
pub type Lands<'a> = dyn Fn(IpAddr) -> Land + 'a;

/// Nobody tells.
pub fn no_lands(_: IpAddr) -> Land {
    Land::default()
}
