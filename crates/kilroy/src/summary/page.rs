//! The summary as a page of text.

use kilroy_model::Scope;

use super::failures::Address;
use super::{Evidence, Summary, Trouble};
use crate::output::{Cell, Column, Table, Tone, bytes, count, escape, seconds, span, wrap};
use crate::settings::Look;
use crate::words::Named;

/// Lines of one kind before the rest is only counted.
const FEW: usize = 5;
/// Hosts before the rest is only counted.
const HOSTS: usize = 12;

/// The lines of the page.
pub(crate) fn page(summary: &Summary, look: Look) -> Vec<String> {
    let mut page = Page { look, lines: Vec::new() };
    page.evidence(summary);
    page.hosts(summary);
    page.sessions(summary);
    page.failures(summary);
    page.sources(summary);
    page.look_first(summary);
    page.lines
}

/// What to type next: commands, each with what it is for.
pub(crate) fn steps(heading: &str, steps: &[(String, &str)], look: Look) -> Vec<String> {
    let mut page = Page { look, lines: section(heading, look) };
    let mut table = Table::new(vec![Column::new(""), Column::new("")]);
    for (command, what) in steps {
        table.row(vec![Cell::new(command), Cell::new(what).tone(Tone::Faint)]);
    }
    page.table(&table);
    page.lines
}

/// A heading with a blank line above it.
pub(crate) fn section(heading: &str, look: Look) -> Vec<String> {
    vec![String::new(), Tone::Strong.paint(heading, look.colour)]
}

struct Page {
    look: Look,
    lines: Vec<String>,
}

impl Page {
    fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.push(Tone::Strong.paint(text, self.look.colour));
    }

    /// One line, cut into several where it is too long.
    fn line(&mut self, text: &str) {
        self.lines.extend(wrap(&format!("  {}", escape(text)), self.look.width, 4));
    }

    /// Something to be typed or copied: never cut into lines.
    fn command(&mut self, text: &str) {
        self.lines.push(format!("      {}", escape(text)));
    }

    fn table(&mut self, table: &Table) {
        let lines = table.lines(self.look.width.saturating_sub(2), self.look.colour);
        self.lines.extend(lines.into_iter().map(|line| format!("  {line}")));
    }

    fn evidence(&mut self, summary: &Summary) {
        let evidence = &summary.evidence;
        self.heading("Evidence");
        let covered =
            span(evidence.first, evidence.last).map(|span| format!(", {span} UTC")).unwrap_or_default();
        self.line(&format!(
            "{} of {} files read: {} records, {}{covered}",
            count(evidence.logs),
            count(evidence.files),
            count(evidence.records),
            bytes(evidence.bytes)
        ));
        if evidence.losses > 0 {
            self.line(&format!(
                "{} could not be read, in {}:",
                plural(evidence.losses, "piece"),
                plural(evidence.damaged.len() as u64, "file")
            ));
        }
        self.troubles(&evidence.damaged, "damaged", summary);
        self.troubles(&evidence.unreadable, "unreadable", summary);
        self.troubles(&evidence.others, "no event log", summary);
        if all_fine(evidence) {
            self.line("nothing was lost");
        }
    }

    fn troubles(&mut self, troubles: &[Trouble], what: &str, summary: &Summary) {
        let few = if troubles.len() > FEW { FEW - 2 } else { FEW };
        for trouble in troubles.iter().take(few) {
            let why = match (&trouble.reason, trouble.losses) {
                (_, 1..) => format!(
                    "{} lost, {} records read",
                    plural(trouble.losses, "piece"),
                    count(trouble.records)
                ),
                (Some(reason), 0) => reason.clone(),
                (None, 0) => what.to_owned(),
            };
            self.line(&format!("{what}: {}: {why}", trouble.path));
        }
        if troubles.len() > few {
            let more = count((troubles.len() - few) as u64);
            self.line(&format!("{what}: {more} more: kilroy evidence {}", typed(&summary.case)));
        }
    }

    fn hosts(&mut self, summary: &Summary) {
        self.heading(&format!("Hosts ({})", count(summary.hosts.len() as u64)));
        let mut table = Table::new(vec![
            Column::new("HOST").least(12),
            Column::new("SESSIONS").right(),
            Column::new("RECORDS").right(),
            Column::new("FIRST (UTC)"),
            Column::new("LAST (UTC)"),
        ]);
        for host in summary.hosts.iter().take(HOSTS) {
            table.row(vec![
                Cell::new(&host.name),
                Cell::new(count(host.sessions)),
                Cell::new(count(host.records)),
                host.first.map(seconds).into(),
                host.last.map(seconds).into(),
            ]);
        }
        self.table(&table);
        if let Some(more) = summary.hosts.len().checked_sub(HOSTS).filter(|n| *n > 0) {
            self.line(&format!("{} more", count(more as u64)));
        }
    }

    fn sessions(&mut self, summary: &Summary) {
        let sessions = &summary.sessions;
        self.heading(&format!("Sessions of people ({})", count(sessions.people)));
        let mut table = Table::new(vec![
            Column::new("KIND"),
            Column::new("SUCCESS").right(),
            Column::new("FAILURE").right(),
            Column::new("DENIED").right(),
        ]);
        for row in &sessions.by_kind {
            table.row(vec![
                Cell::new(row.kind.name()),
                Cell::new(number(row.success)),
                Cell::new(number(row.failure)).tone(Tone::Bad),
                Cell::new(number(row.denied)).tone(Tone::Bad),
            ]);
        }
        self.table(&table);
        if sessions.people == 0 {
            self.line("none");
        }
        if sessions.background > 0 {
            let background = plural(sessions.background, "session");
            self.line(&format!(
                "and {background} of machine and system accounts, hidden (--background shows them)"
            ));
        }
    }

    fn failures(&mut self, summary: &Summary) {
        let failed: Vec<&Address> = summary.sources.iter().filter(|a| a.failures > 0).collect();
        if failed.is_empty() {
            return;
        }
        self.heading("Failures by source");
        let mut table = Table::new(vec![
            Column::new("SOURCE").least(15),
            Column::new("SCOPE"),
            Column::new("FAILURES").right(),
            Column::new("SESSIONS").right(),
            Column::new("USERS TRIED").least(20),
        ]);
        for source in failed.iter().take(FEW) {
            table.row(vec![
                Cell::new(&source.source).tone(tone(source.scope)),
                scope(source.scope),
                Cell::new(count(source.failures)).tone(Tone::Bad),
                Cell::new(number(source.sessions)),
                Cell::new(names(&source.users_failed)),
            ]);
        }
        self.table(&table);
        self.more(failed.len(), "kilroy sources", " --outcome failure", summary);
    }

    fn sources(&mut self, summary: &Summary) {
        let mut used: Vec<&Address> = summary.sources.iter().filter(|a| a.sessions > 0).collect();
        // From outside first, then the busiest.
        used.sort_by(|a, b| {
            let rank = |a: &Address| (a.scope != Scope::External, u64::MAX - a.sessions);
            (rank(a), &a.source).cmp(&(rank(b), &b.source))
        });
        if used.is_empty() {
            return;
        }
        self.heading("Sources that got in");
        let mut table = Table::new(vec![
            Column::new("SOURCE").least(15),
            Column::new("SCOPE"),
            Column::new("SESSIONS").right(),
            Column::new("FIRST (UTC)"),
            Column::new("USERS").least(20),
        ]);
        for source in used.iter().take(FEW) {
            table.row(vec![
                Cell::new(&source.source).tone(tone(source.scope)),
                scope(source.scope),
                Cell::new(count(source.sessions)),
                source.first.map(seconds).into(),
                Cell::new(names(&source.users)),
            ]);
        }
        self.table(&table);
        self.more(used.len(), "kilroy sources", "", summary);
    }

    fn more(&mut self, all: usize, command: &str, flags: &str, summary: &Summary) {
        if let Some(more) = all.checked_sub(FEW).filter(|n| *n > 0) {
            self.line(&format!("{} more: {command} {}{flags}", count(more as u64), typed(&summary.case)));
        }
    }

    fn look_first(&mut self, summary: &Summary) {
        self.heading("Look at this first");
        for pointer in &summary.look_first {
            self.line(&format!("* {}: {}", pointer.what, pointer.text));
            let case = typed(&summary.case);
            if let Some(uid) = pointer.session_uid {
                self.command(&format!("kilroy why {case} {uid}"));
            }
            match (&pointer.filter, pointer.more) {
                (Some(flags), 1..) => {
                    self.command(&format!("kilroy sessions {case} {flags}  ({} more)", count(pointer.more)));
                }
                (Some(flags), 0) if pointer.session_uid.is_none() => {
                    self.command(&format!("kilroy sessions {case} {flags}"));
                }
                (None, 1..) => self.command(&format!("({} more)", count(pointer.more))),
                (_, 0) => {}
            }
        }
        if summary.look_first.is_empty() {
            self.line("nothing stands out: no success after failures, no external source, no denied attempt, no cleared log");
        }
    }
}

fn all_fine(evidence: &Evidence) -> bool {
    evidence.damaged.is_empty() && evidence.unreadable.is_empty()
}

fn tone(scope: Scope) -> Tone {
    if scope == Scope::External { Tone::Notable } else { Tone::Plain }
}

fn scope(scope: Scope) -> Cell {
    let text = if scope == Scope::Unknown { "" } else { scope.in_words(kilroy_catalog::Language::English) };
    Cell::new(text)
}

fn number(n: u64) -> String {
    if n == 0 { String::new() } else { count(n) }
}

fn plural(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

/// All names; the table cuts what does not fit, so their number stands in front where there are many.
fn names(names: &[String]) -> String {
    match names.len() {
        0..=4 => names.join(", "),
        n => format!("{n}: {}", names.join(", ")),
    }
}

/// A path as it can be typed again.
pub(crate) fn typed(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:~".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("\"{path}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_blanks_is_quoted() {
        assert_eq!(typed("C:/cases/case-1"), "C:/cases/case-1");
        assert_eq!(typed("my case"), "\"my case\"");
    }

    #[test]
    fn many_names_are_counted() {
        let five: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(names(&five[..2]), "a, b");
        assert_eq!(names(&five), "5: a, b, c, d, e");
        assert_eq!(plural(1, "file"), "1 file");
        assert_eq!(plural(1200, "piece"), "1,200 pieces");
    }
}
