-- Version 3: findings can be dismissed.

-- What people have looked at and need not see again. Nothing here is ever made anew: the uid of a finding is made of its
-- detector and its records, so it holds for the next run.
CREATE TABLE dismissals (
    finding TEXT NOT NULL PRIMARY KEY,          -- uid of the finding
    note    TEXT,                               -- why
    author  TEXT,
    created TEXT NOT NULL
) WITHOUT ROWID;
