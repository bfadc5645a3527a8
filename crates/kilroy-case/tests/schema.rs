//! The published schema is what is written: `docs/src/reference/schema.md` is made from the tables of a case, the texts
//! beside the schema of events and the doc comments of the session types.
//!
//! `KILROY_UPDATE_DOCS=1 cargo test -p kilroy-case --test schema` writes the page anew.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "schema/doc_comments.rs"]
mod doc_comments;
mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;

use arrow_schema::{DataType, Field, SchemaRef, TimeUnit};
use kilroy_case::Case;
use kilroy_model::{
    Account, Authentication, Event, EvidenceId, Network, Outcome, Process, SessionRefs, System, event_batch,
    event_column_texts,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{IntType, LogicalType, TimeUnit as ParquetUnit, TimestampType};
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::ColumnDescriptor;

use self::doc_comments::Docs;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/reference/schema.md");

#[test]
fn the_page_says_what_is_written() {
    let page = fs::read_to_string(PAGE).unwrap().replace("\r\n", "\n");
    let folder = tempfile::tempdir().unwrap();
    write_tables(folder.path());
    let mut wanted = page.clone();
    for (name, text) in tables(folder.path()) {
        let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
        let (before, rest) = wanted.split_once(&begin).unwrap_or_else(|| panic!("no place for {name}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no end for {name}"));
        wanted = format!("{before}{begin}\n{text}\n{end}{after}");
    }
    if std::env::var_os("KILROY_UPDATE_DOCS").is_some_and(|value| value == "1") {
        fs::write(PAGE, &wanted).unwrap();
    } else if page != wanted {
        let differ = page.lines().zip(wanted.lines()).find(|(is, should)| is != should);
        panic!(
            "docs/src/reference/schema.md is not of these tables: KILROY_UPDATE_DOCS=1 writes it.\n\
             It says, and should say: {differ:#?}"
        );
    }
}

/// A case with one event, and the other tables empty: the schema does not depend on rows.
fn write_tables(root: &Path) {
    let case = Case::create_or_open(root).unwrap();
    support::ingest(&case, EvidenceId(1), &[support::logon("SRV", 1, 0, "alice")]);
    case.write_access_sessions(&[]).unwrap();
    case.write_logon_sessions(&[]).unwrap();
    case.write_terminal_sessions(&[]).unwrap();
    case.write_boots(&[]).unwrap();
    case.write_log_coverage(&[]).unwrap();
    case.write_hops(&[]).unwrap();
    case.write_host_addresses(&[]).unwrap();
    case.write_findings(&[]).unwrap();
    case.write_repeats(&case).unwrap();
}

/// The text for each place of the page.
fn tables(root: &Path) -> Vec<(&'static str, String)> {
    let events = support::files(root).into_keys().find(|file| file.starts_with("events/")).unwrap();
    let docs = Docs::of_model();
    let of_type = |file: &str, name: &'static str| {
        let columns = columns(&root.join(file), &mut |path| docs.says(name, path));
        format!("{HEAD}{columns}")
    };
    vec![
        ("events", events_table(&root.join(events), &docs)),
        ("sessions", of_type("sessions.parquet", "AccessSession")),
        ("logon_sessions", of_type("logon_sessions.parquet", "LogonSession")),
        ("terminal_sessions", of_type("terminal_sessions.parquet", "TerminalSession")),
        ("boots", of_type("boots.parquet", "Boot")),
        ("coverage", of_type("coverage.parquet", "LogCoverage")),
        ("hops", of_type("hops.parquet", "Hop")),
        ("addresses", of_type("addresses.parquet", "HostAddress")),
        ("findings", of_type("findings.parquet", "Finding")),
        ("repeats", format!("{HEAD}{}", columns(&root.join("repeats.parquet"), &mut |path| repeats(path)))),
    ]
}

const HEAD: &str = "| column | Arrow | Parquet | null | what it says |\n|---|---|---|---|---|\n";

/// The table of hidden rows has no type in the model.
fn repeats(column: &str) -> String {
    match column {
        "host" => "Host, lower-cased, without blanks around it and a last dot.",
        "evidence_id" => "The evidence file: the name of the event file.",
        "first_row" => "First row of a run of rows that are not shown, counted from 0.",
        "rows" => "How many rows.",
        other => panic!("{other} has no text"),
    }
    .to_owned()
}

fn events_table(file: &Path, docs: &Docs) -> String {
    let open = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap();
    let order: Vec<String> = sorted_by(open.metadata(), open.schema());
    let always = always_there();
    let mut text = format!("Sorted by {}; null comes first.\n\n", order.join(", "));
    text.push_str("| column | Arrow | Parquet | null | ECS | what it says |\n|---|---|---|---|---|---|\n");
    for row in rows(open.schema(), open.metadata()) {
        let Row { path, arrow, parquet, .. } = &row;
        let inner = match path.as_str() {
            "fields{}.key" => Some("Name of the field."),
            "fields{}.value" => Some("Its value, as logged."),
            _ => None,
        };
        let known = event_column_texts().iter().find(|text| text.name == path);
        let (mut says, ecs) = match (inner, known) {
            (Some(says), _) => (says.to_owned(), None),
            (None, Some(text)) => (text.says.to_owned(), text.ecs),
            (None, None) => panic!("{path} has no text"),
        };
        if path == "time_basis" {
            says.push_str(&docs.values("TimeBasis"));
        }
        let null = if inner.is_some() { row.nullable } else { !always.contains(path.as_str()) };
        let ecs = ecs.map_or_else(String::new, |name| format!("`{name}`"));
        let _ = writeln!(text, "| `{path}` | {arrow} | {parquet} | {} | {ecs} | {says} |", may_be(null));
    }
    text
}

/// What rows are sorted by, as the file itself says.
fn sorted_by(metadata: &ParquetMetaData, schema: &SchemaRef) -> Vec<String> {
    let order = metadata.row_group(0).sorting_columns().unwrap();
    order
        .iter()
        .map(|column| {
            assert!(!column.descending && column.nulls_first);
            format!("`{}`", schema.field(usize::try_from(column.column_idx).unwrap()).name())
        })
        .collect()
}

/// The columns that even an event has of which nothing is known.
fn always_there() -> BTreeSet<String> {
    let full = support::logon("SRV", 1, 0, "alice");
    let bare = Event {
        time: None,
        origin: kilroy_model::Origin { version: None, level: None, ..full.origin.clone() },
        system: System::default(),
        action: None,
        account: Account::default(),
        subject: Account::default(),
        session: SessionRefs::default(),
        authentication: Authentication::default(),
        outcome: Outcome::default(),
        network: Network::default(),
        process: Process::default(),
        object_kind: None,
        object: None,
        old_value: None,
        new_value: None,
        fields: Vec::new(),
        ..full
    };
    let batch = event_batch(&[bare]).unwrap();
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    columns.filter(|(_, values)| values.null_count() == 0).map(|(field, _)| field.name().clone()).collect()
}

fn columns(file: &Path, says: &mut dyn FnMut(&str) -> String) -> String {
    let open = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap();
    let mut text = String::new();
    for Row { path, arrow, parquet, nullable } in rows(open.schema(), open.metadata()) {
        let _ = writeln!(text, "| `{path}` | {arrow} | {parquet} | {} | {} |", may_be(nullable), says(&path));
    }
    text
}

fn may_be(null: bool) -> &'static str {
    if null { "may be" } else { "never" }
}

/// A column, or a part of a nested one: `sources[].time`.
struct Row {
    path: String,
    arrow: String,
    parquet: String,
    nullable: bool,
}

/// What the file says of its columns, in both schemas: they have the same leaves in the same order.
fn rows(schema: &SchemaRef, metadata: &ParquetMetaData) -> Vec<Row> {
    let mut leaves = metadata.file_metadata().schema_descr().columns().iter();
    let mut rows = Vec::new();
    for field in schema.fields() {
        add(field, field.name(), &mut leaves, &mut rows);
    }
    assert!(leaves.next().is_none());
    rows
}

fn add<'l, L>(field: &Field, path: &str, leaves: &mut L, rows: &mut Vec<Row>)
where
    L: Iterator<Item = &'l std::sync::Arc<ColumnDescriptor>>,
{
    let (arrow, nullable) = (arrow_name(field.data_type()), field.is_nullable());
    let mut group = |parquet: &str| {
        rows.push(Row { path: path.to_owned(), arrow: arrow.clone(), parquet: parquet.to_owned(), nullable });
    };
    match field.data_type() {
        DataType::List(item) if item.data_type().is_nested() => {
            group("list");
            let DataType::Struct(inner) = item.data_type() else { panic!("{path} is a list of lists") };
            for field in inner {
                add(field, &format!("{path}[].{}", field.name()), leaves, rows);
            }
        }
        DataType::List(_) => group(&format!("list of {}", parquet_name(leaves.next().unwrap()))),
        DataType::Struct(inner) => {
            group("group");
            for field in inner {
                add(field, &format!("{path}.{}", field.name()), leaves, rows);
            }
        }
        DataType::Map(entries, _) => {
            group("map");
            let DataType::Struct(inner) = entries.data_type() else { panic!("{path} has no entries") };
            for field in inner {
                add(field, &format!("{path}{{}}.{}", field.name()), leaves, rows);
            }
        }
        _ => group(&parquet_name(leaves.next().unwrap())),
    }
}

fn arrow_name(kind: &DataType) -> String {
    match kind {
        DataType::Timestamp(TimeUnit::Nanosecond, Some(zone)) => format!("Timestamp(ns, {zone})"),
        DataType::List(item) => format!("List of {}", arrow_name(item.data_type())),
        DataType::Struct(_) => "Struct".to_owned(),
        DataType::Map(..) => "Map".to_owned(),
        DataType::Utf8
        | DataType::Boolean
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Int64 => kind.to_string(),
        other => panic!("{other} is new: what do other programs make of it?"),
    }
}

fn parquet_name(leaf: &ColumnDescriptor) -> String {
    let physical = leaf.physical_type();
    match leaf.logical_type_ref() {
        None => physical.to_string(),
        Some(LogicalType::String) => format!("{physical}, STRING"),
        Some(LogicalType::Integer(IntType { bit_width, is_signed: false })) => {
            format!("{physical}, UINT_{bit_width}")
        }
        Some(LogicalType::Timestamp(TimestampType {
            is_adjusted_to_u_t_c: true,
            unit: ParquetUnit::NANOS,
        })) => {
            format!("{physical}, TIMESTAMP(NANOS, UTC)")
        }
        Some(other) => panic!("{other:?} is new: what do other programs make of it?"),
    }
}
