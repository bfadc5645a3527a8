//! Batches of events that a thread of its own decodes while SQLite works on those before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::thread;
use std::time::Duration;

use arrow_array::RecordBatch;
use rusqlite::Result;

use super::bridge::wrong;
use crate::query::{Column, Counts, Filter, Key};
use crate::{Case, CaseError};

/// Batches that wait to be taken: what is in memory is bounded by that.
const WAITING: usize = 4;

/// How often a query that waits for rows looks whether it shall go on.
const LOOK: Duration = Duration::from_millis(50);

/// Batches, in the order of the scan.
pub(super) struct Ahead {
    batches: Receiver<std::result::Result<RecordBatch, CaseError>>,
    interrupted: Arc<AtomicBool>,
}

impl Ahead {
    pub(super) fn start(
        case: &Arc<Case>,
        filter: Filter,
        columns: Vec<Column>,
        interrupted: &Arc<AtomicBool>,
    ) -> Self {
        let (send, batches) = sync_channel(WAITING);
        let case = Arc::clone(case);
        // Nobody waits for the thread: it ends when there is nothing more, or when nobody takes what it has.
        thread::spawn(move || match case.scan(&filter, 1) {
            Ok(scan) => {
                for batch in scan.batches(&columns) {
                    if send.send(batch).is_err() {
                        break;
                    }
                }
            }
            Err(error) => drop(send.send(Err(error))),
        });
        Self { batches, interrupted: Arc::clone(interrupted) }
    }

    /// The next batch with rows.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if self.interrupted.load(Ordering::Relaxed) {
                return Err(wrong("interrupted"));
            }
            match self.batches.recv_timeout(LOOK) {
                Ok(Ok(batch)) if batch.num_rows() == 0 => {}
                Ok(batch) => return batch.map(Some).map_err(wrong),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

/// Counts in the scan, with several threads.
pub(super) fn count(
    case: &Arc<Case>,
    filter: Filter,
    keys: Vec<Key>,
    threads: usize,
    interrupted: &AtomicBool,
) -> Result<Counts> {
    let (send, counted) = channel();
    let case = Arc::clone(case);
    // Nobody may listen any more: then it does not matter.
    thread::spawn(move || drop(send.send(case.scan(&filter, threads).and_then(|scan| scan.group(&keys)))));
    loop {
        if interrupted.load(Ordering::Relaxed) {
            return Err(wrong("interrupted"));
        }
        match counted.recv_timeout(LOOK) {
            Ok(counted) => return counted.map_err(wrong),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(wrong("the events could not be counted")),
        }
    }
}
