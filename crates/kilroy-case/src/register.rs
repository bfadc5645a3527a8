//! The register: one SQLite file, its versions, and the one connection to it.
//!
//! The journal is SQLite's rollback journal, not WAL: a case is one writer's work, it must open from read-only media and
//! network shares, and a killed run must not leave `-wal` and `-shm` files that belong to the case.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use kilroy_model::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::CaseError;
use crate::runs::now;

/// The register's file.
pub(crate) const FILE: &str = "case.db";

/// Marks an SQLite file as Kilroy's: `KLRY`.
const APPLICATION_ID: i64 = 0x4b4c_5259;

/// How each version of the register becomes the next: entry 0 makes version 1 out of nothing. Entries are never changed
/// once released; a new version is a new entry.
const MIGRATIONS: &[&str] =
    &[include_str!("register_v1.sql"), include_str!("register_v2.sql"), include_str!("register_v3.sql")];

const BUSY: Duration = Duration::from_secs(5);

/// The connection; one thread at a time.
#[derive(Debug)]
pub(crate) struct Register {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Register {
    /// Opens the register for writing; makes it or brings it up to date. The caller holds the case's lock.
    pub(crate) fn for_writing(root: &Path) -> Result<Self, CaseError> {
        let path = root.join(FILE);
        let register =
            Self::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        register.migrate()?;
        Ok(register)
    }

    /// Opens the register for reading. `Ok(None)` if it is of an older version and must be brought up to date first.
    pub(crate) fn for_reading(root: &Path) -> Result<Option<Self>, CaseError> {
        let path = root.join(FILE);
        // Asked for with writing, so that SQLite can undo what a killed run left half done; on read-only media it
        // falls back to reading by itself. `query_only` holds us to reading.
        let register = Self::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if register.version()? < known() {
            return Ok(None);
        }
        register.with(|db| db.pragma_update(None, "query_only", true))?;
        Ok(Some(register))
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, CaseError> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|source| CaseError::Register { path: path.to_owned(), source })?;
        let register = Self { path: path.to_owned(), connection: Mutex::new(connection) };
        register.with(|db| db.busy_timeout(BUSY))?;
        Ok(register)
    }

    /// Version of the register; 0 for one that is still empty. Refuses what is not ours and what is too new.
    fn version(&self) -> Result<i64, CaseError> {
        let read = self.with(|db| {
            // One look: another run may be writing these numbers at this moment.
            let db = db.unchecked_transaction()?;
            let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            Ok((number("application_id")?, number("user_version")?, tables))
        });
        let not_ours = |why: &str| CaseError::NotACase {
            path: self.path.parent().unwrap_or(&self.path).to_owned(),
            why: why.to_owned(),
        };
        match read {
            Ok((0, 0, 0)) => Ok(0),
            Ok((APPLICATION_ID, found, _)) if found > known() => {
                Err(CaseError::Newer { path: self.path.clone(), found, known: known() })
            }
            Ok((APPLICATION_ID, version, _)) => Ok(version),
            Ok(_) => Err(not_ours("its case.db is a database of another program")),
            Err(CaseError::Register { source, .. })
                if source.sqlite_error_code() == Some(ErrorCode::NotADatabase) =>
            {
                Err(not_ours("its case.db is no SQLite database"))
            }
            Err(e) => Err(e),
        }
    }

    fn migrate(&self) -> Result<(), CaseError> {
        let version = usize::try_from(self.version()?).unwrap_or(0);
        if version >= MIGRATIONS.len() {
            return Ok(());
        }
        self.transaction(|tx| {
            for step in &MIGRATIONS[version..] {
                tx.execute_batch(step)?;
            }
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
            tx.pragma_update(None, "user_version", known())
        })
    }

    /// Asks the register something.
    pub(crate) fn with<T>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, CaseError> {
        ask(&self.connection()).map_err(|source| self.error(source))
    }

    /// Changes the register, all or nothing.
    pub(crate) fn transaction<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, CaseError> {
        let mut connection = self.connection();
        let run = || {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = change(&tx)?;
            tx.commit()?;
            Ok(result)
        };
        run().map_err(|source| self.error(source))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A thread that panicked has rolled its transaction back: the connection is as good as before.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, source: rusqlite::Error) -> CaseError {
        CaseError::Register { path: self.path.clone(), source }
    }
}

/// The newest version that this program knows.
fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Does the folder hold a register?
pub(crate) fn exists(root: &Path) -> bool {
    fs::metadata(root.join(FILE)).is_ok_and(|m| m.is_file())
}

/// A count as SQLite keeps it; it has no unsigned numbers.
pub(crate) fn to_sql(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count as SQLite kept it.
pub(crate) fn from_sql(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// A time as text that people can read in the register; `None` for times beyond any calendar, which text cannot hold.
pub(crate) fn time_to_sql(time: Option<Timestamp>) -> Option<String> {
    time.map(|t| t.to_string()).filter(|text| text.parse::<Timestamp>().is_ok())
}

/// A time from its text.
pub(crate) fn time_from_sql(text: Option<String>) -> Option<Timestamp> {
    text.and_then(|t| t.parse().ok())
}

/// Now, for what people add. A clock that cannot be read gives the year 1970: a note must not be lost for it.
pub(crate) fn stamp() -> Option<String> {
    time_to_sql(Some(now().unwrap_or(Timestamp::from_ticks(0))))
}

/// A time of a file as nanoseconds since 1970; `None` outside of the years 1677 to 2262. Times of files are compared, so
/// nothing of them may be cut off.
pub(crate) fn nanos_to_sql(time: SystemTime) -> Option<i64> {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).ok(),
        Err(before) => i64::try_from(before.duration().as_nanos()).ok().map(|nanos| -nanos),
    }
}

/// The same back.
pub(crate) fn nanos_from_sql(nanos: i64) -> Option<SystemTime> {
    let distance = Duration::from_nanos(nanos.unsigned_abs());
    if nanos < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        drop(Register::for_writing(dir.path()).unwrap());
        let again = Register::for_writing(dir.path()).unwrap();
        assert_eq!(again.version().unwrap(), known());
        assert!(Register::for_reading(dir.path()).unwrap().is_some());
    }

    /// A register as version 1 made it, with a row in each table.
    fn version_1(root: &Path) {
        let db = Connection::open(root.join(FILE)).unwrap();
        db.execute_batch(MIGRATIONS[0]).unwrap();
        db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
        db.execute_batch(
            "INSERT INTO evidence VALUES ('logs/a.evtx', 'aa', '0000000000000001', 9, 'damaged', 'why', 3, 1,
                 '2024-05-14T09:00:00.0000000Z', NULL, 1);
             INSERT INTO losses VALUES ('0000000000000001', 0, 4096, 'record', 'bad size');
             INSERT INTO event_files VALUES ('0000000000000001', 'pc', 'events/host=pc/0000000000000001.parquet', 5, 3,
                 NULL, NULL);
             INSERT INTO runs VALUES (1, '0.0.1', 'analyze logs', '2024-05-14T09:00:00.0000000Z', NULL, NULL, NULL);",
        )
        .unwrap();
    }

    #[test]
    fn a_case_of_version_1_is_brought_up_to_date_and_loses_nothing() {
        let dir = tempfile::tempdir().unwrap();
        version_1(dir.path());
        assert!(Register::for_reading(dir.path()).unwrap().is_none());
        // Whoever opens the case, to read or to write, brings it up to date.
        let case = crate::Case::open(dir.path()).unwrap();
        let row = case.evidence().unwrap().remove(0);
        assert_eq!((row.path.as_str(), row.records, row.losses.len(), row.seen), ("logs/a.evtx", 3, 1, None));
        let run = case.runs().unwrap().remove(0);
        assert_eq!((run.version.as_str(), run.settings, run.system), ("0.0.1", None, None));
        assert_eq!(run.inputs, [""; 0]);
        assert_eq!(case.hosts().unwrap()[0].events, 3);
        assert_eq!(case.register_file().version().unwrap(), known());
        drop(case);

        // What a version 1 that was brought up to date has and what a new one has is the same.
        let schema = |root: &Path| {
            let register = Register::for_writing(root).unwrap();
            let read = |db: &Connection| {
                let mut rows = db.prepare("SELECT sql FROM sqlite_schema ORDER BY type, name")?;
                rows.query_map([], |row| row.get::<_, Option<String>>(0))?
                    .collect::<rusqlite::Result<Vec<_>>>()
            };
            register.with(read).unwrap()
        };
        let new = tempfile::tempdir().unwrap();
        assert_eq!(schema(dir.path()), schema(new.path()));
    }

    #[test]
    fn an_upgrade_that_is_cut_off_leaves_version_1() {
        let dir = tempfile::tempdir().unwrap();
        version_1(dir.path());
        // Something stands in the way of the last step: nothing of the upgrade may stay.
        Connection::open(dir.path().join(FILE)).unwrap().execute_batch("CREATE TABLE tags (x)").unwrap();
        assert!(Register::for_writing(dir.path()).is_err());
        let db = Connection::open(dir.path().join(FILE)).unwrap();
        let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, 1);
        db.execute_batch("DROP TABLE tags").unwrap();
        Register::for_writing(dir.path()).unwrap();
    }

    #[test]
    fn an_empty_file_is_a_creation_that_was_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), b"").unwrap();
        assert!(Register::for_reading(dir.path()).unwrap().is_none());
        Register::for_writing(dir.path()).unwrap();
        assert!(Register::for_reading(dir.path()).unwrap().is_some());
    }

    #[test]
    fn newer_and_foreign_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        drop(Register::for_writing(dir.path()).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let text = Register::for_reading(dir.path()).unwrap_err().to_string();
        assert!(text.contains("newer Kilroy") && text.contains("99"), "{text}");

        fs::remove_file(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE notes(text)").unwrap();
        assert!(matches!(Register::for_writing(dir.path()), Err(CaseError::NotACase { .. })));

        fs::write(
            &path,
            "a letter to a friend, long enough to be taken for a header of something, but it is none\n",
        )
        .unwrap();
        assert!(matches!(Register::for_reading(dir.path()), Err(CaseError::NotACase { .. })));
    }

    #[test]
    fn readers_cannot_write() {
        let dir = tempfile::tempdir().unwrap();
        drop(Register::for_writing(dir.path()).unwrap());
        let reader = Register::for_reading(dir.path()).unwrap().unwrap();
        assert!(reader.transaction(|tx| tx.execute("DELETE FROM runs", [])).is_err());
    }
}
