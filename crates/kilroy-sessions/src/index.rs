//! Records by a key that many of them share.

use std::hash::Hash;

use crate::mix::Map;
use crate::record::RowId;

/// Records by key, each key's in order.
#[derive(Debug)]
pub(crate) struct Index<K> {
    rows: Vec<RowId>,
    /// Where each key's records lie.
    ranges: Map<K, (u32, u32)>,
}

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self { rows: Vec::new(), ranges: Map::default() }
    }
}

impl<K: Copy + Ord + Hash> Index<K> {
    pub(crate) fn new(mut pairs: Vec<(K, RowId)>) -> Self {
        pairs.sort_unstable();
        let mut ranges = Map::default();
        let mut from = 0;
        for part in pairs.chunk_by(|a, b| a.0 == b.0) {
            let to = from + u32::try_from(part.len()).unwrap_or(u32::MAX);
            ranges.insert(part[0].0, (from, to));
            from = to;
        }
        Self { rows: pairs.into_iter().map(|(_, row)| row).collect(), ranges }
    }

    /// The records of a key.
    pub(crate) fn of(&self, key: K) -> &[RowId] {
        self.ranges.get(&key).map_or(&[], |&(from, to)| &self.rows[from as usize..to as usize])
    }
}
