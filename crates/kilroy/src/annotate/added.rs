//! What stands behind a row.

use kilroy_findings::activity::{Belonging, Sure, When};

use super::people::{People, Told};
use crate::output::csv_cell;

/// The names of the columns.
pub(super) const NAMES: [&str; 8] =
    ["session_uid", "session_user", "source_address", "client", "session_start", "session_end", "sure", "by"];

/// Sessions that are named; of more the number is given.
const NAMED: usize = 5;

/// The answer for one row, or for one time of a row that has several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Added {
    cells: [String; 8],
    pub(super) sure: Option<Sure>,
}

impl Added {
    /// Nothing is known.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    pub(super) fn of(found: &Belonging, people: &People) -> Self {
        let sessions: Vec<Option<&Told>> = found.sessions().take(NAMED).map(|uid| people.told(uid)).collect();
        let more = found.sessions().count().saturating_sub(NAMED);
        let each = |what: &dyn Fn(&Told) -> Option<String>| {
            let texts: Vec<String> =
                sessions.iter().map(|told| told.and_then(what).unwrap_or_default()).collect();
            // Several sessions of which none says anything say nothing.
            if texts.iter().all(String::is_empty) { String::new() } else { texts.join("; ") }
        };
        let mut uids = each(&|told| Some(told.uid.to_string()));
        if more > 0 {
            uids = format!("{uids}; +{more}");
        }
        let by = found.by.map_or_else(String::new, |by| match found.when {
            When::Present => by.name().to_owned(),
            when => format!("{} {}", by.name(), when.name()),
        });
        let sure = if found.session.is_some() { found.sure.name() } else { "" };
        Self {
            cells: [
                uids,
                each(&|told| told.user.clone()),
                each(&|told| told.source.clone()),
                each(&|told| told.client.clone()),
                each(&|told| told.start.map(|time| time.to_string())),
                each(&|told| told.end.map(|time| time.to_string())),
                sure.to_owned(),
                by,
            ],
            sure: found.session.map(|_| found.sure),
        }
    }

    /// The answers for several times of one row, each behind the letters of its times.
    pub(super) fn several(of: &[(String, Self)]) -> Self {
        let mut all = Self::default();
        for (n, cell) in all.cells.iter_mut().enumerate() {
            let texts: Vec<String> = of
                .iter()
                .filter(|(_, added)| !added.cells[n].is_empty())
                .map(|(letters, added)| format!("{letters}={}", added.cells[n]))
                .collect();
            *cell = texts.join(" / ");
        }
        all.sure = of.iter().filter_map(|(_, added)| added.sure).max();
        all
    }

    /// Behind a row of cells.
    pub(super) fn as_cells(&self, delimiter: u8, out: &mut Vec<u8>) {
        for cell in &self.cells {
            out.push(delimiter);
            put(cell, delimiter, out);
        }
    }

    /// Within an object of JSON, behind what it has.
    pub(super) fn as_json(&self, names: &[String], comma: bool, out: &mut Vec<u8>) {
        for (n, (name, cell)) in names.iter().zip(&self.cells).enumerate() {
            if n > 0 || comma {
                out.push(b',');
            }
            out.extend_from_slice(serde_json::Value::from(name.as_str()).to_string().as_bytes());
            out.push(b':');
            let value = if cell.is_empty() { serde_json::Value::Null } else { cell.as_str().into() };
            out.extend_from_slice(value.to_string().as_bytes());
        }
    }
}

/// A cell: it cannot begin a formula, nor end before its end.
pub(super) fn put(cell: &str, delimiter: u8, out: &mut Vec<u8>) {
    if delimiter == b',' || !cell.as_bytes().contains(&delimiter) {
        csv_cell(out, cell);
    } else if delimiter == b'|' {
        // Body files and TLN know no quotes.
        csv_cell(out, &cell.replace('|', "/"));
    } else {
        let mut plain = Vec::new();
        csv_cell(&mut plain, cell);
        let quoted = plain.first() == Some(&b'"');
        let quote: &[u8] = if quoted { b"" } else { b"\"" };
        out.extend_from_slice(quote);
        out.extend_from_slice(&plain);
        out.extend_from_slice(quote);
    }
}
