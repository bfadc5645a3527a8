//! How an event file is laid out. The same rows are the same bytes: everything here depends on the sequence of rows only.

use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use kilroy_model::event_schema;

use super::picks::Cut;
use crate::query::BLOOM;
use crate::table::{self, ROWS_PER_GROUP};

/// Where batches and row groups end. It decides the bytes: other values make other files of the same rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// What is handed to the Parquet writer at a time. Pages end where such a batch ends.
    pub(super) batch: Cut,
    /// A row group ends with the first batch that brings it there. It is in memory until then: events that are large and
    /// cannot be compressed must not fill it.
    pub(super) group: Cut,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            batch: Cut { rows: 2048, bytes: 2 << 20 },
            group: Cut { rows: ROWS_PER_GROUP, bytes: 16 << 20 },
        }
    }
}

/// What rows are sorted by.
const SORTED_BY: [&str; 4] = ["time", "channel", "record_id", "event_uid"];

/// Numbers that mostly rise by a little.
const RISING: [&str; 2] = ["time", "record_id"];

/// What is different in nearly every row: a dictionary would hold all of it, for nothing.
const VARIED: [&str; 5] = ["logon_id", "logon_guid", "activity_id", "process_guid", "fields.entries.value"];

/// How often a bloom filter may say that something could be there that is not. A filter with a tenth of them is a half larger.
const FALSE_ALARMS: f64 = 0.01;

pub(super) fn properties() -> Result<WriterPropertiesBuilder, ParquetError> {
    let mut properties = table::properties()?
        .set_max_row_group_row_count(None)
        .set_sorting_columns(Some(sorted_by()))
        // A row group has a page or two of each column: their bounds and places would say little more than its own, and
        // of millions of events they would be megabytes, in memory and at the end of the file.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for column in RISING {
        properties = properties
            .set_column_dictionary_enabled(path(column), false)
            .set_column_encoding(path(column), Encoding::DELTA_BINARY_PACKED);
    }
    for column in VARIED {
        properties = properties.set_column_dictionary_enabled(path(column), false);
    }
    for column in BLOOM {
        properties = properties
            .set_column_bloom_filter_max_ndv(path(column), ROWS_PER_GROUP as u64)
            .set_column_bloom_filter_fpp(path(column), FALSE_ALARMS);
    }
    Ok(properties)
}

fn path(column: &str) -> ColumnPath {
    ColumnPath::new(column.split('.').map(str::to_owned).collect())
}

/// For readers that know how to use it. All these columns stand before the nested ones, so that their places in the schema
/// are those in the file.
fn sorted_by() -> Vec<SortingColumn> {
    let schema = event_schema();
    SORTED_BY
        .iter()
        .filter_map(|name| i32::try_from(schema.index_of(name).ok()?).ok())
        .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: true })
        .collect()
}
