//! Evidence into a case: hash, skip what the case holds, decode and store, all files side by side.
//!
//! What the case says afterwards does not depend on the order of the files or on which thread was faster: a file enters
//! the register by itself, and the tables are sorted.

mod file;
mod hashed;
mod progress;
mod rows;
mod source;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Result, anyhow};
use kilroy_case::{Case, EvidenceStatus};
use kilroy_evidence::Found;
use kilroy_model::EvidenceId;

use self::hashed::Hashed;
use self::progress::Meter;
use self::source::Source;
pub(crate) use progress::Progress;
pub(crate) use source::Files;

use crate::settings::Budget;
use crate::timings::{Kind, Timings, Watch};

/// What became of the files of one run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ingested {
    /// Logs that were read.
    pub(crate) read: u64,
    /// Logs whose content the case held already.
    pub(crate) held: u64,
    /// Something in them could not be read, now or when it was read before.
    pub(crate) losses: bool,
}

/// How evidence is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// How much may be in hand.
    pub(crate) budget: Budget,
    /// A file whose path, size and time of the last write are those that the register knows is not read at all.
    pub(crate) trust_mtime: bool,
}

/// Brings everything that was found into the case.
pub(crate) fn ingest(
    case: &Case,
    found: &[Found],
    way: Way,
    source: &dyn Source,
    progress: &Progress,
    timings: &Timings,
) -> Result<Ingested> {
    let (mut logs, others): (Vec<&Found>, Vec<&Found>) = found.iter().partition(|f| f.kind.is_ok());
    case.register_others(&others.into_iter().map(rows::absent).collect::<Vec<_>>())?;
    // Large files first: a large one that comes last would leave the other threads without work.
    logs.sort_by_key(|f| Reverse(f.size));
    let threads = NonZeroUsize::new(way.budget.readers()).unwrap_or(NonZeroUsize::MIN);
    let work = Work {
        case,
        source,
        trust_mtime: way.trust_mtime,
        window: way.budget.window(),
        threads,
        logs,
        progress,
        timings,
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        done: Mutex::default(),
    };
    work.side_by_side()?;
    work.twins()?;
    let done = work.done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let losses = lost_something(case, found, &done.seen)?;
    Ok(Ingested { read: done.read, held: done.held, losses })
}

/// From this size on one thread is not enough for a log.
const LARGE: u64 = 32 << 20;

/// What the threads share.
struct Work<'a> {
    case: &'a Case,
    source: &'a dyn Source,
    trust_mtime: bool,
    /// Bytes of events of a file that may wait to be sorted.
    window: Option<usize>,
    threads: NonZeroUsize,
    logs: Vec<&'a Found>,
    progress: &'a Progress,
    timings: &'a Timings,
    next: AtomicUsize,
    /// The case itself could not be written: no thread need go on.
    failed: AtomicBool,
    done: Mutex<Done<'a>>,
}

#[derive(Default)]
struct Done<'a> {
    read: u64,
    held: u64,
    /// Contents that a thread has taken on.
    seen: BTreeSet<EvidenceId>,
    /// Files whose content another thread has taken on.
    twins: Vec<(&'a Found, Hashed)>,
}

impl<'a> Work<'a> {
    fn side_by_side(&self) -> Result<()> {
        let threads = self.threads.get().min(self.logs.len().max(1));
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| self.worker())).collect();
            let results: Vec<Result<()>> = workers
                .into_iter()
                .map(|worker| {
                    worker
                        .join()
                        .unwrap_or_else(|_| Err(anyhow!("a thread stopped: this is a bug in Kilroy")))
                })
                .collect();
            results.into_iter().collect()
        })
    }

    fn worker(&self) -> Result<()> {
        let mut watch = self.timings.thread(Kind::Register);
        while !self.failed.load(Ordering::Relaxed) {
            let Some(found) = self.logs.get(self.next.fetch_add(1, Ordering::Relaxed)) else { break };
            let outcome = self.one(found, &mut watch);
            if outcome.is_err() {
                self.failed.store(true, Ordering::Relaxed);
                return outcome;
            }
        }
        Ok(())
    }

    /// One file, from its bytes to its row in the register.
    fn one(&self, found: &'a Found, watch: &mut Watch<'_>) -> Result<()> {
        let meter = self.progress.file(found);
        let known = if self.trust_mtime { Hashed::remembered(self.case, found)? } else { None };
        let hashed = match known {
            Some(hashed) => Ok(hashed),
            None => watch.during(Kind::Hash, || Hashed::read(self.source, found, &meter)),
        };
        let hashed = match hashed {
            Ok(hashed) => hashed,
            Err(error) => {
                self.case.register(&rows::unreadable(found, None, &error))?;
                return Ok(());
            }
        };
        let id = hashed.digest.id;
        if !self.done().seen.insert(id) {
            self.done().twins.push((found, hashed));
            return Ok(());
        }
        if self.case.holds(id)? {
            self.case.register(&rows::held(found, &hashed))?;
            self.done().held += 1;
            return Ok(());
        }
        self.store(found, hashed, &meter, watch)?;
        self.done().read += 1;
        Ok(())
    }

    /// Files with the content of another. It is in the case by now, or could not be read.
    fn twins(&self) -> Result<()> {
        let twins = std::mem::take(&mut self.done().twins);
        let mut watch = self.timings.thread(Kind::Register);
        for (found, hashed) in twins {
            if self.case.holds(hashed.digest.id)? {
                self.case.register(&rows::held(found, &hashed))?;
                self.done().held += 1;
            } else {
                let meter = self.progress.file(found);
                self.store(found, hashed, &meter, &mut watch)?;
                self.done().read += 1;
            }
        }
        Ok(())
    }

    fn store(&self, found: &Found, hashed: Hashed, meter: &Meter<'_>, watch: &mut Watch<'_>) -> Result<()> {
        let writer = match self.window {
            Some(bytes) => self.case.event_writer_within(hashed.digest.id, bytes),
            None => self.case.event_writer(hashed.digest.id),
        };
        let threads = self.threads_for(found);
        file::store(self.case, self.source, found, hashed, threads, writer, meter, watch)
    }

    /// A large log is decoded by several threads; small ones side by side.
    fn threads_for(&self, found: &Found) -> NonZeroUsize {
        if found.size < LARGE { NonZeroUsize::MIN } else { self.threads }
    }

    fn done(&self) -> MutexGuard<'_, Done<'a>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Was any of these files read with losses, or not at all?
fn lost_something(case: &Case, found: &[Found], seen: &BTreeSet<EvidenceId>) -> Result<bool> {
    let shown: BTreeSet<&str> = found.iter().map(|f| f.shown.as_str()).collect();
    Ok(case.evidence()?.iter().any(|row| match row.status {
        EvidenceStatus::Damaged => row.id.is_some_and(|id| seen.contains(&id)),
        EvidenceStatus::Unreadable => shown.contains(row.path.as_str()),
        EvidenceStatus::Read | EvidenceStatus::NotEvidence => false,
    }))
}
