//! Several sorted sequences of rows become one.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;

use super::block::Block;
use super::hosts::Hosts;
use super::order::{At, Order};
use super::work::Work;
use crate::CaseError;

/// Sorted rows, some at a time.
pub(super) type Source = Box<dyn Iterator<Item = Result<RecordBatch, CaseError>>>;

/// Takes rows in their order.
pub(super) trait Sink {
    fn take(&mut self, block: &Arc<Block>, row: usize) -> Result<(), CaseError>;
}

/// Where a source stands: at a row of its block.
struct Head {
    block: Arc<Block>,
    row: usize,
    source: Source,
}

/// Gives the rows of all sources to the sink, in order. Of each source one block is in memory, and what the sink holds.
pub(super) fn merge(
    sources: Vec<Source>,
    work: &Work,
    hosts: &Hosts,
    order: &mut Order,
    sink: &mut impl Sink,
) -> Result<(), CaseError> {
    let mut heads = Vec::with_capacity(sources.len());
    for mut source in sources {
        if let Some(block) = next(&mut source, work, hosts)? {
            heads.push(Head { block, row: 0, source });
        }
    }
    while let Some((first, second)) = foremost(&heads, order) {
        let end = match second {
            Some(second) => stretch(&heads[first], heads[second].at(), order),
            None => heads[first].block.len(),
        };
        order.done().map_err(|e| work.failed(e))?;
        let head = &mut heads[first];
        for row in head.row..end {
            sink.take(&head.block, row)?;
        }
        head.row = end;
        if end == head.block.len() {
            match next(&mut head.source, work, hosts)? {
                Some(block) => (head.block, head.row) = (block, 0),
                None => drop(heads.swap_remove(first)),
            }
        }
    }
    Ok(())
}

impl Head {
    fn at(&self) -> At<'_> {
        (&self.block, self.row)
    }
}

fn next(source: &mut Source, work: &Work, hosts: &Hosts) -> Result<Option<Arc<Block>>, CaseError> {
    loop {
        match source.next().transpose()? {
            Some(batch) if batch.num_rows() == 0 => {}
            Some(batch) => return work.block(batch, hosts).map(Some),
            None => return Ok(None),
        }
    }
}

/// The head that comes first and the one that comes second.
fn foremost(heads: &[Head], order: &mut Order) -> Option<(usize, Option<usize>)> {
    let mut places = 0..heads.len();
    let (mut first, mut second) = (places.next()?, None);
    for place in places {
        if order.of(heads[place].at(), heads[first].at()) == Ordering::Less {
            second = Some(first);
            first = place;
        } else if second.is_none_or(|s: usize| order.of(heads[place].at(), heads[s].at()) == Ordering::Less) {
            second = Some(place);
        }
    }
    Some((first, second))
}

/// The end of the rows of `head`, at least one, that come no later than `limit`. Looks in steps that double: mostly the
/// rows of one source alternate with those of others, or go on for long.
fn stretch(head: &Head, limit: At<'_>, order: &mut Order) -> usize {
    let len = head.block.len();
    let mut fits = |row: usize| order.of((&head.block, row), limit) != Ordering::Greater;
    let (mut known, mut step) = (head.row, 1);
    while known + step < len && fits(known + step) {
        known += step;
        step *= 2;
    }
    // The row at `known` fits; the one a step further does not, or is none.
    let mut open: Range<usize> = known + 1..len.min(known + step);
    while !open.is_empty() {
        let middle = open.start + open.len() / 2;
        if fits(middle) {
            open.start = middle + 1;
        } else {
            open.end = middle;
        }
    }
    open.start
}
