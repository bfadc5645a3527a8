//! About how much memory the rows of a batch take up.

use arrow_array::cast::AsArray;
use arrow_array::{Array, MapArray, RecordBatch, StringArray};

/// What a value takes up at the least, whatever its column: a number, or where a text ends.
const BYTES_PER_VALUE: usize = 8;

/// About what each row takes up in memory. Depends on its values only, not on how the batch came to be.
pub(crate) fn sizes(batch: &RecordBatch) -> Vec<usize> {
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
