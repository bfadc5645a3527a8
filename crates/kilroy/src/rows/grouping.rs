//! What users and sources have in common: counts of sessions, and names gathered.

use std::collections::BTreeMap;

use kilroy_model::{AccessSession, SessionOutcome, Timestamp};
use kilroy_sessions::first_known;

/// Sessions counted by how they went, with the first and last time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) sessions: u64,
    pub(crate) failures: u64,
    pub(crate) denied: u64,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
}

impl Tally {
    pub(crate) fn add(&mut self, row: &AccessSession) {
        match row.outcome {
            SessionOutcome::Success => self.sessions += 1,
            SessionOutcome::Failure => self.failures += 1,
            SessionOutcome::Denied => self.denied += 1,
        }
        let (first, last) = (first_known(row), row.end.or(row.start).or_else(|| first_known(row)));
        self.first = [self.first, first].into_iter().flatten().min();
        self.last = [self.last, first, last].into_iter().flatten().max();
    }
}

/// Spellings of names that are the same but for their case; the most common spelling stands for all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spellings(BTreeMap<String, BTreeMap<String, u64>>);

impl Spellings {
    pub(crate) fn add(&mut self, name: &str) {
        *self.0.entry(name.to_lowercase()).or_default().entry(name.to_owned()).or_default() += 1;
    }

    /// One spelling of each name, in the order of the names.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.values().filter_map(most_common).collect()
    }
}

/// Of equally common spellings the first in the alphabet.
fn most_common(spellings: &BTreeMap<String, u64>) -> Option<String> {
    let by_count = |a: &(&String, &u64), b: &(&String, &u64)| a.1.cmp(b.1).then(b.0.cmp(a.0));
    spellings.iter().max_by(by_count).map(|(name, _)| name.clone())
}

/// A few names of many, for a cell: `a, b, c +12`.
pub(crate) fn some(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} +{more}"),
    }
}

/// A number for a cell; nothing is an empty cell, so that what is there stands out.
pub(crate) fn number(n: u64) -> String {
    if n == 0 { String::new() } else { crate::output::count(n) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_stands_for_all() {
        let mut names = Spellings::default();
        for name in ["alice", "Alice", "Alice", "BOB", "bob"] {
            names.add(name);
        }
        assert_eq!(names.names(), ["Alice", "BOB"]);
    }

    #[test]
    fn a_few_of_many() {
        let names: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(some(&names), "a, b, c +2");
        assert_eq!(some(&names[..3]), "a, b, c");
        assert_eq!(some(&[]), "");
    }
}
