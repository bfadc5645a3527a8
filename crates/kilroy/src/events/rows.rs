//! Rows of the event table with the columns that were asked for.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use arrow_array::RecordBatch;
use kilroy_case::query::{Column, Value};
use kilroy_catalog::Language;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::brief::{Brief, title};
use crate::args::Format;
use crate::output::{Cell, Column as Shown, Printer, Table, Tone, csv_cell, millis};
use crate::settings::Output;
use crate::words::short_log;

/// One event, as far as columns of it were read.
#[derive(Debug, Clone)]
pub(crate) struct EventRow {
    columns: Vec<(Column, Option<Value>)>,
    /// What was not logged is left out.
    brief: bool,
}

impl EventRow {
    /// The value in a column.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.columns.iter().find(|(column, _)| column.name() == name).and_then(|(_, value)| value.as_ref())
    }

    /// The text in a column.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Every column with its value.
    pub(crate) fn values(&self) -> impl Iterator<Item = (Column, &Value)> {
        self.columns.iter().filter_map(|(column, value)| Some((*column, value.as_ref()?)))
    }

    fn shown(&self, column: Column) -> Option<String> {
        let value = self.value(column.name())?;
        Some(match value {
            Value::Fields(_) => serde_json::to_string(value).unwrap_or_default(),
            value => value.to_string(),
        })
    }
}

impl Serialize for EventRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, value) in &self.columns {
            if value.is_some() || !self.brief {
                map.serialize_entry(column.name(), value)?;
            }
        }
        map.end()
    }
}

/// The rows of a batch. `brief`: as JSON without what was not logged.
pub(crate) fn events(batch: &RecordBatch, columns: &[Column], brief: bool) -> Vec<EventRow> {
    let found: Vec<_> = columns.iter().map(|column| (*column, batch.column_by_name(column.name()))).collect();
    (0..batch.num_rows())
        .map(|row| {
            let value = |values: Option<&arrow_array::ArrayRef>| values.and_then(|v| Value::at(v, row));
            EventRow { columns: found.iter().map(|(c, values)| (*c, value(*values))).collect(), brief }
        })
        .collect()
}

/// The columns of these names; all of them for `all`. None if none was asked for.
pub(crate) fn columns_named(names: &[String]) -> Result<Option<Vec<Column>>> {
    let mut columns = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        if name.eq_ignore_ascii_case("all") {
            columns.extend(Column::all());
            continue;
        }
        let Some(column) = Column::named(name) else {
            let all: Vec<&str> = Column::all().map(Column::name).collect();
            bail!("there is no column {name:?}; columns are {}", all.join(", "));
        };
        columns.push(column);
    }
    let mut seen = BTreeSet::new();
    columns.retain(|column| seen.insert(*column));
    Ok((!columns.is_empty()).then_some(columns))
}

/// Prints rows. `columns`: those asked for, if any were.
pub(crate) fn print(
    printer: &mut Printer,
    rows: &[EventRow],
    columns: Option<&[Column]>,
    all: &[Column],
    output: Output,
) -> Result<()> {
    match output.format {
        Format::Table if rows.is_empty() => Ok(()),
        Format::Table => printer.table(&match columns {
            Some(columns) => plain(rows, columns),
            None => lines(rows, output.look.language),
        }),
        Format::Json | Format::Jsonl => printer.rows(rows, output.format),
        Format::Csv => {
            let mut line = Vec::new();
            for (n, column) in all.iter().enumerate() {
                if n > 0 {
                    line.push(b',');
                }
                csv_cell(&mut line, column.name());
            }
            line.extend_from_slice(b"\r\n");
            printer.text(&line)?;
            csv_lines(printer, rows, all)
        }
    }
}

/// Prints rows as lines of CSV, without the names of the columns.
pub(crate) fn csv_lines(printer: &mut Printer, rows: &[EventRow], columns: &[Column]) -> Result<()> {
    let mut lines = Vec::new();
    for row in rows {
        csv_row(&mut lines, row, columns);
    }
    printer.text(&lines)
}

/// Appends a row as a line of CSV.
pub(super) fn csv_row(line: &mut Vec<u8>, row: &EventRow, columns: &[Column]) {
    for (n, column) in columns.iter().enumerate() {
        if n > 0 {
            line.push(b',');
        }
        csv_cell(line, &row.shown(*column).unwrap_or_default());
    }
    line.extend_from_slice(b"\r\n");
}

/// Columns as they are.
fn plain(rows: &[EventRow], columns: &[Column]) -> Table {
    let shown = columns.iter().map(|column| Shown::new(column.name()).least(8)).collect();
    let mut table = Table::new(shown);
    for row in rows {
        table.row(columns.iter().map(|column| Cell::from(row.shown(*column))).collect());
    }
    table
}

/// What a person wants to see of an event.
fn lines(rows: &[EventRow], language: Language) -> Table {
    let heads: [&'static str; 8] = match language {
        Language::English => ["EVENT", "TIME (UTC)", "HOST", "LOG", "ID", "WHAT", "USER", "FROM · DETAIL"],
        Language::Korean => {
            ["이벤트", "시간(UTC)", "호스트", "로그", "ID", "내용", "사용자", "원본 · 세부 정보"]
        }
    };
    let [uid, time, host, log, id, what, user, detail] = heads.map(Shown::new);
    let mut table = Table::new(vec![
        uid,
        time,
        host.least(8).spare(2),
        log.least(8).spare(3),
        id.right(),
        what.least(16),
        user.least(8),
        detail.least(12).spare(1),
    ]);
    for row in rows {
        let when = match row.value("time") {
            Some(Value::Time(time)) => millis(*time),
            _ => String::new(),
        };
        let uid = row.text("event_uid").unwrap_or_default();
        let from = Brief::from(row).unwrap_or_default();
        let detail = Brief::detail(row, language);
        let joined = [from, detail.as_str()].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>();
        table.row(vec![
            Cell::new(uid.get(..8).unwrap_or(uid)).tone(Tone::Faint),
            Cell::new(when),
            Cell::from(row.text("host")),
            Cell::from(row.text("channel").map(short_log)).tone(Tone::Faint),
            Cell::from(row.value("event_id").map(ToString::to_string)),
            Cell::new(title(row, language)),
            Cell::from(Brief::user(row)),
            Cell::new(joined.join(" · ")),
        ]);
    }
    table
}
