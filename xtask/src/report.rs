//! What a chore did: a heading and a time for each step as it runs, and a summary that leaves nothing out.

use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How one step went. Each carries what is worth knowing, which may be nothing if it passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed(String),
    Skipped(String),
    Failed(String),
}

impl Outcome {
    pub(crate) fn passed(note: impl Into<String>) -> Self {
        Self::Passed(note.into())
    }

    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }

    pub(crate) fn failed(why: impl Into<String>) -> Self {
        Self::Failed(why.into())
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Passed(_) => "passed",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "FAILED",
        }
    }

    fn note(&self) -> &str {
        let (Self::Passed(note) | Self::Skipped(note) | Self::Failed(note)) = self;
        note
    }
}

struct Step {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// All steps of one chore.
pub(crate) struct Report {
    started: Instant,
    steps: Vec<Step>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), steps: Vec::new() }
    }

    /// Runs one step and notes what came out; `false` if it failed.
    pub(crate) fn step(&mut self, name: &'static str, run: impl FnOnce() -> Outcome) -> bool {
        println!("\n== {name}");
        let began = Instant::now();
        let outcome = run();
        let step = Step { name, outcome, took: began.elapsed() };
        println!("== {}", line(&step));
        let failed = matches!(step.outcome, Outcome::Failed(_));
        self.steps.push(step);
        !failed
    }

    /// One line per step, and the count.
    pub(crate) fn summary(&self) -> String {
        let lines: Vec<String> = self.steps.iter().map(|step| format!("  {}", line(step))).collect();
        let count = |word| self.steps.iter().filter(|step| step.outcome.word() == word).count();
        let (passed, skipped, failed) = (count("passed"), count("skipped"), count("FAILED"));
        let all = self.steps.len();
        let took = seconds(self.started.elapsed());
        let lines = lines.join("\n");
        format!(
            "Summary\n{lines}\n{passed} of {all} steps passed, {skipped} skipped, {failed} failed, in {took}"
        )
    }

    /// 1 if any step failed.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let failed = self.steps.iter().any(|step| matches!(step.outcome, Outcome::Failed(_)));
        if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

fn line(step: &Step) -> String {
    let (word, name, took, note) = (step.outcome.word(), step.name, seconds(step.took), step.outcome.note());
    format!("{word:<7}  {name:<13}  {took:>9}  {note}").trim_end().to_owned()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(outcomes: &[Outcome]) -> Report {
        let mut report = Report::new();
        for outcome in outcomes {
            report.step("step", || outcome.clone());
        }
        report
    }

    #[test]
    fn a_skipped_step_is_no_failure_but_is_named() {
        let report = report(&[Outcome::passed(""), Outcome::skipped("no tool")]);
        assert_eq!(report.exit_code(), ExitCode::SUCCESS);
        let summary = report.summary();
        assert!(summary.contains("no tool"), "{summary}");
        assert!(summary.contains("1 of 2 steps passed, 1 skipped, 0 failed"), "{summary}");
    }

    #[test]
    fn one_failure_fails_the_chore_and_later_steps_still_count() {
        let report = report(&[Outcome::failed("why"), Outcome::passed("")]);
        assert_eq!(report.exit_code(), ExitCode::FAILURE);
        assert!(report.summary().contains("1 of 2 steps passed, 0 skipped, 1 failed"));
    }
}
