//! Events one after the other, as other tools take them.

use anyhow::Result;
use arrow_array::RecordBatch;
use kilroy_case::query::{Column, Value};
use kilroy_case::{ColumnHints, TableStream};
use kilroy_catalog::Language;
use kilroy_model::event_schema;

use super::brief::{Brief, title};
use super::rows::{EventRow, csv_row, events};
use crate::args::TimelineFormat;
use crate::output::csv_cell;

/// Turns batches of events into bytes.
pub(crate) struct Timeline {
    form: Form,
    columns: Vec<Column>,
    language: Language,
}

enum Form {
    Csv,
    Jsonl,
    Timesketch,
    Parquet(Box<TableStream>),
}

/// What Timesketch wants of every event, in front of all else.
const TIMESKETCH: [&str; 3] = ["message", "datetime", "timestamp_desc"];

impl Timeline {
    pub(crate) fn new(format: TimelineFormat, language: Language) -> Result<Self> {
        let form = match format {
            TimelineFormat::Csv => Form::Csv,
            TimelineFormat::Jsonl => Form::Jsonl,
            TimelineFormat::Timesketch => Form::Timesketch,
            TimelineFormat::Parquet => {
                let hints = ColumnHints {
                    rising: &["time", "record_id"],
                    varied: &["event_uid", "logon_id", "logon_guid", "activity_id", "fields.entries.value"],
                };
                Form::Parquet(Box::new(TableStream::new(event_schema(), hints)?))
            }
        };
        Ok(Self { form, columns: Column::all().collect(), language })
    }

    /// The columns that it wants.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What comes before all events.
    pub(crate) fn head(&self) -> Vec<u8> {
        let names: Vec<&str> = match self.form {
            Form::Csv => self.columns.iter().map(|column| column.name()).collect(),
            Form::Timesketch => TIMESKETCH.into_iter().chain(self.rest().map(Column::name)).collect(),
            Form::Jsonl | Form::Parquet(_) => return Vec::new(),
        };
        let mut line = Vec::new();
        for (n, name) in names.iter().enumerate() {
            if n > 0 {
                line.push(b',');
            }
            csv_cell(&mut line, name);
        }
        line.extend_from_slice(b"\r\n");
        line
    }

    /// The columns behind those that Timesketch wants. It knows the time already.
    fn rest(&self) -> impl Iterator<Item = Column> + '_ {
        self.columns.iter().copied().filter(|column| column.name() != "time")
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<Vec<u8>> {
        let language = self.language;
        let rest: Vec<Column> = self.rest().collect();
        let mut out = Vec::new();
        match &mut self.form {
            Form::Parquet(table) => return Ok(table.write(batch)?),
            Form::Jsonl => {
                for row in events(batch, &self.columns, true) {
                    serde_json::to_writer(&mut out, &row)?;
                    out.push(b'\n');
                }
            }
            Form::Csv => {
                for row in events(batch, &self.columns, true) {
                    csv_row(&mut out, &row, &self.columns);
                }
            }
            Form::Timesketch => {
                for row in events(batch, &self.columns, true) {
                    // It refuses events without a time.
                    let Some(Value::Time(time)) = row.value("time") else { continue };
                    csv_cell(&mut out, &message(&row, language));
                    out.push(b',');
                    csv_cell(&mut out, &time.to_string());
                    out.push(b',');
                    csv_cell(&mut out, "Event Logged");
                    out.push(b',');
                    csv_row(&mut out, &row, &rest);
                }
            }
        }
        Ok(out)
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>> {
        match self.form {
            Form::Parquet(table) => Ok(table.finish()?),
            _ => Ok(Vec::new()),
        }
    }
}

/// `[4624] An account was successfully logged on: alice from 203.0.113.5 on srv01`.
fn message(row: &EventRow, language: Language) -> String {
    let id = row.value("event_id").map(ToString::to_string).unwrap_or_default();
    let who = match (language, Brief::user(row), Brief::from(row)) {
        (Language::English, Some(user), Some(from)) => format!(": {user} from {from}"),
        (Language::Korean, Some(user), Some(from)) => format!(": {user}, 원본 {from}"),
        (_, Some(one), None) | (_, None, Some(one)) => format!(": {one}"),
        (_, None, None) => String::new(),
    };
    let detail = Brief::detail(row, language);
    let detail = if detail.is_empty() { detail } else { format!(" ({detail})") };
    format!("[{id}] {}{who}{detail}", title(row, language))
}
