//! Rows of a group that were chosen.

use std::ops::Range;

/// Chosen rows of a group, counted from its begin, as ranges that rise and do not touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    ranges: Vec<Range<usize>>,
    /// All rows of the group are chosen.
    all: bool,
}

impl Rows {
    pub(crate) fn all(rows: usize) -> Self {
        Self { ranges: (rows > 0).then_some(0..rows).into_iter().collect(), all: true }
    }

    pub(crate) fn none() -> Self {
        Self { ranges: Vec::new(), all: false }
    }

    /// Without these, which rise.
    pub(crate) fn without(self, gone: impl Iterator<Item = Range<usize>>) -> Self {
        let mut rows = self;
        for gone in gone {
            let Some(last) = rows.ranges.pop() else { break };
            rows.all = false;
            let (before, after) = (last.start..gone.start.max(last.start), gone.end.min(last.end)..last.end);
            rows.ranges.extend([before, after].into_iter().filter(|part| !part.is_empty()));
        }
        rows
    }

    pub(crate) fn len(&self) -> usize {
        self.ranges.iter().map(ExactSizeIterator::len).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// What to read; none if it is everything.
    pub(crate) fn ranges(&self) -> Option<&[Range<usize>]> {
        (!self.all).then_some(&self.ranges)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.ranges.iter().cloned().flatten()
    }

    /// Rows that rise.
    pub(crate) fn of(rising: impl IntoIterator<Item = usize>) -> Self {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for row in rising {
            match ranges.last_mut() {
                Some(last) if last.end == row => last.end += 1,
                _ => ranges.push(row..row + 1),
            }
        }
        Self { ranges, all: false }
    }
}

/// Chooses among chosen rows, batch by batch.
pub(crate) struct Picker<'r> {
    /// What is left of the chosen rows.
    now: Range<usize>,
    next: std::slice::Iter<'r, Range<usize>>,
    ranges: Vec<Range<usize>>,
    picked_all: bool,
    all: bool,
}

impl<'r> Picker<'r> {
    pub(crate) fn new(rows: &'r Rows) -> Self {
        Self { now: 0..0, next: rows.ranges.iter(), ranges: Vec::new(), picked_all: true, all: rows.all }
    }

    /// Whether each of the next rows is chosen.
    pub(crate) fn pick(&mut self, mut fits: &[bool]) {
        while !fits.is_empty() {
            if self.now.is_empty() {
                let Some(next) = self.next.next() else { return };
                self.now = next.clone();
                continue;
            }
            let (some, rest) = fits.split_at(self.now.len().min(fits.len()));
            self.run(self.now.start, some);
            self.now.start += some.len();
            fits = rest;
        }
    }

    /// The same for rows that follow each other, stretch by stretch.
    fn run(&mut self, mut row: usize, fits: &[bool]) {
        for stretch in fits.chunk_by(|a, b| a == b) {
            let end = row + stretch.len();
            match (stretch.first(), self.ranges.last_mut()) {
                (Some(true), Some(last)) if last.end == row => last.end = end,
                (Some(true), _) => self.ranges.push(row..end),
                _ => self.picked_all = false,
            }
            row = end;
        }
    }

    pub(crate) fn finish(self) -> Rows {
        Rows { ranges: self.ranges, all: self.all && self.picked_all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_some_and_chosen_among() {
        let rows = Rows::all(10).without([0..2, 4..5, 9..10].into_iter());
        assert_eq!(rows.iter().collect::<Vec<_>>(), [2, 3, 5, 6, 7, 8]);
        assert_eq!(rows.len(), 6);
        let mut picker = Picker::new(&rows);
        picker.pick(&[true, true, true]);
        picker.pick(&[false, true, true]);
        let picked = picker.finish();
        assert_eq!(picked.iter().collect::<Vec<_>>(), [2, 3, 5, 7, 8]);
        assert_eq!(picked.ranges(), Some(&[2..4, 5..6, 7..9][..]));
        assert!(Rows::all(3).ranges().is_none(), "everything");
        assert!(Rows::all(3).without(std::iter::once(0..3)).is_empty());
        assert_eq!(Rows::of([1, 2, 5]).ranges(), Some(&[1..3, 5..6][..]));
    }
}
