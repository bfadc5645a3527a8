//! Findings as pages of text.

use kilroy_catalog::{Language, Text};
use kilroy_model::{RecordPart, Weight};

use super::{About, Row, about};
use crate::output::{Cell, Column, Table, Tone, count, escape, seconds, span, wrap};
use crate::settings::Look;
use crate::words::{Named, short_log, text};

/// Sessions that an opened finding shows.
const SESSIONS: usize = 10;
/// Records that an opened finding shows.
const RECORDS: usize = 30;

/// The lines of a list of findings, heaviest first.
pub(crate) fn page(rows: &[Row], look: Look) -> Vec<String> {
    let mut page = Page { look, lines: Vec::new() };
    for group in rows.chunk_by(|a, b| a.finding().weight == b.finding().weight) {
        let Some(first) = group.first() else { continue };
        let weight = first.finding().weight;
        page.heading(
            &format!("{} ({})", weight.in_words(look.language), count(group.len() as u64)),
            tone(weight),
        );
        for row in group {
            page.brief(row);
        }
    }
    page.lines
}

/// The lines of one finding, opened.
pub(crate) fn opened(row: &Row, look: Look) -> Vec<String> {
    let mut page = Page { look, lines: Vec::new() };
    page.opened(row);
    page.lines
}

struct Page {
    look: Look,
    lines: Vec<String>,
}

impl Page {
    fn say(&self, text: Text) -> &'static str {
        text.get(self.look.language)
    }

    fn heading(&mut self, heading: &str, tone: Tone) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.push(tone.paint(&escape(heading), self.look.colour));
    }

    fn paragraph(&mut self, indent: usize, text: &str, tone: Tone) {
        let text = format!("{}{}", " ".repeat(indent), escape(text));
        for line in wrap(&text, self.look.width, indent) {
            self.lines.push(tone.paint(&line, self.look.colour));
        }
    }

    fn brief(&mut self, row: &Row) {
        let finding = row.finding();
        let uid = finding.finding_uid.to_string();
        let uid = uid.get(..8).unwrap_or(&uid);
        self.paragraph(2, &format!("{uid}  {}  {}", seconds(finding.first), row.title()), Tone::Strong);
        self.paragraph(4, row.text(), Tone::Plain);
        self.dismissed(row, 4);
    }

    fn dismissed(&mut self, row: &Row, indent: usize) {
        let Some(dismissal) = row.dismissal() else { return };
        let dismissed = self.say(text("dismissed", "제외됨"));
        let by = dismissal.author.as_deref().unwrap_or("?");
        let when = dismissal.created.map(seconds).unwrap_or_default();
        let note = dismissal.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
        self.paragraph(indent, &format!("{dismissed}, {by} {when}{note}"), Tone::Faint);
    }

    fn opened(&mut self, row: &Row) {
        let finding = row.finding();
        let About { hypothesis, else_it_may_be, next, .. } = about(finding);
        self.paragraph(0, row.title(), Tone::Strong);
        self.paragraph(0, row.text(), Tone::Plain);
        self.dismissed(row, 0);
        self.lines.push(String::new());
        self.facts(row);
        self.section(text("Hypothesis", "가설"), self.say(*hypothesis));
        self.section(text("What else it may be", "다른 가능성"), self.say(*else_it_may_be));
        self.section(text("What to do next", "다음 단계"), self.say(*next));
        self.sessions(row);
        self.records(row);
    }

    fn facts(&mut self, row: &Row) {
        let finding = row.finding();
        let time = span(Some(finding.first), Some(finding.last), self.look.language).unwrap_or_default();
        let lines = [
            (text("Finding", "탐지"), format!("{} ({})", finding.finding_uid, finding.detector)),
            (text("Weight", "중요도"), finding.weight.in_words(self.look.language).to_owned()),
            (text("Time (UTC)", "시간(UTC)"), time),
            (text("Hosts", "호스트"), finding.hosts.join(", ")),
            (text("Users", "사용자"), finding.users.join(", ")),
            (text("Sources", "원본"), finding.sources.join(", ")),
            (text("ATT&CK", "ATT&CK"), finding.attack.join(", ")),
        ];
        for (label, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
            let label = self.say(label);
            self.paragraph(0, &format!("{label}: {value}"), Tone::Plain);
        }
    }

    fn section(&mut self, heading: Text, body: &str) {
        let heading = self.say(heading);
        self.heading(heading, Tone::Strong);
        self.paragraph(2, body, Tone::Plain);
    }

    fn sessions(&mut self, row: &Row) {
        let finding = row.finding();
        if finding.sessions.is_empty() {
            return;
        }
        self.heading(self.say(text("Sessions", "세션")), Tone::Strong);
        for session in finding.sessions.iter().take(SESSIONS) {
            let part = session.part.in_words(self.look.language);
            let sure = session.sure.in_words(self.look.language);
            self.paragraph(2, &format!("{}  {part}, {sure}", session.session_uid), Tone::Plain);
        }
        self.more(finding.sessions_total, finding.sessions.len().min(SESSIONS));
    }

    fn records(&mut self, row: &Row) {
        let finding = row.finding();
        self.heading(self.say(text("Records", "레코드")), Tone::Strong);
        let title = |en, ko| Column::new(text(en, ko).get(self.look.language));
        let mut table = Table::new(vec![
            title("TIME (UTC)", "시간(UTC)"),
            title("LOG", "로그").least(8),
            title("EVENT", "이벤트").right(),
            title("RECORD", "레코드").right().spare(1),
            title("UID", "UID"),
            title("HOST", "호스트").least(8).spare(2),
            title("PART", "역할"),
        ]);
        for record in finding.records.iter().take(RECORDS) {
            let uid = record.event_uid.to_string();
            table.row(vec![
                Cell::new(seconds(record.time)),
                Cell::new(short_log(&record.log)),
                Cell::new(record.event_id.to_string()),
                Cell::new(record.record_id.to_string()),
                Cell::new(uid.get(..8).unwrap_or(&uid)),
                Cell::new(&record.computer),
                Cell::new(record.part.in_words(self.look.language)).tone(if record.part == RecordPart::Key {
                    Tone::Strong
                } else {
                    Tone::Plain
                }),
            ]);
        }
        let lines = table.lines(self.look.width.saturating_sub(2), self.look.colour);
        self.lines.extend(lines.into_iter().map(|line| format!("  {line}")));
        self.more(finding.records_total, finding.records.len().min(RECORDS));
    }

    fn more(&mut self, all: u64, shown: usize) {
        let more = all.saturating_sub(shown as u64);
        if more > 0 {
            let line = match self.look.language {
                Language::English => format!("{} more", count(more)),
                Language::Korean => format!("외 {}개", count(more)),
            };
            self.paragraph(2, &line, Tone::Faint);
        }
    }
}

fn tone(weight: Weight) -> Tone {
    match weight {
        Weight::High => Tone::Bad,
        Weight::Medium => Tone::Notable,
        Weight::Low => Tone::Strong,
        Weight::Info => Tone::Faint,
    }
}

impl Named for Weight {
    fn text(self) -> Text {
        match self {
            Self::High => text("High", "높음"),
            Self::Medium => text("Medium", "보통"),
            Self::Low => text("Low", "낮음"),
            Self::Info => text("Info", "정보"),
        }
    }
}

impl Named for kilroy_model::SessionPart {
    fn text(self) -> Text {
        match self {
            Self::Actor => text("did it", "행위자"),
            Self::Victim => text("it was done to", "대상"),
            Self::Attempt => text("an attempt that failed", "실패한 시도"),
            Self::Outcome => text("came out of it", "결과"),
        }
    }
}

impl Named for RecordPart {
    fn text(self) -> Text {
        match self {
            Self::Key => text("key", "근거"),
            Self::Context => text("belongs to it", "관련"),
            Self::Followed => text("followed", "이후"),
        }
    }
}
