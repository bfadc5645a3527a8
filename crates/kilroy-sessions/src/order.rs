//! The order of records within one log.
//!
//! Clocks step back, at boot above all, so time order is not the order of events: within one log the record ID is.
//! Unless the log began anew (cleared by reinstalling, a machine set back to a snapshot): then record IDs fall back
//! while time goes on, and each run of them is an *epoch* of its own.

use kilroy_model::Timestamp;

/// A record's place: index into the caller's list, and its time with the clock's steps taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) index: usize,
    /// Which run of record IDs it belongs to.
    pub(crate) epoch: usize,
}

/// What is needed of a record to place it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) record_id: u64,
    pub(crate) time: Timestamp,
    /// Breaks ties, so that the input's order never matters.
    pub(crate) uid: u128,
}

/// A fall in time between neighbours that is larger than this is no clock correction but an older epoch.
/// Time zones taken for UTC make up to 14 hours; a day leaves room.
const LARGEST_STEP_MILLIS: u64 = 24 * 3600 * 1000;

/// Puts the records of one log into the order in which they were written.
pub(crate) fn sequence(stamps: &[Stamp]) -> Vec<Placed> {
    let mut by_time: Vec<usize> = (0..stamps.len()).collect();
    by_time.sort_by_key(|&i| (stamps[i].time, stamps[i].record_id, stamps[i].uid));
    let mut placed = Vec::with_capacity(stamps.len());
    let mut epoch = 0;
    for part in split_at_repeated_ids(stamps, &by_time) {
        for run in split_at_large_falls(stamps, part) {
            placed.extend(run.into_iter().map(|index| Placed { index, epoch }));
            epoch += 1;
        }
    }
    placed
}

/// One record ID cannot be written twice in one epoch. Cuts the time-ordered list into the fewest parts without a repeated
/// ID, each cut where the record ID is lowest: an epoch begins small.
fn split_at_repeated_ids(stamps: &[Stamp], by_time: &[usize]) -> Vec<Vec<usize>> {
    let mut parts = Vec::new();
    let mut part: Vec<usize> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for &i in by_time {
        let id = stamps[i].record_id;
        if let Some(&before) = seen.get(&id) {
            // The new epoch began after the earlier record of this ID: at the lowest ID since.
            let candidates = before + 1..part.len();
            let cut = candidates
                .min_by_key(|&p| (stamps[part[p]].record_id, p))
                .filter(|&p| stamps[part[p]].record_id < id)
                .unwrap_or(part.len());
            let rest = part.split_off(cut);
            parts.push(std::mem::replace(&mut part, rest));
            seen = part.iter().enumerate().map(|(p, &j)| (stamps[j].record_id, p)).collect();
        }
        seen.insert(id, part.len());
        part.push(i);
    }
    parts.push(part);
    parts
}

/// Without a repeated ID, record-ID order is the sequence, unless time falls by more than any clock correction across a
/// gap in the IDs: then the higher IDs are what is left of an older epoch.
fn split_at_large_falls(stamps: &[Stamp], mut part: Vec<usize>) -> Vec<Vec<usize>> {
    part.sort_by_key(|&i| (stamps[i].record_id, stamps[i].time, stamps[i].uid));
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for i in part {
        let joins = runs.last().and_then(|run| run.last()).is_some_and(|&last| {
            let (a, b) = (stamps[last], stamps[i]);
            let next_to = b.record_id <= a.record_id.saturating_add(1);
            next_to || b.time >= a.time || a.time.within_millis(b.time, LARGEST_STEP_MILLIS)
        });
        match runs.last_mut() {
            Some(run) if joins => run.push(i),
            _ => runs.push(vec![i]),
        }
    }
    // Older epochs first.
    runs.sort_by_key(|run| run.iter().map(|&i| stamps[i].time).min());
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
        let mut epochs: Vec<Vec<u64>> = Vec::new();
        for p in sequence(&stamps) {
            if epochs.len() <= p.epoch {
                epochs.push(Vec::new());
            }
            epochs[p.epoch].push(stamps[p.index].record_id);
        }
        epochs
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
    fn a_year_back_between_neighbours_is_a_clock_step() {
        let year = 365 * 24 * 3600;
        let rows = [(10, 2 * year), (11, year), (12, year + 5)];
        assert_eq!(order(&rows), [[10, 11, 12]]);
    }
}
