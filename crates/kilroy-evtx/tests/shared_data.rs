//! Over all sample logs: never fewer records than the `evtx` crate's own parser gives, and damaged files whole.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says what it saw")]

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use evtx::{EvtxParser, ParserSettings};
use kilroy_evtx::{Item, Loss, Record, read};

/// The folder of sample logs, or none: then the test is skipped, but not on the build server.
fn samples() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var_os("KILROY_SHARED").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let folder = root.join("data/evtx");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").is_err(), "sample data is missing: {}", folder.display());
    println!("skipped: no sample data in {}", folder.display());
    None
}

/// Every `.evtx` file below `folder`, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("evtx")) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn ours(path: &Path) -> (Vec<Record>, Vec<Loss>) {
    let (mut records, mut losses) = (Vec::new(), Vec::new());
    let outcome = read(File::open(path).unwrap(), &mut |item| {
        match item {
            Item::Record(record) => records.push(record),
            Item::Loss(loss) => losses.push(loss),
        }
        ControlFlow::Continue(())
    });
    match outcome {
        Ok(summary) => assert_eq!((summary.records, summary.losses), (records.len() as u64, losses.len() as u64)),
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
