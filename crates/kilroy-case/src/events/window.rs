//! The rows that wait in memory: enough of them that small disorder is put right there.

use std::collections::HashMap;
use std::iter::Peekable;
use std::sync::Arc;
use std::vec::IntoIter;

use arrow_array::RecordBatch;

use super::block::Block;
use super::hosts::Hosts;
use super::merge::Source;
use super::order::{At, Order};
use super::picks::Picks;
use super::work::Work;
use crate::CaseError;

/// What a block takes up beside its rows: some 60 columns of several parts each.
const BYTES_PER_BLOCK: usize = 16 << 10;

/// Blocks with fewer rows are copied together.
const FEW_ROWS: usize = 256;

/// Rows in memory, sorted when asked for.
#[derive(Default)]
pub(super) struct Window {
    blocks: Vec<Arc<Block>>,
    rows: Vec<Row>,
    bytes: usize,
}

/// Where a row is, and what decides first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) host: u32,
    block: u32,
    place: u32,
    time: Option<i64>,
}

impl Window {
    pub(super) fn add(&mut self, block: Arc<Block>) {
        let number = index(self.blocks.len());
        self.rows.extend((0..block.len()).map(|row| Row {
            host: block.host(row),
            block: number,
            place: index(row),
            time: block.time(row),
        }));
        self.bytes += block.bytes() + BYTES_PER_BLOCK;
        self.blocks.push(block);
    }

    pub(super) fn is_full(&self, work: &Work) -> bool {
        self.bytes > work.limits.window
    }

    /// Takes the rows, in their order. They stay in memory until [`keep`](Self::keep).
    pub(super) fn sorted(&mut self, work: &Work, order: &mut Order) -> Result<Vec<Row>, CaseError> {
        let mut rows = std::mem::take(&mut self.rows);
        // Stable: that one is fast where much is in order already.
        rows.sort_by(|a, b| {
            (a.host, a.time).cmp(&(b.host, b.time)).then_with(|| order.of(self.at(*a), self.at(*b)))
        });
        order.done().map_err(|e| work.failed(e))?;
        Ok(rows)
    }

    pub(super) fn at(&self, row: Row) -> At<'_> {
        (&self.blocks[row.block as usize], row.place as usize)
    }

    /// Goes on with these rows only; memory of the others is given back.
    pub(super) fn keep(&mut self, rows: Vec<Row>, work: &Work, hosts: &Hosts) -> Result<(), CaseError> {
        let mut left = vec![0; self.blocks.len()];
        for row in &rows {
            left[row.block as usize] += 1;
        }
        let old = std::mem::take(self);
        let mut places: HashMap<u32, u32> = HashMap::new();
        let mut sparse = Picks::default();
        for row in rows {
            let (block, place) = old.at(row);
            let left = left[row.block as usize];
            if left < block.len() / 4 * 3 || left < FEW_ROWS {
                sparse.push(block, place);
                if sparse.reach(work.layout.batch) {
                    self.add(work.copied(&mut sparse, hosts)?);
                }
                continue;
            }
            let number = *places.entry(row.block).or_insert_with(|| {
                self.blocks.push(Arc::clone(block));
                self.bytes += block.bytes() + BYTES_PER_BLOCK;
                index(self.blocks.len() - 1)
            });
            self.rows.push(Row { block: number, ..row });
        }
        if !sparse.is_empty() {
            self.add(work.copied(&mut sparse, hosts)?);
        }
        Ok(())
    }

    /// All rows, in their order, as batches.
    pub(super) fn into_source(self, rows: Vec<Row>, work: &Work) -> Source {
        Box::new(Rest { window: self, rows: rows.into_iter().peekable(), work: work.clone() })
    }
}

/// Rows that were never laid aside.
struct Rest {
    window: Window,
    rows: Peekable<IntoIter<Row>>,
    work: Work,
}

impl Iterator for Rest {
    type Item = Result<RecordBatch, CaseError>;

    /// Cut as the rows of a file are, so that they are not cut again.
    fn next(&mut self) -> Option<Self::Item> {
        let first = *self.rows.peek()?;
        let mut picks = Picks::default();
        while let Some(row) =
            self.rows.next_if(|row| row.host == first.host && !picks.reach(self.work.layout.batch))
        {
            let (block, row) = self.window.at(row);
            picks.push(block, row);
        }
        Some(picks.batch().map_err(|e| self.work.failed(e)))
    }
}

/// A place in a list, in half the room: no list here can reach four thousand million.
fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
