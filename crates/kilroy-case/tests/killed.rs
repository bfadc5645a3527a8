//! A real process, really killed: whatever the moment, the case opens, and the next run completes it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kilroy_case::{Case, Order};
use kilroy_model::{Event, EvidenceId};
use support::{files, ingest, logon, tables};

const CASE: &str = "KILROY_TEST_CASE";
const FILES: u64 = 40;
const EVENTS: u64 = 300;

fn events(file: u64) -> Vec<Event> {
    (0..EVENTS)
        .map(|n| logon(["pc", "srv"][usize::from(n % 2 == 0)], file * EVENTS + n, n.cast_signed(), "alice"))
        .collect()
}

/// What an analysis does: everything that the case does not hold yet.
fn analyse(path: &Path) {
    let case = Case::create_or_open(path).unwrap();
    let run = case.begin_run(&Order { command: "analyze", ..Order::default() }).unwrap();
    for file in 1..=FILES {
        if !case.holds(EvidenceId(file)).unwrap() {
            ingest(&case, EvidenceId(file), &events(file));
        }
    }
    case.write_boots(&[]).unwrap();
    case.finish_run(run, "done").unwrap();
}

/// The process that is killed below; on its own it has nothing to do.
#[test]
#[ignore = "started by the test below"]
fn victim() {
    analyse(Path::new(&std::env::var_os(CASE).unwrap()));
}

#[test]
fn killed_at_any_moment() {
    let dir = tempfile::tempdir().unwrap();
    let (killed, whole) = (dir.path().join("killed"), dir.path().join("whole"));
    analyse(&whole);

    let mut held_before = 0;
    let mut cut_short = 0;
    for delay in [5, 20, 40, 60, 80, 110, 140, 180] {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["victim", "--exact", "--ignored"])
            .env(CASE, &killed)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        victim.kill().unwrap();
        cut_short += usize::from(!victim.wait().unwrap().success());

        // A reader sees whole evidence files and nothing else.
        if !killed.join("case.db").exists() {
            continue;
        }
        let case = Case::open(&killed).unwrap();
        let evidence = case.evidence().unwrap();
        assert!(evidence.iter().all(|row| case.holds(row.id.unwrap()).unwrap()));
        assert!(evidence.len() >= held_before, "what was held stays held");
        held_before = evidence.len();
        let mut seen = 0;
        case.session_events(&mut |_| seen += 1).unwrap();
        assert_eq!(seen, evidence.len() as u64 * EVENTS);
    }
    assert!(cut_short > 0, "no process was killed at work");

    analyse(&killed);
    assert_eq!(tables(&killed), tables(&whole));
    assert!(files(&killed).keys().all(|name| !name.contains(".tmp-")));
    let runs = Case::open(&killed).unwrap().runs().unwrap();
    assert_eq!(runs.last().unwrap().outcome.as_deref(), Some("done"));
}
