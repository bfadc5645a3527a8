//! How one log lies in time: spans that it covers, gaps between them, and falls of time.

use kilroy_model::{GapWhy, LogGap, LogSpan, TimeFall, Timestamp};

use super::epochs::epochs;
use crate::extent::{Extent, Stretch};

/// Threads write records some milliseconds out of order; a larger fall is one of the clock.
const FALL_MILLIS: u64 = 1000;

/// With at most this many records between two holes both are one gap: whoever deletes every second record, or every tenth,
/// leaves one gap and not hundreds of holes.
const RECORDS_BETWEEN_HOLES: u64 = 16;

/// The same by time: records this close to a hole do not tell what is missing (the engine goes by half of it on either side).
const MILLIS_BETWEEN_HOLES: u64 = 10_000;

/// At most so many items of a list are kept.
pub(super) const LISTED: usize = 1000;

/// What the record IDs and times of one log tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) records: u64,
    /// Times of the first and the last record, in the order of writing: a clock that was wrong in between is no end of the log.
    pub(super) reach: Option<(Timestamp, Timestamp)>,
    /// Record IDs of the first and the last record, in the order of writing.
    pub(super) ids: Option<(u64, u64)>,
    /// Where the last epoch begins and ends.
    pub(super) last_epoch: Option<(Timestamp, Timestamp)>,
    pub(super) lost: u64,
    /// Holes before those close together were put into one gap.
    pub(super) holes: u64,
    pub(super) gaps: Vec<LogGap>,
    pub(super) spans: Vec<LogSpan>,
    pub(super) falls_total: u64,
    pub(super) falls: Vec<TimeFall>,
}

impl Layout {
    pub(super) fn of(records: &Extent) -> Self {
        let rises = || {
            let mut last: Option<Stretch> = None;
            records.stretches().all(|s| last.replace(s).is_none_or(|before| before.last_id < s.first_id))
        };
        let mut maker = Maker::default();
        // The usual log needs no sorting, and no list.
        if rises() {
            records.stretches().for_each(|stretch| maker.add(stretch));
        } else {
            for epoch in epochs(records.stretches().collect()) {
                maker.restart(&epoch);
                for stretch in epoch {
                    maker.add(stretch);
                }
            }
        }
        maker.finish()
    }

    /// Holes everywhere: five records in a row on average or less, a fifth of all missing, hardly a span without a hole. One
    /// hole in a log of some records is just that.
    pub(super) fn has_holes_everywhere(&self) -> bool {
        let thin: u64 = self.gaps.iter().map(|gap| gap.kept).sum::<u64>()
            + self.spans.iter().map(|s| s.records).filter(|n| *n <= RECORDS_BETWEEN_HOLES).sum::<u64>();
        self.holes > u64::from(self.records > 4)
            && self.holes.saturating_mul(5) >= self.records
            && self.lost.saturating_mul(4) >= self.records
            && thin.saturating_mul(10) >= self.records.saturating_mul(9)
    }
}

/// Records without a hole between them.
#[derive(Debug, Clone, Copy)]
struct Solid {
    ids: (u64, u64),
    times: (Timestamp, Timestamp),
    records: u64,
}

impl Solid {
    fn of(stretch: &Stretch) -> Self {
        Self {
            ids: (stretch.first_id, stretch.last_id),
            times: (stretch.first, stretch.last),
            records: stretch.records(),
        }
    }

    fn grow(&mut self, stretch: &Stretch) {
        self.ids.1 = stretch.last_id;
        self.times = (self.times.0.min(stretch.first), self.times.1.max(stretch.last));
        self.records += stretch.records();
    }

    fn is_short(&self) -> bool {
        self.records <= RECORDS_BETWEEN_HOLES
            || self.times.0.within_millis(self.times.1, MILLIS_BETWEEN_HOLES)
    }

    fn span(&self) -> LogSpan {
        LogSpan {
            from: self.times.0,
            to: self.times.1,
            from_record_id: self.ids.0,
            to_record_id: self.ids.1,
            records: self.records,
        }
    }
}

/// Puts a layout together, stretch by stretch.
#[derive(Debug, Default)]
struct Maker {
    made: Layout,
    /// The record before, within its epoch.
    before: Option<(u64, Timestamp)>,
    /// The gap that may still go on.
    gap: Option<LogGap>,
    /// What follows it.
    solid: Option<Solid>,
}

impl Maker {
    /// Record IDs begin anew with these stretches.
    fn restart(&mut self, epoch: &[Stretch]) {
        let before = self.before.take();
        self.close();
        if let (Some((_, from)), Some(first)) = (before, epoch.first()) {
            self.made.gaps.push(LogGap {
                why: GapWhy::Restart,
                from,
                to: first.first,
                from_record_id: None,
                to_record_id: None,
                lost: None,
                kept: 0,
                holes: 0,
            });
        }
        self.made.last_epoch = None;
    }

    fn add(&mut self, stretch: Stretch) {
        let made = &mut self.made;
        made.records += stretch.records();
        for reach in [&mut made.reach, &mut made.last_epoch] {
            *reach = Some((reach.map_or(stretch.first, |known| known.0), stretch.last));
        }
        made.ids = Some((made.ids.map_or(stretch.first_id, |ids| ids.0), stretch.last_id));
        if let Some((id, time)) = self.before.replace((stretch.last_id, stretch.last)) {
            self.note_fall((id, time), (stretch.first_id, stretch.first));
            let lost = stretch.first_id - id - 1;
            if lost > 0 {
                self.hole((id, time), &stretch, lost);
                return;
            }
        }
        match &mut self.solid {
            Some(solid) => solid.grow(&stretch),
            None => self.solid = Some(Solid::of(&stretch)),
        }
    }

    fn note_fall(&mut self, before: (u64, Timestamp), after: (u64, Timestamp)) {
        if after.1 >= before.1 || before.1.within_millis(after.1, FALL_MILLIS) {
            return;
        }
        self.made.falls_total += 1;
        if self.made.falls.len() < LISTED {
            self.made.falls.push(TimeFall {
                before_record_id: before.0,
                before: before.1,
                after_record_id: after.0,
                after: after.1,
            });
        }
    }

    fn hole(&mut self, before: (u64, Timestamp), stretch: &Stretch, lost: u64) {
        self.made.lost = self.made.lost.saturating_add(lost);
        self.made.holes += 1;
        let next = Some(Solid::of(stretch));
        if let (Some(gap), Some(solid)) = (&mut self.gap, self.solid)
            && solid.is_short()
        {
            gap.to = stretch.first;
            gap.to_record_id = Some(stretch.first_id - 1);
            gap.lost = gap.lost.map(|known| known.saturating_add(lost));
            gap.kept += solid.records;
            gap.holes += 1;
            self.solid = next;
            return;
        }
        self.close();
        self.gap = Some(LogGap {
            why: GapWhy::Hole,
            from: before.1,
            to: stretch.first,
            from_record_id: Some(before.0 + 1),
            to_record_id: Some(stretch.first_id - 1),
            lost: Some(lost),
            kept: 0,
            holes: 1,
        });
        self.solid = next;
    }

    /// What was begun is done.
    fn close(&mut self) {
        self.made.gaps.extend(self.gap.take());
        self.made.spans.extend(self.solid.take().map(|solid| solid.span()));
    }

    fn finish(mut self) -> Layout {
        self.close();
        self.made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ticks(seconds * 10_000_000)
    }

    fn layout(records: impl IntoIterator<Item = (u64, i64)>) -> Layout {
        let mut extent = Extent::default();
        for (id, seconds) in records {
            extent.add(at(seconds), id);
        }
        extent.seal();
        Layout::of(&extent)
    }

    fn minutes(ids: impl IntoIterator<Item = u64>) -> impl Iterator<Item = (u64, i64)> {
        ids.into_iter().map(|id| (id, i64::try_from(id).unwrap() * 60))
    }

    #[test]
    fn every_second_record_deleted_is_one_gap() {
        let found = layout(minutes((1..=300).filter(|id| !(100..200).contains(id) || id % 2 == 0)));
        let [gap] = found.gaps.as_slice() else { panic!("{:?}", found.gaps) };
        assert_eq!((gap.from_record_id, gap.to_record_id), (Some(101), Some(199)));
        assert_eq!((gap.lost, gap.kept, gap.holes), (Some(50), 49, 50));
        assert_eq!((gap.from, gap.to), (at(6000), at(12_000)));
        let spans: Vec<_> = found.spans.iter().map(|s| (s.from_record_id, s.to_record_id)).collect();
        assert_eq!(spans, [(1, 100), (200, 300)]);
        assert!(!found.has_holes_everywhere());
    }

    #[test]
    fn holes_far_apart_are_gaps_of_their_own() {
        let found = layout(minutes((1..=300).filter(|id| !(50..60).contains(id) && *id != 200)));
        let lost: Vec<_> = found.gaps.iter().map(|gap| gap.lost).collect();
        assert_eq!((lost, found.lost, found.spans.len()), (vec![Some(10), Some(1)], 11, 3));
    }

    #[test]
    fn a_picked_log_has_holes_everywhere() {
        assert!(layout(minutes((1..=4000).filter(|id| id % 37 == 0))).has_holes_everywhere());
        assert!(layout(minutes([5, 900])).has_holes_everywhere());
        assert!(!layout(minutes([5])).has_holes_everywhere());
        assert!(!layout(minutes([5, 6, 7, 9, 10, 11, 12])).has_holes_everywhere());
    }

    #[test]
    fn a_clock_step_breaks_no_span() {
        let h = 3600;
        let found = layout([(1, 100 * h), (2, 100 * h + 5), (3, 90 * h + 6), (4, 90 * h + 9), (5, 101 * h)]);
        assert_eq!((found.spans.len(), found.gaps.len(), found.falls_total), (1, 0, 1));
        let fall = &found.falls[0];
        assert_eq!((fall.before_record_id, fall.after_record_id), (2, 3));
        assert_eq!(fall.before.distance(fall.after), 10 * 3600 * 10_000_000 - 10_000_000);
        assert_eq!(found.reach, Some((at(100 * h), at(101 * h))));
    }

    #[test]
    fn a_clock_that_was_ahead_for_a_while_is_no_end() {
        let day = 24 * 3600;
        let found = layout([(1, 10), (2, 20), (3, 900 * day), (4, 900 * day + 5), (5, 30), (6, day)]);
        assert_eq!((found.reach, found.ids), (Some((at(10), at(day))), Some((1, 6))));
    }

    #[test]
    fn ids_that_begin_anew_are_a_gap_of_unknown_size() {
        let day = 24 * 3600;
        let found = layout([(400, 10), (401, 20), (402, 30), (1, 2 * day), (2, 2 * day + 5), (3, 3 * day)]);
        assert_eq!(found.gaps.len(), 1);
        assert_eq!((found.gaps[0].why, found.gaps[0].lost), (GapWhy::Restart, None));
        assert_eq!((found.ids, found.lost, found.spans.len()), (Some((400, 3)), 0, 2));
        assert_eq!(found.last_epoch, Some((at(2 * day), at(3 * day))));
    }

    proptest! {
        /// Every record stands in a span or within a gap, and what is lost is what is missing.
        #[test]
        fn nothing_is_counted_twice(ids in prop::collection::btree_set(0..500_u64, 1..200)) {
            let found = layout(minutes(ids.iter().copied()));
            let kept: u64 = found.gaps.iter().map(|gap| gap.kept).sum();
            let spans: u64 = found.spans.iter().map(|span| span.records).sum();
            prop_assert_eq!(kept + spans, ids.len() as u64);
            let missing = ids.last().unwrap() - ids.first().unwrap() + 1 - ids.len() as u64;
            prop_assert_eq!(found.lost, missing);
            prop_assert_eq!(found.gaps.iter().filter_map(|gap| gap.lost).sum::<u64>(), missing);
        }
    }
}
