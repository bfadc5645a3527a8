//! Sets of time, in whole seconds.

use std::ops::Range;

/// A stretch of time: seconds since 1970, the end not included.
pub(crate) type Stretch = Range<i64>;

/// A set of time: stretches that rise, do not touch, and are not empty. A second counts once, however often it was added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans(Vec<Stretch>);

impl Spans {
    /// All of these, in any order.
    pub(crate) fn of(stretches: impl IntoIterator<Item = Stretch>) -> Self {
        let mut all: Vec<Stretch> = stretches.into_iter().filter(|s| s.start < s.end).collect();
        all.sort_unstable_by_key(|s| (s.start, s.end));
        let mut joined: Vec<Stretch> = Vec::with_capacity(all.len());
        for next in all {
            match joined.last_mut() {
                Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
                _ => joined.push(next),
            }
        }
        Self(joined)
    }

    /// The stretches, rising.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Stretch> {
        self.0.iter()
    }

    /// What is in this and in the other one.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            let common = x.start.max(y.start)..x.end.min(y.end);
            if common.start < common.end {
                both.push(common);
            }
            if x.end <= y.end {
                a.next()
            } else {
                b.next()
            };
        }
        Self(both)
    }

    /// What is in this and not in the other one.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        let mut b = other.0.iter().peekable();
        for x in &self.0 {
            let mut from = x.start;
            while b.next_if(|y| y.end <= from).is_some() {}
            // A stretch of the other one may reach beyond this one, into the next.
            let mut ahead = b.clone();
            while let Some(y) = ahead.next_if(|y| y.start < x.end) {
                if from < y.start {
                    rest.push(from..y.start);
                }
                from = from.max(y.end);
            }
            if from < x.end {
                rest.push(from..x.end);
            }
        }
        Self(rest)
    }

    /// What lies inside a stretch. Costs what is found, not what there is.
    pub(crate) fn within(&self, window: &Stretch) -> impl Iterator<Item = Stretch> + '_ {
        let from = self.0.partition_point(|s| s.end <= window.start);
        let (start, end) = (window.start, window.end);
        self.0[from..]
            .iter()
            .take_while(move |s| s.start < end)
            .map(move |s| s.start.max(start)..s.end.min(end))
    }
}

impl FromIterator<Stretch> for Spans {
    fn from_iter<T: IntoIterator<Item = Stretch>>(stretches: T) -> Self {
        Self::of(stretches)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn seconds(spans: &Spans) -> BTreeSet<i64> {
        spans.iter().cloned().flatten().collect()
    }

    prop_compose! {
        fn some()(ends in prop::collection::vec((0..60_i64, 0..12_i64), 0..8)) -> Vec<Stretch> {
            ends.into_iter().map(|(from, long)| from..from + long).collect()
        }
    }

    proptest! {
        /// Sets of time behave as sets of seconds do.
        #[test]
        fn as_sets_of_seconds(a in some(), b in some(), window in (0..70_i64, 0..20_i64)) {
            let (x, y) = (Spans::of(a.clone()), Spans::of(b));
            let (s, t) = (seconds(&x), seconds(&y));
            prop_assert_eq!(&s, &a.into_iter().flatten().collect::<BTreeSet<_>>());
            prop_assert_eq!(seconds(&x.and(&y)), &s & &t);
            prop_assert_eq!(seconds(&x.without(&y)), &s - &t);
            let window = window.0..window.0 + window.1;
            let inside = x.within(&window).collect::<Spans>();
            prop_assert_eq!(seconds(&inside), s.iter().copied().filter(|n| window.contains(n)).collect::<BTreeSet<_>>());
            prop_assert_eq!(x.and(&y), Spans::of(x.and(&y).0), "in the one way to write it");
            prop_assert_eq!(x.without(&y), Spans::of(x.without(&y).0), "in the one way to write it");
        }
    }
}
