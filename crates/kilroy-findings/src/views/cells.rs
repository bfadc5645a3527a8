//! All sessions in one pass: counted for each user, host and source. Every view is made of these counts.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use kilroy_model::Scope;

use super::names::Spellings;
use super::{Name, Names, Tally, Visit};

/// Who, on which host, from where. Names are in small letters but addresses, which have one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) user: Option<Name>,
    pub(super) domain: Option<Name>,
    pub(super) host: Name,
    pub(super) ip: Option<Name>,
    pub(super) client: Option<Name>,
    pub(super) scope: Scope,
}

/// Sessions counted for each user, host and source. What is in memory are the different combinations, some hundred bytes
/// each, not the sessions.
#[derive(Debug, Default)]
pub struct Cells {
    tallies: HashMap<Key, Tally>,
    spellings: Spellings,
}

impl Cells {
    /// Counts a session.
    pub fn add(&mut self, names: &Names, visit: &Visit) {
        let folded = |name: Option<Name>| name.map(|name| names.folded(name));
        let key = Key {
            user: folded(visit.user),
            domain: folded(visit.domain),
            host: visit.host,
            ip: visit.ip,
            client: folded(visit.client),
            scope: visit.scope,
        };
        self.tallies.entry(key).or_default().add(visit);
        for name in [visit.user, visit.domain, visit.client].into_iter().flatten() {
            self.spellings.add(name);
        }
    }

    /// Has nothing been counted?
    pub fn is_empty(&self) -> bool {
        self.tallies.is_empty()
    }

    /// The hosts that sessions are on, by name.
    pub fn hosts<'n>(&self, names: &'n Names) -> BTreeSet<&'n str> {
        let hosts: BTreeSet<Name> = self.tallies.keys().map(|key| key.host).collect();
        hosts.into_iter().map(|host| names.text(host)).collect()
    }

    /// What was counted on each host, by name.
    pub fn by_host<'n>(&self, names: &'n Names) -> BTreeMap<&'n str, Tally> {
        let mut hosts: BTreeMap<&str, Tally> = BTreeMap::new();
        for (key, tally) in &self.tallies {
            hosts.entry(names.text(key.host)).or_default().merge(tally);
        }
        hosts
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &Tally)> {
        self.tallies.iter()
    }

    /// What things are called where people read them.
    pub(super) fn labels<'n>(&self, names: &'n Names) -> Labels<'n> {
        Labels { names, best: self.spellings.best(names) }
    }
}

/// Numbers back to texts.
pub(super) struct Labels<'n> {
    names: &'n Names,
    best: HashMap<Name, &'n str>,
}

impl<'n> Labels<'n> {
    /// The most common spelling of a name in small letters.
    pub(super) fn spelled(&self, folded: Name) -> &'n str {
        self.best.get(&folded).copied().unwrap_or_else(|| self.names.text(folded))
    }

    /// The most common spellings, in the order of the alphabet.
    pub(super) fn all_spelled(&self, folded: &BTreeSet<Name>) -> Vec<String> {
        sorted(folded.iter().map(|name| self.spelled(*name)))
    }

    /// Hosts, which have one spelling: a machine or a domain of that name may be written otherwise.
    pub(super) fn hosts(&self, hosts: &BTreeSet<Name>) -> Vec<String> {
        sorted(hosts.iter().map(|name| self.plain(*name)))
    }

    /// A text as it is: a host, an address.
    pub(super) fn plain(&self, name: Name) -> &'n str {
        self.names.text(name)
    }
}

fn sorted<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut texts: Vec<String> = texts.map(str::to_owned).collect();
    texts.sort_by_cached_key(|text| text.to_lowercase());
    texts
}
