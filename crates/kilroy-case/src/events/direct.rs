//! The shortcut for evidence that is in order already: its rows go straight into the file that stays.

use std::cmp::Ordering;
use std::sync::Arc;

use super::block::Block;
use super::host_file::HostFile;
use super::hosts::Hosts;
use super::order::{At, Order};
use super::work::Work;
use crate::CaseError;

/// A file that takes its place if no row comes later that belongs before its end.
pub(super) struct Direct {
    file: HostFile,
    tail: Option<Arc<Block>>,
    /// Did rows of its host come too late? Then the file is but one of the sequences that are merged.
    late: bool,
}

impl Direct {
    pub(super) fn create(work: &Work, hosts: &Hosts, host: u32) -> Result<Self, CaseError> {
        Ok(Self { file: HostFile::create(work, hosts, host)?, tail: None, late: false })
    }

    pub(super) fn host(&self) -> u32 {
        self.file.host
    }

    pub(super) fn is_late(&self) -> bool {
        self.late
    }

    /// How many of the sorted rows come too late for the file: the first ones.
    pub(super) fn late(&mut self, order: &mut Order, rows: &[At<'_>]) -> usize {
        let Some(tail) = &self.tail else { return 0 };
        let late = rows.partition_point(|row| order.of(*row, (tail, 0)) == Ordering::Less);
        self.late |= late > 0;
        late
    }

    /// Continues the file with sorted rows that are not late.
    pub(super) fn add(&mut self, work: &Work, hosts: &Hosts, rows: &[At<'_>]) -> Result<(), CaseError> {
        for (block, row) in rows {
            self.file.push(work, block, *row)?;
        }
        if let Some(last) = rows.last() {
            self.tail = Some(work.tail(*last, hosts)?);
        }
        Ok(())
    }

    pub(super) fn into_file(self) -> HostFile {
        self.file
    }
}
