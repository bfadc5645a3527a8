//! Rows picked from blocks, in order, that are to stand in one batch.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use arrow_select::concat::concat_batches;
use arrow_select::interleave::interleave_record_batch;

use super::block::Block;
use super::order::At;

/// When a batch is big enough: by its rows or, where events are large, by what they take up. Both depend on nothing but
/// the sequence of rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) rows: usize,
    pub(super) bytes: usize,
}

impl Cut {
    /// How many of the rows, the first ones, make whole batches.
    pub(super) fn whole(self, rows: &[At<'_>]) -> usize {
        let (mut whole, mut picked, mut bytes) = (0, 0, 0);
        for (n, (block, row)) in rows.iter().enumerate() {
            picked += 1;
            bytes += block.size(*row);
            if picked >= self.rows || bytes >= self.bytes {
                (whole, picked, bytes) = (n + 1, 0, 0);
            }
        }
        whole
    }
}

/// Stretches of about so many rows are copied whole rather than row by row.
const LONG: usize = 32;

/// Rows in their order, and the blocks they are in.
#[derive(Debug, Default)]
pub(super) struct Picks {
    blocks: Vec<Arc<Block>>,
    rows: Vec<(usize, usize)>,
    bytes: usize,
}

impl Picks {
    pub(super) fn push(&mut self, block: &Arc<Block>, row: usize) {
        // From the end: rows mostly follow others of their block.
        let known = self.blocks.iter().rposition(|known| Arc::ptr_eq(known, block));
        let place = known.unwrap_or_else(|| {
            self.blocks.push(Arc::clone(block));
            self.blocks.len() - 1
        });
        self.rows.push((place, row));
        self.bytes += block.size(row);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn reach(&self, cut: Cut) -> bool {
        self.rows.len() >= cut.rows || self.bytes >= cut.bytes
    }

    /// The rows as one batch, which may share memory with its block; nothing is picked afterwards.
    pub(super) fn batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let whole = match &self.stretches()[..] {
            [one] => Some(self.slice(one)),
            _ => None,
        };
        match whole {
            Some(batch) => {
                self.clear();
                Ok(batch)
            }
            None => self.copy(),
        }
    }

    /// The rows as one batch of their own; nothing is picked afterwards.
    pub(super) fn copy(&mut self) -> Result<RecordBatch, ArrowError> {
        let stretches = self.stretches();
        let long = self.rows.len() >= stretches.len() * LONG;
        let batch = if long && stretches.len() > 1 {
            let slices: Vec<RecordBatch> = stretches.iter().map(|stretch| self.slice(stretch)).collect();
            concat_batches(slices[0].schema_ref(), &slices)
        } else {
            let blocks: Vec<&RecordBatch> = self.blocks.iter().map(|block| block.batch()).collect();
            interleave_record_batch(&blocks, &self.rows)
        }?;
        self.clear();
        Ok(batch)
    }

    /// Rows that follow each other in their block as well.
    fn stretches(&self) -> Vec<&[(usize, usize)]> {
        self.rows.chunk_by(|a, b| a.0 == b.0 && a.1 + 1 == b.1).collect()
    }

    fn slice(&self, stretch: &[(usize, usize)]) -> RecordBatch {
        let (block, first) = stretch.first().copied().unwrap_or_default();
        self.blocks[block].batch().slice(first, stretch.len())
    }

    fn clear(&mut self) {
        self.blocks.clear();
        self.rows.clear();
        self.bytes = 0;
    }
}
