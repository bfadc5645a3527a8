//! `kilroy analyze` and `kilroy demo`: what they read, what they say, and that it depends on the evidence only.

mod common;

use std::fs;

use common::{Workplace, demo};
use kilroy_testkit::damage;

#[test]
fn the_summary() {
    let place = Workplace::new();
    place.write("logs", &demo());
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    insta::assert_snapshot!("summary", run.out);
    let place = place.columns(80);
    insta::assert_snapshot!("summary_80", place.prints(&["analyze", "logs", "-o", "case"]));
    let json = place.prints(&["analyze", "logs", "-o", "case", "--format", "json"]);
    let summary: serde_json::Value = serde_json::from_str(&json).expect("the summary is JSON");
    assert_eq!(summary["evidence"]["logs"], demo().len());
    assert!(summary["look_first"].as_array().is_some_and(|list| !list.is_empty()));
}

#[test]
fn the_demo_is_the_same_every_time() {
    let place = Workplace::new();
    let first = place.prints(&["demo"]);
    assert!(place.path("kilroy-demo/case/sessions.parquet").is_file());
    assert_eq!(place.prints(&["demo"]), first);
    insta::assert_snapshot!("demo", first);
    place.file("mine/letter.txt", b"dear all");
    let run = place.run(&["demo", "-o", "mine"]);
    assert_eq!((run.code, fs::read_dir(place.path("mine")).expect("a folder").count()), (2, 1));
    insta::assert_snapshot!(run.err, @"kilroy: mine holds other files: name a new folder with -o DIR");
}

#[test]
fn the_same_evidence_changes_nothing() {
    let place = Workplace::with_demo();
    let before = (place.tables("case"), place.prints(&["evidence", "case", "--format", "csv"]));
    place.prints(&["analyze", "logs", "-o", "case"]);
    assert_eq!((place.tables("case"), place.prints(&["evidence", "case", "--format", "csv"])), before);
}

/// One run or several, one thread or many, this order or that, copies or not: the same tables.
#[test]
fn tables_depend_on_the_records_only() {
    let place = Workplace::with_demo();
    let want = place.tables("case");
    assert!(want.len() > 4);
    place.prints(&["analyze", "logs", "-o", "threads", "--threads", "4"]);
    assert!(place.tables("threads") == want, "four threads");
    // One folder after the other, the second one first.
    let mut folders: Vec<String> = fs::read_dir(place.path("logs"))
        .expect("a folder")
        .map(|e| format!("logs/{}", e.expect("an entry").file_name().to_string_lossy()))
        .collect();
    folders.sort();
    assert_eq!(folders.len(), 2);
    for folder in folders.iter().rev() {
        place.prints(&["analyze", folder, "-o", "parts"]);
    }
    assert!(place.tables("parts") == want, "two runs");
    // The same logs once more under other names: the events are there once.
    for file in demo() {
        place.file(&format!("logs/copies/{}.bak", file.name.replace('/', "-")), &file.bytes);
    }
    place.prints(&["analyze", "logs", "-o", "copies", "--threads", "3"]);
    assert!(place.tables("copies") == want, "copies");
    assert_eq!(place.rows(&["evidence", "copies"]).len(), 2 * demo().len());
}

#[test]
fn damage_is_counted_and_the_rest_is_read() {
    let place = Workplace::new();
    let mut files = demo();
    let at = files.iter().position(|f| f.name.ends_with("Security.evtx")).expect("a Security log");
    let middle = files[at].bytes.len() / 2;
    damage::zero(&mut files[at].bytes, middle..middle + 3000);
    place.write("logs", &files);
    place.file("logs/readme.txt", b"collected by hand");
    place.file("logs/empty.evtx", b"");
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""), "{}", run.out);
    let evidence: Vec<&str> = run.out.lines().take_while(|line| !line.is_empty()).collect();
    insta::assert_snapshot!("damaged", evidence.join("\n"));
    // Nothing new the second time, and still not all could be read.
    assert_eq!(place.run(&["analyze", "logs", "-o", "case"]).code, 1);
    // Asking is no reading.
    let losses = place.rows(&["evidence", "case", "--losses"]);
    assert!(!losses.is_empty());
    assert!(losses.iter().all(|l| l["path"].as_str().is_some_and(|p| p.ends_with("Security.evtx"))));
    let sound = Workplace::with_demo();
    let none = |lang: &str| sound.run(&["evidence", "case", "--losses", "--lang", lang]).err;
    assert_eq!(none("en"), "No losses in 13 files.\n");
    assert_eq!(none("ko"), "파일 13개에 손실이 없습니다.\n");
}

/// What is no log at all is no loss.
#[test]
fn other_files_are_listed_and_cost_nothing() {
    let place = Workplace::new();
    place.write("logs", &demo());
    place.file("logs/readme.txt", b"collected by hand");
    assert_eq!(place.run(&["analyze", "logs", "-o", "case"]).code, 0);
    let rows = place.rows(&["evidence", "case"]);
    let other: Vec<_> = rows.iter().filter(|r| r["status"] == "not-evidence").collect();
    assert_eq!(other.len(), 1);
    assert_eq!(other[0]["path"], "logs/readme.txt");
}

/// A case within its own evidence folder does not take itself for evidence.
#[test]
fn a_case_among_its_evidence() {
    let place = Workplace::new();
    place.write("logs", &demo());
    place.prints(&["analyze", "logs", "-o", "logs/case"]);
    place.prints(&["analyze", "logs", "-o", "logs/case"]);
    assert_eq!(place.rows(&["evidence", "logs/case"]).len(), demo().len());
    // But a folder of evidence is none for a case.
    let run = place.run(&["analyze", "logs", "-o", "logs"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    insta::assert_snapshot!(run.err, @"kilroy: logs holds the evidence: name another folder for the case, a new one; nothing was written");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_opened_is_a_loss() {
    let place = Workplace::new();
    place.write("logs", &demo());
    std::os::unix::fs::symlink("nowhere", place.path("logs/link.evtx")).expect("a link");
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("unreadable: logs/link.evtx"), "{}", run.out);
}

#[test]
fn what_cannot_be_done_is_said_in_one_line_and_nothing_is_written() {
    let place = Workplace::new();
    place.write("logs", &demo());
    place.file("text/readme.txt", b"hello");
    place.file("full/readme.txt", b"hello");
    fs::create_dir(place.path("nothing")).expect("a folder");
    let fails = |args: &[&str]| {
        let run = place.run(args);
        assert_eq!(
            (run.code, run.out.as_str(), run.err.lines().count()),
            (2, "", 1),
            "{args:?}: {}",
            run.err
        );
        assert!(!place.path("case").exists(), "{args:?}");
        run.err
    };
    let errors = [
        fails(&["analyze", "logs", "gone", "-o", "case"]),
        fails(&["analyze", "nothing", "-o", "case"]),
        fails(&["analyze", "text", "-o", "case"]),
        fails(&["analyze", "logs", "-o", "full"]),
        fails(&["analyze", "logs", "-o", "case", "--threads", "0"]),
        fails(&["analyze", "logs", "-o", "case", "--internal", "10.0.0.0/40"]),
        fails(&["sessions", "case"]),
        fails(&["sessions", "full"]),
        fails(&["sessions", "full/readme.txt"]),
        fails(&["sessions", "case", "--since", "tomorrow"]),
        fails(&["sessions", "case", "--since", "2024-05-14", "--until", "2024-05-13"]),
        fails(&["sessions", "case", "--ip", "srv01"]),
        fails(&["sessions", "case", "--kind", "rdp"]),
        fails(&["sessions", "case", "--user", ""]),
    ];
    insta::assert_snapshot!("errors", errors.concat());
    assert_eq!(fs::read_dir(place.path("full")).expect("a folder").count(), 1);
}
