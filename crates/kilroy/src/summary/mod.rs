//! The page that a responder reads first: what was read, who was there, and where to look.

mod failures;
mod look_first;
mod page;

use std::collections::{BTreeMap, BTreeSet};

use kilroy_case::{EvidenceRow, EvidenceStatus, HostRow};
use kilroy_model::{AccessSession, Kind, SessionOutcome, TerminalSession, Timestamp};
use serde::Serialize;

use crate::analysis::Clear;
use failures::{Address, addresses};
use look_first::{Pointer, look_first};
pub(crate) use page::{page, section, steps, typed};

/// What a summary is made from.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// The case as it was typed, to be typed again.
    pub(crate) case: &'a str,
    pub(crate) evidence: &'a [EvidenceRow],
    pub(crate) hosts: &'a [HostRow],
    pub(crate) sessions: &'a [AccessSession],
    pub(crate) terminal: &'a [TerminalSession],
    pub(crate) clears: &'a [Clear],
}

/// The summary of a case.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    case: String,
    evidence: Evidence,
    hosts: Vec<Host>,
    sessions: Sessions,
    /// Sources, those with the most failures first.
    sources: Vec<Address>,
    look_first: Vec<Pointer>,
}

/// What was read and what was not.
#[derive(Debug, Default, Serialize)]
struct Evidence {
    files: u64,
    logs: u64,
    bytes: u64,
    records: u64,
    losses: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    damaged: Vec<Trouble>,
    unreadable: Vec<Trouble>,
    /// No event logs.
    others: Vec<Trouble>,
}

/// A file that was not read, or not whole.
#[derive(Debug, Serialize)]
struct Trouble {
    path: String,
    reason: Option<String>,
    records: u64,
    losses: u64,
}

/// One host and the time that its logs cover.
#[derive(Debug, Serialize)]
struct Host {
    name: String,
    records: u64,
    /// Sessions of people, failed attempts not counted.
    sessions: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// Sessions counted.
#[derive(Debug, Default, Serialize)]
struct Sessions {
    people: u64,
    background: u64,
    by_kind: Vec<OfKind>,
}

/// Sessions of people of one kind.
#[derive(Debug, Serialize)]
struct OfKind {
    kind: Kind,
    success: u64,
    failure: u64,
    denied: u64,
}

impl Summary {
    pub(crate) fn of(facts: &Facts<'_>) -> Self {
        let people: Vec<&AccessSession> = facts.sessions.iter().filter(|s| !s.background).collect();
        Self {
            case: facts.case.to_owned(),
            evidence: Evidence::of(facts.evidence),
            hosts: hosts(facts.hosts, &people),
            sessions: Sessions {
                background: (facts.sessions.len() - people.len()) as u64,
                ..Sessions::of(&people)
            },
            sources: addresses(&people),
            look_first: look_first(facts, &people),
        }
    }
}

impl Evidence {
    fn of(rows: &[EvidenceRow]) -> Self {
        let mut all = Self { files: rows.len() as u64, ..Self::default() };
        let mut counted = BTreeSet::new();
        for row in rows {
            let trouble = || Trouble {
                path: row.path.clone(),
                reason: row.reason.clone(),
                records: row.records,
                losses: row.losses_total,
            };
            match row.status {
                EvidenceStatus::Read => {}
                EvidenceStatus::Damaged => all.damaged.push(trouble()),
                EvidenceStatus::Unreadable => all.unreadable.push(trouble()),
                EvidenceStatus::NotEvidence => all.others.push(trouble()),
            }
            let is_log = matches!(row.status, EvidenceStatus::Read | EvidenceStatus::Damaged);
            all.logs += u64::from(is_log);
            // One content under two names is read once.
            if is_log && row.id.is_none_or(|id| counted.insert(id)) {
                all.bytes += row.size;
                all.records += row.records;
                all.losses += row.losses_total;
                all.first = [all.first, row.first].into_iter().flatten().min();
                all.last = all.last.max(row.last);
            }
        }
        all
    }
}

/// Hosts, those with the most sessions of people first.
fn hosts(rows: &[HostRow], people: &[&AccessSession]) -> Vec<Host> {
    let mut sessions: BTreeMap<&str, u64> = BTreeMap::new();
    for row in people.iter().filter(|s| s.outcome == SessionOutcome::Success) {
        *sessions.entry(row.computer.as_str()).or_default() += 1;
    }
    let mut hosts: Vec<Host> = rows
        .iter()
        .map(|row| Host {
            name: row.host.clone(),
            records: row.events,
            sessions: sessions.get(row.host.as_str()).copied().unwrap_or(0),
            first: row.first,
            last: row.last,
        })
        .collect();
    hosts.sort_by(|a, b| (b.sessions, b.records, &a.name).cmp(&(a.sessions, a.records, &b.name)));
    hosts
}

impl Sessions {
    fn of(people: &[&AccessSession]) -> Self {
        let count = |kind: Kind, outcome: SessionOutcome| {
            people.iter().filter(|s| s.kind == kind && s.outcome == outcome).count() as u64
        };
        let by_kind = Kind::ALL
            .iter()
            .map(|&kind| OfKind {
                kind,
                success: count(kind, SessionOutcome::Success),
                failure: count(kind, SessionOutcome::Failure),
                denied: count(kind, SessionOutcome::Denied),
            })
            .filter(|row| row.success + row.failure + row.denied > 0)
            .collect();
        Self { people: people.len() as u64, background: 0, by_kind }
    }
}
