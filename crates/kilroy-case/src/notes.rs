//! What people add to a case: notes, bookmarks and tags. Kilroy shows them and never changes them.
//!
//! They are on events, sessions, hosts, users and evidence, by identities that stay the same when a case is analysed again:
//! uids are made from the records alone. Writing needs no run: it takes a moment, while no run writes.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use kilroy_model::{EventUid, EvidenceId, FindingUid, SessionUid, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use crate::evidence::read_as;
use crate::query::{Check, Column, Expr, Filter, Pattern};
use crate::register::{stamp, time_from_sql};
use crate::scan_row::texts;
use crate::{Case, CaseError};

/// What something is that people can note something on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// One record.
    Event,
    /// An access session.
    Session,
    /// A machine.
    Host,
    /// A user name, whatever its domain.
    User,
    /// The content of an evidence file.
    Evidence,
    /// What a detector found.
    Finding,
}

impl TargetKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Event, Self::Session, Self::Host, Self::User, Self::Evidence, Self::Finding];

    /// The name used in the register.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Session => "session",
            Self::Host => "host",
            Self::User => "user",
            Self::Evidence => "evidence",
            Self::Finding => "finding",
        }
    }
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no kind of target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing that can be noted on: {0:?}")]
pub struct UnknownTarget(String);

impl FromStr for TargetKind {
    type Err = UnknownTarget;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownTarget(name.to_owned()))
    }
}

/// Something that people can note something on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    kind: TargetKind,
    id: String,
}

impl Target {
    /// A record.
    pub fn event(uid: EventUid) -> Self {
        Self { kind: TargetKind::Event, id: uid.to_string() }
    }

    /// An access session.
    pub fn session(uid: SessionUid) -> Self {
        Self { kind: TargetKind::Session, id: uid.to_string() }
    }

    /// A machine; names are compared without regard to case.
    pub fn host(name: &str) -> Self {
        Self { kind: TargetKind::Host, id: name.to_lowercase() }
    }

    /// A user; names are compared without regard to case.
    pub fn user(name: &str) -> Self {
        Self { kind: TargetKind::User, id: name.to_lowercase() }
    }

    /// The content of an evidence file.
    pub fn evidence(id: EvidenceId) -> Self {
        Self { kind: TargetKind::Evidence, id: id.to_string() }
    }

    /// What a detector found.
    pub fn finding(uid: FindingUid) -> Self {
        Self { kind: TargetKind::Finding, id: uid.to_string() }
    }

    /// What it is.
    pub const fn kind(&self) -> TargetKind {
        self.kind
    }

    /// Which one: uid, name or ID.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Target {
    /// As it can be typed: `host:srv01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// Which note: its number in the case, never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteId(pub i64);

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Which note.
    pub id: NoteId,
    /// What it is on.
    pub target: Target,
    /// What it says.
    pub text: String,
    /// Who wrote it, if that was told.
    pub author: Option<String>,
    /// When it was written.
    pub created: Option<Timestamp>,
    /// When it was last changed; `None` if never.
    pub changed: Option<Timestamp>,
}

/// Something to come back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// What it is on.
    pub target: Target,
    /// Who set it, if that was told.
    pub author: Option<String>,
    /// When it was set.
    pub created: Option<Timestamp>,
}

/// A word that somebody put on something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// What it is on.
    pub target: Target,
    /// The word.
    pub tag: String,
    /// Who put it there, if that was told.
    pub author: Option<String>,
    /// When it was put there.
    pub created: Option<Timestamp>,
}

impl Case {
    /// All notes, in the order in which they were written.
    pub fn notes(&self) -> Result<Vec<Note>, CaseError> {
        self.register_file().with(|db| {
            db.prepare(
                "SELECT target_kind, target, author, created, id, text, changed FROM notes ORDER BY id",
            )?
            .query_map([], |row| {
                Ok(Note {
                    id: NoteId(row.get(4)?),
                    target: target(row)?,
                    text: row.get(5)?,
                    author: row.get(2)?,
                    created: time_from_sql(row.get(3)?),
                    changed: time_from_sql(row.get(6)?),
                })
            })?
            .collect()
        })
    }

    /// All bookmarks, by what they are on.
    pub fn bookmarks(&self) -> Result<Vec<Bookmark>, CaseError> {
        self.register_file().with(|db| {
            db.prepare(
                "SELECT target_kind, target, author, created FROM bookmarks ORDER BY target_kind, target",
            )?
            .query_map([], |row| {
                let created = time_from_sql(row.get(3)?);
                Ok(Bookmark { target: target(row)?, author: row.get(2)?, created })
            })?
            .collect()
        })
    }

    /// All tags, by what they are on.
    pub fn tags(&self) -> Result<Vec<Tag>, CaseError> {
        self.register_file().with(|db| {
            db.prepare(
                "SELECT target_kind, target, author, created, tag FROM tags ORDER BY target_kind, target, tag",
            )?
            .query_map([], |row| {
                let created = time_from_sql(row.get(3)?);
                Ok(Tag { target: target(row)?, tag: row.get(4)?, author: row.get(2)?, created })
            })?
            .collect()
        })
    }

    /// Writes a note. Works in a case that was opened for reading, too, as long as no run writes.
    pub fn add_note(&self, on: &Target, text: &str, author: Option<&str>) -> Result<NoteId, CaseError> {
        self.change(|tx| {
            tx.execute(
                "INSERT INTO notes (target_kind, target, text, author, created) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![on.kind.name(), on.id, text, author, stamp()],
            )?;
            Ok(NoteId(tx.last_insert_rowid()))
        })
    }

    /// Gives a note another text. False: there is no such note.
    pub fn change_note(&self, id: NoteId, text: &str) -> Result<bool, CaseError> {
        self.change(|tx| {
            let changed = tx.execute(
                "UPDATE notes SET text = ?2, changed = ?3 WHERE id = ?1",
                params![id.0, text, stamp()],
            )?;
            Ok(changed > 0)
        })
    }

    /// Removes a note. False: there is no such note.
    pub fn remove_note(&self, id: NoteId) -> Result<bool, CaseError> {
        self.change(|tx| Ok(tx.execute("DELETE FROM notes WHERE id = ?1", [id.0])? > 0))
    }

    /// Sets a bookmark. False: there was one, which stays as it is.
    pub fn add_bookmark(&self, on: &Target, author: Option<&str>) -> Result<bool, CaseError> {
        self.change(|tx| {
            let added = tx.execute(
                "INSERT OR IGNORE INTO bookmarks (target_kind, target, author, created) VALUES (?1, ?2, ?3, ?4)",
                params![on.kind.name(), on.id, author, stamp()],
            )?;
            Ok(added > 0)
        })
    }

    /// Removes a bookmark. False: there was none.
    pub fn remove_bookmark(&self, on: &Target) -> Result<bool, CaseError> {
        self.change(|tx| {
            let removed = tx.execute(
                "DELETE FROM bookmarks WHERE target_kind = ?1 AND target = ?2",
                [on.kind.name(), &on.id],
            )?;
            Ok(removed > 0)
        })
    }

    /// Puts tags on something, all or none; returns how many of them were new.
    pub fn add_tags(&self, on: &Target, tags: &[&str], author: Option<&str>) -> Result<usize, CaseError> {
        self.change(|tx| {
            let mut put = tx.prepare(
                "INSERT OR IGNORE INTO tags (target_kind, target, tag, author, created) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            let stamp = stamp();
            tags.iter().map(|tag| put.execute(params![on.kind.name(), on.id, tag, author, stamp])).sum()
        })
    }

    /// Takes tags off, all or none; returns how many of them were there.
    pub fn remove_tags(&self, on: &Target, tags: &[&str]) -> Result<usize, CaseError> {
        self.change(|tx| {
            let mut take =
                tx.prepare("DELETE FROM tags WHERE target_kind = ?1 AND target = ?2 AND tag = ?3")?;
            tags.iter().map(|tag| take.execute([on.kind.name(), &on.id, tag])).sum()
        })
    }

    /// Uids of records that begin with these digits, at most so many, in their order. A whole uid is found at once; of fewer
    /// digits the uids of all events are read: some seconds for tens of millions.
    pub fn event_uids(&self, digits: &str, most: usize) -> Result<Vec<EventUid>, CaseError> {
        let whole = digits.parse::<EventUid>().is_ok_and(|uid| uid.to_string() == digits);
        let wanted = Pattern::new(&if whole { digits.to_owned() } else { format!("{digits}*") });
        let Some(column) = Column::named("event_uid") else { return Ok(Vec::new()) };
        let filter = Filter::default().and(Expr::Test(column, Check::Text(vec![wanted])));
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let found =
            self.scan(&filter, threads)?.each_batch(&[column], |found: &mut BTreeSet<EventUid>, batch| {
                let wrong = |what| CaseError::table(&self.shared.root, what);
                let uids = texts(batch, "event_uid").map_err(wrong)?;
                found.extend(uids.iter().flatten().filter_map(|uid| uid.parse::<EventUid>().ok()));
                while found.len() > most {
                    found.pop_last();
                }
                Ok(())
            })?;
        Ok(found.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().take(most).collect())
    }

    /// Is there a note with this number, and on what?
    pub fn note_target(&self, id: NoteId) -> Result<Option<Target>, CaseError> {
        self.register_file().with(|db| {
            db.query_row("SELECT target_kind, target FROM notes WHERE id = ?1", [id.0], target).optional()
        })
    }
}

/// The first two columns.
fn target(row: &Row<'_>) -> rusqlite::Result<Target> {
    Ok(Target { kind: read_as(0, &row.get::<_, String>(0)?)?, id: row.get(1)? })
}
