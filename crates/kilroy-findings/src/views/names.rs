//! Texts that recur a million times, each kept once and called by a number.

use std::sync::Arc;

use hashbrown::HashMap;

/// A text by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u32);

/// All texts of a table, numbered as they are met.
#[derive(Debug, Default)]
pub struct Names {
    numbers: HashMap<Arc<str>, Name>,
    texts: Vec<Text>,
}

#[derive(Debug)]
struct Text {
    text: Arc<str>,
    folded: Name,
}

impl Names {
    /// The number of a text; a new one if it was not met yet.
    pub fn name(&mut self, text: &str) -> Name {
        if let Some(&known) = self.numbers.get(text) {
            return known;
        }
        let lower = text.to_lowercase();
        let folded = if lower == text { None } else { Some(self.plain(&lower)) };
        self.keep(text, folded)
    }

    /// The text.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |known| &known.text)
    }

    /// The same text in small letters: names that differ in case only are one.
    pub fn folded(&self, name: Name) -> Name {
        self.texts.get(name.0 as usize).map_or(name, |known| known.folded)
    }

    /// A text that is in small letters already.
    fn plain(&mut self, text: &str) -> Name {
        self.numbers.get(text).copied().unwrap_or_else(|| self.keep(text, None))
    }

    fn keep(&mut self, text: &str, folded: Option<Name>) -> Name {
        // No table has four thousand million different texts.
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let text: Arc<str> = text.into();
        self.texts.push(Text { text: Arc::clone(&text), folded: folded.unwrap_or(name) });
        self.numbers.insert(text, name);
        name
    }
}

/// How often each spelling was met.
#[derive(Debug, Default)]
pub(super) struct Spellings(HashMap<Name, u64>);

impl Spellings {
    pub(super) fn add(&mut self, name: Name) {
        *self.0.entry(name).or_default() += 1;
    }

    /// For each folded name the spelling that is met most; of equally common ones the first in the alphabet.
    pub(super) fn best<'n>(&self, names: &'n Names) -> HashMap<Name, &'n str> {
        let mut best: HashMap<Name, (u64, &str)> = HashMap::new();
        for (&name, &count) in &self.0 {
            let text = names.text(name);
            let known = best.entry(names.folded(name)).or_insert((count, text));
            if count > known.0 || (count == known.0 && text < known.1) {
                *known = (count, text);
            }
        }
        best.into_iter().map(|(name, (_, text))| (name, text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_are_one() {
        let mut names = Names::default();
        let [upper, lower, other] = ["ALICE", "alice", "bob"].map(|text| names.name(text));
        assert_ne!(upper, lower);
        assert_eq!(names.folded(upper), names.folded(lower));
        assert_ne!(names.folded(lower), names.folded(other));
        assert_eq!(names.text(upper), "ALICE");
        assert_eq!(names.name("ALICE"), upper);
    }

    #[test]
    fn the_most_common_spelling_stands_for_all() {
        let mut names = Names::default();
        let mut spellings = Spellings::default();
        for text in ["alice", "Alice", "Alice", "BOB", "bob"] {
            spellings.add(names.name(text));
        }
        let best = spellings.best(&names);
        let mut texts: Vec<&str> = best.into_values().collect();
        texts.sort_unstable();
        assert_eq!(texts, ["Alice", "BOB"]);
    }
}
