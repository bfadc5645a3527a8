//! The register of evidence: which files were read, and what could not be.

use std::fmt;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::PoisonError;
use std::time::SystemTime;

use kilroy_model::{EvidenceId, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::events::EventFile;
use crate::register::{from_sql, nanos_from_sql, nanos_to_sql, time_from_sql, time_to_sql, to_sql};
use crate::{Case, CaseError};

/// How many losses are kept for one evidence file. More say nothing new; their number is always kept.
pub const MAX_LOSSES_KEPT: usize = 1000;

/// What became of a file that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceStatus {
    /// Read whole.
    Read,
    /// Read, but not all of it could be.
    Damaged,
    /// No evidence that Kilroy reads.
    NotEvidence,
    /// Could not be opened or read.
    Unreadable,
}

impl EvidenceStatus {
    /// The name used in the register.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Damaged => "damaged",
            Self::NotEvidence => "not-evidence",
            Self::Unreadable => "unreadable",
        }
    }
}

impl fmt::Display for EvidenceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is no status.
#[derive(Debug, thiserror::Error)]
#[error("no such status of evidence: {0:?}")]
struct UnknownStatus(String);

impl FromStr for EvidenceStatus {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Read, Self::Damaged, Self::NotEvidence, Self::Unreadable]
            .into_iter()
            .find(|s| s.name() == name)
            .ok_or_else(|| UnknownStatus(name.to_owned()).into())
    }
}

/// One file that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// Path as shown: relative to what was given, with `/`.
    pub path: String,
    /// SHA-256 of the content in hexadecimal; `None` if it was not read.
    pub sha256: Option<String>,
    /// Identity of the content; `None` if it was not read.
    pub id: Option<EvidenceId>,
    /// Size in bytes.
    pub size: u64,
    /// What became of it.
    pub status: EvidenceStatus,
    /// Why, in words, if it was not simply read.
    pub reason: Option<String>,
    /// Records read.
    pub records: u64,
    /// Losses, all of them.
    pub losses_total: u64,
    /// Losses, the first [`MAX_LOSSES_KEPT`] of them.
    pub losses: Vec<LossRow>,
    /// Time of the earliest record.
    pub first: Option<Timestamp>,
    /// Time of the latest record.
    pub last: Option<Timestamp>,
    /// Where it was last seen; `None` in a case of an older version, until it is seen again.
    pub seen: Option<Seen>,
}

/// A file as it was last seen: enough to find it again, and to tell whether it was written to since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its absolute path, to open it. The register keeps it only if it is Unicode.
    pub place: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written. `None` if that is not known, or so short before it was read that a later write might not
    /// show in it.
    pub modified: Option<SystemTime>,
}

/// A content that the case holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its identity.
    pub id: EvidenceId,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossRow {
    /// Where in the file.
    pub offset: u64,
    /// What was lost: `record`, `chunk`.
    pub kind: String,
    /// What went wrong.
    pub detail: String,
}

const COLUMNS: &str = "path, sha256, evidence_id, size, status, reason, records, losses_total, first, last,
     seen_at, seen_size, seen_modified";

impl Case {
    /// Are the events of this content in the case, complete?
    ///
    /// True only if its row is in the register, which is written after its event files are in place, and if these files
    /// are still there, as long as they were written and with their closing mark. Otherwise read the evidence again.
    pub fn holds(&self, id: EvidenceId) -> Result<bool, CaseError> {
        let files = self.register_file().with(|db| {
            if !is_held(db, &id.to_string())? {
                return Ok(None);
            }
            let mut files =
                db.prepare_cached("SELECT file, bytes FROM event_files WHERE evidence_id = ?1")?;
            let rows = files
                .query_map([id.to_string()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>().map(Some)
        })?;
        let whole =
            |file: &str, bytes: i64| is_whole(&self.shared.place(file), from_sql(bytes)).unwrap_or(false);
        Ok(files.is_some_and(|files| files.iter().all(|(file, bytes)| whole(file, *bytes))))
    }

    /// Notes in the register what became of one file: the last step for it, in one transaction.
    ///
    /// With this the case holds the content whose [`EventWriter`](crate::EventWriter) was finished before. The same
    /// content under another path gets a row of its own and shares the events; its records, losses and times are those
    /// of the content, whatever the new row says, so that a caller who skips held content need not know them.
    pub fn register(&self, row: &EvidenceRow) -> Result<(), CaseError> {
        self.shared.may_write()?;
        let files = row.id.and_then(|id| {
            self.shared.finished.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
        });
        // What the register says already is not written again: a run over evidence that the case holds costs no writes.
        if files.is_none() && self.register_file().with(|db| says_already(db, row))? {
            return Ok(());
        }
        let stale = self.register_file().transaction(|tx| {
            let row = row.clone();
            match (row.id, &files) {
                (Some(id), Some(files)) => {
                    let stale = replace_event_files(tx, id, files)?;
                    replace_losses(tx, id, &row.losses)?;
                    insert(tx, &row, true)?;
                    share_facts(tx, &row, id)?;
                    Ok(stale)
                }
                (Some(id), None) if is_held(tx, &id.to_string())? => {
                    let row = with_known_facts(held_row(tx, id)?, &row);
                    insert(tx, &row, true)?;
                    Ok(Vec::new())
                }
                (id, _) => {
                    if let Some(id) = id {
                        replace_losses(tx, id, &row.losses)?;
                    }
                    insert(tx, &row, false)?;
                    Ok(Vec::new())
                }
            }
        })?;
        // Only now: until the transaction was through, the register still named these files. Whatever cannot be removed
        // is unknown to the register and goes when the case is next opened.
        for file in stale {
            let _ = fs::remove_file(self.shared.place(&file));
        }
        if let Some(id) = row.id {
            self.shared.finished.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        }
        Ok(())
    }

    /// Enters files that are no evidence, all at once: a collection may have a hundred thousand of them, and the register
    /// waits for the disk each time it is changed.
    pub fn register_others(&self, rows: &[EvidenceRow]) -> Result<(), CaseError> {
        self.shared.may_write()?;
        let unknown = |db: &Connection| {
            rows.iter()
                .filter_map(|row| says_already(db, row).map(|known| (!known).then_some(row)).transpose())
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        let (new, with_content): (Vec<_>, Vec<_>) =
            self.register_file().with(unknown)?.into_iter().partition(|row| row.id.is_none());
        if !new.is_empty() {
            self.register_file()
                .transaction(|tx| new.into_iter().try_for_each(|row| insert(tx, row, false)))?;
        }
        with_content.into_iter().try_for_each(|row| self.register(row))
    }

    /// The content that a file had when it was last seen with this size and this time of the last write, if the case holds
    /// it. Whoever trusts these three need not read the file.
    pub fn content_seen(
        &self,
        place: &Path,
        size: u64,
        modified: SystemTime,
    ) -> Result<Option<Content>, CaseError> {
        let (Some(place), Some(modified)) = (place.to_str(), nanos_to_sql(modified)) else { return Ok(None) };
        self.register_file().with(|db| {
            db.prepare_cached(
                "SELECT evidence_id, sha256 FROM evidence
                 WHERE seen_at = ?1 AND seen_size = ?2 AND seen_modified = ?3 AND held = 1 AND evidence_id IS NOT NULL",
            )?
            .query_row(params![place, to_sql(size), modified], |row| {
                Ok(Content { id: read_as(0, &row.get::<_, String>(0)?)?, sha256: row.get(1)? })
            })
            .optional()
        })
    }

    /// All files that were looked at, by path.
    pub fn evidence(&self) -> Result<Vec<EvidenceRow>, CaseError> {
        self.register_file().with(|db| {
            let mut rows = db.prepare(&format!("SELECT {COLUMNS} FROM evidence ORDER BY path, sha256"))?;
            let rows = rows.query_map([], evidence_row)?.collect::<rusqlite::Result<Vec<_>>>()?;
            rows.into_iter().map(|row| with_losses(db, row)).collect()
        })
    }
}

fn is_held(db: &Connection, id: &str) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM evidence WHERE evidence_id = ?1 AND held = 1)")?
        .query_row([id], |row| row.get(0))
}

/// One row of a held content, to take its facts from.
fn held_row(db: &Connection, id: EvidenceId) -> rusqlite::Result<Option<EvidenceRow>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM evidence WHERE evidence_id = ?1 AND held = 1 ORDER BY path LIMIT 1"
    ))?
    .query_row([id.to_string()], evidence_row)
    .optional()
}

/// What a row of held content says: everything but path and place is the content's.
fn with_known_facts(known: Option<EvidenceRow>, row: &EvidenceRow) -> EvidenceRow {
    match known {
        Some(known) => EvidenceRow { path: row.path.clone(), seen: row.seen.clone(), ..known },
        None => row.clone(),
    }
}

/// Would entering the row change nothing?
fn says_already(db: &Connection, row: &EvidenceRow) -> rusqlite::Result<bool> {
    let (row, held) = match row.id {
        Some(id) if is_held(db, &id.to_string())? => (with_known_facts(held_row(db, id)?, row), true),
        Some(_) => return Ok(false),
        None => (row.clone(), false),
    };
    let of = |sha256: &str| {
        db.prepare_cached(&format!("SELECT {COLUMNS}, held FROM evidence WHERE path = ?1 AND sha256 = ?2"))?
            .query_row([row.path.as_str(), sha256], |found| {
                Ok((evidence_row(found)?, found.get::<_, bool>("held")?))
            })
            .optional()
    };
    let sha256 = row.sha256.as_deref().unwrap_or("");
    Ok(of(sha256)?.is_some_and(|found| found == (as_kept(&row), held))
        && (sha256.is_empty() || of("")?.is_none()))
}

/// The row as it comes back from the register, without its losses.
fn as_kept(row: &EvidenceRow) -> EvidenceRow {
    let time = |time: Option<Timestamp>| time_from_sql(time_to_sql(time));
    let seen = row.seen.clone().filter(|seen| seen.place.to_str().is_some());
    EvidenceRow { losses: Vec::new(), first: time(row.first), last: time(row.last), seen, ..row.clone() }
}

fn insert(tx: &Transaction<'_>, row: &EvidenceRow, held: bool) -> rusqlite::Result<()> {
    if row.sha256.is_some() {
        // It could not be read before, and now it could: that is no news any more.
        tx.execute("DELETE FROM evidence WHERE path = ?1 AND sha256 = ''", [&row.path])?;
    }
    let place = row.seen.as_ref().and_then(|seen| seen.place.to_str());
    let seen = row.seen.as_ref().filter(|_| place.is_some());
    tx.prepare_cached(
        "INSERT OR REPLACE INTO evidence
         (path, sha256, evidence_id, size, status, reason, records, losses_total, first, last, held,
          seen_at, seen_size, seen_modified)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        row.path,
        row.sha256.as_deref().unwrap_or(""),
        row.id.map(|id| id.to_string()),
        to_sql(row.size),
        row.status.name(),
        row.reason,
        to_sql(row.records),
        to_sql(row.losses_total),
        time_to_sql(row.first),
        time_to_sql(row.last),
        held,
        place,
        seen.map(|seen| to_sql(seen.size)),
        seen.and_then(|seen| seen.modified).and_then(nanos_to_sql),
    ])?;
    Ok(())
}

/// Content that was read anew: the other paths of it say the same.
fn share_facts(tx: &Transaction<'_>, row: &EvidenceRow, id: EvidenceId) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE evidence SET status = ?2, reason = ?3, records = ?4, losses_total = ?5, first = ?6, last = ?7, held = 1
         WHERE evidence_id = ?1",
        params![
            id.to_string(),
            row.status.name(),
            row.reason,
            to_sql(row.records),
            to_sql(row.losses_total),
            time_to_sql(row.first),
            time_to_sql(row.last),
        ],
    )?;
    Ok(())
}

/// Returns the files that were listed before and are not any more.
fn replace_event_files(
    tx: &Transaction<'_>,
    id: EvidenceId,
    files: &[EventFile],
) -> rusqlite::Result<Vec<String>> {
    let mut before = tx.prepare_cached("DELETE FROM event_files WHERE evidence_id = ?1 RETURNING file")?;
    let before: Vec<String> =
        before.query_map([id.to_string()], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut put = tx.prepare_cached(
        "INSERT INTO event_files (evidence_id, host, file, bytes, events, first, last, sha256, version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for file in files {
        put.execute(params![
            id.to_string(),
            file.host,
            file.file,
            to_sql(file.bytes),
            to_sql(file.events),
            time_to_sql(file.first),
            time_to_sql(file.last),
            file.sha256,
            env!("CARGO_PKG_VERSION"),
        ])?;
    }
    Ok(before.into_iter().filter(|old| files.iter().all(|new| new.file != *old)).collect())
}

fn replace_losses(tx: &Transaction<'_>, id: EvidenceId, losses: &[LossRow]) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM losses WHERE evidence_id = ?1", [id.to_string()])?;
    let mut put = tx.prepare_cached(
        "INSERT INTO losses (evidence_id, number, offset, kind, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (number, loss) in (0_i64..).zip(losses.iter().take(MAX_LOSSES_KEPT)) {
        put.execute(params![id.to_string(), number, to_sql(loss.offset), loss.kind, loss.detail])?;
    }
    Ok(())
}

fn evidence_row(row: &Row<'_>) -> rusqlite::Result<EvidenceRow> {
    Ok(EvidenceRow {
        path: row.get(0)?,
        sha256: Some(row.get::<_, String>(1)?).filter(|hash| !hash.is_empty()),
        id: row.get::<_, Option<String>>(2)?.map(|id| read_as(2, &id)).transpose()?,
        size: from_sql(row.get(3)?),
        status: read_as(4, &row.get::<_, String>(4)?)?,
        reason: row.get(5)?,
        records: from_sql(row.get(6)?),
        losses_total: from_sql(row.get(7)?),
        losses: Vec::new(),
        first: time_from_sql(row.get(8)?),
        last: time_from_sql(row.get(9)?),
        seen: seen(row)?,
    })
}

fn seen(row: &Row<'_>) -> rusqlite::Result<Option<Seen>> {
    let Some(place) = row.get::<_, Option<String>>(10)? else { return Ok(None) };
    let modified = row.get::<_, Option<i64>>(12)?.and_then(nanos_from_sql);
    Ok(Some(Seen {
        place: place.into(),
        size: from_sql(row.get::<_, Option<i64>>(11)?.unwrap_or(0)),
        modified,
    }))
}

fn with_losses(db: &Connection, mut row: EvidenceRow) -> rusqlite::Result<EvidenceRow> {
    if let Some(id) = row.id {
        let mut losses = db.prepare_cached(
            "SELECT offset, kind, detail FROM losses WHERE evidence_id = ?1 ORDER BY number",
        )?;
        row.losses = losses
            .query_map([id.to_string()], |row| {
                Ok(LossRow { offset: from_sql(row.get(0)?), kind: row.get(1)?, detail: row.get(2)? })
            })?
            .collect::<rusqlite::Result<_>>()?;
    }
    Ok(row)
}

pub(crate) fn read_as<T: FromStr>(column: usize, text: &str) -> rusqlite::Result<T>
where
    T::Err: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    text.parse().map_err(|e: T::Err| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, e.into()))
}

/// Is the file as long as it was written, and does it end as Parquet ends? A power cut may leave a name without content.
pub(crate) fn is_whole(path: &Path, bytes: u64) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() != bytes || bytes < 4 {
        return Ok(false);
    }
    let mut mark = [0; 4];
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut mark)?;
    Ok(&mark == b"PAR1")
}
