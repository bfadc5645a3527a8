//! What was found, as a page and as JSON.

use kilroy_case::Flaw;
use kilroy_catalog::{Language, Text};
use serde::Serialize;

use super::words;
use crate::output::{Tone, count, escape, wrap};
use crate::settings::Look;
use crate::summary::section;
use crate::words::text;

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
    title: Text,
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
        let tone = if wrong == 0 { Tone::Good } else { Tone::Bad };
        let verdict = match (wrong, look.language) {
            (0, _) => text(
                "Nothing is wrong with what was compared.",
                "비교한 항목에서 문제가 발견되지 않았습니다.",
            )
            .get(look.language)
            .to_owned(),
            (1, Language::English) => "1 thing is wrong.".to_owned(),
            (n, Language::English) => format!("{} things are wrong.", count(n as u64)),
            (n, Language::Korean) => format!("문제 {}개가 발견되었습니다.", count(n as u64)),
        };
        lines.extend([String::new(), tone.paint(&verdict, look.colour)]);
        lines
    }
}

/// Lines of one kind before the rest is only counted.
const FEW: usize = 20;

impl Check {
    pub(super) fn new(what: &'static str, title: Text) -> Self {
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
        let language = look.language;
        let heading = section(self.title.get(language), look);
        lines.extend(heading.into_iter().skip(usize::from(lines.is_empty())));
        let mut line = |text: &str| lines.extend(wrap(&format!("  {}", escape(text)), look.width, 4));
        match self.all {
            0 => line(text("there are none", "없음").get(language)),
            all => line(&match language {
                Language::English => format!("{} of {} sound", count(self.sound), count(all)),
                Language::Korean => format!("{}개 중 {}개 정상", count(all), count(self.sound)),
            }),
        }
        let (wrong, not_compared) = (text("WRONG", "문제"), text("not compared", "비교하지 못함"));
        for (findings, word) in [(&self.wrong, wrong), (&self.not_compared, not_compared)] {
            let word = word.get(language);
            for Finding { subject, detail } in findings.iter().take(FEW) {
                line(&format!(
                    "{word}: {}: {}",
                    words::subject(subject, language),
                    words::detail(detail, language)
                ));
            }
            if findings.len() > FEW {
                let more = count((findings.len() - FEW) as u64);
                line(&match language {
                    Language::English => format!("{word}: {more} more: --format json lists them"),
                    Language::Korean => format!("{word}: 외 {more}개, --format json으로 모두 볼 수 있음"),
                });
            }
        }
    }
}
