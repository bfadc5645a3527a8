//! The hosts of a case, and which of them a name means: a bare name is the host of the full one, unless two hosts share it.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{bare_name, host_key};
use kilroy_sessions::one_name_each;

/// Number of a host, in the order of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HostId(u32);

impl HostId {
    /// The one that stands before all others.
    pub(crate) const FIRST: Self = Self(0);

    /// The number itself, to be a part of keys.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// The hosts of a case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hosts {
    names: Vec<String>,
    /// Every name that records have, with the host that it means.
    known: BTreeMap<String, HostId>,
    /// Names without a domain; none where several hosts have it.
    bare: BTreeMap<String, Option<HostId>>,
}

impl Hosts {
    /// These hosts, by every name that sessions and records have for them.
    pub(crate) fn new(names: impl IntoIterator<Item = String>) -> Self {
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
    pub(crate) fn of_record(&self, name: &str) -> Option<HostId> {
        self.known.get(name).copied()
    }

    /// The host of this name. A name that no record has may be the bare one of a host, or the full one of a host that is known
    /// by its bare name only; a full one of another domain is another machine. None where two hosts share a bare name.
    pub(crate) fn named(&self, name: &str) -> Option<HostId> {
        if let Some(known) = self.of_record(name) {
            return Some(known);
        }
        let name = host_key(name);
        self.of_record(&name).or_else(|| match bare_name(&name) {
            short if short == name => *self.bare.get(short)?,
            short => self.of_record(short).filter(|host| !self.name(*host).contains('.')),
        })
    }

    /// The only host there is.
    pub(crate) fn only(&self) -> Option<HostId> {
        (self.names.len() == 1).then_some(HostId::FIRST)
    }

    /// Whether any host of the case can be called so, be it several.
    pub(crate) fn is_known(&self, name: &str) -> bool {
        self.named(name).is_some() || self.bare.contains_key(&host_key(name))
    }

    /// Name of the host that has this number.
    pub(crate) fn name_of(&self, number: u32) -> &str {
        self.name(HostId(number))
    }

    /// Name, as sessions have it.
    pub(crate) fn name(&self, host: HostId) -> &str {
        self.names.get(host.0 as usize).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_means_a_host_unless_two_share_it() {
        let hosts =
            Hosts::new(["app", "app.corp.example", "web.one.example", "web.two.example"].map(str::to_owned));
        let app = hosts.of_record("app");
        assert!(app.is_some());
        assert_eq!(hosts.name(app.unwrap()), "app.corp.example");
        for name in ["app", "app.corp.example"] {
            assert_eq!(hosts.named(name), app, "{name}");
            assert!(hosts.is_known(name));
        }
        // Somebody else's server of that name.
        assert_eq!(hosts.named("app.other.example"), None);
        assert!(!hosts.is_known("app.other.example"));
        assert_eq!(hosts.named("web"), None);
        assert!(hosts.is_known("web"));
        assert!(hosts.named("web.one.example").is_some());
        assert_eq!(hosts.of_record("web"), None);
    }

    #[test]
    fn names_of_a_host() {
        let hosts = |names: &[&str]| Hosts::new(names.iter().map(|n| (*n).to_owned()));
        let one = hosts(&["srv.corp.example", "ws1"]);
        assert_eq!(one.named("srv"), one.named("SRV.corp.example."));
        assert!(one.named("srv").is_some());
        assert_eq!(one.named("ws1.corp.example"), one.named("ws1"));
        assert_eq!(one.named("srv.other.example"), None);
        let two = hosts(&["b.x.example", "b.y.example"]);
        assert_eq!(two.named("b"), None);
        assert_ne!(two.named("b.x.example"), two.named("b.y.example"));
        assert_eq!((two.only(), hosts(&["a", "a.x"]).only()), (None, Some(HostId::FIRST)));
    }
}
