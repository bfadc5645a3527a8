//! A case survives anything: runs that are killed at any moment, disks that are full, two runs at once.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use common::{Workplace, age, demo, register};
use kilroy_case::{Case, CaseError};
use kilroy_testkit::{Account, Client, Host, Log, Style, log_files, may};

/// The demo's logs and a larger one, none of them new.
fn place(logons: u16) -> Workplace {
    let place = Workplace::new();
    place.write("logs", &demo());
    let mut host = Host::new("FILES", Style::Windows10, may(14, 6, 0, 0)).only(&[Log::Security]);
    for n in 0..logons {
        let client = Client::new("10.20.0.9", 40_000 + n, "SRV-BACKUP");
        let account = Account::new(&format!("user{}", n % 40), "CORP", 1200 + u32::from(n % 40));
        let plain = host.network_logon(&client, &account);
        host.pass(700);
        host.end(&plain);
    }
    place.write("logs", &log_files(host.events()).expect("the story can be written"));
    age(&place.path("logs"));
    place
}

/// A case as an undisturbed run leaves it: every file but register and lock, and what the register says.
#[derive(PartialEq, Eq)]
struct Whole {
    tables: Vec<(String, Vec<u8>)>,
    register: Vec<String>,
}

impl Whole {
    fn of(place: &Workplace, case: &str) -> Self {
        let mut others = Vec::new();
        stray(&place.path(case), &mut others);
        assert_eq!(others, [""; 0], "{case}");
        Self { tables: place.tables(case), register: register(&place.path(case)) }
    }

    fn check(&self, place: &Workplace, case: &str) {
        let found = Self::of(place, case);
        let names = |whole: &Self| whole.tables.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&found), names(self), "{case}");
        for ((name, found), (_, want)) in found.tables.iter().zip(&self.tables) {
            assert!(found == want, "{case}{name} has other bytes");
        }
        assert_eq!(found.register, self.register, "{case}");
    }
}

/// What is neither a table in its place nor the register nor the lock.
fn stray(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            stray(&entry.path(), found);
        } else if name.starts_with('.')
            || !(name.ends_with(".parquet") || name == "case.db" || name == "case.lock")
        {
            found.push(name);
        }
    }
}

/// The same numbers on every run.
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A moment of this span.
    fn moment(&mut self, span: Duration) -> Duration {
        span * u32::try_from(self.next() % 10_000).unwrap_or(0) / 10_000
    }
}

/// They mostly wait for the disk.
const WORKERS: u64 = 8;
const KILLS_EACH: usize = 26;

#[test]
fn killed_at_any_moment() {
    let place = place(400);
    place.prints(&["analyze", "logs", "-o", "whole", "--threads", "2"]);
    let whole = Whole::of(&place, "whole");
    let results: Vec<(usize, usize)> = thread::scope(|scope| {
        let work = |seed| {
            scope.spawn({
                let (place, whole) = (&place, &whole);
                move || worker(place, whole, seed)
            })
        };
        let workers: Vec<_> = (0..WORKERS).map(work).collect();
        workers.into_iter().map(|worker| worker.join().expect("no worker fails")).collect()
    });
    let kills: usize = results.iter().map(|(kills, _)| kills).sum();
    let wholes: usize = results.iter().map(|(_, wholes)| wholes).sum();
    println!("{kills} kills, {wholes} whole runs after them");
    assert!(kills >= 200 && wholes >= 20, "{kills} kills, {wholes} whole runs");
}

/// Kills runs on one case, some of them one after the other, then lets one end.
fn worker(place: &Workplace, whole: &Whole, number: u64) -> (usize, usize) {
    let mut seed = Seed(0x4b49_4c52_4f59 + number);
    let name = format!("killed-{number}");
    let args = ["analyze", "logs", "-o", &name, "--threads", "2"];
    // How long a run takes here and now, beside the others.
    let begun = Instant::now();
    place.prints(&args);
    let mut span = begun.elapsed();
    let case = place.path(&name);
    fs::remove_dir_all(&case).expect("a case can be removed");
    let (mut kills, mut wholes) = (0, 0);
    while kills < KILLS_EACH {
        let (fresh, moment) = (!case.exists(), seed.moment(span));
        let mut victim = start(place.command(&args));
        sleep(moment);
        // It may be done already: then there is nothing to kill.
        let _ = victim.kill();
        let done = victim.wait().expect("a process ends").success();
        if !done {
            kills += 1;
            check_opens(&case);
            // Mostly it is killed again.
            if !seed.next().is_multiple_of(8) {
                continue;
            }
            place.prints(&args);
        }
        if done && fresh {
            // It was quicker than that.
            span = moment;
        }
        whole.check(place, &name);
        wholes += 1;
        fs::remove_dir_all(&case).expect("a case can be removed");
    }
    (kills, wholes)
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

/// Whatever a killed run left: it opens, and what it says is true.
fn check_opens(path: &Path) {
    if !path.join("case.db").exists() {
        // Killed before there was a case.
        let opened = Case::open(path);
        assert!(
            matches!(opened, Err(CaseError::NoSuchCase { .. } | CaseError::NotACase { .. })),
            "{opened:?}"
        );
        return;
    }
    let case = Case::open(path).expect("the case opens");
    assert_eq!(case.check_register().expect("it can be checked"), []);
    let evidence = case.evidence().expect("evidence");
    for row in &evidence {
        assert!(case.holds(row.id.expect("it was read")).expect("it can be looked for"), "{}", row.path);
    }
    let stored = case.stored_files().expect("files");
    for stored in &stored {
        case.check_event_file(stored).expect("what the register knows is whole");
    }
    let events: u64 = stored.iter().map(|stored| stored.events).sum();
    assert_eq!(events, evidence.iter().map(|row| row.records).sum::<u64>());
    let made = case.sessions_made("{}").expect("it can be asked");
    match case.access_sessions() {
        Ok(_) => {}
        Err(error) => assert!(made.is_none() && matches!(error, CaseError::NotAnalysed { .. }), "{error}"),
    }
}

/// Files can only grow to a limit, as on a disk that is full: whatever the limit, that is told, and with more room the run
/// is completed.
#[cfg(target_os = "linux")]
#[test]
fn no_room_on_the_disk() {
    /// Bytes that `ulimit -f` counts in.
    const BLOCK: u64 = 512;
    let place = place(1500);
    place.prints(&["analyze", "logs", "-o", "whole"]);
    let whole = Whole::of(&place, "whole");
    let largest = whole.tables.iter().map(|(_, bytes)| bytes.len() as u64).max().expect("tables");
    let register = place.path("whole/case.db").metadata().expect("a register").len();
    assert!(largest > register, "{largest}, {register}: the largest tables are to fail, too");
    let full = largest.max(register) / BLOCK + 1;
    let mut told = std::collections::BTreeSet::new();
    for limit in (0..full).step_by(usize::try_from(full / 40).expect("a small number")) {
        let mut limited = Command::new("sh");
        let script = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";
        let program = env!("CARGO_BIN_EXE_kilroy");
        limited.args(["-c", script, "sh", &limit.to_string(), program, "analyze", "logs", "-o", "case"]);
        let output = limited.current_dir(place.path("")).output().expect("a shell");
        let err = String::from_utf8(output.stderr).expect("errors are UTF-8");
        assert_eq!((output.status.code(), err.lines().count()), (Some(2), 1), "{limit}: {err}");
        assert!(err.contains(" case/") || err.contains("case.db"), "{limit}: {err}");
        assert!(err.contains("File too large") || err.contains("disk"), "{limit}: {err}");
        assert!(!err.contains("damaged"), "{limit}: {err}");
        told.insert(err);
        check_opens(&place.path("case"));
        place.prints(&["analyze", "logs", "-o", "case"]);
        whole.check(&place, "case");
        fs::remove_dir_all(place.path("case")).expect("a case can be removed");
    }
    println!("{}", told.iter().map(String::as_str).collect::<String>());
    for part in ["case.db", "case/events/", "sessions.parquet"] {
        assert!(told.iter().any(|err| err.contains(part)), "{part}: {told:?}");
    }
}

#[test]
fn two_runs_at_once() {
    let place = Workplace::with_demo();
    let before = place.tables("case");
    let writing = Case::create_or_open(&place.path("case")).expect("the case opens");
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert_eq!(
        run.err,
        "kilroy: another run of Kilroy is writing to the case case: wait until it is done, then try again\n"
    );
    assert_eq!(place.run(&["note", "case", "host:srv-rdp01", "seen"]).code, 2);
    assert_eq!(place.run(&["verify", "case"]).code, 2);
    // Whoever only reads is not kept out.
    assert!(place.prints(&["sessions", "case"]).contains("alice"));

    let mut waiting = place.command(&["analyze", "logs", "-o", "case", "--wait"]);
    let waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let quiet = start(place.command(&["analyze", "logs", "-o", "case", "--wait", "--quiet"]));
    sleep(Duration::from_secs(4));
    drop(writing);
    let output = waiting.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "another run of Kilroy is writing to the case case: waiting until it is done\n"
    );
    assert!(quiet.wait_with_output().expect("it ends").status.success());
    assert!(place.tables("case") == before);
    // Two that begin together on a new case: one after the other, or one gives up.
    let both: Vec<Child> =
        (0..2).map(|_| start(place.command(&["analyze", "logs", "-o", "new", "--wait"]))).collect();
    for child in both {
        assert!(child.wait_with_output().expect("it ends").status.success());
    }
    assert!(place.tables("new") == before);
}
