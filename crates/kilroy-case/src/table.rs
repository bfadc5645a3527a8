//! Parquet files: one way to write them, so that the same rows are the same bytes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, PageIndexPolicy, ParquetMetaDataReader};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};

use crate::aside::{NewFile, Output, Scratch};
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
    writer: ArrowWriter<BufWriter<Hashed>>,
    broken: Broken,
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
        let broken = Broken::default();
        let out = Hashed { out: file, hash: Sha256::new(), broken: Arc::clone(&broken) };
        let failed = || not_written(&place, &broken);
        let properties = properties().map_err(failed())?.build();
        let writer = ArrowWriter::try_new(BufWriter::new(out), schema, Some(properties)).map_err(failed())?;
        Ok(Self { place, writer, broken, new })
    }

    /// Notes something at the end of the file.
    pub(crate) fn note(&mut self, key: &str, value: String) {
        self.writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), CaseError> {
        self.writer.write(batch).map_err(not_written(&self.place, &self.broken))
    }

    /// Rows and, about, bytes of the row group that is being written: all of it is in memory.
    pub(crate) fn group(&self) -> (usize, usize) {
        (self.writer.in_progress_rows(), self.writer.in_progress_size())
    }

    /// What comes next begins a new row group.
    pub(crate) fn end_group(&mut self) -> Result<(), CaseError> {
        self.writer.flush().map_err(not_written(&self.place, &self.broken))
    }

    /// Closes the file and puts it in its place.
    pub(crate) fn finish(self) -> Result<Finished, CaseError> {
        let place = self.place.clone();
        let (new, Hashed { out, hash, .. }) = self.close()?;
        let sha256 = digits(&hash.finalize());
        let bytes = out.len().map_err(CaseError::io("write", &place))?;
        new.place(out)?;
        Ok(Finished { bytes, sha256 })
    }

    /// Closes the file, which does not take its place but can be read for a while.
    pub(crate) fn unplaced(self) -> Result<Scratch, CaseError> {
        Ok(self.close()?.0.leave())
    }

    fn close(self) -> Result<(NewFile, Hashed), CaseError> {
        let Self { place, writer, broken, new } = self;
        let out = writer.into_inner().map_err(not_written(&place, &broken))?;
        let out = out.into_inner().map_err(|e| CaseError::io("write", &place)(e.into_error()))?;
        Ok((new, out))
    }
}

/// A table in its place.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) bytes: u64,
    /// Of its bytes, in hexadecimal.
    pub(crate) sha256: String,
}

/// Knows the hash of what went through: nothing is read again for it.
struct Hashed {
    out: Output,
    hash: Sha256,
    broken: Broken,
}

/// Why the file could not be written. Parquet's own error may have lost that on the way.
type Broken = Arc<Mutex<Option<io::Error>>>;

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes).inspect_err(|e| {
            let copy = e.raw_os_error().map_or_else(|| e.kind().into(), io::Error::from_raw_os_error);
            self.broken.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(copy);
        })?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A hash in small hexadecimal digits.
pub(crate) fn digits(hash: &[u8]) -> String {
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

/// For `map_err` on writing: a disk that is full is no damage of the table.
fn not_written(place: &Path, broken: &Broken) -> impl FnOnce(ParquetError) -> CaseError {
    let (place, broken) = (place.to_owned(), Arc::clone(broken));
    move |error| match broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(cause) => CaseError::io("write", &place)(cause),
        None => CaseError::parquet(&place)(error),
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

/// What is noted at the end of a table.
pub(crate) fn notes(path: &Path) -> Result<BTreeMap<String, String>, CaseError> {
    let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Skip);
    let metadata = reader.parse_and_finish(&open(path)?).map_err(CaseError::parquet(path))?;
    let notes = metadata.file_metadata().key_value_metadata().into_iter().flatten();
    Ok(notes.filter_map(|note| Some((note.key.clone(), note.value.clone()?))).collect())
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
