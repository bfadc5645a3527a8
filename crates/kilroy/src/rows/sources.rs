//! Sources, put together from sessions: one row per address and user.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use kilroy_catalog::Language;
use kilroy_model::{AccessSession, Scope, Timestamp};
use serde::Serialize;

use super::grouping::{Spellings, Tally, list, number, some};
use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::words::{Named, text};

/// One user from one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SourceRow {
    /// Null: no record names an address; then `clients` has the machine's name, if anything has.
    pub(crate) ip: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) user: Option<String>,
    pub(crate) clients: Vec<String>,
    pub(crate) sessions: u64,
    pub(crate) failures: u64,
    pub(crate) denied: u64,
    pub(crate) hosts: Vec<String>,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
}

/// Outside first, then inside, then the machine itself; addresses in their own order, not in that of their digits.
type Key = (Distance, Option<IpAddr>, Option<String>, Option<String>, Option<String>);

/// How far away a scope is: the farthest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Distance(u8);

impl From<Scope> for Distance {
    fn from(scope: Scope) -> Self {
        Self(match scope {
            Scope::External => 0,
            Scope::Internal => 1,
            Scope::Loopback => 2,
            Scope::Local => 3,
            Scope::Unknown => 4,
        })
    }
}

#[derive(Debug)]
struct Group {
    ip: Option<String>,
    scope: Scope,
    user: Spellings,
    clients: Spellings,
    hosts: BTreeSet<String>,
    tally: Tally,
}

/// Rows by scope, address and user.
pub(crate) fn source_rows<'a>(sessions: impl Iterator<Item = &'a AccessSession>) -> Vec<SourceRow> {
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for row in sessions {
        let group = groups.entry(key(row)).or_insert_with(|| Group {
            ip: row.ip.clone(),
            scope: row.scope,
            user: Spellings::default(),
            clients: Spellings::default(),
            hosts: BTreeSet::new(),
            tally: Tally::default(),
        });
        if let Some(user) = &row.user {
            group.user.add(user);
        }
        if let Some(client) = &row.client {
            group.clients.add(client);
        }
        group.hosts.insert(row.computer.clone());
        group.tally.add(row);
    }
    groups.into_values().map(Group::row).collect()
}

fn key(row: &AccessSession) -> Key {
    let lower = |text: &Option<String>| text.as_ref().map(|t| t.to_lowercase());
    let client = if row.ip.is_none() { lower(&row.client) } else { None };
    let address = row.ip.as_deref().and_then(|ip| ip.parse().ok());
    (row.scope.into(), address, row.ip.clone(), client, lower(&row.user))
}

impl Group {
    fn row(self) -> SourceRow {
        let Tally { sessions, failures, denied, first, last } = self.tally;
        SourceRow {
            ip: self.ip,
            scope: self.scope,
            user: self.user.one(),
            clients: self.clients.names(),
            sessions,
            failures,
            denied,
            hosts: list(self.hosts),
            first,
            last,
        }
    }
}

impl Listing for SourceRow {
    const KEYS: &'static [&'static str] =
        &["ip", "scope", "user", "clients", "sessions", "failures", "denied", "hosts", "first", "last"];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("SOURCE", "원본").least(15),
            title("USER", "사용자").least(13),
            title("SESSIONS", "세션").right(),
            title("FAILURES", "실패").right(),
            title("DENIED", "거부").right(),
            title("FIRST (UTC)", "처음(UTC)").spare(4),
            title("LAST (UTC)", "마지막(UTC)").spare(3),
            title("HOSTS", "호스트").least(8).spare(1),
            title("SCOPE", "범위").spare(2),
            title("CLIENT", "클라이언트").least(6).spare(5),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let place = self.ip.as_deref().or_else(|| self.clients.first().map(String::as_str)).unwrap_or("?");
        let tone = if self.scope == Scope::External { Tone::Notable } else { Tone::Plain };
        vec![
            Cell::new(place).tone(tone),
            Cell::new(self.user.as_deref().unwrap_or("?")),
            Cell::new(number(self.sessions)),
            Cell::new(number(self.failures)).tone(Tone::Bad),
            Cell::new(number(self.denied)).tone(Tone::Bad),
            self.first.map(seconds).into(),
            self.last.map(seconds).into(),
            Cell::new(some(&self.hosts)),
            Cell::new(if self.scope == Scope::Local {
                Scope::Local.name()
            } else {
                self.scope.in_words(language)
            }),
            Cell::new(some(&self.clients)),
        ]
    }
}
