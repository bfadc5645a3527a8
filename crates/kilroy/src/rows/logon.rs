//! Windows logon sessions as rows.

use kilroy_catalog::Language;
use kilroy_model::LogonSession;
use serde::{Serialize, Serializer};

use super::HostNames;
use super::sessions::{ended, short_uid};
use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::words::{Named, text};

/// One logon session as a row; as JSON it is the logon session itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogonListing<'a> {
    session: &'a LogonSession,
    host: &'a str,
}

impl<'a> LogonListing<'a> {
    /// All rows of one table.
    pub(crate) fn of(sessions: &'a [LogonSession]) -> Vec<Self> {
        let names = HostNames::of(sessions.iter().map(|s| s.computer.as_str()));
        sessions.iter().map(|session| Self { session, host: names.short(&session.computer) }).collect()
    }
}

impl Serialize for LogonListing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.session.serialize(serializer)
    }
}

impl Listing for LogonListing<'_> {
    const KEYS: &'static [&'static str] = &[
        "computer",
        "boot",
        "logon_id",
        "user",
        "domain",
        "sid",
        "logon_type",
        "kind",
        "ip",
        "port",
        "workstation",
        "linked_logon_id",
        "elevated",
        "authentication",
        "process",
        "start",
        "end",
        "end_kind",
        "end_not_after",
        "session_uid",
        "sources",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("LOGON ID", "로그온 ID"),
            title("START (UTC)", "시작(UTC)"),
            title("END", "끝").spare(4),
            title("RESULT", "결과").least(6).spare(3),
            title("USER", "사용자").least(10),
            title("TYPE", "유형").least(9),
            title("FROM", "원본").least(15),
            title("HOST", "호스트").least(9).spare(1),
            title("SESSION", "세션").spare(2),
            title("PACKAGE", "패키지").spare(5),
            title("DOMAIN", "도메인").least(6).spare(6),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let row = self.session;
        let first = row.sources.first().map(|s| s.time);
        let begin = match (row.start, first) {
            (Some(time), _) => Cell::new(seconds(time)),
            (None, Some(time)) => Cell::new(format!("<{}", seconds(time))).tone(Tone::Faint),
            (None, None) => Cell::default(),
        };
        let logon_type = row.logon_type.map(|n| match kilroy_catalog::logon_type(n) {
            Some(code) => format!("{n} {}", code.name),
            None => n.to_string(),
        });
        let user = Cell::new(row.user.as_deref().unwrap_or("?"));
        vec![
            Cell::new(row.logon_id.to_string()),
            begin,
            ended(row.start.or(first), row.end, row.end_not_after, row.end_kind),
            Cell::new(row.end_kind.in_words(language)),
            user.tone(if row.kind.is_background() { Tone::Faint } else { Tone::Plain }),
            logon_type.into(),
            row.ip.as_ref().or(row.workstation.as_ref()).into(),
            Cell::new(self.host),
            row.session_uid.map(short_uid).into(),
            row.authentication.as_ref().into(),
            row.domain.as_ref().into(),
        ]
    }
}
