//! Several threads give what one thread gives, whatever became of the file.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says what it saw")]

mod common;
mod samples;

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use common::event;
use kilroy_evtx::{Collect, Entry, Loss, Reader, Record, RecordRef, Summary, write};
use proptest::prelude::*;

/// Copies of records.
#[derive(Default)]
struct Copies(Vec<Record>);

impl Collect for Copies {
    type Output = Vec<Record>;

    fn record(&mut self, record: &RecordRef<'_>) -> ControlFlow<()> {
        self.0.push(record.to_record());
        ControlFlow::Continue(())
    }

    fn finish(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.0)
    }
}

type Outcome = Option<(Summary, Vec<Record>, Vec<Loss>)>;

fn alone(reader: Reader<'_>) -> Outcome {
    let (mut records, mut losses) = (Vec::new(), Vec::new());
    let summary = reader.for_each(&mut |entry| {
        match entry {
            Entry::Record(record) => records.push(record.to_record()),
            Entry::Loss(loss) => losses.push(loss),
        }
        ControlFlow::Continue(())
    });
    Some((summary.ok()?, records, losses))
}

fn together(reader: Reader<'_>, threads: usize) -> Outcome {
    let (mut records, mut losses, mut end) = (Vec::new(), Vec::new(), 0);
    let threads = NonZeroUsize::new(threads).unwrap();
    let summary = reader.collect(threads, &Copies::default, &mut |part| {
        assert_eq!(part.records, part.output.len() as u64);
        assert!(part.end >= end);
        end = part.end;
        records.extend(part.output);
        losses.extend(part.losses);
        ControlFlow::Continue(())
    });
    Some((summary.ok()?, records, losses))
}

/// A log of several parts: 7 MB.
fn large() -> Vec<u8> {
    let mut file = Vec::new();
    write(&mut file, &(1..=20_000).map(event).collect::<Vec<_>>()).unwrap();
    assert!(file.len() > 3 * (2 << 20));
    file
}

fn assert_same(file: &[u8]) {
    for carve in [false, true] {
        let reader = Reader::new(&file).carve(carve).recover(true);
        let expected = alone(reader);
        for threads in [1, 2, 5] {
            assert!(together(reader, threads) == expected, "{threads} threads, carve {carve}");
        }
    }
}

#[test]
fn a_whole_log() {
    let file = large();
    let (summary, records, losses) = together(Reader::new(&file), 2).unwrap();
    assert_eq!((summary.records, records.len(), losses.len()), (20_000, 20_000, 0));
    assert!(records.iter().map(|r| r.system.record_id).eq((1..=20_000).map(Some)));
    assert_same(&file);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes are cut out, put in or wiped at places that need not be those where chunks begin.
    #[test]
    fn a_log_with_holes(wounds in prop::collection::vec((0_usize..3, 0_usize..7_000_000, 1_usize..200_000), 1..5)) {
        let mut file = large();
        for (kind, at, count) in wounds {
            let at = at.min(file.len());
            let end = (at + count).min(file.len());
            match kind {
                0 => drop(file.drain(at..end)),
                1 => drop(file.splice(at..at, vec![0x2a; count])),
                _ => file[at..end].fill(0),
            }
        }
        assert_same(&file);
    }
}

#[test]
fn all_samples() {
    let Some(folder) = samples::folder() else { return };
    for path in samples::files(&folder) {
        let file = std::fs::read(&path).unwrap();
        let reader = Reader::new(&file);
        assert!(alone(reader) == together(reader, 2), "{}", path.display());
    }
}

#[test]
fn it_ends_when_there_is_enough() {
    let file = large();
    let mut parts = 0;
    let summary = Reader::new(&file).collect(NonZeroUsize::new(2).unwrap(), &Copies::default, &mut |_| {
        parts += 1;
        ControlFlow::Break(())
    });
    assert_eq!(parts, 1);
    assert!(summary.unwrap().records < 20_000);
    let mut records = 0;
    let summary = Reader::new(&file).for_each(&mut |_| {
        records += 1;
        if records == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((records, summary.unwrap().records), (7, 7));
}

#[test]
fn only_what_is_wanted_is_given() {
    let file = large();
    let wanted = |system: &kilroy_evtx::SystemRef<'_>| system.record_id.is_some_and(|id| id % 1000 == 0);
    for reader in [Reader::new(&file).only(&wanted), Reader::new(&file).slow(true).only(&wanted)] {
        let (summary, records, _) = alone(reader).unwrap();
        assert_eq!((summary.records, records.len()), (20, 20));
        assert_eq!(together(reader, 2).unwrap().1, records);
    }
}

#[test]
fn event_ids_are_a_condition_too() {
    let file = large();
    for slow in [false, true] {
        let (all, none) = ([4624].into_iter().collect(), [4625].into_iter().collect());
        assert_eq!(alone(Reader::new(&file).slow(slow).only_ids(&all)), alone(Reader::new(&file)));
        assert_eq!(alone(Reader::new(&file).slow(slow).only_ids(&none)).unwrap().1, []);
    }
}
