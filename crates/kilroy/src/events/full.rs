//! One event in full, for people.

use anyhow::Result;
use kilroy_case::Case;
use kilroy_case::query::Value;
use kilroy_catalog::{Criticality, EventEntry, Language};
use serde::Serialize;

use super::brief::title;
use super::rows::EventRow;
use crate::output::{Tone, escape, wrap};
use crate::settings::Look;

/// An event as JSON, perhaps with its XML.
#[derive(Serialize)]
pub(crate) struct FullEvent<'a> {
    #[serde(flatten)]
    pub(crate) row: &'a EventRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) xml: Option<String>,
}

/// Columns of the heading; what follows does not say them again.
const HEADING: [&str; 8] =
    ["event_uid", "evidence_id", "time", "host", "channel", "provider", "event_id", "record_id"];

/// The lines of an event: what it is, what it means, what it says, where it stands.
pub(crate) fn full(case: &Case, row: &EventRow, xml: Option<&str>, look: Look) -> Result<Vec<String>> {
    let english = look.language == Language::English;
    let word = |en: &'static str, ko: &'static str| if english { en } else { ko };
    let text = |name: &str| row.text(name).unwrap_or_default();
    let shown = |name: &str| row.value(name).map(ToString::to_string).unwrap_or_default();
    let strong = |text: &str| Tone::Strong.paint(&escape(text), look.colour);
    let mut lines = vec![strong(&format!("{} · {}", shown("event_id"), title(row, look.language)))];
    lines.push(format!(
        "{} · {} · {} · {} {}",
        escape(&shown("time")),
        escape(text("host")),
        escape(text("channel")),
        word("record", "레코드"),
        escape(&shown("record_id")),
    ));
    if let Some(entry) = entry(row) {
        lines.push(String::new());
        lines.extend(wrap(&escape(entry.meaning.get(look.language)), look.width, 0));
        let more = more(entry, look.language);
        if !more.is_empty() {
            lines.push(Tone::Faint.paint(&more, look.colour));
        }
    }
    lines.push(String::new());
    lines.push(strong(word("Columns", "열")));
    let columns: Vec<(String, String)> = row
        .values()
        .filter(|(column, value)| !HEADING.contains(&column.name()) && !matches!(value, Value::Fields(_)))
        .map(|(column, value)| (column.name().to_owned(), in_words(column.name(), value, look.language)))
        .collect();
    pairs(&mut lines, &columns, look);
    if let Some(Value::Fields(fields)) = row.value("fields") {
        lines.push(String::new());
        lines.push(strong(word("Fields as logged", "기록된 필드")));
        let fields: Vec<(String, String)> =
            fields.iter().map(|(name, value)| (name.clone(), value.clone().unwrap_or_default())).collect();
        pairs(&mut lines, &fields, look);
    }
    lines.push(String::new());
    lines.push(strong(word("Where it stands", "위치")));
    let id = text("evidence_id");
    let paths: Vec<(String, String)> = case
        .evidence()?
        .into_iter()
        .filter(|evidence| evidence.id.is_some_and(|known| known.to_string() == id))
        .map(|evidence| (word("file", "파일").to_owned(), evidence.path))
        .chain([
            ("evidence_id".to_owned(), id.to_owned()),
            ("event_uid".to_owned(), text("event_uid").to_owned()),
        ])
        .collect();
    pairs(&mut lines, &paths, look);
    if let Some(xml) = xml {
        lines.push(String::new());
        lines.push(strong("XML"));
        lines.extend(xml.lines().map(|line| escape(line).into_owned()));
    }
    Ok(lines)
}

fn entry(row: &EventRow) -> Option<&'static EventEntry> {
    let Some(Value::Number(id)) = row.value("event_id") else { return None };
    let (provider, channel) =
        (row.text("provider").unwrap_or_default(), row.text("channel").unwrap_or_default());
    kilroy_catalog::event(provider, channel, u32::try_from(*id).ok()?)
}

fn more(entry: &EventEntry, language: Language) -> String {
    let mut parts = Vec::new();
    if !entry.attack.is_empty() {
        parts.push(format!("ATT&CK {}", entry.attack.join(", ")));
    }
    parts.push(match language {
        Language::English => format!("criticality {}", entry.criticality.name()),
        Language::Korean => format!(
            "중요도 {}",
            match entry.criticality {
                Criticality::Low => "낮음",
                Criticality::Medium => "보통",
                Criticality::High => "높음",
            }
        ),
    });
    parts.join(" · ")
}

/// A value, and what a code means.
fn in_words(column: &str, value: &Value, language: Language) -> String {
    let meaning = match (column, value) {
        ("logon_type", Value::Number(n)) => {
            u8::try_from(*n).ok().and_then(kilroy_catalog::logon_type).map(|code| code.name.to_owned())
        }
        ("status" | "sub_status", Value::Text(code)) => {
            kilroy_catalog::status(code).map(|code| format!("{} · {}", code.name, code.text.get(language)))
        }
        _ => None,
    };
    match meaning {
        Some(meaning) => format!("{value} ({meaning})"),
        None => value.to_string(),
    }
}

/// Names and values, one below the other.
fn pairs(lines: &mut Vec<String>, pairs: &[(String, String)], look: Look) {
    let wide = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(28);
    for (name, value) in pairs {
        let name = Tone::Faint.paint(&format!("{:wide$}", escape(name)), look.colour);
        let mut first = true;
        for line in value.split('\n') {
            let name = if first { name.clone() } else { " ".repeat(wide) };
            first = false;
            lines.push(format!("  {name}  {}", escape(line.trim_end_matches('\r'))));
        }
    }
}
