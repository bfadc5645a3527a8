//! The page as data: sections of tables and sentences, each with the command that shows more.

use kilroy_catalog::Language;
use kilroy_findings::summary::{
    By, FailedSource, HostSummary, Missing, Person, Pointer, PointerKind, Summary, Ways,
};
use kilroy_findings::views::SourceUse;
use kilroy_model::{Finding, Scope};

use super::evidence::{Evidence, Trouble};
use super::phrases::Phrases;
use super::{Facts, LeftOut, typed};
use crate::findings::{about, sentence};
use crate::output::{Cell, Column, Table, Tone, count, seconds, until};
use crate::rows::{HostNames, number, short_uid, some};
use crate::words::{Named, text};

/// Hosts, people and sources before the rest is only counted: the page of a small case fits on a screen.
const ROWS: usize = 6;
/// Findings before the rest is only counted.
const FINDINGS: usize = 5;
/// Files in trouble before the rest is only counted.
const FILES: usize = 4;
/// Sentences about what is missing before the rest is only counted, and how many of one kind.
const MISSING: usize = 6;
const MISSING_OF_A_KIND: usize = 3;

/// A part of the page.
pub(super) struct Section {
    pub(super) title: String,
    /// What shows more.
    pub(super) command: Option<String>,
    pub(super) parts: Vec<Part>,
}

/// A piece of a section.
pub(super) enum Part {
    Table(Table),
    Line(String),
    /// Something to follow, with commands to do so.
    Item {
        text: String,
        commands: Vec<Command>,
    },
}

/// Something to be typed, and a remark on it.
pub(super) struct Command {
    pub(super) typed: String,
    pub(super) remark: Option<String>,
}

/// The whole page.
pub(super) fn sections(facts: &Facts, language: Language) -> Vec<Section> {
    let hosts = HostNames::of(facts.summary.hosts.iter().map(|host| host.name.as_str()));
    let writing =
        Writing { case: typed(&facts.case), language, phrases: Phrases { language }, hosts: &hosts };
    let summary = &facts.summary;
    [
        Some(writing.evidence(&facts.evidence)),
        Some(writing.all_hosts(&summary.hosts)),
        Some(writing.people(summary)),
        writing.failures(&summary.failures),
        writing.ways(&summary.ways),
        writing.findings(&facts.findings, facts.left_out),
        writing.look_first(summary, &facts.findings),
        writing.missing(&summary.missing),
    ]
    .into_iter()
    .flatten()
    .collect()
}

struct Writing<'a> {
    case: String,
    language: Language,
    phrases: Phrases,
    hosts: &'a HostNames,
}

impl Writing<'_> {
    fn column(&self, en: &'static str, ko: &'static str) -> Column {
        Column::new(text(en, ko).get(self.language))
    }

    fn command(&self, command: &str, flags: &str) -> String {
        format!("kilroy {command} {}{flags}", self.case)
    }

    fn more(&self, all: usize, shown: usize) -> Option<Part> {
        let more = all.checked_sub(shown).filter(|more| *more > 0)?;
        Some(Part::Line(self.phrases.more(more as u64)))
    }

    fn evidence(&self, evidence: &Evidence) -> Section {
        let mut parts = vec![Part::Line(self.phrases.read(evidence))];
        if evidence.losses > 0 {
            parts.push(Part::Line(self.phrases.lost(evidence.losses, evidence.damaged.len() as u64)));
        }
        for (troubles, what) in [
            (&evidence.damaged, text("damaged", "손상됨")),
            (&evidence.unreadable, text("unreadable", "읽을 수 없음")),
            (&evidence.others, text("no event log", "이벤트 로그 아님")),
        ] {
            let what = what.get(self.language);
            let few = if troubles.len() > FILES { FILES - 1 } else { FILES };
            let line = |trouble: &Trouble| Part::Line(self.phrases.trouble(what, trouble));
            parts.extend(troubles.iter().take(few).map(line));
            if troubles.len() > few {
                parts.push(Part::Line(self.phrases.more_files(what, (troubles.len() - few) as u64)));
            }
        }
        if evidence.is_whole() {
            parts.push(Part::Line(text("nothing was lost", "손실 없음").get(self.language).to_owned()));
        }
        let title = text("Evidence", "증거").get(self.language).to_owned();
        Section { title, command: Some(self.command("evidence", "")), parts }
    }

    fn all_hosts(&self, hosts: &[HostSummary]) -> Section {
        let mut table = Table::new(vec![
            self.column("HOST", "호스트").least(12),
            self.column("SESSIONS", "세션").right(),
            self.column("FAILURES", "실패").right(),
            self.column("DENIED", "거부").right().spare(2),
            self.column("RECORDS", "레코드").right().spare(3),
            self.column("FIRST (UTC)", "처음(UTC)"),
            self.column("LAST", "마지막"),
            self.column("LACKS", "빠진 것").least(16).spare(1),
        ]);
        for host in hosts.iter().take(ROWS) {
            let lacks: Vec<String> =
                host.lacks.iter().map(|(log, lack)| self.phrases.lack_in_short(log, lack)).collect();
            table.row(vec![
                Cell::new(self.hosts.short(&host.name)),
                Cell::new(number(host.tally.sessions)),
                Cell::new(number(host.tally.failures)).tone(Tone::Bad),
                Cell::new(number(host.tally.denied)).tone(Tone::Bad),
                Cell::new(count(host.records)),
                host.first.map(seconds).into(),
                host.last.map(|last| until(host.first, last)).into(),
                Cell::new(few(&lacks, 2)).tone(Tone::Notable),
            ]);
        }
        let mut parts = vec![Part::Table(table)];
        parts.extend(self.more(hosts.len(), ROWS));
        let title =
            self.phrases.titled(text("Hosts and the time they cover", "호스트와 기록된 기간"), hosts.len());
        Section { title, command: Some(self.command("coverage", "")), parts }
    }

    fn people(&self, summary: &Summary) -> Section {
        let people = &summary.people;
        let mut table = Table::new(vec![
            self.column("USER", "사용자").least(10),
            self.column("SESSIONS", "세션").right(),
            self.column("FAILURES", "실패").right(),
            self.column("DENIED", "거부").right().spare(2),
            self.column("FROM OUTSIDE", "외부에서").least(17),
            self.column("FROM INSIDE", "내부에서").least(14),
            self.column("THIS MACHINE", "해당 컴퓨터").least(12).spare(2),
            self.column("HOSTS", "호스트").least(9),
            self.column("UNUSUAL FROM", "이례적 원본").least(13).spare(1),
        ]);
        for person in people.iter().take(ROWS) {
            table.row(self.person(person));
        }
        let mut parts = vec![Part::Line(self.phrases.sessions(summary))];
        if !people.is_empty() {
            parts.push(Part::Table(table));
        }
        parts.extend(self.more(people.len(), ROWS));
        let title =
            self.phrases.titled(text("People and where they came from", "사용자와 원본"), people.len());
        Section { title, command: Some(self.command("users", " --sides")), parts }
    }

    fn person(&self, person: &Person) -> Vec<Cell> {
        let each = |sources: &[SourceUse]| -> Vec<String> {
            sources.iter().map(|used| self.phrases.source(used)).collect()
        };
        let (inside, here, outside) = (each(&person.internal), each(&person.here), each(&person.external));
        let hosts: Vec<String> = person.hosts.iter().map(|host| self.hosts.short(host).to_owned()).collect();
        let outliers: Vec<String> = person.outliers.iter().map(|o| o.range.to_string()).collect();
        vec![
            Cell::new(person.user.as_deref().unwrap_or("?")),
            Cell::new(number(person.tally.sessions)),
            Cell::new(number(person.tally.failures)).tone(Tone::Bad),
            Cell::new(number(person.tally.denied)).tone(Tone::Bad),
            Cell::new(few(&outside, 2)).tone(Tone::Notable),
            Cell::new(few(&inside, 2)),
            Cell::new(few(&here, 2)),
            Cell::new(few(&hosts, 2)),
            Cell::new(some(&outliers)).tone(Tone::Notable),
        ]
    }

    fn failures(&self, failures: &[FailedSource]) -> Option<Section> {
        if failures.is_empty() {
            return None;
        }
        let mut table = Table::new(vec![
            self.column("SOURCE", "원본").least(15),
            self.column("FAILURES", "실패").right(),
            self.column("USERS TRIED", "시도된 사용자").least(8).late(),
            self.column("FIRST (UTC)", "처음(UTC)"),
            self.column("THEN IN", "그 뒤 로그온").least(20),
            self.column("MORE", "외 성공").right(),
        ]);
        for failed in failures.iter().take(ROWS) {
            let outside = failed.origin.scope == Scope::External;
            let then = failed.followed.as_ref();
            let more = then.map(|then| then.more).filter(|more| *more > 0);
            let then =
                then.map(|then| self.phrases.followed(then, self.hosts.short(&then.host), failed.first));
            table.row(vec![
                Cell::new(failed.origin.name().unwrap_or("?")).tone(if outside {
                    Tone::Notable
                } else {
                    Tone::Plain
                }),
                Cell::new(count(failed.tally.failures)).tone(Tone::Bad),
                Cell::new(names(&failed.users)),
                failed.first.map(seconds).into(),
                Cell::from(then).tone(Tone::Notable),
                more.map(count).into(),
            ]);
        }
        let mut parts = vec![Part::Table(table)];
        parts.extend(self.more(failures.len(), ROWS));
        let title =
            self.phrases.titled(text("Failures, and what followed", "실패와 그 뒤의 성공"), failures.len());
        Some(Section { title, command: Some(self.command("sources", " --outcome failure")), parts })
    }

    fn ways(&self, ways: &Ways) -> Option<Section> {
        if ways.steps.is_empty() {
            return None;
        }
        let mut table = Table::new(vec![
            self.column("TIME (UTC)", "시간(UTC)"),
            self.column("FROM", "원본").least(12),
            self.column("TO", "대상").least(12),
            self.column("AS", "계정").least(10),
            self.column("BY", "방법").least(10),
            self.column("SURE", "확실성").spare(1),
            self.column("SESSION", "세션"),
        ]);
        for step in ways.steps.iter().take(ROWS + 2) {
            let by = match step.by {
                By::Arrival(kind) => kind.in_words(self.language),
                By::Hop(method) => method.in_words(self.language),
            };
            let outside = matches!(step.by, By::Arrival(_));
            table.row(vec![
                step.time.map(seconds).into(),
                Cell::from(step.from.as_deref().map(|from| self.hosts.short(from))).tone(if outside {
                    Tone::Notable
                } else {
                    Tone::Plain
                }),
                Cell::new(self.hosts.short(&step.to)),
                Cell::from(step.user.as_ref()),
                Cell::new(by),
                step.certainty.map(|sure| sure.in_words(self.language)).into(),
                step.session_uid.map(short_uid).into(),
            ]);
        }
        let mut parts = vec![Part::Table(table)];
        parts.extend(self.more(ways.steps.len(), ROWS + 2));
        let title = if ways.from_outside {
            text("From outside on, from host to host", "외부에서 들어와 호스트 간에 이어진 경로")
        } else {
            text("From host to host", "호스트 사이의 이동")
        };
        let title = self.phrases.titled(title, ways.steps.len());
        Some(Section { title, command: Some(self.command("hops", "")), parts })
    }

    fn findings(&self, findings: &[Finding], left_out: LeftOut) -> Option<Section> {
        if findings.is_empty() && left_out == LeftOut::default() {
            return None;
        }
        let item = |finding: &Finding| {
            let weight = finding.weight.in_words(self.language);
            let title = about(finding).title.get(self.language);
            let sentence = sentence(finding, self.language);
            let typed = format!("kilroy finding {} {}", self.case, finding.finding_uid);
            Part::Item {
                text: format!("{weight}: {title}: {sentence}"),
                commands: vec![Command { typed, remark: None }],
            }
        };
        let mut parts: Vec<Part> = findings.iter().take(FINDINGS).map(item).collect();
        parts.extend(self.more(findings.len(), FINDINGS));
        parts.extend(self.phrases.left_out(left_out).map(Part::Line));
        let title = self.phrases.titled(text("Findings by weight", "중요도별 탐지 결과"), findings.len());
        Some(Section { title, command: Some(self.command("findings", "")), parts })
    }

    /// What no detector looks for; without findings, everything that may lead somewhere.
    fn look_first(&self, summary: &Summary, findings: &[Finding]) -> Option<Section> {
        let all = &summary.pointers;
        let pointers: Vec<&Pointer> =
            all.iter().filter(|pointer| findings.is_empty() || !is_detected(pointer.kind)).collect();
        if pointers.is_empty() && !findings.is_empty() {
            return None;
        }
        let item = |pointer: &Pointer| {
            let (text, commands) = self.phrases.pointer(pointer, &self.case, self.hosts);
            Part::Item { text, commands }
        };
        let mut parts: Vec<Part> = pointers.into_iter().map(item).collect();
        if parts.is_empty() {
            let succeeded = summary.failures.iter().any(|failed| failed.followed.is_some());
            parts.push(Part::Line(self.phrases.nothing_stands_out(succeeded).to_owned()));
        }
        let title = if findings.is_empty() {
            text("Look at this first", "먼저 볼 것")
        } else {
            text("Look at this, too", "함께 볼 것")
        };
        Some(Section { title: title.get(self.language).to_owned(), command: None, parts })
    }

    fn missing(&self, missing: &[Missing]) -> Option<Section> {
        if missing.is_empty() {
            return None;
        }
        let line = |missing: &Missing| Part::Line(self.phrases.missing(missing, self.hosts));
        let told = some_of_each(missing);
        let mut parts: Vec<Part> = told.iter().map(|missing| line(missing)).collect();
        parts.extend(self.more(missing.len(), told.len()));
        let title = text("What is missing", "빠진 것").get(self.language).to_owned();
        Some(Section { title, command: Some(self.command("coverage", "")), parts })
    }
}

/// Detectors tell of these, and of more.
fn is_detected(kind: PointerKind) -> bool {
    match kind {
        PointerKind::AfterFailures
        | PointerKind::LogCleared
        | PointerKind::Loopback
        | PointerKind::Moved
        | PointerKind::Guessing => true,
        PointerKind::External | PointerKind::Denied | PointerKind::Unexplained => false,
    }
}

/// A hundred clears must not hide that a log is not there at all.
fn some_of_each(missing: &[Missing]) -> Vec<&Missing> {
    let of_a_kind = missing.chunk_by(|a, b| a.lack.name() == b.lack.name());
    of_a_kind.flat_map(|kind| kind.iter().take(MISSING_OF_A_KIND)).take(MISSING).collect()
}

/// Some of many.
fn few(all: &[String], shown: usize) -> String {
    let some = all.iter().take(shown).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(shown) {
        0 => some,
        more => format!("{some} +{more}"),
    }
}

/// All names; the table cuts what does not fit, so their number stands in front where there are many.
fn names(names: &[String]) -> String {
    match names.len() {
        0..=4 => names.join(", "),
        n => format!("{n}: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_counted() {
        let five: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(names(&five[..2]), "a, b");
        assert_eq!(names(&five), "5: a, b, c, d, e");
        assert_eq!(few(&five, 2), "a, b +3");
        assert_eq!(few(&five[..2], 2), "a, b");
    }
}
