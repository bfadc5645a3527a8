//! Tables of the register, copied: they are small, and a query that runs for minutes must not keep a run from writing.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::{Case, CaseError};

/// A table, and how it comes out of the register.
pub(super) struct RegisterTable {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Name and type of each column.
    pub(super) columns: &'static [(&'static str, &'static str)],
    from: &'static str,
}

const TEXT: &str = "TEXT";
const NUMBER: &str = "INTEGER";

pub(super) const TABLES: &[RegisterTable] = &[
    RegisterTable {
        name: "evidence",
        about: "the files that were looked at",
        columns: &[
            ("path", TEXT),
            ("sha256", TEXT),
            ("evidence_id", TEXT),
            ("size", NUMBER),
            ("status", TEXT),
            ("reason", TEXT),
            ("records", NUMBER),
            ("losses", NUMBER),
            ("first", TEXT),
            ("last", TEXT),
        ],
        from: "SELECT path, nullif(sha256, ''), evidence_id, size, status, reason, records, losses_total, first, last
               FROM evidence ORDER BY path, sha256",
    },
    RegisterTable {
        name: "losses",
        about: "what could not be read of them",
        columns: &[("evidence_id", TEXT), ("offset", NUMBER), ("kind", TEXT), ("detail", TEXT)],
        from: "SELECT evidence_id, offset, kind, detail FROM losses ORDER BY evidence_id, number",
    },
    RegisterTable {
        name: "hosts",
        about: "the machines that events are of, by their names in small letters",
        columns: &[("host", TEXT), ("events", NUMBER), ("files", NUMBER), ("first", TEXT), ("last", TEXT)],
        from: "SELECT host, sum(events), count(*), min(first), max(last) FROM event_files GROUP BY host ORDER BY host",
    },
    RegisterTable {
        name: "runs",
        about: "who ran what when",
        columns: &[
            ("id", NUMBER),
            ("version", TEXT),
            ("command", TEXT),
            ("started", TEXT),
            ("finished", TEXT),
            ("duration_ms", NUMBER),
            ("outcome", TEXT),
        ],
        from: "SELECT id, version, command, started, finished, duration_ms, outcome FROM runs ORDER BY id",
    },
    RegisterTable {
        name: "dismissals",
        about: "findings that people dismissed, and why",
        columns: &[("finding", TEXT), ("note", TEXT), ("author", TEXT), ("created", TEXT)],
        from: "SELECT finding, note, author, created FROM dismissals ORDER BY finding",
    },
    RegisterTable {
        name: "notes",
        about: "what people wrote",
        columns: &[
            ("id", NUMBER),
            ("target_kind", TEXT),
            ("target", TEXT),
            ("text", TEXT),
            ("author", TEXT),
            ("created", TEXT),
            ("changed", TEXT),
        ],
        from: "SELECT id, target_kind, target, text, author, created, changed FROM notes ORDER BY id",
    },
    RegisterTable {
        name: "tags",
        about: "words that people put to things",
        columns: &[
            ("target_kind", TEXT),
            ("target", TEXT),
            ("tag", TEXT),
            ("author", TEXT),
            ("created", TEXT),
        ],
        from: "SELECT target_kind, target, tag, author, created FROM tags ORDER BY target_kind, target, tag",
    },
    RegisterTable {
        name: "bookmarks",
        about: "things that people marked",
        columns: &[("target_kind", TEXT), ("target", TEXT), ("author", TEXT), ("created", TEXT)],
        from: "SELECT target_kind, target, author, created FROM bookmarks ORDER BY target_kind, target",
    },
];

/// Tells whether the register changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen(i64, u64);

/// What the register is like now.
pub(super) fn seen(case: &Case) -> Result<Seen, CaseError> {
    case.register_file().with(|db| {
        let version = db.pragma_query_value(None, "data_version", |row| row.get(0))?;
        Ok(Seen(version, db.total_changes()))
    })
}

impl RegisterTable {
    /// Makes the table anew from what the register holds.
    pub(super) fn copy(&self, case: &Case, to: &Connection) -> Result<(), CaseError> {
        let rows = case.register_file().with(|db| {
            let mut asked = db.prepare(self.from)?;
            let count = asked.column_count();
            asked
                .query_map([], |row| {
                    (0..count).map(|n| row.get(n)).collect::<rusqlite::Result<Vec<Value>>>()
                })?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let name = self.name;
        let columns: Vec<String> =
            self.columns.iter().map(|(name, kind)| format!("\"{name}\" {kind}")).collect();
        let marks = vec!["?"; self.columns.len()].join(", ");
        let copy = || {
            to.execute_batch(&format!(
                "DROP TABLE IF EXISTS {name}; CREATE TABLE {name} ({})",
                columns.join(", ")
            ))?;
            let mut insert = to.prepare(&format!("INSERT INTO {name} VALUES ({marks})"))?;
            rows.into_iter().try_for_each(|row| insert.execute(params_from_iter(row)).map(drop))
        };
        copy().map_err(|source| CaseError::Register { path: case.path().join(crate::register::FILE), source })
    }
}
