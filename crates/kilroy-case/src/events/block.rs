//! A batch of events with what its rows are sorted by at hand.

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt64Type};
use arrow_array::{
    Array, ArrayRef, MapArray, RecordBatch, StringArray, TimestampNanosecondArray, UInt64Array,
};
use kilroy_model::event_schema;

use super::hosts::Hosts;

/// What is wrong with a batch.
pub(super) type Wrong = String;

/// What a value takes up at the least, whatever its column: a number, or where a text ends.
const BYTES_PER_VALUE: usize = 8;

/// A batch of events, and of each row its host's number and its size.
#[derive(Debug)]
pub(super) struct Block {
    batch: RecordBatch,
    hosts: Vec<u32>,
    sizes: Vec<usize>,
    times: TimestampNanosecondArray,
    channels: StringArray,
    record_ids: UInt64Array,
    uids: StringArray,
}

/// Channel, record ID, uid. What is missing comes first.
type Rest<'a> = (Option<&'a str>, Option<u64>, Option<&'a str>);

impl Block {
    /// The hosts must know all of the batch.
    pub(super) fn new(batch: RecordBatch, hosts: &Hosts) -> Result<Self, Wrong> {
        if batch.schema().fields() != event_schema().fields() {
            return Err("a batch of events has other columns than events have".to_owned());
        }
        Ok(Self {
            hosts: hosts.numbers(texts(&batch, "host")?)?,
            sizes: sizes(&batch),
            times: column(&batch, "time", |c| c.as_primitive_opt::<TimestampNanosecondType>().cloned())?,
            channels: texts(&batch, "channel")?.clone(),
            record_ids: column(&batch, "record_id", |c| c.as_primitive_opt::<UInt64Type>().cloned())?,
            uids: texts(&batch, "event_uid")?.clone(),
            batch,
        })
    }

    pub(super) fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    pub(super) fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// The number of a row's host.
    pub(super) fn host(&self, row: usize) -> u32 {
        self.hosts[row]
    }

    /// As in the column: nanoseconds, `None` if the column has none.
    pub(super) fn time(&self, row: usize) -> Option<i64> {
        self.times.is_valid(row).then(|| self.times.value(row))
    }

    /// About what a row takes up in memory. Depends on its values only, not on how the batch came to be.
    pub(super) fn size(&self, row: usize) -> usize {
        self.sizes[row]
    }

    /// As [`size`](Self::size), of all rows.
    pub(super) fn bytes(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// What rows are sorted by: this decides nearly always.
    pub(super) fn key(&self, row: usize) -> (u32, Option<i64>) {
        (self.host(row), self.time(row))
    }

    /// What rows of one host and one time are sorted by.
    pub(super) fn rest_of_key(&self, row: usize) -> Rest<'_> {
        (text(&self.channels, row), self.record_id(row), text(&self.uids, row))
    }

    fn record_id(&self, row: usize) -> Option<u64> {
        self.record_ids.is_valid(row).then(|| self.record_ids.value(row))
    }
}

fn text(texts: &StringArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

/// A column of texts.
pub(super) fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, Wrong> {
    column(batch, name, |column| column.as_string_opt::<i32>())
}

fn column<'a, T>(
    batch: &'a RecordBatch,
    name: &str,
    cast: impl FnOnce(&'a ArrayRef) -> Option<T>,
) -> Result<T, Wrong> {
    batch.column_by_name(name).and_then(cast).ok_or_else(|| format!("the column {name} is not as expected"))
}

fn sizes(batch: &RecordBatch) -> Vec<usize> {
    let mut sizes = vec![batch.num_columns() * BYTES_PER_VALUE; batch.num_rows()];
    for column in batch.columns() {
        if let Some(texts) = column.as_string_opt::<i32>() {
            for (size, row) in sizes.iter_mut().zip(0..) {
                *size += length(texts, row);
            }
        } else if let Some(maps) = column.as_map_opt() {
            for (size, row) in sizes.iter_mut().zip(0..) {
                *size += map_size(maps, row);
            }
        }
    }
    sizes
}

fn map_size(maps: &MapArray, row: usize) -> usize {
    let ends = maps.value_offsets();
    let entries = place(ends[row])..place(ends[row + 1]);
    [maps.keys(), maps.values()]
        .into_iter()
        .filter_map(|column| column.as_string_opt::<i32>())
        .map(|texts| entries.clone().map(|entry| BYTES_PER_VALUE + length(texts, entry)).sum::<usize>())
        .sum()
}

/// Length of a text; what may lie under a missing one does not count.
fn length(texts: &StringArray, row: usize) -> usize {
    let length = place(texts.value_length(row));
    if length > 0 && texts.is_null(row) { 0 } else { length }
}

/// Arrow's offsets are signed, but never negative.
fn place(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or(0)
}
