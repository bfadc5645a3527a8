//! What one session did, as a page of text.

use kilroy_catalog::{Language, Text};
use kilroy_findings::activity::{Branch, ProcessTree, Sure, When};
use kilroy_model::{AccessSession, Timestamp};

use super::EventLine;
use super::words::mark;
use crate::output::{Tone, clock, count, day, escape, width, wrap};
use crate::receipt::headline;
use crate::settings::Look;
use crate::words::{Named, short_log, text};

/// Columns that the tree goes in at most: below that it goes on straight.
const DEEPEST: usize = 12;

/// Who, where and when.
pub(crate) fn head(session: &AccessSession, look: Look) -> Vec<String> {
    headline(session, look)
}

/// The processes, each below the one that started it; at most so many.
pub(crate) fn tree_lines(tree: &ProcessTree, most: Option<usize>, look: Look) -> Vec<String> {
    if tree.is_empty() {
        return Vec::new();
    }
    let title = text("Processes", "프로세스").get(look.language);
    let title = format!("{title} ({})", count(tree.len() as u64));
    let mut lines = vec![String::new(), Tone::Strong.paint(&title, look.colour)];
    let mut days = Days::default();
    for branch in tree.branches().iter().take(most.unwrap_or(usize::MAX)) {
        days.turn(branch.process.started, &mut lines);
        lines.extend(branch_lines(branch, look));
    }
    let more = most.map_or(0, |most| tree.branches().len().saturating_sub(most));
    if more > 0 {
        let more = count(more as u64);
        lines.push(match look.language {
            Language::English => format!("  … {more} more (--limit)"),
            Language::Korean => format!("  … 외 {more}개(--limit)"),
        });
    }
    lines
}

fn branch_lines(branch: &Branch<'_>, look: Look) -> Vec<String> {
    let process = branch.process;
    let what = process.command_line.as_deref().or(process.image.as_deref()).unwrap_or("?");
    let pid = process.pid.map(|pid| format!("  [{pid}]")).unwrap_or_default();
    let other = branch.parent.map_or(process.user.as_deref(), |parent| {
        process.user.as_deref().filter(|user| parent.user.as_deref() != Some(user))
    });
    let user = other.map(|user| format!("  ({user})")).unwrap_or_default();
    let indent = 2 * branch.depth.min(DEEPEST);
    let head = format!("  {} {}  {}", clock(process.started), mark(process.share.sure), " ".repeat(indent));
    let inward = head.len() + 2;
    paragraph(&format!("{head}{what}{user}{pid}"), inward, tone(process.share.sure), look)
}

/// The heading of what follows in the order of time.
pub(crate) fn legend(look: Look) -> Vec<String> {
    let title = text("In order", "시간순").get(look.language);
    let mut lines = vec![String::new(), Tone::Strong.paint(title, look.colour)];
    for says in in_columns(&SURE.map(|says| says.get(look.language)), look.width) {
        lines.push(Tone::Faint.paint(&says, look.colour));
    }
    lines
}

/// What the signs before lines mean.
const SURE: [Text; 3] = [
    text(
        "= exact: by logon ID, process or terminal session",
        "= 확실: 로그온 ID, 프로세스, 터미널 세션으로 확인",
    ),
    text("~ likely: by user and time", "~ 유력: 사용자와 시간이 맞음"),
    text("? possible: others fit as well", "? 가능: 다른 세션도 맞음"),
];

/// Side by side as long as there is room; what does not fit begins a new line, whole.
fn in_columns(items: &[&str], columns: usize) -> Vec<String> {
    const BETWEEN: &str = "   ";
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if width(line) + BETWEEN.len() + width(item) <= columns => {
                line.push_str(BETWEEN);
                line.push_str(item);
            }
            _ => lines.push((*item).to_owned()),
        }
    }
    lines
}

/// The day that lines are of: it is said once.
#[derive(Debug, Default)]
pub(crate) struct Days(String);

impl Days {
    fn turn(&mut self, time: Timestamp, lines: &mut Vec<String>) {
        let today = day(time);
        if today != self.0 {
            lines.push(format!("  {today}"));
            self.0 = today;
        }
    }
}

/// The lines of an event.
pub(crate) fn lines(event: &EventLine, days: &mut Days, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    days.turn(event.time, &mut lines);
    let head = format!("  {} {}  ", clock(event.time), mark(event.share.sure));
    let details = if event.details.is_empty() { String::new() } else { format!(": {}", event.details) };
    let log = format!(" [{} {}]", short_log(&event.log), event.event_id);
    let when = match event.share.when {
        When::Present => String::new(),
        when => format!(" ({})", when.in_words(look.language)),
    };
    let inward = head.len() + 2;
    let line = format!("{head}{}{details}{when}{log}", event.title);
    lines.extend(paragraph(&line, inward, tone(event.share.sure), look));
    lines
}

const fn tone(sure: Sure) -> Tone {
    match sure {
        Sure::Exact => Tone::Plain,
        _ => Tone::Faint,
    }
}

fn paragraph(text: &str, inward: usize, tone: Tone, look: Look) -> Vec<String> {
    let wrapped = wrap(&escape(text), look.width, inward);
    wrapped.iter().map(|line| tone.paint(line, look.colour)).collect()
}

/// How many of each kind there were.
pub(crate) fn sum(counts: [u64; 3], language: Language) -> String {
    let [exact, likely, possible] = counts.map(count);
    match language {
        Language::English => format!("{exact} exact, {likely} likely, {possible} possible"),
        Language::Korean => format!("확실 {exact}건, 유력 {likely}건, 가능 {possible}건"),
    }
}
