//! The project's chores, so that a newcomer and the build machine type the same thing: `cargo xtask test`.
//!
//! One file per chore. The chores call the tools that a contributor has anyway (`cargo fmt`, `cargo clippy`, …)
//! and say of each step what came out and how long it took.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person who started it; the rule is for the libraries"
)]

mod accuracy;
mod advisories;
mod bench;
mod book;
mod deny;
mod docs;
mod everything;
mod format;
mod hops;
mod lint;
mod markdown;
mod others;
mod project;
mod report;
mod shared;
mod suite;

use std::process::ExitCode;

use project::Project;
use report::Report;

const HELP: &str = "\
usage: cargo xtask CHORE

  test        everything that must hold before a change goes in: format, shared test data, licences, book,
              build, lints, documentation, other programs, all tests; one summary at the end
  fmt         format the code
  lint        clippy, warnings are errors
  deny        licences, banned crates and sources of all dependencies (needs cargo-deny)
  docs        API documentation (warnings are errors) and the book in docs/
  bench       how fast logs are read, beside other ways to read them; `cargo xtask bench --help` says more
  accuracy    how right the sessions of made-up histories are, whose truth is known; `cargo xtask accuracy --help` says more
  hops        how right the hops of made-up fleets are, and what they cost; `--hosts 2,20,200 --seed 1 --lines`
  others      other programs read the tables of a case: DuckDB, pyarrow, pandas, Polars (needs Python 3 and a network)
  spark       the same with Apache Spark (needs Java, too; 0.5 GB)
  advisories  known security holes in dependencies (needs cargo-deny and a network)

exit code: 0 nothing failed, 1 a step failed, 2 no such chore";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (chore, rest) = match arguments.split_first() {
        // Only these have arguments of their own.
        Some((chore, rest)) if rest.is_empty() || matches!(chore.as_str(), "bench" | "accuracy" | "hops") => {
            (chore, rest)
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    let project = match Project::find() {
        Ok(project) => project,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    let mut report = Report::new();
    match chore.as_str() {
        "test" => everything::run(&project, &mut report),
        "fmt" => _ = report.step("format", || format::apply(&project)),
        "lint" => _ = report.step("lints", || lint::check(&project)),
        "deny" => _ = report.step("licences", || deny::check(&project)),
        "docs" => {
            report.step("documentation", || docs::check(&project));
            report.step("book", || book::check(&project));
        }
        "bench" => _ = report.step("bench", || bench::measure(&project, rest)),
        "accuracy" => _ = report.step("accuracy", || accuracy::measure(&project, rest)),
        "hops" => _ = report.step("hops", || hops::measure(&project, rest)),
        "others" => _ = report.step("others", || others::build_and_check(&project)),
        "spark" => _ = report.step("spark", || others::build_and_check_spark(&project)),
        "advisories" => _ = report.step("advisories", || advisories::check(&project)),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        unknown => {
            eprintln!("no such chore: {unknown}\n\n{HELP}");
            return ExitCode::from(2);
        }
    }
    println!("\n{}", report.summary());
    report.exit_code()
}
