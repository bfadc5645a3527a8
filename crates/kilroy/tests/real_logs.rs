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
