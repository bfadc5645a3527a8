//! Parquet files: one way to write them, so that the same rows are the same bytes.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::aside::{NewFile, Scratch};
use crate::case::Shared;
use crate::{Case, CaseError};

/// Rows per row group: what a reader skips or reads at a time.
pub(crate) const ROWS_PER_GROUP: usize = 32_768;

/// zstd's own default level, stated so that a new default cannot change the bytes.
const ZSTD_LEVEL: i32 = 3;

/// How tables are written. Nothing here may depend on the machine, the time or the rows.
pub(crate) fn properties() -> Result<WriterPropertiesBuilder, ParquetError> {
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_dictionary_enabled(true)
        // No two rows have the same: a dictionary would hold them all, for nothing.
        .set_column_dictionary_enabled(ColumnPath::from("event_uid"), false)
        .set_statistics_enabled(EnabledStatistics::Page))
}

/// A Parquet file that takes its place only when it is complete.
pub(crate) struct TableWriter {
    place: PathBuf,
    writer: ArrowWriter<BufWriter<File>>,
    // After the writer: the file is closed before it goes.
    new: NewFile,
}

impl TableWriter {
    pub(crate) fn create(shared: &Shared, place: PathBuf, schema: SchemaRef) -> Result<Self, CaseError> {
        Self::with(shared, place, schema, properties)
    }

    /// A table that is written in a way of its own.
    pub(crate) fn with(
        shared: &Shared,
        place: PathBuf,
        schema: SchemaRef,
        properties: impl FnOnce() -> Result<WriterPropertiesBuilder, ParquetError>,
    ) -> Result<Self, CaseError> {
        let (new, file) = NewFile::create(&place, shared.next_file()?)?;
        let failed = || CaseError::parquet(&place);
        let properties = properties().map_err(failed())?.build();
        let writer = ArrowWriter::try_new(BufWriter::new(file), schema, Some(properties)).map_err(failed())?;
        Ok(Self { place, writer, new })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), CaseError> {
        self.writer.write(batch).map_err(CaseError::parquet(&self.place))
    }

    /// Rows and, about, bytes of the row group that is being written: all of it is in memory.
    pub(crate) fn group(&self) -> (usize, usize) {
        (self.writer.in_progress_rows(), self.writer.in_progress_size())
    }

    /// What comes next begins a new row group.
    pub(crate) fn end_group(&mut self) -> Result<(), CaseError> {
        self.writer.flush().map_err(CaseError::parquet(&self.place))
    }

    /// Closes the file and puts it in its place; returns its size.
    pub(crate) fn finish(self) -> Result<u64, CaseError> {
        let place = self.place.clone();
        let (new, file) = self.close()?;
        let bytes = file.metadata().map_err(CaseError::io("write", &place))?.len();
        new.place(file)?;
        Ok(bytes)
    }

    /// Closes the file, which does not take its place but can be read for a while.
    pub(crate) fn unplaced(self) -> Result<Scratch, CaseError> {
        Ok(self.close()?.0.leave())
    }

    fn close(self) -> Result<(NewFile, File), CaseError> {
        let Self { place, writer, new } = self;
        let out = writer.into_inner().map_err(CaseError::parquet(&place))?;
        let file = out.into_inner().map_err(|e| CaseError::io("write", &place)(e.into_error()))?;
        Ok((new, file))
    }
}

/// Opens a table for reading.
pub(crate) fn open(path: &Path) -> Result<File, CaseError> {
    File::open(path).map_err(CaseError::io("open", path))
}

/// A reader of a table, to be told what to read.
pub(crate) fn reader(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, CaseError> {
    ParquetRecordBatchReaderBuilder::try_new(open(path)?).map_err(CaseError::parquet(path))
}

impl Case {
    /// The place of a session table; an error if it has not been made yet.
    pub(crate) fn made_table(&self, name: &str) -> Result<PathBuf, CaseError> {
        let path = self.shared.root.join(name);
        if fs::exists(&path).map_err(CaseError::io("open", &path))? {
            Ok(path)
        } else {
            Err(CaseError::NotAnalysed { path })
        }
    }
}
