//! Over all sample logs: never fewer records than the `evtx` crate's own parser gives, and damaged files whole.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says what it saw")]

mod samples;

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use evtx::{EvtxParser, ParserSettings};
use kilroy_evtx::{Item, Loss, LossKind, Record, read};
use samples::{files, folder as samples};

fn ours(path: &Path) -> (Vec<Record>, Vec<Loss>) {
    let (mut records, mut losses) = (Vec::new(), Vec::new());
    let outcome = read(&File::open(path).unwrap(), &mut |item| {
        match item {
            Item::Record(record) => records.push(record),
            Item::Loss(loss) => losses.push(loss),
        }
        ControlFlow::Continue(())
    });
    match outcome {
        Ok(summary) => {
            assert_eq!((summary.records, summary.losses), (records.len() as u64, losses.len() as u64));
        }
        Err(_) => assert!(records.is_empty()),
    }
    (records, losses)
}

fn theirs(path: &Path) -> usize {
    let settings = ParserSettings::new().num_threads(1).indent(false);
    EvtxParser::from_path(path)
        .map_or(0, |parser| parser.with_configuration(settings).records().flatten().count())
}

#[test]
fn never_fewer_records_than_the_evtx_crate() {
    let Some(folder) = samples() else { return };
    let files = files(&folder);
    assert!(!files.is_empty());
    let mut total = 0;
    for path in files {
        let (records, losses) = ours(&path);
        let theirs = theirs(&path);
        let shown = path.strip_prefix(&folder).unwrap().display();
        if records.len() != theirs || !losses.is_empty() {
            println!("{:6} {theirs:6} {:4} {shown}", records.len(), losses.len());
            for loss in losses.iter().take(12) {
                println!("        {:#x} {:?} {}", loss.offset, loss.kind, loss.detail);
            }
        }
        assert!(records.len() >= theirs, "{shown}: {} records, the evtx crate gives {theirs}", records.len());
        total += records.len();
    }
    println!("{total} records");
}

/// Of a file that `data/MANIFEST.tsv` calls damaged, by its name.
fn damaged(name: &str) -> Option<(Vec<Record>, Vec<Loss>)> {
    let path = samples()?.join("omerbenamram+evtx").join(name);
    Some(ours(&path))
}

/// Half of this file is pages of zeros: a log pieced together from what was left of it.
///
/// How many records there are can be counted without decoding: magics whose size has its copy at the record's end,
/// before the free space that the chunk's header states. That makes 13, 43, 129 and 113 in the chunks that have a header,
/// and 15 and 67 in the two at 0x61000 and 0xa1000 that have none. Four more have a magic and end in a page of
/// zeros: 46741, 47640, 45933, which the `evtx` crate gives too, and 46030. The crate gives 301 in all: it passes over
/// the two chunks without a header, whose templates are gone as well. Other chunks define the same ones.
#[test]
fn chunks_without_a_magic_give_every_record() {
    let Some((records, losses)) = damaged("sample_with_a_bad_chunk_magic.evtx") else { return };
    let block = |r: &Record| (r.offset - 4096) / 65_536;
    let of_chunk: Vec<usize> = records.chunk_by(|a, b| block(a) == block(b)).map(<[_]>::len).collect();
    assert_eq!(of_chunk, [13 + 1, 15, 43 + 1, 129, 113 + 1, 67]);
    // Header and event agree in this file; so the templates of other chunks were the right ones.
    let cut = [46_741, 47_640, 45_933, 46_030];
    for record in records.iter().filter(|r| !cut.contains(&r.header_record_id)) {
        assert_eq!(record.system.record_id, Some(record.header_record_id));
        assert_eq!((record.system.event_id, record.system.computer.as_str()), (325, "DESKTOP-1N4R894"));
        // A package family is named after the package and thirteen digits of its publisher's hash.
        let [(name, value)] = record.data.as_slice() else { panic!("{:?}", record.data) };
        assert_eq!(name, "PackageFamilyName");
        assert_eq!(value.rsplit_once('_').map(|(_, hash)| hash.len()), Some(13), "{value}");
        assert_eq!(
            record.recovered,
            [0x61000, 0xa1000].map(|at| (at - 4096) / 65_536).contains(&block(record))
        );
    }
    let offsets = |kind| losses.iter().filter(|l| l.kind == kind).map(|l| l.offset).collect::<Vec<_>>();
    assert_eq!(offsets(LossKind::ChunkMagic), [0x61000, 0xa1000]);
    for record in records.iter().filter(|r| cut.contains(&r.header_record_id)) {
        assert!(offsets(LossKind::Record).contains(&record.offset));
    }
    assert!(losses.iter().any(|l| l.detail.contains("record 46030")));
}

/// Nine chunks, whose headers number their records from 1 to 358 without a hole; the other half is no log at all: in it
/// there is no record magic whose size has its copy at the record's end.
#[test]
fn foreign_bytes_behind_the_chunks_are_one_loss() {
    let Some((records, losses)) = damaged("sysmon.evtx") else { return };
    assert!(records.iter().map(|r| r.header_record_id).eq(1742..1742 + 358));
    let losses: Vec<_> = losses.iter().map(|l| (l.offset, l.kind)).collect();
    assert_eq!(losses, [(0x91000, LossKind::Chunk)]);
}
