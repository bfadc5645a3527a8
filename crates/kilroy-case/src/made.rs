//! What the session tables were made of, so that they are not made again of the same.
//!
//! The note of it goes before the first table is touched and is written after the last one is in place. Whenever a run is
//! killed in between, there is no note, and the next run makes the tables.

use kilroy_model::{
    AccessSession, Boot, Finding, Hop, HostAddress, LogCoverage, LogonSession, TerminalSession,
};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::aside::settle;
use crate::evidence::is_whole;
use crate::query::repeats;
use crate::register::{from_sql, to_sql};
use crate::session_tables::Table;
use crate::table::digits;
use crate::{Case, CaseError};

/// What the session tables go by in the register.
const SESSIONS: &str = "sessions";

/// The files that are made together.
pub(crate) const FILES: [&str; 9] = [
    AccessSession::FILE,
    LogonSession::FILE,
    TerminalSession::FILE,
    Boot::FILE,
    LogCoverage::FILE,
    Hop::FILE,
    HostAddress::FILE,
    Finding::FILE,
    repeats::FILE,
];

impl Case {
    /// The remarks that were noted with the session tables, if they are those that would be made now: of all that the case
    /// holds, by this version, under these settings; and if they, and the event files, are there and whole.
    pub fn sessions_made(&self, settings: &str) -> Result<Option<String>, CaseError> {
        let made = self.register_file().with(|db| {
            let made = db
                .prepare_cached("SELECT remarks FROM made WHERE what = ?1 AND basis = ?2")?
                .query_row([SESSIONS, basis(db, settings)?.as_str()], |row| row.get::<_, String>(0))
                .optional()?;
            let Some(remarks) = made else { return Ok(None) };
            let mut files = db.prepare_cached(
                "SELECT file, bytes FROM made_files WHERE what = ?1 UNION ALL SELECT file, bytes FROM event_files",
            )?;
            let files = files
                .query_map([SESSIONS], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(Some((remarks, files)))
        })?;
        let whole = |file: &str, bytes| is_whole(&self.shared.place(file), from_sql(bytes)).unwrap_or(false);
        Ok(made
            .filter(|(_, files)| files.iter().all(|(file, bytes)| whole(file, *bytes)))
            .map(|(remarks, _)| remarks))
    }

    /// Notes that the session tables were just made of all that the case holds, under these settings. `remarks` is what
    /// else came out of it and must be known without making them again.
    pub fn note_sessions_made(&self, settings: &str, remarks: &str) -> Result<(), CaseError> {
        self.shared.may_write()?;
        let mut sizes = Vec::with_capacity(FILES.len());
        for file in FILES {
            let path = self.made_table(file)?;
            sizes.push((file, path.metadata().map_err(CaseError::io("open", &path))?.len()));
        }
        // The register must not know of the tables before their names last.
        settle(&self.shared.root);
        self.register_file().transaction(|tx| {
            forget(tx)?;
            tx.execute(
                "INSERT INTO made (what, basis, version, remarks) VALUES (?1, ?2, ?3, ?4)",
                params![SESSIONS, basis(tx, settings)?, env!("CARGO_PKG_VERSION"), remarks],
            )?;
            for (file, bytes) in sizes {
                tx.execute(
                    "INSERT INTO made_files (what, file, bytes) VALUES (?1, ?2, ?3)",
                    params![SESSIONS, file, to_sql(bytes)],
                )?;
            }
            Ok(())
        })
    }

    /// The version of Kilroy that made the session tables; `None` if they were never finished, or by a version that did not
    /// note it.
    pub fn sessions_made_by(&self) -> Result<Option<String>, CaseError> {
        self.register_file().with(|db| {
            db.query_row("SELECT version FROM made WHERE what = ?1", [SESSIONS], |row| row.get(0)).optional()
        })
    }

    /// To be called before a table is touched.
    pub(crate) fn forget_made(&self) -> Result<(), CaseError> {
        self.shared.may_write()?;
        let noted = |db: &Connection| {
            db.query_row("SELECT EXISTS (SELECT 1 FROM made WHERE what = ?1)", [SESSIONS], |row| row.get(0))
        };
        if self.register_file().with(noted)? {
            self.register_file().transaction(|tx| forget(tx))
        } else {
            Ok(())
        }
    }
}

fn forget(db: &Connection) -> rusqlite::Result<()> {
    db.execute("DELETE FROM made_files WHERE what = ?1", [SESSIONS])?;
    db.execute("DELETE FROM made WHERE what = ?1", [SESSIONS])?;
    Ok(())
}

/// The columns of each of [`FILES`], as far as a text can tell two layouts apart.
fn layouts() -> [String; FILES.len()] {
    [
        AccessSession::schema(),
        LogonSession::schema(),
        TerminalSession::schema(),
        Boot::schema(),
        LogCoverage::schema(),
        Hop::schema(),
        HostAddress::schema(),
        Finding::schema(),
        repeats::schema(),
    ]
    .map(|schema| schema.to_string())
}

/// What the session tables depend on: who makes them, how, and of which events.
fn basis(db: &Connection, settings: &str) -> rusqlite::Result<String> {
    let mut hash = Sha256::new();
    // Each text with its length: no two lists may look the same.
    let mut add = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    add(env!("CARGO_PKG_VERSION"));
    add(settings);
    // A case that lacks one of them, or a column of one, gets it.
    for (file, columns) in FILES.into_iter().zip(layouts()) {
        add(file);
        add(&columns);
    }
    let mut files =
        db.prepare_cached("SELECT evidence_id, host, events FROM event_files ORDER BY evidence_id, host")?;
    let mut rows = files.query([])?;
    while let Some(row) = rows.next()? {
        add(&row.get::<_, String>(0)?);
        add(&row.get::<_, String>(1)?);
        add(&row.get::<_, i64>(2)?.to_string());
    }
    Ok(digits(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table that got a column, or a part within one, is another table.
    #[test]
    fn a_layout_tells_every_column_and_its_parts() {
        let layouts = layouts();
        let of = |file: &str| FILES.iter().position(|known| *known == file).map(|at| layouts[at].as_str());
        let boots = of(Boot::FILE).unwrap();
        for part in ["computer", "stretches", "from_record_id", "shift"] {
            assert!(boots.contains(part), "{part}: {boots}");
        }
        assert!(of(Finding::FILE).unwrap().contains("facts"));
        assert!(layouts.iter().all(|layout| !layout.is_empty()));
    }
}
