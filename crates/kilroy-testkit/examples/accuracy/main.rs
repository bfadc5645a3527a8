//! How right the engine is on worlds whose truth is known: `cargo xtask accuracy` runs it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints what it measured")]
#![allow(unreachable_pub, missing_docs, reason = "an example of several files")]

mod options;
mod report;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::process::ExitCode;

use kilroy_testkit::accuracy::{Key, Ledger, completeness, judge, without};
use kilroy_testkit::log_files;
use kilroy_testkit::rearrange::drop_some;
use kilroy_testkit::world::World;

use options::{HELP, Options};
use report::{Counts, Measured};

/// Between these lines of the page stands what was measured.
const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("{message}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match measure(&options).and_then(|measured| publish(&options, &measured)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Shows the first few lines of what is not right.
struct Lines {
    left: usize,
}

impl Lines {
    fn show<'a>(&mut self, seed: u64, what: &str, lines: impl IntoIterator<Item = &'a String>) {
        for line in lines {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            eprintln!("seed {seed}, {what}: {line}");
        }
    }
}

fn measure(options: &Options) -> Result<Measured, Box<dyn Error>> {
    let mut measured = Measured::default();
    let mut lines = Lines { left: options.lines };
    let mut by_log: BTreeMap<String, Counts> = BTreeMap::new();
    for seed in options.first..options.first + options.seeds {
        let world = World::of(seed);
        let read = run::read(&log_files(&world.events)?)?;
        measured.records += read.len();
        let facts = run::facts(&read);
        let ledger = Ledger::new(&world.truths, &facts);
        let full = run::rows(&read);
        let complete = completeness(&ledger, &full);
        lines.show(seed, "complete", &complete.differences);
        measured.complete.add(complete);
        let left = drop_some(&read, options.loss, seed);
        let judged = judge(&ledger, &keys(&left), &run::rows(&left));
        lines.show(seed, "losses", &judged.wrong);
        measured.lossy.add(&judged.tally);
        for log in read.iter().map(|r| r.log.clone()).collect::<BTreeSet<_>>() {
            let left: Vec<run::Read> = read.iter().filter(|r| r.log != log).cloned().collect();
            let less = run::rows(&left);
            let judged = without(&log, &full, &less, &facts, &keys(&left));
            for list in [&judged.gone, &judged.risen, &judged.contradictions] {
                lines.show(seed, &format!("without {log}"), list);
            }
            let counts = by_log.entry(log.to_string()).or_default();
            counts.rows += judged.rows;
            counts.gone += judged.gone.len();
            counts.risen += judged.risen.len();
            counts.contradictions += judged.contradictions.len();
        }
    }
    measured.without = by_log.into_iter().collect();
    Ok(measured)
}

fn keys(records: &[run::Read]) -> BTreeSet<Key> {
    records.iter().map(run::Read::key).collect()
}

fn publish(options: &Options, measured: &Measured) -> Result<(), Box<dyn Error>> {
    let tables = report::tables(options, measured);
    let Some(path) = &options.page else {
        println!("{tables}");
        return Ok(());
    };
    let page = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let (before, rest) = page.split_once(BEGIN).ok_or_else(|| format!("{path} has no line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| format!("{path} has no line {END}"))?;
    std::fs::write(path, format!("{before}{BEGIN}\n\n{tables}\n{END}{after}"))?;
    println!("{path} is written");
    Ok(())
}
