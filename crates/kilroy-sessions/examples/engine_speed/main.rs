//! How fast the engine is, and how much memory it takes.
//!
//! `cargo run --release -p kilroy-sessions --example engine_speed -- [controller|desktops] [EVENTS] [SEED] [keep]`
//!
//! Makes records from a seed, hands them to the engine, and counts the sessions as they come out. With `keep` all sessions
//! are held in memory at once, as a caller of `sessionize` does.

#![allow(clippy::print_stdout, reason = "an example says what it measured")]

mod world;

use std::time::Instant;

use kilroy_model::{AccessSession, Boot, LogCoverage, LogonSession, TerminalSession};
use kilroy_sessions::{Coverage, Records, Sink, Tables, sessionize_into};
use world::{Shape, World};

/// Counts sessions and lets them go.
#[derive(Default)]
struct Counts {
    access: usize,
    logon: usize,
    terminal: usize,
    boots: usize,
}

impl Sink for Counts {
    fn access(&mut self, _: AccessSession) {
        self.access += 1;
    }

    fn logon(&mut self, _: LogonSession) {
        self.logon += 1;
    }

    fn terminal(&mut self, _: TerminalSession) {
        self.terminal += 1;
    }

    fn boot(&mut self, _: Boot) {
        self.boots += 1;
    }

    fn coverage(&mut self, _: LogCoverage) {}
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| args.get(at).and_then(|n| n.parse::<u64>().ok());
    let shape = match args.first().map(String::as_str) {
        Some("desktops") => Shape::Desktops,
        _ => Shape::Controller,
    };
    let (count, seed) = (number(1).unwrap_or(1_000_000), number(2).unwrap_or(1));
    let mut records = Records::new();
    let mut coverage = Coverage::new();
    let mut taking = 0.0;
    let mut waiting = Vec::with_capacity(10_000);
    let mut take = |waiting: &mut Vec<kilroy_sessions::SessionEvent>, records: &mut Records| {
        let start = Clock::now();
        records.extend(&*waiting);
        taking += start.seconds().0;
        waiting.clear();
    };
    World::new(shape, seed).run(count, &mut |event| {
        coverage.add(&event.host, &event.log, event.event_id, event.record_id, event.time);
        waiting.push(event);
        if waiting.len() == waiting.capacity() {
            take(&mut waiting, &mut records);
        }
    });
    take(&mut waiting, &mut records);
    coverage.seal();
    let made = records.len();
    println!("{made} events of {shape:?}, seed {seed}; memory with all records: {}", memory("VmRSS"));
    let start = Clock::now();
    let mut counts = Counts::default();
    if args.iter().any(|a| a == "keep") {
        let mut tables = Tables::default();
        sessionize_into(records, &coverage, &mut tables);
        let Tables { access, logon, terminal, boots, .. } = &tables;
        counts =
            Counts { access: access.len(), logon: logon.len(), terminal: terminal.len(), boots: boots.len() };
        std::mem::forget(tables);
    } else {
        sessionize_into(records, &coverage, &mut counts);
    }
    let (cpu, wall) = start.seconds();
    let Counts { access, logon, terminal, boots } = counts;
    println!("{access} access, {logon} logon, {terminal} terminal sessions, {boots} boots");
    println!("taking records {taking:.3} s, engine {cpu:.3} s of processor time ({wall:.3} s by the clock)");
    #[allow(clippy::cast_precision_loss, reason = "a rate")]
    let rate = made as f64 / (taking + cpu);
    println!("{rate:.0} events/s and core; peak memory: {}", memory("VmHWM"));
}

/// Processor time where the system tells it, and the clock's: other work on the machine slows only the latter.
struct Clock {
    cpu: Option<f64>,
    wall: Instant,
}

impl Clock {
    fn now() -> Self {
        Self { cpu: cpu_seconds(), wall: Instant::now() }
    }

    fn seconds(&self) -> (f64, f64) {
        let wall = self.wall.elapsed().as_secs_f64();
        (cpu_seconds().zip(self.cpu).map_or(wall, |(now, then)| now - then), wall)
    }
}

/// What Linux's scheduler says that this thread has run; elsewhere nothing.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(std::time::Duration::from_nanos(nanos).as_secs_f64())
}

/// What Linux says of this process; elsewhere nothing.
fn memory(what: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    line.map_or_else(|| "unknown".to_owned(), |rest| rest.trim_start_matches(':').trim().to_owned())
}
