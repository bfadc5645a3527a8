//! `kilroy decode --format parquet`: the same records as in the other formats, as a table.

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::{DataType, SchemaRef, TimeUnit};
use common::{Run, Workplace, shared};
use kilroy_evtx::{Body, EventSpec, Value as Logged, write};
use kilroy_model::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Map, Value, json};

/// 2024-05-14T00:00:00.0000001Z
const MIDNIGHT: u64 = 133_601_184_000_000_001;
const SECOND: u64 = 10_000_000;

fn event(record_id: u64, event_id: u32, text: &str) -> EventSpec {
    let field = |name: &str, value| (name.to_owned(), value);
    EventSpec {
        provider: "Example-Provider".to_owned(),
        event_id,
        record_id,
        time_filetime: MIDNIGHT + record_id * SECOND,
        channel: "Security".to_owned(),
        computer: "srv01.corp.example".to_owned(),
        body: Body::EventData(vec![
            field("Text", Logged::Str(text.to_owned())),
            field("Empty", Logged::Null),
            field("LogonId", Logged::HexU64(0x3e7)),
        ]),
        ..EventSpec::default()
    }
}

/// Large, small and damaged files; times that a column can and cannot hold.
fn logs() -> Workplace {
    let place = Workplace::new();
    let log = |events: Vec<EventSpec>| {
        let mut file = Vec::new();
        write(&mut file, &events).expect("a log can be written");
        file
    };
    let many =
        |count: u64, letter: &str| log((1..=count).map(|n| event(n, 4624, &letter.repeat(700))).collect());
    place.file("logs/a-large.evtx", &many(4000, "a"));
    for n in 0..5 {
        place.file(&format!("logs/small-{n}.evtx"), &many(100 + n, "홍"));
    }
    let mut damaged = many(300, "d");
    damaged[4096 + 65_536 + 512 + 40_000..][..3000].fill(0xff);
    place.file("logs/damaged.evtx", &damaged);
    let odd = vec![
        EventSpec { time_filetime: 0, ..event(1, 1, "\u{1b}[2J \"quoted\"\r\n\u{202e}") },
        EventSpec { body: Body::Empty, activity_id: Some(0x1234), ..event(2, 2, "") },
        // In the year 9000.
        EventSpec { time_filetime: 2_334_900_000_000_000_000, record_id: u64::MAX, ..event(3, 4634, "") },
    ];
    place.file("logs/odd.evtx", &log(odd));
    place
}

/// Decodes with these flags into a table and gives its place.
fn table(place: &Workplace, args: &[&str]) -> (std::path::PathBuf, Run) {
    let run = place.run(&[&["decode", "--format", "parquet", "-o", "out.parquet"], args].concat());
    assert_eq!(run.out, "");
    (place.path("out.parquet"), run)
}

fn batches(table: &Path) -> (SchemaRef, Vec<RecordBatch>) {
    let file = File::open(table).expect("a table is there");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a table");
    let schema = reader.schema().clone();
    (schema, reader.build().expect("a reader").map(|batch| batch.expect("rows")).collect())
}

/// The rows as JSON lines have them.
fn rows(table: &Path) -> Vec<Value> {
    let (_, batches) = batches(table);
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|row| object(batch, row))).collect()
}

fn object(batch: &RecordBatch, row: usize) -> Value {
    let mut object = Map::new();
    for (column, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let always = matches!(column.name().as_str(), "time" | "record_id");
        let value = value(array, row);
        if (value.is_null() && !always) || value == json!(false) {
            continue;
        }
        object.insert(column.name().clone(), value);
    }
    Value::Object(object)
}

fn value(array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
        DataType::Boolean => json!(array.as_boolean().value(row)),
        DataType::UInt8 => json!(array.as_primitive::<UInt8Type>().value(row)),
        DataType::UInt16 => json!(array.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt32 => json!(array.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt64 => json!(array.as_primitive::<UInt64Type>().value(row)),
        DataType::Timestamp(TimeUnit::Nanosecond, Some(zone)) if &**zone == "UTC" => {
            let nanos = array.as_primitive::<TimestampNanosecondType>().value(row);
            json!(Timestamp::from_nanos(nanos).to_string())
        }
        DataType::Map(..) => {
            let fields = array.as_map().value(row);
            let texts = |column: usize| -> StringArray { fields.column(column).as_string::<i32>().clone() };
            let (names, values) = (texts(0), texts(1));
            assert_eq!((names.null_count(), values.null_count()), (0, 0));
            let names = names.iter().flatten().map(str::to_owned);
            Value::Object(names.zip(values.iter().flatten().map(|value| json!(value))).collect())
        }
        other => panic!("no column has {other}"),
    }
}

/// What JSON lines say, in the table's words: of times that a column cannot hold.
fn in_a_table(line: &str) -> Value {
    let mut row: Value = serde_json::from_str(line).expect("a line is JSON");
    let fits = |time: &Value| time.as_str()?.parse::<Timestamp>().ok()?.nanos();
    let members = row.as_object_mut().expect("an object");
    if members.get("header_time").is_some_and(|time| fits(time).is_none()) {
        members.remove("header_time");
    }
    let time = members["time"].clone();
    if !time.is_null() && fits(&time).is_none() {
        members["time"] = Value::Null;
        members.entry("time_created").or_insert(time);
    }
    row
}

/// Compares a table with JSON lines, record for record. How many records.
fn compare(place: &Workplace, args: &[&str]) -> usize {
    let lines = place.run(&[&["decode"], args].concat());
    let (table, run) = table(place, args);
    assert_eq!((run.code, &run.err), (lines.code, &lines.err));
    let rows = rows(&table);
    assert_eq!(rows.len(), lines.out.lines().count());
    for (mut row, line) in rows.into_iter().zip(lines.out.lines()) {
        let expected = in_a_table(line);
        let members = row.as_object_mut().expect("an object");
        if expected["time"].is_null() && expected.get("header_time").is_none() {
            // JSON lines do not give the header's time where they can show the event's own.
            members.remove("header_time");
        }
        assert_eq!(row, expected);
        // The order of the fields counts, too.
        assert_eq!(row["data"].to_string(), expected["data"].to_string());
    }
    lines.out.lines().count()
}

#[test]
fn the_same_records_as_json_lines() {
    let place = logs();
    let records = compare(&place, &["logs"]);
    assert!(records > 4700, "{records}");
    assert_eq!(compare(&place, &["logs", "--filter", "event_id:4634,1..2"]), 3);
    assert_eq!(compare(&place, &["logs/small-1.evtx", "--carve"]), 101);
    assert!(compare(&place, &["logs", "--recover"]) >= records);
}

#[test]
fn the_same_records_of_real_logs() {
    let Some(evtx) = shared() else { return };
    let evtx = evtx.to_str().expect("a path that is text");
    let place = Workplace::new();
    assert!(compare(&place, &[evtx]) > 20_000);
    compare(&place, &[evtx, "--recover", "--filter", "channel:Security"]);
}

#[test]
fn the_same_bytes_with_any_number_of_threads() {
    let place = logs();
    let evtx = shared();
    let inputs = ["logs"].into_iter().chain(evtx.as_ref().and_then(|evtx| evtx.to_str()));
    for input in inputs {
        let run = |threads: &str| {
            let (table, run) = table(&place, &[input, "--threads", threads]);
            assert_eq!(run.code, 1);
            fs::read(table).expect("a table can be read")
        };
        let one = run("1");
        assert!(one.starts_with(b"PAR1") && one.ends_with(b"PAR1"));
        assert!(one == run("3"), "{input}");
    }
}

#[test]
fn columns_have_types() {
    let place = logs();
    let (table, _) = table(&place, &["logs"]);
    let (schema, batches) = batches(&table);
    let columns: Vec<String> = schema
        .fields()
        .iter()
        .map(|f| {
            let null = if f.is_nullable() { "" } else { " not null" };
            format!("{}: {}{null}", f.name(), f.data_type())
        })
        .collect();
    insta::assert_snapshot!("parquet_columns", columns.join("\n"));
    let reader = SerializedFileReader::new(File::open(&table).expect("a table")).expect("a table");
    let groups: Vec<i64> = reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(groups.iter().sum::<i64>(), i64::try_from(rows).expect("few"));
    assert!(groups.iter().all(|rows| *rows <= 34_816), "{groups:?}");
}

#[test]
fn nothing_is_a_table_as_well() {
    let place = logs();
    let (some, _) = table(&place, &["logs/small-1.evtx"]);
    let columns = batches(&some).0;
    let (none, run) = table(&place, &["logs/small-1.evtx", "--filter", "event_id:7"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let (schema, batches) = batches(&none);
    assert_eq!(schema, columns);
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
}

#[test]
fn through_a_pipe() {
    let place = logs();
    let (file, _) = table(&place, &["logs"]);
    let output =
        place.command(&["decode", "logs", "--format", "parquet"]).output().expect("the program starts");
    assert!(output.stdout == fs::read(file).expect("a table can be read"));
    assert_eq!(output.status.code(), Some(1));

    let mut child = place
        .command(&["decode", "logs", "--format", "parquet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "whoever has read enough may go");
}

#[test]
fn no_table_of_counts_and_none_over_evidence() {
    let place = logs();
    let run = place.run(&["decode", "logs", "--count", "--format", "parquet"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("--count has no Parquet"), "{}", run.err);
    let run = place.run(&["decode", "logs", "--format", "parquet", "-o", "logs/odd.evtx"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("evidence"), "{}", run.err);
    assert!(!place.path("logs/odd.evtx.partial").exists());
}
