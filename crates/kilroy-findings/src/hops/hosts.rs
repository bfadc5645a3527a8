//! The hosts of a case, and which of them a name means.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use kilroy_model::{SourceAddress, host_key, parse_source};
use kilroy_sessions::one_name_each;

/// Number of a host, in the order of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct HostId(u32);

impl HostId {
    /// The one that stands before all others.
    pub(super) const FIRST: Self = Self(0);
}

/// The hosts of a case.
#[derive(Debug, Clone, Default)]
pub(super) struct Hosts {
    names: Vec<String>,
    /// Every name that records have, with the host that it means.
    known: BTreeMap<String, HostId>,
    /// Names without a domain; none where several hosts have it.
    bare: BTreeMap<String, Option<HostId>>,
}

/// What a machine is called somewhere: by an address, or by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Called {
    Address(IpAddr),
    Name(String),
}

impl Called {
    /// Reads what stands for a machine: `srv-app`, `SRV-APP.corp.example:3390`, `10.0.0.1`, `[fe80::1]:3389`, `\\srv-app`.
    /// Nothing that means the machine itself.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('\\').trim_matches('"');
        match parse_source(text) {
            SourceAddress::Ip(ip, _) => {
                (!ip.is_loopback() && !ip.is_unspecified()).then_some(Self::Address(ip))
            }
            SourceAddress::Local => None,
            SourceAddress::None => {
                let name = text.split_once(':').map_or(text, |(name, _port)| name);
                let name = host_key(name);
                let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
                let means_itself = matches!(name.as_str(), "" | "localhost" | "." | "-");
                (!means_itself && name.chars().all(fits)).then_some(Self::Name(name))
            }
        }
    }
}

impl Hosts {
    /// These hosts, by every name that sessions and records have for them.
    pub(super) fn new(names: impl IntoIterator<Item = String>) -> Self {
        let all: BTreeSet<String> = names.into_iter().map(|name| host_key(&name)).collect();
        let shown = one_name_each(all);
        let names: BTreeSet<&String> = shown.values().collect();
        let names: Vec<String> = names.into_iter().cloned().collect();
        let number = |name: &String| {
            let at = names.binary_search(name).unwrap_or_default();
            HostId(u32::try_from(at).unwrap_or(u32::MAX))
        };
        let known: BTreeMap<String, HostId> =
            shown.iter().map(|(name, shown)| (name.clone(), number(shown))).collect();
        let mut bare: BTreeMap<String, Option<HostId>> = BTreeMap::new();
        for (name, host) in &known {
            let entry = bare.entry(bare_name(name).to_owned()).or_insert(Some(*host));
            if *entry != Some(*host) {
                *entry = None;
            }
        }
        Self { names, known, bare }
    }

    /// The host that records of this name are of.
    pub(super) fn of_record(&self, name: &str) -> Option<HostId> {
        self.known.get(name).copied()
    }

    /// The host that somebody means who calls it this: by its full name, by the bare one, or by the bare one with a domain
    /// that the case does not know. None where two hosts share the bare name.
    pub(super) fn meant(&self, name: &str) -> Option<HostId> {
        self.known.get(name).copied().or_else(|| self.bare.get(bare_name(name)).copied().flatten())
    }

    /// Whether any host of the case is called so, be it several.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.known.contains_key(name) || self.bare.contains_key(bare_name(name))
    }

    /// Name, as sessions have it.
    pub(super) fn name(&self, host: HostId) -> &str {
        self.names.get(host.0 as usize).map_or("", String::as_str)
    }
}

/// A name without its domain.
pub(super) fn bare_name(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_machine() {
        let name = |text: &str| Some(Called::Name(text.to_owned()));
        assert_eq!(Called::read(r"\\SRV-APP"), name("srv-app"));
        assert_eq!(Called::read("srv-app.corp.example:3390"), name("srv-app.corp.example"));
        let address = |text: &str| Some(Called::Address(text.parse().unwrap()));
        assert_eq!(Called::read("10.0.0.1:3389"), address("10.0.0.1"));
        assert_eq!(Called::read("[fe80::1%4]:3389"), address("fe80::1"));
        for itself in ["localhost", "127.0.0.1", "::1", ".", "-", "", "0.0.0.0", "LOCAL", "a b"] {
            assert_eq!(Called::read(itself), None, "{itself}");
        }
    }

    #[test]
    fn a_bare_name_means_a_host_unless_two_share_it() {
        let hosts =
            Hosts::new(["app", "app.corp.example", "web.one.example", "web.two.example"].map(str::to_owned));
        let app = hosts.of_record("app");
        assert!(app.is_some());
        assert_eq!(hosts.name(app.unwrap()), "app.corp.example");
        for name in ["app", "app.corp.example", "app.other.example"] {
            assert_eq!(hosts.meant(name), app, "{name}");
        }
        assert_eq!(hosts.meant("web"), None);
        assert!(hosts.meant("web.one.example").is_some());
        assert_eq!(hosts.of_record("web"), None);
    }
}
