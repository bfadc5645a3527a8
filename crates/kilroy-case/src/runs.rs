//! Who ran what when, and with which settings. The only thing in a case that depends on the clock.

use std::env::consts::{ARCH, OS};
use std::path::PathBuf;
use std::time::SystemTime;

use kilroy_model::Timestamp;
use rusqlite::{Connection, params};

use crate::error::shown;
use crate::register::{from_sql, time_from_sql, time_to_sql};
use crate::{Case, CaseError};

/// A run that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(i64);

/// What a run is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order<'a> {
    /// The command as it was typed, more or less.
    pub command: &'a str,
    /// All settings that the run goes by, as a JSON object.
    pub settings: &'a str,
    /// What it was given; noted as absolute paths.
    pub inputs: &'a [PathBuf],
}

/// One run of Kilroy that wrote to the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Which.
    pub id: RunId,
    /// Version of Kilroy.
    pub version: String,
    /// What was asked for.
    pub command: String,
    /// The settings, as a JSON object; `None` for runs of older versions.
    pub settings: Option<String>,
    /// What it was given: absolute paths, as they are shown.
    pub inputs: Vec<String>,
    /// Operating system and processor: `linux x86_64`.
    pub system: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// How long it took in milliseconds; `None` while it runs, if it was killed, or if the clock was set back meanwhile.
    pub duration_ms: Option<u64>,
    /// How it went; `None` while it runs, or if it was killed.
    pub outcome: Option<String>,
}

impl Case {
    /// Notes that a run begins.
    pub fn begin_run(&self, order: &Order<'_>) -> Result<RunId, CaseError> {
        self.shared.may_write()?;
        let started = time_to_sql(now());
        self.register_file().transaction(|tx| {
            tx.execute(
                "INSERT INTO runs (version, command, started, settings, inputs, system)
                 VALUES (?1, ?2, ?3, json(?4), ?5, ?6)",
                params![
                    env!("CARGO_PKG_VERSION"),
                    order.command,
                    started,
                    Some(order.settings).filter(|json| !json.is_empty()),
                    json_list(tx, order.inputs)?,
                    format!("{OS} {ARCH}"),
                ],
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
            let mut inputs = db.prepare("SELECT value FROM json_each(?1)")?;
            let mut inputs_of = |json: Option<String>| -> rusqlite::Result<Vec<String>> {
                let Some(json) = json else { return Ok(Vec::new()) };
                inputs.query_map([json], |row| row.get(0))?.collect()
            };
            let mut runs = db.prepare(
                "SELECT id, version, command, started, duration_ms, outcome, settings, system, inputs
                 FROM runs ORDER BY id",
            )?;
            let mut rows = runs.query([])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.push(RunRow {
                    id: RunId(row.get(0)?),
                    version: row.get(1)?,
                    command: row.get(2)?,
                    started: time_from_sql(row.get(3)?),
                    duration_ms: row.get::<_, Option<i64>>(4)?.map(from_sql),
                    outcome: row.get(5)?,
                    settings: row.get(6)?,
                    system: row.get(7)?,
                    inputs: inputs_of(row.get(8)?)?,
                });
            }
            Ok(all)
        })
    }
}

/// Paths as a JSON list. What is no Unicode in them is shown as `�`: this is for people.
fn json_list(db: &Connection, paths: &[PathBuf]) -> rusqlite::Result<String> {
    let mut quoted = Vec::with_capacity(paths.len());
    for path in paths {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        quoted.push(db.query_row("SELECT json_quote(?1)", [shown(&path)], |row| row.get::<_, String>(0))?);
    }
    Ok(format!("[{}]", quoted.join(",")))
}

pub(crate) fn now() -> Option<Timestamp> {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since_1970.as_nanos()).ok().map(Timestamp::from_nanos)
}
