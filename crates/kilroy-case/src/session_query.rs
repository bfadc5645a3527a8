//! Some access sessions out of many: what tells whether one is wanted is read first, and all else of those that are.

use std::ops::ControlFlow;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch, StringArray};
use kilroy_model::AccessSession;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};

use crate::query::{Picker, Rows};
use crate::scan_row::Wrong;
use crate::session_tables::{ROWS_PER_BATCH, Table};
use crate::{Case, CaseError, table};

/// What is looked at before a session is read.
#[derive(Debug, Clone, Copy)]
pub struct SessionFacts<'a> {
    /// Identity, in hexadecimal digits.
    pub session_uid: &'a str,
    /// Host, lower-cased.
    pub computer: &'a str,
    /// Account name.
    pub user: Option<&'a str>,
    /// Account domain.
    pub domain: Option<&'a str>,
    /// What kind of presence, by its name.
    pub kind: &'a str,
    /// How it went, by its name.
    pub outcome: &'a str,
    /// Machine, system and window-manager accounts.
    pub background: bool,
    /// Source address, or `LOCAL`.
    pub ip: Option<&'a str>,
}

const COLUMNS: [&str; 8] =
    ["session_uid", "computer", "user", "domain", "kind", "outcome", "background", "ip"];

impl Case {
    /// Hands on the access sessions that are wanted, in the order of the table, until it is enough.
    pub fn access_sessions_where(
        &self,
        wanted: &dyn Fn(&SessionFacts<'_>) -> bool,
        sink: &mut dyn FnMut(AccessSession) -> ControlFlow<()>,
    ) -> Result<(), CaseError> {
        let path = self.made_table(AccessSession::FILE)?;
        let failed = || CaseError::parquet(&path);
        let metadata =
            ArrowReaderMetadata::load(&table::open(&path)?, ArrowReaderOptions::new()).map_err(failed())?;
        let open = |columns: Option<&[&str]>, group: usize, rows: Option<&Rows>| {
            let input = table::open(&path)?;
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata.clone())
                .with_row_groups(vec![group])
                .with_batch_size(ROWS_PER_BATCH);
            let builder = match columns {
                Some(columns) => {
                    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
                    builder.with_projection(mask)
                }
                None => builder,
            };
            let all = usize::try_from(metadata.metadata().row_group(group).num_rows()).unwrap_or(0);
            let builder = match rows.and_then(Rows::ranges) {
                Some(ranges) => builder
                    .with_row_selection(RowSelection::from_consecutive_ranges(ranges.iter().cloned(), all)),
                None => builder,
            };
            builder.build().map_err(failed())
        };
        for group in 0..metadata.metadata().num_row_groups() {
            let all =
                Rows::all(usize::try_from(metadata.metadata().row_group(group).num_rows()).unwrap_or(0));
            let mut picker = Picker::new(&all);
            for batch in open(Some(&COLUMNS), group, None)? {
                let batch = batch.map_err(CaseError::arrow(&path))?;
                picker.pick(&fits(&batch, wanted).map_err(|what| CaseError::table(&path, what))?);
            }
            let rows = picker.finish();
            if rows.is_empty() {
                continue;
            }
            for batch in open(None, group, Some(&rows))? {
                let batch = batch.map_err(CaseError::arrow(&path))?;
                let mut some: Vec<AccessSession> = serde_arrow::from_record_batch(&batch)
                    .map_err(|e| CaseError::Table { path: path.clone(), source: Box::new(e) })?;
                AccessSession::restore(&mut some, &batch);
                for session in some {
                    if sink(session).is_break() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}

fn fits(batch: &RecordBatch, wanted: &dyn Fn(&SessionFacts<'_>) -> bool) -> Result<Vec<bool>, Wrong> {
    let column = |name: &str| -> Result<&StringArray, Wrong> {
        let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        column.ok_or_else(|| format!("it has no column {name} of texts"))
    };
    let [uids, computers, kinds, outcomes] =
        [column("session_uid")?, column("computer")?, column("kind")?, column("outcome")?];
    let [users, domains, ips] = [column("user")?, column("domain")?, column("ip")?];
    let background: &BooleanArray = batch
        .column_by_name("background")
        .and_then(|column| column.as_boolean_opt())
        .ok_or("it has no column background")?;
    Ok((0..batch.num_rows())
        .map(|row| {
            let facts = SessionFacts {
                session_uid: uids.value(row),
                computer: computers.value(row),
                user: users.is_valid(row).then(|| users.value(row)),
                domain: domains.is_valid(row).then(|| domains.value(row)),
                kind: kinds.value(row),
                outcome: outcomes.value(row),
                background: background.value(row),
                ip: ips.is_valid(row).then(|| ips.value(row)),
            };
            wanted(&facts)
        })
        .collect())
}
