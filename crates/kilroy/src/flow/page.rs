//! The story as a page of text.

use kilroy_catalog::Language;

use super::{AbsentRow, RecordRow, StepRow, Story};
use crate::output::{Tone, between, clock, day, delta, escape, width, wrap};
use crate::receipt::headline;
use crate::settings::Look;
use crate::words::{short_log, text};

/// Columns before what is said of a step.
const INDENT: usize = 6;

/// Columns of the time since the step before.
const SINCE: usize = 11;

/// The lines of the page.
pub(crate) fn page(story: &Story<'_>, look: Look) -> Vec<String> {
    let mut page = Page { look, lines: headline(story.session, look), today: String::new() };
    page.head();
    for step in &story.steps {
        page.step(step);
    }
    page.lines
}

struct Page {
    look: Look,
    lines: Vec<String>,
    today: String,
}

impl Page {
    fn say(&self, en: &'static str, ko: &'static str) -> &'static str {
        text(en, ko).get(self.look.language)
    }

    fn head(&mut self) {
        let time = self.say("TIME (UTC)", "시간(UTC)");
        let since = self.say("SINCE", "경과");
        let step = self.say("STEP", "단계");
        let head = format!("{:>4}  {}{}  {step}", "#", pad(time, 12), before(since, SINCE));
        self.lines.push(String::new());
        self.lines.push(Tone::Strong.paint(&head, self.look.colour));
    }

    fn step(&mut self, step: &StepRow<'_>) {
        if let Some(time) = step.time {
            let today = day(time);
            if today != self.today {
                self.lines.push(format!("  {today}"));
                self.today = today;
            }
        }
        let number = step.step.map_or_else(|| "–".to_owned(), |number| number.to_string());
        let time = step.time.map(clock).unwrap_or_default();
        let since = step.since.map(delta).unwrap_or_default();
        let tone = match step.step {
            None => Tone::Notable,
            Some(_) if matches!(step.kind, "failure" | "denied") => Tone::Bad,
            Some(_) => Tone::Strong,
        };
        let title = match step.step {
            Some(_) => step.title.to_owned(),
            None => format!("{}: {}", step.title, self.say("not seen", "기록 없음")),
        };
        let head = format!("{}  {}{}  ", before(&number, 4), pad(&time, 12), before(&since, SINCE));
        self.lines.push(format!("{head}{}", tone.paint(&title, self.look.colour)));
        if let Some(meaning) = &step.meaning {
            self.paragraph(meaning, Tone::Faint);
        }
        for record in &step.records {
            let line = told(step, record);
            self.paragraph(&line, Tone::Plain);
        }
        for absent in &step.absent {
            let line = self.absent(absent);
            self.paragraph(&line, Tone::Notable);
        }
    }

    fn absent(&self, absent: &AbsentRow<'_>) -> String {
        let (Some(log), Some(event_id)) = (absent.log, absent.event_id) else {
            return absent.why_text.clone();
        };
        let title =
            absent.title.map(|title| format!(" · {}", title.trim_end_matches('.'))).unwrap_or_default();
        let record = format!("{} {event_id}{title}", short_log(log));
        match self.look.language {
            Language::English => format!("missing: {record}: {}", absent.why_text),
            Language::Korean => format!("빠짐: {record}: {}", absent.why_text),
        }
    }

    fn paragraph(&mut self, text: &str, tone: Tone) {
        let text = format!("{}{}", " ".repeat(INDENT), escape(text));
        for line in wrap(&text, self.look.width, INDENT + 2) {
            self.lines.push(tone.paint(&line, self.look.colour));
        }
    }
}

/// `RdpCoreTS 131, The server accepted a new connection from a client: from 203.0.113.77:40177, TCP`.
fn told(step: &StepRow<'_>, record: &RecordRow<'_>) -> String {
    let title = record.title.map(|title| format!(" · {title}")).unwrap_or_default();
    let offset = step.time.filter(|begin| *begin != record.time);
    let offset = offset.map(|begin| format!(" ({})", between(begin, record.time))).unwrap_or_default();
    let says = record.says.join(", ");
    let says = if says.is_empty() { says } else { format!(": {says}") };
    format!("{} {}{offset}{title}{says}", short_log(record.log), record.event_id)
}

/// With blanks behind.
fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// With blanks before.
fn before(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}
