//! The records of a receipt in time order, each with its title and the link that ties it to the session.

use std::collections::BTreeMap;

use kilroy_catalog::Language;
use kilroy_model::{AccessSession, EventUid, Link, LinkRule, Role, Source};

use super::phrases::Phrases;
use crate::output::{Cell, Column, Table, Tone, between, clock, day, escape, wrap};
use crate::settings::Look;
use crate::words::{Named, short_log};

/// Columns before the role: what is said about a record stands below it from there on.
const INDENT: usize = 6;

pub(super) fn lines(
    session: &AccessSession,
    numbers: &BTreeMap<EventUid, usize>,
    look: Look,
    phrases: &Phrases,
) -> Vec<String> {
    let language = look.language;
    let title = |text: kilroy_catalog::Text| Column::new(text.get(language));
    let mut table = Table::new(vec![
        Column::new("#").right(),
        title(phrases.time),
        title(phrases.offset).right(),
        title(phrases.role).least(6),
        title(phrases.record_title),
    ]);
    let first = session.sources.iter().map(|s| s.time).min();
    for (n, source) in session.sources.iter().enumerate() {
        let offset = first.map(|first| between(first, source.time));
        table.row(vec![
            Cell::new((n + 1).to_string()),
            Cell::new(clock(source.time)),
            offset.into(),
            Cell::new(source.role.in_words(language)).tone(tone(source.role)),
            Cell::new(phrases.record(short_log(&source.log), source.event_id, source.record_id)),
        ]);
    }
    let mut rows = table.lines(look.width.saturating_sub(2), look.colour).into_iter();
    let mut lines: Vec<String> = rows.next().map(|header| format!("  {header}")).into_iter().collect();
    let mut today = String::new();
    for (row, source) in rows.zip(&session.sources) {
        let of_source = day(source.time);
        if of_source != today {
            lines.push(format!("  {of_source}"));
            today = of_source;
        }
        lines.push(format!("  {row}"));
        if let Some(title) = self::title(&source.log, source.event_id, Some(source.role), language) {
            lines.extend(below(title, look, Tone::Plain));
        }
        lines.extend(below(&link(session, source, numbers, phrases), look, Tone::Faint));
    }
    lines
}

fn below(text: &str, look: Look, tone: Tone) -> impl Iterator<Item = String> {
    let text = format!("{}{}", " ".repeat(INDENT), escape(text));
    let lines = wrap(&text, look.width, INDENT + 2);
    lines.into_iter().map(move |line| tone.paint(&line, look.colour))
}

/// Why a record is part of the session: the rule, what is shared, and with which record.
fn link(
    session: &AccessSession,
    source: &Source,
    numbers: &BTreeMap<EventUid, usize>,
    phrases: &Phrases,
) -> String {
    if source.link == LinkRule::Anchor {
        return phrases.anchor();
    }
    let links = session.links.iter().filter(|link| link.to == source.event_uid);
    let said: Vec<String> = links.map(|link| phrases.link(link, &other(session, link, numbers))).collect();
    if said.is_empty() { source.link.in_words(phrases.language).to_owned() } else { said.join("; ") }
}

/// The other record of a link, by its number, and how far away it is in time.
pub(super) struct Other {
    pub(super) number: String,
    pub(super) distance: Option<String>,
}

fn other(session: &AccessSession, link: &Link, numbers: &BTreeMap<EventUid, usize>) -> Other {
    let time = |uid: EventUid| session.sources.iter().find(|s| s.event_uid == uid).map(|s| s.time);
    Other {
        number: numbers.get(&link.from).map_or_else(|| link.from.to_string(), |n| format!("#{n}")),
        distance: time(link.from).zip(time(link.to)).map(|(from, to)| between(from, to)),
    }
}

/// What the catalog calls an event. In a log that many providers share, the part that the record plays decides.
pub(crate) fn title(
    log: &str,
    event_id: u32,
    role: Option<Role>,
    language: Language,
) -> Option<&'static str> {
    if let Some(entry) = kilroy_catalog::event("", log, event_id) {
        return Some(entry.title.get(language));
    }
    let in_log = |channels: &[&str]| channels.iter().any(|c| c.eq_ignore_ascii_case(log));
    let mut entries: Vec<_> =
        kilroy_catalog::events().iter().filter(|e| e.event_id == event_id && in_log(e.channels)).collect();
    if entries.len() > 1 {
        entries.retain(|e| e.receipt_role == role && role.is_some());
    }
    match entries.as_slice() {
        [entry] => Some(entry.title.get(language)),
        _ => None,
    }
}

fn tone(role: Role) -> Tone {
    match role {
        Role::Failure | Role::Denied => Tone::Bad,
        Role::Logon | Role::Reconnect => Tone::Good,
        _ => Tone::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_from_the_catalog() {
        let of = |log, id, role| title(log, id, role, Language::English).map(str::to_owned);
        let security = of("Security", 4624, Some(Role::Logon)).unwrap();
        assert!(security.contains("logged on"), "{security}");
        // Several providers write to System; the role tells which one it was.
        assert!(of("System", 6008, Some(Role::Shutdown)).is_some());
        assert_eq!(of("Nobody/Operational", 1, None), None);
    }
}
