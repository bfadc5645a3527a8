//! One run at a time may write to a case.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::CaseError;

/// The file that is locked. It is empty and stays: removing it would let two runs lock two files of one name.
/// `case.db` itself cannot serve, because on Windows a lock on it would shut SQLite out.
pub(crate) const LOCK_FILE: &str = "case.lock";

/// How long to wait for another run before giving up: long enough for one that is just ending.
const PATIENCE: Duration = Duration::from_secs(3);

/// The right to write to a case, until dropped. The system takes it back when the process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn acquire(root: &Path) -> Result<Self, CaseError> {
        Self::acquire_within(root, PATIENCE)
    }

    /// Waits as long as it takes. `waiting` is called once if there is anything to wait for.
    pub(crate) fn acquire_when_free(root: &Path, waiting: &mut dyn FnMut()) -> Result<Self, CaseError> {
        match Self::acquire_within(root, Duration::ZERO) {
            Err(CaseError::Locked { .. }) => {}
            result => return result,
        }
        waiting();
        let (path, file) = Self::file(root)?;
        file.lock().map_err(CaseError::io("lock", &path))?;
        Ok(Self { _file: file })
    }

    fn file(root: &Path) -> Result<(PathBuf, File), CaseError> {
        let path = root.join(LOCK_FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(CaseError::io("open", &path))?;
        Ok((path, file))
    }

    fn acquire_within(root: &Path, patience: Duration) -> Result<Self, CaseError> {
        let (path, file) = Self::file(root)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < patience => {
                    sleep(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => return Err(CaseError::Locked { path: root.to_owned() }),
                Err(TryLockError::Error(source)) => return Err(CaseError::io("lock", &path)(source)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_again_when_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::acquire(dir.path()).unwrap();
        let second = Lock::acquire_within(dir.path(), Duration::ZERO);
        assert!(matches!(second, Err(CaseError::Locked { .. })), "{second:?}");
        drop(first);
        Lock::acquire_within(dir.path(), Duration::ZERO).unwrap();
    }

    #[test]
    fn who_waits_is_told_so_and_comes_next() {
        let dir = tempfile::tempdir().unwrap();
        let mut told = 0;
        drop(Lock::acquire_when_free(dir.path(), &mut || told += 1).unwrap());
        assert_eq!(told, 0, "there was nothing to wait for");
        let first = Lock::acquire(dir.path()).unwrap();
        let mut first = Some(first);
        // The first one ends while the second one is told that it waits.
        drop(
            Lock::acquire_when_free(dir.path(), &mut || {
                told += 1;
                let first = first.take();
                std::thread::spawn(move || {
                    sleep(Duration::from_millis(100));
                    drop(first);
                });
            })
            .unwrap(),
        );
        assert_eq!(told, 1);
    }

    #[test]
    fn a_short_wait_is_enough_for_a_run_that_ends() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::acquire(dir.path()).unwrap();
        let ending = std::thread::spawn(move || {
            sleep(Duration::from_millis(200));
            drop(first);
        });
        Lock::acquire(dir.path()).unwrap();
        ending.join().unwrap();
    }
}
