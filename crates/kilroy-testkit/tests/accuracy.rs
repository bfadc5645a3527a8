//! A few worlds on every run: complete logs come out exactly, and losses invent nothing.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

#[path = "../examples/accuracy/run.rs"]
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kilroy_model::AccessSession;
use kilroy_testkit::accuracy::{
    Completeness, Facts, Judged, Judgement, Key, Ledger, Without, completeness, judge, without,
};
use kilroy_testkit::log_files;
use kilroy_testkit::rearrange::{drop_some, mixed_files, shuffle, split};
use kilroy_testkit::world::World;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=4;

struct Told {
    read: Vec<run::Read>,
    facts: BTreeMap<Key, Facts>,
    ledger: Ledger,
    rows: Vec<AccessSession>,
}

fn told(seed: u64) -> Told {
    let world = World::of(seed);
    let read = run::read(&log_files(&world.events).expect("a world that can be written")).expect("readable");
    assert_eq!(read.len(), world.events.len(), "records are lost on the way through files");
    let facts = run::facts(&read);
    let ledger = Ledger::new(&world.truths, &facts);
    let rows = run::rows(&read);
    Told { read, facts, ledger, rows }
}

#[test]
fn complete_logs_come_out_exactly() {
    let mut all = Completeness::default();
    for seed in SEEDS {
        let told = told(seed);
        all.add(completeness(&told.ledger, &told.rows));
    }
    let (exact, truths) = (all.exact(), all.truths());
    assert!(truths > 300, "only {truths} sessions: the worlds have become too small to say anything");
    let lines = all.differences.join("\n");
    assert!(
        exact * 1000 >= truths * 999 && all.extra * 1000 <= truths,
        "{exact} of {truths} exact:\n{lines}"
    );
}

/// So many of a hundred thousand fields may be wrong with losses. The book says which they are; none is by design.
const WRONG: u64 = 100;

#[test]
fn losses_invent_nothing() {
    let mut judged = Judged::default();
    for seed in SEEDS {
        let told = told(seed);
        for percent in [5, 30, 60] {
            let left = drop_some(&told.read, percent, seed);
            let keys: BTreeSet<Key> = left.iter().map(run::Read::key).collect();
            let one = judge(&told.ledger, &keys, &run::rows(&left));
            judged.tally.add(&one.tally);
            judged.wrong.extend(one.wrong.iter().map(|line| format!("{seed}, {percent} %: {line}")));
        }
    }
    let (wrong, all) = (judged.tally.count(Judgement::Wrong), judged.tally.all());
    println!("{wrong} of {all} fields are wrong:\n{}", judged.wrong.join("\n"));
    assert!(judged.tally.rows > 500, "only {} rows", judged.tally.rows);
    assert_eq!(judged.tally.invented, 0, "rows without a true session");
    assert!(
        wrong * 100_000 <= all * WRONG,
        "{wrong} of {all} fields are wrong:\n{}",
        judged.wrong.join("\n")
    );
    let same = judged.tally.count(Judgement::Same) * 100 / all;
    assert!(same >= 70, "only {same} of 100 fields are still as they were");
}

/// Each log in turn is left out.
#[test]
fn a_log_that_is_missing_takes_away_only_what_it_alone_proves() {
    let mut all = Without::default();
    for seed in SEEDS {
        let told = told(seed);
        let logs: BTreeSet<_> = told.read.iter().map(|r| r.log.clone()).collect();
        for log in logs {
            let left: Vec<run::Read> = told.read.iter().filter(|r| r.log != log).cloned().collect();
            let keys: BTreeSet<Key> = left.iter().map(run::Read::key).collect();
            let one = without(&log, &told.rows, &run::rows(&left), &told.facts, &keys);
            all.add(one, &format!("seed {seed} without {log}"));
        }
    }
    assert!(all.rows > 1000, "only {} rows", all.rows);
    let gone = all.gone.join("\n");
    assert!(gone.is_empty(), "sessions are gone that another log proves:\n{gone}");
    let risen = all.risen.join("\n");
    assert!(risen.is_empty(), "grades rose:\n{risen}");
    let contradictions = all.contradictions.join("\n");
    assert!(contradictions.is_empty(), "contradictions:\n{contradictions}");
}

/// In whatever files and order the records lie.
#[test]
fn files_and_order_make_no_difference() {
    let world = World::of(1);
    let want = run::rows(&run::read(&log_files(&world.events).expect("files")).expect("readable"));
    let parts = split(&shuffle(&world.events, 1), 3, 1);
    let got = run::rows(&run::read(&mixed_files(&parts).expect("files")).expect("readable"));
    assert!(got == want, "other rows from shuffled files");
}

/// The shared test data, or `None` where it is not there. In CI that is a failure.
fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("KILROY_SHARED").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let data = given.unwrap_or_else(beside).join("data");
    if data.is_dir() {
        return Some(data);
    }
    assert!(std::env::var_os("CI").is_none(), "the shared test data is missing: {}", data.display());
    println!("skipped: no shared test data at {}", data.display());
    None
}

/// Real logs, of which the rows of the whole evidence are taken for true.
#[test]
fn a_real_log_that_is_missing_takes_away_only_what_it_alone_proves() {
    let Some(data) = shared() else { return };
    let read = run::read_folder(&data.join("evtx")).expect("readable evidence");
    let full = run::rows(&read);
    let facts = run::facts(&read);
    let mut all = Without::default();
    let mut logs: BTreeSet<_> = read.iter().filter(|r| r.event.is_some()).map(|r| r.log.clone()).collect();
    logs.retain(|log| full.iter().any(|row| row.sources.iter().any(|s| *s.log == **log)));
    for log in logs {
        let left: Vec<run::Read> = read.iter().filter(|r| r.log != log).cloned().collect();
        let keys: BTreeSet<Key> = left.iter().map(run::Read::key).collect();
        all.add(without(&log, &full, &run::rows(&left), &facts, &keys), &log);
    }
    assert!(all.rows > 100, "only {} rows", all.rows);
    let gone = all.gone.join("\n");
    assert!(gone.is_empty(), "sessions are gone that another log proves:\n{gone}");
    let risen = all.risen.join("\n");
    assert!(risen.is_empty(), "grades rose:\n{risen}");
    let contradictions = all.contradictions.join("\n");
    assert!(contradictions.is_empty(), "contradictions:\n{contradictions}");
}
