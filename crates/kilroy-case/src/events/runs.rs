//! Sorted runs: rows that did not come in their order, laid aside in as few sorted files as can be.

use std::cmp::Ordering;
use std::sync::Arc;

use super::block::Block;
use super::hosts::Hosts;
use super::merge::{Sink, Source, merge};
use super::order::{At, Order};
use super::spill::{Spill, Spilled};
use super::work::Work;
use crate::CaseError;

/// The runs of one writer.
#[derive(Default)]
pub(super) struct Runs {
    open: Vec<Run>,
    closed: Vec<Spilled>,
    turns: u64,
}

struct Run {
    spill: Spill,
    /// Its last row: what comes before it cannot continue it.
    tail: Arc<Block>,
    /// When it was last continued.
    turn: u64,
}

impl Runs {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.closed.is_empty()
    }

    /// Lays sorted rows aside.
    ///
    /// Each row goes to the run that ends closest before it, and what comes before all ends begins a new run. So a clock
    /// that steps back now and then makes two runs in all, and a few hosts whose rows alternate make a run each.
    pub(super) fn add(
        &mut self,
        work: &Work,
        hosts: &Hosts,
        order: &mut Order,
        rows: &[At<'_>],
    ) -> Result<(), CaseError> {
        self.turns += 1;
        self.open.sort_by(|a, b| order.of((&a.tail, 0), (&b.tail, 0)));
        let mut rest = rows;
        for run in self.open.iter_mut().rev() {
            let from = rest.partition_point(|row| order.of(*row, (&run.tail, 0)) == Ordering::Less);
            let (before, own) = rest.split_at(from);
            if let Some(last) = own.last() {
                fill(&mut run.spill, own)?;
                run.tail = work.tail(*last, hosts)?;
                run.turn = self.turns;
            }
            rest = before;
        }
        order.done().map_err(|e| work.failed(e))?;
        let Some(last) = rest.last() else { return Ok(()) };
        if self.open.len() >= work.limits.open_runs {
            self.close_one()?;
        }
        let mut spill = Spill::create(work)?;
        fill(&mut spill, rest)?;
        self.open.push(Run { spill, tail: work.tail(*last, hosts)?, turn: self.turns });
        Ok(())
    }

    /// Ends the run that was not continued for the longest time.
    fn close_one(&mut self) -> Result<(), CaseError> {
        let oldest = (0..self.open.len()).min_by_key(|n| self.open[*n].turn);
        if let Some(oldest) = oldest {
            self.closed.push(self.open.swap_remove(oldest).spill.close()?);
        }
        Ok(())
    }

    /// Ends all runs and merges the smallest until there are few enough to be read side by side.
    pub(super) fn sources(
        mut self,
        work: &Work,
        hosts: &Hosts,
        order: &mut Order,
    ) -> Result<Vec<Source>, CaseError> {
        for run in std::mem::take(&mut self.open) {
            self.closed.push(run.spill.close()?);
        }
        let fan_in = work.limits.fan_in;
        while self.closed.len() > fan_in {
            self.closed.sort_by_key(|run| run.rows);
            let few = fan_in.min(self.closed.len() - fan_in + 1);
            let sources = self.closed.drain(..few).map(source).collect::<Result<_, _>>()?;
            let mut sink = Longer(Spill::create(work)?);
            merge(sources, work, hosts, order, &mut sink)?;
            self.closed.push(sink.0.close()?);
        }
        self.closed.into_iter().map(source).collect()
    }
}

fn fill(spill: &mut Spill, rows: &[At<'_>]) -> Result<(), CaseError> {
    for (block, row) in rows {
        spill.push(block, *row)?;
    }
    spill.flush()
}

fn source(run: Spilled) -> Result<Source, CaseError> {
    Ok(Box::new(run.read()?))
}

/// A run made of several.
struct Longer(Spill);

impl Sink for Longer {
    fn take(&mut self, block: &Arc<Block>, row: usize) -> Result<(), CaseError> {
        self.0.push(block, row)
    }
}
