//! A draft together with its records, once all are given.

use std::ops::Deref;

use kilroy_model::Role;

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId, Part};
use crate::host::RowId;

/// A draft with its records.
pub(crate) struct Whole<'a> {
    draft: &'a Draft,
    /// In the order in which they were given.
    pub(crate) given: &'a [Part],
    /// In their own order.
    pub(crate) parts: &'a [Part],
}

impl Deref for Whole<'_> {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        self.draft
    }
}

impl<'a> Whole<'a> {
    /// A draft with its records as they were given, and in their own order.
    pub(crate) fn new(draft: &'a Draft, given: &'a [Part], parts: &'a [Part]) -> Self {
        Self { draft, given, parts }
    }

    /// Its records in the order in which they were given.
    pub(crate) fn rows(&self) -> impl Iterator<Item = RowId> + use<'a> {
        self.given.iter().map(|p| p.row)
    }

    pub(crate) fn with_role(&self, role: Role) -> impl Iterator<Item = RowId> + use<'a> {
        self.given.iter().filter(move |p| p.role == role).map(|p| p.row)
    }
}

/// Puts the records of one draft after the other together, in the same room.
#[derive(Default)]
pub(crate) struct Gathering {
    given: Vec<Part>,
    parts: Vec<Part>,
}

impl Gathering {
    pub(crate) fn of<'a>(&'a mut self, b: &'a Builder<'_>, id: DraftId) -> Whole<'a> {
        self.given.clear();
        self.given.extend(b.parts(id));
        self.parts.clear();
        self.parts.extend_from_slice(&self.given);
        self.parts.sort_unstable_by_key(|p| p.row);
        Whole::new(&b.drafts[id], &self.given, &self.parts)
    }
}
