//! How right hops are on fleets whose truth is known, and what they cost: `cargo xtask hops`.
//!
//! A fleet is written as real log files, `kilroy analyze` makes a case of it, and what `kilroy hops` prints is compared
//! with the truth. The program must have been built before, in the same profile.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person who started it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use kilroy_model::Hop;
use kilroy_testkit::accuracy::{HopTally, judge_hops};
use kilroy_testkit::fleet::{Fleet, Lost};
use kilroy_testkit::log_files;

type Failed = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Numbers of hosts, the seed, and whether each hop that is wrong or missed gets a line.
struct Options {
    hosts: Vec<usize>,
    seed: u64,
    lines: bool,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Failed> {
        let mut options = Self { hosts: vec![2, 20, 200], seed: 1, lines: false };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} what?"));
            match argument.as_str() {
                "--hosts" => {
                    options.hosts = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?;
                }
                "--seed" => options.seed = value()?.parse()?,
                "--lines" => options.lines = true,
                _ => return Err("usage: cargo xtask hops [--hosts 2,20,200] [--seed N] [--lines]".into()),
            }
        }
        Ok(options)
    }
}

fn run() -> Result<(), Failed> {
    let options = Options::parse(std::env::args().skip(1))?;
    println!(
        "hosts  lost        records    hops  precision    recall  open  both  method  clocks within  widest error  CPU of hops"
    );
    for hosts in &options.hosts {
        for lost in [Lost::Nothing, Lost::Departures, Lost::Hosts] {
            let measured = measure(&Fleet::of(options.seed, *hosts).without(lost))?;
            let Measured { tally, records, cpu, lines } = measured;
            println!(
                "{hosts:>5}  {:<10} {records:>8}  {:>6}  {:>7} %  {:>6} %  {:>4}  {:>4}  {:>6}  {:>11} %  {:>10} s  {cpu:>9} s",
                format!("{lost:?}"),
                tally.truths,
                percent(tally.precision()),
                percent(tally.recall()),
                tally.open,
                tally.both,
                tally.method,
                percent(tally.clocks_within()),
                tally.widest / 1000,
            );
            if options.lines {
                print!("{lines}");
            }
        }
    }
    Ok(())
}

fn percent(thousandths: u64) -> String {
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

struct Measured {
    tally: HopTally,
    records: usize,
    /// CPU seconds, as the program itself counts them.
    cpu: String,
    lines: String,
}

fn measure(fleet: &Fleet) -> Result<Measured, Failed> {
    let place = tempfile::tempdir()?;
    let (logs, case) = (place.path().join("logs"), place.path().join("case"));
    for file in log_files(&fleet.events)? {
        let path = logs.join(file.name.replace('%', "_"));
        fs::create_dir_all(path.parent().unwrap_or(&logs))?;
        fs::write(path, file.bytes)?;
    }
    let (_, timings) = kilroy(&["analyze", "--quiet", "--timings", &shown(&logs), "-o", &shown(&case)])?;
    let (rows, _) = kilroy(&["hops", &shown(&case), "--format", "jsonl"])?;
    let hops = rows.lines().map(serde_json::from_str::<Hop>).collect::<Result<Vec<_>, _>>()?;
    let mut lines = String::new();
    let tally = judge_hops(&fleet.hops, &hops, &mut lines);
    Ok(Measured { tally, records: fleet.events.len(), cpu: cpu_of_hops(&timings), lines })
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The CPU seconds of the row of hops.
fn cpu_of_hops(timings: &str) -> String {
    let row = timings.lines().find(|line| line.starts_with("- hops"));
    let mut words = row.unwrap_or_default().split("  ").map(str::trim).filter(|word| !word.is_empty());
    words.nth(1).unwrap_or("?").to_owned()
}

/// Runs the program that was built beside this one; returns what it printed, and what it said.
fn kilroy(arguments: &[&str]) -> Result<(String, String), Failed> {
    let own: PathBuf = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).ok_or("no folder of programs")?;
    let program = folder.join(format!("kilroy{}", std::env::consts::EXE_SUFFIX));
    let done = Command::new(&program).args(arguments).output().map_err(|e| {
        format!("{} cannot be started ({e}): build it first, in the same profile", program.display())
    })?;
    if !done.status.success() {
        return Err(format!("kilroy {arguments:?}: {}", String::from_utf8_lossy(&done.stderr)).into());
    }
    Ok((String::from_utf8(done.stdout)?, String::from_utf8(done.stderr)?))
}
