//! Measures how fast logs are read, beside other ways to read the same files: `cargo xtask bench`.
//!
//! Every row is a process of its own, started by a small one that asks the system what it cost: CPU time of all its
//! threads, time on the clock, most memory. The rows of a corpus are run in turn, several times, so that what disturbs
//! the machine disturbs all of them. `docs/src/performance.md` says what came out.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person who started it; the rule is for the libraries"
)]

mod corpus;
mod fill;
mod layouts;
mod options;
mod programs;
mod report;
mod rows;
mod session_events;
mod usage;
mod work;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

use corpus::Corpus;
use options::{HELP, Options};
use report::Measured;
use rows::Row;
use usage::Usage;
use work::Count;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((first, _)) if first == "--help" => {
            println!("{HELP}");
            Ok(())
        }
        Some((first, rest)) if first == "work" => do_work(rest),
        Some((first, rest)) if first == "measure" => do_measure(rest),
        _ => Options::parse(&words).and_then(|options| bench(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// `work WAY FILE…`: the process that is measured.
fn do_work(words: &[String]) -> Result<(), String> {
    let (way, files) = words.split_first().ok_or("work: which way?")?;
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    let count = work::run(way, &files)?;
    println!("count {} {}", count.records, count.bytes);
    if let Some(peak) = usage::own_peak() {
        println!("peak {peak}");
    }
    Ok(())
}

/// `measure ROW CASE TOOLS… -- FILE…`: the process that starts it and asks what it cost. It is a process of its own because
/// the system adds up what all children cost, and knows the most memory only of all together.
fn do_measure(words: &[String]) -> Result<(), String> {
    let usage = "measure: ROW CASE EVTX_DUMP KILROY FILE…";
    let [row, case, evtx_dump, kilroy, files @ ..] = words else { return Err(usage.to_owned()) };
    let program = |path: &String| (!path.is_empty()).then(|| PathBuf::from(path));
    let programs = rows::Programs { evtx_dump: program(evtx_dump), kilroy: program(kilroy) };
    let row =
        row.parse::<usize>().ok().and_then(|n| rows::list(&programs).into_iter().nth(n)).ok_or(usage)?;
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    let own = env::current_exe().map_err(|e| e.to_string())?;
    let mut commands = row.call.commands(&files, &own, Path::new(case));
    println!("{}", usage::measure(&mut commands, matches!(row.call, rows::Call::Own(_)))?.line());
    Ok(())
}

fn bench(options: &Options) -> Result<(), String> {
    let own = env::current_exe().map_err(|e| e.to_string())?;
    // …/target/release/benchmark
    let target =
        own.parent().and_then(Path::parent).ok_or("this program lies in no target folder")?.to_owned();
    let home = target.join("benchmark");
    let folder = options.corpus.clone().unwrap_or_else(|| home.join("corpus"));
    let corpora = corpora(options, &folder)?;
    let bench = Bench { own, home, programs: programs::find(options, &target), options };
    let mut text = programs::machine(&bench.programs, options.runs);
    println!("{text}");
    for corpus in &corpora {
        let section = bench.corpus(corpus)?;
        println!("{section}");
        _ = write!(text, "\n{section}");
    }
    match &options.out {
        Some(out) => fs::write(out, &text).map_err(|e| format!("{}: {e}", out.display())),
        None => Ok(()),
    }
}

fn corpora(options: &Options, folder: &Path) -> Result<Vec<Corpus>, String> {
    let mut corpora = vec![corpus::made(folder, options.bytes)?];
    if let Some(real) = &options.real {
        let logs = corpus::logs_below(real).map_err(|e| format!("{}: {e}", real.display()))?;
        corpora.push(corpus::repeated("real", folder, &logs, options.bytes)?);
    }
    if let Some(bytes) = options.single {
        corpora.push(corpus::repeated("single", folder, &corpora[0].files, bytes)?);
    }
    Ok(corpora)
}

struct Bench<'o> {
    own: PathBuf,
    home: PathBuf,
    programs: rows::Programs,
    options: &'o Options,
}

impl Bench<'_> {
    /// Measures all rows over one corpus.
    fn corpus(&self, corpus: &Corpus) -> Result<String, String> {
        let rows = rows::list(&self.programs).into_iter().enumerate();
        let is_wanted = |row: &Row| self.options.sections.iter().any(|s| s == row.section);
        let makes_sense = |row: &Row| !(corpus.repeats && row.call.makes_case());
        let chosen = rows.filter(|(_, row)| is_wanted(row) && makes_sense(row));
        let mut measured: Vec<(usize, Measured)> = chosen
            .map(|(n, row)| (n, Measured { row, runs: Vec::new(), count: None, failed: None }))
            .collect();
        for run in 1..=self.options.runs {
            for (n, m) in &mut measured {
                if m.failed.is_some() {
                    continue;
                }
                eprintln!("{}, run {run}: {}", corpus.name, m.row.name);
                match self.once(*n, &m.row, &corpus.files) {
                    Ok((usage, count)) => {
                        m.runs.push(usage);
                        if m.count.is_some_and(|before| Some(before) != count) {
                            return Err(format!("{}: another count than before", m.row.name));
                        }
                        m.count = count;
                    }
                    Err(why) => m.failed = Some(why),
                }
            }
        }
        let measured: Vec<Measured> = measured.into_iter().map(|(_, m)| m).collect();
        Ok(report::section(corpus, &measured))
    }

    /// One run of a row.
    fn once(&self, n: usize, row: &Row, files: &[PathBuf]) -> Result<(Usage, Option<Count>), String> {
        let case = self.home.join("case");
        _ = fs::remove_dir_all(&case);
        let word = |path: &Option<PathBuf>| path.clone().unwrap_or_default().into_os_string();
        let mut command = Command::new(&self.own);
        command.arg("measure").arg(n.to_string()).arg(&case);
        command.arg(word(&self.programs.evtx_dump)).arg(word(&self.programs.kilroy)).args(files);
        let output = command.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
        if row.call.makes_case() {
            _ = fs::remove_dir_all(&case);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        let usage = Usage::find(&text).ok_or("nothing was measured")?;
        Ok((usage.with_own_peak(&text), Count::find(&text)))
    }
}
