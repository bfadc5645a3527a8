//! The fast way and the slow way give the same, record by record, over all sample logs.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says what it saw")]

mod samples;

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use kilroy_evtx::{Entry, Loss, Reader, Record};
use samples::{files, folder};

struct Outcome {
    records: Vec<Record>,
    losses: Vec<Loss>,
    typed: usize,
}

fn read(path: &Path, slow: bool) -> Option<Outcome> {
    let file = File::open(path).unwrap();
    let mut outcome = Outcome { records: Vec::new(), losses: Vec::new(), typed: 0 };
    let summary = Reader::new(&file).slow(slow).for_each(&mut |entry| {
        match entry {
            Entry::Record(record) => {
                outcome.typed += usize::from(record.is_typed());
                outcome.records.push(record.to_record());
            }
            Entry::Loss(loss) => outcome.losses.push(loss),
        }
        ControlFlow::Continue(())
    });
    summary.ok().map(|_| outcome)
}

#[test]
fn both_ways_agree_on_every_record() {
    let Some(folder) = folder() else { return };
    let (mut records, mut typed) = (0, 0);
    for path in files(&folder) {
        let (Some(fast), Some(slow)) = (read(&path, false), read(&path, true)) else { continue };
        assert_eq!(fast.records.len(), slow.records.len(), "{}", path.display());
        for (fast, slow) in fast.records.iter().zip(&slow.records) {
            assert_eq!(fast, slow, "{}", path.display());
        }
        assert_eq!(fast.losses, slow.losses, "{}", path.display());
        assert_eq!(slow.typed, 0);
        records += fast.records.len();
        typed += fast.typed;
    }
    println!("{typed} of {records} records the fast way");
    assert!(typed * 100 >= records * 95, "{typed} of {records}");
}
