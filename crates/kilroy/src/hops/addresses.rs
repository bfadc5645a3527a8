//! Addresses of hosts as rows.

use kilroy_catalog::Language;
use kilroy_model::HostAddress;
use serde::Serialize;

use crate::output::{Cell, Column, Listing, Tone, count, seconds, until};
use crate::rows::HostNames;
use crate::words::{Named, text};

/// One address of a host as a row.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(transparent)]
pub(crate) struct AddressListing<'a> {
    row: &'a HostAddress,
    #[serde(skip)]
    names: &'a HostNames,
}

impl<'a> AddressListing<'a> {
    /// All rows of one table; `names`: every host of these.
    pub(crate) fn of(rows: &'a [HostAddress], names: &'a HostNames) -> Vec<Self> {
        rows.iter().map(|row| Self { row, names }).collect()
    }
}

impl Listing for AddressListing<'_> {
    const KEYS: &'static [&'static str] =
        &["address", "host", "first", "last", "basis", "sightings", "shared", "event_uid"];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("ADDRESS", "주소").least(12),
            title("HOST", "호스트").least(12),
            title("FIRST (UTC)", "처음(UTC)"),
            title("LAST", "마지막"),
            title("BY", "근거").least(10),
            title("SEEN", "횟수").right().spare(2),
            title("SHARED", "공유됨").spare(1),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let row = self.row;
        let shared = if row.shared { text("others, too", "다른 호스트도") } else { text("", "") };
        vec![
            Cell::new(&row.address),
            Cell::new(self.names.short(&row.host)),
            Cell::new(seconds(row.first)),
            Cell::new(until(Some(row.first), row.last)),
            Cell::new(row.basis.in_words(language)),
            Cell::new(count(row.sightings)),
            Cell::new(shared.get(language)).tone(Tone::Notable),
        ]
    }
}
