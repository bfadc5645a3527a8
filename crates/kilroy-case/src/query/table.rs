//! The event files that a question is about, opened as far as their footers.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    RowSelection,
};
use parquet::bloom_filter::Sbbf;
use parquet::file::metadata::{ParquetStatisticsPolicy, RowGroupMetaData};

use super::column::Column;
use crate::{CaseError, table};

/// Rows that are decoded at a time.
const ROWS_PER_READ: usize = 8192;
/// The same where many files are read at once, and every text is written out.
const PLAIN_ROWS_PER_READ: usize = 1024;

/// An event file.
pub(crate) struct EventFile {
    pub(crate) path: PathBuf,
    /// Recurring texts as dictionaries.
    metadata: ArrowReaderMetadata,
    /// As it was written.
    plain: ArrowReaderMetadata,
    /// First row of each row group, and behind the last.
    starts: Vec<usize>,
}

impl EventFile {
    pub(crate) fn open(path: PathBuf) -> Result<Self, CaseError> {
        let failed = || CaseError::parquet(&path);
        let input = table::open(&path)?;
        let found = ArrowReaderMetadata::load(&input, needed()).map_err(failed())?;
        let recurs = |name: &str| Column::named(name).is_some_and(Column::recurs);
        let schema = with_dictionaries(found.schema(), recurs);
        let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        let metadata =
            ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options).map_err(failed())?;
        let mut starts = vec![0];
        let mut start = 0_usize;
        for group in metadata.metadata().row_groups() {
            start = start.saturating_add(usize::try_from(group.num_rows()).unwrap_or(0));
            starts.push(start);
        }
        Ok(Self { path, metadata, plain: found, starts })
    }

    /// Whether the file has this note.
    pub(crate) fn notes(&self, key: &str) -> bool {
        let notes = self.metadata.metadata().file_metadata().key_value_metadata();
        notes.into_iter().flatten().any(|note| note.key == key)
    }

    pub(crate) fn groups(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(crate) fn group(&self, group: usize) -> &RowGroupMetaData {
        self.metadata.metadata().row_group(group)
    }

    /// The rows of a group, counted from the begin of the file.
    pub(crate) fn rows(&self, group: usize) -> Range<usize> {
        let start = self.starts.get(group).copied().unwrap_or(0);
        start..self.starts.get(group + 1).copied().unwrap_or(start)
    }

    /// Whether any of these texts can be in a column of a group, as its bloom filter tells. True if it has none.
    pub(crate) fn may_have(&self, group: usize, column: Column, texts: &[&str]) -> bool {
        let bloom = || -> Option<Sbbf> {
            let chunk = self.group(group).columns().iter().position(|chunk| {
                chunk.column_path().string() == column.name() && chunk.bloom_filter_offset().is_some()
            })?;
            // What is wrong with the file is told when its rows are read.
            let input = table::open(&self.path).ok()?;
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, self.plain.clone());
            builder.get_row_group_column_bloom_filter(group, chunk).ok()?
        };
        bloom().is_none_or(|bloom| texts.iter().any(|text| bloom.check(*text)))
    }

    /// Reads some columns of some rows of a group. `rows` are counted from the begin of the group, and sorted.
    pub(crate) fn read(
        &self,
        group: usize,
        columns: &[Column],
        rows: Option<&[Range<usize>]>,
    ) -> Result<Batches<'_>, CaseError> {
        self.read_as(&self.metadata, ROWS_PER_READ, group, columns, rows)
    }

    /// The same, no text as a dictionary, and few at a time: of many files at once some rows are in memory.
    pub(crate) fn read_plain(
        &self,
        group: usize,
        columns: &[Column],
        rows: Option<&[Range<usize>]>,
    ) -> Result<Batches<'_>, CaseError> {
        self.read_as(&self.plain, PLAIN_ROWS_PER_READ, group, columns, rows)
    }

    fn read_as(
        &self,
        metadata: &ArrowReaderMetadata,
        rows_per_read: usize,
        group: usize,
        columns: &[Column],
        rows: Option<&[Range<usize>]>,
    ) -> Result<Batches<'_>, CaseError> {
        let failed = || CaseError::parquet(&self.path);
        let input = table::open(&self.path)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata.clone());
        let names = columns.iter().map(|column| column.name());
        // By place in this very file: an older one may have other columns.
        let schema = self.metadata.schema();
        let places = names.filter_map(|name| schema.index_of(name).ok());
        let mask = ProjectionMask::roots(builder.parquet_schema(), places);
        let builder =
            builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(rows_per_read);
        let builder = match rows {
            Some(rows) => builder.with_row_selection(RowSelection::from_consecutive_ranges(
                rows.iter().cloned(),
                self.rows(group).len(),
            )),
            None => builder,
        };
        Ok(Batches { path: &self.path, reader: builder.build().map_err(failed())? })
    }
}

/// Of what a footer says, how pages are encoded and how long texts are helps nobody here, and takes much room: a case may
/// have thousands of files.
fn needed() -> ArrowReaderOptions {
    ArrowReaderOptions::new()
        .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll)
}

/// Rows that are read, batch by batch.
pub(crate) struct Batches<'f> {
    path: &'f Path,
    reader: ParquetRecordBatchReader,
}

impl Iterator for Batches<'_> {
    type Item = Result<RecordBatch, CaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next().map(|batch| batch.map_err(CaseError::arrow(self.path)))
    }
}

/// The same table, its recurring texts as dictionaries: they are stored like that, and stay like that. `recurs` says of a
/// column of texts whether it is one of them.
pub(crate) fn with_dictionaries(schema: &Schema, recurs: impl Fn(&str) -> bool) -> Schema {
    let dictionary = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = schema.fields().iter().map(|field| {
        if *field.data_type() == DataType::Utf8 && recurs(field.name()) {
            Arc::new(Field::clone(field).with_data_type(dictionary()))
        } else {
            Arc::clone(field)
        }
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}
