//! A batch of events with what its rows are sorted by at hand.

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, TimestampNanosecondArray, UInt64Array};
use kilroy_model::event_schema;

use super::hosts::Hosts;
use crate::sizes::sizes;

/// What is wrong with a batch.
pub(super) type Wrong = String;

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
