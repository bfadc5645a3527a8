//! What is left over: records in slack space, and chunks in files that are no logs.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::ops::ControlFlow;

use common::event;
use kilroy_evtx::{Entry, Reader, Record, write};

const CHUNK: usize = 65_536;

fn log(ids: impl Iterator<Item = u64>) -> Vec<u8> {
    let mut file = Vec::new();
    write(&mut file, &ids.map(event).collect::<Vec<_>>()).unwrap();
    file
}

fn records(reader: Reader<'_>) -> (Vec<Record>, usize) {
    let (mut records, mut losses) = (Vec::new(), 0);
    let outcome = reader.for_each(&mut |entry| {
        match entry {
            Entry::Record(record) => records.push(record.to_record()),
            Entry::Loss(_) => losses += 1,
        }
        ControlFlow::Continue(())
    });
    outcome.unwrap();
    (records, losses)
}

fn ids(records: &[Record]) -> Vec<u64> {
    records.iter().filter_map(|record| record.system.record_id).collect()
}

/// A chunk that was used again: `new` records at its begin, and behind them what is left of the old ones.
fn used_again(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut file = new.to_vec();
    let free = u32::from_le_bytes(new[4096 + 48..4096 + 52].try_into().unwrap()) as usize;
    file[4096 + free..4096 + CHUNK].copy_from_slice(&old[4096 + free..4096 + CHUNK]);
    file
}

#[test]
fn records_in_slack_are_given_on_demand_and_marked() {
    let (old, new) = (log(1..=60), log(1001..=1012));
    let file = used_again(&old, &new);
    let (live, losses) = records(Reader::new(&file));
    assert_eq!((ids(&live), losses), ((1001..=1012).collect(), 0));
    assert!(live.iter().all(|record| !record.recovered));

    let (all, losses) = records(Reader::new(&file).recover(true));
    assert_eq!(losses, 0, "what is left over is no loss, whole or not");
    assert_eq!(ids(&all)[..12], (1001..=1012).collect::<Vec<_>>());
    let (whole, _) = records(Reader::new(&old));
    let left: Vec<&Record> = all[12..].iter().collect();
    assert!(left.len() > 30, "{}", left.len());
    for record in left {
        assert!(record.recovered);
        let mut as_it_was =
            whole.iter().find(|r| r.header_record_id == record.header_record_id).unwrap().clone();
        as_it_was.recovered = true;
        assert_eq!(*record, as_it_was);
    }
}

#[test]
fn leftovers_whose_templates_are_gone_are_read_with_those_of_another_chunk() {
    // The new records' templates lie over the old ones. Chunks behind have the old ones too.
    let old = log(1..=400);
    let file = used_again(&old, &log(1001..=1012));
    let file = [&file[..4096 + CHUNK], &old[4096 + CHUNK..]].concat();
    let (all, _) = records(Reader::new(&file).recover(true));
    let recovered: Vec<u64> = ids(&all[12..]).into_iter().filter(|id| *id < 100).collect();
    assert!(recovered.len() > 30, "{recovered:?}");
}

#[test]
fn chunks_are_found_in_any_file() {
    let log = log(1..=900);
    let chunks: Vec<&[u8]> = log[4096..].chunks(CHUNK).collect();
    assert!(chunks.len() > 3);
    // As in unallocated space: chunks at sectors, in any order, the last one cut by something else.
    let mut image = vec![0x5a; 512 * 7];
    image.extend(chunks[1]);
    image.extend(vec![0; 512 * 3]);
    image.extend(chunks[0]);
    image.extend(b"ElfChnk\0 is also a text");
    image.extend(&chunks[2][..40_000]);
    image.extend(vec![0xff; 100_000]);

    let (found, losses) = records(Reader::new(&image).carve(true));
    let (whole, _) = records(Reader::new(&log));
    let of_chunk = |n: u64| {
        let place = move |r: &&Record| (r.offset - 4096) / 65_536 == n;
        whole.iter().filter(place).filter_map(|r| r.system.record_id).collect::<Vec<u64>>()
    };
    let found = ids(&found);
    let (second, first) = (of_chunk(1), of_chunk(0));
    assert_eq!(found[..second.len()], second);
    assert_eq!(found[second.len()..second.len() + first.len()], first);
    let third = &found[second.len() + first.len()..];
    assert!(third.len() > 20 && of_chunk(2).starts_with(third), "{third:?}");
    assert!(losses > 0, "the third chunk is damaged");
}
