//! Is the case as it was written? What the register says of itself and of the event files is compared with what is there.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use kilroy_model::EvidenceId;
use parquet::file::reader::{FileReader, SerializedFileReader};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::aside;
use crate::case::{EVENTS, is_event_file, list};
use crate::evidence::read_as;
use crate::register::from_sql;
use crate::table::digits;
use crate::{Case, CaseError};

/// An event file as the register knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// The content that its events are of.
    pub id: EvidenceId,
    /// Host key.
    pub host: String,
    /// Below the case, with `/`.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub events: u64,
    /// SHA-256 of its bytes; `None` in a case of an older version.
    pub sha256: Option<String>,
    /// The version of Kilroy that wrote it; `None` in a case of an older version.
    pub version: Option<String>,
}

/// Something in the case that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The file, or whatever it is, by its name within the case.
    pub subject: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Flaw {
    fn of(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { subject: subject.into(), detail: detail.into() }
    }
}

impl Case {
    /// What is wrong with the register: its pages, and counts in it that contradict each other.
    pub fn check_register(&self) -> Result<Vec<Flaw>, CaseError> {
        let name = crate::register::FILE;
        let damaged = |e: &rusqlite::Error| Flaw::of(name, format!("it cannot be read: {e}"));
        let found = self.register_file().with(|db| {
            // A damaged register may fail in the middle of the check. That is an answer.
            let mut flaws = integrity(db).unwrap_or_else(|e| vec![damaged(&e)]);
            flaws.extend(sums(db).unwrap_or_else(|e| vec![damaged(&e)]));
            Ok(flaws)
        })?;
        Ok(found)
    }

    /// All event files that the register knows, by their name.
    pub fn stored_files(&self) -> Result<Vec<StoredFile>, CaseError> {
        self.register_file().with(|db| {
            db.prepare(
                "SELECT evidence_id, host, file, bytes, events, sha256, version FROM event_files ORDER BY file",
            )?
            .query_map([], |row| {
                Ok(StoredFile {
                    id: read_as(0, &row.get::<_, String>(0)?)?,
                    host: row.get(1)?,
                    file: row.get(2)?,
                    bytes: from_sql(row.get(3)?),
                    events: from_sql(row.get(4)?),
                    sha256: row.get(5)?,
                    version: row.get(6)?,
                })
            })?
            .collect()
        })
    }

    /// What is wrong with an event file, or its SHA-256 if nothing is: it must be there, as long as registered, with as many
    /// rows, and with the bytes that were written.
    pub fn check_event_file(&self, stored: &StoredFile) -> Result<String, Flaw> {
        let flaw = |detail: String| Flaw::of(&stored.file, detail);
        let path = self.shared.place(&stored.file);
        let read = |e: io::Error| match e.kind() {
            io::ErrorKind::NotFound => flaw("it is not there".to_owned()),
            _ => flaw(format!("it cannot be read: {e}")),
        };
        let bytes = path.metadata().map_err(read)?.len();
        if bytes != stored.bytes {
            return Err(flaw(format!("it has {bytes} bytes; {} were written", stored.bytes)));
        }
        let sha256 = sha256(&path).map_err(read)?;
        if stored.sha256.as_ref().is_some_and(|known| *known != sha256) {
            return Err(flaw("its bytes are not those that were written (SHA-256 differs)".to_owned()));
        }
        let table = File::open(&path).map_err(read)?;
        let rows = SerializedFileReader::new(table)
            .map_err(|e| flaw(format!("it is no whole Parquet file: {e}")))?
            .metadata()
            .file_metadata()
            .num_rows();
        if u64::try_from(rows) != Ok(stored.events) {
            return Err(flaw(format!("it has {rows} rows; {} events were written", stored.events)));
        }
        Ok(sha256)
    }

    /// Event files that the register does not know: other programs that read the folder would count their events.
    pub fn strays(&self) -> Result<Vec<Flaw>, CaseError> {
        let known: BTreeSet<String> = self.stored_files()?.into_iter().map(|stored| stored.file).collect();
        let mut strays = Vec::new();
        for (folder, host) in list(&self.shared.root.join(EVENTS))? {
            if !host.starts_with("host=") || !folder.is_dir() {
                continue;
            }
            for (_, name) in list(&folder)? {
                let file = format!("{EVENTS}/{host}/{name}");
                if name.starts_with(aside::PREFIX) || (is_event_file(&name) && !known.contains(&file)) {
                    let detail =
                        "the register does not know it: a run was killed; `kilroy analyze` removes it";
                    strays.push(Flaw::of(file, detail));
                }
            }
        }
        strays.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok(strays)
    }

    /// The names of the session tables, and which of them are the same in both cases, byte for byte.
    pub fn same_tables(&self, other: &Self) -> Vec<(&'static str, Result<(), Flaw>)> {
        let compare = |name: &'static str| -> Result<(), Flaw> {
            let hash = |case: &Self| sha256(&case.shared.root.join(name));
            let failed = |what: &'static str| {
                move |e: io::Error| match e.kind() {
                    io::ErrorKind::NotFound => Flaw::of(name, format!("{what} is not there")),
                    _ => Flaw::of(name, format!("{what} cannot be read: {e}")),
                }
            };
            let (own, theirs) =
                (hash(self).map_err(failed("it"))?, hash(other).map_err(failed("the one made anew"))?);
            if own == theirs { Ok(()) } else { Err(Flaw::of(name, "made anew it has other bytes")) }
        };
        crate::made::FILES.into_iter().map(|name| (name, compare(name))).collect()
    }
}

fn integrity(db: &Connection) -> rusqlite::Result<Vec<Flaw>> {
    let mut check = db.prepare("PRAGMA integrity_check")?;
    let lines = check.query_map([], |row| row.get::<_, String>(0))?;
    let lines = lines.collect::<rusqlite::Result<Vec<_>>>()?;
    let bad = lines.into_iter().filter(|line| line != "ok");
    Ok(bad.map(|line| Flaw::of(crate::register::FILE, format!("it is damaged: {line}"))).collect())
}

/// Contents whose records are not those of their event files.
fn sums(db: &Connection) -> rusqlite::Result<Vec<Flaw>> {
    let mut contents = db.prepare(
        "SELECT path, records, (SELECT coalesce(sum(events), 0) FROM event_files f WHERE f.evidence_id = e.evidence_id)
         FROM evidence e WHERE held = 1 ORDER BY path, sha256",
    )?;
    let mut rows = contents.query([])?;
    let mut flaws = Vec::new();
    while let Some(row) = rows.next()? {
        let (records, events) = (row.get::<_, i64>(1)?, row.get::<_, i64>(2)?);
        if records != events {
            let detail = format!("{records} records were read, and its event files have {events}");
            flaws.push(Flaw::of(row.get::<_, String>(0)?, detail));
        }
    }
    let orphans: i64 = db.query_row(
        "SELECT count(*) FROM event_files f
         WHERE NOT EXISTS (SELECT 1 FROM evidence e WHERE e.evidence_id = f.evidence_id AND e.held = 1)",
        [],
        |row| row.get(0),
    )?;
    if orphans > 0 {
        flaws.push(Flaw::of(
            crate::register::FILE,
            format!("{orphans} event files are of no evidence that it knows"),
        ));
    }
    Ok(flaws)
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(digits(&hash.finalize())),
            Ok(read) => hash.update(&block[..read]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
