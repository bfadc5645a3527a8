//! Where the record IDs of one log began anew, as time tells: they fall back while time goes on.

use crate::extent::Stretch;

/// A fall in time between neighbours that is larger than this, with IDs missing between them, is no clock correction.
/// Time zones taken for UTC make up to 14 hours; a day leaves room.
pub(crate) const LARGEST_STEP_MILLIS: u64 = 24 * 3600 * 1000;

/// Record IDs as near as this were given out one soon after the other: between them no log began anew. Logs that are read
/// in part have some IDs between those of neighbours.
const SOON_AFTER: u64 = 64;

/// Are these the IDs of two records between which none can be missing?
pub(crate) const fn are_neighbours(first: u64, second: u64) -> bool {
    first < second && second - first == 1
}

/// The places in a list by time at which the log began anew: record IDs fall there while time goes on by more than any
/// correction of a clock, and no ID from before is near to one from behind, as it is where a clock was wrong for a while.
pub(crate) fn restarts(by_time: &[Stretch]) -> Vec<usize> {
    let falls = |two: &[Stretch]| {
        two[1].first_id < two[0].last_id
            && two[0].last < two[1].first
            && !two[0].last.within_millis(two[1].first, LARGEST_STEP_MILLIS)
    };
    let mut by_id: Vec<usize> = (0..by_time.len()).collect();
    by_id.sort_unstable_by_key(|&at| (by_time[at].first_id, at));
    // How many pairs of near IDs begin to span, and cease to span, the cut before each place.
    let mut spanning = vec![0_i64; by_time.len() + 1];
    for two in by_id.windows(2) {
        let (low, high) = (two[0], two[1]);
        if by_time[high].first_id.saturating_sub(by_time[low].last_id) <= SOON_AFTER {
            spanning[low.min(high) + 1] += 1;
            spanning[low.max(high) + 1] -= 1;
        }
    }
    let mut spanned = 0;
    let mut cuts = Vec::new();
    for (at, two) in (1..).zip(by_time.windows(2)) {
        spanned += spanning[at];
        if spanned == 0 && falls(two) {
            cuts.push(at);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilroy_model::Timestamp;

    fn cuts(rows: &[(u64, i64)]) -> Vec<usize> {
        let at = |days: i64| Timestamp::from_ticks(days * 24 * 3600 * 10_000_000);
        let one =
            |&(id, days): &(u64, i64)| Stretch { first_id: id, last_id: id, first: at(days), last: at(days) };
        restarts(&rows.iter().map(one).collect::<Vec<_>>())
    }

    #[test]
    fn ids_that_fall_back_while_time_goes_on() {
        assert_eq!(cuts(&[(887_106, 0), (887_117, 0), (772_605, 60), (2_982_081, 500)]), [2]);
        assert_eq!(cuts(&[(5000, 0), (100, 10), (3000, 20), (1, 30), (4000, 40)]), [1, 3]);
        assert_eq!(cuts(&[(5000, 0), (100, 0), (3000, 1)]), [] as [usize; 0]);
    }

    /// The clock was a year ahead for some records: by time they come last.
    #[test]
    fn a_clock_that_was_ahead_is_no_new_log() {
        assert_eq!(cuts(&[(1, 0), (900, 1), (2000, 2), (1910, 365), (1950, 366)]), [] as [usize; 0]);
    }
}
