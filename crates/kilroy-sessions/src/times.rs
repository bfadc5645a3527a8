//! Rising times, packed: four bytes each where they follow closely.

use std::ops::Range;

use kilroy_model::Timestamp;

/// Times in their order. Each is an offset from the first of its block; offsets reach seven minutes.
#[derive(Debug, Default, Clone)]
pub(crate) struct Times {
    blocks: Vec<Block>,
    /// In ticks.
    offsets: Vec<u32>,
}

/// Times that are counted from one.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// Place of the first.
    from: usize,
    first: Timestamp,
}

impl Times {
    pub(crate) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Takes one that is not before the last.
    pub(crate) fn push(&mut self, time: Timestamp) {
        let offset = |block: &Block| u32::try_from(time.ticks().checked_sub(block.first.ticks())?).ok();
        let offset = self.blocks.last().and_then(offset).unwrap_or_else(|| {
            self.blocks.push(Block { from: self.offsets.len(), first: time });
            0
        });
        self.offsets.push(offset);
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.blocks.shrink_to_fit();
        self.offsets.shrink_to_fit();
    }

    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.blocks.first().map(|block| block.first)
    }

    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.blocks.last().zip(self.offsets.last()).map(|(block, offset)| block.time(*offset))
    }

    /// The time at a place, which must be one.
    pub(crate) fn get(&self, at: usize) -> Timestamp {
        self.blocks[self.block_of(at)].time(self.offsets[at])
    }

    fn block_of(&self, at: usize) -> usize {
        self.blocks.partition_point(|block| block.from <= at).saturating_sub(1)
    }

    /// Times of some places, in order.
    pub(crate) fn range(&self, places: Range<usize>) -> impl Iterator<Item = Timestamp> + '_ {
        let mut block = self.block_of(places.start);
        places.map(move |at| {
            if self.blocks.get(block + 1).is_some_and(|next| next.from <= at) {
                block += 1;
            }
            self.blocks[block].time(self.offsets[at])
        })
    }

    /// How many come before the first that is not like this.
    pub(crate) fn partition_point(&self, is: impl Fn(Timestamp) -> bool) -> usize {
        let next = self.blocks.partition_point(|block| is(block.first));
        let Some(block) = next.checked_sub(1).map(|at| self.blocks[at]) else { return 0 };
        let to = self.blocks.get(next).map_or(self.offsets.len(), |next| next.from);
        block.from + self.offsets[block.from..to].partition_point(|offset| is(block.time(*offset)))
    }
}

impl Block {
    fn time(self, offset: u32) -> Timestamp {
        Timestamp::from_ticks(self.first.ticks() + i64::from(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Packed times answer as a plain list does, near ones and such as lie millennia apart.
        #[test]
        fn packing_changes_no_time(
            mut ticks in prop::collection::vec(
                prop_oneof![0..50_i64, 0..20_000_000_000_i64, any::<i64>()], 0..60),
            asked in 0..60_usize,
            other in any::<i64>(),
        ) {
            ticks.sort_unstable();
            let mut times = Times::default();
            let plain: Vec<Timestamp> = ticks.iter().map(|t| Timestamp::from_ticks(*t)).collect();
            for time in &plain {
                times.push(*time);
            }
            prop_assert_eq!(times.len(), plain.len());
            prop_assert_eq!(times.first(), plain.first().copied());
            prop_assert_eq!(times.last(), plain.last().copied());
            let from = asked.min(plain.len());
            prop_assert_eq!(times.range(from..plain.len()).collect::<Vec<_>>(), plain[from..].to_vec());
            for (at, time) in plain.iter().enumerate() {
                prop_assert_eq!(times.get(at), *time);
            }
            for limit in ticks.iter().copied().chain([other]).map(Timestamp::from_ticks) {
                prop_assert_eq!(times.partition_point(|t| t < limit), plain.partition_point(|t| *t < limit));
                prop_assert_eq!(times.partition_point(|t| t <= limit), plain.partition_point(|t| *t <= limit));
            }
        }
    }
}
