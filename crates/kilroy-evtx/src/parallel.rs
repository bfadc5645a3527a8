//! Several threads on one file.
//!
//! The file is cut into parts of equal size, on the grid on which chunks stand. Threads take the parts in turn, and the
//! results are put in order again. Where bytes were cut out or put in, chunks leave the grid, and a part that was begun in
//! the wrong place is read again from the right one: so the result is that of one thread.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::CHUNK;
use crate::decode::Decoder;
use crate::graft::Grafts;
use crate::reader::{Collect, Part, ReadError, Reader, Start, Summary};
use crate::walk::{Failed, Met, Note, Walk};

/// Size of a part: some thousand records, and few enough bytes that the results of some parts are no burden.
const PART: u64 = 32 * CHUNK as u64;

/// Parts per thread that may be done and not yet taken.
const AHEAD: usize = 3;

/// What one walk over a part came to.
struct Done<T> {
    output: T,
    records: u64,
    notes: Vec<Note>,
    start: u64,
    at: u64,
    ended: bool,
    /// A [`Collect`] has enough.
    enough: bool,
}

pub(crate) fn collect<C: Collect>(
    reader: &Reader<'_>,
    threads: NonZeroUsize,
    make: &(dyn Fn() -> C + Sync),
    sink: &mut dyn FnMut(Part<C::Output>) -> ControlFlow<()>,
) -> Result<Summary, ReadError> {
    let grafts = Grafts::new(reader.source);
    let start = reader.start()?;
    let size = reader.source.size().map_err(|source| ReadError::Io { offset: 0, source })?;
    let parts = size.saturating_sub(start.at).div_ceil(PART).max(1);
    let first = start.at;
    let merge = Merge { reader, start, summary: Summary::default(), sink };
    let threads = threads.get().min(usize::try_from(parts).unwrap_or(usize::MAX));
    let mut own = Worker { reader, decoder: Decoder::new(&grafts), collector: None, make };
    if threads < 2 {
        return merge.alone(&mut own);
    }
    let queue = Queue { state: Mutex::new(State::new()), changed: Condvar::new(), ahead: AHEAD * threads };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let _guard = StopOnPanic(&queue);
                    let mut worker = Worker { reader, decoder: Decoder::new(&grafts), collector: None, make };
                    while let Some(part) = queue.take(parts) {
                        let done = worker.part(first + part * PART, first + (part + 1) * PART);
                        queue.put(part, done);
                    }
                })
            })
            .collect();
        let outcome = merge.in_order(&queue, parts, &mut own);
        queue.stop();
        for worker in workers {
            if let Err(panic) = worker.join() {
                resume_unwind(panic);
            }
        }
        outcome
    })
}

/// One thread's reading.
struct Worker<'w, C> {
    reader: &'w Reader<'w>,
    decoder: Decoder<'w>,
    collector: Option<C>,
    make: &'w (dyn Fn() -> C + Sync),
}

impl<C: Collect> Worker<'_, C> {
    fn part(&mut self, start: u64, end: u64) -> Result<Done<C::Output>, Failed> {
        let Self { reader, decoder, collector, make } = self;
        let collector = collector.get_or_insert_with(make);
        let walk = Walk { source: reader.source, at: start, end, carve: reader.carve };
        let (mut notes, mut records, mut enough) = (Vec::new(), 0, false);
        let walked = walk.run(decoder, &reader.settings, &mut |met| match met {
            Met::Record(record) => {
                records += 1;
                let flow = collector.record(record);
                enough |= flow.is_break();
                flow
            }
            Met::Note(note) => {
                notes.push(note);
                ControlFlow::Continue(())
            }
        })?;
        let output = collector.finish();
        Ok(Done { output, records, notes, start, at: walked.at, ended: walked.ended, enough })
    }
}

/// Puts parts in order.
struct Merge<'m, 'r, T> {
    reader: &'m Reader<'r>,
    start: Start,
    summary: Summary,
    sink: &'m mut dyn FnMut(Part<T>) -> ControlFlow<()>,
}

impl<T: Send> Merge<'_, '_, T> {
    /// All parts in this thread.
    fn alone<C: Collect<Output = T>>(mut self, own: &mut Worker<'_, C>) -> Result<Summary, ReadError> {
        loop {
            let at = self.start.at;
            let done = own.part(at, at + PART)?;
            if self.take(done).is_break() {
                return self.end();
            }
        }
    }

    /// Parts as other threads have done them.
    fn in_order<C: Collect<Output = T>>(
        mut self,
        queue: &Queue<T>,
        parts: u64,
        own: &mut Worker<'_, C>,
    ) -> Result<Summary, ReadError> {
        let first = self.start.at;
        for part in 0..parts {
            let Some(done) = queue.wait(part) else { break };
            let mut done = done?;
            let (at, end) = (self.start.at, first + (part + 1) * PART);
            if at >= end {
                // The last chunk of an earlier part reached beyond this one.
                continue;
            }
            if done.start != at {
                done = own.part(at, end)?;
            }
            if self.take(done).is_break() {
                return self.end();
            }
        }
        // The file may have grown.
        self.alone(own)
    }

    fn take(&mut self, done: Done<T>) -> ControlFlow<()> {
        let mut losses = std::mem::take(&mut self.start.losses);
        for note in done.notes {
            self.start.ledger.enter(note, &mut losses);
        }
        if done.ended && !done.enough {
            self.start.ledger.end(done.at, &mut losses);
        }
        self.start.at = done.at;
        self.summary.records += done.records;
        self.summary.losses += losses.len() as u64;
        let flow = (self.sink)(Part { output: done.output, records: done.records, losses, end: done.at });
        if done.ended { ControlFlow::Break(()) } else { flow }
    }

    fn end(self) -> Result<Summary, ReadError> {
        self.reader.summary(self.summary, &self.start.ledger, self.start.at)
    }
}

/// Parts that are to be done, and those that are done and not taken.
struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// How far threads may be ahead of the one that takes.
    ahead: usize,
}

struct State<T> {
    next: u64,
    taken: u64,
    stopped: bool,
    done: BTreeMap<u64, Result<Done<T>, Failed>>,
}

impl<T> State<T> {
    fn new() -> Self {
        Self { next: 0, taken: 0, stopped: false, done: BTreeMap::new() }
    }
}

impl<T> Queue<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next part to be done.
    fn take(&self, parts: u64) -> Option<u64> {
        let mut state = self.state();
        loop {
            if state.stopped || state.next >= parts {
                return None;
            }
            if state.next < state.taken + self.ahead as u64 {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, part: u64, done: Result<Done<T>, Failed>) {
        self.state().done.insert(part, done);
        self.changed.notify_all();
    }

    /// A part when it is done. None if a thread failed.
    fn wait(&self, part: u64) -> Option<Result<Done<T>, Failed>> {
        let mut state = self.state();
        loop {
            if let Some(done) = state.done.remove(&part) {
                state.taken = part + 1;
                self.changed.notify_all();
                return Some(done);
            }
            if state.stopped {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }
}

/// Ends the wait for a thread that will never put its part.
struct StopOnPanic<'q, T>(&'q Queue<T>);

impl<T> Drop for StopOnPanic<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}
