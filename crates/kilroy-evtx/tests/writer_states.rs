//! Logs as Windows leaves them: what their headers say, and what the `evtx` crate reads of them.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test may fail")]

mod writer_support;

use std::io::{Cursor, Seek, SeekFrom, Write};

use kilroy_evtx::{Body, EventSpec, Finish, Layout, LogOptions, LogWriter, Value, WriteError};
use writer_support::events::{LAYOUTS, event};
use writer_support::want::{assert_says, wanted};
use writer_support::{evtx_crate, flat, log};

const HEADER: usize = 4096;
const CHUNK: usize = 65_536;

/// Events that are a bit different from each other, in all layouts.
fn events(ids: std::ops::RangeInclusive<u64>) -> Vec<EventSpec> {
    let body =
        |id: u64| Body::EventData(vec![("Text".to_owned(), Value::Str("x".repeat(id as usize % 700)))]);
    ids.map(|id| event(id, LAYOUTS[id as usize % LAYOUTS.len()], body(id))).collect()
}

fn push_all<W: Write + Seek>(writer: &mut LogWriter<W>, events: &[EventSpec]) {
    for event in events {
        writer.push(event).unwrap();
    }
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + N].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn chunks(file: &[u8]) -> Vec<&[u8]> {
    assert_eq!((file.len() - HEADER) % CHUNK, 0);
    file[HEADER..].chunks(CHUNK).collect()
}

/// The chunk's header's checksum, and that of its records.
fn checksums_hold(chunk: &[u8]) -> (bool, bool) {
    let header = crc32fast::hash(&[&chunk[..120], &chunk[128..512]].concat());
    let free = number::<4>(chunk, 48) as usize;
    let records = crc32fast::hash(&chunk[512..free]);
    (u64::from(header) == number::<4>(chunk, 124), u64::from(records) == number::<4>(chunk, 52))
}

/// Oldest chunk, newest chunk, next record ID, count of chunks, flags. The header's checksum holds in every state.
fn file_header(file: &[u8]) -> (u64, u64, u64, u64, u64) {
    assert_eq!(&file[..8], b"ElfFile\0");
    assert_eq!(u64::from(crc32fast::hash(&file[..120])), number::<4>(file, 124));
    assert_eq!((number::<4>(file, 32), number::<2>(file, 38), number::<2>(file, 40)), (128, 3, 4096));
    let [oldest, newest, next] = [8, 16, 24].map(|at| number::<8>(file, at));
    (oldest, newest, next, number::<2>(file, 42), number::<4>(file, 120))
}

/// IDs of the records that the walk from record to record meets, and where the last one starts and ends.
fn walk(chunk: &[u8]) -> (Vec<u64>, usize, usize) {
    let (mut ids, mut last, mut at) = (vec![], 0, 512);
    while chunk.get(at..).is_some_and(|rest| rest.starts_with(b"\x2a\x2a\0\0")) {
        let size = number::<4>(chunk, at + 4) as usize;
        assert_eq!(number::<4>(chunk, at + size - 4) as usize, size);
        assert_eq!(at % 8, 0);
        ids.push(number::<8>(chunk, at + 8));
        (last, at) = (at, at + size);
    }
    (ids, last, at)
}

/// Everything that the header says of the chunk's records is true. Gives their IDs.
fn assert_sound(chunk: &[u8], first_number: u64) -> Vec<u64> {
    let (ids, last, free) = walk(chunk);
    assert_eq!(checksums_hold(chunk), (true, true));
    let numbers = [8, 16, 24, 32].map(|at| number::<8>(chunk, at));
    let last_number = first_number + ids.len() as u64 - 1;
    assert_eq!(numbers, [first_number, last_number, ids[0], *ids.last().unwrap()]);
    let places = [40, 44, 48].map(|at| number::<4>(chunk, at) as usize);
    assert_eq!(places, [128, last, free]);
    assert_tables(chunk, free);
    ids
}

/// Names and templates stand in the bucket of their hash, once, and each chain goes from the newest to the oldest.
fn assert_tables(chunk: &[u8], free: usize) {
    let hash = |bytes: &[u8]| {
        let units = bytes.chunks(2).map(|pair| number::<2>(pair, 0));
        units.fold(0, |hash: u64, unit| (hash * 65_599 + unit) & 0xffff_ffff)
    };
    let mut seen = vec![];
    for index in 0..96 {
        let (mut at, mut before) = (number::<4>(chunk, 128 + index * 4) as usize, free);
        while at > 0 {
            assert!(at < before);
            let own = if index < 64 {
                let length = number::<2>(chunk, at + 6) as usize;
                let name = &chunk[at + 8..at + 8 + 2 * length];
                assert_eq!(hash(name) & 0xffff, number::<2>(chunk, at + 4));
                assert_eq!(hash(name) % 64, index as u64);
                name
            } else {
                // Its first use is right in front: short name, offset.
                assert_eq!(number::<4>(chunk, at - 4) as usize, at);
                assert_eq!(chunk[at - 8..at - 4], chunk[at + 4..at + 8]);
                assert_eq!(hash(&chunk[at + 4..at + 20]) % 32, index as u64 - 64);
                &chunk[at + 4..at + 20]
            };
            seen.push(own);
            (before, at) = (at, number::<4>(chunk, at) as usize);
        }
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
    assert!(count > 30, "{count}");
}

fn assert_reads(file: Vec<u8>, checksums: bool, events: &[EventSpec]) {
    let xml = evtx_crate(file, checksums);
    assert_eq!(xml.len(), events.len());
    for (event, xml) in events.iter().zip(&xml) {
        assert_says(&flat(xml), &wanted(event));
    }
}

#[test]
fn a_closed_log_is_true_in_every_number() {
    let events = events(1..=600);
    let file = log(&events, LogOptions::default());
    let chunks = chunks(&file);
    let mut all = vec![];
    for chunk in &chunks {
        let ids = assert_sound(chunk, all.len() as u64 + 1);
        all.extend(ids);
    }
    assert!(all.into_iter().eq(1..=600));
    let count = chunks.len() as u64;
    assert!(count > 5);
    assert_eq!(file_header(&file), (0, count - 1, 601, count, 0));
    assert_reads(file, true, &events);
}

#[test]
fn templates_and_names_are_shared_within_a_chunk() {
    for layout in [Layout::Templates, Layout::Windows, Layout::Classic] {
        let body = || Body::EventData(vec![("OnlyName".to_owned(), Value::U32(7))]);
        let events: Vec<_> = (1..=50).map(|id| event(id, layout, body())).collect();
        let file = log(&events, LogOptions::default());
        for text in ["OnlyName", "EventRecordID"] {
            let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(file.windows(text.len()).filter(|bytes| *bytes == text).count(), 1, "{layout:?}");
        }
    }
}

#[test]
fn a_log_in_use_is_read_whole_by_those_who_do_not_believe_its_checksums() {
    let events = events(1..=300);
    let file = log(&events, LogOptions { finish: Finish::Dirty, ..LogOptions::default() });
    let chunks = chunks(&file);
    let (last, others) = chunks.split_last().unwrap();
    let count = others.len() as u64;
    let first_id = walk(last).0[0];
    assert_eq!(file_header(&file), (0, count - 1, first_id, count, 1));
    assert!(others.iter().all(|chunk| checksums_hold(chunk) == (true, true)));
    assert_eq!(checksums_hold(last), (false, false));
    assert_eq!((number::<8>(last, 32), number::<4>(last, 48) as usize), (300, walk(last).2));
    assert_reads(file, false, &events);
}

#[test]
fn a_torn_log_hides_half_of_its_last_chunk() {
    let events = events(1..=300);
    let file = log(&events, LogOptions { finish: Finish::Torn, ..LogOptions::default() });
    let chunks = chunks(&file);
    let last = chunks.last().unwrap();
    let (ids, _, free) = walk(last);
    assert_eq!(ids.last(), Some(&300));
    assert_eq!(number::<8>(last, 32), ids[ids.len() / 2 - 1]);
    assert!((number::<4>(last, 48) as usize) < free);
    assert!(!checksums_hold(last).0);
    // Who believes the header gets no more than it says.
    let known = 300 - ids.len() + ids.len() / 2;
    assert_reads(file, false, &events[..known]);
}

#[test]
fn states_of_logs_with_one_record_and_with_none() {
    for finish in [Finish::Clean, Finish::Dirty, Finish::Torn, Finish::Full] {
        let options = LogOptions { finish, ..LogOptions::default() };
        let flags = match finish {
            Finish::Clean => 0,
            Finish::Dirty | Finish::Torn => 1,
            Finish::Full => 2,
        };
        let none = log(&[], options.clone());
        assert_eq!((none.len(), file_header(&none).4), (HEADER + CHUNK, flags), "{finish:?}");
        assert_eq!(evtx_crate(none, false), [""; 0]);
        let one = log(&events(9..=9), options);
        let next = if flags == 1 { 9 } else { 10 };
        assert_eq!(file_header(&one), (0, 0, next, 1, flags), "{finish:?}");
        assert_eq!(evtx_crate(one, false).len(), usize::from(finish != Finish::Torn));
    }
}

#[test]
fn a_log_that_went_round_begins_in_the_middle() {
    let events = events(1..=900);
    let file = log(&events, LogOptions { chunks: Some(4), ..LogOptions::default() });
    let chunks = chunks(&file);
    assert_eq!(chunks.len(), 4);
    let firsts: Vec<u64> = chunks.iter().map(|chunk| number::<8>(chunk, 8)).collect();
    let oldest = firsts.iter().zip(0..).min().unwrap().1;
    assert_ne!(oldest, 0, "the test needs other events");
    assert_eq!(file_header(&file), (oldest as u64, (oldest as u64 + 3) % 4, 901, 4, 0));
    // From there on, round the end, the records follow each other up to the newest.
    let mut ids = vec![];
    for index in 0..4 {
        let slot = (oldest + index) % 4;
        ids.extend(assert_sound(chunks[slot], firsts[slot]));
    }
    assert!(ids.iter().copied().eq(ids[0]..=900));
    assert_eq!(firsts[oldest], ids[0]);
    // The crate begins where the lowest record ID is, as Windows does.
    let kept: Vec<_> = ids.iter().map(|id| events[*id as usize - 1].clone()).collect();
    assert_reads(file, true, &kept);
}

#[test]
fn a_log_that_went_round_may_be_in_use_too() {
    let file = log(&events(1..=1000), LogOptions { chunks: Some(4), ..LogOptions::default() });
    let options = LogOptions { chunks: Some(4), finish: Finish::Dirty, ..LogOptions::default() };
    let dirty = log(&events(1..=1000), options);
    let (oldest, newest, ..) = file_header(&file);
    // Its header is one chunk behind.
    let first_id = walk(chunks(&file)[newest as usize]).0[0];
    assert_eq!(file_header(&dirty), ((oldest + 3) % 4, (newest + 3) % 4, first_id, 4, 1));
    assert_eq!(evtx_crate(dirty, false).len(), evtx_crate(file, true).len());
}

#[test]
fn older_records_stay_behind_newer_ones() {
    let options = LogOptions { chunks: Some(1), keep_slack: true, ..LogOptions::default() };
    let mut writer = LogWriter::with_options(Cursor::new(Vec::new()), options).unwrap();
    push_all(&mut writer, &events(1..=60));
    writer.end_chunk();
    // Once more is the same: there is no empty chunk.
    writer.end_chunk();
    push_all(&mut writer, &events(61..=65));
    let file = writer.finish().unwrap().into_inner();
    let chunks = chunks(&file);
    assert_eq!(chunks.len(), 1);
    assert_eq!(assert_sound(&chunks[0][..walk(chunks[0]).2], 61), [61, 62, 63, 64, 65]);
    assert_eq!(file_header(&file), (0, 0, 66, 1, 0));
    assert_eq!(evtx_crate(file.clone(), true).len(), 5);
    // Some of the older ones are whole, and the crate's carving finds those whose names and templates are so too.
    let settings = evtx::ParserSettings::new().recover_records(true);
    let mut parser = evtx::EvtxParser::from_buffer(file).unwrap().with_configuration(settings);
    let mut carved: Vec<u64> =
        parser.records().filter_map(Result::ok).filter(|r| r.recovered).map(|r| r.event_record_id).collect();
    carved.sort_unstable();
    assert!(carved.len() > 10 && carved.iter().all(|id| *id <= 60), "{carved:?}");
    assert!(carved.len() < 60 - 5);
}

#[test]
fn without_slack_there_are_zeros_behind_the_records() {
    let options = LogOptions { chunks: Some(1), free_chunks: 2, ..LogOptions::default() };
    let mut writer = LogWriter::with_options(Cursor::new(Vec::new()), options).unwrap();
    push_all(&mut writer, &events(1..=60));
    writer.end_chunk();
    push_all(&mut writer, &events(61..=65));
    let file = writer.finish().unwrap().into_inner();
    let chunks = chunks(&file);
    assert_eq!(chunks.len(), 3);
    let free = walk(chunks[0]).2;
    assert!(file[HEADER + free..].iter().all(|byte| *byte == 0));
    assert_eq!(file_header(&file), (0, 0, 66, 1, 0));
    assert_eq!(evtx_crate(file, true).len(), 5);
}

#[test]
fn flags_and_version_are_as_wanted() {
    let events = events(1..=3);
    let file = log(&events, LogOptions { chunk_flags: 1, minor_version: 2, ..LogOptions::default() });
    assert_eq!((number::<2>(&file, 36), number::<4>(&file, HEADER + 120)), (2, 1));
    assert_reads(file, true, &events);
}

#[test]
fn a_refused_event_leaves_no_trace() {
    let all = events(1..=200);
    let clean = log(&all, LogOptions::default());
    let bad_sid = EventSpec { user_sid: Some("kim".to_owned()), ..all[0].clone() };
    let large = |layout| event(7, layout, Body::BinaryEventData(vec![1; 65_000]));
    let mut writer = LogWriter::new(Cursor::new(Vec::new())).unwrap();
    for (index, event) in all.iter().enumerate() {
        if index % 50 == 1 {
            assert!(matches!(writer.push(&bad_sid), Err(WriteError::Sid { .. })));
            assert!(matches!(writer.push(&named(&all[0], "a b")), Err(WriteError::Name { .. })));
        }
        writer.push(event).unwrap();
    }
    assert!(writer.finish().unwrap().into_inner() == clean);
    // One that is too large ends the chunk at most.
    let mut writer = LogWriter::new(Cursor::new(Vec::new())).unwrap();
    for event in &all {
        writer.push(event).unwrap();
        let layout = LAYOUTS[event.record_id as usize % 5];
        assert!(matches!(writer.push(&large(layout)), Err(WriteError::TooLarge { record_id: 7, .. })));
    }
    let file = writer.finish().unwrap().into_inner();
    assert_reads(file, true, &all);
}

/// An event with an element of this name.
fn named(event: &EventSpec, name: &str) -> EventSpec {
    let body = Body::DebugData(vec![("Good".to_owned(), Value::U8(1)), (name.to_owned(), Value::U8(2))]);
    EventSpec { body, ..event.clone() }
}

#[test]
fn an_element_is_no_attribute() {
    let inner = Value::Xml(Box::new(kilroy_evtx::XmlElement::new("Inner")));
    let outer = kilroy_evtx::XmlElement::new("UserData").attribute("kind", inner);
    let refused = kilroy_evtx::write(std::io::sink(), &[event(3, Layout::Plain, Body::Section(outer))]);
    let text = refused.unwrap_err().to_string();
    assert_eq!(text, "event 0 (record ID 3): the attribute \"kind\" cannot have an element in it");
}

#[test]
fn a_log_may_stand_behind_something_else() {
    let all = events(1..=300);
    let mut out = Cursor::new(vec![7; 1000]);
    out.seek(SeekFrom::End(0)).unwrap();
    let options = LogOptions { chunks: Some(3), ..LogOptions::default() };
    let mut writer = LogWriter::with_options(out, options.clone()).unwrap();
    push_all(&mut writer, &all);
    let out = writer.finish().unwrap();
    assert_eq!(out.position(), out.get_ref().len() as u64);
    let (before, file) = out.get_ref().split_at(1000);
    assert!(before.iter().all(|byte| *byte == 7) && file == log(&all, options));
}

#[test]
fn a_file_that_was_not_finished_is_that_of_a_log_in_use() {
    let all = events(1..=300);
    let mut file = Cursor::new(Vec::new());
    let mut writer = LogWriter::new(&mut file).unwrap();
    push_all(&mut writer, &all);
    drop(writer);
    let file = file.into_inner();
    assert_eq!(file_header(&file), (0, 0, 1, 1, 1));
    let count = evtx_crate(file, true).len();
    assert!(count > 100 && count < 300);
}
