//! Terminal sessions as rows.

use kilroy_catalog::Language;
use kilroy_model::TerminalSession;
use serde::{Serialize, Serializer};

use super::sessions::{account, ending};
use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::words::text;

/// One terminal session as a row; as JSON it is the terminal session itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TerminalListing<'a>(pub(crate) &'a TerminalSession);

impl Serialize for TerminalListing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Listing for TerminalListing<'_> {
    const KEYS: &'static [&'static str] = &[
        "computer",
        "boot",
        "session_id",
        "user",
        "domain",
        "start",
        "shell_start",
        "end",
        "end_kind",
        "end_not_after",
        "connections",
        "sources",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("ID", "ID").right(),
            title("START (UTC)", "시작(UTC)"),
            title("END", "끝"),
            title("USER", "사용자").least(8),
            title("HOST", "호스트").least(8),
            title("CONNECTIONS", "연결").right().spare(2),
            title("FROM", "원본").least(9).spare(1),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let row = self.0;
        let begin = match (row.start, row.sources.first()) {
            (Some(time), _) => Cell::new(seconds(time)),
            (None, Some(source)) => Cell::new(format!("<{}", seconds(source.time))).tone(Tone::Faint),
            (None, None) => Cell::default(),
        };
        // One after the other, each only where it changes: that is what a take-over looks like.
        let mut from: Vec<&str> = row.connections.iter().filter_map(|c| c.address.as_deref()).collect();
        from.dedup();
        vec![
            Cell::new(row.session_id.to_string()),
            begin,
            Cell::new(ending(row.start, row.end, row.end_not_after, row.end_kind, language)),
            Cell::new(account(row.user.as_deref(), row.domain.as_deref())),
            Cell::new(&row.computer),
            Cell::new(row.connections.len().to_string()),
            Cell::new(from.join(", ")),
        ]
    }
}
