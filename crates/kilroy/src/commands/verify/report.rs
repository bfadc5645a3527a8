//! What was found, as a page and as JSON.

use kilroy_case::Flaw;
use serde::Serialize;

use crate::output::{Tone, count, escape, wrap};
use crate::settings::Look;
use crate::summary::section;

/// Everything that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    case: String,
    sound: bool,
    checks: Vec<Check>,
}

/// One kind of thing that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    what: &'static str,
    #[serde(skip)]
    title: &'static str,
    /// How many there are.
    all: u64,
    sound: u64,
    wrong: Vec<Finding>,
    /// What there was nothing to compare with.
    not_compared: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Finding {
    subject: String,
    detail: String,
}

impl Report {
    pub(super) fn new(case: &str) -> Self {
        Self { case: case.to_owned(), sound: true, checks: Vec::new() }
    }

    /// Was nothing wrong with what was checked?
    pub(super) fn add(&mut self, check: Check) -> bool {
        let sound = check.wrong.is_empty();
        self.sound &= sound;
        self.checks.push(check);
        sound
    }

    pub(super) fn is_sound(&self) -> bool {
        self.sound
    }

    pub(super) fn page(&self, look: Look) -> Vec<String> {
        let mut lines = Vec::new();
        for check in &self.checks {
            check.lines(look, &mut lines);
        }
        let wrong: usize = self.checks.iter().map(|check| check.wrong.len()).sum();
        let verdict = match wrong {
            0 => Tone::Good.paint("Nothing is wrong with what was compared.", look.colour),
            1 => Tone::Bad.paint("1 thing is wrong.", look.colour),
            n => Tone::Bad.paint(&format!("{} things are wrong.", count(n as u64)), look.colour),
        };
        lines.extend([String::new(), verdict]);
        lines
    }
}

/// Lines of one kind before the rest is only counted.
const FEW: usize = 20;

impl Check {
    pub(super) fn new(what: &'static str, title: &'static str) -> Self {
        Self { what, title, all: 0, sound: 0, wrong: Vec::new(), not_compared: Vec::new() }
    }

    pub(super) fn sound(&mut self) {
        self.all += 1;
        self.sound += 1;
    }

    pub(super) fn wrong(&mut self, subject: impl Into<String>, detail: impl Into<String>) {
        self.all += 1;
        self.wrong.push(Finding { subject: subject.into(), detail: detail.into() });
    }

    pub(super) fn not_compared(&mut self, subject: impl Into<String>, detail: impl Into<String>) {
        self.all += 1;
        self.not_compared.push(Finding { subject: subject.into(), detail: detail.into() });
    }

    /// One thing with all its flaws.
    pub(super) fn looked_at(&mut self, flaws: Vec<Flaw>) {
        if flaws.is_empty() {
            return self.sound();
        }
        self.all += 1;
        self.wrong.extend(flaws.into_iter().map(|Flaw { subject, detail }| Finding { subject, detail }));
    }

    fn lines(&self, look: Look, lines: &mut Vec<String>) {
        let heading = section(self.title, look);
        lines.extend(heading.into_iter().skip(usize::from(lines.is_empty())));
        let mut line = |text: &str| lines.extend(wrap(&format!("  {}", escape(text)), look.width, 4));
        match self.all {
            0 => line("there are none"),
            _ => line(&format!("{} of {} sound", count(self.sound), count(self.all))),
        }
        for (findings, word) in [(&self.wrong, "WRONG"), (&self.not_compared, "not compared")] {
            for Finding { subject, detail } in findings.iter().take(FEW) {
                line(&format!("{word}: {subject}: {detail}"));
            }
            if findings.len() > FEW {
                line(&format!(
                    "{word}: {} more: --format json lists them",
                    count((findings.len() - FEW) as u64)
                ));
            }
        }
    }
}
