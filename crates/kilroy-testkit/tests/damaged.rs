//! Damaged files: reading goes on, says what was lost, and finds what is whole.

use std::ops::ControlFlow;

use kilroy_evtx::{EventSpec, Item, read};
use kilroy_testkit::damage::{cut, flip_bits, zero};
use kilroy_testkit::rearrange::mixed_files;
use kilroy_testkit::scenarios;

/// Size of the file header and of a chunk.
const HEADER: usize = 4096;
const CHUNK: usize = 65_536;

/// Records of all stories in one file of several chunks, numbered through.
fn large() -> Vec<u8> {
    let stories = scenarios::all();
    let events = (1..).zip(stories.iter().flat_map(|s| &s.events));
    let events: Vec<EventSpec> =
        events.map(|(record_id, event)| EventSpec { record_id, ..event.clone() }).collect();
    let mut files = mixed_files(&[events]).expect("records that can be written");
    let bytes = files.remove(0).bytes;
    assert!(bytes.len() >= HEADER + 3 * CHUNK, "too few chunks: {} bytes", bytes.len());
    bytes
}

/// Record IDs that are found, and the number of losses; `None` if it is no log at all.
fn found(bytes: &[u8]) -> Option<(Vec<u64>, usize)> {
    let (mut ids, mut losses) = (Vec::new(), 0);
    let summary = read(&bytes, &mut |item| {
        match item {
            Item::Record(record) => ids.extend(record.system.record_id),
            Item::Loss(_) => losses += 1,
        }
        ControlFlow::Continue(())
    });
    summary.ok().map(|_| (ids, losses))
}

#[test]
fn a_zeroed_chunk_costs_its_records_only() {
    let mut bytes = large();
    let (whole, losses) = found(&bytes).expect("a log");
    assert_eq!(losses, 0);
    zero(&mut bytes, HEADER..HEADER + CHUNK);
    let (left, _) = found(&bytes).expect("still a log");
    assert!(!left.is_empty() && left.len() < whole.len());
    assert!(whole.ends_with(&left), "the other chunks are whole");
}

#[test]
fn half_a_zeroed_chunk_is_a_loss() {
    let mut bytes = large();
    let (whole, _) = found(&bytes).expect("a log");
    zero(&mut bytes, HEADER + CHUNK / 2..HEADER + CHUNK);
    let (left, losses) = found(&bytes).expect("still a log");
    assert!(losses > 0 && left.len() < whole.len());
}

#[test]
fn a_cut_file_keeps_its_beginning() {
    let mut bytes = large();
    let (whole, _) = found(&bytes).expect("a log");
    cut(&mut bytes, HEADER + CHUNK + CHUNK / 4);
    let (left, losses) = found(&bytes).expect("still a log");
    assert!(losses > 0 && left.len() < whole.len());
    assert!(whole.starts_with(&left));
}

#[test]
fn turned_bits_never_stop_the_reader() {
    let file = large();
    let (whole, _) = found(&file).expect("a log");
    for seed in 0..20 {
        let mut bytes = file.clone();
        flip_bits(&mut bytes[HEADER..], 40, seed);
        let (left, losses) = found(&bytes).expect("the header is whole");
        assert!(losses > 0, "seed {seed}: nothing was noticed");
        assert!(left.len() * 2 > whole.len(), "seed {seed}: {} of {} records", left.len(), whole.len());
    }
}
