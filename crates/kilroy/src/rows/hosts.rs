//! Host names as tables show them: without the domain, where that is enough to tell them apart.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use kilroy_case::Case;
use kilroy_model::bare_name;

/// The names that tell the hosts of one table apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct HostNames {
    /// Full names by their first part.
    by_bare: BTreeMap<String, BTreeSet<String>>,
}

impl HostNames {
    pub(crate) fn of<'a>(hosts: impl Iterator<Item = &'a str>) -> Self {
        let mut names = Self::default();
        for host in hosts {
            if !names.by_bare.get(bare_name(host)).is_some_and(|full| full.contains(host)) {
                names.by_bare.entry(bare_name(host).to_owned()).or_default().insert(host.to_owned());
            }
        }
        names
    }

    /// Do others have the same first part of their names?
    pub(crate) fn shares_its_name(&self, host: &str) -> bool {
        self.by_bare.get(bare_name(host)).is_some_and(|full| full.len() > 1)
    }

    /// The shortest name that is no other host's.
    pub(crate) fn short<'a>(&self, host: &'a str) -> &'a str {
        let alone = self.by_bare.get(bare_name(host)).is_none_or(|full| full.len() == 1);
        if alone { bare_name(host) } else { host }
    }

    /// The same of several.
    pub(crate) fn all_short(&self, hosts: &[String]) -> Vec<String> {
        hosts.iter().map(|host| self.short(host).to_owned()).collect()
    }
}

/// Hosts that an error names; the others are counted.
const NAMED: usize = 3;

/// What hosts a case has, for whoever named one that it has not: `a, b, c and 4 more`.
pub(crate) fn hosts_there(case: &Case) -> Result<String> {
    Ok(some_of(&case.hosts()?.into_iter().map(|row| row.host).collect()))
}

/// A few of these names, as short as can be; how many more there are.
pub(crate) fn some_of(hosts: &BTreeSet<String>) -> String {
    // A bare name and a full one of one host are one.
    let hosts: BTreeSet<String> = kilroy_sessions::one_name_each(hosts.clone()).into_values().collect();
    let names = HostNames::of(hosts.iter().map(String::as_str));
    let some: Vec<&str> = hosts.iter().take(NAMED).map(|host| names.short(host)).collect();
    match (some.is_empty(), hosts.len().saturating_sub(NAMED)) {
        (true, _) => "none".to_owned(),
        (false, 0) => some.join(", "),
        (false, more) => format!("{} and {more} more", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_short_as_can_be() {
        let names = HostNames::of(["srv.a.example", "srv.b.example", "ws.a.example", "10.0.0.1"].into_iter());
        assert_eq!(names.short("ws.a.example"), "ws");
        assert_eq!(names.short("srv.a.example"), "srv.a.example");
        assert_eq!(names.short("10.0.0.1"), "10.0.0.1");
    }

    #[test]
    fn some_of_them_are_named() {
        let of = |hosts: &[&str]| some_of(&hosts.iter().map(|host| (*host).to_owned()).collect());
        assert_eq!(of(&[]), "none");
        assert_eq!(of(&["a.x", "b.x"]), "a, b");
        assert_eq!(of(&["a.x", "a.y", "c", "d", "e"]), "a.x, a.y, c and 2 more");
    }
}
