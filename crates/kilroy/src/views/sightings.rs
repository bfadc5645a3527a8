//! First sights and rare pairs as rows.

use std::collections::BTreeMap;

use kilroy_catalog::Language;
use kilroy_findings::views::{Origin, SETTLED_MILLIS, Sighting, What};
use kilroy_model::{Scope, SessionUid, Timestamp};
use serde::{Serialize, Serializer};

use super::{Asked, Behind, Part, Whom};
use crate::output::{Cell, Column, Listing, Tone, day, seconds};
use crate::rows::{HostNames, number};
use crate::words::{Named, text};

/// The first record of the logs of each host that sessions are made of.
#[derive(Debug, Default)]
pub(crate) struct LogsFrom(pub(crate) BTreeMap<String, Timestamp>);

/// When something was met first, and what that is worth.
#[derive(Debug, Clone)]
pub(crate) struct FirstSeenRow {
    seen: Sighting,
    host: String,
    logs_from: Option<Timestamp>,
    filter: Behind,
}

impl FirstSeenRow {
    pub(crate) fn of(seen: Vec<Sighting>, logs: &LogsFrom, asked: &Asked) -> Vec<Self> {
        let names = HostNames::of(seen.iter().filter_map(|seen| seen.host.as_deref()));
        let row = |seen: Sighting| Self {
            host: seen.host.as_deref().map_or("", |host| names.short(host)).to_owned(),
            logs_from: logs.0.get(&seen.first_host).copied(),
            filter: filter(&seen, asked),
            seen,
        };
        seen.into_iter().map(row).collect()
    }

    /// Did the logs go on for a while before it?
    pub(crate) fn is_proven(&self) -> bool {
        let settled = self.logs_from.map(|from| from.plus_millis(SETTLED_MILLIS));
        self.seen.tally.first.zip(settled).is_some_and(|(first, settled)| first >= settled)
    }

    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.seen.tally.first
    }
}

fn filter(seen: &Sighting, asked: &Asked) -> Behind {
    asked.part(Part {
        user: seen.user.as_deref().map_or(Whom::Asked, Whom::Named),
        host: seen.host.as_deref(),
        origin: seen.source.as_ref(),
        range: None,
    })
}

fn source(origin: Option<&Origin>) -> Cell {
    let Some(origin) = origin else { return Cell::default() };
    let tone = if origin.scope == Scope::External { Tone::Notable } else { Tone::Plain };
    Cell::new(origin.name().unwrap_or("?")).tone(tone)
}

#[derive(Serialize)]
struct FirstSeenKeys<'a> {
    what: &'static str,
    first: Option<Timestamp>,
    proven: bool,
    logs_from: Option<Timestamp>,
    user: Option<&'a str>,
    host: Option<&'a str>,
    ip: Option<&'a str>,
    client: Option<&'a str>,
    scope: Option<Scope>,
    sessions: u64,
    failures: u64,
    denied: u64,
    last: Option<Timestamp>,
    session_uid: Option<SessionUid>,
    filter: &'a Behind,
}

impl Serialize for FirstSeenRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Sighting { what, user, host, source, tally, session_uid, .. } = &self.seen;
        FirstSeenKeys {
            what: what.name(),
            first: tally.first,
            proven: self.is_proven(),
            logs_from: self.logs_from,
            user: user.as_deref(),
            host: host.as_deref(),
            ip: source.as_ref().and_then(|source| source.ip.as_deref()),
            client: source.as_ref().and_then(|source| source.client.as_deref()),
            scope: source.as_ref().map(|source| source.scope),
            sessions: tally.sessions,
            failures: tally.failures,
            denied: tally.denied,
            last: tally.last,
            session_uid: *session_uid,
            filter: &self.filter,
        }
        .serialize(serializer)
    }
}

impl Listing for FirstSeenRow {
    const KEYS: &'static [&'static str] = &[
        "what",
        "first",
        "proven",
        "logs_from",
        "user",
        "host",
        "ip",
        "client",
        "scope",
        "sessions",
        "failures",
        "denied",
        "last",
        "session_uid",
        "filter",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("FIRST (UTC)", "처음(UTC)"),
            title("WHAT", "구분"),
            title("USER", "사용자").least(10),
            title("HOST", "호스트").least(8),
            title("SOURCE", "원본").least(15),
            title("SESSIONS", "세션").right().spare(0),
            title("FAILURES", "실패").right().spare(1),
            title("DENIED", "거부").right().spare(4),
            title("LOGS FROM", "로그 시작").spare(2),
            title("SESSION", "첫 세션").spare(3),
            title("FILTER", "필터").spare(5),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let Sighting { what, user, source: origin, tally, session_uid, .. } = &self.seen;
        let proven = self.is_proven();
        let first = tally.first.map(seconds).unwrap_or_default();
        let first = if proven { Cell::new(first) } else { Cell::new(format!("<{first}")).tone(Tone::Faint) };
        vec![
            first,
            Cell::new(what.in_words(language)),
            user.as_ref().into(),
            Cell::new(&self.host),
            source(origin.as_ref()),
            Cell::new(number(tally.sessions)),
            Cell::new(number(tally.failures)).tone(Tone::Bad),
            Cell::new(number(tally.denied)).tone(Tone::Bad),
            self.logs_from.map(day).into(),
            session_uid.map(|uid| uid.to_string().chars().take(8).collect::<String>()).into(),
            Cell::new(self.filter.typed()),
        ]
    }
}

/// A pair that was met seldom.
#[derive(Debug, Clone)]
pub(crate) struct RareRow {
    seen: Sighting,
    host: String,
    filter: Behind,
    of: Behind,
}

impl RareRow {
    pub(crate) fn of(seen: Vec<Sighting>, asked: &Asked) -> Vec<Self> {
        let names = HostNames::of(seen.iter().filter_map(|seen| seen.host.as_deref()));
        let row = |seen: Sighting| Self {
            host: seen.host.as_deref().map_or("", |host| names.short(host)).to_owned(),
            filter: filter(&seen, asked),
            of: asked.part(match &seen.user {
                Some(user) => Part::user(Some(user)),
                None => Part { host: seen.host.as_deref(), ..Part::default() },
            }),
            seen,
        };
        seen.into_iter().map(row).collect()
    }
}

#[derive(Serialize)]
struct RareKeys<'a> {
    what: &'static str,
    user: Option<&'a str>,
    host: Option<&'a str>,
    ip: Option<&'a str>,
    client: Option<&'a str>,
    scope: Option<Scope>,
    sessions: u64,
    denied: u64,
    failures: u64,
    of: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    session_uid: Option<SessionUid>,
    filter: &'a Behind,
    of_filter: &'a Behind,
}

impl Serialize for RareRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Sighting { what, user, host, source, tally, session_uid, of, .. } = &self.seen;
        RareKeys {
            what: what.name(),
            user: user.as_deref(),
            host: host.as_deref(),
            ip: source.as_ref().and_then(|source| source.ip.as_deref()),
            client: source.as_ref().and_then(|source| source.client.as_deref()),
            scope: source.as_ref().map(|source| source.scope),
            sessions: tally.sessions,
            denied: tally.denied,
            failures: tally.failures,
            of: *of,
            first: tally.first,
            last: tally.last,
            session_uid: *session_uid,
            filter: &self.filter,
            of_filter: &self.of,
        }
        .serialize(serializer)
    }
}

impl Listing for RareRow {
    const KEYS: &'static [&'static str] = &[
        "what",
        "user",
        "host",
        "ip",
        "client",
        "scope",
        "sessions",
        "denied",
        "failures",
        "of",
        "first",
        "last",
        "session_uid",
        "filter",
        "of_filter",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("WHAT", "구분"),
            title("USER", "사용자").least(8),
            title("HOST", "호스트").least(8),
            title("SOURCE", "원본").least(13),
            title("SESSIONS", "세션").right(),
            title("OF", "전체").right(),
            title("FAILURES", "실패").right().spare(3),
            title("FIRST (UTC)", "처음(UTC)").spare(0),
            title("LAST (UTC)", "마지막(UTC)").spare(2),
            title("SESSION", "첫 세션").spare(1),
            title("FILTER", "필터").spare(4),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let Sighting { what, user, source: origin, tally, session_uid, of, .. } = &self.seen;
        vec![
            Cell::new(what.in_words(language)),
            user.as_ref().into(),
            Cell::new(&self.host),
            source(origin.as_ref()),
            Cell::new(number(tally.visits())),
            Cell::new(number(*of)),
            Cell::new(number(tally.failures)).tone(Tone::Bad),
            tally.first.map(seconds).into(),
            tally.last.map(seconds).into(),
            session_uid.map(|uid| uid.to_string().chars().take(8).collect::<String>()).into(),
            Cell::new(self.filter.typed()),
        ]
    }
}

/// The name of something that can be met.
pub(crate) fn what(typed: &str) -> Option<What> {
    What::ALL.iter().copied().find(|what| what.name().eq_ignore_ascii_case(typed.trim()))
}
