//! Tables of any columns as Parquet, written the way all tables of Kilroy are, to wherever bytes can go.

use std::mem;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use arrow_select::concat::concat_batches;
use parquet::arrow::ArrowWriter;
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::sizes::sizes;
use crate::table::{self, ROWS_PER_GROUP};

/// What is known of the columns of a table before the first row. Columns within others are named with dots:
/// `data.entries.value`.
#[derive(Debug, Clone, Copy, Default)]
pub struct ColumnHints<'a> {
    /// Numbers and times that mostly rise by a little.
    pub rising: &'a [&'a str],
    /// What is different in nearly every row: a dictionary would hold all of it, for nothing.
    pub varied: &'a [&'a str],
}

/// Rows go in, the bytes of a Parquet file come out.
///
/// The bytes depend on the sequence of the rows only, not on how they were cut into batches. What is in memory is
/// bounded, whatever the number of rows and their size: a row group ends when it is large, too.
pub struct TableStream {
    writer: ArrowWriter<Vec<u8>>,
    schema: SchemaRef,
    limits: Limits,
    /// Rows that do not fill a batch yet.
    waiting: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

/// Where batches and row groups end. It decides the bytes.
#[derive(Debug, Clone, Copy)]
struct Limits {
    batch_rows: usize,
    batch_bytes: usize,
    group_rows: usize,
    group_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { batch_rows: 2048, batch_bytes: 2 << 20, group_rows: ROWS_PER_GROUP, group_bytes: 16 << 20 }
    }
}

impl TableStream {
    /// A table with these columns.
    pub fn new(schema: SchemaRef, hints: ColumnHints<'_>) -> Result<Self, ParquetError> {
        Self::with(schema, hints, Limits::default())
    }

    fn with(schema: SchemaRef, hints: ColumnHints<'_>, limits: Limits) -> Result<Self, ParquetError> {
        let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties(hints)?))?;
        Ok(Self { writer, schema, limits, waiting: Vec::new(), rows: 0, bytes: 0 })
    }

    /// Takes rows, and gives the bytes that are ready: mostly none.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ParquetError> {
        let mut from = 0;
        for (row, size) in sizes(batch).into_iter().enumerate() {
            self.rows += 1;
            self.bytes += size;
            if self.rows >= self.limits.batch_rows || self.bytes >= self.limits.batch_bytes {
                self.waiting.push(batch.slice(from, row + 1 - from));
                from = row + 1;
                self.write_waiting()?;
            }
        }
        if from < batch.num_rows() {
            self.waiting.push(batch.slice(from, batch.num_rows() - from));
        }
        Ok(self.ready())
    }

    /// Gives the rest of the bytes; the file is whole then.
    pub fn finish(mut self) -> Result<Vec<u8>, ParquetError> {
        if !self.waiting.is_empty() {
            self.write_waiting()?;
        }
        self.writer.into_inner()
    }

    fn write_waiting(&mut self) -> Result<(), ParquetError> {
        let waiting = mem::take(&mut self.waiting);
        (self.rows, self.bytes) = (0, 0);
        match &waiting[..] {
            [whole] => self.writer.write(whole)?,
            parts => self.writer.write(&concat_batches(&self.schema, parts)?)?,
        }
        let Limits { group_rows, group_bytes, .. } = self.limits;
        if self.writer.in_progress_rows() >= group_rows || self.writer.in_progress_size() >= group_bytes {
            self.writer.flush()?;
        }
        Ok(())
    }

    fn ready(&mut self) -> Vec<u8> {
        // The writer counts what it wrote, and never looks back at it.
        mem::take(self.writer.inner_mut())
    }
}

impl std::fmt::Debug for TableStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableStream").field("rows_waiting", &self.rows).finish_non_exhaustive()
    }
}

fn properties(hints: ColumnHints<'_>) -> Result<WriterProperties, ParquetError> {
    let mut properties = table::properties()?
        .set_max_row_group_row_count(None)
        // As for events: of a row group with few pages, its own bounds say enough.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for column in hints.rising {
        properties = properties
            .set_column_dictionary_enabled(path(column), false)
            .set_column_encoding(path(column), Encoding::DELTA_BINARY_PACKED);
    }
    for column in hints.varied {
        properties = properties.set_column_dictionary_enabled(path(column), false);
    }
    Ok(properties.build())
}

fn path(column: &str) -> ColumnPath {
    ColumnPath::new(column.split('.').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests;
