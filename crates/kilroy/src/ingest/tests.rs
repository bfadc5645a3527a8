//! Evidence that fails while it is read.

use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, SystemTime};

use kilroy_case::CaseError;
use kilroy_evidence::{DecodeError, Decoded, Digest, ReadError};

use super::source::Sink;
use super::*;

/// A disk with a bad sector.
struct BadSector {
    /// In the file whose path ends like this.
    file: &'static str,
    /// It can be read for its hash, and then not for its events.
    later: bool,
}

const REASON: &str = "at offset 69632: input/output error (system error 5)";

impl BadSector {
    fn error(found: &Found) -> ReadError {
        ReadError::Unreadable { shown: found.shown.clone(), reason: REASON.to_owned() }
    }
}

impl Source for BadSector {
    fn hash(&self, found: &Found, progress: &dyn Fn(u64)) -> Result<Digest, ReadError> {
        if found.shown.ends_with(self.file) && !self.later {
            progress(found.size / 2);
            return Err(Self::error(found));
        }
        Files.hash(found, progress)
    }

    fn decode(
        &self,
        found: &Found,
        digest: &Digest,
        threads: NonZeroUsize,
        progress: &(dyn Fn(u64) + Sync),
        sink: &mut Sink<'_>,
    ) -> Result<Decoded, DecodeError<CaseError>> {
        let decoded = Files.decode(found, digest, threads, progress, sink)?;
        if found.shown.ends_with(self.file) {
            // What was decoded before has been handed over by then.
            return Err(Self::error(found).into());
        }
        Ok(decoded)
    }
}

fn logs(folder: &Path) -> Vec<Found> {
    for file in kilroy_testkit::log_files(&kilroy_testkit::demo()).unwrap() {
        let path = file.name.split('/').fold(folder.to_owned(), |path, part| path.join(part));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, file.bytes).unwrap();
        // Of a file that was written a moment ago the register does not note when: it may change unseen.
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    }
    kilroy_evidence::find(&[folder.to_owned()]).unwrap()
}

fn fill(case: &Path, found: &[Found], source: &dyn Source) -> Ingested {
    let case = Case::create_or_open(case).unwrap();
    let (progress, timings) = (Progress::new(found, false), Timings::new(false));
    let way = Way { budget: Budget::of_threads(2), trust_mtime: false };
    ingest(&case, found, way, source, &progress, &timings).unwrap()
}

fn rows(case: &Path) -> Vec<kilroy_case::EvidenceRow> {
    Case::open(case).unwrap().evidence().unwrap()
}

#[test]
fn a_read_error_costs_one_file_and_is_told_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let found = logs(&dir.path().join("logs"));
    let whole = dir.path().join("whole");
    assert!(!fill(&whole, &found, &Files).losses);
    for later in [false, true] {
        let case = dir.path().join(format!("case-{later}"));
        let bad = BadSector { file: "Security.evtx", later };
        let ingested = fill(&case, &found, &bad);
        let (unreadable, read): (Vec<_>, Vec<_>) =
            rows(&case).into_iter().partition(|row| row.path.ends_with("Security.evtx"));
        assert!(ingested.losses && !unreadable.is_empty());
        for row in &unreadable {
            assert_eq!((row.status, row.reason.as_deref()), (EvidenceStatus::Unreadable, Some(REASON)));
        }
        assert!(read.iter().all(|row| row.status == EvidenceStatus::Read && row.records > 0));
        assert_eq!(read.len() + unreadable.len(), found.len());
        // Nothing of it counts, and the next time it is read.
        let opened = Case::open(&case).unwrap();
        assert!(unreadable.iter().filter_map(|row| row.id).all(|id| !opened.holds(id).unwrap()));
        let events: u64 = opened.hosts().unwrap().iter().map(|host| host.events).sum();
        assert_eq!(events, read.iter().map(|row| row.records).sum::<u64>());
        drop(opened);
        assert!(!fill(&case, &found, &Files).losses);
        assert_eq!(rows(&case), rows(&whole));
    }
}
