//! Record IDs and times of one log, packed: IDs that follow each other are not written down.

use kilroy_model::Timestamp;

use crate::times::Times;

/// Records in the order of time and ID.
#[derive(Debug, Default, Clone)]
pub(crate) struct Extent {
    times: Times,
    runs: Vec<Run>,
    /// Noted out of order, until they are sorted in.
    late: Vec<(Timestamp, u64)>,
}

/// Records whose IDs follow each other.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Place of the first.
    from: usize,
    /// Its record ID.
    id: u64,
}

/// Records whose IDs follow each other and whose times rise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) first_id: u64,
    pub(crate) last_id: u64,
    /// Time of the first.
    pub(crate) first: Timestamp,
    /// Time of the last.
    pub(crate) last: Timestamp,
}

impl Stretch {
    pub(crate) fn records(&self) -> u64 {
        (self.last_id - self.first_id).saturating_add(1)
    }
}

impl Extent {
    /// Takes one record. Logs are mostly given in their order; what is not waits to be sorted in.
    pub(crate) fn add(&mut self, time: Timestamp, id: u64) {
        let last = self.times.last().zip(self.last_id());
        match last {
            Some(last) if (time, id) == last => {}
            Some(last) if (time, id) < last => self.late.push((time, id)),
            _ => self.push(time, id),
        }
    }

    fn push(&mut self, time: Timestamp, id: u64) {
        if self.last_id().and_then(|last| last.checked_add(1)) != Some(id) {
            self.runs.push(Run { from: self.times.len(), id });
        }
        self.times.push(time);
    }

    fn last_id(&self) -> Option<u64> {
        self.runs.last().map(|run| run.id + (self.times.len() - 1 - run.from) as u64)
    }

    /// Sorts in what came late.
    pub(crate) fn seal(&mut self) {
        let mut late = std::mem::take(&mut self.late);
        if !late.is_empty() {
            late.sort_unstable();
            *self = Self::merged(self.iter(), late.into_iter());
        }
        self.times.shrink_to_fit();
        self.runs.shrink_to_fit();
    }

    /// Takes over the records of another one.
    pub(crate) fn merge(&mut self, other: &Self) {
        *self = Self::merged(self.iter(), other.iter());
    }

    fn merged(a: impl Iterator<Item = (Timestamp, u64)>, b: impl Iterator<Item = (Timestamp, u64)>) -> Self {
        let (mut a, mut b) = (a.peekable(), b.peekable());
        let mut all = Self::default();
        loop {
            let next = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x <= y => a.next(),
                (Some(_), None) => a.next(),
                _ => b.next(),
            };
            let Some((time, id)) = next else { return all };
            all.add(time, id);
        }
    }

    /// The records in stretches of IDs that follow each other, in the order of time.
    pub(crate) fn stretches(&self) -> impl Iterator<Item = Stretch> + '_ {
        self.runs.iter().enumerate().map(|(n, run)| {
            let to = self.runs.get(n + 1).map_or(self.times.len(), |next| next.from);
            Stretch {
                first_id: run.id,
                last_id: run.id + (to - 1 - run.from) as u64,
                first: self.times.get(run.from),
                last: self.times.get(to - 1),
            }
        })
    }

    fn iter(&self) -> impl Iterator<Item = (Timestamp, u64)> + '_ {
        self.runs.iter().enumerate().flat_map(|(n, run)| {
            let to = self.runs.get(n + 1).map_or(self.times.len(), |next| next.from);
            self.times.range(run.from..to).zip(run.id..)
        })
    }

    /// Time of the first record.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.times.first()
    }

    /// Time of the last record.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.times.last()
    }

    /// How many records come before the first that is not like this.
    pub(crate) fn partition_point(&self, is: impl Fn(Timestamp) -> bool) -> usize {
        self.times.partition_point(is)
    }

    /// The last record before a time, and the next one.
    pub(crate) fn around(&self, time: Timestamp) -> Option<((Timestamp, u64), (Timestamp, u64))> {
        let at = self.partition_point(|t| t < time);
        (0 < at && at < self.times.len()).then(|| (self.get(at - 1), self.get(at)))
    }

    fn get(&self, at: usize) -> (Timestamp, u64) {
        let run = self.runs[self.run_of(at)];
        (self.times.get(at), run.id + (at - run.from) as u64)
    }

    fn run_of(&self, at: usize) -> usize {
        self.runs.partition_point(|run| run.from <= at).saturating_sub(1)
    }

    /// Are record IDs missing among these records?
    pub(crate) fn has_gap(&self, from: usize, to: usize) -> bool {
        let to = to.min(self.times.len());
        if from >= to {
            return false;
        }
        let (first, last) = (self.run_of(from), self.run_of(to - 1));
        if first == last {
            return false;
        }
        let mut ids: Vec<(u64, u64)> = (first..=last)
            .map(|n| {
                let run = self.runs[n];
                let end = self.runs.get(n + 1).map_or(self.times.len(), |next| next.from).min(to);
                let begin = run.from.max(from);
                (run.id + (begin - run.from) as u64, run.id + (end - 1 - run.from) as u64)
            })
            .collect();
        ids.sort_unstable();
        let mut reached = ids[0].1;
        ids.iter().any(|&(low, high)| {
            let gap = low > reached.saturating_add(1);
            reached = reached.max(high);
            gap
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ticks(seconds * 10_000_000)
    }

    proptest! {
        /// What is packed is what a plain sorted list would be.
        #[test]
        fn packing_loses_nothing(records in prop::collection::vec((0..40_i64, 0..60_u64), 0..60), from in 0..60_usize, len in 0..60_usize) {
            let mut extent = Extent::default();
            for &(seconds, id) in &records {
                extent.add(at(seconds), id);
            }
            extent.seal();
            let mut plain: Vec<(Timestamp, u64)> = records.iter().map(|&(s, id)| (at(s), id)).collect();
            plain.sort_unstable();
            plain.dedup();
            prop_assert_eq!(extent.iter().collect::<Vec<_>>(), plain.clone());
            for (n, record) in plain.iter().enumerate() {
                prop_assert_eq!(extent.get(n), *record);
            }
            let mut ids: Vec<u64> = plain.iter().skip(from).take(len).map(|(_, id)| *id).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(extent.has_gap(from, from + len), ids.windows(2).any(|two| two[1] - two[0] > 1));
        }
    }
}
