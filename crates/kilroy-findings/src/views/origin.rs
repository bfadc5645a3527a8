//! Where sessions come from, and in what order places are listed.

use std::cmp::Ordering;
use std::net::IpAddr;

use kilroy_model::Scope;
use serde::Serialize;

use super::Name;
use super::cells::{Key, Labels};

/// A source by numbers: an address; without one, a machine's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct OriginKey {
    pub(super) scope: Scope,
    pub(super) ip: Option<Name>,
    /// Only where there is no address.
    pub(super) client: Option<Name>,
}

impl OriginKey {
    pub(super) fn of(key: &Key) -> Self {
        let client = key.client.filter(|_| key.ip.is_none());
        Self { scope: key.scope, ip: key.ip, client }
    }

    pub(super) fn origin(self, labels: &Labels<'_>) -> Origin {
        Origin {
            scope: self.scope,
            ip: self.ip.map(|ip| labels.plain(ip).to_owned()),
            client: self.client.map(|client| labels.spelled(client).to_owned()),
        }
    }
}

/// A source: an address; without one, a machine's name; or neither.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Origin {
    /// What kind of place it is.
    pub scope: Scope,
    /// Address, or `LOCAL`.
    pub ip: Option<String>,
    /// Name of the machine, where no record names an address.
    pub client: Option<String>,
}

impl Origin {
    /// The address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.ip.as_deref()?.parse().ok()
    }

    /// What it is called: the address, the machine's name, or nothing.
    pub fn name(&self) -> Option<&str> {
        self.ip.as_deref().or(self.client.as_deref())
    }
}

/// From far away to near; addresses in their own order, not in that of their digits.
impl Ord for Origin {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |origin: &Self| (distance(origin.scope), origin.address());
        let names = |origin: &Self| (origin.ip.clone(), origin.client.as_ref().map(|c| c.to_lowercase()));
        place(self).cmp(&place(other)).then_with(|| names(self).cmp(&names(other)))
    }
}

impl PartialOrd for Origin {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How far away a place is: the farthest comes first.
pub(super) const fn distance(scope: Scope) -> u8 {
    match scope {
        Scope::External => 0,
        Scope::Internal => 1,
        Scope::Loopback => 2,
        Scope::Local => 3,
        Scope::Unknown => 4,
    }
}
