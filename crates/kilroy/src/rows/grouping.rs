//! Names gathered, and numbers for cells.

use std::collections::BTreeMap;

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
