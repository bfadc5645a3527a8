//! Records as rows of a table: columns with types for the `System` part, maps for the fields.

use std::borrow::Cow;
use std::collections::HashSet;
use std::mem;
use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::Result;
use arrow_array::builder::{
    BooleanBuilder, MapBuilder, MapFieldNames, StringBuilder, TimestampNanosecondBuilder, UInt8Builder,
    UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use kilroy_case::{ColumnHints, TableStream};
use kilroy_evtx::{Collect, FieldRef, RecordRef, Texts, ValueRef};
use kilroy_model::Timestamp;

use super::row::When;

/// Bytes of text in one batch. A part of a log has few megabytes; one that was made to unfold to more than a column can
/// hold becomes several batches.
const BATCH_BYTES: usize = 16 << 20;

const ZONE: &str = "UTC";

/// How the columns are best kept.
const HINTS: ColumnHints<'_> = ColumnHints {
    rising: &["time", "record_id", "header_time", "header_record_id", "offset"],
    varied: &["activity_id", "time_created", "data.entries.value"],
};

/// The one Parquet file that all records go to.
#[derive(Debug)]
pub(crate) struct Table(TableStream);

impl Table {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(TableStream::new(Columns::default().schema(), HINTS)?))
    }

    /// Takes rows. Gives the bytes that are ready.
    pub(crate) fn write(&mut self, rows: Rows) -> Result<Vec<u8>> {
        let mut ready = Vec::new();
        for batch in rows.0 {
            ready.append(&mut self.0.write(&batch?)?);
        }
        Ok(ready)
    }

    /// Gives the last bytes.
    pub(crate) fn finish(self) -> Result<Vec<u8>> {
        Ok(self.0.finish()?)
    }
}

/// The records of a part of a file as rows. An error is a bug.
#[derive(Debug)]
pub(crate) struct Rows(Vec<Result<RecordBatch, ArrowError>>);

/// Makes rows of the records of one file.
#[derive(Debug)]
pub(crate) struct TableRows {
    file: String,
    texts: Texts,
    columns: Columns,
    /// Bytes of text in the columns.
    bytes: usize,
    full: Vec<Result<RecordBatch, ArrowError>>,
}

impl TableRows {
    /// For the file of this name.
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            texts: Texts::default(),
            columns: Columns::default(),
            bytes: 0,
            full: Vec::new(),
        }
    }

    fn end_batch(&mut self) {
        self.bytes = 0;
        self.full.push(self.columns.finish());
    }
}

impl Collect for TableRows {
    type Output = Rows;

    fn record(&mut self, record: &RecordRef<'_>) -> ControlFlow<()> {
        match self.columns.append(record, &self.file, &mut self.texts) {
            Ok(bytes) => self.bytes += bytes,
            Err(error) => {
                self.full.push(Err(error));
                return ControlFlow::Break(());
            }
        }
        if self.bytes >= BATCH_BYTES {
            self.end_batch();
        }
        ControlFlow::Continue(())
    }

    fn finish(&mut self) -> Rows {
        self.end_batch();
        Rows(mem::take(&mut self.full))
    }
}

/// Declares each column once, in the order of the table: name, builder, whether every row has a value.
macro_rules! columns {
    ($($name:ident: $builder:ty = $new:expr, $kind:ident;)+) => {
        /// Rows in the making.
        #[derive(Debug)]
        struct Columns {
            $($name: $builder,)+
        }

        impl Default for Columns {
            fn default() -> Self {
                Self { $($name: $new,)+ }
            }
        }

        impl Columns {
            /// What was added since the last time.
            fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
                let arrays: Vec<ArrayRef> = vec![$(Arc::new(self.$name.finish()),)+];
                let names = [$((stringify!($name), columns!(@$kind)),)+];
                let fields = names.into_iter().zip(&arrays).map(|((name, optional), array)| {
                    Field::new(name, array.data_type().clone(), optional)
                });
                RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), arrays)
            }
        }
    };
    (@always) => { false };
    (@maybe) => { true };
}

type Maps = MapBuilder<StringBuilder, StringBuilder>;

fn maps() -> Maps {
    // The names that the event table has.
    let names = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new())
}

fn times() -> TimestampNanosecondBuilder {
    let utc = DataType::Timestamp(TimeUnit::Nanosecond, Some(ZONE.into()));
    TimestampNanosecondBuilder::new().with_data_type(utc)
}

columns! {
    time: TimestampNanosecondBuilder = times(), maybe;
    record_id: UInt64Builder = UInt64Builder::new(), maybe;
    channel: StringBuilder = StringBuilder::new(), always;
    provider: StringBuilder = StringBuilder::new(), always;
    event_id: UInt32Builder = UInt32Builder::new(), always;
    computer: StringBuilder = StringBuilder::new(), always;
    level: UInt8Builder = UInt8Builder::new(), maybe;
    version: UInt8Builder = UInt8Builder::new(), maybe;
    task: UInt16Builder = UInt16Builder::new(), maybe;
    opcode: UInt8Builder = UInt8Builder::new(), maybe;
    qualifiers: UInt16Builder = UInt16Builder::new(), maybe;
    process_id: UInt32Builder = UInt32Builder::new(), maybe;
    thread_id: UInt32Builder = UInt32Builder::new(), maybe;
    keywords: StringBuilder = StringBuilder::new(), maybe;
    user_id: StringBuilder = StringBuilder::new(), maybe;
    activity_id: StringBuilder = StringBuilder::new(), maybe;
    related_activity_id: StringBuilder = StringBuilder::new(), maybe;
    provider_guid: StringBuilder = StringBuilder::new(), maybe;
    event_source_name: StringBuilder = StringBuilder::new(), maybe;
    time_created: StringBuilder = StringBuilder::new(), maybe;
    header_time: TimestampNanosecondBuilder = times(), maybe;
    header_record_id: UInt64Builder = UInt64Builder::new(), maybe;
    data: Maps = maps(), always;
    rendering: Maps = maps(), maybe;
    recovered: BooleanBuilder = BooleanBuilder::new(), always;
    file: StringBuilder = StringBuilder::new(), always;
    offset: UInt64Builder = UInt64Builder::new(), always;
}

impl Columns {
    fn schema(&mut self) -> SchemaRef {
        // Without rows nothing can fail.
        self.finish().map_or_else(|_| Arc::new(Schema::empty()), |none| none.schema())
    }

    /// Adds a record. About how many bytes of text it has.
    fn append(&mut self, record: &RecordRef<'_>, file: &str, texts: &mut Texts) -> Result<usize, ArrowError> {
        let system = &record.system;
        let moment = Moment::of(system.time_created, texts);
        self.time.append_option(moment.nanos);
        self.record_id.append_option(system.record_id);
        self.channel.append_value(system.channel);
        self.provider.append_value(system.provider);
        self.event_id.append_value(system.event_id);
        self.computer.append_value(system.computer);
        self.level.append_option(system.level);
        self.version.append_option(system.version);
        self.task.append_option(system.task);
        self.opcode.append_option(system.opcode);
        self.qualifiers.append_option(system.qualifiers);
        self.process_id.append_option(system.process_id);
        self.thread_id.append_option(system.thread_id);
        for (column, value) in [
            (&mut self.keywords, system.keywords),
            (&mut self.user_id, system.user_id),
            (&mut self.activity_id, system.activity_id),
            (&mut self.related_activity_id, system.related_activity_id),
            (&mut self.provider_guid, system.provider_guid),
            (&mut self.event_source_name, system.event_source_name),
        ] {
            column.append_option(value.map(|value| text(value, texts)).filter(|text| !text.is_empty()));
        }
        self.time_created.append_option(moment.logged);
        // The next best where the event itself does not say.
        let timeless = moment.nanos.is_none();
        self.header_time.append_option(nanos(record.header_time_filetime).filter(|_| timeless));
        let numberless = system.record_id.is_none();
        self.header_record_id.append_option(numberless.then_some(record.header_record_id));
        self.recovered.append_value(record.recovered);
        self.file.append_value(file);
        self.offset.append_value(record.offset);

        let data = append_fields(&mut self.data, record.fields(), texts);
        self.data.append(true)?;
        let rendering = append_fields(&mut self.rendering, record.rendering(), texts);
        self.rendering.append(rendering > 0)?;
        Ok(data + rendering + system.channel.len() + system.provider.len() + system.computer.len())
    }
}

/// Adds names and texts. How many bytes they are: 0 only if there are none.
fn append_fields<'f>(
    maps: &mut Maps,
    fields: impl Iterator<Item = FieldRef<'f>>,
    texts: &mut Texts,
) -> usize {
    let mut bytes = 0;
    let mut numbered = HashSet::new();
    for field in fields {
        let text = text(field.value, texts);
        maps.keys().append_value(unique(field.name, &mut numbered));
        maps.values().append_value(text);
        // A field takes up something even if there is nothing in it.
        bytes += field.name.len() + text.len() + 8;
    }
    bytes
}

/// The name, or another one if this record has it already: programs refuse a whole map in which a name stands twice.
///
/// Only names with numbers can: those that repeat got them (`Data[1]`), and another field may be called just that.
fn unique<'f>(name: &'f str, numbered: &mut HashSet<Cow<'f, str>>) -> Cow<'f, str> {
    let name = Cow::Borrowed(name);
    if !name.ends_with(']') || numbered.insert(name.clone()) {
        return name;
    }
    let others = (2_u64..).map(|number| Cow::Owned(format!("{name}[{number}]")));
    let mut free = others.skip_while(|other| numbered.contains(other));
    let other = free.next().unwrap_or_default();
    numbered.insert(other.clone());
    other
}

/// The value as text.
fn text<'t>(value: ValueRef<'t>, texts: &'t mut Texts) -> &'t str {
    if let ValueRef::Text(text) = value {
        return text;
    }
    texts.clear();
    texts.push(&value);
    texts.view().all()
}

fn nanos(filetime: u64) -> Option<i64> {
    Timestamp::from_filetime(filetime).and_then(Timestamp::nanos)
}

/// When the record was logged.
#[derive(Debug, PartialEq, Eq)]
struct Moment {
    /// As the column has it, if it can.
    nanos: Option<i64>,
    /// What is logged, if the column does not say all of it.
    logged: Option<String>,
}

impl Moment {
    fn of(value: Option<ValueRef<'_>>, texts: &mut Texts) -> Self {
        // Nearly always.
        if let Some(ValueRef::FileTime(ticks)) = value
            && let Some(nanos) = nanos(ticks)
        {
            return Self { nanos: Some(nanos), logged: None };
        }
        let when = When::of(text(value.unwrap_or(ValueRef::Empty), texts));
        let nanos = when.shown().and_then(|time| time.parse().ok()).and_then(Timestamp::nanos);
        let logged = when.logged().or(when.shown().filter(|_| nanos.is_none()));
        Self { nanos, logged: logged.map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::CsvRows;

    #[test]
    fn the_columns_are_those_of_csv() {
        let schema = Columns::default().schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(format!("{}\r\n", names.join(",")), CsvRows::header());
    }

    #[test]
    fn what_is_said_of_columns_is_said_of_some() {
        let schema = Columns::default().schema();
        for hint in HINTS.rising.iter().chain(HINTS.varied) {
            let column = hint.split('.').next().unwrap();
            assert!(schema.column_with_name(column).is_some(), "{hint}");
        }
    }

    #[test]
    fn a_time_that_no_column_can_hold_stays_as_logged() {
        let second = 1_715_677_201_i64 * 1_000_000_000;
        for (text, nanos, logged) in [
            ("2024-05-14T09:00:01.1234567Z", Some(second + 123_456_700), None),
            (
                "2024-05-14T09:00:01.123456789Z",
                Some(second + 123_456_700),
                Some("2024-05-14T09:00:01.123456789Z"),
            ),
            ("2024-05-14T11:00:01+02:00", Some(second), Some("2024-05-14T11:00:01+02:00")),
            ("1601-01-01T00:00:00.0000000Z", None, Some("1601-01-01T00:00:00.0000000Z")),
            ("2024-99-99T09:00:01.1234567Z", None, Some("2024-99-99T09:00:01.1234567Z")),
            ("5/14/2024", None, Some("5/14/2024")),
            ("", None, None),
        ] {
            let moment = Moment::of(Some(ValueRef::Text(text)), &mut Texts::default());
            assert_eq!(moment, Moment { nanos, logged: logged.map(str::to_owned) }, "{text}");
        }
        let zero = Moment::of(Some(ValueRef::FileTime(0)), &mut Texts::default());
        assert_eq!(zero.logged.as_deref(), Some("1601-01-01T00:00:00.0000000Z"));
        let known = Moment::of(Some(ValueRef::FileTime(133_601_508_011_234_567)), &mut Texts::default());
        assert_eq!(known, Moment { nanos: Some(second + 123_456_700), logged: None });
    }

    #[test]
    fn a_name_stands_once_in_a_map() {
        let mut numbered = HashSet::new();
        let names = ["Data[1]", "Data[2]", "x", "Data[1]", "Data[1][2]", "Data[2]", "Data[3]"];
        let unique: Vec<_> = names.into_iter().map(|name| unique(name, &mut numbered)).collect();
        assert_eq!(
            unique,
            ["Data[1]", "Data[2]", "x", "Data[1][2]", "Data[1][2][2]", "Data[2][2]", "Data[3]"]
        );
    }

    #[test]
    fn more_than_a_batch_becomes_several() {
        let long = "x".repeat(BATCH_BYTES / 3);
        let record = kilroy_evtx::Record {
            system: kilroy_evtx::System::default(),
            data: vec![("Text".to_owned(), long)],
            rendering: Vec::new(),
            offset: 0,
            header_time_filetime: 0,
            header_record_id: 0,
            recovered: false,
        };
        let mut rows = TableRows::new("a.evtx");
        for _ in 0..7 {
            assert!(rows.record(&RecordRef::from(&record)).is_continue());
        }
        let sizes: Vec<usize> = rows.finish().0.into_iter().map(|batch| batch.unwrap().num_rows()).collect();
        assert_eq!(sizes, [3, 3, 1]);
    }
}
