//! The page for a terminal, and as Markdown.

use kilroy_catalog::Language;

use super::Facts;
use super::sections::{Command, Part, Section};
use crate::output::{Cell, Column, Table, Tone, escape, wrap};
use crate::settings::Look;

/// The page for a terminal.
pub(crate) fn page(facts: &Facts, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    for section in facts.sections(look.language) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(heading(&section, look));
        for part in &section.parts {
            match part {
                Part::Table(table) => {
                    let table = table.lines(look.width.saturating_sub(2), look.colour);
                    lines.extend(table.into_iter().map(|line| format!("  {line}")));
                }
                // One line, cut into several where it is too long.
                Part::Line(text) => lines.extend(wrap(&format!("  {}", escape(text)), look.width, 4)),
                Part::Item { text, commands } => item(&mut lines, text, commands, look),
            }
        }
    }
    lines
}

fn heading(section: &Section, look: Look) -> String {
    let title = Tone::Strong.paint(&escape(&section.title), look.colour);
    match &section.command {
        Some(command) => format!("{title}  {}", Tone::Faint.paint(&escape(command), look.colour)),
        None => title,
    }
}

/// Something with commands that show more: these are never cut into lines, so that they can be copied.
fn item(lines: &mut Vec<String>, text: &str, commands: &[Command], look: Look) {
    lines.extend(wrap(&format!("  * {}", escape(text)), look.width, 4));
    lines.extend(commands.iter().map(|Command { typed, remark }| {
        let remark = remark.as_ref().map(|remark| format!("  ({remark})")).unwrap_or_default();
        format!("      {}{}", escape(typed), escape(&remark))
    }));
}

/// The page as Markdown.
pub(crate) fn markdown(facts: &Facts, title: &str, language: Language) -> Vec<String> {
    let mut lines = vec![format!("# {}", safe(title))];
    for section in facts.sections(language) {
        lines.extend([String::new(), format!("## {}", safe(&section.title)), String::new()]);
        let mut in_list = false;
        for part in &section.parts {
            if in_list && !matches!(part, Part::Item { .. }) {
                lines.push(String::new());
            }
            in_list = matches!(part, Part::Item { .. });
            match part {
                Part::Table(table) => {
                    // A table right under a line would be a part of its paragraph.
                    if lines.last().is_some_and(|line| !line.is_empty()) {
                        lines.push(String::new());
                    }
                    lines.extend(table.markdown(safe));
                    lines.push(String::new());
                }
                // Two blanks end a line.
                Part::Line(text) => lines.push(format!("{}  ", safe(text))),
                Part::Item { text, commands } => {
                    lines.push(format!("- {}", safe(text)));
                    lines.extend(commands.iter().map(|Command { typed, remark }| {
                        let remark = remark.as_ref().map(|remark| format!(" ({})", safe(remark)));
                        format!("  {}{}", code(typed), remark.unwrap_or_default())
                    }));
                }
            }
        }
        if let Some(command) = &section.command {
            if lines.last().is_some_and(|line| !line.is_empty()) {
                lines.push(String::new());
            }
            lines.push(code(command));
        }
    }
    lines
}

/// A text of which nothing is Markdown or HTML.
fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in escape(text).chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => safe.extend(['\\', letter]),
            _ => safe.push(letter),
        }
    }
    safe
}

/// A command, to be copied. A backquote within would end it.
fn code(command: &str) -> String {
    let command = escape(command);
    if command.contains('`') { format!("``` {command} ```") } else { format!("`{command}`") }
}

/// What to type next: commands, each with what it is for.
pub(crate) fn steps(heading: &str, steps: &[(String, &str)], look: Look) -> Vec<String> {
    let mut lines = section(heading, look);
    let mut table = Table::new(vec![Column::new(""), Column::new("")]);
    for (command, what) in steps {
        table.row(vec![Cell::new(command), Cell::new(what).tone(Tone::Faint)]);
    }
    let table = table.lines(look.width.saturating_sub(2), look.colour);
    lines.extend(table.into_iter().map(|line| format!("  {line}")));
    lines
}

/// A heading with a blank line above it.
pub(crate) fn section(heading: &str, look: Look) -> Vec<String> {
    vec![String::new(), Tone::Strong.paint(heading, look.colour)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_log_is_markup() {
        assert_eq!(safe("<b>*a*|[x](y)\u{1b}"), "&lt;b>\\*a\\*\\|\\[x\\](y)\\\\u{1b}");
        assert_eq!(code("kilroy why `x`"), "``` kilroy why `x` ```");
    }
}
