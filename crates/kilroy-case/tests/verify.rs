//! What `verify` finds in a case that somebody has laid hands on.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use kilroy_case::{Case, EvidenceRow, Flaw};
use kilroy_model::EvidenceId;
use support::{ingest, logon, row, tables};

const ONE: EvidenceId = EvidenceId(1);
const FILE: &str = "events/host=pc/0000000000000001.parquet";

fn case() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("case");
    let case = Case::create_or_open(&path).unwrap();
    let events: Vec<_> = (0..100).map(|n| logon(["pc", "srv"][n % 2], n as u64, 0, "alice")).collect();
    ingest(&case, ONE, &events);
    case.session_writer().unwrap().finish().unwrap();
    case.write_findings(&[]).unwrap();
    case.write_repeats(&case).unwrap();
    case.write_hops(&[]).unwrap();
    case.write_host_addresses(&[]).unwrap();
    (dir, path)
}

fn flaws(path: &Path) -> Vec<Flaw> {
    let case = Case::open(path).unwrap();
    let mut flaws = case.check_register().unwrap();
    flaws.extend(case.strays().unwrap());
    for stored in case.stored_files().unwrap() {
        flaws.extend(case.check_event_file(&stored).err());
    }
    flaws
}

/// The one thing that is found.
fn flaw(path: &Path) -> (String, String) {
    let mut flaws = flaws(path);
    assert_eq!(flaws.len(), 1, "{flaws:?}");
    let Flaw { subject, detail } = flaws.remove(0);
    (subject, detail)
}

#[test]
fn a_case_as_it_was_written_has_no_flaws() {
    let (_dir, path) = case();
    assert_eq!(flaws(&path), []);
    let case = Case::open(&path).unwrap();
    let stored = case.stored_files().unwrap();
    assert_eq!(stored.len(), 2);
    assert!(stored.iter().all(|s| s.sha256 == case.check_event_file(s).ok() && s.version.is_some()));
}

#[test]
fn whatever_happens_to_an_event_file_shows() {
    let (_dir, path) = case();
    let file = path.join(FILE);
    let good = fs::read(&file).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    let mut longer = good.clone();
    longer.push(0);
    for (bytes, want) in [
        (flipped, "SHA-256 differs"),
        (longer, "bytes; "),
        (good[..10].to_vec(), "it has 10 bytes; "),
        (vec![0; good.len()], "SHA-256 differs"),
    ] {
        fs::write(&file, bytes).unwrap();
        let (subject, detail) = flaw(&path);
        assert_eq!(subject, FILE);
        assert!(detail.contains(want), "{detail}");
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(flaw(&path), (FILE.to_owned(), "it is not there".to_owned()));
    fs::write(&file, good).unwrap();
    assert_eq!(flaws(&path), []);
}

#[test]
fn event_files_that_nobody_knows_show() {
    let (_dir, path) = case();
    let stray = "events/host=pc/00000000000000ff.parquet";
    fs::copy(path.join(FILE), path.join(stray)).unwrap();
    fs::write(path.join("events/host=pc/mine.parquet"), "not ours").unwrap();
    assert_eq!(flaw(&path).0, stray);
    drop(Case::create_or_open(&path).unwrap());
    assert_eq!(flaws(&path), []);
}

#[test]
fn records_and_events_must_be_as_many() {
    let (_dir, path) = case();
    let case = Case::create_or_open(&path).unwrap();
    case.event_writer(EvidenceId(2)).finish().unwrap();
    case.register(&EvidenceRow { records: 7, ..row("logs/two.evtx", EvidenceId(2), 7) }).unwrap();
    drop(case);
    let (subject, detail) = flaw(&path);
    assert_eq!(
        (subject.as_str(), detail.as_str()),
        ("logs/two.evtx", "7 records were read, and its event files have 0")
    );
}

#[test]
fn a_damaged_register_is_told() {
    let (_dir, path) = case();
    let register = path.join("case.db");
    let good = fs::read(&register).unwrap();
    let mut found = 0;
    // Each page but the first, which says that it is a register at all, in its middle and at its begin.
    for page in 1..good.len() / 4096 {
        for (from, to) in [(0, 16), (2000, 2100), (4000, 4096)] {
            let mut bad = good.clone();
            bad[page * 4096 + from..page * 4096 + to].fill(0xff);
            fs::write(&register, &bad).unwrap();
            // It may be too damaged to be opened: that is told, too. Nothing panics.
            match Case::open(&path).and_then(|case| case.check_register()) {
                Ok(flaws) => found += usize::from(!flaws.is_empty()),
                Err(error) => {
                    assert!(error.to_string().contains("case"), "{error}");
                    found += 1;
                }
            }
        }
    }
    assert!(found > good.len() / 4096, "{found} of {}", 3 * (good.len() / 4096 - 1));
    fs::write(&register, good).unwrap();
    assert_eq!(flaws(&path), []);
}

#[test]
fn tables_of_two_cases_are_compared() {
    let ((_a, one), (_b, two)) = (case(), case());
    let compare = || Case::open(&one).unwrap().same_tables(&Case::open(&two).unwrap());
    assert!(tables(&one) == tables(&two));
    assert!(compare().iter().all(|(_, same)| same.is_ok()));
    fs::write(two.join("boots.parquet"), "else").unwrap();
    fs::remove_file(one.join("sessions.parquet")).unwrap();
    let said: Vec<String> =
        compare().into_iter().filter_map(|(_, same)| same.err()).map(|f| f.detail).collect();
    assert_eq!(said, ["it is not there", "made anew it has other bytes"]);
}
