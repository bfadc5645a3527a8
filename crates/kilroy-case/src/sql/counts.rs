//! `event_counts('user, day', 'event_id:4624')`: counted in the scan, on all cores.
//!
//! SQLite counts row by row, and sorts all rows to group them. Here each text of a dictionary is looked at once.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rusqlite::Result;
use rusqlite::types::Null;
use rusqlite::vtab::{Context, Filters, IndexInfo};

use super::ahead::count;
use super::bridge::{Cursor, Table, wrong};
use super::plan::{Comparison, Plan, Value as Given, conditions};
use crate::Case;
use crate::query::{Column, Filter, Key, Value};

/// By how many values can be counted at a time.
const MOST: usize = 4;

/// The columns: the values, the count, and what was asked for.
const COUNT: usize = MOST;
const BY: usize = MOST + 1;
const FILTER: usize = MOST + 2;

pub(super) struct Counts {
    pub(super) case: Arc<Case>,
    pub(super) interrupted: Arc<AtomicBool>,
    pub(super) threads: usize,
}

/// What a value is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Whole,
    /// So many letters of a time.
    Start(usize),
}

impl Table for Counts {
    type Cursor = Rows;

    fn declaration(&self) -> String {
        "CREATE TABLE x (value1, value2, value3, value4, events INTEGER, \"by\" TEXT HIDDEN, filter TEXT HIDDEN)".to_owned()
    }

    fn plan(&self, asked: &mut IndexInfo) -> Result<()> {
        let mut plan = Plan::default();
        for condition in conditions(asked)? {
            if condition.term.column >= BY && condition.term.comparison == Comparison::Equal {
                plan.take(asked, &condition, true)?;
            }
        }
        asked.set_idx_str(&plan.to_string());
        asked.set_estimated_rows(1000);
        asked.set_estimated_cost(1_000_000.0);
        Ok(())
    }

    fn open(self: &Arc<Self>) -> Rows {
        Rows { table: Arc::clone(self), asked: [None, None], shown: Vec::new(), found: Vec::new(), row: 0 }
    }
}

pub(super) struct Rows {
    table: Arc<Counts>,
    asked: [Option<String>; 2],
    shown: Vec<Shown>,
    found: Vec<(Vec<Option<Value>>, u64)>,
    row: usize,
}

impl Cursor for Rows {
    fn filter(&mut self, plan: &str, values: &Filters<'_>) -> Result<()> {
        let plan: Plan = plan.parse()?;
        self.asked = [None, None];
        for (term, values) in plan.with_values(values)? {
            let Some(Given::Text(text)) = values.into_iter().next() else { return Err(wrong(USAGE)) };
            self.asked[usize::from(term.column == FILTER)] = Some(text);
        }
        let [by, filter] = &self.asked;
        let (keys, shown) = keys(by.as_deref().ok_or_else(|| wrong(USAGE))?)?;
        let filter = Filter::parse(filter.as_deref().unwrap_or_default()).map_err(wrong)?;
        self.shown = shown;
        let Counts { case, interrupted, threads } = &*self.table;
        self.found = count(case, filter, keys, *threads, interrupted)?.into_iter().collect();
        self.row = 0;
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        self.row += 1;
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.row >= self.found.len()
    }

    fn column(&self, to: &mut Context, column: usize) -> Result<()> {
        let Some((values, count)) = self.found.get(self.row) else { return to.set_result(Null) };
        match column {
            COUNT => to.set_result(i64::try_from(*count).unwrap_or(i64::MAX)),
            BY => to.set_result(self.asked[0].as_deref()),
            FILTER => to.set_result(self.asked[1].as_deref()),
            _ => match (values.get(column), self.shown.get(column)) {
                (Some(Some(value)), Some(Shown::Start(letters))) => {
                    to.set_result(value.to_string().get(..*letters).unwrap_or_default())
                }
                (Some(Some(Value::Number(number))), _) => to.set_result(number.cast_signed()),
                (Some(Some(Value::Flag(flag))), _) => to.set_result(i64::from(*flag)),
                (Some(Some(value)), _) => to.set_result(value.to_string()),
                _ => to.set_result(Null),
            },
        }
    }

    fn row_id(&self) -> Result<i64> {
        i64::try_from(self.row).map_err(wrong)
    }
}

const USAGE: &str = "event_counts('user, day', 'event_id:4624'): first up to 4 of columns, day and hour, then a filter, if any";

fn keys(by: &str) -> Result<(Vec<Key>, Vec<Shown>)> {
    let names: Vec<&str> = by.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() || names.len() > MOST {
        return Err(wrong(USAGE));
    }
    let key = |name: &&str| match name.to_lowercase().as_str() {
        "day" => Ok((Key::DAY, Shown::Start("2024-05-14".len()))),
        "hour" => Ok((Key::HOUR, Shown::Start("2024-05-14T09".len()))),
        "fields" => Err(wrong("event_counts: all fields of an event together are no value to count by")),
        _ => match Column::named(name) {
            Some(column) => Ok((Key::Column(column), Shown::Whole)),
            None => Err(wrong(format!("event_counts: there is no column {name}; {USAGE}"))),
        },
    };
    Ok(names.iter().map(key).collect::<Result<Vec<_>>>()?.into_iter().unzip())
}
