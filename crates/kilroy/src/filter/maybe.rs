//! What may not be there at all.

use anyhow::Result;

/// What is asked of something that records may not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Maybe<T> {
    /// No record names it; `-` asks for this, as Windows writes it.
    Nothing,
    /// It is like this.
    Like(T),
}

impl<T> Maybe<T> {
    pub(super) fn of(text: &str, like: impl FnOnce(&str) -> Result<T>) -> Result<Self> {
        Ok(if text.trim() == "-" { Self::Nothing } else { Self::Like(like(text)?) })
    }

    /// What it is to be like, if anything.
    pub(super) const fn like(&self) -> Option<&T> {
        match self {
            Self::Nothing => None,
            Self::Like(what) => Some(what),
        }
    }

    /// Whether it takes something that is there or not.
    pub(super) fn takes(&self, is_there: bool, is_like: impl FnOnce(&T) -> bool) -> bool {
        match self {
            Self::Nothing => !is_there,
            Self::Like(what) => is_like(what),
        }
    }
}
