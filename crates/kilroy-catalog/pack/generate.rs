//! Writes checked entries as Rust. The same entries give the same bytes.

use std::fmt::Write;

use super::codes::Code;
use super::events::{Entry, Words};

/// The whole of `tables.rs`.
pub(super) fn tables(entries: &[Entry], codes: &[(&str, Vec<Code>)]) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    let _ = write(&mut out, entries, codes);
    out
}

fn write(out: &mut String, entries: &[Entry], codes: &[(&str, Vec<Code>)]) -> std::fmt::Result {
    writeln!(out, "use crate::{{Code, Criticality, EventEntry, FieldRole, Text}};")?;
    writeln!(out, "use kilroy_model::{{Action, Role}};\n")?;
    writeln!(out, "pub(crate) static EVENTS: &[EventEntry] = &[")?;
    for entry in entries {
        write_entry(out, entry)?;
    }
    writeln!(out, "];\n")?;

    let mut by_id: Vec<(u32, usize)> = entries.iter().enumerate().map(|(index, e)| (e.id, index)).collect();
    by_id.sort_unstable();
    writeln!(out, "/// Event ID, place in `EVENTS`.")?;
    writeln!(out, "pub(crate) static BY_ID: &[(u32, usize)] = &{by_id:?};")?;

    for (table, codes) in codes {
        writeln!(out, "\npub(crate) static {table}: &[Code] = &[")?;
        for code in codes {
            writeln!(
                out,
                "    Code {{ value: {:#x}, name: {:?}, text: {} }},",
                code.value,
                code.name,
                text(&code.text)
            )?;
        }
        writeln!(out, "];")?;
    }
    Ok(())
}

fn write_entry(out: &mut String, entry: &Entry) -> std::fmt::Result {
    writeln!(out, "    EventEntry {{")?;
    writeln!(out, "        provider: {:?},", entry.provider)?;
    writeln!(out, "        channels: &{:?},", entry.channels)?;
    writeln!(out, "        by_channel: {},", entry.by_channel)?;
    writeln!(out, "        event_id: {},", entry.id)?;
    match entry.action {
        Some(action) => writeln!(out, "        action: Some(Action::{action:?}),")?,
        None => writeln!(out, "        action: None,")?,
    }
    match entry.receipt_role {
        Some(role) => writeln!(out, "        receipt_role: Some(Role::{role:?}),")?,
        None => writeln!(out, "        receipt_role: None,")?,
    }
    writeln!(out, "        title: {},", text(&entry.title))?;
    writeln!(out, "        meaning: {},", text(&entry.meaning))?;
    writeln!(out, "        roles: &[")?;
    for (role, field) in &entry.roles {
        writeln!(out, "            (FieldRole::{role:?}, {field:?}),")?;
    }
    writeln!(out, "        ],")?;
    writeln!(out, "        object_kind: {:?},", entry.object_kind)?;
    writeln!(out, "        attack: &{:?},", entry.attack)?;
    writeln!(out, "        criticality: Criticality::{:?},", entry.criticality)?;
    writeln!(out, "        source: {:?},", entry.source)?;
    writeln!(out, "    }},")
}

fn text(words: &Words) -> String {
    format!("Text {{ en: {:?}, ko: {:?} }}", words.en, words.ko)
}
