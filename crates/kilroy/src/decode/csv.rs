//! One CSV row per record: the `System` part in columns, the fields as JSON in one cell.

use kilroy_evtx::{RecordRef, ValueRef};

use super::Encode;
use super::number::push_number;
use super::row::{Row, When};
use crate::output::{csv_cell, csv_header};

/// The columns.
const COLUMNS: [&str; 25] = [
    "time",
    "record_id",
    "channel",
    "provider",
    "event_id",
    "computer",
    "level",
    "version",
    "task",
    "opcode",
    "qualifiers",
    "process_id",
    "thread_id",
    "keywords",
    "user_id",
    "activity_id",
    "related_activity_id",
    "provider_guid",
    "event_source_name",
    "time_created",
    "header_time",
    "header_record_id",
    "data",
    "rendering",
    "recovered",
];
/// Those behind them say where the record stands.
const PLACE: [&str; 2] = ["file", "offset"];

/// Writes the records of one file as rows of CSV.
#[derive(Debug)]
pub(crate) struct CsvRows {
    row: Row,
    file: Vec<u8>,
    /// An object before it becomes a cell.
    object: Vec<u8>,
}

impl CsvRows {
    /// The line of the column names.
    pub(crate) fn header() -> String {
        csv_header(&[&COLUMNS[..], &PLACE].concat())
    }

    /// For the file of this name.
    pub(crate) fn new(file: &str) -> Self {
        let mut cell = Vec::new();
        csv_cell(&mut cell, file);
        Self { row: Row::default(), file: cell, object: Vec::new() }
    }
}

impl Encode for CsvRows {
    fn record(&mut self, record: &RecordRef<'_>, out: &mut Vec<u8>) {
        let Self { row, file, object } = self;
        let system = &record.system;
        let time = row.text(system.time_created).to_owned();
        let when = When::of(&time);
        csv_cell(out, when.shown().unwrap_or_default());
        push_next(out, system.record_id);
        for text in [system.channel, system.provider] {
            out.push(b',');
            csv_cell(out, text);
        }
        push_next(out, Some(system.event_id));
        out.push(b',');
        csv_cell(out, system.computer);
        push_next(out, system.level);
        push_next(out, system.version);
        push_next(out, system.task);
        push_next(out, system.opcode);
        push_next(out, system.qualifiers);
        push_next(out, system.process_id);
        push_next(out, system.thread_id);
        for of in [
            system.keywords,
            system.user_id,
            system.activity_id,
            system.related_activity_id,
            system.provider_guid,
            system.event_source_name,
        ] {
            out.push(b',');
            csv_cell(out, row.text(of));
        }
        out.push(b',');
        csv_cell(out, when.logged().unwrap_or_default());
        out.push(b',');
        if when.shown().is_none() {
            csv_cell(out, &ValueRef::FileTime(record.header_time_filetime).to_text());
        }
        push_next(out, system.record_id.is_none().then_some(record.header_record_id));

        out.push(b',');
        object.clear();
        row.push_data(record, object);
        push_object(out, object);
        out.push(b',');
        object.clear();
        row.push_rendering(record, b"", object);
        if !object.is_empty() {
            push_object(out, object);
        }
        out.extend_from_slice(if record.recovered { b",true," } else { b",," });
        out.extend_from_slice(file);
        push_next(out, Some(record.offset));
        out.extend_from_slice(b"\r\n");
    }
}

fn push_next(out: &mut Vec<u8>, number: Option<impl Into<u64>>) {
    out.push(b',');
    if let Some(number) = number {
        push_number(out, number);
    }
}

/// An object begins with a brace, which is no formula, and has quotes in it unless it is empty.
fn push_object(out: &mut Vec<u8>, object: &[u8]) {
    out.push(b'"');
    for piece in object.split_inclusive(|byte| *byte == b'"') {
        out.extend_from_slice(piece);
        if piece.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}
