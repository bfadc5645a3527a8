use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::{MapBuilder, StringBuilder};
use arrow_array::{Array, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::*;

const HINTS: ColumnHints<'_> =
    ColumnHints { rising: &["number"], varied: &["fields.entries.values", "no such column"] };

const SMALL: Limits = Limits { batch_rows: 7, batch_bytes: 2_000, group_rows: 20, group_bytes: 4_000 };

/// Rows with numbers, texts of very different lengths and maps, some of them empty.
fn rows(numbers: std::ops::Range<u64>) -> RecordBatch {
    let mut texts = StringBuilder::new();
    let mut fields = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for number in numbers.clone() {
        texts.append_option((number % 3 > 0).then(|| format!("{number:x}")));
        for field in 0..number % 4 {
            fields.keys().append_value(format!("field {field}"));
            fields.values().append_value(format!("{number} ").repeat(if number % 11 == 0 { 500 } else { 1 }));
        }
        fields.append(true).unwrap();
    }
    let fields = fields.finish();
    let schema = Schema::new(vec![
        Field::new("number", DataType::UInt64, false),
        Field::new("text", DataType::Utf8, true),
        Field::new("fields", fields.data_type().clone(), false),
    ]);
    let numbers = UInt64Array::from_iter_values(numbers);
    RecordBatch::try_new(
        Arc::new(schema),
        vec![Arc::new(numbers), Arc::new(texts.finish()), Arc::new(fields)],
    )
    .unwrap()
}

fn table(batches: &[RecordBatch]) -> Vec<u8> {
    table_with(SMALL, batches)
}

fn table_with(limits: Limits, batches: &[RecordBatch]) -> Vec<u8> {
    let mut stream = TableStream::with(rows(0..0).schema(), HINTS, limits).unwrap();
    let mut bytes = Vec::new();
    for batch in batches {
        bytes.extend(stream.write(batch).unwrap());
    }
    bytes.extend(stream.finish().unwrap());
    bytes
}

fn file(table: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(table).unwrap();
    file
}

fn read(table: &[u8]) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file(table)).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

#[test]
fn the_bytes_depend_on_the_rows_only() {
    let whole = table(&[rows(0..100)]);
    for cuts in [&[1][..], &[7, 14], &[50, 51, 51, 99], &[3, 20, 70]] {
        let ends = cuts.iter().copied().chain([100]);
        let begins = [0].into_iter().chain(cuts.iter().copied());
        let batches: Vec<_> = begins.zip(ends).map(|(begin, end)| rows(begin..end)).collect();
        assert!(table(&batches) == whole, "{cuts:?}");
    }
    // Parts of a larger batch are the same rows as well.
    let all = rows(0..200);
    assert!(table(&[all.slice(0, 30), all.slice(30, 70)]) == whole);
    assert_eq!(read(&whole).columns(), rows(0..100).columns());
}

#[test]
fn row_groups_are_bounded_by_rows_and_by_size() {
    let groups = |limits: Limits| -> Vec<i64> {
        let table = table_with(limits, &[rows(0..100)]);
        let reader = SerializedFileReader::new(file(&table)).unwrap();
        let groups: Vec<i64> =
            reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
        assert_eq!(groups.iter().sum::<i64>(), 100);
        groups
    };
    let many = usize::MAX;
    assert_eq!(
        groups(Limits { batch_rows: many, batch_bytes: many, group_rows: many, group_bytes: many }),
        [100]
    );
    assert_eq!(
        groups(Limits { batch_rows: 7, batch_bytes: many, group_rows: 20, group_bytes: many }),
        [21, 21, 21, 21, 16]
    );
    // A batch that is large ends a group that is large by then.
    let by_size = groups(Limits { batch_rows: many, batch_bytes: 2_000, group_rows: many, group_bytes: 500 });
    assert!(by_size.len() > 3, "{by_size:?}");
}

#[test]
fn no_rows_are_a_table() {
    for batches in [&[][..], &[rows(0..0)]] {
        let table = read(&table(batches));
        assert_eq!((table.num_rows(), table.num_columns()), (0, 3));
    }
}
