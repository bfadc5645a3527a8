//! Spans of time by key: which of them hold a moment.

use kilroy_model::Timestamp;

/// A span of time under a key. A row is small, for there are many: what it does not hold itself it finds in a list of things
/// that have spans.
pub(super) trait Row: Copy + Ord {
    /// What rows are found by.
    type Key: Ord + Copy;
    /// The things that have spans.
    type Thing;

    fn key(self, things: &[Self::Thing]) -> Self::Key;
    fn from(self, things: &[Self::Thing]) -> Timestamp;
    fn to(self, things: &[Self::Thing]) -> Timestamp;
}

/// Spans, found by key and moment in logarithmic time.
///
/// The spans of a key stand in the order of their begin and are a balanced tree without pointers: the one in the middle of
/// any stretch is its root, and knows which of the stretch reaches furthest.
#[derive(Debug)]
pub(super) struct Spans<R> {
    rows: Vec<R>,
    /// Of each row, the place of the one with the latest end in the stretch whose root it is.
    latest: Vec<u32>,
}

impl<R: Row> Spans<R> {
    pub(super) fn new(mut rows: Vec<R>, things: &[R::Thing]) -> Self {
        rows.sort_by_cached_key(|row| (row.key(things), row.from(things), row.to(things), *row));
        rows.dedup();
        rows.shrink_to_fit();
        let mut latest: Vec<u32> = (0..).take(rows.len()).collect();
        let mut from = 0;
        for group in rows.chunk_by(|a, b| a.key(things) == b.key(things)) {
            let to = from + group.len();
            reach(&rows, things, &mut latest[from..to]);
            from = to;
        }
        Self { rows, latest }
    }

    /// All rows, by key and begin.
    pub(super) fn rows(&self) -> &[R] {
        &self.rows
    }

    /// The spans of a key, in the order of their begin.
    pub(super) fn of<'a>(&'a self, things: &'a [R::Thing], key: R::Key) -> Group<'a, R> {
        let from = self.rows.partition_point(|row| row.key(things) < key);
        let to = from + self.rows[from..].partition_point(|row| row.key(things) == key);
        Group { all: &self.rows, things, rows: &self.rows[from..to], latest: &self.latest[from..to] }
    }
}

/// `latest`: of a stretch, the place of each row itself.
fn reach<R: Row>(all: &[R], things: &[R::Thing], latest: &mut [u32]) -> Option<u32> {
    let middle = latest.len() / 2;
    let root = *latest.get(middle)?;
    let before = reach(all, things, &mut latest[..middle]);
    let after = reach(all, things, &mut latest[middle + 1..]);
    let to = |place: u32| all[place as usize].to(things);
    let most =
        before.into_iter().chain(after).fold(root, |most, one| if to(one) > to(most) { one } else { most });
    latest[middle] = most;
    Some(most)
}

/// The spans of one key.
#[derive(Debug)]
pub(super) struct Group<'a, R: Row> {
    all: &'a [R],
    things: &'a [R::Thing],
    rows: &'a [R],
    latest: &'a [u32],
}

impl<R: Row> Group<'_, R> {
    /// The spans that hold a moment, in the order of their begin.
    pub(super) fn at(&self, time: Timestamp) -> Vec<R> {
        let mut found = Vec::new();
        self.holding(self.rows, self.latest, time, &mut found);
        found
    }

    fn holding(&self, rows: &[R], latest: &[u32], time: Timestamp, found: &mut Vec<R>) {
        let middle = rows.len() / 2;
        let Some(root) = rows.get(middle) else { return };
        if self.all[latest[middle] as usize].to(self.things) < time {
            return;
        }
        self.holding(&rows[..middle], &latest[..middle], time, found);
        if root.from(self.things) <= time {
            if root.to(self.things) >= time {
                found.push(*root);
            }
            self.holding(&rows[middle + 1..], &latest[middle + 1..], time, found);
        }
    }

    /// The span that began last, at that moment or before.
    pub(super) fn last_begun(&self, time: Timestamp) -> Option<R> {
        self.rows[..self.begun(time)].last().copied()
    }

    /// The span that begins next after a moment.
    pub(super) fn next(&self, time: Timestamp) -> Option<R> {
        self.rows.get(self.begun(time)).copied()
    }

    fn begun(&self, time: Timestamp) -> usize {
        self.rows.partition_point(|row| row.from(self.things) <= time)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The place of a span in a list of them.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    struct Place(usize);

    type Span = (u8, Timestamp, Timestamp);

    impl Row for Place {
        type Key = u8;
        type Thing = Span;

        fn key(self, all: &[Span]) -> u8 {
            all[self.0].0
        }

        fn from(self, all: &[Span]) -> Timestamp {
            all[self.0].1
        }

        fn to(self, all: &[Span]) -> Timestamp {
            all[self.0].2
        }
    }

    proptest! {
        #[test]
        fn finds_what_a_look_at_all_finds(
            spans in prop::collection::vec((0..3_u8, 0..60_i64, 0..20_i64), 0..60),
            key in 0..4_u8,
            time in -5..90_i64,
        ) {
            let at = Timestamp::from_ticks;
            let all: Vec<Span> = spans.iter().map(|&(key, from, long)| (key, at(from), at(from + long))).collect();
            let spans = Spans::new((0..all.len()).map(Place).collect(), &all);
            let mut of_key: Vec<Place> = (0..all.len()).map(Place).filter(|place| place.key(&all) == key).collect();
            of_key.sort_unstable_by_key(|place| (all[place.0], *place));
            let holds = |place: &&Place| place.from(&all) <= at(time) && at(time) <= place.to(&all);
            let want: Vec<Place> = of_key.iter().filter(holds).copied().collect();
            let group = spans.of(&all, key);
            prop_assert_eq!(group.at(at(time)), want);
            let last = of_key.iter().rfind(|place| place.from(&all) <= at(time));
            prop_assert_eq!(group.last_begun(at(time)), last.copied());
            let next = of_key.iter().find(|place| place.from(&all) > at(time));
            prop_assert_eq!(group.next(at(time)), next.copied());
        }
    }
}
