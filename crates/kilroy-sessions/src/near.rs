//! Records of a list by their distance in time from one record, nearest first.

use std::ops::Range;

use crate::host::{Host, RowId};

/// Walks a list outwards from a record: by milliseconds, then in order.
pub(crate) struct Outwards<'a> {
    host: &'a Host<'a>,
    list: &'a [RowId],
    to: RowId,
    /// Records ahead that are equally far, as far as not yet walked.
    run: Range<usize>,
    run_starts: usize,
    behind: usize,
}

impl<'a> Outwards<'a> {
    /// The list is in order and of the record's own boot.
    pub(crate) fn new(host: &'a Host<'a>, list: &'a [RowId], to: RowId) -> Self {
        let middle = list.partition_point(|&id| id < to);
        let mut new = Self { host, list, to, run: middle..middle, run_starts: middle, behind: middle };
        new.next_run();
        new
    }

    fn away(&self, at: usize) -> u64 {
        self.host.millis(self.to, self.list[at]).unsigned_abs()
    }

    /// Of records that are equally far the first comes first: ahead of `to` that is against the direction of the walk.
    fn next_run(&mut self) {
        let end = self.run_starts;
        if self.run.is_empty() && end > 0 {
            let away = self.away(end - 1);
            let mut start = end - 1;
            while start > 0 && self.away(start - 1) == away {
                start -= 1;
            }
            self.run = start..end;
            self.run_starts = start;
        }
    }
}

impl Iterator for Outwards<'_> {
    type Item = (u64, RowId);

    fn next(&mut self) -> Option<(u64, RowId)> {
        let ahead = (!self.run.is_empty()).then(|| self.away(self.run.start));
        let behind = (self.behind < self.list.len()).then(|| self.away(self.behind));
        let nearer_ahead = ahead.is_some_and(|away| behind.is_none_or(|other| away <= other));
        if nearer_ahead {
            let id = self.list[self.run.start];
            self.run.start += 1;
            self.next_run();
            return ahead.map(|away| (away, id));
        }
        let away = behind?;
        self.behind += 1;
        Some((away, self.list[self.behind - 1]))
    }
}
