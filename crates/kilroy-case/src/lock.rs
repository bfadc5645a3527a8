//! One run at a time may write to a case.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
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

    fn acquire_within(root: &Path, patience: Duration) -> Result<Self, CaseError> {
        let path = root.join(LOCK_FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(CaseError::io("open", &path))?;
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
