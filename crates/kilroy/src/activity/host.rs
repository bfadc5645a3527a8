//! The names under which a case has one host.

use std::collections::BTreeSet;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_case::query::{HostPattern, Pattern};
use kilroy_model::host_key;
use kilroy_sessions::one_name_each;

/// A host of a case by every name that its records have: some logs write the full one, some the bare one. Another host may
/// share the bare one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OneHost(BTreeSet<String>);

impl OneHost {
    /// The host that records of this name are of.
    pub(crate) fn of(case: &Case, name: &str) -> Result<Self> {
        Ok(Self::among(case.hosts()?.into_iter().map(|row| row.host), name))
    }

    fn among(hosts: impl IntoIterator<Item = String>, name: &str) -> Self {
        let own = host_key(name);
        let all: BTreeSet<String> =
            hosts.into_iter().map(|host| host_key(&host)).chain([own.clone()]).collect();
        let shown = one_name_each(all);
        let same = shown.iter().filter(|(_, one)| Some(*one) == shown.get(&own));
        Self(same.map(|(name, _)| name.clone()).collect())
    }

    /// Is this one of its names?
    pub(crate) fn is(&self, name: &str) -> bool {
        self.0.contains(name) || self.0.contains(&host_key(name))
    }

    /// Takes what is logged under these names, and nothing else.
    pub(crate) fn patterns(&self) -> Vec<HostPattern> {
        let whole = |name: &String| HostPattern::new(&format!("{}.", Pattern::literal(name)));
        self.0.iter().filter_map(whole).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_of_the_host_that_has_it_alone() {
        let names = |hosts: &[&str], name: &str| -> Vec<String> {
            OneHost::among(hosts.iter().map(|host| (*host).to_owned()), name).0.into_iter().collect()
        };
        let one = ["pc01", "pc01.a.example", "srv.a.example"];
        assert_eq!(names(&one, "PC01.a.example"), ["pc01", "pc01.a.example"]);
        assert_eq!(names(&one, "pc01"), ["pc01", "pc01.a.example"]);
        let two = ["pc01", "pc01.a.example", "pc01.b.example"];
        assert_eq!(names(&two, "pc01.a.example"), ["pc01.a.example"]);
        assert_eq!(names(&two, "pc01"), ["pc01"]);
        assert_eq!(names(&["10.0.0.5", "10.0.0.6"], "10.0.0.5"), ["10.0.0.5"]);
    }

    #[test]
    fn patterns_take_these_names_only() {
        let host = OneHost::among(["pc01.b.example".to_owned()], "pc01.a.example");
        let takes = |name: &str| host.patterns().iter().any(|pattern| pattern.matches(name));
        assert!(takes("PC01.a.example") && host.is("PC01.A.example"));
        assert!(!takes("pc01.b.example") && !takes("pc01") && !host.is("pc01"));
    }
}
