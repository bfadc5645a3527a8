//! The tests of all crates.

use std::io::{self, BufRead, BufReader, Write};
use std::process::Stdio;

use crate::project::{self, Project, shown};
use crate::report::Outcome;

/// Builds all crates and their tests.
pub(crate) fn build(project: &Project) -> Outcome {
    project::run(project.cargo(&["test", "--workspace", "--locked", "--no-run"]))
}

/// Runs all tests, whatever fails on the way. The output is passed on as it comes, and counted.
pub(crate) fn run(project: &Project) -> Outcome {
    let mut command = project.cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    command.stdout(Stdio::piped());
    let call = shown(&command);
    let counted = command.spawn().and_then(|mut child| {
        let totals = child.stdout.take().map(|out| pass_on(BufReader::new(out), io::stdout())).transpose()?;
        Ok((child.wait()?, totals.unwrap_or_default()))
    });
    match counted {
        Err(error) => Outcome::failed(format!("{call}: {error}")),
        Ok((_, totals)) if totals.passed + totals.failed == 0 => {
            Outcome::failed(format!("{call} ran no test"))
        }
        Ok((status, totals)) if status.success() => Outcome::passed(totals.shown()),
        Ok((_, totals)) => Outcome::failed(totals.shown()),
    }
}

/// Copies the output line by line and adds up the closing lines of its test programs.
fn pass_on(mut from: impl BufRead, mut to: impl Write) -> io::Result<Totals> {
    let mut totals = Totals::default();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        totals.add(&String::from_utf8_lossy(&line));
        line.clear();
    }
    to.flush()?;
    Ok(totals)
}

/// How many tests there were, over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
    failing: Vec<String>,
}

impl Totals {
    /// Adds a line such as `test result: ok. 5 passed; 0 failed; 1 ignored; …` or `test name ... FAILED`; other
    /// lines add nothing.
    fn add(&mut self, line: &str) {
        if let Some(name) =
            line.trim_end().strip_suffix(" ... FAILED").and_then(|rest| rest.strip_prefix("test "))
        {
            self.failing.push(name.to_owned());
        }
        let Some((_verdict, counts)) =
            line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            match count.trim().split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse().unwrap_or(0),
                Some((number, "ignored")) => self.ignored += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }

    fn shown(&self) -> String {
        let counts = format!("{} passed, {} failed, {} ignored", self.passed, self.failed, self.ignored);
        if self.failing.is_empty() { counts } else { format!("{counts}: {}", self.failing.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_passed_on_unchanged_and_counted() {
        let output = "running 6 tests\n\
            test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            noise \u{fffd}\n\
            test links::never_across_a_boot ... FAILED\n\
            test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.25s\n";
        let mut copy = Vec::new();
        let totals = pass_on(output.as_bytes(), &mut copy).unwrap();
        assert_eq!(copy, output.as_bytes());
        assert_eq!(
            totals,
            Totals {
                passed: 7,
                failed: 3,
                ignored: 1,
                failing: vec!["links::never_across_a_boot".to_owned()]
            }
        );
    }

    #[test]
    fn output_that_is_no_text_is_passed_on_too() {
        let mut copy = Vec::new();
        let totals = pass_on(&b"\xff\xfe\nlast line"[..], &mut copy).unwrap();
        assert_eq!(copy, b"\xff\xfe\nlast line");
        assert_eq!(totals, Totals::default());
    }
}
