//! Spans of time by key: which of them hold a moment.

use kilroy_model::Timestamp;

/// One span of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span<K> {
    pub(super) key: K,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Number of the session.
    pub(super) stay: u32,
}

/// Spans, found by key and moment in logarithmic time.
///
/// The spans of a key stand in the order of their begin and are a balanced tree without pointers: the one in the middle of
/// any stretch is its root, and knows how far the latest of the stretch reaches.
#[derive(Debug)]
pub(super) struct Spans<K> {
    rows: Vec<Span<K>>,
    /// Of each row, the latest end in the stretch whose root it is.
    latest: Vec<Timestamp>,
}

impl<K: Ord + Copy> Spans<K> {
    pub(super) fn new(mut rows: Vec<Span<K>>) -> Self {
        rows.sort_unstable();
        rows.dedup();
        let mut latest: Vec<Timestamp> = rows.iter().map(|row| row.to).collect();
        let mut from = 0;
        for group in rows.chunk_by(|a, b| a.key == b.key) {
            let to = from + group.len();
            reach(group, &mut latest[from..to]);
            from = to;
        }
        Self { rows, latest }
    }

    /// The spans of a key, in the order of their begin.
    pub(super) fn of(&self, key: K) -> Group<'_, K> {
        let from = self.rows.partition_point(|row| row.key < key);
        let to = from + self.rows[from..].partition_point(|row| row.key == key);
        Group { rows: &self.rows[from..to], latest: &self.latest[from..to] }
    }
}

fn reach<K>(rows: &[Span<K>], latest: &mut [Timestamp]) -> Option<Timestamp> {
    let middle = rows.len() / 2;
    let root = rows.get(middle)?.to;
    let before = reach(&rows[..middle], &mut latest[..middle]);
    let after = reach(&rows[middle + 1..], &mut latest[middle + 1..]);
    let most = before.into_iter().chain(after).fold(root, Timestamp::max);
    latest[middle] = most;
    Some(most)
}

/// The spans of one key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a, K> {
    rows: &'a [Span<K>],
    latest: &'a [Timestamp],
}

impl<'a, K> Group<'a, K> {
    /// The spans that hold a moment, in the order of their begin.
    pub(super) fn at(self, time: Timestamp) -> Vec<&'a Span<K>> {
        let mut found = Vec::new();
        holding(self.rows, self.latest, time, &mut found);
        found
    }

    /// The span that began last, at that moment or before.
    pub(super) fn last_begun(self, time: Timestamp) -> Option<&'a Span<K>> {
        let begun = self.rows.partition_point(|row| row.from <= time);
        self.rows[..begun].last()
    }

    /// The span that begins next after a moment.
    pub(super) fn next(self, time: Timestamp) -> Option<&'a Span<K>> {
        self.rows.get(self.rows.partition_point(|row| row.from <= time))
    }
}

fn holding<'a, K>(rows: &'a [Span<K>], latest: &[Timestamp], time: Timestamp, found: &mut Vec<&'a Span<K>>) {
    let middle = rows.len() / 2;
    let Some(root) = rows.get(middle).filter(|_| latest[middle] >= time) else { return };
    holding(&rows[..middle], &latest[..middle], time, found);
    if root.from <= time {
        if root.to >= time {
            found.push(root);
        }
        holding(&rows[middle + 1..], &latest[middle + 1..], time, found);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_look_at_all_finds(
            spans in prop::collection::vec((0..3_u8, 0..60_i64, 0..20_i64), 0..60),
            key in 0..4_u8,
            time in -5..90_i64,
        ) {
            let at = Timestamp::from_ticks;
            let rows: Vec<Span<u8>> = spans.iter().enumerate().map(|(n, &(key, from, long))| Span {
                key, from: at(from), to: at(from + long), stay: u32::try_from(n).unwrap(),
            }).collect();
            let mut want: Vec<_> = rows.iter().copied().filter(|s| s.key == key && s.from <= at(time) && at(time) <= s.to).collect();
            want.sort_unstable();
            let spans = Spans::new(rows.clone());
            let found: Vec<_> = spans.of(key).at(at(time)).into_iter().copied().collect();
            prop_assert_eq!(found, want);
            let mut of_key: Vec<_> = rows.into_iter().filter(|s| s.key == key).collect();
            of_key.sort_unstable();
            prop_assert_eq!(spans.of(key).last_begun(at(time)), of_key.iter().rfind(|s| s.from <= at(time)));
            prop_assert_eq!(spans.of(key).next(at(time)), of_key.iter().find(|s| s.from > at(time)));
        }
    }
}
