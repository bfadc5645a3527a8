//! The session tables: read as they lie in their files, nested lists as JSON.
//!
//! They are small beside the events. Where one stands to the right of a join, it is read once and looked up by the column
//! of the join; SQLite would else read it again for each row on the left.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use rusqlite::Result;
use rusqlite::vtab::{Context, Filters, IndexInfo};

use super::bridge::{Cursor, Table, wrong};
use super::cells::{Cells, declared};
use super::plan::{Collation, Comparison, Plan, Term, Value, conditions};
use super::time_text::TimeText;
use crate::session_tables::ROWS_PER_BATCH;
use crate::{Case, CaseError, table};

pub(super) struct SessionTable {
    pub(super) case: Arc<Case>,
    pub(super) interrupted: Arc<AtomicBool>,
    pub(super) file: &'static str,
    pub(super) schema: SchemaRef,
}

impl SessionTable {
    fn batches(&self, used: &[usize]) -> std::result::Result<ParquetRecordBatchReader, CaseError> {
        let path = self.case.made_table(self.file)?;
        let reader = table::reader(&path)?;
        let found = Arc::clone(reader.schema());
        let places =
            used.iter().filter_map(|place| found.index_of(self.schema.fields().get(*place)?.name()).ok());
        let mask = ProjectionMask::roots(reader.parquet_schema(), places);
        let reader = reader.with_projection(mask).with_batch_size(ROWS_PER_BATCH);
        reader.build().map_err(CaseError::parquet(&path))
    }

    fn kind(&self, column: usize) -> Option<&DataType> {
        self.schema.fields().get(column).map(|field| field.data_type())
    }

    /// Whether rows can be looked up by this comparison.
    fn is_key(&self, term: Term) -> bool {
        term.comparison == Comparison::Equal
            && match self.kind(term.column) {
                Some(DataType::Utf8) => term.collation == Collation::Binary,
                Some(kind) => declared(kind) == "INTEGER",
                None => false,
            }
    }

    fn cells(&self, batch: &arrow_array::RecordBatch, used: &[usize]) -> Vec<Option<Cells>> {
        let mut cells: Vec<Option<Cells>> = self.schema.fields().iter().map(|_| None).collect();
        for place in used {
            cells[*place] = Cells::of(batch, self.schema.field(*place).name());
        }
        cells
    }
}

impl Table for SessionTable {
    type Cursor = Rows;

    fn declaration(&self) -> String {
        let column =
            |field: &arrow_schema::FieldRef| format!("\"{}\" {}", field.name(), declared(field.data_type()));
        format!("CREATE TABLE x ({})", self.schema.fields().iter().map(column).collect::<Vec<_>>().join(", "))
    }

    fn plan(&self, asked: &mut IndexInfo) -> Result<()> {
        let mut plan = Plan::of(asked, self.schema.fields().len());
        let conditions = conditions(asked)?;
        // A value that is not written in the statement comes from the left of a join.
        let key =
            conditions.iter().find(|condition| condition.value.is_none() && self.is_key(condition.term));
        if let Some(key) = key {
            if !plan.used.contains(&key.term.column) {
                plan.used.push(key.term.column);
            }
            plan.take(asked, key, false)?;
        }
        asked.set_idx_str(&plan.to_string());
        let (rows, cost) = if key.is_some() { (10, 50.0) } else { (10_000, 20_000.0) };
        asked.set_estimated_rows(rows);
        asked.set_estimated_cost(cost);
        Ok(())
    }

    fn open(self: &Arc<Self>) -> Rows {
        Rows {
            table: Arc::clone(self),
            plan: Plan::default(),
            reader: None,
            batch: 0,
            batches: Vec::new(),
            row: 0,
            before: 0,
            index: None,
            hits: Vec::new(),
            hit: 0,
            looked_up: false,
            times: TimeText::default(),
        }
    }
}

/// What rows are looked up by.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Text(Box<str>),
    Number(i64),
}

type Places = Vec<(u32, u32)>;

pub(super) struct Rows {
    table: Arc<SessionTable>,
    plan: Plan,
    reader: Option<ParquetRecordBatchReader>,
    /// The batch at hand alone, or all of them where rows are looked up.
    batches: Vec<(Vec<Option<Cells>>, usize)>,
    batch: usize,
    row: usize,
    /// Rows of the batches before.
    before: usize,
    index: Option<HashMap<Key, Places>>,
    /// What was looked up, and how far it was gone through.
    hits: Places,
    hit: usize,
    looked_up: bool,
    times: TimeText,
}

impl Rows {
    fn look_up(&mut self, term: Term, value: &Value) -> Result<()> {
        let key = match (value, self.table.kind(term.column)) {
            // A comparison with nothing is never true.
            (Value::Null, _) => None,
            (Value::Text(text), Some(DataType::Utf8)) => Some(Key::Text(text.as_str().into())),
            (Value::Integer(number), Some(kind)) if declared(kind) == "INTEGER" => Some(Key::Number(*number)),
            // SQLite knows how these compare.
            _ => return self.stream(),
        };
        self.looked_up = true;
        let index = match &self.index {
            Some(index) => index,
            None => self.build(term)?,
        };
        self.hits = key.and_then(|key| index.get(&key).cloned()).unwrap_or_default();
        self.hit = 0;
        self.at_hit();
        Ok(())
    }

    /// Reads the table, and notes where each value stands.
    fn build(&mut self, term: Term) -> Result<&HashMap<Key, Places>> {
        let mut index: HashMap<Key, Places> = HashMap::new();
        self.batches.clear();
        self.before = 0;
        for batch in self.table.batches(&self.plan.used).map_err(wrong)? {
            if self.table.interrupted.load(Ordering::Relaxed) {
                return Err(wrong("interrupted"));
            }
            let batch = batch.map_err(wrong)?;
            let cells = self.table.cells(&batch, &self.plan.used);
            let number = u32::try_from(self.batches.len()).map_err(wrong)?;
            if let Some(Some(keys)) = cells.get(term.column) {
                for (row, place) in (0..batch.num_rows()).zip(0_u32..) {
                    let text = keys.text(row).map(|text| Key::Text(text.into()));
                    if let Some(key) = text.or_else(|| keys.number(row).map(Key::Number)) {
                        index.entry(key).or_default().push((number, place));
                    }
                }
            }
            self.batches.push((cells, batch.num_rows()));
        }
        Ok(self.index.insert(index))
    }

    fn at_hit(&mut self) {
        if let Some((batch, row)) = self.hits.get(self.hit) {
            self.batch = usize::try_from(*batch).unwrap_or(usize::MAX);
            self.row = usize::try_from(*row).unwrap_or(usize::MAX);
        }
    }

    /// Goes through the table from its begin.
    fn stream(&mut self) -> Result<()> {
        self.looked_up = false;
        // What was read for looking up is as good.
        if self.index.is_none() {
            self.batches.clear();
            self.reader = Some(self.table.batches(&self.plan.used).map_err(wrong)?);
        }
        (self.batch, self.row, self.before) = (0, 0, 0);
        self.load()
    }

    /// Goes on to a batch with rows.
    fn load(&mut self) -> Result<()> {
        while self.batches.get(self.batch).is_none_or(|(_, rows)| self.row >= *rows) {
            if self.table.interrupted.load(Ordering::Relaxed) {
                return Err(wrong("interrupted"));
            }
            self.before += self.batches.get(self.batch).map_or(0, |(_, rows)| *rows);
            self.row = 0;
            let Some(reader) = &mut self.reader else {
                self.batch += 1;
                if self.batch >= self.batches.len() {
                    return Ok(());
                }
                continue;
            };
            let Some(batch) = reader.next() else {
                self.batches.clear();
                self.reader = None;
                return Ok(());
            };
            let batch = batch.map_err(wrong)?;
            self.batches = vec![(self.table.cells(&batch, &self.plan.used), batch.num_rows())];
        }
        Ok(())
    }
}

impl Cursor for Rows {
    fn filter(&mut self, plan: &str, values: &Filters<'_>) -> Result<()> {
        let plan: Plan = plan.parse()?;
        if self.plan != plan {
            self.index = None;
            self.batches.clear();
            self.plan = plan;
        }
        let key = self.plan.with_values(values)?.into_iter().next();
        match key.as_ref().map(|(term, values)| (*term, values.first())) {
            Some((term, Some(value))) => self.look_up(term, value),
            _ => self.stream(),
        }
    }

    fn next(&mut self) -> Result<()> {
        if self.looked_up {
            self.hit += 1;
            self.at_hit();
            return Ok(());
        }
        self.row += 1;
        self.load()
    }

    fn is_done(&self) -> bool {
        if self.looked_up {
            return self.hit >= self.hits.len();
        }
        self.batches.get(self.batch).is_none_or(|(_, rows)| self.row >= *rows)
    }

    fn column(&self, to: &mut Context, column: usize) -> Result<()> {
        match self.batches.get(self.batch).and_then(|(cells, _)| cells.get(column)) {
            Some(Some(cells)) => cells.give(self.row, &self.times, to),
            _ => to.set_result(rusqlite::types::Null),
        }
    }

    fn row_id(&self) -> Result<i64> {
        let before = if self.looked_up {
            self.batches.iter().take(self.batch).map(|(_, rows)| *rows).sum()
        } else {
            self.before
        };
        i64::try_from(before + self.row).map_err(wrong)
    }
}
