//! How many records there are, found out by decoding all of them.

use kilroy_catalog::Language;
use kilroy_evidence::Found;
use kilroy_evtx::{RecordRef, Texts};
use serde::Serialize;

use super::Encode;
use super::losses::Tally;
use crate::output::{Cell, Column, Listing, Tone, bytes, count};
use crate::words::text;

/// Decodes every field, and keeps nothing.
#[derive(Debug, Default)]
pub(crate) struct Counting(Texts);

impl Encode for Counting {
    fn record(&mut self, record: &RecordRef<'_>, _: &mut Vec<u8>) {
        self.0.clear();
        self.0.push_fields(record);
        for field in record.rendering() {
            self.0.push(&field.value);
        }
    }
}

/// What one file gave.
#[derive(Debug, Serialize)]
pub(crate) struct CountRow {
    file: String,
    size: u64,
    records: u64,
    losses: u64,
}

impl CountRow {
    pub(crate) fn new(file: &Found, tally: Tally) -> Self {
        let Tally { records, losses } = tally;
        Self { file: file.shown.clone(), size: file.size, records, losses }
    }

    /// All files in one row, for people.
    pub(crate) fn total(rows: &[Self], language: Language) -> Self {
        let files = text("all files", "모든 파일").get(language);
        let sum = |of: fn(&Self) -> u64| rows.iter().map(of).sum();
        Self {
            file: format!("{files} ({})", count(rows.len() as u64)),
            size: sum(|row| row.size),
            records: sum(|row| row.records),
            losses: sum(|row| row.losses),
        }
    }
}

impl Listing for CountRow {
    const KEYS: &'static [&'static str] = &["file", "size", "records", "losses"];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("FILE", "파일").least(24).keep_end(),
            title("SIZE", "크기").right().spare(1),
            title("RECORDS", "레코드").right(),
            title("LOST", "손실").right(),
        ]
    }

    fn cells(&self, _: Language) -> Vec<Cell> {
        let tone = if self.losses > 0 { Tone::Bad } else { Tone::Plain };
        vec![
            Cell::new(&self.file),
            Cell::new(bytes(self.size)),
            Cell::new(count(self.records)),
            Cell::new(count(self.losses)).tone(tone),
        ]
    }
}
