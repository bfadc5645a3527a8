//! What must hold of any log, however broken. A broken promise is a panic, which the fuzzer reports.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use crate::shape::{CHUNK, FILE_HEADER};
use kilroy_evtx::{Collect, Entry, EventIds, Loss, LossKind, Reader, Record, RecordRef, Summary, Texts};

/// What a reading gave.
#[derive(Debug, Default)]
pub struct Seen {
    /// Records, in the order of the file.
    pub records: Vec<Record>,
    /// What was lost.
    pub losses: Vec<Loss>,
    /// What it came to; none if it is no log.
    pub summary: Option<Summary>,
    /// Where records stand that were read the slow way.
    pub slow: Vec<u64>,
}

/// Reads all. What is counted must be what was given.
pub fn read(reader: &Reader<'_>) -> Seen {
    let mut seen = Seen::default();
    let mut texts = Texts::default();
    let outcome = reader.for_each(&mut |entry| {
        match entry {
            Entry::Record(record) => {
                seen.slow.extend((!record.is_typed()).then_some(record.offset));
                seen.records.push(owned(record, &mut texts));
            }
            Entry::Loss(loss) => seen.losses.push(loss),
        }
        ControlFlow::Continue(())
    });
    seen.summary = outcome.ok();
    if let Some(summary) = seen.summary {
        assert_eq!(summary.records, seen.records.len() as u64, "records are counted");
        assert_eq!(summary.losses, seen.losses.len() as u64, "losses are counted");
    }
    seen
}

/// A copy of a record. Its texts must be the same one by one and in one buffer.
fn owned(record: &RecordRef<'_>, texts: &mut Texts) -> Record {
    let copy = record.to_record();
    assert_eq!(record.field_count(), copy.data.len());
    texts.clear();
    texts.push_fields(record);
    let view = texts.view();
    for (n, (name, value)) in copy.data.iter().enumerate() {
        assert_eq!(view.get(n), value, "text of {name:?}");
    }
    copy
}

struct Copies {
    records: Vec<Record>,
    texts: Texts,
}

impl Collect for Copies {
    type Output = Vec<Record>;

    fn record(&mut self, record: &RecordRef<'_>) -> ControlFlow<()> {
        self.records.push(owned(record, &mut self.texts));
        ControlFlow::Continue(())
    }

    fn finish(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }
}

/// Reads all in so many threads.
pub fn read_in_parts(reader: &Reader<'_>, threads: usize) -> Seen {
    let mut seen = Seen::default();
    let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
    let make = || Copies { records: Vec::new(), texts: Texts::default() };
    let outcome = reader.collect(threads, &make, &mut |part| {
        assert_eq!(part.records, part.output.len() as u64, "records of a part are counted");
        seen.records.extend(part.output);
        seen.losses.extend(part.losses);
        ControlFlow::Continue(())
    });
    seen.summary = outcome.ok();
    seen
}

/// Two readings gave the same.
#[track_caller]
pub fn same(what: &str, one: &Seen, other: &Seen) {
    if one.records.len() != other.records.len() {
        eprintln!("{what}: losses {:?} and {:?}", one.losses, other.losses);
    }
    same_records(what, &one.records, &other.records);
    assert_eq!(one.losses, other.losses, "{what}: losses");
    assert_eq!(one.summary, other.summary, "{what}: summary");
}

/// Two readings gave the same records. Says which is the first that differs.
#[track_caller]
pub fn same_records(what: &str, one: &[Record], other: &[Record]) {
    for (n, (a, b)) in one.iter().zip(other).enumerate() {
        assert!(a == b, "{what}: record {n} at {:#x}\n{}", a.offset, difference(a, b));
    }
    let longer = if one.len() > other.len() { one } else { other };
    let extra = longer.get(one.len().min(other.len()));
    assert!(extra.is_none(), "{what}: {} and {} records; the first extra: {extra:?}", one.len(), other.len());
}

/// What of two records differs, letter by letter in escapes where the eye could miss it.
fn difference(one: &Record, other: &Record) -> String {
    let parts = |record: &Record| {
        let Record { system, data, rendering, .. } = record;
        let mut parts: Vec<String> = format!("{system:#?}").lines().map(escaped).collect();
        let pairs = |list: &[(String, String)], what: &str| -> Vec<String> {
            list.iter().map(|(n, v)| escaped(&format!("{what} {n:?}: {v:?}"))).collect()
        };
        parts.extend(pairs(data, "data"));
        parts.extend(pairs(rendering, "rendering"));
        parts.push(format!(
            "offset {:#x}, header time {}, header ID {}, recovered {}",
            record.offset, record.header_time_filetime, record.header_record_id, record.recovered
        ));
        parts
    };
    let (a, b) = (parts(one), parts(other));
    let only = |mark: &str, of: &[String], other: &[String]| {
        let parts = of.iter().filter(|part| !other.contains(part));
        parts.map(|part| format!("{mark} {part}")).collect::<Vec<_>>().join("\n")
    };
    format!("{}\n{}", only("<", &a, &b), only(">", &b, &a))
}

fn escaped(text: &str) -> String {
    let letter = |c: char| if c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() };
    text.chars().map(letter).collect()
}

/// Whatever the slow way reads the fast way reads, and the same. Gives what the fast way gives.
///
/// The `evtx` crate refuses some records for faults that do not matter (a substitution declared with an unknown type). So
/// the fast way may give more, where the slow way has a loss.
pub fn both_ways_agree(file: &Vec<u8>) -> Seen {
    agree("fast, slow", &Reader::new(file))
}

fn agree(what: &str, reader: &Reader<'_>) -> Seen {
    let (fast, slow) = (read(reader), read(&reader.slow(true)));
    // What is left over from earlier is no loss where it cannot be read.
    let may_lack =
        |record: &Record| record.recovered || slow.losses.iter().any(|loss| loss.offset == record.offset);
    let both: Vec<Record> =
        fast.records.iter().filter(|r| holds(&slow, r) || !may_lack(r)).cloned().collect();
    if both.len() != slow.records.len() {
        eprintln!("{what}: losses {:?} and {:?}", fast.losses, slow.losses);
    }
    // Values of a damaged record may run into those behind it, which differ in the copy that the slow way makes.
    let whole = |records: &[Record]| -> Vec<Record> {
        let is_damaged = |record: &&Record| fast.losses.iter().any(|loss| loss.offset == record.offset);
        records.iter().filter(|record| !is_damaged(record)).cloned().collect()
    };
    assert_eq!(both.len(), slow.records.len(), "{what}: records");
    same_records(what, &whole(&both), &whole(&slow.records));
    let mut rest = slow.losses.iter();
    for loss in &fast.losses {
        // A checksum is looked at only where nothing else was lost. Of a damaged record one way may get less than the other.
        assert!(
            loss.kind == LossKind::Checksum || rest.any(|l| (l.offset, l.kind) == (loss.offset, loss.kind)),
            "{what}: only the fast way loses {loss:?}"
        );
    }
    fast
}

/// Whether there is a record at the same place. A damaged one is both given and told of.
fn holds(seen: &Seen, record: &Record) -> bool {
    seen.records.iter().any(|r| r.offset == record.offset)
}

/// Whatever is read is also read with what is left over from earlier between it.
pub fn recovery_loses_nothing(file: &Vec<u8>, plain: &Seen) {
    let recovered = read(&Reader::new(file).recover(true));
    assert!(recovered.records.len() >= plain.records.len(), "recovering gives no fewer records");
    let mut rest = recovered.records.iter();
    // Values of a damaged record may run into what stands behind it, and that is another record now.
    let is_damaged = |record: &Record| plain.losses.iter().any(|loss| loss.offset == record.offset);
    for record in plain.records.iter().filter(|record| !is_damaged(record)) {
        assert!(rest.any(|r| r == record), "recovering changes or loses {record:?}");
    }
    // In other words, maybe: what was behind the last record may stand between records now.
    let places = |seen: &Seen| seen.losses.iter().map(|loss| (loss.offset, loss.kind)).collect::<Vec<_>>();
    assert_eq!(places(&recovered), places(plain), "recovering changes no loss");
    agree("recovering, fast, slow", &Reader::new(file).recover(true));
}

/// A choice by `System` or by event ID gives what choosing afterwards gives.
///
/// Records that are read the slow way are left out: the choice is made before it is known that the fast way gives up, and
/// where a record's values overlap with something else both ways may see another `System`.
pub fn a_choice_is_a_choice(file: &Vec<u8>, all: &Seen) {
    let wanted =
        |event_id: u32, provider: &str| event_id.is_multiple_of(2) || provider.len().is_multiple_of(3);
    let by_system = |system: &kilroy_evtx::SystemRef<'_>| wanted(system.event_id, system.provider);
    let of_fast = |records: &[Record], is_wanted: &dyn Fn(&Record) -> bool| -> Vec<Record> {
        let kept = records.iter().filter(|r| !all.slow.contains(&r.offset) && is_wanted(r));
        kept.cloned().collect()
    };
    let chosen = read(&Reader::new(file).only(&by_system));
    let by_hand = of_fast(&all.records, &|r| wanted(r.system.event_id, &r.system.provider));
    same_records("chosen before, chosen after", &of_fast(&chosen.records, &|_| true), &by_hand);
    let ids: EventIds = all.records.iter().map(|r| r.system.event_id).step_by(2).chain([1]).collect();
    let chosen = read(&Reader::new(file).only_ids(&ids));
    let by_hand = of_fast(&all.records, &|r| ids.contains(r.system.event_id));
    same_records("chosen by ID before, chosen by ID after", &of_fast(&chosen.records, &|_| true), &by_hand);
}

fn in_no_xml(c: char) -> bool {
    // U+FFFD: half a pair of UTF-16, which XML cannot carry either.
    c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffd}'..='\u{ffff}')
}

/// Asking for XML changes nothing else, and every record has it.
pub fn xml_is_given(file: &Vec<u8>) {
    let mut given = Vec::new();
    let outcome = Reader::new(file).with_xml(true).for_each(&mut |entry| {
        if let Entry::Record(record) = entry {
            let xml = record.xml().unwrap_or_else(|| panic!("no XML of the record at {:#x}", record.offset));
            assert!(xml.contains('<'), "{xml:?}");
            given.push(record.to_record());
        }
        ControlFlow::Continue(())
    });
    let slow = read(&Reader::new(file).slow(true));
    assert_eq!(outcome.ok(), slow.summary, "with XML, without");
    // XML cannot carry control characters and halves of pairs, and fields are to be those of the XML.
    let plain = |records: &[Record]| -> Vec<Record> {
        let mut records = records.to_vec();
        for record in &mut records {
            let system = &mut record.system;
            let names = [&mut system.provider, &mut system.channel, &mut system.computer];
            let more = [&mut system.event_source_name, &mut system.user_id, &mut system.keywords];
            let fields = record.data.iter_mut().chain(&mut record.rendering).map(|(_, text)| text);
            for text in fields.chain(names).chain(more.into_iter().flatten()) {
                *text = text.replace(in_no_xml, "_");
            }
        }
        records
    };
    // Values of a damaged record may run into those behind it, which differ in the copy that is made for the XML.
    let whole = |records: Vec<Record>| -> Vec<Record> {
        let is_damaged = |record: &Record| slow.losses.iter().any(|loss| loss.offset == record.offset);
        records.into_iter().filter(|record| !is_damaged(record)).collect()
    };
    same_records("with XML, without", &whole(plain(&given)), &whole(plain(&slow.records)));
}

/// Parts in several threads give what one thread gives.
pub fn threads_do_not_matter(reader: &Reader<'_>, alone: &Seen) {
    for threads in [1, 2] {
        same("in parts, in one", &read_in_parts(reader, threads), alone);
    }
}

/// What was learnt of other chunks, and of the very same one, changes nothing: the first chunk of three stands there
/// again as the third.
pub fn chunks_do_not_matter(seen: &Seen) {
    let of = |n: usize| {
        let start = (FILE_HEADER + n * CHUNK) as u64;
        let inside = move |offset: u64| (start..start + CHUNK as u64).contains(&offset);
        let records = seen.records.iter().filter(move |r| inside(r.offset)).cloned();
        let records: Vec<Record> = records.map(|r| Record { offset: r.offset - start, ..r }).collect();
        let losses = seen.losses.iter().filter(move |l| inside(l.offset)).cloned();
        let losses: Vec<Loss> = losses.map(|l| Loss { offset: l.offset - start, ..l }).collect();
        (records, losses)
    };
    let (first, third) = (of(0), of(2));
    same_records("the same chunk twice", &first.0, &third.0);
    assert_eq!(first.1, third.1, "the same chunk twice: losses");
}
