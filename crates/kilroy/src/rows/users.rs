//! Users, put together from their sessions.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_catalog::Language;
use kilroy_model::{AccessSession, Timestamp};
use serde::Serialize;

use super::grouping::{Spellings, Tally, list, number, some};
use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::words::text;

/// One user name and what is known of its sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct UserRow {
    /// Null: sessions and failures of which no record names the user.
    user: Option<String>,
    domains: Vec<String>,
    sessions: u64,
    failures: u64,
    denied: u64,
    hosts: Vec<String>,
    sources: Vec<String>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Group {
    name: Spellings,
    domains: Spellings,
    hosts: BTreeSet<String>,
    sources: BTreeSet<String>,
    tally: Tally,
}

/// Rows by name, the unnamed ones first.
pub(crate) fn user_rows<'a>(sessions: impl Iterator<Item = &'a AccessSession>) -> Vec<UserRow> {
    let mut groups: BTreeMap<Option<String>, Group> = BTreeMap::new();
    for row in sessions {
        let group = groups.entry(row.user.as_ref().map(|u| u.to_lowercase())).or_default();
        if let Some(user) = &row.user {
            group.name.add(user);
        }
        if let Some(domain) = &row.domain {
            group.domains.add(domain);
        }
        group.hosts.insert(row.computer.clone());
        group.sources.extend(row.ip.clone().or_else(|| row.client.clone()));
        group.tally.add(row);
    }
    groups.into_values().map(Group::row).collect()
}

impl Group {
    fn row(self) -> UserRow {
        let Tally { sessions, failures, denied, first, last } = self.tally;
        UserRow {
            user: self.name.one(),
            domains: self.domains.names(),
            sessions,
            failures,
            denied,
            hosts: list(self.hosts),
            sources: list(self.sources),
            first,
            last,
        }
    }
}

impl Listing for UserRow {
    const KEYS: &'static [&'static str] =
        &["user", "domains", "sessions", "failures", "denied", "hosts", "sources", "first", "last"];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("USER", "사용자").least(13),
            title("SESSIONS", "세션").right(),
            title("FAILURES", "실패").right(),
            title("DENIED", "거부").right(),
            title("FIRST (UTC)", "처음(UTC)").spare(3),
            title("LAST (UTC)", "마지막(UTC)"),
            title("HOSTS", "호스트").least(12).spare(1),
            title("SOURCES", "원본").least(15).spare(4),
            title("DOMAINS", "도메인").least(6).spare(5),
        ]
    }

    fn cells(&self, _language: Language) -> Vec<Cell> {
        vec![
            Cell::new(self.user.as_deref().unwrap_or("?")),
            Cell::new(number(self.sessions)),
            Cell::new(number(self.failures)).tone(Tone::Bad),
            Cell::new(number(self.denied)).tone(Tone::Bad),
            self.first.map(seconds).into(),
            self.last.map(seconds).into(),
            Cell::new(some(&self.hosts)),
            Cell::new(some(&self.sources)),
            Cell::new(some(&self.domains)),
        ]
    }
}
