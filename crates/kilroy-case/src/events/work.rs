//! What all parts of one event writer need to know: the case, and the evidence file.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use kilroy_model::EvidenceId;

use super::block::Block;
use super::format::Layout;
use super::hosts::Hosts;
use super::picks::Picks;
use crate::CaseError;
use crate::case::{EVENTS, Shared};
use crate::safe_name::safe_name;

#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) shared: Arc<Shared>,
    pub(super) id: EvidenceId,
    pub(super) limits: Limits,
    pub(super) layout: Layout,
}

/// What a writer may have in hand. Nothing that is written depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of rows that wait in memory. Columns that were just built have up to as much again in reserve.
    pub(super) window: usize,
    /// Runs that can be continued. Each holds a compressor and what it looks back on, most of a megabyte.
    pub(super) open_runs: usize,
    /// Runs that are read side by side, at least two; more are merged in passes. Each takes about a megabyte.
    pub(super) fan_in: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { window: 10 << 20, open_runs: 8, fan_in: 24 }
    }
}

impl Work {
    /// The event file of a host, below the case and with `/`.
    pub(super) fn file(&self, host: &str) -> String {
        format!("{EVENTS}/host={}/{}.parquet", safe_name(host), self.id)
    }

    pub(super) fn block(&self, batch: RecordBatch, hosts: &Hosts) -> Result<Arc<Block>, CaseError> {
        Block::new(batch, hosts).map(Arc::new).map_err(|what| self.wrong(what))
    }

    /// The rows as a block of their own.
    pub(super) fn copied(&self, picks: &mut Picks, hosts: &Hosts) -> Result<Arc<Block>, CaseError> {
        self.block(picks.copy().map_err(|e| self.failed(e))?, hosts)
    }

    /// The row as a block of its own, to compare later rows with.
    pub(super) fn tail(
        &self,
        (block, row): (&Arc<Block>, usize),
        hosts: &Hosts,
    ) -> Result<Arc<Block>, CaseError> {
        let mut picks = Picks::default();
        picks.push(block, row);
        self.copied(&mut picks, hosts)
    }

    pub(super) fn failed(&self, error: ArrowError) -> CaseError {
        CaseError::arrow(&self.place())(error)
    }

    pub(super) fn wrong(&self, what: String) -> CaseError {
        CaseError::table(&self.place(), what)
    }

    fn place(&self) -> PathBuf {
        self.shared.root.join(EVENTS).join(self.id.to_string())
    }
}
