//! The table of findings, and which of them people have dismissed.
//!
//! Findings are made anew with the session tables. That somebody dismissed one stays in the register, by a uid that is made
//! of the records alone: it holds for the same finding of the next run.

use arrow_schema::{DataType, FieldRef};
use kilroy_model::{Finding, FindingUid, Timestamp};
use rusqlite::params;

use crate::evidence::read_as;
use crate::made_columns::{fit, fit_own, list, may, must, record, time};
use crate::register::{stamp, time_from_sql};
use crate::session_tables::Table;
use crate::{Case, CaseError};

/// That somebody dismissed a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// The finding.
    pub finding: FindingUid,
    /// Why.
    pub note: Option<String>,
    /// Who, if that was told.
    pub author: Option<String>,
    /// When.
    pub created: Option<Timestamp>,
}

impl Case {
    /// Writes the findings, in the order given.
    pub fn write_findings(&self, findings: &[Finding]) -> Result<(), CaseError> {
        self.write_table(findings)
    }

    /// Reads the findings, dismissed ones too.
    pub fn findings(&self) -> Result<Vec<Finding>, CaseError> {
        self.read_table()
    }

    /// Hands on the findings one by one, in the order of the table, without their `records` and `sessions`.
    pub fn each_finding_in_brief(&self, sink: &mut dyn FnMut(Finding)) -> Result<(), CaseError> {
        self.each_row(&["records", "sessions"], sink)
    }

    /// What people dismissed, by finding; also of findings that the case has no more.
    pub fn dismissals(&self) -> Result<Vec<Dismissal>, CaseError> {
        self.register_file().with(|db| {
            db.prepare("SELECT finding, note, author, created FROM dismissals ORDER BY finding")?
                .query_map([], |row| {
                    Ok(Dismissal {
                        finding: read_as(0, &row.get::<_, String>(0)?)?,
                        note: row.get(1)?,
                        author: row.get(2)?,
                        created: time_from_sql(row.get(3)?),
                    })
                })?
                .collect()
        })
    }

    /// Dismisses a finding, or gives the dismissal another note. Works in a case that was opened for reading, too, as long
    /// as no run writes.
    pub fn dismiss(
        &self,
        finding: FindingUid,
        note: Option<&str>,
        author: Option<&str>,
    ) -> Result<(), CaseError> {
        self.change(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO dismissals (finding, note, author, created) VALUES (?1, ?2, ?3, ?4)",
                params![finding.to_string(), note, author, stamp()],
            )?;
            Ok(())
        })
    }

    /// Takes a dismissal back. False: the finding was not dismissed.
    pub fn restore(&self, finding: FindingUid) -> Result<bool, CaseError> {
        self.change(|tx| {
            Ok(tx.execute("DELETE FROM dismissals WHERE finding = ?1", [finding.to_string()])? > 0)
        })
    }
}

impl Table for Finding {
    const FILE: &'static str = "findings.parquet";

    fn columns() -> Vec<FieldRef> {
        vec![
            must("finding_uid", DataType::Utf8),
            must("detector", DataType::Utf8),
            must("weight", DataType::Utf8),
            must("hosts", list(DataType::Utf8)),
            must("first", time()),
            must("last", time()),
            must("users", list(DataType::Utf8)),
            must("sources", list(DataType::Utf8)),
            must("attack", list(DataType::Utf8)),
            must(
                "facts",
                list(record(vec![
                    must("name", DataType::Utf8),
                    may("text", DataType::Utf8),
                    may("number", DataType::UInt64),
                    may("time", time()),
                ])),
            ),
            must(
                "sessions",
                list(record(vec![
                    must("session_uid", DataType::Utf8),
                    must("part", DataType::Utf8),
                    must("sure", DataType::Utf8),
                ])),
            ),
            must("sessions_total", DataType::UInt64),
            must(
                "records",
                list(record(vec![
                    must("event_uid", DataType::Utf8),
                    must("computer", DataType::Utf8),
                    must("log", DataType::Utf8),
                    must("event_id", DataType::UInt32),
                    must("record_id", DataType::UInt64),
                    must("time", time()),
                    must("part", DataType::Utf8),
                ])),
            ),
            must("records_total", DataType::UInt64),
        ]
    }

    fn fit(&mut self) {
        fit_own(&mut self.first);
        fit_own(&mut self.last);
        self.facts.iter_mut().for_each(|fact| fit(&mut fact.time));
        self.records.iter_mut().for_each(|record| fit_own(&mut record.time));
    }
}
