//! The whole way over real logs, where the shared test data is there.

mod common;

use std::path::PathBuf;

use common::{Workplace, shared};

/// One thread or four, one run or two: the same bytes.
#[test]
fn tables_depend_on_the_records_only() {
    let Some(evtx) = shared() else { return };
    let place = Workplace::new();
    let analyze = |inputs: &[PathBuf], case: &str, threads: &str| {
        let inputs = inputs.iter().map(|input| input.to_str().expect("a path that is text"));
        let args: Vec<&str> =
            std::iter::once("analyze").chain(inputs).chain(["-o", case, "--threads", threads]).collect();
        let run = place.run(&args);
        assert!(run.code <= 1, "{args:?}: {}", run.err);
        run.code
    };
    // Some files of the data are damaged on purpose.
    assert_eq!(analyze(std::slice::from_ref(&evtx), "one", "1"), 1);
    analyze(std::slice::from_ref(&evtx), "four", "4");
    let mut folders: Vec<PathBuf> =
        evtx.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    let (first, second) = folders.split_at(folders.len() / 2);
    analyze(second, "parts", "2");
    analyze(first, "parts", "2");
    let want = place.tables("one");
    assert!(want.len() > 50);
    assert!(place.tables("four") == want, "four threads");
    assert!(place.tables("parts") == want, "two runs");
}

/// All of the shared data, in this order or that, at once or in two halves: the same bytes.
#[test]
fn the_order_of_evidence_leaves_no_trace() {
    let Some(evtx) = shared() else { return };
    let data = evtx.parent().expect("a folder");
    let mut folders: Vec<PathBuf> =
        data.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    let place = Workplace::new();
    let analyze = |inputs: &[&PathBuf], case: &str| {
        let inputs = inputs.iter().map(|input| input.to_str().expect("a path that is text"));
        let args: Vec<&str> = std::iter::once("analyze").chain(inputs).chain(["-o", case]).collect();
        let run = place.run(&args);
        assert!(run.code <= 1, "{args:?}: {}", run.err);
    };
    let forth: Vec<&PathBuf> = folders.iter().collect();
    analyze(&forth, "forth");
    let want = place.tables("forth");
    assert!(want.len() > 50);
    let back: Vec<&PathBuf> = folders.iter().rev().collect();
    analyze(&back, "back");
    assert!(place.tables("back") == want, "another order");
    // Halves of the logs themselves, so that folders are cut in two; the second half first.
    let mut logs = Vec::new();
    files(&evtx, &mut logs);
    logs.sort();
    let others: Vec<&PathBuf> = folders.iter().filter(|folder| **folder != evtx && folder.is_dir()).collect();
    let (first, second) = logs.split_at(logs.len() / 2);
    analyze(&second.iter().collect::<Vec<_>>(), "halves");
    let rest: Vec<&PathBuf> = first.iter().chain(others).collect();
    analyze(&rest, "halves");
    assert!(place.tables("halves") == want, "two halves");
}

fn files(folder: &std::path::Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Whatever is in real logs, every session has a receipt in both languages, in every width.
#[test]
fn every_session_has_a_receipt() {
    let Some(evtx) = shared() else { return };
    let rdp = evtx.join("Velocidex+velociraptor");
    let place = Workplace::new();
    let run = place.run(&["analyze", rdp.to_str().expect("a path that is text"), "-o", "case"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let rows = place.rows(&["sessions", "case", "--background"]);
    assert!(rows.len() > 10);
    let narrow = place.columns(60);
    for row in rows {
        let uid = row["session_uid"].as_str().expect("a uid");
        assert!(narrow.prints(&["why", "case", uid]).contains(uid));
        assert!(narrow.prints(&["why", "case", uid, "--lang", "ko"]).contains(uid));
    }
}
