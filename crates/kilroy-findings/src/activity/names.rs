//! Texts that recur as numbers.

use std::collections::BTreeMap;

/// Numbers of texts; a text has one number, whatever its case.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<String, u32>,
}

impl Names {
    /// The number of a text; a new one if it is new.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        let text = text.to_lowercase();
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        *self.known.entry(text).or_insert(next)
    }

    /// The number of a text that is known.
    pub(super) fn get(&self, text: &str) -> Option<u32> {
        self.known.get(text).or_else(|| self.known.get(&text.to_lowercase())).copied()
    }
}
