//! How long views of a large case take: `cargo run --release -p kilroy-case --example view_speed -- CASE [SESSIONS]`.
//!
//! Makes a case of that many made-up sessions (a million) where there is none, and prints a table in Markdown: the least of
//! some runs in milliseconds, and how many rows came out.

#![allow(clippy::print_stdout, reason = "it prints a table of milliseconds")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use kilroy_case::{Case, RecordTimes};
use kilroy_findings::views::{
    By, Cells, FEW, Names, OffCounts, OffHours, What, from_where, no_lands, rare, sightings, users,
};
use kilroy_model::{
    AccessSession, AuthenticationSummary, EndKind, EventUid, Grade, How, Kind, LinkRule, Role, Scope,
    SessionOutcome, SessionUid, Source, Timestamp,
};
use kilroy_sessions::Sink;

const RUNS: usize = 5;
const HOSTS: u64 = 200;
const USERS: u64 = 2000;

/// A number that looks like any other: the same for the same one.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 16
}

/// Sixty users come to each host. Most have one address, some roam; one session in five fails; one in ten has no begin.
fn session(n: u64, all: u64) -> AccessSession {
    let (host, any) = (n * HOSTS / all, mixed(n + all));
    let user = (host * 37 + mixed(n) % 60) % USERS;
    let address = if user.is_multiple_of(50) { any % 60_000 } else { user };
    let external = user.is_multiple_of(25);
    let [a, b] = [address / 250, address % 250 + 1];
    let ip = if external { format!("198.{}.{}.{b}", 50 + a % 50, a / 50) } else { format!("10.20.{a}.{b}") };
    let start = Timestamp::from_ticks(
        17_000_000_000_000_000 + i64::try_from(n % (all / HOSTS)).unwrap_or(0) * 600_000_000,
    );
    let outcome = if any.is_multiple_of(5) { SessionOutcome::Failure } else { SessionOutcome::Success };
    let seen = !any.is_multiple_of(10);
    let record = |at: u64| Source {
        event_uid: EventUid(u128::from(n) << 8 | u128::from(at)),
        log: "Security".into(),
        event_id: 4624,
        record_id: n * 10 + at,
        time: start.plus_millis(i64::try_from(at).unwrap_or(0) * 1000),
        role: Role::Logon,
        link: LinkRule::Luid,
    };
    AccessSession {
        session_uid: SessionUid(mixed(n * 3)),
        computer: format!("srv-{host:03}.corp.example"),
        user: Some(format!("user{user:04}")),
        domain: Some("CORP".to_owned()),
        sid: None,
        kind: if any.is_multiple_of(4) { Kind::InteractiveRemote } else { Kind::Network },
        how: How::Logon,
        outcome,
        background: false,
        scope: if external { Scope::External } else { Scope::Internal },
        ip: Some(ip),
        port: None,
        client: Some(format!("PC{user:04}")),
        resource: None,
        attempt: seen.then_some(start),
        start: seen.then_some(start),
        end: (any.is_multiple_of(3) && seen).then(|| start.plus_millis(600_000)),
        end_kind: EndKind::Open,
        end_not_after: None,
        reason: None,
        reason_text: None,
        status: None,
        status_text: None,
        logon_ids: Vec::new(),
        linked_logon_ids: Vec::new(),
        session_id: None,
        line: None,
        activity_id: None,
        authentication: AuthenticationSummary::default(),
        prior_failures: 0,
        grade: Grade::Partial,
        sources: (0..10).map(record).collect(),
        missing: Vec::new(),
        links: Vec::new(),
        turned_down: Vec::new(),
        proofs: Vec::new(),
    }
}

fn make(dir: &Path, sessions: u64) -> Result<(), Box<dyn Error>> {
    let case = Case::create_or_open(dir)?;
    let mut writer = case.session_writer()?;
    for n in 0..sessions {
        writer.access(session(n, sessions));
    }
    writer.finish()?;
    Ok(())
}

fn time<T>(
    name: &str,
    mut ask: impl FnMut() -> Result<(usize, T), Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let mut least = f64::INFINITY;
    let mut last = None;
    for _ in 0..RUNS {
        let begin = Instant::now();
        let answer = ask()?;
        least = least.min(begin.elapsed().as_secs_f64() * 1000.0);
        last = Some(answer);
    }
    let (rows, answer) = last.ok_or("no run")?;
    println!("| {name} | {rows} | {least:.0} |");
    Ok(answer)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().ok_or("give the folder of a case")?;
    let sessions: u64 = args.next().map_or(Ok(1_000_000), |n| n.parse())?;
    let dir = Path::new(&dir);
    if !dir.join("sessions.parquet").exists() {
        make(dir, sessions)?;
    }
    let case = Case::open(dir)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("| view | rows | ms |\n|---|---:|---:|");
    time("sessions read", || {
        let mut count = 0;
        case.each_visit(RecordTimes::WhereNothingElseTells, threads, &mut |_, _| count += 1)?;
        Ok((count, ()))
    })?;
    time("sessions read, times of open ends too", || {
        let mut count = 0;
        case.each_visit(RecordTimes::WhereTheEndIsOpen, threads, &mut |_, _| count += 1)?;
        Ok((count, ()))
    })?;
    let counted = || -> Result<(Names, Cells), Box<dyn Error>> {
        let mut cells = Cells::default();
        let names = case.each_visit(RecordTimes::WhereNothingElseTells, threads, &mut |names, visit| {
            cells.add(names, visit);
        })?;
        Ok((names, cells))
    };
    time("users", || {
        let (names, cells) = counted()?;
        Ok((users(&cells, &names, &no_lands).len(), ()))
    })?;
    time("matrix", || {
        let (names, cells) = counted()?;
        Ok((from_where(&cells, &names, &no_lands, By::Address).len(), ()))
    })?;
    time("first-seen", || {
        let (names, cells) = counted()?;
        Ok((sightings(&cells, &names, What::ALL).len(), ()))
    })?;
    time("rare", || {
        let (names, cells) = counted()?;
        Ok((rare(&cells, &names, FEW).len(), ()))
    })?;
    time("off-hours, in UTC", || {
        let (mut counts, hours) = (OffCounts::default(), OffHours::default());
        let names = case.each_visit(RecordTimes::WhereNothingElseTells, threads, &mut |names, visit| {
            counts.add(names, visit, &hours, |_| 0);
        })?;
        Ok((counts.rows(&names).len(), ()))
    })?;
    Ok(())
}
