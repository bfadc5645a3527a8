//! The table `events`: every column of the schema, and what narrows it down taken to the scan.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kilroy_model::event_schema;
use rusqlite::Result;
use rusqlite::vtab::{Context, Filters, IndexInfo};

use super::ahead::{Ahead, count};
use super::bridge::{Cursor, Table, wrong};
use super::cells::{Cells, declared};
use super::condition::{expr, is_exact};
use super::estimate::Estimates;
use super::groups::{self, Groups};
use super::plan::{Comparison, Plan, Value, conditions};
use super::time_text::TimeText;
use crate::Case;
use crate::query::{Column, Filter, Key};

/// The column behind the others: a filter as other commands have it, `FROM events('user:adm* ip:10.0.0.0/8')`.
pub(super) const FILTER: &str = "filter";

pub(super) struct Events {
    pub(super) case: Arc<Case>,
    pub(super) interrupted: Arc<AtomicBool>,
    /// How many may count.
    pub(super) threads: usize,
    pub(super) estimates: Estimates,
}

impl Events {
    /// The number of the column [`FILTER`].
    fn filter_column() -> usize {
        event_schema().fields().len()
    }
}

impl Table for Events {
    type Cursor = Rows;

    fn declaration(&self) -> String {
        let schema = event_schema();
        let columns = schema
            .fields()
            .iter()
            .map(|field| format!("\"{}\" {}, ", field.name(), declared(field.data_type())));
        format!("CREATE TABLE x ({}\"{FILTER}\" TEXT HIDDEN)", columns.collect::<String>())
    }

    fn plan(&self, asked: &mut IndexInfo) -> Result<()> {
        let columns = Self::filter_column();
        let mut plan = Plan::of(asked, columns);
        let conditions = conditions(asked)?;
        for condition in &conditions {
            if condition.term.column < columns {
                plan.take(asked, condition, is_exact(condition))?;
            } else if condition.term.comparison == Comparison::Equal {
                plan.take(asked, condition, true)?;
            }
        }
        groups::plan(asked, &mut plan);
        asked.set_idx_str(&plan.to_string());
        let (rows, cost) = self.estimates.of(&conditions, plan.used.len());
        asked.set_estimated_rows(rows);
        asked.set_estimated_cost(cost);
        Ok(())
    }

    fn open(self: &Arc<Self>) -> Rows {
        Rows {
            table: Arc::clone(self),
            filter: Filter::default(),
            used: Vec::new(),
            typed: None,
            ahead: None,
            groups: None,
            batch: Batch::default(),
            row: 0,
            taken: 0,
            times: TimeText::default(),
            uids: RefCell::default(),
        }
    }
}

/// Rows of events.
pub(super) struct Rows {
    table: Arc<Events>,
    filter: Filter,
    used: Vec<Column>,
    /// What was given as a filter.
    typed: Option<String>,
    ahead: Option<Ahead>,
    /// Rows that come in groups, instead of batches.
    groups: Option<Groups>,
    batch: Batch,
    row: usize,
    /// Rows of the batches before this one.
    taken: u64,
    times: TimeText,
    uids: RefCell<Option<Uids>>,
}

/// The columns of a batch by their number, and how many rows it has.
#[derive(Default)]
struct Batch {
    cells: Vec<Option<Cells>>,
    rows: usize,
}

impl Rows {
    fn advance(&mut self) -> Result<()> {
        let Some(ahead) = &mut self.ahead else { return Ok(()) };
        self.taken += self.batch.rows as u64;
        self.row = 0;
        let Some(next) = ahead.next()? else {
            self.ahead = None;
            self.batch.rows = 0;
            return Ok(());
        };
        self.batch.rows = next.num_rows();
        for column in &self.used {
            self.batch.cells[column.place] = Cells::of(&next, column.name());
        }
        Ok(())
    }
}

impl Cursor for Rows {
    fn filter(&mut self, plan: &str, values: &Filters<'_>) -> Result<()> {
        let plan: Plan = plan.parse()?;
        self.typed = None;
        let mut filter = Filter::default();
        for (term, values) in plan.with_values(values)? {
            if term.column == Events::filter_column() {
                let typed = match values.first() {
                    Some(Value::Text(typed)) => typed.clone(),
                    Some(Value::Integer(typed)) => typed.to_string(),
                    _ => {
                        return Err(wrong(
                            "the filter of events(…) is a text like 'user:adm* event_id:4624'",
                        ));
                    }
                };
                filter = filter.with(Filter::parse(&typed).map_err(wrong)?);
                self.typed = Some(typed);
            } else if let Some(expr) = expr(term, &values) {
                filter = filter.and(expr);
            }
        }
        self.used = plan.used.iter().map(|place| Column { place: *place }).collect();
        self.batch = Batch { cells: (0..Events::filter_column()).map(|_| None).collect(), rows: 0 };
        (self.row, self.taken) = (0, 0);
        self.uids = RefCell::default();
        self.filter = filter.clone();
        (self.ahead, self.groups) = (None, None);
        let Events { case, interrupted, threads, .. } = &*self.table;
        if !plan.grouped.is_empty() {
            let keys = plan.grouped.iter().map(|place| Key::Column(Column { place: *place })).collect();
            let counted = count(case, filter, keys, *threads, interrupted)?;
            self.groups = Some(Groups::new(plan.grouped, counted, plan.distinct));
            return Ok(());
        }
        self.ahead = Some(Ahead::start(case, filter, self.used.clone(), interrupted));
        self.advance()
    }

    #[inline]
    fn next(&mut self) -> Result<()> {
        if let Some(groups) = &mut self.groups {
            groups.next();
            return Ok(());
        }
        self.row += 1;
        if self.row < self.batch.rows { Ok(()) } else { self.advance() }
    }

    #[inline]
    fn is_done(&self) -> bool {
        self.groups.as_ref().map_or(self.batch.rows == 0, Groups::is_done)
    }

    #[inline]
    fn column(&self, to: &mut Context, column: usize) -> Result<()> {
        if let Some(groups) = self.groups.as_ref().filter(|_| column < Events::filter_column()) {
            return groups.column(to, column);
        }
        match self.batch.cells.get(column) {
            Some(Some(cells)) => cells.give(self.row, &self.times, to),
            // An older file may lack a column.
            Some(None) => to.set_result(rusqlite::types::Null),
            None => to.set_result(self.typed.as_deref()),
        }
    }

    /// Half of the event's uid. SQLite asks for it where it looks for rows in two ways (`OR`) and must know which of them it
    /// has had: seldom, so the uids are read apart, and only then.
    fn row_id(&self) -> Result<i64> {
        if let Some(groups) = &self.groups {
            return Ok(groups.given);
        }
        let mut uids = self.uids.borrow_mut();
        let uids = uids.get_or_insert_with(|| {
            let Events { case, interrupted, .. } = &*self.table;
            let column = Column::named("event_uid").into_iter().collect();
            Uids {
                ahead: Ahead::start(case, self.filter.clone(), column, interrupted),
                cells: None,
                rows: 0,
                taken: 0,
            }
        });
        uids.at(self.taken + self.row as u64)
    }
}

/// The uids of the same rows.
struct Uids {
    ahead: Ahead,
    cells: Option<Cells>,
    rows: u64,
    taken: u64,
}

impl Uids {
    fn at(&mut self, row: u64) -> Result<i64> {
        while row >= self.taken + self.rows {
            self.taken += self.rows;
            let next = self.ahead.next()?.ok_or_else(|| wrong("the events changed while they were read"))?;
            self.rows = next.num_rows() as u64;
            self.cells = Cells::of(&next, "event_uid");
        }
        let at = usize::try_from(row - self.taken).map_err(wrong)?;
        let uid = self.cells.as_ref().and_then(|cells| cells.text(at)).and_then(|uid| uid.get(..16));
        let half = uid.and_then(|half| u64::from_str_radix(half, 16).ok());
        half.map(u64::cast_signed).ok_or_else(|| wrong("an event has no uid"))
    }
}
