-- Version 2: evidence can be found again, a case can be checked, work that is done already can be left out, and people
-- can add notes.

-- Where a file was last seen: its absolute path as the system spells it (NULL if that is no Unicode), its size, and when it
-- was last written, in nanoseconds since 1970 (NULL if not known, or too fresh to tell later contents from this one).
ALTER TABLE evidence ADD COLUMN seen_at TEXT;
ALTER TABLE evidence ADD COLUMN seen_size INTEGER;
ALTER TABLE evidence ADD COLUMN seen_modified INTEGER;
CREATE INDEX evidence_by_place ON evidence (seen_at);

-- What the file's bytes are, and which version of Kilroy wrote them. NULL for files of a case of version 1.
ALTER TABLE event_files ADD COLUMN sha256 TEXT;
ALTER TABLE event_files ADD COLUMN version TEXT;

-- What a run was asked for: its settings (JSON object), what it was given (JSON list of absolute paths), and the system
-- that it ran on.
ALTER TABLE runs ADD COLUMN settings TEXT;
ALTER TABLE runs ADD COLUMN inputs   TEXT;
ALTER TABLE runs ADD COLUMN system   TEXT;

-- Tables that were made of the events. A row goes before the first of its files is touched and comes back after the last
-- one is in place: while there is none, the tables are old, mixed or not there.
CREATE TABLE made (
    what    TEXT NOT NULL PRIMARY KEY,
    basis   TEXT NOT NULL,                      -- SHA-256 over the contents, the version and the settings
    version TEXT NOT NULL,
    remarks TEXT NOT NULL                       -- what else came out of making them
) WITHOUT ROWID;
CREATE TABLE made_files (
    what  TEXT    NOT NULL REFERENCES made (what),
    file  TEXT    NOT NULL,                     -- below the case
    bytes INTEGER NOT NULL,
    PRIMARY KEY (what, file)
) WITHOUT ROWID;

-- What people add. Nothing here is ever made anew, and nothing that Kilroy makes changes it. The target is the uid of an
-- event or session, the name of a host or user in small letters, or an evidence ID.
CREATE TABLE notes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    target_kind TEXT NOT NULL,                  -- event, session, host, user, evidence
    target      TEXT NOT NULL,
    text        TEXT NOT NULL,
    author      TEXT,
    created     TEXT NOT NULL,
    changed     TEXT                            -- NULL: as it was written first
);
CREATE INDEX notes_by_target ON notes (target_kind, target);
CREATE TABLE bookmarks (
    target_kind TEXT NOT NULL,
    target      TEXT NOT NULL,
    author      TEXT,
    created     TEXT NOT NULL,
    PRIMARY KEY (target_kind, target)
) WITHOUT ROWID;
CREATE TABLE tags (
    target_kind TEXT NOT NULL,
    target      TEXT NOT NULL,
    tag         TEXT NOT NULL,
    author      TEXT,
    created     TEXT NOT NULL,
    PRIMARY KEY (target_kind, target, tag)
) WITHOUT ROWID;
