//! Hosts by their names: a bare name is the host of the full one, unless two hosts share it.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::host_key;
use kilroy_sessions::one_name_each;

/// Numbers of hosts.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    by_name: BTreeMap<String, u32>,
    /// Hosts by their bare name; none if several share it.
    by_bare_name: BTreeMap<String, Option<u32>>,
    number: u32,
}

impl Hosts {
    pub(super) fn new(names: BTreeSet<String>) -> Self {
        let mut hosts = Self::default();
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        for (name, shown) in one_name_each(names) {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(shown).or_insert(next);
            hosts
                .by_bare_name
                .entry(bare(&name).to_owned())
                .and_modify(|known| *known = known.filter(|known| *known == number))
                .or_insert(Some(number));
            hosts.by_name.insert(name, number);
        }
        hosts.number = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        hosts
    }

    /// The host of this name. A name that no session has may be the bare one of a host, or the full one of a host that is
    /// known by its bare name only.
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        if let Some(known) = self.by_name.get(name) {
            return Some(*known);
        }
        let name = host_key(name);
        let known = || self.by_name.get(&name).copied();
        known().or_else(|| match bare(&name) {
            short if short == name => *self.by_bare_name.get(short)?,
            short => self.by_name.get(short).copied().filter(|n| self.has_no_full_name(*n)),
        })
    }

    /// The only host there is.
    pub(super) fn only(&self) -> Option<u32> {
        (self.number == 1).then_some(0)
    }

    fn has_no_full_name(&self, host: u32) -> bool {
        self.by_name.iter().all(|(name, number)| *number != host || !name.contains('.'))
    }
}

fn bare(name: &str) -> &str {
    // The parts of an address are no domain.
    if name.parse::<std::net::IpAddr>().is_ok() {
        return name;
    }
    name.split_once('.').map_or(name, |(bare, _)| bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_host() {
        let hosts = |names: &[&str]| Hosts::new(names.iter().map(|n| (*n).to_owned()).collect());
        let one = hosts(&["srv.corp.example", "ws1"]);
        assert_eq!(one.get("srv"), one.get("SRV.corp.example."));
        assert!(one.get("srv").is_some());
        assert_eq!(one.get("ws1.corp.example"), one.get("ws1"));
        assert_eq!(one.get("srv.other.example"), None);
        let two = hosts(&["b.x.example", "b.y.example"]);
        assert_eq!(two.get("b"), None);
        assert_ne!(two.get("b.x.example"), two.get("b.y.example"));
        assert_eq!((two.only(), hosts(&["a", "a.x"]).only()), (None, Some(0)));
    }
}
