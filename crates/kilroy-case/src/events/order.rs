//! Which of two rows comes first.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::Array;
use arrow_cmp::{DynComparator, make_comparator};
use arrow_schema::{ArrowError, SortOptions};

use super::block::Block;

/// A row: its block, and its place in it.
pub(super) type At<'a> = (&'a Arc<Block>, usize);

/// The order of rows: host, time (none first), channel, record ID, uid; then all columns.
///
/// The same record may stand twice in one file (a copied chunk, a carved record) and its copies differ in what is outside
/// their identity: all columns decide, so that the order in which they came does not. Whoever compares asks
/// [`done`](Self::done) afterwards.
#[derive(Default)]
pub(super) struct Order {
    /// How to compare all columns of two blocks. Making that is dear, and copies tend to come in rows.
    pair: Option<Pair>,
    failed: Option<ArrowError>,
}

struct Pair {
    blocks: [Arc<Block>; 2],
    columns: Vec<DynComparator>,
}

impl Order {
    pub(super) fn of(&mut self, a: At<'_>, b: At<'_>) -> Ordering {
        let first = a.0.key(a.1).cmp(&b.0.key(b.1));
        first.then_with(|| a.0.rest_of_key(a.1).cmp(&b.0.rest_of_key(b.1))).then_with(|| {
            self.all_columns(a, b).unwrap_or_else(|failed| {
                self.failed = Some(failed);
                Ordering::Equal
            })
        })
    }

    /// An error if rows could not be compared.
    pub(super) fn done(&mut self) -> Result<(), ArrowError> {
        // Do not hold on to the blocks.
        self.pair = None;
        self.failed.take().map_or(Ok(()), Err)
    }

    fn all_columns(&mut self, a: At<'_>, b: At<'_>) -> Result<Ordering, ArrowError> {
        let known = self
            .pair
            .take()
            .filter(|pair| Arc::ptr_eq(&pair.blocks[0], a.0) && Arc::ptr_eq(&pair.blocks[1], b.0));
        let pair = match known {
            Some(pair) => pair,
            None => Pair::new(a.0, b.0)?,
        };
        let orders = pair.columns.iter().map(|compare| compare(a.1, b.1));
        let order = orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
        self.pair = Some(pair);
        Ok(order)
    }
}

impl Pair {
    fn new(a: &Arc<Block>, b: &Arc<Block>) -> Result<Self, ArrowError> {
        let (left, right) = (a.batch().columns(), b.batch().columns());
        let compare =
            |(a, b): (&Arc<dyn Array>, &Arc<dyn Array>)| make_comparator(a, b, SortOptions::default());
        Ok(Self {
            blocks: [Arc::clone(a), Arc::clone(b)],
            columns: left.iter().zip(right).map(compare).collect::<Result<_, _>>()?,
        })
    }
}
