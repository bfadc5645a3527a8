//! The order in which the stretches of one log were written.
//!
//! The same reading as in `order`, over stretches of consecutive record IDs instead of single records: a log of ten million
//! records without a hole is one stretch.

use std::collections::BTreeMap;

use crate::extent::Stretch;
use crate::restarts::{LARGEST_STEP_MILLIS, restarts};

/// How many stretches before a repeated ID may belong to the new epoch already. A log that began anew gets to its old IDs in
/// one stretch, or in a few with holes between; more are looked at in no real log, and a hostile one must not cost time.
const LOOK_BACK: usize = 1024;

/// Puts stretches, given by time, into the order of writing: one list per epoch. Within an epoch record IDs rise.
pub(super) fn epochs(by_time: Vec<Stretch>) -> Vec<Vec<Stretch>> {
    let mut epochs = Vec::new();
    for part in split_at_repeated_ids(by_time) {
        epochs.append(&mut split_at_large_falls(&part));
    }
    epochs
}

/// One record ID cannot be written twice in one epoch.
fn split_at_repeated_ids(by_time: Vec<Stretch>) -> Vec<Vec<Stretch>> {
    let mut parts = Vec::new();
    let mut part: Vec<Stretch> = Vec::new();
    // The stretches of this part: by first ID, with last ID and place among all.
    let mut ids: BTreeMap<u64, (u64, usize)> = BTreeMap::new();
    let mut begin = 0;
    for (place, stretch) in by_time.into_iter().enumerate() {
        while let Some(before) = overlapping(&ids, &stretch) {
            // The new epoch began after the earlier record of this ID, with lower IDs than this one.
            let lower = part.iter().rev().take(LOOK_BACK).take_while(|s| s.first_id < stretch.first_id);
            let cut = (begin + part.len() - lower.count()).max(before + 1);
            let rest = part.split_off(cut - begin);
            for old in &part {
                ids.remove(&old.first_id);
            }
            parts.push(std::mem::replace(&mut part, rest));
            begin = cut;
        }
        ids.insert(stretch.first_id, (stretch.last_id, place));
        part.push(stretch);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// The place of a stretch that has an ID in common with this one.
fn overlapping(ids: &BTreeMap<u64, (u64, usize)>, stretch: &Stretch) -> Option<usize> {
    let (_, &(last_id, place)) = ids.range(..=stretch.last_id).next_back()?;
    (last_id >= stretch.first_id).then_some(place)
}

/// Without a repeated ID, record-ID order is the order of writing, unless time falls by more than any clock step across a gap in
/// the IDs: then the log began anew, where IDs fall while time goes on.
fn split_at_large_falls(by_time: &[Stretch]) -> Vec<Vec<Stretch>> {
    let whole = runs(by_time.to_vec());
    if whole.len() <= 1 {
        return whole;
    }
    let cuts = restarts(by_time);
    if cuts.is_empty() {
        return whole;
    }
    let begins = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([by_time.len()]);
    begins.zip(ends).flat_map(|(from, to)| runs(by_time[from..to].to_vec())).collect()
}

/// Record-ID order, cut where time falls by more than any clock step across a gap in the IDs: the higher IDs are what is left of
/// an older epoch.
fn runs(mut part: Vec<Stretch>) -> Vec<Vec<Stretch>> {
    part.sort_by_key(|s| (s.first_id, s.first));
    let joins = |a: &Stretch, b: &Stretch| {
        let next_to = b.first_id <= a.last_id.saturating_add(1);
        next_to || b.first >= a.last || a.last.within_millis(b.first, LARGEST_STEP_MILLIS)
    };
    if part.is_sorted_by(joins) {
        return vec![part];
    }
    let mut runs: Vec<Vec<Stretch>> = part.chunk_by(joins).map(<[Stretch]>::to_vec).collect();
    // Older epochs first.
    runs.sort_by_key(|run| run.iter().map(|s| s.first).min());
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extent::Extent;
    use kilroy_model::Timestamp;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ticks(seconds * 10_000_000)
    }

    fn order(records: &[(u64, i64)]) -> Vec<Vec<(u64, u64)>> {
        let mut extent = Extent::default();
        for &(id, seconds) in records {
            extent.add(at(seconds), id);
        }
        extent.seal();
        let ids = |epoch: Vec<Stretch>| epoch.iter().map(|s| (s.first_id, s.last_id)).collect();
        epochs(extent.stretches().collect()).into_iter().map(ids).collect()
    }

    #[test]
    fn record_ids_that_start_again_are_a_new_epoch() {
        let rows = [(400, 10), (401, 20), (402, 30), (1, 40), (2, 50), (401, 60), (402, 70)];
        assert_eq!(order(&rows), [vec![(400, 402)], vec![(1, 2), (401, 402)]]);
        let day = 24 * 3600;
        let rows = [(5000, 0), (5001, 10), (7, 3 * day), (9, 3 * day + 1)];
        assert_eq!(order(&rows), [vec![(5000, 5001)], vec![(7, 7), (9, 9)]]);
        let rows = [(887, 0), (888, 9), (772, 63 * day), (773, 63 * day + 8), (2_982, 500 * day)];
        assert_eq!(order(&rows), [vec![(887, 888)], vec![(772, 773), (2_982, 2_982)]]);
    }

    #[test]
    fn a_clock_step_is_none() {
        let h = 3600;
        let rows = [(1, 100 * h), (2, 100 * h + 5), (3, 90 * h + 6), (4, 90 * h + 9), (5, 101 * h)];
        assert_eq!(order(&rows), [[(1, 2), (3, 4), (5, 5)]]);
    }

    proptest! {
        /// Whatever the records: each stands in one epoch, and no epoch has an ID twice.
        #[test]
        fn nothing_is_lost(records in prop::collection::vec((0..40_u64, 0..2000_i64), 0..80)) {
            let epochs = order(&records);
            let mut unique = records.clone();
            unique.sort_unstable();
            unique.dedup();
            let total: u64 = epochs.iter().flatten().map(|(a, b)| b - a + 1).sum();
            prop_assert_eq!(total, unique.len() as u64);
            for epoch in &epochs {
                prop_assert!(epoch.windows(2).all(|two| two[0].1 < two[1].0), "{:?}", epoch);
            }
        }
    }
}
