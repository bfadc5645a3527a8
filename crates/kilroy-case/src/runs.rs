//! Who ran what when. The only thing in a case that depends on the clock.

use std::time::SystemTime;

use kilroy_model::Timestamp;
use rusqlite::params;

use crate::register::{from_sql, time_from_sql, time_to_sql};
use crate::{Case, CaseError};

/// A run that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(i64);

/// One run of Kilroy that wrote to the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Which.
    pub id: RunId,
    /// Version of Kilroy.
    pub version: String,
    /// What was asked for.
    pub command: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// How long it took in milliseconds; `None` while it runs, if it was killed, or if the clock was set back meanwhile.
    pub duration_ms: Option<u64>,
    /// How it went; `None` while it runs, or if it was killed.
    pub outcome: Option<String>,
}

impl Case {
    /// Notes that a run begins.
    pub fn begin_run(&self, command: &str) -> Result<RunId, CaseError> {
        self.shared.may_write()?;
        let started = time_to_sql(now());
        self.register_file().transaction(|tx| {
            tx.execute(
                "INSERT INTO runs (version, command, started) VALUES (?1, ?2, ?3)",
                params![env!("CARGO_PKG_VERSION"), command, started],
            )?;
            Ok(RunId(tx.last_insert_rowid()))
        })
    }

    /// Notes how a run ended.
    pub fn finish_run(&self, run: RunId, outcome: &str) -> Result<(), CaseError> {
        self.shared.may_write()?;
        let finished = now();
        self.register_file().transaction(|tx| {
            let started: Option<String> =
                tx.query_row("SELECT started FROM runs WHERE id = ?1", [run.0], |row| row.get(0))?;
            // A clock that was set back in between must not make a run take less than no time.
            let duration_ms = match (time_from_sql(started), finished) {
                (Some(from), Some(to)) if to >= from => i64::try_from(to.distance(from) / 10_000).ok(),
                _ => None,
            };
            tx.execute(
                "UPDATE runs SET finished = ?2, duration_ms = ?3, outcome = ?4 WHERE id = ?1",
                params![run.0, time_to_sql(finished), duration_ms, outcome],
            )?;
            Ok(())
        })
    }

    /// All runs that wrote to the case, in their order. A last one without outcome was killed, or is still at work.
    pub fn runs(&self) -> Result<Vec<RunRow>, CaseError> {
        self.register_file().with(|db| {
            let mut runs = db.prepare(
                "SELECT id, version, command, started, duration_ms, outcome FROM runs ORDER BY id",
            )?;
            runs.query_map([], |row| {
                Ok(RunRow {
                    id: RunId(row.get(0)?),
                    version: row.get(1)?,
                    command: row.get(2)?,
                    started: time_from_sql(row.get(3)?),
                    duration_ms: row.get::<_, Option<i64>>(4)?.map(from_sql),
                    outcome: row.get(5)?,
                })
            })?
            .collect()
        })
    }
}

fn now() -> Option<Timestamp> {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since_1970.as_nanos()).ok().map(Timestamp::from_nanos)
}
