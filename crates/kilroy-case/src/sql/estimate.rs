//! How many rows a question will give, as far as the register tells: SQLite plans by that.
//!
//! Nothing is read but the register: events of each host and file, with their first and last time.

use kilroy_model::{Timestamp, host_key};

use super::plan::{Comparison, Condition, Value};
use super::time_text::first_from;
use crate::query::{Column, Kind};
use crate::register::{from_sql, time_from_sql};
use crate::{Case, CaseError};

/// What the register says of the event files.
pub(super) struct Estimates {
    files: Vec<File>,
}

struct File {
    host: String,
    events: f64,
    span: Option<(i64, i64)>,
}

impl Estimates {
    pub(super) fn new(case: &Case) -> Result<Self, CaseError> {
        let files = case.register_file().with(|db| {
            let mut files = db.prepare("SELECT host, events, first, last FROM event_files")?;
            files
                .query_map([], |row| {
                    let time = |text| time_from_sql(text).map(Timestamp::ticks);
                    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
                    let events = from_sql(row.get(1)?) as f64;
                    Ok(File { host: row.get(0)?, events, span: time(row.get(2)?).zip(time(row.get(3)?)) })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(Self { files })
    }

    /// Rows, and what it costs to get them.
    ///
    /// However few rows there are, to get them costs more than half of going through the table. SQLite could else look for
    /// the rows of each side of an `OR` in turn, which costs twice, and would put the table to the right of a join, which
    /// means a scan for each row on the left.
    pub(super) fn of(&self, conditions: &[Condition], columns: usize) -> (i64, f64) {
        let all: f64 = self.files.iter().map(|file| file.events).sum();
        let rows: f64 = self.files.iter().map(|file| file.rows(conditions)).sum();
        let share = if all > 0.0 { rows / all } else { 1.0 };
        #[allow(clippy::cast_precision_loss, reason = "an estimate")]
        let width = 1.0 + columns as f64 / 4.0;
        // Opening the files costs as much as some thousand rows of them.
        let cost = (all * width + 10_000.0) * (0.6 + 0.4 * share);
        #[allow(clippy::cast_possible_truncation, reason = "an estimate")]
        let rows = rows.ceil().max(1.0) as i64;
        (rows, cost)
    }
}

impl File {
    fn rows(&self, conditions: &[Condition]) -> f64 {
        let mut rows = self.events;
        let mut span = self.span;
        for condition in conditions {
            let Some(kind) = Column::all().nth(condition.term.column).map(Column::kind) else { continue };
            match (kind, condition.term.comparison, &condition.value) {
                (Kind::Host, Comparison::Equal, Some(Value::Text(host))) => {
                    rows *= if host_key(host) == self.host { 1.0 } else { 0.0 };
                }
                (Kind::Time, Comparison::Less | Comparison::LessOrEqual, Some(Value::Text(text))) => {
                    let end = first_from(text, false).unwrap_or(i64::MAX);
                    span = span.map(|(from, to)| (from, to.min(end)));
                }
                (Kind::Time, Comparison::Greater | Comparison::GreaterOrEqual, Some(Value::Text(text))) => {
                    let begin = first_from(text, false).unwrap_or(i64::MAX);
                    span = span.map(|(from, to)| (from.max(begin), to));
                }
                (_, Comparison::Equal | Comparison::Is, _) => rows /= 50.0,
                (_, Comparison::In, _) => rows /= 10.0,
                (_, Comparison::NotEqual | Comparison::IsNotNull, _) => {}
                _ => rows /= 4.0,
            }
        }
        if let (Some((first, last)), Some((from, to))) = (self.span, span) {
            #[allow(clippy::cast_precision_loss, reason = "an estimate")]
            let share =
                |ticks: i64| (ticks.max(0) as f64 + 1.0) / (last.saturating_sub(first).max(0) as f64 + 1.0);
            rows *= if from > to { 0.0 } else { share(to.saturating_sub(from)).min(1.0) };
        }
        rows
    }
}
