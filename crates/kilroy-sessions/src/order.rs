//! The order of records within one log.
//!
//! Clocks step back, at boot above all, so time order is not the order of events: within one log the record ID is.
//! Unless the log began anew (cleared by reinstalling, a machine set back to a snapshot): then record IDs fall back
//! while time goes on, and each run of them is an *epoch* of its own.

use kilroy_model::Timestamp;

use crate::extent::Stretch;
use crate::mix::Map;
use crate::restarts::{LARGEST_STEP_MILLIS, restarts};

/// What is needed of a record to place it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) record_id: u64,
    pub(crate) time: Timestamp,
    /// Breaks ties, so that the input's order never matters.
    pub(crate) uid: u128,
}

/// Puts the records of one log, given as any numbers, into the order in which they were written: one list per epoch.
pub(crate) fn sequence(mut records: Vec<u32>, stamp: &impl Fn(u32) -> Stamp) -> Vec<Vec<u32>> {
    let by_time = |i: &u32| {
        let s = stamp(*i);
        (s.time, s.record_id, s.uid)
    };
    // Stable sorts are quick where little is out of order, and logs are like that.
    records.sort_by_key(by_time);
    if records.is_sorted_by(|a, b| stamp(*a).record_id < stamp(*b).record_id) {
        return vec![records];
    }
    let mut epochs = Vec::new();
    for part in split_at_repeated_ids(records, stamp) {
        epochs.append(&mut split_at_large_falls(&part, stamp));
    }
    epochs
}

/// One record ID cannot be written twice in one epoch. Cuts the time-ordered list into the fewest parts without a repeated
/// ID, each cut where the record ID is lowest: an epoch begins small.
fn split_at_repeated_ids(by_time: Vec<u32>, stamp: &impl Fn(u32) -> Stamp) -> Vec<Vec<u32>> {
    if !has_repeated_ids(&by_time, stamp) {
        return vec![by_time];
    }
    let mut parts = Vec::new();
    let mut part: Vec<u32> = Vec::new();
    let mut seen: Map<u64, usize> = Map::default();
    for i in by_time {
        let id = stamp(i).record_id;
        if let Some(&before) = seen.get(&id) {
            // The new epoch began after the earlier record of this ID: at the lowest ID since.
            let candidates = before + 1..part.len();
            let cut = candidates
                .min_by_key(|&p| (stamp(part[p]).record_id, p))
                .filter(|&p| stamp(part[p]).record_id < id)
                .unwrap_or(part.len());
            let rest = part.split_off(cut);
            parts.push(std::mem::replace(&mut part, rest));
            seen = part.iter().enumerate().map(|(p, &j)| (stamp(j).record_id, p)).collect();
        }
        seen.insert(id, part.len());
        part.push(i);
    }
    parts.push(part);
    parts
}

fn has_repeated_ids(records: &[u32], stamp: &impl Fn(u32) -> Stamp) -> bool {
    let mut ids: Vec<u64> = records.iter().map(|&i| stamp(i).record_id).collect();
    ids.sort_unstable();
    ids.windows(2).any(|two| two[0] == two[1])
}

/// Without a repeated ID, record-ID order is the sequence, unless time falls by more than any clock correction across a
/// gap in the IDs: then the log began anew, where IDs fall while time goes on.
fn split_at_large_falls(by_time: &[u32], stamp: &impl Fn(u32) -> Stamp) -> Vec<Vec<u32>> {
    let whole = runs(by_time.to_vec(), stamp);
    if whole.len() <= 1 {
        return whole;
    }
    let alone = |i: &u32| {
        let s = stamp(*i);
        Stretch { first_id: s.record_id, last_id: s.record_id, first: s.time, last: s.time }
    };
    let cuts = restarts(&by_time.iter().map(alone).collect::<Vec<_>>());
    if cuts.is_empty() {
        return whole;
    }
    let begins = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([by_time.len()]);
    begins.zip(ends).flat_map(|(from, to)| runs(by_time[from..to].to_vec(), stamp)).collect()
}

/// Record-ID order, cut where time falls by more than any clock correction across a gap in the IDs: the higher IDs are what is
/// left of an older epoch.
fn runs(mut part: Vec<u32>, stamp: &impl Fn(u32) -> Stamp) -> Vec<Vec<u32>> {
    let by_id = |i: &u32| {
        let s = stamp(*i);
        (s.record_id, s.time, s.uid)
    };
    part.sort_by_key(by_id);
    let joins = |a: &u32, b: &u32| {
        let (a, b) = (stamp(*a), stamp(*b));
        let next_to = b.record_id <= a.record_id.saturating_add(1);
        next_to || b.time >= a.time || a.time.within_millis(b.time, LARGEST_STEP_MILLIS)
    };
    if part.is_sorted_by(joins) {
        return if part.is_empty() { Vec::new() } else { vec![part] };
    }
    let mut runs: Vec<Vec<u32>> = part.chunk_by(joins).map(<[u32]>::to_vec).collect();
    // Older epochs first.
    runs.sort_by_key(|run| run.iter().map(|&i| stamp(i).time).min());
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps(rows: &[(u64, i64)]) -> Vec<Stamp> {
        rows.iter()
            .enumerate()
            .map(|(n, &(record_id, seconds))| Stamp {
                record_id,
                time: Timestamp::from_ticks(seconds * 10_000_000),
                uid: n as u128,
            })
            .collect()
    }

    fn order(rows: &[(u64, i64)]) -> Vec<Vec<u64>> {
        let stamps = stamps(rows);
        let all = (0..stamps.len()).map(|n| u32::try_from(n).unwrap()).collect();
        let ids = |epoch: Vec<u32>| epoch.iter().map(|&i| stamps[i as usize].record_id).collect();
        sequence(all, &|i| stamps[i as usize]).into_iter().map(ids).collect()
    }

    #[test]
    fn a_clock_that_steps_back_ten_hours_keeps_record_order() {
        let h = 3600;
        let rows = [(1, 100 * h), (2, 100 * h + 5), (3, 90 * h + 6), (4, 90 * h + 9), (5, 91 * h)];
        assert_eq!(order(&rows), [[1, 2, 3, 4, 5]]);
    }

    #[test]
    fn record_ids_that_start_again_are_a_new_epoch() {
        let rows = [(400, 10), (401, 20), (402, 30), (1, 40), (2, 50), (401, 60), (402, 70)];
        assert_eq!(order(&rows), [vec![400, 401, 402], vec![1, 2, 401, 402]]);
    }

    #[test]
    fn a_lower_run_of_ids_days_later_is_a_new_epoch_too() {
        let day = 24 * 3600;
        let rows = [(5000, 0), (5001, 10), (7, 3 * day), (9, 3 * day + 1)];
        assert_eq!(order(&rows), [[5000, 5001], [7, 9]]);
    }

    #[test]
    fn what_comes_after_a_new_beginning_is_of_the_new_log() {
        let day = 24 * 3600;
        let rows = [
            (887_106, 0),
            (887_117, 9),
            (772_605, 63 * day),
            (772_612, 63 * day + 8),
            (2_982_081, 500 * day),
        ];
        assert_eq!(order(&rows), [vec![887_106, 887_117], vec![772_605, 772_612, 2_982_081]]);
    }

    #[test]
    fn a_year_back_between_neighbours_is_a_clock_step() {
        let year = 365 * 24 * 3600;
        let rows = [(10, 2 * year), (11, year), (12, year + 5)];
        assert_eq!(order(&rows), [[10, 11, 12]]);
    }
}
