//! Reading: some columns of all events that are asked for.

use std::sync::Arc;

use arrow_array::RecordBatch;

use super::column::Column;
use super::eval::Known;
use super::scan::{Group, Scan};
use super::table::Batches;
use crate::CaseError;

impl Scan {
    /// Some columns of the events, batch by batch: host by host, file by file, within a file by time. Recurring texts come as
    /// dictionaries.
    pub fn batches<'s>(
        &'s self,
        columns: &'s [Column],
    ) -> impl Iterator<Item = Result<RecordBatch, CaseError>> + 's {
        let mut known = Known::default();
        self.groups().into_iter().flat_map(move |group| Chosen::open(self, group, columns, &mut known))
    }

    /// The same with all threads, a group of rows at a time, in any order: as soon as its rows are there.
    pub fn each_batch<S: Default + Send>(
        &self,
        columns: &[Column],
        take: impl Fn(&mut S, &RecordBatch) -> Result<(), CaseError> + Sync,
    ) -> Result<Vec<S>, CaseError> {
        self.fold(&self.groups(), |state, group, known| {
            for batch in Chosen::open(self, group, columns, known) {
                take(state, &batch?)?;
            }
            Ok(())
        })
    }
}

/// The chosen rows of one group.
pub(super) enum Chosen<'s> {
    Nothing,
    Failed(Box<CaseError>),
    Rows(Batches<'s>),
    /// How many rows there are, where no column is wanted.
    Empty(usize),
}

impl<'s> Chosen<'s> {
    pub(super) fn open(scan: &'s Scan, group: Group, columns: &[Column], known: &mut Known) -> Self {
        let mut open = || {
            let file = scan.file(group);
            let rows = file.select(group.group, known)?;
            Ok(match rows.len() {
                0 => Self::Nothing,
                rows if columns.is_empty() => Self::Empty(rows),
                _ => Self::Rows(file.file.read(group.group, columns, rows.ranges())?),
            })
        };
        open().unwrap_or_else(|error| Self::Failed(Box::new(error)))
    }
}

impl Iterator for Chosen<'_> {
    type Item = Result<RecordBatch, CaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => None,
            Self::Failed(error) => Some(Err(*error)),
            Self::Empty(rows) => {
                let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
                let empty = Arc::new(arrow_schema::Schema::empty());
                // A batch without columns cannot be wrong.
                RecordBatch::try_new_with_options(empty, Vec::new(), &options).ok().map(Ok)
            }
            Self::Rows(mut batches) => {
                let next = batches.next()?;
                *self = Self::Rows(batches);
                Some(next)
            }
        }
    }
}
