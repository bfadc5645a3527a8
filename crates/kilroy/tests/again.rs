//! The same evidence once more: what is done already is not done again.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use common::{Workplace, age, register, set_time};

const LOG: &str = "logs/SRV-RDP01.corp.example/Security.evtx";

fn analysed() -> Workplace {
    let place = Workplace::new();
    place.write("logs", &common::demo());
    age(&place.path("logs"));
    place.prints(&["analyze", "logs", "-o", "case"]);
    place
}

/// When each table was last written.
fn times(place: &Workplace) -> BTreeMap<String, SystemTime> {
    let tables = place.tables("case").into_iter();
    tables
        .map(|(name, _)| {
            let meta = fs::metadata(PathBuf::from(format!("{}{name}", place.path("case").display())));
            (name, meta.and_then(|m| m.modified()).expect("a time"))
        })
        .collect()
}

#[test]
fn nothing_new_writes_nothing() {
    let place = Workplace::new();
    place.write("logs", &common::demo());
    age(&place.path("logs"));
    let summary = place.prints(&["analyze", "logs", "-o", "case"]);
    assert!(summary.contains("cleared"), "the summary tells of a cleared log, which no session table does");
    let before = (times(&place), register(&place.path("case")));
    for flags in [&[][..], &["--trust-mtime"]] {
        let args = [&["analyze", "logs", "-o", "case"], flags].concat();
        assert_eq!(place.prints(&args), summary);
        assert!((times(&place), register(&place.path("case"))) == before, "{flags:?}");
    }
    // A table that is not whole is made again, and all come out the same.
    let tables = place.tables("case");
    for name in ["sessions.parquet", "boots.parquet"] {
        fs::write(place.path(&format!("case/{name}")), b"PAR1 half").expect("a file");
        assert_eq!(place.prints(&["analyze", "logs", "-o", "case"]), summary);
        assert!(place.tables("case") == tables, "{name}");
        assert_eq!(register(&place.path("case")), before.1);
    }
    // New evidence makes them anew.
    let later = times(&place);
    place.write("more", &common::demo()[..1]);
    place.file("more/odd.evtx", &fs::read(place.path(LOG)).expect("a log")[..60_000]);
    place.run(&["analyze", "more", "-o", "case"]);
    assert!(times(&place)["/sessions.parquet"] > later["/sessions.parquet"]);
}

#[test]
fn a_trusted_file_is_not_read() {
    let place = analysed();
    let rows = |place: &Workplace| place.rows(&["evidence", "case"]).len();
    let before = rows(&place);
    let good = fs::read(place.path(LOG)).expect("a log");
    let mut other = good.clone();
    let last = other.len() - 1;
    other[last] ^= 1;
    // Other bytes, and nothing shows it: only who reads the file knows.
    fs::write(place.path(LOG), &other).expect("a file");
    age(&place.path("logs"));
    place.prints(&["analyze", "logs", "-o", "case", "--trust-mtime"]);
    assert_eq!(rows(&place), before);
    place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!(rows(&place), before + 1);

    // A time or a size that is another one is reason enough to read it.
    let mut third = good.clone();
    third[last] ^= 2;
    fs::write(place.path(LOG), &third).expect("a file");
    set_time(&place.path(LOG), 1_715_677_201);
    place.run(&["analyze", "logs", "-o", "case", "--trust-mtime"]);
    assert_eq!(rows(&place), before + 2);
    fs::write(place.path(LOG), &good[..60_000]).expect("a file");
    set_time(&place.path(LOG), 1_715_677_201);
    place.run(&["analyze", "logs", "-o", "case", "--trust-mtime"]);
    assert_eq!(rows(&place), before + 3);
}

/// What was written a moment before it was read may be written again within the same tick of the file system's clock.
#[test]
fn a_fresh_file_is_never_trusted() {
    let place = Workplace::with_demo();
    let path = place.path(LOG);
    let time = fs::metadata(&path).and_then(|m| m.modified()).expect("a time");
    let mut bytes = fs::read(&path).expect("a log");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).expect("a file");
    let file = fs::OpenOptions::new().write(true).open(&path).expect("a file");
    file.set_modified(time).expect("its time can be set");
    drop(file);
    let before = place.rows(&["evidence", "case"]).len();
    place.run(&["analyze", "logs", "-o", "case", "--trust-mtime"]);
    assert_eq!(place.rows(&["evidence", "case"]).len(), before + 1);
}

/// An event file that was lost is decoded again, trusted or not.
#[test]
fn trust_is_in_evidence_not_in_the_case() {
    let place = analysed();
    let tables = place.tables("case");
    let (lost, _) = tables.iter().find(|(name, _)| name.contains("/events/")).expect("an event file");
    fs::remove_file(place.path(&format!("case{lost}"))).expect("a file");
    place.prints(&["analyze", "logs", "-o", "case", "--trust-mtime"]);
    assert!(place.tables("case") == tables);
}

/// Sessions of an analysis that was stopped are shown, and it is said that they may be old.
#[test]
fn sessions_that_may_be_old_are_told_of() {
    let place = analysed();
    let good = place.run(&["sessions", "case"]);
    assert_eq!(good.err, "");
    fs::remove_file(place.path("case/boots.parquet")).expect("a table can be removed");
    for command in [
        &["sessions", "case"][..],
        &["logon-sessions", "case"],
        &["terminal-sessions", "case"],
        &["events", "case", "--count"],
        &["timeline", "case"],
        &["sql", "case", "SELECT count(*) FROM events"],
        &["evidence", "case"],
    ] {
        let old = place.run(command);
        assert_eq!(old.code, 0);
        assert!(old.err.contains("did not finish"), "{command:?}: {}", old.err);
    }
    place.run(&["analyze", "logs", "-o", "case", "-q"]);
    assert_eq!(place.run(&["sessions", "case"]), good);
}

/// What people noted is in the case alone: nothing that is asked for by name takes its place, nor that of a table.
#[test]
fn a_case_is_not_written_over() {
    let place = analysed();
    place.run(&["note", "case", "host:srv-rdp01", "seen"]);
    let (tables, notes) = (place.tables("case"), place.prints(&["notes", "case"]));
    let (event_file, _) = tables.iter().find(|(name, _)| name.contains("/events/")).expect("an event file");
    for own in [
        "case/case.db",
        "case/case.db-journal",
        "case/sessions.parquet",
        "case/new.parquet",
        &format!("case{event_file}"),
    ] {
        let run = place.run(&["timeline", "case", "-o", own]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{own}");
        assert!(
            run.err.contains("a case keeps its own files there; name another place") && run.err.contains(own),
            "{}",
            run.err
        );
    }
    assert!(place.tables("case") == tables && place.prints(&["notes", "case"]) == notes);
    // What Kilroy does not make is nobody's.
    assert_eq!(place.run(&["timeline", "case", "-o", "case/timeline.csv"]).code, 0);
}
