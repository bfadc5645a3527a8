//! A case: its folder, its lock and its register.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use kilroy_model::EvidenceId;
use rusqlite::Transaction;

use crate::error::shown;
use crate::events::{EventFile, EventWriter};
use crate::lock::{LOCK_FILE, Lock};
use crate::register::{self, Register};
use crate::{CaseError, aside};

/// Where the event tables are.
pub(crate) const EVENTS: &str = "events";

/// A case on disk. Cheap to share between threads by reference.
#[derive(Debug)]
pub struct Case {
    pub(crate) shared: Arc<Shared>,
}

/// What the case and its writers have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) root: PathBuf,
    pub(crate) register: Register,
    /// Event files that are in place, but not yet in the register.
    pub(crate) finished: Mutex<HashMap<EvidenceId, Vec<EventFile>>>,
    /// Held until the case is dropped; `None`: other runs may write meanwhile.
    lock: Option<Lock>,
    /// Opened for writing?
    writes: bool,
    /// Tells the temporary files of one run apart.
    files: AtomicU64,
}

impl Case {
    /// Opens a case for writing, or makes a new one in an empty or new folder.
    ///
    /// Waits a few seconds for another run that is just ending. Removes what a killed run left behind: files that were
    /// being written, and event files that never entered the register.
    pub fn create_or_open(dir: &Path) -> Result<Self, CaseError> {
        Self::create_or_open_with(dir, Lock::acquire)
    }

    /// The same, but waits for another run as long as it takes. `waiting` is called once if there is one to wait for.
    pub fn create_or_open_when_free(dir: &Path, waiting: &mut dyn FnMut()) -> Result<Self, CaseError> {
        Self::create_or_open_with(dir, |dir| Lock::acquire_when_free(dir, waiting))
    }

    fn create_or_open_with(
        dir: &Path,
        lock: impl FnOnce(&Path) -> Result<Lock, CaseError>,
    ) -> Result<Self, CaseError> {
        if dir.exists() && !dir.is_dir() {
            return Err(CaseError::NotACase {
                path: dir.to_owned(),
                why: "it is a file, not a folder".to_owned(),
            });
        }
        fs::create_dir_all(dir).map_err(CaseError::io("make the folder", dir))?;
        // In this order: another run may be making the case at this moment, and its register comes before anything else.
        let empty = is_empty_but_for_us(dir)?;
        if !empty && !register::exists(dir) {
            return Err(CaseError::NotEmpty { path: dir.to_owned() });
        }
        let lock = lock(dir)?;
        let case = Self::with(dir, Register::for_writing(dir)?, Some(lock), true);
        case.tidy()?;
        Ok(case)
    }

    /// Opens a case for reading. Several programs may, also while one run writes.
    pub fn open(dir: &Path) -> Result<Self, CaseError> {
        let not_a_case = |why: &str| CaseError::NotACase { path: dir.to_owned(), why: why.to_owned() };
        if !dir.exists() {
            return Err(CaseError::NoSuchCase { path: dir.to_owned() });
        }
        if !dir.is_dir() {
            return Err(not_a_case("it is a file, not a folder"));
        }
        if !register::exists(dir) {
            return Err(not_a_case("it has no case.db; make a case with `kilroy analyze PATH… -o CASE`"));
        }
        if let Some(register) = Register::for_reading(dir)? {
            return Ok(Self::with(dir, register, None, false));
        }
        // An older version, or a creation that was cut off: bring it up to date, then read.
        let lock = Lock::acquire(dir)?;
        drop(Register::for_writing(dir)?);
        drop(lock);
        let register = Register::for_reading(dir)?.ok_or_else(|| not_a_case("its case.db stays empty"))?;
        Ok(Self::with(dir, register, None, false))
    }

    /// Opens a case for reading, and keeps runs that write out until it is dropped: for those who must see one state of it
    /// throughout. On read-only media nobody can write anyway.
    pub fn open_alone(dir: &Path) -> Result<Self, CaseError> {
        let opened = Self::open(dir)?;
        let lock = match Lock::acquire(dir) {
            Err(CaseError::Io { source, .. })
                if matches!(source.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) =>
            {
                return Ok(opened);
            }
            lock => lock?,
        };
        // Opened once more: what was read before the lock may be old.
        drop(opened);
        let register = Register::for_reading(dir)?.ok_or_else(|| CaseError::NotACase {
            path: dir.to_owned(),
            why: "its case.db was replaced while it was opened".to_owned(),
        })?;
        Ok(Self::with(dir, register, Some(lock), false))
    }

    fn with(dir: &Path, register: Register, lock: Option<Lock>, writes: bool) -> Self {
        let root = dir.to_owned();
        let (finished, files) = (Mutex::default(), AtomicU64::new(0));
        Self { shared: Arc::new(Shared { root, register, finished, lock, writes, files }) }
    }

    /// Changes the register at once, also in a case that was opened for reading: then with a lock of its own, which waits
    /// some seconds for a run that is just ending.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, CaseError> {
        if self.shared.writes {
            return self.register_file().transaction(change);
        }
        let root = &self.shared.root;
        let _lock = match self.shared.lock {
            Some(_) => None,
            None => Some(Lock::acquire(root)?),
        };
        Register::for_writing(root)?.transaction(change)
    }

    /// The case's folder.
    pub fn path(&self) -> &Path {
        &self.shared.root
    }

    /// A writer for the events of one evidence file. Several may be at work in several threads.
    pub fn event_writer(&self, id: EvidenceId) -> EventWriter {
        EventWriter::new(Arc::clone(&self.shared), id)
    }

    /// The same with so many bytes of events at most that wait in memory to be sorted. The files are the same with any.
    pub fn event_writer_within(&self, id: EvidenceId, window: usize) -> EventWriter {
        EventWriter::within(Arc::clone(&self.shared), id, window)
    }

    pub(crate) fn register_file(&self) -> &Register {
        &self.shared.register
    }

    /// Removes what a killed run left behind.
    fn tidy(&self) -> Result<(), CaseError> {
        let known: HashSet<String> = self.register_file().with(|db| {
            let mut files = db.prepare("SELECT file FROM event_files")?;
            files.query_map([], |row| row.get(0))?.collect()
        })?;
        let root = &self.shared.root;
        for (path, name) in list(root)? {
            if name.starts_with(aside::PREFIX) {
                remove(&path)?;
            }
        }
        let events = root.join(EVENTS);
        for (folder, folder_name) in list(&events)? {
            if !folder_name.starts_with("host=") || !folder.is_dir() {
                continue;
            }
            for (path, name) in list(&folder)? {
                let file = format!("{EVENTS}/{folder_name}/{name}");
                if name.starts_with(aside::PREFIX) || (is_event_file(&name) && !known.contains(&file)) {
                    remove(&path)?;
                }
            }
            // Only succeeds if the folder is empty, which is what we want.
            let _ = fs::remove_dir(&folder);
        }
        Ok(())
    }
}

impl Shared {
    /// A number for the next temporary file; an error if the case was opened for reading.
    pub(crate) fn next_file(&self) -> Result<u64, CaseError> {
        self.may_write()?;
        Ok(self.files.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn may_write(&self) -> Result<(), CaseError> {
        if self.writes { Ok(()) } else { Err(CaseError::ReadOnly { path: self.root.clone() }) }
    }

    /// A file of the register (with `/`) as a path of this system.
    pub(crate) fn place(&self, file: &str) -> PathBuf {
        file.split('/').fold(self.root.clone(), |path, part| path.join(part))
    }
}

/// Is this the name of an event file: 16 hexadecimal digits and `.parquet`?
pub(crate) fn is_event_file(name: &str) -> bool {
    name.strip_suffix(".parquet")
        .is_some_and(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Is there nothing but what a creation that was cut off leaves?
fn is_empty_but_for_us(dir: &Path) -> Result<bool, CaseError> {
    Ok(list(dir)?.iter().all(|(_, name)| name == LOCK_FILE))
}

/// Entries of a folder with their names; names that are no Unicode are none of ours and are shown with `?`.
pub(crate) fn list(folder: &Path) -> Result<Vec<(PathBuf, String)>, CaseError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(CaseError::io("list", folder)(e)),
    };
    entries
        .map(|entry| {
            let path = entry.map_err(CaseError::io("list", folder))?.path();
            let name = path.file_name().map(|n| shown(Path::new(n))).unwrap_or_default();
            Ok((path, name))
        })
        .collect()
}

fn remove(path: &Path) -> Result<(), CaseError> {
    fs::remove_file(path).map_err(CaseError::io("remove", path))
}
