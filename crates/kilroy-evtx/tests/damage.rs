//! Damage of every kind: all other records are still given, and what is lost is counted with its place.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test may fail, and knows its numbers"
)]

mod common;

use std::ops::ControlFlow;
use std::sync::OnceLock;

use common::{chunk_of, event, read_all};
use kilroy_evtx::{
    Body, Entry, EventSpec, Item, Loss, LossKind, ReadError, Reader, Record, Value, XmlElement, read, write,
};
use proptest::prelude::*;

const HEADER: usize = 4096;
const CHUNK: usize = 65_536;

/// A log of some chunks, with its records as they are without damage.
#[derive(Clone)]
struct Log {
    file: Vec<u8>,
    records: Vec<Record>,
}

impl Log {
    fn new() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(Self::written).clone()
    }

    fn written() -> Self {
        let events: Vec<EventSpec> = (1..=1_000).map(event).collect();
        let mut file = Vec::new();
        write(&mut file, &events).unwrap();
        let (records, losses) = read_all(&file);
        assert_eq!((records.len(), losses.len()), (1_000, 0));
        assert!(chunk_of(records.last().unwrap()) >= 5, "the tests want several chunks");
        Self { file, records }
    }

    fn chunk(&mut self, number: usize) -> &mut [u8] {
        &mut self.file[HEADER + number * CHUNK..][..CHUNK]
    }

    /// Offset of a record in the file, by its ID.
    fn offset(&self, record_id: usize) -> usize {
        usize::try_from(self.records[record_id - 1].offset).unwrap()
    }

    fn ids(&self, keep: impl Fn(&Record) -> bool) -> Vec<u64> {
        self.records.iter().filter(|r| keep(r)).filter_map(|r| r.system.record_id).collect()
    }

    /// IDs of a record in the middle of a chunk, away from the definitions of templates.
    fn middle_of_chunk(&self, number: u64) -> usize {
        let ids = self.ids(|r| chunk_of(r) == number);
        usize::try_from(ids[ids.len() / 2]).unwrap()
    }
}

fn ids(records: &[Record]) -> Vec<u64> {
    records.iter().filter_map(|r| r.system.record_id).collect()
}

fn kinds(losses: &[Loss]) -> Vec<(u64, LossKind)> {
    losses.iter().map(|loss| (loss.offset, loss.kind)).collect()
}

fn at(chunk: usize) -> u64 {
    (HEADER + chunk * CHUNK) as u64
}

#[test]
fn a_zeroed_chunk_between_chunks_is_a_loss() {
    let mut log = Log::new();
    log.chunk(2).fill(0);
    let (records, losses) = read_all(&log.file);
    assert_eq!(ids(&records), log.ids(|r| chunk_of(r) != 2));
    assert_eq!(kinds(&losses), [(at(2), LossKind::Chunk)]);
}

#[test]
fn zeroes_behind_the_last_chunk_are_free_space() {
    let mut log = Log::new();
    log.file.extend(vec![0; 3 * CHUNK]);
    let (records, losses) = read_all(&log.file);
    assert_eq!(ids(&records), log.ids(|_| true));
    assert_eq!(losses, []);
}

#[test]
fn a_chunk_of_noise_is_one_loss() {
    let mut log = Log::new();
    for chunk in [2, 3] {
        for (index, byte) in log.chunk(chunk).iter_mut().enumerate() {
            *byte = (index * index % 251) as u8 | 1;
        }
    }
    let (records, losses) = read_all(&log.file);
    assert_eq!(ids(&records), log.ids(|r| !(2..=3).contains(&chunk_of(r))));
    assert_eq!(kinds(&losses), [(at(2), LossKind::Chunk)]);
    assert!(losses[0].detail.contains("131072 bytes"), "{}", losses[0].detail);
}

#[test]
fn a_damaged_magic_or_size_of_a_record_costs_nothing() {
    for byte in [0, 1, 4, 5] {
        let mut log = Log::new();
        let id = log.middle_of_chunk(1);
        let offset = log.offset(id);
        log.file[offset + byte] ^= 0x41;
        let (records, losses) = read_all(&log.file);
        assert_eq!(records, log.records, "byte {byte}");
        assert_eq!(kinds(&losses), [(offset as u64, LossKind::Record)], "byte {byte}");
    }
}

#[test]
fn a_record_overwritten_with_zeros_loses_itself_only() {
    let mut log = Log::new();
    let id = log.middle_of_chunk(1);
    let (start, end) = (log.offset(id), log.offset(id + 1));
    log.file[start + 2..end].fill(0);
    let (records, losses) = read_all(&log.file);
    assert_eq!(ids(&records), log.ids(|r| r.system.record_id != Some(id as u64)));
    assert_eq!(kinds(&losses), [(start as u64, LossKind::Record)]);
}

#[test]
fn a_record_with_values_past_its_end_is_told_of() {
    let mut log = Log::new();
    let id = log.middle_of_chunk(1);
    let start = log.offset(id);
    // Behind the record's header: a fragment header, a template that is defined elsewhere, and the number of its values.
    let count = start + 24 + 4 + 10;
    let number = |file: &[u8], at: usize| u32::from_le_bytes(*file[at..].first_chunk().unwrap()) as usize;
    let values = number(&log.file, count);
    assert!((10..100).contains(&values), "the table of values stands there");
    let last = (0..values).rev().map(|n| count + 4 + n * 4).find(|at| log.file[*at] > 0).unwrap();
    log.file[last] += 40;
    let (records, losses) = read_all(&log.file);
    let other = |r: &&Record| r.system.record_id != Some(id as u64);
    assert!(records.iter().filter(other).eq(log.records.iter().filter(other)), "all others are as before");
    assert_eq!(kinds(&losses), [(start as u64, LossKind::Record)]);
    assert!(losses[0].detail.contains("values run past its end"), "{}", losses[0].detail);
}

/// A child without its value is not there, and what held it alone is an empty value then.
#[test]
fn an_element_whose_only_child_is_missing_is_a_value() {
    let inner = XmlElement::new("Outer").child(XmlElement::new("Leaf").value(Value::Null));
    let spec =
        EventSpec { body: Body::Section(XmlElement::new("Section").child(inner)), ..EventSpec::default() };
    let mut file = Vec::new();
    write(&mut file, &[spec]).unwrap();
    let name: Vec<u8> = "Leaf".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let name = file.windows(name.len()).position(|w| w == name).unwrap();
    // In front of the name: its link, hash and length, the offset that leads to it, the element's size, and on what it
    // depends.
    let depends = name - 8 - 4 - 4 - 2;
    assert_eq!(file[depends..depends + 2], [0xff, 0xff], "on nothing yet");
    // On its own value.
    file[depends..depends + 2].copy_from_slice(&[0, 0]);
    let mut both = [false, true].map(|slow| {
        let mut records = Vec::new();
        let sink = &mut |entry: Entry<'_>| {
            if let Entry::Record(record) = entry {
                records.push(record.to_record());
            }
            ControlFlow::Continue(())
        };
        Reader::new(&file.as_slice()).slow(slow).for_each(sink).unwrap();
        records.remove(0).data
    });
    assert_eq!(both[0], both[1]);
    assert_eq!(std::mem::take(&mut both[0]), [("Section.Outer".to_owned(), String::new())]);
}

#[test]
fn a_damaged_template_loses_the_records_that_need_it() {
    let mut log = Log::new();
    // The first record with a template of its own kind defines it: the token behind the fragment header.
    let ids_there = log.ids(|r| chunk_of(r) == 1);
    let user_data = ids_there.iter().copied().find(|id| id % 3 == 0).unwrap();
    let start = log.offset(usize::try_from(user_data).unwrap());
    let name: Vec<u8> = "UserData".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let offset = start + log.file[start..].windows(name.len()).position(|w| w == name).unwrap();
    // Its element's token, before dependency, size, name offset and the name's own header.
    let token = offset - 8 - 4 - 4 - 2 - 1;
    assert_eq!(log.file[token], 0x01);
    log.file[token] = 0x7f;
    let (records, losses) = read_all(&log.file);
    assert_eq!(ids(&records), log.ids(|r| chunk_of(r) != 1 || r.system.record_id.unwrap() % 3 != 0));
    assert_eq!(losses.len() + records.len(), log.records.len());
    for loss in losses {
        let record = log.records.iter().find(|r| r.offset == loss.offset);
        assert_eq!(record.unwrap().system.record_id.unwrap() % 3, 0);
        assert_eq!(loss.kind, LossKind::Record);
    }
}

#[test]
fn a_destroyed_template_is_taken_from_another_chunk() {
    let mut log = Log::new();
    // The records that define the chunk's templates.
    let first = log.ids(|r| chunk_of(r) == 3)[0];
    let (start, end) = (log.offset(first as usize), log.offset(first as usize + 3));
    log.file[start..end].fill(0);
    let (records, losses) = read_all(&log.file);
    let lost = first..first + 3;
    assert_eq!(ids(&records), log.ids(|r| !lost.contains(&r.system.record_id.unwrap())));
    for record in &records {
        let mut expected = log.records[record.system.record_id.unwrap() as usize - 1].clone();
        expected.recovered = chunk_of(record) == 3;
        assert_eq!(record, &expected);
    }
    assert_eq!(kinds(&losses), [(start as u64, LossKind::Record)]);
}

#[test]
fn a_cut_file_gives_what_is_whole() {
    let log = Log::new();
    let id = log.middle_of_chunk(3);
    for cut in [log.offset(id), log.offset(id) + 40, log.offset(id) - 3] {
        let (records, losses) = read_all(&log.file[..cut]);
        let whole = log.records.iter().zip(log.records.iter().skip(1));
        let whole = whole.take_while(|(_, next)| next.offset <= cut as u64).count();
        // A record that lost no more than its end mark is given too, and said to be damaged.
        assert!((whole..=whole + 1).contains(&records.len()), "cut at {cut}");
        assert_eq!(records, log.records[..records.len()], "cut at {cut}");
        assert_eq!(records.len() > whole, cut == log.offset(id) - 3, "cut at {cut}");
        assert_eq!(losses.last().map(|l| (l.offset, l.kind)), Some((cut as u64, LossKind::Truncated)));
    }
}

#[test]
fn a_file_cut_between_chunks_is_short_of_those_that_its_header_counts() {
    let log = Log::new();
    let chunks = (log.file.len() - HEADER) / CHUNK;
    for kept in [0, 1, chunks - 1] {
        let cut = HEADER + kept * CHUNK;
        let (records, losses) = read_all(&log.file[..cut]);
        assert_eq!(ids(&records), log.ids(|r| r.offset < cut as u64), "{kept}");
        assert_eq!(kinds(&losses), [(cut as u64, LossKind::Truncated)], "{kept}");
        let said = format!("the file ends after {kept} of the {chunks} chunks that its header counts");
        assert_eq!(losses[0].detail, said);
    }
}

#[test]
fn a_file_whose_end_was_not_copied_shows_zeroes_where_its_header_counts_chunks() {
    let mut log = Log::new();
    let cut = HEADER + 2 * CHUNK;
    log.file[cut..].fill(0);
    log.file.extend(vec![0; 3 * CHUNK]);
    let (records, losses) = read_all(&log.file);
    assert_eq!(ids(&records), log.ids(|r| r.offset < cut as u64));
    assert_eq!(kinds(&losses), [(cut as u64, LossKind::Chunk)]);
}

/// What stands where chunks were is told in the order of the file, and each byte of it once.
#[test]
fn zeroes_and_foreign_bytes_after_each_other_are_told_apart() {
    for (zeroes, foreign) in [(1, 2), (2, 1)] {
        let mut log = Log::new();
        log.chunk(zeroes).fill(0);
        log.chunk(foreign).fill(0x55);
        let (_, losses) = read_all(&log.file);
        let said: Vec<_> = losses.iter().map(|loss| (loss.offset, loss.detail.as_str())).collect();
        let zeroes = (HEADER + zeroes * CHUNK, "65536 bytes of zeroes stand where chunks were");
        let foreign = (HEADER + foreign * CHUNK, "65536 bytes are neither a chunk nor empty");
        let mut want = [zeroes, foreign].map(|(at, what)| (at as u64, what));
        want.sort_unstable();
        assert_eq!(said, want);
    }
}

/// Only a log that was put down cleanly has counts that hold; one that is being written has more chunks.
#[test]
fn more_chunks_than_the_file_header_counts_are_read() {
    let mut log = Log::new();
    log.file[42..44].copy_from_slice(&1_u16.to_le_bytes());
    let checksum = crc32fast::hash(&log.file[..120]);
    log.file[124..128].copy_from_slice(&checksum.to_le_bytes());
    assert_eq!(read_all(&log.file), (log.records, vec![]));
}

#[test]
fn the_counts_in_a_damaged_file_header_are_not_believed() {
    let mut log = Log::new();
    log.file[8..HEADER].fill(0xff);
    assert_eq!(read_all(&log.file), (log.records, vec![]));
}

#[test]
fn without_the_file_header_the_chunks_are_there_still() {
    let mut log = Log::new();
    log.file[..HEADER].fill(0);
    let (records, losses) = read_all(&log.file);
    assert_eq!(records, log.records);
    assert_eq!(kinds(&losses), [(0, LossKind::Header)]);
}

#[test]
fn swapped_chunks_come_in_the_order_of_the_file() {
    let mut log = Log::new();
    let first = log.chunk(1).to_vec();
    let second = log.chunk(4).to_vec();
    log.chunk(1).copy_from_slice(&second);
    log.chunk(4).copy_from_slice(&first);
    let (records, losses) = read_all(&log.file);
    assert_eq!(losses, []);
    let mut sorted = ids(&records);
    assert!(!sorted.is_sorted());
    sorted.sort_unstable();
    assert_eq!(sorted, log.ids(|_| true));
}

#[test]
fn a_chunk_with_a_damaged_magic_gives_its_records() {
    let mut log = Log::new();
    log.chunk(2)[..8].fill(0);
    let (records, losses) = read_all(&log.file);
    assert_eq!(records, log.records);
    assert_eq!(kinds(&losses), [(at(2), LossKind::ChunkMagic)]);
}

#[test]
fn a_zeroed_chunk_header_hides_no_record() {
    let mut log = Log::new();
    log.chunk(2)[..512].fill(0);
    let (records, losses) = read_all(&log.file);
    assert_eq!(ids(&records), log.ids(|_| true));
    assert!(records.iter().all(|r| r.recovered == (chunk_of(r) == 2)));
    assert_eq!(kinds(&losses), [(at(2), LossKind::ChunkMagic), (at(2), LossKind::ChunkHeader)]);
}

#[test]
fn a_chunk_of_which_only_the_first_bytes_are_left_is_a_loss() {
    let mut log = Log::new();
    log.chunk(2)[50..].fill(0);
    log.chunk(2)[48..50].fill(0);
    let (records, losses) = read_all(&log.file);
    assert_eq!(ids(&records), log.ids(|r| chunk_of(r) != 2));
    assert_eq!(kinds(&losses), [(at(2), LossKind::ChunkHeader)]);
}

/// Windows marks all its chunks as being written, those of a log that it closed as well.
#[test]
fn a_changed_value_in_a_log_that_windows_closed_is_told() {
    let mut log = Log::new();
    for chunk in 0..5 {
        let chunk = log.chunk(chunk);
        chunk[120] = 1;
        let crc = crc32fast::hash(&[&chunk[..120], &chunk[128..512]].concat());
        chunk[124..128].copy_from_slice(&crc.to_le_bytes());
    }
    assert_eq!(read_all(&log.file).1, []);
    // A letter of a text, in the middle of a chunk.
    let place = log.offset(log.middle_of_chunk(2)) + 24;
    let letter = (place..).step_by(2).find(|at| {
        log.file[*at].is_ascii_alphabetic() && log.file[at + 1] == 0 && log.file[at + 2].is_ascii_alphabetic()
    });
    log.file[letter.unwrap()] ^= 1;
    let (records, losses) = read_all(&log.file);
    assert_eq!((records.len(), kinds(&losses)), (1_000, vec![(at(2), LossKind::Checksum)]));
    // While Windows writes a log its checksums are of an earlier moment.
    log.file[120] = 1;
    let crc = crc32fast::hash(&log.file[..120]);
    log.file[124..128].copy_from_slice(&crc.to_le_bytes());
    assert_eq!(read_all(&log.file).1, []);
}

#[test]
fn a_chunk_header_that_lies_hides_no_record() {
    // Free space, last record, first and last record ID, tables of names and templates.
    for (from, to) in [(48, 52), (44, 52), (8, 40), (32, 40), (128, 512), (384, 512)] {
        for value in [0, 0x02, 0x11, 0x7f, 0xff] {
            let mut log = Log::new();
            log.chunk(2)[from..to].fill(value);
            let (records, losses) = read_all(&log.file);
            assert_eq!(ids(&records), log.ids(|_| true), "{from}..{to} is {value:#x}");
            assert!(losses.iter().all(|l| l.kind == LossKind::ChunkHeader), "{losses:?}");
        }
    }
}

#[test]
fn stale_records_behind_the_free_space_stay_where_they_are() {
    let mut log = Log::new();
    // A sound header says that the chunk ends earlier.
    let id = log.middle_of_chunk(2);
    let (end, last) = (log.offset(id), log.offset(id - 1));
    let base = HEADER + 2 * CHUNK;
    let chunk = log.chunk(2);
    chunk[44..48].copy_from_slice(&((last - base) as u32).to_le_bytes());
    chunk[48..52].copy_from_slice(&((end - base) as u32).to_le_bytes());
    let crc = crc32fast::hash(&chunk[512..end - base]);
    chunk[52..56].copy_from_slice(&crc.to_le_bytes());
    let mut header = crc32fast::Hasher::new();
    header.update(&chunk[..120]);
    header.update(&chunk[128..512]);
    chunk[124..128].copy_from_slice(&header.finalize().to_le_bytes());
    let (records, losses) = read_all(&log.file);
    assert_eq!(ids(&records), log.ids(|r| chunk_of(r) != 2 || r.system.record_id < Some(id as u64)));
    assert_eq!(losses, []);
}

#[test]
fn garbage_between_chunks_is_stepped_over() {
    for length in [1, 512, 4096, CHUNK - 1, CHUNK, CHUNK + 5, 3 * CHUNK] {
        let mut log = Log::new();
        let garbage = vec![0x55; length];
        log.file.splice(HEADER + 2 * CHUNK..HEADER + 2 * CHUNK, garbage);
        let (records, losses) = read_all(&log.file);
        assert_eq!(ids(&records), log.ids(|_| true), "{length} bytes");
        assert_eq!(kinds(&losses), [(at(2), LossKind::Chunk)], "{length} bytes");
    }
}

#[test]
fn bytes_cut_out_of_a_chunk_do_not_hide_the_next() {
    let mut log = Log::new();
    let id = log.middle_of_chunk(2);
    let from = log.offset(id);
    log.file.drain(from..from + 10_000);
    let (records, losses) = read_all(&log.file);
    let before = ids(&records).into_iter().filter(|n| *n < id as u64).count();
    assert_eq!(before, id - 1);
    let behind: Vec<u64> = log.ids(|r| chunk_of(r) > 2);
    assert!(ids(&records).ends_with(&behind));
    assert!(losses.iter().any(|l| l.kind == LossKind::Truncated), "{losses:?}");
}

#[test]
fn what_is_no_log_is_refused_and_an_empty_log_is_not() {
    let refused = |file: &[u8]| {
        let outcome = read(&file, &mut |_| ControlFlow::Continue(()));
        assert!(matches!(outcome, Err(ReadError::NotEvtx)), "{outcome:?}");
    };
    refused(&[]);
    refused(&[0; HEADER]);
    refused(&vec![0; HEADER + 3 * CHUNK]);
    refused(b"a text");
    let mut empty = Vec::new();
    write(&mut empty, &[]).unwrap();
    assert_eq!(read_all(&empty), (vec![], vec![]));
    let log = Log::new();
    let (records, losses) = read_all(&log.file[..100]);
    assert_eq!((records.len(), kinds(&losses)), (0, vec![(100, LossKind::Truncated)]));
}

#[test]
fn reading_ends_when_the_sink_has_enough() {
    let log = Log::new();
    let mut left = 10;
    let summary = read(&log.file, &mut |item| {
        assert!(matches!(item, Item::Record(_)));
        left -= 1;
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(summary.unwrap().records, 10);
}

/// One way to damage a file.
#[derive(Clone, Debug)]
enum Damage {
    Flip(usize, u8),
    Zero(usize, usize),
    Copy(usize, usize, usize),
    Insert(usize, Vec<u8>),
    Drain(usize, usize),
    Cut(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = || 0_usize..HEADER + 6 * CHUNK;
    // Headers of chunks and the first records, with their templates, are where it hurts.
    let header = || (0_usize..6, 0_usize..3_000).prop_map(|(chunk, at)| HEADER + chunk * CHUNK + at);
    prop_oneof![
        8 => (prop_oneof![place(), header()], any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        2 => (prop_oneof![place(), header()], 1_usize..5_000).prop_map(|(at, n)| Damage::Zero(at, n)),
        2 => (place(), prop_oneof![place(), header()], 1_usize..70_000).prop_map(|(a, b, n)| Damage::Copy(a, b, n)),
        1 => (place(), prop::collection::vec(any::<u8>(), 1..100)).prop_map(|(at, b)| Damage::Insert(at, b)),
        1 => (place(), 1_usize..5_000).prop_map(|(at, n)| Damage::Drain(at, n)),
        1 => place().prop_map(Damage::Cut),
    ]
}

fn apply(file: &mut Vec<u8>, damage: Damage) {
    let len = file.len();
    match damage {
        Damage::Flip(at, bits) if at < len => file[at] ^= bits,
        Damage::Zero(at, n) if at < len => file[at..(at + n).min(len)].fill(0),
        Damage::Copy(from, to, n) if from < len && to < len => {
            let n = n.min(len - from).min(len - to);
            file.copy_within(from..from + n, to);
        }
        Damage::Insert(at, bytes) if at < len => {
            file.splice(at..at, bytes);
        }
        Damage::Drain(at, n) if at < len => {
            file.drain(at..(at + n).min(len));
        }
        Damage::Cut(at) => file.truncate(at),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(std::env::var("KILROY_FUZZ").map_or(60, |n| n.parse().unwrap()))
    })]

    #[test]
    fn no_damage_makes_it_panic(damages in prop::collection::vec(damage(), 1..12)) {
        let mut file = Log::new().file;
        for damage in damages {
            apply(&mut file, damage);
        }
        read_all(&file);
    }

    #[test]
    fn noise_is_read_without_panic(mut noise in prop::collection::vec(any::<u8>(), 0..20_000), as_chunk in any::<bool>()) {
        let mut file = b"ElfFile\0".to_vec();
        file.resize(HEADER, 0);
        if as_chunk && noise.len() > 600 {
            noise[..8].copy_from_slice(b"ElfChnk\0");
            noise[512..516].copy_from_slice(b"**\0\0");
        }
        file.extend(noise);
        read_all(&file);
    }

    /// A flipped byte in the data of one record leaves all others as they were.
    #[test]
    fn a_flipped_byte_harms_one_record(id in 20_usize..1_000, place in 0_usize..100, bits in 1_u8..) {
        let log = Log::new();
        let (start, end) = (log.offset(id), log.records.get(id).map_or(usize::MAX, |r| r.offset as usize));
        let first_there = log.ids(|r| chunk_of(r) == chunk_of(&log.records[id - 1]))[0];
        // The first three records of a chunk define its templates.
        prop_assume!(id as u64 >= first_there + 3 && end != usize::MAX && end - start < 2_000);
        let mut file = log.file.clone();
        file[start + 24 + place % (end - start - 28)] ^= bits;
        let (records, losses) = read_all(&file);
        let others = |records: &[Record]| -> Vec<Record> {
            records.iter().filter(|r| r.offset != start as u64).cloned().collect()
        };
        prop_assert_eq!(others(&records), others(&log.records));
        prop_assert!(!losses.is_empty());
    }
}
