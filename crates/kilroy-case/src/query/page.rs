//! A page: the first events in some order, or the next ones.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Mutex;
use std::sync::PoisonError;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use arrow_select::interleave::interleave_record_batch;

use super::column::Column;
use super::ranges::Rows;
use super::scan::{Group, Scan};
use super::value::Value;
use crate::CaseError;

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By the values of this column.
    pub by: Column,
    /// The largest first.
    pub descending: bool,
}

/// Some events, and how many there are in all.
#[derive(Debug, Clone)]
pub struct Page {
    /// The events of the page, in order. Recurring texts are dictionaries.
    pub events: RecordBatch,
    /// How many events there are, on all pages.
    pub total: u64,
}

/// Where a row stands in the order. Rows of equal value stand by file, then as in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    value: Option<Value>,
    group: Group,
    row: usize,
    descending: bool,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = self.value.cmp(&other.value);
        let by_value = if self.descending { by_value.reverse() } else { by_value };
        by_value.then_with(|| (self.group, self.row).cmp(&(other.group, other.row)))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The rows that are first so far, the last of them on top.
#[derive(Default)]
struct First {
    places: BinaryHeap<Place>,
    most: usize,
}

impl First {
    fn takes(&self, place: &Place) -> bool {
        self.places.len() < self.most || self.places.peek().is_some_and(|last| place < last)
    }

    fn push(&mut self, place: Place) {
        self.places.push(place);
        if self.places.len() > self.most {
            self.places.pop();
        }
    }
}

impl Scan {
    /// Some columns of the events from `skip` on, at most `most` of them. Rows without a value come first, or last if the
    /// largest come first.
    pub fn page(
        &self,
        columns: &[Column],
        order: Order,
        skip: usize,
        most: usize,
    ) -> Result<Page, CaseError> {
        let first = Mutex::new(First { places: BinaryHeap::new(), most: skip.saturating_add(most) });
        let lock = || first.lock().unwrap_or_else(PoisonError::into_inner);
        let sorted_by_time = Column::named("time") == Some(order.by);
        let mut groups = self.groups();
        if sorted_by_time {
            // Those that come first are read first: most others need not be read then.
            groups.sort_by_key(|group| {
                let span = super::prune::span(self.file(*group).file.group(group.group));
                let (first, last) = span.map_or((i64::MIN, i64::MAX), |(a, b)| (a.ticks(), b.ticks()));
                if order.descending { last.wrapping_neg() } else { first }
            });
        }
        let totals = self.fold(&groups, |total: &mut u64, group, known| {
            let file = self.file(group);
            let rows = file.select(group.group, known)?;
            *total += rows.len() as u64;
            let place = |value, row| Place { value, group, row, descending: order.descending };
            if rows.is_empty() || most == 0 || (sorted_by_time && self.is_behind(group, order, &lock())) {
                return Ok(());
            }
            let mut chosen = rows.iter();
            for batch in file.file.read(group.group, &[order.by], rows.ranges())? {
                let batch = batch?;
                let Some(values) = batch.columns().first() else { continue };
                let mut first = lock();
                for (n, row) in (0..batch.num_rows()).zip(&mut chosen) {
                    let place = place(Value::at(values, n), row);
                    if first.takes(&place) {
                        first.push(place);
                    } else if sorted_by_time && !order.descending {
                        // Rows of a file rise in time.
                        break;
                    }
                }
            }
            Ok(())
        })?;
        let places = first.into_inner().unwrap_or_else(PoisonError::into_inner).places.into_sorted_vec();
        let places = places.get(skip.min(places.len())..).unwrap_or_default();
        let events = self.fetch(columns, places)?;
        Ok(Page { events, total: totals.into_iter().sum() })
    }

    /// Whether no row of a group can come before the last of the first.
    fn is_behind(&self, group: Group, order: Order, first: &First) -> bool {
        let metadata = self.file(group).file.group(group.group);
        let Some((begin, end)) = super::prune::span(metadata) else { return false };
        if first.places.len() < first.most || (super::prune::may_be_timeless(metadata) && !order.descending) {
            return false;
        }
        match first.places.peek().map(|last| &last.value) {
            Some(Some(Value::Time(last))) if order.descending => end < *last,
            Some(Some(Value::Time(last))) => begin > *last,
            Some(None) => !order.descending,
            _ => false,
        }
    }

    /// Reads rows, and puts them in this order.
    fn fetch(&self, columns: &[Column], places: &[Place]) -> Result<RecordBatch, CaseError> {
        let mut wanted: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
        for place in places {
            wanted.entry(place.group).or_default().push(place.row);
        }
        for rows in wanted.values_mut() {
            rows.sort_unstable();
        }
        let groups: Vec<Group> = wanted.keys().copied().collect();
        // With all threads: the rows of a page may stand in as many files.
        let parts = self.fold(&groups, |read: &mut Vec<(Group, Vec<RecordBatch>)>, group, _| {
            let rows = wanted.get(&group).map(Vec::as_slice).unwrap_or_default();
            let chosen = Rows::of(rows.iter().copied());
            let batches = self.file(group).file.read(group.group, columns, chosen.ranges())?;
            read.push((group, batches.collect::<Result<_, _>>()?));
            Ok(())
        })?;
        let mut parts: Vec<(Group, Vec<RecordBatch>)> = parts.into_iter().flatten().collect();
        parts.sort_unstable_by_key(|(group, _)| *group);
        let mut batches = Vec::new();
        let mut at: BTreeMap<(Group, usize), (usize, usize)> = BTreeMap::new();
        for (group, read) in parts {
            let mut rows = wanted.get(&group).into_iter().flatten().copied();
            for batch in read {
                for (n, row) in (0..batch.num_rows()).zip(&mut rows) {
                    at.insert((group, row), (batches.len(), n));
                }
                batches.push(batch);
            }
        }
        let order: Vec<(usize, usize)> =
            places.iter().filter_map(|place| at.get(&(place.group, place.row)).copied()).collect();
        if batches.is_empty() {
            let schema = kilroy_model::event_schema();
            let fields: Vec<_> = columns.iter().map(|column| schema.field(column.place).clone()).collect();
            return Ok(RecordBatch::new_empty(std::sync::Arc::new(Schema::new(fields))));
        }
        let path = &self.files[places.first().map_or(0, |place| place.group.file)].file.path;
        interleave_record_batch(&batches.iter().collect::<Vec<_>>(), &order).map_err(CaseError::arrow(path))
    }
}
