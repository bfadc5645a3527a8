//! The facts of a finding, ready to be put into sentences.

use kilroy_model::{FactName, Finding};

use crate::output::{count, seconds};

/// Characters of a command line that a sentence has room for.
const COMMAND: usize = 120;

/// What a sentence asks a finding.
pub(super) struct Facts<'a>(pub(super) &'a Finding);

impl<'a> Facts<'a> {
    /// The first text of this name; `?` if there is none.
    pub(super) fn one(&self, name: FactName) -> &'a str {
        self.0.text(name).unwrap_or("?")
    }

    pub(super) fn maybe(&self, name: FactName) -> Option<&'a str> {
        self.0.text(name)
    }

    /// Is what it says of this only possible?
    pub(super) fn perhaps(&self, name: FactName) -> bool {
        self.0.texts(FactName::Perhaps).any(|doubtful| doubtful == name.name())
    }

    /// Is it one of these?
    pub(super) fn is(&self, variant: &str) -> bool {
        self.0.texts(FactName::Variant).any(|known| known == variant)
    }

    /// The texts of this name, the first three of them.
    pub(super) fn some(&self, name: FactName) -> String {
        let all: Vec<&str> = self.0.texts(name).collect();
        first_three(&all)
    }

    /// The hosts.
    pub(super) fn hosts(&self) -> String {
        let all: Vec<&str> = self.0.hosts.iter().map(String::as_str).collect();
        first_three(&all)
    }

    /// The users.
    pub(super) fn users(&self) -> String {
        let all: Vec<&str> = self.0.users.iter().map(String::as_str).collect();
        first_three(&all)
    }

    /// The command line, cut to what a sentence has room for.
    pub(super) fn command(&self) -> String {
        self.cut(FactName::Command)
    }

    pub(super) fn cut(&self, name: FactName) -> String {
        let line: Vec<&str> = self.one(name).split_whitespace().collect();
        let line = line.join(" ");
        match line.char_indices().nth(COMMAND) {
            Some((at, _)) => format!("{}…", line.get(..at).unwrap_or(&line)),
            None => line,
        }
    }

    pub(super) fn number(&self, name: FactName) -> u64 {
        self.0.number(name).unwrap_or(0)
    }

    pub(super) fn shown(&self, name: FactName) -> String {
        count(self.number(name))
    }

    pub(super) fn time(&self, name: FactName) -> Option<String> {
        self.0.time(name).map(seconds)
    }
}

fn first_three(all: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown = all.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 if shown.is_empty() => "?".to_owned(),
        0 => shown,
        more => format!("{shown} +{}", count(more as u64)),
    }
}
