//! Texts that recur as numbers.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// The number of a text.
pub(super) type Number = NonZeroU32;

/// Numbers of texts; a text has one number, whatever its case.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<String, Number>,
}

impl Names {
    /// The number of a text; a new one if it is new.
    pub(super) fn add(&mut self, text: &str) -> Number {
        let text = text.to_lowercase();
        let next = self.known.len().saturating_add(1);
        let next = u32::try_from(next).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX);
        *self.known.entry(text).or_insert(next)
    }

    /// The number of a text that is known.
    pub(super) fn get(&self, text: &str) -> Option<Number> {
        self.known.get(text).or_else(|| self.known.get(&text.to_lowercase())).copied()
    }

    /// All texts with their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, Number)> {
        self.known.iter().map(|(text, number)| (text.as_str(), *number))
    }
}
