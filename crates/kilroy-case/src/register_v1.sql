-- Version 1 of the register. Times are RFC 3339 texts in UTC; paths have '/' on every system.

-- One row per path and content. What the content gave (records, losses, first, last) is the same in all rows of one
-- content. `held` is 1 once the events of that content are in the case.
CREATE TABLE evidence (
    path         TEXT    NOT NULL,
    sha256       TEXT    NOT NULL DEFAULT '',   -- '' if the file was not read
    evidence_id  TEXT,
    size         INTEGER NOT NULL,
    status       TEXT    NOT NULL,              -- read, damaged, not-evidence, unreadable
    reason       TEXT,
    records      INTEGER NOT NULL,
    losses_total INTEGER NOT NULL,
    first        TEXT,
    last         TEXT,
    held         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (path, sha256)
) WITHOUT ROWID;
CREATE INDEX evidence_by_id ON evidence (evidence_id);

-- What could not be read, per content; only so many per content are kept, `losses_total` counts all.
CREATE TABLE losses (
    evidence_id TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    offset      INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    PRIMARY KEY (evidence_id, number)
) WITHOUT ROWID;

-- The event tables: which file holds the events of which content and host.
CREATE TABLE event_files (
    evidence_id TEXT    NOT NULL,
    host        TEXT    NOT NULL,               -- lower-cased; the folder's name may be an encoded or cut form of it
    file        TEXT    NOT NULL,               -- below the case
    bytes       INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    first       TEXT,
    last        TEXT,
    PRIMARY KEY (evidence_id, host)
) WITHOUT ROWID;
CREATE INDEX event_files_by_host ON event_files (host);

-- Who ran what when; the only place in the case where the time of the analysis stands.
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY,
    version     TEXT    NOT NULL,
    command     TEXT    NOT NULL,
    started     TEXT    NOT NULL,
    finished    TEXT,
    duration_ms INTEGER,
    outcome     TEXT                            -- NULL: still running, or killed
);
