//! Terminal sessions as rows.

use kilroy_catalog::Language;
use kilroy_model::TerminalSession;
use serde::{Serialize, Serializer};

use super::HostNames;
use super::sessions::ended;
use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::words::{Named, text};

/// One terminal session as a row; as JSON it is the terminal session itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TerminalListing<'a> {
    session: &'a TerminalSession,
    host: &'a str,
}

impl<'a> TerminalListing<'a> {
    /// All rows of one table.
    pub(crate) fn of(sessions: &'a [TerminalSession]) -> Vec<Self> {
        let names = HostNames::of(sessions.iter().map(|s| s.computer.as_str()));
        sessions.iter().map(|session| Self { session, host: names.short(&session.computer) }).collect()
    }
}

impl Serialize for TerminalListing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.session.serialize(serializer)
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
            title("END", "끝").spare(2),
            title("RESULT", "결과").least(10),
            title("USER", "사용자").least(10),
            title("FROM", "원본").least(15),
            title("HOST", "호스트").least(9).spare(1),
            title("CONNECTIONS", "연결").right().spare(3),
            title("DOMAIN", "도메인").least(6).spare(4),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let row = self.session;
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
            ended(
                row.start.or_else(|| row.sources.first().map(|s| s.time)),
                row.end,
                row.end_not_after,
                row.end_kind,
            ),
            Cell::new(row.end_kind.in_words(language)),
            Cell::new(row.user.as_deref().unwrap_or("?")),
            Cell::new(from.join(", ")),
            Cell::new(self.host),
            Cell::new(row.connections.len().to_string()),
            row.domain.as_ref().into(),
        ]
    }
}
